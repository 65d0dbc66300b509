"""Connection strings, whole: who connects to which database on which machine. The password inside is a credential too.

Source: RFC 3986 section 3.2.1 (userinfo),
https://learn.microsoft.com/en-us/dotnet/api/system.data.sqlclient.sqlconnection.connectionstring,
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING, https://docs.oracle.com/en/database/
(JDBC thin URLs)
"""

from __future__ import annotations

import re

from detectors.declaration import LINE, Declaration, Reach, regex
from detectors.internal.form import form

CONNECTION_STRING = "CONNECTION_STRING"

_STORES = (
    r"(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|oracle|clickhouse|cockroachdb|cassandra"
    r"|couchbases?|neo4j|bolt|snowflake|redshift|vertica"
    r"|ldaps?|ftps?|sftp|smtps?|imaps?|kafka|nats|mqtts?|memcached|elasticsearch|influxdb|db2|sybase|firebird"
    r"|jdbc:[a-z0-9]{2,12}(?::[a-z]{2,10})?)"
)

# What manuals write where the password or the host goes.
_STAND_IN = re.compile(
    r"(?i)(?:your|my|the|some)?[\-_]?(?:pass(?:word|wd)?|pwd|pw|secret|token|key|credentials?|user(?:name)?"
    r"|host(?:name)?|server)(?:here)?|[x*.]+|<.*>|\$?\{.*\}?|%.*%|\$\w+"
)


def _is_own(match: re.Match[str]) -> bool:
    """Neither the password nor the host is a stand-in."""
    password, host = match.group("password"), match.group("host")
    return not any(part and _STAND_IN.fullmatch(part) for part in (password, host))


DECLARATIONS: tuple[Declaration, ...] = (
    form(
        "connection_url",
        CONNECTION_STRING,
        triggers=(regex(rf"{_STORES}(?:\+[a-z0-9]{{2,12}})?:(?://|thin:)"),),
        also=("@",),
        pattern=(
            rf"(?i)(?<![A-Za-z0-9]){_STORES}(?:\+\w{{2,12}})?://[^\s:/@\"'<>]{{0,128}}:"
            rf"(?P<password>[^\s/@\"'<>]{{3,256}})@(?P<host>[^\s\"'<>,;:/]{{1,255}})(?:[:/?][^\s\"'<>,;]{{0,256}})?"
            r"|\bjdbc:oracle:thin:[\w$#]{1,60}/[^\s@\"'<>]{3,128}@(?://)?[^\s\"'<>,;]{3,256}"
        ),
        accept=_is_own,
        reach=LINE,
    ),
    form(
        "connection_pairs",
        CONNECTION_STRING,
        triggers=(regex(r"\b(?:password|pwd|accountkey|sharedaccesskey) ?="),),
        pattern=(
            r"(?i)\b(?:server|data source|host|address|addr|hostname|endpoint|accountendpoint"
            r"|defaultendpointsprotocol|driver|dsn|dbq|provider|initial catalog|database|user id|uid) ?="
            r" ?[^;\n\"']{1,200};(?: ?[\w ]{1,40} ?= ?[^;\n\"']{0,200};){0,14}? ?(?:password|pwd|accountkey"
            r"|sharedaccesskey) ?= ?[^;\s\"']{3,200};?(?: ?[\w ]{1,40} ?= ?[^;\n\"']{1,200};){0,10}"
            r"|\bhost ?= ?[\w./\-]{1,128}(?: \w{2,24} ?= ?[^\s'\"]{1,128}){0,6} password ?= ?[^\s'\"]{3,128}(?:"
            r" \w{2,24} ?= ?[^\s'\"]{1,128}){0,6}"
            r"|\bjdbc:[a-z0-9:]{2,24}//[^\s\"'<>]{3,160}?[?;&](?:password"
            r"|pwd)=[^\s\"'<>&;]{3,128}(?:[&;][^\s\"'<>]{1,160})?"
        ),
        reach=Reach(400, 400, is_line=True),
    ),
)
