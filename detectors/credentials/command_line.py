"""Passwords in commands: `curl -u user:password`, `IDENTIFIED BY '...'`, `ConvertTo-SecureString "..."`, netrc lines.

Source: https://curl.se/docs/manpage.html (-u), https://dev.mysql.com/doc/refman/en/create-user.html,
https://learn.microsoft.com/en-us/powershell/module/microsoft.powershell.security/convertto-securestring,
https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html
"""

from __future__ import annotations

import re

from detectors.credentials.detector import CredentialDetector, PatternDetector
from detectors.credentials.values import is_stand_in
from detectors.overlaps import Strength

_CURL_USER = re.compile(
    r"(?i)\b(?:curl|wget|http)\b[^\n]{0,400}?\s(?:-u|--user)[ =]?[\"']?"
    r"[^\s:\"'<>${]{0,100}:(?P<secret>[^\s\"'<>]{3,128})"
)
_SQL_USER = re.compile(
    r"(?i)(?:(?-i:\bIDENTIFIED)|\b(?:user|grant|alter|create)\b[^\n;]{1,200}?\bidentified)"
    r"\s{1,4}BY\s{1,4}(?:PASSWORD\s{1,4})?[\"']?(?P<secret>[^\s\"';]{4,128})"
)
_SECURE_STRING = re.compile(
    r"(?i)ConvertTo-SecureString\s{1,4}(?:-String\s{1,4})?[\"'](?P<secret>[^\n\"'$]{4,128})[\"']"
)
_NETRC = re.compile(
    r"(?i)\bmachine\s{1,8}\S{1,253}\s{1,8}login\s{1,8}\S{1,128}\s{1,8}password\s{1,8}(?P<secret>\S{3,128})"
)


def _is_real(match: re.Match[str]) -> bool:
    return not is_stand_in(match.group("secret"))


def _command(name: str, keywords: tuple[str, ...], pattern: re.Pattern[str]) -> PatternDetector:
    return PatternDetector(
        name=name,
        type=f"{name.upper()}_PASSWORD",
        keywords=keywords,
        pattern=pattern,
        accept=_is_real,
        strength=Strength.CONTEXT,
        score=0.85,
    )


DETECTORS: tuple[CredentialDetector, ...] = (
    _command("curl_user", ("curl ", "wget ", "http "), _CURL_USER),
    _command("sql_user", ("identified",), _SQL_USER),
    _command("secure_string", ("convertto-securestring",), _SECURE_STRING),
    _command("netrc", ("machine",), _NETRC),
)
