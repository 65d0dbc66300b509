r"""Absolute paths of files: home folders, deployments, drives and shares; not the ones that every system has.

Source: Filesystem Hierarchy Standard 3.0 (/home, /srv, /var, /opt, /mnt), RFC 8089 (file URIs),
https://learn.microsoft.com/en-us/dotnet/standard/io/file-path-formats (drives, UNC and device paths)
"""

from __future__ import annotations

import re

from detectors.declaration import Declaration, regex
from detectors.internal.form import form

PATH = "INTERNAL_PATH"

_CHAR = r"[^\s\"'`<>|,;:()\[\]{}*?\\]"
# A path does not end in the full stop of its sentence.
_LAST = r"[^\s\"'`<>|,;:()\[\]{}*?\\.!]"
_WINDOWS_CHAR = r"[^\s\"'`<>|,;:*?\\/()\[\]]"
# `GET /home/...` is a route of a web server, `](/home` a link on a page.
_ROUTE = re.compile(r"(?:\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+|href=[\"']?|\]\()$")


def _is_no_route(match: re.Match[str]) -> bool:
    start = match.start()
    return _ROUTE.search(match.string[max(0, start - 12) : start]) is None


# Folders that each Windows has, and the names in manuals.
_SYSTEM = re.compile(
    r"(?i)[a-z]:\\{1,2}(?:windows|program files(?: \(x86\))?|programdata\\{1,2}microsoft|path\\{1,2}to|temp|foo"
    r"|folder|dir)\b"
)


def _is_own_drive(match: re.Match[str]) -> bool:
    return _SYSTEM.match(match.group()) is None


# `\\d+\\s` in code is an escaped expression, and `\\n` an escaped newline.
_ESCAPES = re.compile(r"\\\\[a-zA-Z][+*?{.\[(|^$]|\\\\[nrtbdwsDWSB](?![A-Za-z]{2})")


# `\\\\server\\share` in manuals.
_STAND_IN_SHARE = re.compile(
    r"(?i)\\{2,4}(?:server|servername|host|hostname|computer|machine)\\{1,2}(?:share|path|sharename|folder)"
)


def _is_share(match: re.Match[str]) -> bool:
    return _ESCAPES.match(match.group()) is None and _STAND_IN_SHARE.match(match.group()) is None


DECLARATIONS: tuple[Declaration, ...] = (
    form(
        "posix_path",
        PATH,
        triggers=(
            regex(r"/(?:home|users|srv|root|export/home|volumes|var/(?:www|opt|backups?|spool|jenkins_home|lib|log))/"),
        ),
        pattern=(
            rf"(?<![\w./:\-%])(?:file:(?://)?(?=/))?"
            rf"/(?:home|Users|srv|root|export/home|Volumes|var/(?:www|opt|backups?|spool|jenkins_home|lib/(?:jenkins"
            rf"|docker|kubelet|rancher|postgresql|mysql)|log/(?!(?:syslog|messages|auth\.log|dmesg)\b)[\w\-]{{2,}}))"
            rf"/(?:{_CHAR}|\\ ){{1,260}}(?<={_LAST})"
        ),
        accept=_is_no_route,
    ),
    form(
        "deployment_path",
        PATH,
        triggers=(
            regex(
                r"/(?:opt|apps?|data|mnt|workspaces?|builds|code|usr/src/app|run/secrets|etc/(?:kubernetes|nginx"
                r"|letsencrypt|ssl/private|pki|secrets?|vault|consul|openvpn|wireguard))[\w.\-]{0,40}/[\w.@+\-]"
            ),
        ),
        # These roots are routes of web servers as often, so a folder and a file with an extension are asked for.
        pattern=(
            r"(?<![\w./:\-%])(?:file:(?://)?(?=/))?"
            r"(?:/(?:opt|app|apps|data|mnt|workspaces?|builds|code"
            r"|usr/src/app)(?:/[\w.@+\-]{1,80}){1,14}/[\w@+\-]{1,80}(?:\.[A-Za-z][A-Za-z0-9]{0,7}){1,2}"
            r"|/(?:opt|app|apps|usr/src/app)/[\w@+\-]{1,80}\.(?:py|rb|js|ts|jar|war|go|php|ya?ml|json|env|pem|key"
            r"|conf|cfg|ini|toml|log|db|sqlite3?)"
            r"|/etc/(?:kubernetes|nginx/(?:sites|conf)|letsencrypt/live|ssl/private|pki|secrets?|vault|consul"
            r"|openvpn|wireguard)[\w.\-]{0,40}/[\w./\-]{2,160}"
            r"|/run/secrets/[\w./\-]{2,160})(?<=\w)(?![\w/])"
        ),
        accept=_is_no_route,
        score=0.7,
    ),
    form(
        "windows_path",
        PATH,
        triggers=(regex(r"[a-z]:\\{1,2}[^\s\"<>|]{1,80}"),),
        # Two steps at least, each may hold single spaces when more of the path follows.
        pattern=(
            rf"(?<![\w?(\-])(?:\\\\\?\\)?[A-Za-z]:\\{{1,2}}(?:{_WINDOWS_CHAR}{{1,80}}(?:"
            rf" {_WINDOWS_CHAR}{{1,80}}){{0,5}}\\{{1,2}}){{1,14}}"
            rf"(?:[^\s\"'`<>|,;:*?\\/()\[\]]{{0,119}}[^\s\"'`<>|,;:*?\\/()\[\].!])?"
        ),
        accept=_is_own_drive,
    ),
    form(
        "windows_path_with_slashes",
        PATH,
        triggers=(regex(r"\b[a-z]:/users/"),),
        pattern=rf"(?:file:///)?(?<![\w?(\-])[A-Za-z]:/(?i:users)/{_CHAR}{{1,260}}(?<={_LAST})",
    ),
    form(
        "unc_path",
        PATH,
        triggers=(regex(r"\\\\[a-z0-9?]"), "smb://"),
        pattern=(
            rf"(?<![\w\\:])(?:\\\\(?!\\)(?:\?\\UNC\\)?[A-Za-z0-9][\w.\-]{{2,62}}\\[\w$.\-]{{2,80}}"
            rf"(?:\\{_WINDOWS_CHAR}{{1,80}}){{0,12}}"
            rf"|\\{{4}}[A-Za-z0-9][\w.\-]{{2,62}}\\\\[\w$.\-]{{2,80}}(?:\\\\{_WINDOWS_CHAR}{{1,80}}){{0,12}})"
            rf"(?<=[\w$\\])"
            rf"|\bsmb://[\w.\-]{{1,120}}/{_CHAR}{{2,260}}"
        ),
        accept=_is_share,
    ),
)
