r"""A URL as a browser would read it, because what carries data away is written to be read by browsers alone.

Tabs and newlines vanish, a backslash is a slash, `https:host` and `https:/host` go where `https://host` goes, and what
stands before an `@` is no host. Source: WHATWG URL Standard, section 4.4 (URL parsing)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote_plus

_STRIPPED = re.compile(r"[\t\n\r]")
_SPECIAL = re.compile(r"(?i)(?:https?|wss?|ftp):[/\\]*|[/\\]{2,}")
_AUTHORITY_END = re.compile(r"[/\\?#]")


@dataclass(frozen=True, slots=True)
class Url:
    """The parts of a URL that reach a server; `host` is lower case without port and trailing dot."""

    host: str
    user: str
    path: str
    query: tuple[tuple[str, str], ...]

    @property
    def segments(self) -> tuple[str, ...]:
        """The steps of the path, decoded."""
        return tuple(unquote_plus(step.replace("+", "%2B")) for step in self.path.split("/") if step)


def parse_url(text: str) -> Url | None:
    """The parts of a URL that leads to a host; None for one that stays on the page (relative, `data:`, `mailto:`).

    >>> parse_url("https:\\\\shop.acme.com@evil.example/a?d=1").host
    'evil.example'
    """
    text = _STRIPPED.sub("", unescape(text)).strip("\x00\x20")
    scheme = _SPECIAL.match(text)
    if scheme is None:
        return None
    rest = text[scheme.end() :]
    end = _AUTHORITY_END.search(rest)
    authority, rest = (rest[: end.start()], rest[end.start() :]) if end is not None else (rest, "")
    user, _, host = authority.rpartition("@")
    host = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    before, _, _fragment = rest.partition("#")
    path, _, query = before.partition("?")
    pairs = tuple(
        (unquote_plus(name).lower(), unquote_plus(value))
        for name, _, value in (pair.partition("=") for pair in re.split(r"[&;]", query)[:200] if pair)
    )
    return Url(unquote_plus(host).lower().rstrip("."), unquote_plus(user), path.replace("\\", "/"), pairs)


def is_allowed(host: str, allowed: Iterable[str]) -> bool:
    """Whether a host is on a list; `*.acme.com` stands for every host below acme.com, and not for acme.com itself.

    >>> is_allowed("cdn.acme.com", ["*.acme.com"]), is_allowed("acme.com.evil.example", ["*.acme.com", "acme.com"])
    (True, False)
    """
    for entry in allowed:
        entry = entry.lower().rstrip(".")
        if host == entry or (entry.startswith("*.") and host.endswith(entry[1:]) and len(host) > len(entry) - 1):
            return True
    return False
