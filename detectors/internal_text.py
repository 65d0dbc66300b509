"""Internal data in running text: names of machines, paths, cloud resources, tickets, markings, connection strings.

Each form is a keyword, then a bounded pattern; none is secret by itself, all tell an outsider how the house is built.
Source: RFC 6762 (.local), RFC 8375 (home.arpa), ICANN resolution 2024.07.29.06 (.internal),
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html, https://www.first.org/tlp/ (TLP 2.0)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from detectors.internal import STACK_TRACE, stack_traces


@dataclass(frozen=True, slots=True)
class InternalForm:
    """One form of internal data; `keywords` are lower case, and a text with none of them is not searched."""

    type: str
    keywords: tuple[str, ...]
    pattern: re.Pattern[str]


_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
_ZONE = r"(?:internal|local|lan|corp|intranet|intra|home\.arpa)"
_PATH_END = r"[^\s\"'`<>|,;:()\[\]{}*?]"

FORMS: tuple[InternalForm, ...] = (
    InternalForm(
        "INTERNAL_HOSTNAME",
        (".internal", ".local", ".lan", ".corp", ".intra", "home.arpa"),
        # Two labels before the zone, or a scheme: `threading.local` and `settings.local` are code and files.
        re.compile(
            rf"(?:[a-z][a-z0-9+.\-]{{1,20}}://)?(?<![\w.\-@])(?:{_LABEL}\.){{2,8}}{_ZONE}(?![\w\-(]|\.\w)(?::\d{{1,5}})?"
            rf"(?:/{_PATH_END}{{1,200}})?"
            rf"|[a-z][a-z0-9+.\-]{{1,20}}://{_LABEL}\.{_ZONE}(?![\w\-(]|\.\w)(?::\d{{1,5}})?(?:/{_PATH_END}{{1,200}})?"
        ),
    ),
    InternalForm(
        "INTERNAL_PATH",
        ("/home/", "/users/", "/srv/", "/root/", ":\\users\\", "\\\\"),
        re.compile(
            rf"(?<![\w./:\-])/(?:home|Users|srv|root)/{_PATH_END}{{2,260}}"
            r"|\b[A-Za-z]:\\{1,2}Users\\{1,2}[^\s\"'`<>|,;:*?]{2,260}"
            r"|(?<![\w\\])\\\\(?!\\)[A-Za-z][\w.\-]{2,62}\\[\w$.\-]{2,80}(?:\\[^\s\"'`<>|,;:*?\\]{1,80}){0,12}"
        ),
    ),
    InternalForm(
        "CLOUD_RESOURCE_ID",
        ("arn:aws", "/subscriptions/", "s3://", "gs://", "projects/"),
        re.compile(
            r"\barn:aws(?:-[a-z]{2,8}){0,2}:[a-z0-9\-]{2,40}:[a-z0-9\-]{0,25}:(?:\d{12})?:[\w\-./:*]{1,250}"
            r"|/subscriptions/[0-9a-fA-F]{8}-[0-9a-fA-F\-]{27}(?:/[\w.\-]{1,90}){0,12}"
            r"|\b(?:s3|gs)://[a-z0-9][a-z0-9.\-]{2,62}(?:/[\w.\-=/]{0,200})?"
            r"|\bprojects/[a-z][a-z0-9\-]{4,28}[a-z0-9]/(?:secrets|locations|topics|instances|serviceAccounts)/[\w\-./]{1,200}"
        ),
    ),
    InternalForm(
        "INTERNAL_TICKET",
        (".atlassian.net",),
        re.compile(r"https://[a-z0-9\-]{1,63}\.atlassian\.net/(?:browse|wiki|jira)/[\w\-./?=&%]{1,200}"),
    ),
    InternalForm(
        "CONFIDENTIALITY_MARKING",
        ("internal use only", "do not distribute", "tlp:", "company confidential", "strictly confidential"),
        re.compile(
            r"(?i)(?:\b(?:strictly |company )?confidential\W{1,4})?\b(?:for )?internal use only\b"
            r"|\bdo not distribute(?: outside [\w ]{1,40})?|\btlp:(?:red|amber(?:\+strict)?)\b"
            r"|\b(?:company|strictly) confidential\b"
        ),
    ),
    InternalForm(
        "CONNECTION_STRING",
        ("://", "password=", "pwd="),
        re.compile(
            r"(?<![A-Za-z0-9])(?:postgres(?:ql)?|mysql|mariadb|mongodb|redis|rediss|amqps?|mssql|oracle|jdbc:\w{2,12})"
            r"(?:\+\w{2,12})?://[^\s:/@\"'<>]{0,128}:[^\s/@\"'<>]{3,256}@[^\s\"'<>,;]{3,256}"
            r"|(?i:(?:server|data source|host)=[^;\s\"']{1,128};(?:[^;\n\"']{1,128};){0,10}"
            r"(?:password|pwd)=[^;\s\"']{3,128};?)"
        ),
    ),
)


def internal_spans(text: str, lowered: str) -> Iterator[tuple[str, int, int]]:
    """Type, start and end of each piece of internal data; `lowered` is the text in lower case."""
    for start, end in stack_traces(text):
        yield STACK_TRACE, start, end
    for form in FORMS:
        if any(keyword in lowered for keyword in form.keywords):
            for match in form.pattern.finditer(text):
                yield form.type, match.start(), match.end()
