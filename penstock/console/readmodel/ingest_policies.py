"""gate.policies.v1: bundles, activations and the kill switch. The topic is compacted, and has one partition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from penstock.console.readmodel.record import Record, UnreadableError, is_storable
from penstock.console.readmodel.statements import Statement, upsert
from policies.kill import KEY_PREFIX as KILL_PREFIX
from policies.kill import read_entry
from streams.codec import DecodeError, decode_object
from streams.policy_feed import ACTIVE_KEY, BUNDLE_PREFIX

_ACTIVATION: Final = upsert(
    "activations",
    ("offset",),
    ("snapshot", "short", "previous", "reason", "activated_by", "activated_ms", "second_person", "written_ms"),
)
_BUNDLE: Final = upsert("bundles", ("snapshot",), ("documents", "written_ms"))
_NO_BUNDLE: Final = "DELETE FROM bundles WHERE snapshot = ?"
_KILL: Final = upsert("kills", ("key",), ("scope", "pattern", "reason", "by", "at_ms", "is_active", "written_ms"))
_LIFTED: Final = "UPDATE kills SET is_active = 0, written_ms = ? WHERE key = ?"


def policy_changes(record: Record) -> Sequence[Statement]:
    """What a record of the policy topic changes.

    Raises:
        UnreadableError: it is none.
    """
    try:
        key = (record.key or b"").decode()
    except UnicodeDecodeError:
        raise UnreadableError("the key is no text") from None
    if key.startswith(KILL_PREFIX):
        return (_kill(record, key),)
    if key.startswith(BUNDLE_PREFIX):
        return (_bundle(record, key.removeprefix(BUNDLE_PREFIX)),)
    if key == ACTIVE_KEY and record.value is not None:
        return (_activation(record),)
    raise UnreadableError("no record of the policy topic")


def _kill(record: Record, key: str) -> Statement:
    """An entry as the gate reads it: one that cannot be read still stops what its key says."""
    if record.value is None:
        return Statement(_LIFTED, (record.at_ms, key))
    try:
        content: object = decode_object(record.value)
    except DecodeError:
        content = None
    entry = read_entry(key, content, at_ms=record.at_ms)
    at_ms = entry.at_ms if is_storable(entry.at_ms) else record.at_ms
    row = (key, entry.scope.value, entry.pattern, entry.reason, entry.by, at_ms, 1, record.at_ms)
    return Statement(_KILL, row)


def _bundle(record: Record, snapshot: str) -> Statement:
    if record.value is None:
        return Statement(_NO_BUNDLE, (snapshot,))
    return Statement(_BUNDLE, (snapshot, record.value.decode("utf-8", "replace"), record.at_ms))


def _activation(record: Record) -> Statement:
    fields = record.fields()
    row = (
        record.offset,
        fields.required("snapshot"),
        fields.text("short"),
        fields.text("previous"),
        fields.text("reason"),
        fields.text("activated_by"),
        fields.time_ms("activated_at"),
        fields.text("second_person"),
        record.at_ms,
    )
    return Statement(_ACTIVATION, row)
