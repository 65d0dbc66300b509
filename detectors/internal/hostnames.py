"""Names of machines that only resolve inside: private zones, clusters, cloud networks, service discovery.

Source: RFC 6762 (.local), RFC 8375 (home.arpa), ICANN resolution 2024.07.29.06 (.internal), RFC 6762 appendix G (.lan,
.corp, .home, .intranet, .private), https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/,
https://developer.hashicorp.com/consul/docs/services/discovery/dns-overview
"""

from __future__ import annotations

import re

from detectors.declaration import Declaration, regex
from detectors.internal.form import form

HOSTNAME = "INTERNAL_HOSTNAME"

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_\-]{0,61}[A-Za-z0-9])?"
_ZONE = r"(?:internal|local|lan|corp|intranet|intra|private|localdomain|home\.arpa|consul)"
_SCHEME = r"[a-z][a-z0-9+.\-]{1,20}://"
_PATH_CHAR = r"[^\s\"'`<>|,;()\[\]{}*]"
_PORT_AND_PATH = rf"(?::\d{{1,5}})?(?:/{_PATH_CHAR}{{0,199}}[^\s\"'`<>|,;()\[\]{{}}*.?!:])?/?"
_ENDS = r"(?![\w\-(]|\.\w)"

# Names that every manual prints and that lead nowhere of ours.
_EVERYBODYS = frozenset(
    {"host.docker.internal", "gateway.docker.internal", "metadata.google.internal", "kubernetes.default.svc"}
    | {"kubernetes.default.svc.cluster.local", "host.containers.internal"}
)
_STAND_INS = frozenset(
    {"host", "hostname", "server", "servername", "domain", "example", "localhost", "site", "website", "url", "address"}
    | {"foo", "bar", "baz", "test", "user", "username", "proxy", "ip", "www", "http", "https", "your", "my", "xxx"}
    | {"placeholder", "loopback", "endpoint", "base", "path", "hosts", "www-example", "yourdomain", "mydomain"}
)
# `self.internal`, `threading.local`, `x.data.private`: names in code, not of machines.
_CODE = re.compile(
    r"(?i)(?:self|this|cls|threading|process|window|module|exports|settings|config|env|values|data|_\w*)\."
)


def _is_machine(match: re.Match[str]) -> bool:
    name = match.group("host").lower().rstrip(".")
    return name not in _EVERYBODYS and _CODE.match(name) is None


def _is_single_name(match: re.Match[str]) -> bool:
    name = match.group("host").lower()
    first = name.split("-")[0]
    return name not in _STAND_INS and first not in ("your", "my", "some", "the") and not name.startswith("example")


DECLARATIONS: tuple[Declaration, ...] = (
    form(
        "private_zone",
        HOSTNAME,
        triggers=(
            regex(r"[a-z0-9]\.(?:internal|local|lan|corp|intranet|intra|private|localdomain|home\.arpa|consul)\b"),
        ),
        # Two labels before the zone, or a scheme, a port or a user: `settings.local` alone is code or a file.
        pattern=(
            rf"(?:{_SCHEME}(?:[^\s/@\"'<>]{{1,128}}@)?)?(?<![\w.\-])(?P<host>"
            rf"(?:{_LABEL}\.){{2,8}}{_ZONE}){_ENDS}{_PORT_AND_PATH}"
            rf"|(?:{_SCHEME}(?:[^\s/@\"'<>]{{1,128}}@)?|(?<=\w@)"
            rf"|(?<=\w@\[))(?P<short>{_LABEL}\.{_ZONE}){_ENDS}{_PORT_AND_PATH}"
            rf"|(?<![\w.\-/@])(?P<port>{_LABEL}\.{_ZONE}):\d{{2,5}}(?![\w\-]|\.\w)(?:/{_PATH_CHAR}{{1,200}})?"
        ),
        accept=lambda match: match.group("host") is None or _is_machine(match),
    ),
    form(
        "private_subdomain",
        HOSTNAME,
        triggers=(
            regex(r"[a-z0-9]\.(?:corp|internal|intranet|intra)\.[a-z0-9]"),
            regex(r"[a-z0-9]\.(?:lan|corp|localdomain|home\.arpa)\b"),
        ),
        # `db1.corp.acme.com`; and zones that are no word of code need no second label.
        pattern=(
            rf"(?:{_SCHEME})?(?<![\w.\-@])(?P<host>(?:{_LABEL}\.){{1,4}}(?:corp|internal|intranet|intra)"
            rf"\.(?:{_LABEL}\.){{1,3}}[a-z]{{2,18}}){_ENDS}{_PORT_AND_PATH}"
            rf"|(?<![\w.\-@/])(?P<short>[A-Za-z][A-Za-z0-9\-]{{1,61}}[A-Za-z0-9]\.(?:lan|corp|localdomain|home\.arpa)){_ENDS}"
        ),
        accept=lambda match: _CODE.match(match.group("host") or match.group("short")) is None,
        score=0.6,
    ),
    form(
        "cluster_service",
        HOSTNAME,
        triggers=(regex(r"[a-z0-9]\.svc\b"),),
        pattern=(
            rf"(?:{_SCHEME})?(?<![\w.\-@])(?P<host>(?:{_LABEL}\.){{2,6}}svc){_ENDS}{_PORT_AND_PATH}"
            rf"|{_SCHEME}(?P<short>{_LABEL}\.{_LABEL}\.svc){_ENDS}{_PORT_AND_PATH}"
        ),
        accept=lambda match: match.group("host") is None or _is_machine(match),
    ),
    form(
        "single_label_url",
        HOSTNAME,
        triggers=(regex(r"[a-z]://[a-z][a-z0-9\-]{1,62}[:/]"),),
        # A URL whose host has no dot resolves only where a search domain adds the rest.
        pattern=(
            rf"(?<![\w.+\-])(?:https?|wss?|grpc|tcp|ftp|ldaps?|smb|nfs|amqps?|kafka|redis|mongodb|postgres(?:ql)?"
            rf"|mysql)://"
            rf"(?P<host>[A-Za-z](?:[A-Za-z0-9\-]{{0,61}}[A-Za-z0-9]))(?![\w.@%\-{{}}$<])(?=[:/])"
            rf"(?!:[^\d]){_PORT_AND_PATH}"
        ),
        accept=_is_single_name,
        score=0.6,
    ),
)
