"""Questions about audit samples, such that nobody is told what others said before they have spoken.

# INVARIANT: `queue` and `sample` give verdicts of others only to whoever has given their own.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

import orjson

from penstock.console.readmodel.rows import Payload
from policies.estimators import Stratum
from policies.people import identity

# Rows of a page.
PAGE_ROWS: Final = 50
# Different values offered for a filter.
MAX_CHOICES: Final = 100


class SampleTab(StrEnum):
    """The lists of the samples page, from the point of view of one person."""

    OPEN = "open"  # nobody has said anything
    SECOND = "second"  # others have, the person has not
    MINE = "mine"  # the person has


class Place(NamedTuple):
    """Where a page of a list begins: behind this time and id."""

    at_ms: int
    id: str


@dataclass(frozen=True, slots=True)
class SampleFilter:
    """What a list shows to whom; None stands for anything."""

    person_id: str
    tab: SampleTab = SampleTab.OPEN
    route: str | None = None
    stratum: str | None = None
    agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A sampled decision as lists show it. `own` is what the person who asks said about it."""

    sample_id: str
    partition: int
    sampled_ms: int
    probability: float
    stratum: str
    route: str | None
    agent_id: str
    action_id: str
    topic: str | None
    tool: str | None
    tenant_id: str | None
    risk: str | None
    rule_id: str | None
    outcome: str | None
    digest: str
    snapshot: str | None
    trace: str | None
    own: str | None

    @property
    def place(self) -> Place:
        """Where the page behind this row begins."""
        return Place(self.sampled_ms, self.sample_id)


@dataclass(frozen=True, slots=True)
class SamplePage:
    """A page of a list; `after` is where the next one begins, None on the last."""

    rows: tuple[SampleRow, ...]
    after: Place | None


@dataclass(frozen=True, slots=True)
class SampleVerdict:
    """What somebody said about a sample; `note` is shown like payload."""

    partition: int
    seq: int
    at_ms: int
    reviewer: str
    verdict: str
    defect: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class SampleDetail:
    """One sample with what is needed to judge it. `verdicts` is empty until the person who asks has given theirs."""

    row: SampleRow
    decision: Mapping[str, Any]
    summary: Mapping[str, Any]
    payload: Payload
    verdicts: tuple[SampleVerdict, ...]


_COLUMNS: Final = (
    "s.sample_id, s.partition, s.sampled_ms, s.probability, s.stratum, s.route, s.agent_id, s.action_id, s.topic,"
    " s.tool, s.tenant_id, s.risk, s.rule_id, s.outcome, s.digest, s.snapshot, s.trace"
)
# The person's own word, whichever way they wrote their name: `identity` is the gate's own comparison.
_OWN: Final = (
    "(SELECT v.verdict FROM sample_verdicts AS v WHERE v.sample_id = s.sample_id"
    " AND (v.reviewer = :person OR lower(trim(v.reviewer)) = :folded) ORDER BY v.at_ms DESC LIMIT 1)"
)
_TABS: Final = {
    SampleTab.OPEN: "s.state = 'open'",
    SampleTab.SECOND: f"s.state = 'reviewed' AND {_OWN} IS NULL",
    SampleTab.MINE: f"s.state = 'reviewed' AND {_OWN} IS NOT NULL",
}


def queue(
    db: sqlite3.Connection, wanted: SampleFilter, *, after: Place | None = None, rows: int = PAGE_ROWS
) -> SamplePage:
    """A page of a list: what is to be judged, the oldest first; what the person has judged, the newest first."""
    order, beyond = ("DESC", "<") if wanted.tab is SampleTab.MINE else ("ASC", ">")
    clauses, values = [_TABS[wanted.tab]], _person(wanted.person_id)
    for column in ("route", "stratum", "agent_id"):
        value = getattr(wanted, column)
        if value:
            clauses.append(f"coalesce(s.{column}, 'none') = :{column}")
            values[column] = value
    if after is not None:
        clauses.append(f"(s.sampled_ms, s.sample_id) {beyond} (:after_ms, :after_id)")
        values["after_ms"], values["after_id"] = after
    found = [
        SampleRow(**dict(raw))
        for raw in db.execute(
            f"SELECT {_COLUMNS}, {_OWN} AS own FROM samples AS s WHERE {' AND '.join(clauses)}"  # noqa: S608
            f" ORDER BY s.sampled_ms {order}, s.sample_id {order} LIMIT :rows",
            {**values, "rows": rows + 1},
        )
    ]
    shown = found[:rows]
    return SamplePage(tuple(shown), shown[-1].place if len(found) > rows else None)


def _person(person_id: str) -> dict[str, Any]:
    return {"person": person_id, "folded": identity(person_id)}


def sample(db: sqlite3.Connection, sample_id: str, *, person_id: str) -> SampleDetail | None:
    """One sample as this person may see it; None when there is none."""
    raw = db.execute(
        f"SELECT {_COLUMNS}, {_OWN} AS own, s.decision, s.summary, s.payload, s.is_sealed FROM samples AS s"  # noqa: S608
        " WHERE s.sample_id = :id AND s.state <> 'incomplete'",
        {**_person(person_id), "id": sample_id},
    ).fetchone()
    if raw is None:
        return None
    fields = dict(raw)
    decision, summary, payload, is_sealed = (
        fields.pop(name) for name in ("decision", "summary", "payload", "is_sealed")
    )
    row = SampleRow(**fields)
    return SampleDetail(
        row=row,
        decision=object_of(decision),
        summary=object_of(summary),
        payload=payload_of(payload, is_sealed),
        verdicts=() if row.own is None else _verdicts(db, sample_id),
    )


def _verdicts(db: sqlite3.Connection, sample_id: str) -> tuple[SampleVerdict, ...]:
    rows = db.execute(
        "SELECT v.partition, v.seq, v.at_ms, v.reviewer, v.verdict, v.defect, r.reason AS note"
        " FROM sample_verdicts AS v"
        ' LEFT JOIN reviews AS r ON r.partition = v.partition AND r."offset" = v.review_offset'
        " WHERE v.sample_id = ? ORDER BY v.at_ms, v.seq",
        (sample_id,),
    )
    return tuple(SampleVerdict(**dict(row)) for row in rows)


def following(db: sqlite3.Connection, wanted: SampleFilter, *, behind: Place) -> str | None:
    """The sample that follows in the list; at its end the first of it, None when the list is empty."""
    for after in (behind, None):
        for row in queue(db, wanted, after=after, rows=2).rows:
            if row.sample_id != behind.id:
                return row.sample_id
    return None


def counts(db: sqlite3.Connection, person_id: str) -> dict[SampleTab, int]:
    """How many samples each list has for a person."""
    states = dict(db.execute("SELECT state, count(*) FROM samples GROUP BY state").fetchall())
    own = db.execute(
        "SELECT count(DISTINCT sample_id) FROM sample_verdicts"
        " WHERE reviewer = :person OR lower(trim(reviewer)) = :folded",
        _person(person_id),
    ).fetchone()[0]
    reviewed = states.get("reviewed", 0)
    return {SampleTab.OPEN: states.get("open", 0), SampleTab.SECOND: max(0, reviewed - own), SampleTab.MINE: own}


class Choices(NamedTuple):
    """What the filters can be set to."""

    routes: tuple[str, ...]
    strata: tuple[str, ...]


def choices(db: sqlite3.Connection) -> Choices:
    """The teams and strata that there are samples of."""
    rows = db.execute(
        "SELECT DISTINCT coalesce(route, 'none'), coalesce(stratum, 'none') FROM samples WHERE state <> 'incomplete'"
        " LIMIT ?",
        (MAX_CHOICES * MAX_CHOICES,),
    ).fetchall()
    routes, strata = (sorted({row[column] for row in rows})[:MAX_CHOICES] for column in (0, 1))
    return Choices(tuple(routes), tuple(strata))


@dataclass(frozen=True, slots=True)
class Judged:
    """What people said about all samples of a time: strata for the estimators, and what is beside them.

    A sample is wrong when any of its reviewers says so. One about which everybody was unsure counts as not reviewed.
    `pairs` counts how often the first reviewer of a sample said wrong or not, and the second.
    """

    strata: tuple[Stratum, ...]
    unsure: int
    defects: Mapping[str, int]
    pairs: Mapping[tuple[bool, bool], int]


def judged(db: sqlite3.Connection, *, since_ms: int = 0) -> Judged:
    """What people said about the samples that were drawn since then. Sizes of strata are estimated: picked over p."""
    rows = db.execute(
        "SELECT s.stratum, s.probability, count(*) AS sampled, coalesce(sum(v.wrong OR v.correct), 0) AS reviewed,"
        " coalesce(sum(v.wrong), 0) AS defects, coalesce(sum(NOT (v.wrong OR v.correct)), 0) AS unsure"
        " FROM samples AS s LEFT JOIN (SELECT sample_id, max(verdict = 'wrong') AS wrong,"
        " max(verdict = 'correct') AS correct FROM sample_verdicts GROUP BY sample_id) AS v"
        " ON v.sample_id = s.sample_id WHERE s.state <> 'incomplete' AND s.sampled_ms >= ? AND s.probability > 0"
        " GROUP BY s.stratum, s.probability ORDER BY s.stratum, s.probability",
        (since_ms,),
    ).fetchall()
    return Judged(
        strata=tuple(
            Stratum(
                name=row["stratum"],
                probability=row["probability"],
                population=row["sampled"] / row["probability"],
                sampled=row["sampled"],
                reviewed=row["reviewed"],
                defects=row["defects"],
            )
            for row in rows
        ),
        unsure=sum(row["unsure"] for row in rows),
        defects=_defects(db, since_ms),
        pairs=_pairs(db, since_ms),
    )


def _defects(db: sqlite3.Connection, since_ms: int) -> dict[str, int]:
    rows = db.execute(
        "SELECT coalesce(v.defect, 'not said') AS kind, count(DISTINCT v.sample_id) AS n FROM sample_verdicts AS v"
        " JOIN samples AS s ON s.sample_id = v.sample_id WHERE v.verdict = 'wrong' AND s.sampled_ms >= ?"
        " GROUP BY kind ORDER BY n DESC, kind LIMIT ?",
        (since_ms, MAX_CHOICES),
    )
    return {row["kind"]: row["n"] for row in rows}


def _pairs(db: sqlite3.Connection, since_ms: int) -> Counter[tuple[bool, bool]]:
    """The first two clear verdicts of each sample that has two."""
    rows = db.execute(
        "SELECT v.sample_id, v.verdict = 'wrong' AS is_wrong FROM sample_verdicts AS v"
        " JOIN samples AS s ON s.sample_id = v.sample_id"
        " WHERE v.verdict IN ('correct', 'wrong') AND s.sampled_ms >= ? ORDER BY v.at_ms, v.seq",
        (since_ms,),
    )
    said: dict[str, list[bool]] = {}
    for row in rows:
        said.setdefault(row["sample_id"], []).append(bool(row["is_wrong"]))
    return Counter((found[0], found[1]) for found in said.values() if len(found) > 1)


def object_of(text: str | None) -> Mapping[str, Any]:
    """A column of JSON that is an object; an empty one where there is none."""
    value = {} if text is None else orjson.loads(text)
    return value if isinstance(value, dict) else {}


def payload_of(text: str | None, is_sealed: int | None) -> Payload:
    """A payload column as it came: a box to open, or the action in clear."""
    value = None if text is None else orjson.loads(text)
    return Payload(value, None) if is_sealed else Payload(None, value)
