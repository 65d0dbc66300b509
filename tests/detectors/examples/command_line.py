from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("CURL_USER_PASSWORD", "curl -s -u ", "admin:h7Kp" + "2xQe", " https://example.com/"),
    Positive("CURL_USER_PASSWORD", 'curl --user "', "api:h7Kp" + "2xQe", '" https://example.com/'),
    Positive("CURL_USER_PASSWORD", 'curl --user "', 'api":"h7Kp' + "2xQe", '" https://example.com/'),
    Positive("CURL_USER_PASSWORD", 'curl --user "', '{api}":"{h7Kp' + "2xQe}", '" https://example.com/'),
    Positive("CURL_HEADER_PASSWORD", "curl -H 'X-Auth: ", "purple-" + "otter", "' https://example.com/"),
    Positive("SQL_USER_PASSWORD", "CREATE USER app IDENTIFIED BY '", "h7Kp" + "2xQe", "';"),
    Positive("SECURE_STRING_PASSWORD", '$p = ConvertTo-SecureString "', "h7Kp" + "2xQe", '" -AsPlainText -Force'),
    Positive("NETRC_PASSWORD", "", "machine example.com login alice password h7Kp" + "2xQe", "\n"),
    Positive("SQL_ROLE_PASSWORD", "CREATE ROLE app LOGIN PASSWORD '", "h7Kp" + "2xQe", "';"),
    Positive("PASS_PHRASE_PASSWORD", "openssl rsa -in key.pem -passin pass:", "h7Kp" + "2xQe", " -out k"),
    Positive("SSHPASS_PASSWORD", "sshpass -p '", "h7Kp" + "2xQe", "' ssh build@example.com"),
)
NEAR_MISSES = (
    "curl -u $USER:$PASSWORD https://example.com/",
    'curl -u "{user}":"{password}" https://example.com/',
    "curl -H 'X-Auth: $TOKEN' https://example.com/",
    "curl -H 'Accept: application/json' https://example.com/",
    "curl -u alice https://example.com/",
    "the vessel was identified by 'radar'",
    "ConvertTo-SecureString $env:VALUE",
    "ALTER USER app SET password_encryption = 'scram-sha-256'",
    "openssl rsa -passin pass:$PHRASE",
    "openssl rsa -passin env:PHRASE",
    "sshpass -p $PHRASE ssh build@example.com",
    "the machine is in the login room, ask for the password",
)
