"""Passwords in commands and login files: `curl -u user:password`, `IDENTIFIED BY '...'`, `openssl -passin`, netrc.

Source: https://curl.se/docs/manpage.html (-u), https://dev.mysql.com/doc/refman/en/create-user.html,
https://www.postgresql.org/docs/current/sql-createrole.html, https://docs.openssl.org/master/man1/openssl-passphrase-options/,
https://learn.microsoft.com/en-us/powershell/module/microsoft.powershell.security/convertto-securestring,
https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html
"""

from __future__ import annotations

import re

from detectors.credentials.detector import CredentialDetector, PatternDetector
from detectors.credentials.values import is_password, is_stand_in
from detectors.declaration import Reach, Trigger, regex
from detectors.overlaps import Strength

_CURL_USER = re.compile(
    r"(?i)\b(?:curl|wget|http)\b[^\n]{0,400}?(?:\\\n[^\n]{0,200}?)?\s(?:-u|--user|--proxy-user|-U)"
    # User and password may be quoted each for itself.
    r"(?:[ =]{0,3}[\"']|[ =]{0,3})(?P<secret>(?:\{[^\s:\"'<>${}]{1,98}\}|[^\s:\"'<>${]{0,100})[\"']?:[\"']?"
    r"(?P<password>[^\s\"'<>]{3,128}))"
)
# A header of a request that carries a credential by its name.
_CURL_HEADER = re.compile(
    r"(?i)\b(?:curl|http|wget)\b[^\n]{0,400}?(?:\\\n[^\n]{0,200}?)?\s(?:-H|--header)[ =]{0,2}\\?[\"']?"
    r"[\w\-]{0,40}?(?:token|key|auth(?:orization)?|secret|session|password)[\w\-]{0,20}:[ ]{0,3}"
    r"(?:[A-Za-z\-]{3,20}[ ]{1,3})?(?:token=)?(?P<secret>(?P<password>[^\s\"'\\]{8,2048}))"
)
_SQL_USER = re.compile(
    r"(?i)(?:(?-i:\bIDENTIFIED)|\b(?:user|grant|alter|create)\b[^\n;]{1,200}?\bidentified)"
    r"\s{1,4}BY\s{1,4}(?:PASSWORD\s{1,4})?[\"']?(?P<secret>(?P<password>[^\s\"';]{4,128}))"
)
_SQL_ROLE = re.compile(
    r"(?i)\b(?:create|alter)\s{1,4}(?:user|role|login|group)\b[^\n;]{1,200}?\bpassword\s{0,4}[= ]\s{0,4}"
    r"N?'(?P<secret>(?P<password>[^\n']{4,128}))'"
)
_SECURE_STRING = re.compile(
    r"(?i)ConvertTo-SecureString\s{1,4}(?:-String\s{1,4})?[\"'](?P<secret>(?P<password>[^\n\"'$]{4,128}))[\"']"
)
_NETRC = re.compile(
    r"(?i)\b(?P<secret>machine\s{1,8}\S{1,253}\s{1,8}login\s{1,8}\S{1,128}\s{1,8}password\s{1,8}(?P<password>[^\s\"'`]{3,128}))"
)
_PASS_PHRASE = re.compile(r"(?i)-(?:pass|passin|passout)[ =]{1,3}[\"']?pass:(?P<secret>(?P<password>[^\s\"'$]{4,128}))")
_SSHPASS = re.compile(r"\bsshpass\s{1,4}-p\s?[\"']?(?P<secret>(?P<password>[^\s\"'$]{4,128}))")


# A key that was put into the braces of a template without taking them away.
_IN_BRACES = re.compile(r"[\"']?\{(?P<value>[^{}]{8,100})\}")


def _is_real(match: re.Match[str]) -> bool:
    password = match.group("password")
    in_braces = _IN_BRACES.fullmatch(password)
    return not is_stand_in(password) or (in_braces is not None and is_password(in_braces.group("value")))


def _command(name: str, keywords: tuple[str, ...], pattern: re.Pattern[str], trigger: Trigger) -> PatternDetector:
    return PatternDetector(
        name=name,
        type=f"{name.upper()}_PASSWORD",
        keywords=keywords,
        pattern=pattern,
        accept=_is_real,
        triggers=(trigger,),
        reach=Reach(640, 160),
        strength=Strength.CONTEXT,
        score=0.85,
    )


DETECTORS: tuple[CredentialDetector, ...] = (
    _command(
        "curl_user",
        ("curl ", "wget ", "http "),
        _CURL_USER,
        regex(r"\s(?:-u|--(?:proxy-)?user)[ =]{0,3}[\"']?\{?[^\s:\"'<>$]{0,99}[\"']?:"),
    ),
    _command(
        "curl_header",
        ("curl ", "wget ", "http "),
        _CURL_HEADER,
        regex(
            r"\s(?:-H|--header)[ =]{0,2}\\?[\"']?[\w\-]{0,40}(?:token|key|auth|secret|session|password)[\w\-]{0,24}:"
        ),
    ),
    _command("sql_user", ("identified",), _SQL_USER, regex(r"identified\s{1,4}by\s")),
    _command("sql_role", ("password",), _SQL_ROLE, regex(r"password\s{0,4}[= ]\s{0,4}n?'[^\n']{4}")),
    _command("secure_string", ("convertto-securestring",), _SECURE_STRING, regex(r"convertto-securestring\s")),
    _command("netrc", ("machine",), _NETRC, regex(r"machine\s{1,8}[^\s]{1,253}\s{1,8}login\s")),
    _command("pass_phrase", ("pass:",), _PASS_PHRASE, regex(r"-pass(?:in|out)?[ =]{1,3}[\"']?pass:")),
    _command("sshpass", ("sshpass",), _SSHPASS, regex(r"sshpass\s{1,4}-p")),
)
