"""Password hashes: what stands in `/etc/shadow`, `.htpasswd`, directories, routers and tables of users.

A hash of a weak password is the password to whoever has a dictionary.
Source: crypt(5) of libxcrypt (modular formats), RFC 9106 section 3.1 and the PHC string format (Argon2),
https://httpd.apache.org/docs/current/misc/password_encryptions.html (apr1), RFC 2307 section 5.3 (LDAP schemes),
https://docs.djangoproject.com/en/stable/topics/auth/passwords/, RFC 5803 (SCRAM), RFC 4757 (Kerberos etype 23)
"""

from __future__ import annotations

import re

from detectors.credentials.detector import CredentialDetector, PatternDetector
from detectors.declaration import Reach, regex

_BASE = r"[./A-Za-z0-9]"
_PATTERN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    rf"\$2[abxy]?\$[0-9]{{2}}\${_BASE}{{53}}"
    rf"|\$(?:1|apr1)\${_BASE}{{1,8}}\${_BASE}{{22}}"
    rf"|\$5\$(?:rounds=[0-9]{{1,9}}\$)?{_BASE}{{1,16}}\${_BASE}{{43}}"
    rf"|\$6\$(?:rounds=[0-9]{{1,9}}\$)?{_BASE}{{1,16}}\${_BASE}{{86}}"
    rf"|\$(?:y|gy|7)\${_BASE}{{1,16}}\${_BASE}{{1,86}}\${_BASE}{{43}}"
    rf"|\$[89]\${_BASE}{{14}}\${_BASE}{{43}}"
    rf"|\$[PH]\${_BASE}{{31}}|\$S\${_BASE}{{52}}"
    r"|\$argon2(?:id|i|d)\$(?:v=[0-9]{1,3}\$)?m=[0-9]{1,9},t=[0-9]{1,4},p=[0-9]{1,3}\$[A-Za-z0-9+/]{8,88}\$[A-Za-z0-9+/]{16,90}"
    r"|\$scrypt\$ln=[0-9]{1,2},r=[0-9]{1,3},p=[0-9]{1,3}\$[A-Za-z0-9+/]{8,88}\$[A-Za-z0-9+/]{16,90}"
    r"|pbkdf2_sha(?:1|256|512)\$[0-9]{1,8}\$[A-Za-z0-9]{1,64}\$[A-Za-z0-9+/]{27,88}={0,2}"
    r"|\{(?:S?SHA(?:256|512)?|S?MD5|PBKDF2[A-Z0-9\-]{0,8})\}[A-Za-z0-9+/]{22,140}={0,2}"
    r"|SCRAM-SHA-(?:1|256|512)\$[0-9]{1,8}:[A-Za-z0-9+/=]{8,64}\$[A-Za-z0-9+/=]{28,90}:[A-Za-z0-9+/=]{28,90}"
    r"|\$krb5(?:tgs|asrep|pa)\$[0-9]{1,2}\$[A-Za-z0-9$*@./_:+\-]{48,8192}"
    r")(?![A-Za-z0-9./])"
)

DETECTORS: tuple[CredentialDetector, ...] = (
    PatternDetector(
        name="password_hash",
        type="PASSWORD_HASH",
        keywords=("$", "{s", "{m", "{p", "pbkdf2_", "scram-sha-"),
        pattern=_PATTERN,
        triggers=(
            regex(r"\$(?:2[abxy]?|1|apr1|5|6|y|gy|7|8|9)\$[./A-Za-z0-9]{1,2}", caseless=False),
            regex(r"\$(?:[PH]\$[./A-Za-z0-9]{31}|S\$[./A-Za-z0-9]{52})", caseless=False),
            regex(r"\$(?:argon2(?:id|i|d)\$[mv]=|scrypt\$ln=|krb5(?:tgs|asrep|pa)\$)", caseless=False),
            regex(r"pbkdf2_sha(?:1|256|512)\$|SCRAM-SHA-(?:1|256|512)\$", caseless=False),
            regex(r"\{(?:S?SHA|S?MD5|PBKDF2)[A-Z0-9\-]{0,8}\}[A-Za-z0-9+/]{22}", caseless=False),
        ),
        reach=Reach(64, 256),
        score=0.9,
    ),
)
