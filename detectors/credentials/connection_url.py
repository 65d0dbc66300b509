"""Logins inside URLs and connection strings: `scheme://user:password@host`, ADO, ODBC and JDBC, keys of Azure.

The user is half of the login, so the whole of `user:password` is the finding, and of a connection string everything
from its first known part to the secret.
Source: RFC 3986 section 3.2.1 (userinfo);
https://learn.microsoft.com/en-us/dotnet/framework/data/adonet/connection-string-syntax;
https://learn.microsoft.com/en-us/azure/storage/common/storage-configure-connection-string
"""

from __future__ import annotations

import re

from detectors.credentials.detector import CredentialDetector, PatternDetector
from detectors.credentials.formats import is_varied
from detectors.credentials.values import is_stand_in
from detectors.declaration import LINE, Reach, regex
from detectors.overlaps import Strength

_URL = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.\-]{1,30}://"
    r"(?P<secret>(?P<user>[^\s:/?#@\"'<>`\\]{0,128}):(?P<password>[^\s/?#\"'<>`\\]{3,256}))@[A-Za-z0-9\[$_{]"
)
# Every part is a name, "=" and a value; names may have spaces and dots.
_PART = r"[A-Za-z][A-Za-z0-9 _.]{0,30}=[^;\n\"']{0,256}"
_AZURE = re.compile(
    rf"(?i)\b(?:Endpoint|HostName|AccountName|DefaultEndpointsProtocol|AccountEndpoint)=[^;\s\"']{{1,256}};(?:{_PART};){{0,6}}?"
    r"(?:AccountKey|SharedAccessKey|Secret|SharedSecretValue|SharedAccessSignature)=(?P<password>[A-Za-z0-9+/%&=\-_.]{20,512})"
)
_ACCOUNT_KEY = re.compile(r"(?i)(?:AccountKey|SharedAccessKey)=(?P<secret>(?P<password>[A-Za-z0-9+/]{42,86}={1,2}))")
_ADO = re.compile(
    r"(?i)(?<![A-Za-z])"
    r"(?:server|data source|host|uid|user id|user|username|database|driver|initial catalog|provider)\s?="
    r"\s?[^;\n]{1,128};\s?(?:[^;\n\"'=]{1,40}=[^;\n]{0,128};\s?){0,12}?"
    r"(?:password|pwd)\s?=\s?(?P<password>[^;\s\"'<>]{3,128})"
)


def _is_real(match: re.Match[str]) -> bool:
    return not is_stand_in(match.group("password"))


def _is_real_login(match: re.Match[str]) -> bool:
    # "http://localhost:8080@x" and "git@host:path@2" have no password; a number there is a port.
    return not match.group("password").isdigit() and _is_real(match)


def _is_key(match: re.Match[str]) -> bool:
    return is_varied(match.group("password"))


DETECTORS: tuple[CredentialDetector, ...] = (
    PatternDetector(
        name="connection_url",
        type="URL_PASSWORD",
        keywords=("://",),
        pattern=_URL,
        accept=_is_real_login,
        triggers=(regex(r"://[^\s:/?#@\"'<>`]{0,128}:[^\s/?#\"'<>`]{3}"),),
        reach=Reach(192, 280),
        score=0.9,
    ),
    PatternDetector(
        name="azure_connection_string",
        type="AZURE_CONNECTION_STRING",
        keywords=("endpoint", "hostname=", "accountname="),
        pattern=_AZURE,
        accept=_is_key,
        triggers=(
            regex(r"(?:accountkey|sharedaccesskey|secret|sharedsecretvalue|sharedaccesssignature)=[a-z0-9+/%]{20}"),
        ),
        reach=Reach(1_600, 512),
    ),
    PatternDetector(
        name="account_key",
        type="AZURE_ACCOUNT_KEY",
        keywords=("accountkey=", "sharedaccesskey="),
        pattern=_ACCOUNT_KEY,
        accept=_is_key,
        triggers=("accountkey=", "sharedaccesskey="),
        reach=Reach(64, 128),
    ),
    PatternDetector(
        name="connection_string",
        type="CONNECTION_STRING",
        keywords=("password", "pwd"),
        pattern=_ADO,
        accept=_is_real,
        triggers=(regex(r";\s?(?:password|pwd)\s?="),),
        reach=LINE,
        strength=Strength.CONTEXT,
        score=0.85,
    ),
)
