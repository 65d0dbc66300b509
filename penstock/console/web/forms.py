"""What arrives in URLs and forms: short text, numbers and times, or nothing; never an error page for a wrong filter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

# Longest filter, characters.
MAX_FILTER_CHARS: Final = 256
_NUMBER: Final = re.compile(r"[0-9]{1,15}")


def text_of(values: Mapping[str, str], name: str) -> str | None:
    """The trimmed text of a filter, or None when it is empty or too long to mean anything."""
    text = values.get(name, "").strip()
    return text if 0 < len(text) <= MAX_FILTER_CHARS else None


def number_of(values: Mapping[str, str], name: str) -> int | None:
    """A whole number from 0, or None."""
    text = values.get(name, "").strip()
    return int(text) if _NUMBER.fullmatch(text) else None


def time_of(values: Mapping[str, str], name: str) -> int | None:
    """The milliseconds of a date and time as browsers send them, read as UTC; None when it is none."""
    try:
        given = datetime.fromisoformat(values.get(name, "").strip())
    except ValueError:
        return None
    at = given if given.tzinfo is not None else given.replace(tzinfo=UTC)
    return round(at.timestamp() * 1000)


def link(path: str, values: Mapping[str, object]) -> str:
    """A path with those of the values that are there."""
    query = urlencode({name: value for name, value in values.items() if value not in (None, "")})
    return f"{path}?{query}" if query else path
