"""What the audit says about agents: counts of what they did, their levels and breakers, promotions, and who stopped
them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from penstock.console.readmodel.audit_entry import Entry
from penstock.console.readmodel.record import Fields, UnreadableError, written
from penstock.console.readmodel.statements import Statement, upsert
from policies.promotion import promotion_id

_DECISIONS: Final = {
    "ALLOW": "allowed",
    "ALLOW_WITH_CONSTRAINTS": "constrained",
    "REQUIRE_APPROVAL": "held",
    "DENY": "denied",
}
_RESOLUTIONS: Final = {
    "approved": "approved",
    "approved_with_constraints": "changed",
    "modified": "changed",
    "denied": "rejected",
    "superseded": "superseded",
    "expired": "expired",
    "released_by_timeout": "released_by_timeout",
    "withdrawn": "withdrawn",
}
_STATUSES: Final = {"success": "succeeded", "failure": "failed", "incident": "incidents"}
_OUTPUTS: Final = {"ALLOW": "passed", "REDACT": "redacted", "QUARANTINE": "quarantined"}
# Kinds that an agent itself causes; executors and people cause the others.
_OWN: Final = frozenset({"decision", "output", "chunk", "duplicate", "conflict", "withdrawal"})
# Kinds that may name an agent of another lane: its row would then depend on which partition is read first.
_ASTRAY: Final = frozenset({"forwarded", "review_conflict", "sample_review"})

_COUNTS: Final = (
    *_DECISIONS.values(),
    *_RESOLUTIONS.values(),
    *_STATUSES.values(),
    *_OUTPUTS.values(),
    "conflicts",
)


def _noted(column: str | None, *, is_own: bool) -> str:
    """SQL that notes what an agent did, or what came of it, and adds one to a count.

    The parameters are agent, lane, time, and the level of autonomy where the record tells one.
    """
    names = "agent_id, partition, first_ms, last_ms, level" + (f", {column}" if column else "")
    changes = ["level = coalesce(?4, level)"]
    changes += ["last_ms = max(last_ms, ?3)"] if is_own else []
    changes += [f"{column} = {column} + 1"] if column else []
    # Names of columns are constants of this module.
    return (
        f"INSERT INTO agents ({names}) VALUES (?1, ?2, ?3, ?3, ?4{', 1' if column else ''})"  # noqa: S608
        f" ON CONFLICT (agent_id) DO UPDATE SET {', '.join(changes)}"
    )


_NOTED: Final[Mapping[tuple[str | None, bool], str]] = {
    (column, is_own): _noted(column, is_own=is_own) for column in (None, *_COUNTS) for is_own in (False, True)
}
_STOPPED: Final = "UPDATE agents SET stopped_ms = ?, stopped_by = ?, stopped_seq = ? WHERE agent_id = ?"
_STANDING: Final = upsert("agent_levels", ("agent_id", "action_class"), ("level", "kind", "cause", "at_ms"))
_BREAKER: Final = upsert(
    "agent_breakers", ("agent_id", "action_class", "breaker_id"), ("state", "cause", "at_ms", "by")
)
_EVENT: Final = upsert(
    "agent_events",
    ("partition", "seq", "n"),
    ("agent_id", "at_ms", "kind", "action_class", "person", "review_offset", "details"),
)
# An outcome that counted is not undone by one of an action that was never released.
_OUTCOME: Final = """
INSERT INTO outcomes (agent_id, action_id, status, at_ms, released) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (agent_id, action_id, status) DO UPDATE SET at_ms = excluded.at_ms, released = excluded.released
WHERE excluded.released > outcomes.released
"""
_SIGNATURE: Final = ("verdict", "reviewer", "decided_ms", "decided_seq")
_OFFERED: Final = upsert("promotions", ("promotion_id", "digest"), ("offered_seq", *_SIGNATURE))
_SIGNED: Final = upsert("promotions", ("promotion_id", "digest"), _SIGNATURE)
_WITHDRAWN: Final = """
UPDATE promotions SET verdict = 'withdrawn', decided_ms = ?, decided_seq = ?
WHERE promotion_id = ? AND offered_seq < ? AND verdict IS NULL AND digest <> ?
"""
# Place of a person's act within its record: behind every change that it led to.
_LAST: Final = 1_000


def agent_changes(entry: Entry) -> Sequence[Statement]:
    """What an audit record says about an agent; nothing for records that are about none."""
    agent_id = entry.fields.text("agent_id")
    if agent_id is None or entry.kind in _ASTRAY:
        return ()
    level = entry.fields.object("decision").integer("autonomy_level") if entry.kind == "decision" else None
    noted = _NOTED[_counted(entry), entry.kind in _OWN]
    found = [Statement(noted, (agent_id, entry.partition, entry.at_ms, level))]
    if entry.kind == "outcome":
        found.append(_outcome(entry, agent_id))
    elif entry.kind == "promotion":
        found.append(_signed(entry))
    elif entry.kind == "agent_review":
        found += _reviewed(entry, agent_id)
    for n, change in enumerate(entry.fields.objects("conduct")):
        found += _changed(entry, agent_id, change, n)
    return found


def _counted(entry: Entry) -> str | None:
    """The count that a record adds to."""
    fields = entry.fields
    if entry.kind == "decision":
        return _DECISIONS.get(fields.object("decision").text("decision") or "")
    if entry.kind == "outcome":
        return _STATUSES.get(fields.text("status") or "") if fields.flag("released") else None
    if entry.kind in ("output", "chunk"):
        return _OUTPUTS.get(fields.text("output_safety_decision") or "")
    if entry.kind == "conflict":
        return "conflicts"
    return _RESOLUTIONS.get(fields.text("resolution") or "")


def _outcome(entry: Entry, agent_id: str) -> Statement:
    fields = entry.fields
    row = (agent_id, fields.required("action_id"), fields.required("status"), entry.at_ms, fields.flag("released") or 0)
    return Statement(_OUTCOME, row)


def _signed(entry: Entry) -> Statement:
    fields = entry.fields
    asked = (fields.required("promotion_id"), fields.required("digest"))
    return Statement(_SIGNED, (*asked, fields.text("verdict"), fields.text("reviewer"), entry.at_ms, entry.seq))


def _reviewed(entry: Entry, agent_id: str) -> Iterable[Statement]:
    """What a person did to the agent itself."""
    fields = entry.fields
    verdict, reviewer = fields.required("verdict"), fields.text("reviewer")
    if verdict == "stop":
        yield Statement(_STOPPED, (entry.at_ms, reviewer, entry.seq, agent_id))
    elif verdict == "resume":
        yield Statement(_STOPPED, (None, None, None, agent_id))
    row = (entry.partition, entry.seq, _LAST, agent_id, entry.at_ms, verdict, fields.text("action_class"), reviewer)
    yield Statement(_EVENT, (*row, entry.review_offset, "{}"))


def _changed(entry: Entry, agent_id: str, change: Fields, n: int) -> Iterable[Statement]:
    """A level or a breaker that changed."""
    action_class, cause = change.text("action_class") or "", change.text("cause")
    at_ms, by = change.integer("at_ms"), change.text("by")
    if at_ms is None:
        raise UnreadableError("a change without its time")
    kind = change.text("kind")
    if kind is None:
        kind = "breaker"
        row = (agent_id, action_class, change.required("breaker_id"), change.required("state"), cause, at_ms, by)
        yield Statement(_BREAKER, row)
    else:
        level = change.integer("level")
        if level is None:
            raise UnreadableError("a change without a level")
        yield Statement(_STANDING, (agent_id, action_class, level, kind, cause, at_ms))
        yield from _promotions(entry, agent_id, change, kind)
    event = (entry.partition, entry.seq, n, agent_id, at_ms, kind, action_class, by, entry.review_offset)
    yield Statement(_EVENT, (*event, written(change.raw)))


def _promotions(entry: Entry, agent_id: str, change: Fields, kind: str) -> Iterable[Statement]:
    """What a change means for requests that wait: a new one replaces them, and anything else takes them back."""
    identity, digest = promotion_id(agent_id, change.text("action_class") or ""), change.text("digest") or ""
    is_offer = kind == "offered"
    if is_offer:
        yield Statement(_OFFERED, (identity, digest, entry.seq, *(None for _ in _SIGNATURE)))
    yield Statement(_WITHDRAWN, (entry.at_ms, entry.seq, identity, entry.seq, digest if is_offer else ""))
