"""Questions about blind second reviews: what somebody is asked, and afterwards how far both decisions agree.

# INVARIANT: nothing about the first decision is given before the second review has its answer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from penstock.console.readmodel.quarantine_queries import is_seen
from penstock.console.readmodel.rows import Payload
from penstock.console.readmodel.samples_queries import Place, object_of, payload_of
from policies.people import is_among

# Rows of a page.
PAGE_ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class SecondRow:
    """A second review as lists show it. The last four are None until there is an answer."""

    second_review_id: str
    partition: int
    asked_ms: int
    agent_id: str | None
    topic: str | None
    tool: str | None
    tenant_id: str | None
    risk: str | None
    team: str | None
    digest: str
    snapshot: str
    trace: str | None
    state: str
    answered_ms: int | None
    reviewer: str | None
    verdict: str | None
    agrees: bool | None

    @property
    def place(self) -> Place:
        """Where the page behind this row begins."""
        return Place(self.asked_ms, self.second_review_id)


@dataclass(frozen=True, slots=True)
class SecondPage:
    """A page of a list; `after` is where the next one begins, None on the last."""

    rows: tuple[SecondRow, ...]
    after: Place | None


class FirstDecision(NamedTuple):
    """How the hold was decided before."""

    resolution: str | None
    ended_ms: int | None
    ended_by: tuple[str, ...]
    constraints: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SecondDetail:
    """One second review. `why` is what held the action; `is_excluded` says that the person had a part in the first
    decision; `first` is None until there is an answer.
    """

    row: SecondRow
    summary: Mapping[str, Any]
    constraints: Mapping[str, Any]
    payload: Payload
    rule_id: str | None
    document: str | None
    reason: str | None
    approval_class: str | None
    opened_ms: int | None
    is_excluded: bool
    first: FirstDecision | None


_COLUMNS: Final = (
    "second_review_id, partition, asked_ms, agent_id, topic, tool, tenant_id, risk, team, digest, snapshot, trace,"
    " state, answered_ms, reviewer, verdict, agrees"
)


def second_reviews(
    db: sqlite3.Connection,
    *,
    person_id: str,
    teams: Sequence[str],
    tenants: Sequence[str] = (),
    is_answered: bool = False,
    after: Place | None = None,
    rows: int = PAGE_ROWS,
) -> SecondPage:
    """What the person can answer, the oldest first; or what is answered, the newest first."""
    order, beyond = ("DESC", "<") if is_answered else ("ASC", ">")
    found: list[SecondRow] = []
    query = (
        f"SELECT {_COLUMNS}, excluded FROM second_reviews WHERE state = :state"  # noqa: S608 - own text only
        + (f" AND (asked_ms, second_review_id) {beyond} (:after_ms, :after_id)" if after else "")
        + f" ORDER BY asked_ms {order}, second_review_id {order}"
    )
    values = {"state": "answered" if is_answered else "open"}
    for raw in db.execute(query, {**values, **({"after_ms": after.at_ms, "after_id": after.id} if after else {})}):
        row = _row(raw)
        is_theirs = is_answered or (_is_of_team(row.team, teams) and not is_among(person_id, _names(raw["excluded"])))
        if is_theirs and is_seen(tenants, row.tenant_id):
            found.append(row)
        if len(found) > rows:
            break
    shown = found[:rows]
    return SecondPage(tuple(shown), shown[-1].place if len(found) > rows else None)


def _is_of_team(team: str | None, teams: Sequence[str]) -> bool:
    return team is None or team in teams


def second_review(
    db: sqlite3.Connection, second_review_id: str, *, person_id: str, tenants: Sequence[str] = ()
) -> SecondDetail | None:
    """One second review; None when there is none that a person bound to these tenants may know of."""
    raw = db.execute(
        f"SELECT {_COLUMNS}, excluded, summary, held, payload, is_sealed FROM second_reviews"  # noqa: S608
        " WHERE second_review_id = ? AND asked_ms IS NOT NULL",
        (second_review_id,),
    ).fetchone()
    if raw is None or not is_seen(tenants, raw["tenant_id"]):
        return None
    row = _row(raw)
    hold = db.execute(
        "SELECT rule_id, document, reason, approval_class, opened_ms, resolution, ended_ms, ended_by, constraints"
        " FROM holds WHERE hold_id = ?",
        (second_review_id,),
    ).fetchone()
    return SecondDetail(
        row=row,
        summary=object_of(raw["summary"]),
        # Those of policy and of edits; what an approver added would tell that there was one.
        constraints=_constraints(object_of(raw["held"])),
        payload=payload_of(raw["payload"], raw["is_sealed"]),
        rule_id=hold["rule_id"] if hold else None,
        document=hold["document"] if hold else None,
        reason=hold["reason"] if hold else None,
        approval_class=hold["approval_class"] if hold else None,
        opened_ms=hold["opened_ms"] if hold else None,
        is_excluded=is_among(person_id, _names(raw["excluded"])),
        first=_first(hold) if hold and row.state == "answered" else None,
    )


def _first(hold: sqlite3.Row) -> FirstDecision:
    return FirstDecision(
        hold["resolution"], hold["ended_ms"], tuple(_names(hold["ended_by"])), object_of(hold["constraints"])
    )


def _row(raw: sqlite3.Row) -> SecondRow:
    fields = {name: raw[name] for name in SecondRow.__slots__}
    return SecondRow(**{**fields, "agrees": None if raw["agrees"] is None else bool(raw["agrees"])})


def _constraints(held: Mapping[str, Any]) -> Mapping[str, Any]:
    value = held.get("constraints")
    return value if isinstance(value, dict) else {}


def _names(text: str | None) -> list[str]:
    value = [] if text is None else orjson.loads(text)
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []
