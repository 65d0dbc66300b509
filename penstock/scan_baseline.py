"""A file of known findings that `penstock scan` accepts: keyed hashes, never values.

A hash is HMAC-SHA256 over the file's name, the type, the field and the value, so the same value somewhere else is a
new finding. The key is a file of the caller's own (`--baseline-key`), else a random one kept in the baseline: then
values that can be guessed (a telephone number) can be tried by whoever has the file; a token cannot be guessed.

Source: RFC 2104 (HMAC)
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any, Final

from detectors.errors import GateError
from penstock.scanning import Place

VERSION: Final = 1
# Bytes of a key: as many as the hash has.
KEY_BYTES: Final = 32
_FIELDS: Final = frozenset({"version", "key", "key_id", "findings"})


class BaselineError(GateError):
    """A baseline that cannot be used (code BASELINE_INVALID)."""

    code = "BASELINE_INVALID"
    advice = "make it anew with --update-baseline"


@dataclass(frozen=True, slots=True)
class Baseline:
    """Known findings: how often each hash is accepted. `is_own_key` says that the key stands in the file."""

    key: bytes
    is_own_key: bool
    accepted: Counter[str]

    def fingerprint(self, place: Place) -> str | None:
        """The hash of a finding; None for one that cannot be accepted, because its value has no text."""
        if place.value is None:
            return None
        parts = (PurePath(place.file).as_posix(), place.finding.type, place.finding.field or "", place.value)
        # The length before each part, so that no two findings give the same bytes.
        message = b"".join(len(part := text.encode("utf-8", "surrogatepass")).to_bytes(8) + part for text in parts)
        return hmac.new(self.key, message, sha256).hexdigest()

    def unknown(self, places: Iterable[Place]) -> tuple[list[Place], int]:
        """The findings that are not accepted, and how many of the accepted ones were not there any more."""
        left = Counter(self.accepted)
        new: list[Place] = []
        for place in places:
            hashed = self.fingerprint(place)
            if hashed is not None and left[hashed] > 0:
                left[hashed] -= 1
            else:
                new.append(place)
        return new, left.total()

    def to_json(self) -> dict[str, Any]:
        """What the file holds."""
        key = {"key": self.key.hex()} if self.is_own_key else {"key_id": key_id(self.key)}
        return {"version": VERSION, **key, "findings": dict(sorted(self.accepted.items()))}


def key_id(key: bytes) -> str:
    """What says which key a baseline was made with; it tells nothing about the key."""
    return hmac.new(key, b"penstock baseline key id", sha256).hexdigest()[:16]


def read_key(file: Path) -> bytes:
    """The key in a file of 64 hex digits or more.

    Raises:
        BaselineError: for another file.
    """
    try:
        key = bytes.fromhex(file.read_text("ascii").strip())
    except (OSError, ValueError):
        key = b""
    if len(key) < KEY_BYTES:
        raise BaselineError(f"{file} holds no key of {2 * KEY_BYTES} hex digits", advice="see docs/detectors.md")
    return key


def load_baseline(file: Path, key: bytes | None) -> Baseline:
    """The baseline in a file.

    Raises:
        BaselineError: when the file is no baseline, or was made with another key.
    """
    try:
        value = json.loads(file.read_text("utf-8"))
        if not isinstance(value, dict) or not value.keys() <= _FIELDS or value.get("version") != VERSION:
            raise ValueError
        accepted = Counter({str(name): int(count) for name, count in value["findings"].items()})
        own = bytes.fromhex(value["key"]) if "key" in value else None
        if min(accepted.values(), default=1) < 1 or (own is not None and len(own) < KEY_BYTES):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise BaselineError(f"{file} is no baseline") from None
    if own is not None:
        return Baseline(own, is_own_key=True, accepted=accepted)
    if key is None or not hmac.compare_digest(str(value.get("key_id")), key_id(key)):
        raise BaselineError(f"{file} was made with another key", advice="pass it with --baseline-key")
    return Baseline(key, is_own_key=False, accepted=accepted)


def make_baseline(places: Iterable[Place], key: bytes | None) -> tuple[Baseline, int]:
    """A baseline that accepts these findings, and how many of them cannot be accepted."""
    empty = Baseline(key or secrets.token_bytes(KEY_BYTES), is_own_key=key is None, accepted=Counter())
    hashes = [empty.fingerprint(place) for place in places]
    accepted = Counter(hashed for hashed in hashes if hashed is not None)
    return Baseline(empty.key, empty.is_own_key, accepted), hashes.count(None)


def save_baseline(baseline: Baseline, file: Path) -> None:
    """Write a baseline; the file appears whole or not at all.

    Raises:
        BaselineError: when it cannot be written.
    """
    part = file.with_name(f"{file.name}.part")
    try:
        part.write_text(json.dumps(baseline.to_json(), indent=1) + "\n", "utf-8")
        part.replace(file)
    except OSError as exc:
        raise BaselineError(f"cannot write {file}: {exc.strerror}", advice="name a file that can be written") from None
