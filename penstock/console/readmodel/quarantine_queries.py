"""Questions about quarantined outputs: lists without payload, and one item with its sealed box."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import orjson

from policies.globs import matches_any

# Rows of a page.
PAGE_ROWS: Final = 50
# Findings of one item that are read; the count beside them is whole.
MAX_FINDINGS: Final = 2_000
# Different values offered for a filter.
MAX_CHOICES: Final = 100


class Place(NamedTuple):
    """Where a page of the list begins: behind this time and id."""

    at_ms: int
    quarantine_id: str


@dataclass(frozen=True, slots=True)
class QuarantineFilter:
    """What a list shows; None stands for anything. `topic` may have `*`; `tenants` are globs that bind the person.

    What is held since before `since_ms` is of the state `forgotten`: the gate has let go of it.
    """

    state: str | None = "held"
    since_ms: int = 0
    audience: str | None = None
    topic: str | None = None
    agent_id: str | None = None
    finding: str | None = None
    tenant_id: str | None = None
    tenants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A quarantined output as lists show it. `types` are its types of findings with their numbers, the most first."""

    quarantine_id: str
    partition: int
    quarantined_ms: int
    agent_id: str
    output_id: str
    job_id: str | None
    topic: str | None
    audience: str | None
    tenant_id: str | None
    session_id: str | None
    reason: str | None
    reason_code: str | None
    rule_id: str | None
    document: str | None
    policy: str | None
    digest: str
    sequence: int | None
    findings: int
    source_topic: str | None
    source_partition: int | None
    source_offset: int | None
    trace: str | None
    state: str
    decided_ms: int | None
    decided_by: str | None
    decided_seq: int | None
    reveals: int
    has_payload: bool
    types: tuple[tuple[str, int], ...] = ()

    @property
    def is_chunk(self) -> bool:
        """Whether it is a piece of a streamed output, which cannot be released."""
        return self.sequence is not None

    @property
    def place(self) -> Place:
        """Where the page behind this row begins."""
        return Place(self.quarantined_ms, self.quarantine_id)

    @property
    def kept_ms(self) -> int:
        """Since when the gate remembers it: since it was held back, or was decided."""
        return max(self.quarantined_ms, self.decided_ms or 0)


@dataclass(frozen=True, slots=True)
class QuarantinePage:
    """A page of the list; `after` is where the next one begins, None on the last."""

    rows: tuple[QuarantineRow, ...]
    after: Place | None


@dataclass(frozen=True, slots=True)
class QuarantineAct:
    """What a person did with an item. `reason` are the words of the review: shown like payload."""

    partition: int
    seq: int
    at_ms: int
    reviewer: str
    verdict: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class QuarantineItem:
    """One item with all about it; `box` is its payload as it came, None when the gate has no key."""

    row: QuarantineRow
    box: Mapping[str, str] | None
    findings: tuple[Mapping[str, Any], ...]
    acts: tuple[QuarantineAct, ...]
    decision: Mapping[str, Any] | None


# The state of an item for which nobody has decided in the gate's time. As `penstock quarantine list` calls it.
FORGOTTEN: Final = "forgotten"
_STATE: Final = f"CASE WHEN state = 'held' AND quarantined_ms < :since THEN '{FORGOTTEN}' ELSE state END"
_COLUMNS: Final = (
    "quarantine_id, partition, quarantined_ms, agent_id, output_id, job_id, topic, audience, tenant_id, session_id,"
    " reason, reason_code, rule_id, document, policy, digest, sequence, findings, source_topic, source_partition,"
    " source_offset, trace, state, decided_ms, decided_by, decided_seq, reveals, payload IS NOT NULL AS has_payload"
)


def listed(
    db: sqlite3.Connection, wanted: QuarantineFilter, *, after: Place | None = None, rows: int = PAGE_ROWS
) -> QuarantinePage:
    """A page of the list: what is held by age, the oldest first; what is decided, or everything, the newest first."""
    is_oldest_first = wanted.state == "held"
    order, beyond = ("ASC", ">") if is_oldest_first else ("DESC", "<")
    clauses, values = _clauses(wanted)
    if after is not None:
        clauses.append(f"(quarantined_ms, quarantine_id) {beyond} (:after_ms, :after_id)")
        values["after_ms"], values["after_id"] = after
    query = (
        f"SELECT {_COLUMNS} FROM quarantine WHERE {' AND '.join(clauses)}"  # noqa: S608 - own text only
        f" ORDER BY quarantined_ms {order}, quarantine_id {order}"
    )
    found: list[QuarantineRow] = []
    for raw in db.execute(query, values):
        if is_seen(wanted.tenants, raw["tenant_id"]):
            found.append(_row(raw))
        if len(found) > rows:
            break
    shown = found[:rows]
    types = _types(db, [row.quarantine_id for row in shown])
    return QuarantinePage(
        tuple(replace(row, types=types.get(row.quarantine_id, ())) for row in shown),
        shown[-1].place if len(found) > rows else None,
    )


def is_seen(tenants: Sequence[str], tenant_id: str | None) -> bool:
    """Whether somebody bound to these tenants may know of this one; bound to none they know of all."""
    return not tenants or (tenant_id is not None and matches_any(tenants, tenant_id))


def _clauses(wanted: QuarantineFilter) -> tuple[list[str], dict[str, Any]]:
    clauses, values = ["state <> 'incomplete'"], dict[str, Any]()
    if wanted.state is not None:
        clauses = [f"{_STATE} = :state"]
        values = {"state": wanted.state, "since": wanted.since_ms}
        if wanted.state in ("held", FORGOTTEN):
            clauses.append("state = 'held'")  # for the index
    for column in ("audience", "agent_id", "tenant_id"):
        value = getattr(wanted, column)
        if value:
            # An output without an audience is judged as one for the public, but a filter tells the two apart.
            clauses.append(
                f"coalesce({column}, 'none') = :{column}" if column == "audience" else f"{column} = :{column}"
            )
            values[column] = value
    if wanted.topic:
        clauses.append("topic GLOB :topic")
        # Of a glob only `*` is ours; what else SQLite takes for a pattern is meant literally.
        values["topic"] = wanted.topic.replace("[", "[[]").replace("?", "[?]")
    if wanted.finding:
        clauses.append(
            "EXISTS (SELECT 1 FROM quarantine_findings AS f"
            " WHERE f.quarantine_id = quarantine.quarantine_id AND f.type = :finding)"
        )
        values["finding"] = wanted.finding
    return clauses, values


def _row(raw: sqlite3.Row) -> QuarantineRow:
    return QuarantineRow(**{**dict(raw), "findings": raw["findings"] or 0, "has_payload": bool(raw["has_payload"])})


def _types(db: sqlite3.Connection, ids: Sequence[str]) -> dict[str, tuple[tuple[str, int], ...]]:
    marks = ", ".join("?" * len(ids))
    rows = db.execute(
        f"SELECT quarantine_id, type, count(*) AS n FROM quarantine_findings WHERE quarantine_id IN ({marks})"  # noqa: S608
        " GROUP BY quarantine_id, type ORDER BY n DESC, type",
        list(ids),
    )
    types: dict[str, tuple[tuple[str, int], ...]] = {}
    for row in rows:
        types[row["quarantine_id"]] = (*types.get(row["quarantine_id"], ()), (row["type"], row["n"]))
    return types


def item(db: sqlite3.Connection, quarantine_id: str, *, tenants: Sequence[str] = ()) -> QuarantineItem | None:
    """One item; None when there is none that a person bound to these tenants may know of."""
    raw = db.execute(
        f"SELECT {_COLUMNS}, payload, decision FROM quarantine WHERE quarantine_id = ? AND state <> 'incomplete'",  # noqa: S608
        (quarantine_id,),
    ).fetchone()
    if raw is None or not is_seen(tenants, raw["tenant_id"]):
        return None
    fields = dict(raw)
    payload, decision = fields.pop("payload"), fields.pop("decision")
    row = QuarantineRow(**{**fields, "findings": raw["findings"] or 0, "has_payload": bool(raw["has_payload"])})
    return QuarantineItem(
        row=replace(row, types=_types(db, [quarantine_id]).get(quarantine_id, ())),
        box=None if payload is None else orjson.loads(payload),
        findings=_findings(db, quarantine_id),
        acts=_acts(db, quarantine_id),
        decision=None if decision is None else orjson.loads(decision),
    )


def _findings(db: sqlite3.Connection, quarantine_id: str) -> tuple[Mapping[str, Any], ...]:
    rows = db.execute(
        'SELECT type, field, start, "end", score, detector FROM quarantine_findings WHERE quarantine_id = ?'
        " ORDER BY n LIMIT ?",
        (quarantine_id, MAX_FINDINGS),
    )
    return tuple(dict(row) for row in rows)


def _acts(db: sqlite3.Connection, quarantine_id: str) -> tuple[QuarantineAct, ...]:
    rows = db.execute(
        "SELECT a.partition, a.seq, a.at_ms, a.reviewer, a.verdict, r.reason FROM quarantine_acts AS a"
        ' LEFT JOIN reviews AS r ON r.partition = a.partition AND r."offset" = a.review_offset'
        " WHERE a.quarantine_id = ? ORDER BY a.at_ms, a.seq",
        (quarantine_id,),
    )
    return tuple(QuarantineAct(**dict(row)) for row in rows)


def following(db: sqlite3.Connection, wanted: QuarantineFilter, *, behind: Place) -> QuarantineRow | None:
    """The item that follows in the list, for "next"; None at its end."""
    rows = listed(db, wanted, after=behind, rows=1).rows
    return rows[0] if rows else None


class Choices(NamedTuple):
    """What the filters can be set to."""

    audiences: tuple[str, ...]
    findings: tuple[str, ...]


def choices(db: sqlite3.Connection) -> Choices:
    """The audiences and types of findings that there are; names of tenants and agents are for those who know them."""
    audiences = db.execute(
        "SELECT DISTINCT coalesce(audience, 'none') AS name FROM quarantine ORDER BY name LIMIT ?", (MAX_CHOICES,)
    )
    findings = db.execute("SELECT DISTINCT type AS name FROM quarantine_findings ORDER BY name LIMIT ?", (MAX_CHOICES,))
    return Choices(tuple(row["name"] for row in audiences), tuple(row["name"] for row in findings))


def counts(db: sqlite3.Connection, tenants: Sequence[str] = (), *, since_ms: int = 0) -> dict[str, int]:
    """How many items there are in each state, as far as the person may know; for `since_ms` see `QuarantineFilter`."""
    since = {"since": since_ms}
    if not tenants:
        known = db.execute(
            f"SELECT {_STATE} AS name, count(*) FROM quarantine WHERE state <> 'incomplete' GROUP BY name",  # noqa: S608
            since,
        )
        return dict(known.fetchall())
    found: dict[str, int] = {}
    rows = db.execute(
        f"SELECT {_STATE} AS name, tenant_id, count(*) AS n FROM quarantine"  # noqa: S608 - own text only
        " WHERE state <> 'incomplete' GROUP BY name, tenant_id",
        since,
    )
    for row in rows:
        if is_seen(tenants, row["tenant_id"]):
            found[row["name"]] = found.get(row["name"], 0) + row["n"]
    return found


class Newer(NamedTuple):
    """What the gate has had to remember since an item: outputs of the same agent, and of the whole lane."""

    of_agent: int
    of_lane: int


def newer(db: sqlite3.Connection, row: QuarantineRow) -> Newer:
    """How many outputs were held back or decided after this one."""
    found = db.execute(
        "SELECT coalesce(sum(agent_id = :agent), 0), count(*) FROM quarantine WHERE partition = :partition"
        " AND max(coalesce(quarantined_ms, 0), coalesce(decided_ms, 0)) > :kept",
        {"agent": row.agent_id, "partition": row.partition, "kept": row.kept_ms},
    ).fetchone()
    return Newer(*found)
