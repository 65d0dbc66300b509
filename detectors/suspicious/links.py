"""Links that carry data to a host that is not on the caller's list: images, links, embedded content, bare addresses.

An image is fetched when the answer is shown, before anybody clicks: what its URL carries is gone. So less evidence is
asked of what is loaded than of what must be clicked (detectors.suspicious.payloads).

Source: CommonMark 0.31.2, sections 4.7, 6.3, 6.4, 6.5 (reference definitions, links, images, autolinks); HTML Living
Standard, "Fetching resources" (elements that load)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from detectors.declaration import WHOLE, Declaration, Span, Trigger, regex
from detectors.finding import Family
from detectors.overlaps import Strength
from detectors.suspicious.payloads import COLLECTORS, TELLING, carries_data, may_carry_data
from detectors.suspicious.urls import is_allowed, parse_url

EXFILTRATION_LINK = "EXFILTRATION_LINK"

_URL = r"(?:(?:https?|wss?|ftp):[/\\]{0,3}|[/\\]{2})"
# `](` of a link or an image; a URL may hold one level of parentheses.
_MARKDOWN = re.compile(
    rf"\]\(\s{{0,4}}(?:<(?P<angle>{_URL}[^<>\n]{{1,4000}})>|(?P<plain>{_URL}(?:[^\s()<>]"
    rf"|\([^\s()<>]{{0,400}}\)){{1,4000}}))"
    r"(?:\s{1,4}(?:\"[^\"\n]{0,300}\"|'[^'\n]{0,300}'|\([^()\n]{0,300}\)))?\s{0,4}\)"
)
_REFERENCE = re.compile(
    rf"(?m)^[ \t>]{{0,8}}\[(?P<label>[^\[\]\n]{{1,200}})\]:[ \t]{{0,8}}<?(?P<url>{_URL}[^\s<>]{{1,4000}})>?"
)
# A quotation that does not end takes all that follows along, so it counts as well.
_TAG = re.compile(
    r"<(?P<tag>[A-Za-z][A-Za-z0-9\-]{0,20})(?=[\s/])"
    r"(?P<attributes>(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+(?:[\"'][^<>]{0,4000})?)(?:>|\Z|(?=<))"
)
_ATTRIBUTE = re.compile(
    r"(?i)(?<![\w\-])(?P<name>src|href|srcset|poster|background|action|formaction|data|ping|xlink:href|content"
    r"|style)\s{0,4}=\s{0,4}"
    r"(?:\"(?P<double>[^\"]{1,4000})(?:\"|\Z)|'(?P<single>[^']{1,4000})(?:'|\Z)|(?P<bare>[^\s\"'>]{1,4000}))"
)
_IMAGE_LABEL = re.compile(r"!\[([^\[\]\n]{0,300})\](?:\[([^\[\]\n]{0,200})\])?")
_CSS_URL = re.compile(rf"(?i)(?:url\(\s{{0,4}}[\"']?|url=[\"']?)(?P<url>{_URL}[^\s\"'()<>;]{{1,4000}})")
_BARE = re.compile(r"(?<![\w(\"'=\]<])(?:https?|wss?|ftp)://[^\s<>\"'`{}|]{16,4000}")
# What is fetched only when somebody clicks or sends.
_CLICKED = frozenset({"a", "area", "form", "button", "blockquote", "q", "base"})
# How far before `](` its opening bracket may stand.
_MOST_LINK_TEXT_CHARS = 400


_HOST = r"(?:(?:https?|wss?|ftp):|[/\\]{2})[^\s\"'<>]*"
# What must be clicked needs a long run or a telling name, what is loaded a query or a shorter run, a collector nothing.
_TRIGGERS: tuple[Trigger | str, ...] = (
    regex(r"(?:https?|wss?|ftp):[^\s\"'<>]*(?:=[a-z0-9+/_%\-]{24}|[a-z0-9+_%\-]{27}|[a-z2-7]{24}\.)"),
    regex(rf"(?:https?|wss?|ftp):[^\s\"'<>]*[?&;](?:{'|'.join(sorted(TELLING))})="),
    regex(rf"\]\([ <]{{0,4}}{_HOST}(?:\?|[a-z0-9+_%\-]{{16}})"),
    regex(rf"\]:[ \t<]{{0,8}}{_HOST}(?:\?|[a-z0-9+_%\-]{{16}})"),
    regex(
        rf"(?:src|srcset|href|poster|ground|action|data|ping|content) ?=[ \"']{{0,3}}{_HOST}"
        r"(?:\?|[a-z0-9+_%\-]{16})"
    ),
    regex(rf"url(?:\(|=)[ \"']{{0,3}}{_HOST}(?:\?|[a-z0-9+_%\-]{{16}})"),
    *COLLECTORS,
)


@dataclass(frozen=True, slots=True)
class _Link:
    """A link in a text: its whole span, its URL, and whether it is fetched without a click."""

    start: int
    end: int
    url: str
    is_loaded: bool


def declarations(allowed_hosts: frozenset[str] = frozenset()) -> tuple[Declaration, ...]:
    """The detector of links that carry data to a host other than `allowed_hosts` (`*.acme.com`: any below)."""

    def find(text: str, start: int, end: int) -> Iterator[Span]:
        for link in _links(text, start, end):
            if not link.is_loaded and not may_carry_data(link.url):
                continue
            url = parse_url(link.url)
            if url is None or is_allowed(url.host, allowed_hosts):
                continue
            if carries_data(url, is_loaded=link.is_loaded):
                yield link.start, link.end

    return (
        Declaration(
            name="exfiltration_link",
            type=EXFILTRATION_LINK,
            family=Family.SUSPICIOUS,
            triggers=_TRIGGERS,
            find=find,
            reach=WHOLE,
            # What the link carries away is named by its own detectors where they know it.
            strength=Strength.FORMAT,
            score=0.8,
        ),
    )


def _links(text: str, start: int, end: int) -> Iterator[_Link]:
    if "](" in text:
        yield from _markdown(text, start, end)
    if "]:" in text:
        yield from _references(text, start, end)
    if "<" in text:
        yield from _html(text, start, end)
    if not may_carry_data(text):
        return
    for match in _BARE.finditer(text, start, end):
        address = match.group().rstrip(".,;:!?)]*_")
        yield _Link(match.start(), match.start() + len(address), address, is_loaded=False)


def _markdown(text: str, start: int, end: int) -> Iterator[_Link]:
    for match in _MARKDOWN.finditer(text, start, end):
        bracket = _opening(text, match.start())
        is_image = bracket > 0 and text[bracket - 1] == "!"
        first = bracket - is_image if bracket >= 0 else match.start()
        yield _Link(first, match.end(), match.group("angle") or match.group("plain"), is_image)


def _opening(text: str, closing: int) -> int:
    """The bracket that opens what closes at `closing`, -1 when it is too far away."""
    depth = 0
    for place in range(closing, max(-1, closing - _MOST_LINK_TEXT_CHARS), -1):
        depth += {"]": 1, "[": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return -1


def _references(text: str, start: int, end: int) -> Iterator[_Link]:
    images: set[str] | None = None
    for match in _REFERENCE.finditer(text, start, end):
        if images is None:
            images = {label.lower() for pair in _IMAGE_LABEL.findall(text) for label in pair}
        is_image = match.group("label").lower() in images
        yield _Link(match.start("url"), match.end("url"), match.group("url"), is_image)


def _html(text: str, start: int, end: int) -> Iterator[_Link]:
    for match in _TAG.finditer(text, start, end):
        is_loaded = match.group("tag").lower() not in _CLICKED
        for attribute in _ATTRIBUTE.finditer(match.group("attributes")):
            value = attribute.group("double") or attribute.group("single") or attribute.group("bare")
            name = attribute.group("name").lower()
            if name in ("style", "content"):
                urls = [found.group("url") for found in _CSS_URL.finditer(value)]
            elif name == "srcset":
                urls = [part.split()[0] for part in value.split(",") if part.split()]
            else:
                urls = value.split() if name == "ping" else [value]
            for url in urls:
                yield _Link(match.start(), match.end(), url, is_loaded or name in ("ping", "style"))


#: The detector without a list of allowed hosts.
DECLARATIONS: tuple[Declaration, ...] = declarations()
