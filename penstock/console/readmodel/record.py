"""Kafka records as the read model takes them, and careful reading of what is in them.

# INVARIANT: nothing here raises for what a record holds but `UnreadableError`, whose text never quotes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson

from detectors.errors import GateError
from streams.intake import TRACE_HEADER

# Integers that SQLite holds.
_MIN: Final = -(2**63)
_MAX: Final = 2**63 - 1


class UnreadableError(GateError):
    """A record that is not what its topic holds."""

    code = "UNREADABLE"


class Record(NamedTuple):
    """A record of one of the topics that the console reads; `topic` is its name in the topic table."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    at_ms: int

    @property
    def sha256(self) -> bytes:
        """What tells this record from another one at the same place of a topic that was made anew."""
        return hashlib.sha256((self.key or b"") + b"\0" + (self.value or b"")).digest()

    def header(self, name: str) -> str | None:
        """The text of a header, the first of its name; None when there is none or it is no text."""
        for found, value in self.headers:
            if found == name:
                try:
                    return value.decode()
                except UnicodeDecodeError:
                    return None
        return None

    @property
    def event_ms(self) -> int:
        """When the gate wrote it by its own clock; Kafka's time of the record where it does not say."""
        found = time_ms(self.header("ce_time"))
        return self.at_ms if found is None else found

    @property
    def trace(self) -> str | None:
        """The record's W3C traceparent."""
        return self.header(TRACE_HEADER)

    def fields(self) -> Fields:
        """The JSON object in it.

        Raises:
            UnreadableError: there is none.
        """
        try:
            value = orjson.loads(self.value or b"")
        except orjson.JSONDecodeError:
            raise UnreadableError("not JSON") from None
        if not isinstance(value, dict):
            raise UnreadableError("not a JSON object")
        return Fields(value)


def time_ms(value: object) -> int | None:
    """An RFC 3339 time with offset in milliseconds since 1970; None when it is none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return None if found.tzinfo is None else round(found.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


class Fields:
    """A JSON object of a record: each field as the type that a column has, None where it is absent or of another."""

    __slots__ = ("raw",)

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw

    def text(self, name: str) -> str | None:
        """Text."""
        value = self.raw.get(name)
        return value if isinstance(value, str) else None

    def first(self, names: Sequence[str]) -> str | None:
        """The first of some texts that is there."""
        for name in names:
            value = self.raw.get(name)
            if isinstance(value, str):
                return value
        return None

    def required(self, name: str) -> str:
        """Text that has to be there.

        Raises:
            UnreadableError: it is not.
        """
        value = self.raw.get(name)
        if not isinstance(value, str):
            raise UnreadableError(f"no {name}")
        return value

    def integer(self, name: str) -> int | None:
        """An integer of 64 bits."""
        value = self.raw.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) and is_storable(value) else None

    def number(self, name: str) -> float | None:
        """A number."""
        value = self.raw.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value)

    def flag(self, name: str) -> int | None:
        """True or false, as 1 or 0."""
        value = self.raw.get(name)
        return int(value) if isinstance(value, bool) else None

    def time_ms(self, name: str) -> int | None:
        """An RFC 3339 time, in milliseconds since 1970."""
        return time_ms(self.raw.get(name))

    def json(self, name: str) -> str | None:
        """An object or a list, written out.

        Raises:
            UnreadableError: it is nested deeper than anything that the gate writes.
        """
        value = self.raw.get(name)
        return written(value) if isinstance(value, dict | list) else None

    def object(self, name: str) -> Fields:
        """An object; an empty one where there is none."""
        value = self.raw.get(name)
        return Fields(value) if isinstance(value, dict) else _NOTHING

    def objects(self, name: str) -> Iterator[Fields]:
        """The objects of a list."""
        value = self.raw.get(name)
        if isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    yield Fields(item)

    def texts(self, name: str) -> list[str]:
        """The texts of a list."""
        value = self.raw.get(name)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

    def __bool__(self) -> bool:
        return bool(self.raw)


_NOTHING: Final = Fields({})


def written(value: object, *, is_sorted: bool = False) -> str:
    """JSON text of a value that was read from JSON.

    Raises:
        UnreadableError: it is nested too deep.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS if is_sorted else None).decode()
    except orjson.JSONEncodeError:
        raise UnreadableError("nested too deep") from None


def is_storable(value: int) -> bool:
    """Whether SQLite holds the integer."""
    return _MIN <= value <= _MAX


def payload_of(fields: Fields) -> tuple[str | None, int | None]:
    """The payload of a request or sample as it came, and whether it is a sealed box; neither where there is none."""
    if fields.object("payload"):
        return fields.json("payload"), 1
    if isinstance(fields.raw.get("action"), dict):
        return fields.json("action"), 0
    return None, None
