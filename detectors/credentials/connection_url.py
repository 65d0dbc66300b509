"""Passwords inside URLs and connection strings: `scheme://user:password@host`, ADO/ODBC `Password=...;`, AccountKey.

Source: RFC 3986 section 3.2.1 (userinfo);
https://learn.microsoft.com/en-us/azure/storage/common/storage-configure-connection-string
"""

from __future__ import annotations

import re

from detectors.credentials.detector import CredentialDetector, PatternDetector
from detectors.credentials.values import is_stand_in
from detectors.overlaps import Strength

_URL = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.\-]{1,30}://(?P<user>[^\s:/?#@\"'<>`]{0,128}):(?P<secret>[^\s/?#@\"'<>`]{3,256})@"
    r"[A-Za-z0-9\[$_{]"
)
_ACCOUNT_KEY = re.compile(r"(?i)(?:AccountKey|SharedAccessKey)=(?P<secret>[A-Za-z0-9+/]{42,86}={1,2})")
_ADO = re.compile(
    r"(?i)(?:server|data source|host|uid|user id|database|driver)\s?=[^;\n]{1,128};(?:[^;\n]{0,128};){0,12}?\s?"
    r"(?:password|pwd)\s?=\s?(?P<secret>[^;\s\"'<>]{3,128})"
)


def _is_real(match: re.Match[str]) -> bool:
    return not is_stand_in(match.group("secret"))


DETECTORS: tuple[CredentialDetector, ...] = (
    PatternDetector(
        name="connection_url", type="URL_PASSWORD", keywords=("://",), pattern=_URL, accept=_is_real, score=0.9
    ),
    PatternDetector(
        name="account_key",
        type="AZURE_ACCOUNT_KEY",
        keywords=("accountkey=", "sharedaccesskey="),
        pattern=_ACCOUNT_KEY,
        accept=_is_real,
    ),
    PatternDetector(
        name="connection_string",
        type="CONNECTION_STRING_PASSWORD",
        keywords=("password", "pwd"),
        pattern=_ADO,
        accept=_is_real,
        strength=Strength.CONTEXT,
        score=0.85,
    ),
)
