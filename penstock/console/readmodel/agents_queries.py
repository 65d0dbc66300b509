"""Questions about agents: what they did, at which level they are trusted, and what stops them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

import orjson

from policies.globs import matches_any

# Rows of a page.
PAGE_ROWS: Final = 50
# Events and decisions of one agent that its page shows.
MAX_EVENTS: Final = 100
MAX_RECENT: Final = 20
# Changes of levels that a record is folded from; what an agent's counts were before so many does not matter.
MAX_CHANGES: Final = 2_000
# Outcomes that are read to count a record by class; an agent with more is counted by the gate alone.
MAX_REPORTS: Final = 20_000
DAY_MS: Final = 86_400_000


class Order(StrEnum):
    """How the list is ordered."""

    SEEN = "seen"
    ERRORS = "errors"
    HELD = "held"
    LEVEL = "level"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class AgentFilter:
    """What the list shows; `text` is a part of the agent's id."""

    text: str | None = None
    level: int | None = None
    is_stopped: bool = False
    has_open_breaker: bool = False
    has_promotion: bool = False
    order: Order = Order.SEEN


@dataclass(frozen=True, slots=True)
class AgentRow:
    """What an agent did so far, and what is open about it."""

    agent_id: str
    partition: int
    first_ms: int
    last_ms: int
    level: int | None
    allowed: int
    constrained: int
    held: int
    denied: int
    approved: int
    changed: int
    rejected: int
    superseded: int
    expired: int
    released_by_timeout: int
    withdrawn: int
    succeeded: int
    failed: int
    incidents: int
    passed: int
    redacted: int
    quarantined: int
    conflicts: int
    stopped_ms: int | None
    stopped_by: str | None
    open_holds: int
    open_breakers: int
    open_promotions: int

    @property
    def decisions(self) -> int:
        """All verdicts about its actions."""
        return self.allowed + self.constrained + self.held + self.denied

    @property
    def outcomes(self) -> int:
        """What was reported of its released actions."""
        return self.succeeded + self.failed + self.incidents

    @property
    def error_rate(self) -> float | None:
        """The share of failures and incidents among the outcomes; None without one."""
        return (self.failed + self.incidents) / self.outcomes if self.outcomes else None

    @property
    def is_stopped(self) -> bool:
        """Whether a person has stopped it."""
        return self.stopped_ms is not None


_ROW: Final = (
    "SELECT a.*, coalesce(h.n, 0) AS open_holds, coalesce(b.n, 0) AS open_breakers, coalesce(p.n, 0) AS open_promotions"
    " FROM agents AS a"
    " LEFT JOIN (SELECT agent_id, count(*) AS n FROM holds WHERE stage = 'open' GROUP BY agent_id) AS h"
    " ON h.agent_id = a.agent_id"
    " LEFT JOIN (SELECT agent_id, count(*) AS n FROM agent_breakers WHERE state <> 'closed' GROUP BY agent_id) AS b"
    " ON b.agent_id = a.agent_id"
    " LEFT JOIN (SELECT agent_id, count(*) AS n FROM promotions WHERE state = 'open' GROUP BY agent_id) AS p"
    " ON p.agent_id = a.agent_id"
)
_ORDERS: Final = {
    Order.SEEN: "a.last_ms DESC",
    Order.ERRORS: "CAST(a.failed + a.incidents AS REAL) / max(1, a.succeeded + a.failed + a.incidents) DESC",
    Order.HELD: "open_holds DESC",
    Order.LEVEL: "a.level DESC",
    Order.NAME: "a.agent_id",
}


def agents(
    db: sqlite3.Connection, wanted: AgentFilter, *, first: int = 0, rows: int = PAGE_ROWS
) -> tuple[list[AgentRow], bool]:
    """Agents from place `first` of the list on, and whether there are more."""
    clauses = ["1"]
    values: dict[str, Any] = {"first": first, "rows": rows + 1}
    if wanted.text:
        clauses.append("instr(lower(a.agent_id), lower(:text)) > 0")
        values["text"] = wanted.text
    if wanted.level is not None:
        clauses.append("a.level = :level")
        values["level"] = wanted.level
    if wanted.is_stopped:
        clauses.append("a.stopped_ms IS NOT NULL")
    if wanted.has_open_breaker:
        clauses.append("open_breakers > 0")
    if wanted.has_promotion:
        clauses.append("open_promotions > 0")
    found = db.execute(
        f"{_ROW} WHERE {' AND '.join(clauses)} ORDER BY {_ORDERS[wanted.order]}, a.agent_id LIMIT :rows OFFSET :first",
        values,
    ).fetchall()
    return [_row(raw) for raw in found[:rows]], len(found) > rows


def agent(db: sqlite3.Connection, agent_id: str) -> AgentRow | None:
    """One agent, None for one of which nothing is known."""
    raw = db.execute(f"{_ROW} WHERE a.agent_id = ?", (agent_id,)).fetchone()
    return None if raw is None else _row(raw)


def _row(raw: sqlite3.Row) -> AgentRow:
    return AgentRow(**{name: raw[name] for name in AgentRow.__slots__})


@dataclass(frozen=True, slots=True)
class ClassLevel:
    """The level of an agent in a class after its last change; the class is empty for all that the agent does."""

    action_class: str
    level: int
    kind: str
    cause: str | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class BreakerRow:
    """A circuit breaker after its last change."""

    action_class: str
    breaker_id: str
    state: str
    cause: str | None
    at_ms: int
    by: str | None


@dataclass(frozen=True, slots=True)
class AgentEvent:
    """A change of a level or breaker, or what a person did. `reason` are the words of the review."""

    partition: int
    seq: int
    n: int
    at_ms: int
    kind: str
    action_class: str | None
    person: str | None
    details: Mapping[str, Any]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Promotion:
    """A request for promotion, with what it rests on."""

    promotion_id: str
    digest: str
    partition: int
    asked_ms: int
    agent_id: str
    action_class: str
    level: int
    to_level: int
    evidence: Mapping[str, Any]
    snapshot: str
    trace: str | None
    state: str
    reviewer: str | None
    decided_ms: int | None
    decided_seq: int | None


def class_levels(db: sqlite3.Connection, agent_id: str) -> list[ClassLevel]:
    """The classes in which an agent's level has ever changed."""
    rows = db.execute(
        "SELECT action_class, level, kind, cause, at_ms FROM agent_levels WHERE agent_id = ? ORDER BY action_class",
        (agent_id,),
    )
    return [ClassLevel(**dict(row)) for row in rows]


def breakers(db: sqlite3.Connection, agent_id: str) -> list[BreakerRow]:
    """The agent's circuit breakers that have ever changed, the open ones first."""
    rows = db.execute(
        "SELECT action_class, breaker_id, state, cause, at_ms, by FROM agent_breakers WHERE agent_id = ?"
        " ORDER BY state = 'closed', action_class",
        (agent_id,),
    )
    return [BreakerRow(**dict(row)) for row in rows]


def events(db: sqlite3.Connection, agent_id: str, *, rows: int = MAX_EVENTS) -> list[AgentEvent]:
    """What happened to the agent's levels and breakers, and what people did to it, the newest first."""
    found = db.execute(
        "SELECT e.partition, e.seq, e.n, e.at_ms, e.kind, e.action_class, e.person, e.details, r.reason"
        ' FROM agent_events AS e LEFT JOIN reviews AS r ON r.partition = e.partition AND r."offset" = e.review_offset'
        " WHERE e.agent_id = ? ORDER BY e.at_ms DESC, e.seq DESC, e.n DESC LIMIT ?",
        (agent_id, rows),
    )
    return [AgentEvent(**{**dict(row), "details": _object(row["details"])}) for row in found]


def level_changes(db: sqlite3.Connection, agent_id: str) -> list[AgentEvent]:
    """The latest changes of the agent's levels and of what is counted for them, the oldest first."""
    found = db.execute(
        "SELECT partition, seq, n, at_ms, kind, action_class, person, details, NULL AS reason FROM agent_events"
        " WHERE agent_id = ? AND kind IN ('promoted', 'demoted', 'restrained', 'declined', 'restarted')"
        " ORDER BY at_ms DESC, seq DESC, n DESC LIMIT ?",
        (agent_id, MAX_CHANGES),
    )
    return [AgentEvent(**{**dict(row), "details": _object(row["details"])}) for row in reversed(found.fetchall())]


_PROMOTION: Final = (
    "promotion_id, digest, partition, asked_ms, agent_id, action_class, level, to_level, evidence, snapshot, trace,"
    " state, reviewer, decided_ms, decided_seq"
)


def promotions(db: sqlite3.Connection, agent_id: str | None = None, *, rows: int = PAGE_ROWS) -> list[Promotion]:
    """Requests for promotion: all of an agent, or the open ones of every agent; open ones first, then the newest."""
    of_agent = "agent_id = :agent" if agent_id is not None else "state = 'open'"
    found = db.execute(
        f"SELECT {_PROMOTION} FROM promotions WHERE {of_agent} AND asked_ms IS NOT NULL"  # noqa: S608 - own text only
        " ORDER BY state <> 'open', asked_ms DESC LIMIT :rows",
        {"agent": agent_id, "rows": rows},
    )
    return [Promotion(**{**dict(row), "evidence": _object(row["evidence"])}) for row in found]


class Recent(NamedTuple):
    """One of the agent's latest audit records."""

    partition: int
    seq: int
    at_ms: int
    kind: str
    decision: str | None
    code: str | None
    rule_id: str | None
    topic: str | None


def recent(db: sqlite3.Connection, agent_id: str, *, rows: int = MAX_RECENT) -> list[Recent]:
    """What the gate decided lately about the agent's actions and outputs."""
    found = db.execute(
        "SELECT partition, seq, at_ms, kind, decision, code, rule_id, topic FROM audit"
        " WHERE agent_id = ? AND kind IN ('decision', 'output', 'chunk', 'conflict')"
        " ORDER BY at_ms DESC, id DESC LIMIT ?",
        (agent_id, rows),
    )
    return [Recent(*row) for row in found]


class DayCount(NamedTuple):
    """Outcomes of an agent's released actions on one day; each action once, by the worst that was reported."""

    day: int
    successes: int
    errors: int


# Of an action the worst counts, once, at the time when it was first reported (within what is looked at).
_REPORTS: Final = (
    "SELECT action_id, min(at_ms) AS at_ms,"
    " CASE WHEN max(status = 'incident') THEN 'incident' WHEN max(status = 'failure') THEN 'failure' ELSE 'success' END"
    " AS status FROM outcomes WHERE agent_id = :agent AND released AND at_ms >= :since GROUP BY action_id"
)


def days(db: sqlite3.Connection, agent_id: str, *, since_ms: int) -> list[DayCount]:
    """Outcomes by day (UTC) since then, the oldest first; days without one are left out."""
    rows = db.execute(
        f"SELECT at_ms / {DAY_MS} AS day, sum(status = 'success') AS successes, sum(status <> 'success') AS errors"  # noqa: S608
        f" FROM ({_REPORTS}) GROUP BY day ORDER BY day",
        {"agent": agent_id, "since": since_ms},
    )
    return [DayCount(*row) for row in rows]


class ReportRow(NamedTuple):
    """The outcome of one action, and what kind of action it was."""

    status: str
    at_ms: int
    topic: str | None
    tool: str | None


def reports(db: sqlite3.Connection, agent_id: str, *, with_class: bool) -> list[ReportRow] | None:
    """Outcomes of all the agent's released actions, the oldest first; None when there are too many to read.

    With `with_class` topic and tool of each action are looked up in the audit; None for one that it does not know.
    """
    counted = "SELECT count(DISTINCT action_id) FROM outcomes WHERE agent_id = ?"
    if db.execute(counted, (agent_id,)).fetchone()[0] > MAX_REPORTS:
        return None
    query = (
        f"SELECT r.status, r.at_ms, a.topic, json_extract(CAST(a.value AS TEXT), '$.tool') FROM ({_REPORTS}) AS r"  # noqa: S608
        # Left to itself SQLite would go through all that the agent ever did for each action.
        " LEFT JOIN audit AS a INDEXED BY audit_action"
        " ON a.action_id = r.action_id AND a.kind = 'decision' AND a.agent_id = :agent"
        " GROUP BY r.action_id ORDER BY r.at_ms"
        if with_class
        else f"SELECT status, at_ms, NULL AS topic, NULL AS tool FROM ({_REPORTS}) ORDER BY at_ms"  # noqa: S608
    )
    return [ReportRow(*row) for row in db.execute(query, {"agent": agent_id, "since": 0})]


def _object(text: str | None) -> Mapping[str, Any]:
    value = {} if text is None else orjson.loads(text)
    return value if isinstance(value, dict) else {}


def stopping_entries(db: sqlite3.Connection, agent_id: str) -> list[str]:
    """Keys of the entries of the kill switch that stop the agent in everything that it does."""
    rows = db.execute("SELECT key, scope, pattern FROM kills WHERE is_active AND scope IN ('agent', 'everything')")
    return [row["key"] for row in rows if row["scope"] == "everything" or matches_any((row["pattern"],), agent_id)]
