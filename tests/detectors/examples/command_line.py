from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("CURL_USER_PASSWORD", "curl -s -u admin:", "h7Kp" + "2xQe", " https://example.com/"),
    Positive("CURL_USER_PASSWORD", 'curl --user "api:', "h7Kp" + "2xQe", '" https://example.com/'),
    Positive("SQL_USER_PASSWORD", "CREATE USER app IDENTIFIED BY '", "h7Kp" + "2xQe", "';"),
    Positive("SECURE_STRING_PASSWORD", '$p = ConvertTo-SecureString "', "h7Kp" + "2xQe", '" -AsPlainText -Force'),
    Positive("NETRC_PASSWORD", "machine example.com login alice password ", "h7Kp" + "2xQe", "\n"),
)
NEAR_MISSES = (
    "curl -u $USER:$PASSWORD https://example.com/",
    "curl -u alice https://example.com/",
    "the vessel was identified by 'radar'",
    "ConvertTo-SecureString $env:VALUE",
    "the machine is in the login room, ask for the password",
)
