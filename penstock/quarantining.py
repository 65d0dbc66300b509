"""Outputs that were held back, and a person's decision about one.

What they say is sealed, and masked here: a list names what was found and never quotes it. Whether one still waits is
read from the gate's own state, after the quarantine itself: an output and its entry are committed together, so one
without an entry is past its retention.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

import orjson

from penstock.connections import now
from penstock.errors import CommandError
from penstock.id_prefixes import with_prefix
from penstock.topic_records import committed_records
from streams.codec import DecodeError, decode_object, output_digest
from streams.events import ReviewVerdict, TargetKind
from streams.quarantined import Quarantined
from streams.sealing import Sealer, SealError, quarantine_context
from streams.settings import Settings
from streams.state import QUARANTINE_PREFIX
from streams.topics import QUARANTINE, STATE, Topic


class Standing(StrEnum):
    """What became of an output that was held back; `forgotten` is past its retention, and stays held back."""

    WAITING = "waiting"
    RELEASED = "released"
    REDACTED = "redacted"
    REJECTED = "rejected"
    FORGOTTEN = "forgotten"


_STANDINGS: Final[Mapping[str | None, Standing]] = {
    None: Standing.WAITING,
    ReviewVerdict.RELEASE: Standing.RELEASED,
    ReviewVerdict.REDACT: Standing.REDACTED,
    ReviewVerdict.REJECT: Standing.REJECTED,
}
# What a list shows of a record, beside counts of what was found.
_SHOWN: Final = (
    "quarantine_id", "partition", "agent_id", "output_id", "job_id", "topic", "audience", "tenant_id", "session_id",
    "reason", "reason_code", "rule_id", "document", "digest", "policy_snapshot", "quarantined_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeldBack:
    """An output as the quarantine has it, and what became of it. `is_chunk` is None where nobody knows any more."""

    record: Mapping[str, Any]
    standing: Standing
    is_chunk: bool | None

    @property
    def quarantine_id(self) -> str:
        """What a review names."""
        return str(self.record["quarantine_id"])


def standing_of(record: Mapping[str, Any], entry: Quarantined | None) -> HeldBack:
    """A record of the quarantine with what the lane keeps of it."""
    if entry is None:
        return HeldBack(record, Standing.FORGOTTEN, None)
    return HeldBack(record, _STANDINGS[entry.decided], entry.is_chunk)


async def held_back(settings: Settings) -> list[HeldBack]:
    """Every output that the quarantine still has, the oldest first; one that was held back twice counts once.

    Raises:
        KafkaUnreachableError, TopicsError, ReadStalledError: a topic cannot be read.
    """
    records: dict[str, dict[str, Any]] = {}
    for record in await _read(settings, QUARANTINE):
        value = orjson.loads(record.value)
        records[value["quarantine_id"]] = value
    entries: dict[str, Quarantined] = {}
    for record in await _read(settings, STATE, QUARANTINE_PREFIX):
        quarantine_id = record.key.decode().removeprefix(QUARANTINE_PREFIX)
        entries.pop(quarantine_id, None)
        if record.value is not None:
            entries[quarantine_id] = Quarantined.from_json(orjson.loads(record.value))
    found = [standing_of(record, entries.get(name)) for name, record in records.items()]
    return sorted(found, key=lambda held: (str(held.record["quarantined_at"]), held.quarantine_id))


async def _read(settings: Settings, topic: Topic, prefix: str = "") -> list[Any]:
    """The committed records of a topic whose keys begin with `prefix`, in order per partition."""
    wanted = prefix.encode()
    return [r async for r in committed_records(settings, topic) if (r.key or b"").startswith(wanted)]


def find_held_back(found: Sequence[HeldBack], prefix: str) -> HeldBack:
    """The one output whose quarantine id begins with `prefix`, decided or not: the gate says why nothing changes.

    Raises:
        CommandError: there is none, there are several, or the prefix is too short to be meant.
    """
    return with_prefix(
        prefix,
        found,
        lambda held: held.quarantine_id,
        noun="output",
        listing="penstock quarantine list",
        missing=CommandError(
            f"no output in quarantine begins with {prefix[:64]}",
            code="OUTPUT_NOT_FOUND",
            advice="see `penstock quarantine list --all`",
        ),
    )


def summary_of(held: HeldBack) -> dict[str, Any]:
    """An output for a list: whose, to whom, why, and what was found; never what it says."""
    record = held.record
    types = Counter(str(finding["type"]) for finding in record["findings"])
    return {
        **{name: record.get(name) for name in _SHOWN},
        "status": held.standing.value,
        "is_chunk": held.is_chunk,
        "found": dict(sorted(types.items())),
        "is_sealed": record["payload"] is not None,
    }


def full_lines(held: HeldBack) -> list[str]:
    """An output in full for a person, what it says masked: each finding by its type and place."""
    summary = summary_of(held)
    lines = [f"{name:<16} {value}" for name, value in summary.items() if value is not None and name != "found"]
    for finding in held.record["findings"]:
        place = f"{finding['start']}-{finding['end']}"
        where = place if finding["field"] is None else f"{finding['field']} {place}"
        lines.append(f"{'found':<16} {finding['type']} at {where} ({finding['detector']}, {finding['score']})")
    return lines


def full_object(held: HeldBack) -> dict[str, Any]:
    """An output in full for a program, what it says masked: of the sealed box only whose key opens it."""
    box = held.record["payload"]
    sealed = None if box is None else {"algorithm": box["algorithm"], "key_id": box["key_id"]}
    return {**held.record, "payload": sealed, "status": held.standing.value, "is_chunk": held.is_chunk}


def output_review(
    held: HeldBack,
    *,
    verdict: ReviewVerdict,
    reviewer: str,
    roles: Sequence[str],
    reason: str | None,
    rendered_at: str,
) -> dict[str, Any]:
    """The review event; a release brings the record's own sealed box back, unchanged."""
    record, is_release = held.record, verdict in (ReviewVerdict.RELEASE, ReviewVerdict.REDACT)
    review = {
        "review_id": uuid4().hex,
        "target": {"kind": TargetKind.OUTPUT.value, "id": held.quarantine_id},
        "verdict": verdict.value,
        "reviewer": {"id": reviewer, "roles": list(roles)},
        "digest": record["digest"],
        "policy_snapshot": record["policy_snapshot"],
        "reason": reason,
        "sealed": record["payload"] if is_release else None,
        "rendered_at": rendered_at,
        "decided_at": now(),
    }
    return {name: value for name, value in review.items() if value is not None}


def sealer_for(settings: Settings, held: HeldBack) -> Sealer:
    """What opens the output's box; asked for before anybody is told on the log that it was opened.

    Raises:
        CommandError: there is no box, no key, or it is another key.
        SettingsError: the key cannot be read.
    """
    key, box = settings.secret("payload_key"), held.record["payload"]
    if box is None:
        raise CommandError(
            "the output was held back without a sealed payload",
            code="NOTHING_SEALED",
            advice="the original is where its `source` says, for as long as that topic keeps it",
        )
    if key is None:
        raise CommandError("there is no payload key", code="USAGE", advice="set PENSTOCK_PAYLOAD_KEY_FILE")
    sealer = Sealer(key)
    if sealer.key_id != box["key_id"]:
        raise CommandError(
            f"the payload is sealed with the key {box['key_id']}, this one is {sealer.key_id}",
            code="OTHER_PAYLOAD_KEY",
            advice="set the key that the gate had then",
        )
    return sealer


def opened(sealer: Sealer, held: HeldBack) -> dict[str, Any]:
    """The output as its agent gave it.

    # INVARIANT: what is given has the id and the digest of what was held back, as the gate itself demands.

    Raises:
        SealError: the box was changed, or holds something else than what was held back.
    """
    record = held.record
    payload = sealer.open(record["payload"], context=quarantine_context(held.quarantine_id))
    try:
        output = decode_object(payload)
        is_same = output["output_id"] == record["output_id"] and output_digest(output) == record["digest"]
    except (DecodeError, KeyError):
        is_same = False
    if not is_same:
        raise SealError("the box does not hold what was held back", advice="find out who has the payload key")
    return output


def content_lines(output: Mapping[str, Any]) -> list[str]:
    """What an output says, for a person: a text line by line, JSON indented."""
    content = output.get("content")
    text = content if isinstance(content, str) else orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()
    return text.splitlines()
