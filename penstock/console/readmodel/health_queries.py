"""Questions about how reviewing goes: waits against targets, how much needs people, what changed, who decides how."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import orjson

from policies.approvals import Resolution
from policies.people import identity
from policies.review_report import ReviewedHold, ReviewReport, report
from policies.reviewers import quantile

HOUR_MS: Final = 3_600_000
# Holds that the report looks at, the newest ones; more would keep the page waiting.
REPORT_HOLDS: Final = 20_000


@dataclass(frozen=True, slots=True)
class TeamWait:
    """How long a team's holds wait; times in milliseconds. `team` is None where policy does not route."""

    team: str | None
    open: int
    oldest_ms: int | None
    decided: int
    median_ms: int | None
    p95_ms: int | None


@dataclass(frozen=True, slots=True)
class Hour:
    """Decisions of one hour: all, and those that people had to make."""

    hour_ms: int
    decided: int
    held: int

    @property
    def held_share(self) -> float:
        """The share that needed people."""
        return self.held / self.decided if self.decided else 0.0


@dataclass(frozen=True, slots=True)
class Counted:
    """How often a code occurred."""

    code: str
    records: int


def team_waits(connection: sqlite3.Connection, *, now_ms: int, since_ms: int) -> list[TeamWait]:
    """Each team with open holds, or holds that people decided since then."""
    waits: dict[str | None, list[int]] = {}
    decided = connection.execute(
        "SELECT team, ended_ms - opened_ms AS wait_ms FROM holds"
        " WHERE stage = 'decided' AND ended_by_kind = 'reviewer' AND ended_ms >= ? AND opened_ms IS NOT NULL",
        (since_ms,),
    )
    for row in decided:
        waits.setdefault(row["team"], []).append(row["wait_ms"])
    pending = {
        row["team"]: (row["open"], row["first_ms"])
        for row in connection.execute(
            "SELECT team, count(*) AS open, min(opened_ms) AS first_ms FROM holds WHERE stage = 'open' GROUP BY team"
        )
    }
    found = []
    for team in sorted({*waits, *pending}, key=lambda name: name or ""):
        mine = sorted(waits.get(team, ()))
        is_open, first_ms = pending.get(team, (0, None))
        found.append(
            TeamWait(
                team=team,
                open=is_open,
                oldest_ms=None if first_ms is None else now_ms - first_ms,
                decided=len(mine),
                median_ms=quantile(mine, 0.5),
                p95_ms=quantile(mine, 0.95),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class ClaimLoad:
    """What a person says to be at: how many held actions, and how many of them in the lane where they have most."""

    reviewer: str
    claimed: int
    most_in_lane: int


def claim_loads(connection: sqlite3.Connection, *, now_ms: int) -> list[ClaimLoad]:
    """Everybody with a claim that counts now, the busiest first. The gate counts claims by lane, and so does this."""
    rows = connection.execute(
        "SELECT claimed_by, partition, count(*) AS claims FROM holds"
        " WHERE claimed_by IS NOT NULL AND stage = 'open' AND claimed_until_ms > ? GROUP BY claimed_by, partition",
        (now_ms,),
    )
    by_lane: dict[str, Counter[int]] = {}
    for row in rows:
        # Case and blanks make nobody another person.
        by_lane.setdefault(identity(row["claimed_by"]), Counter())[row["partition"]] += row["claims"]
    loads = [ClaimLoad(name, lanes.total(), max(lanes.values())) for name, lanes in by_lane.items()]
    return sorted(loads, key=lambda load: (-load.claimed, load.reviewer))


def hours(connection: sqlite3.Connection, *, now_ms: int, count: int = 24) -> list[Hour]:
    """The last hours, the oldest first, also those without a decision."""
    first_ms = (now_ms // HOUR_MS - count + 1) * HOUR_MS
    rows = connection.execute(
        "SELECT hour_ms, sum(records) AS decided,"
        " sum(CASE WHEN result = 'REQUIRE_APPROVAL' THEN records ELSE 0 END) AS held"
        " FROM hourly WHERE kind = 'decision' AND hour_ms >= ? GROUP BY hour_ms",
        (first_ms,),
    )
    known = {row["hour_ms"]: Hour(row["hour_ms"], row["decided"], row["held"]) for row in rows}
    return [known.get(at, Hour(at, 0, 0)) for at in range(first_ms, first_ms + count * HOUR_MS, HOUR_MS)]


def dead_letters(connection: sqlite3.Connection, *, since_ms: int) -> list[Counted]:
    """Dead letters since then by their code, the most frequent first."""
    rows = connection.execute(
        "SELECT coalesce(code, 'unknown') AS code, count(*) AS records FROM deadletters WHERE at_ms >= ?"
        " GROUP BY 1 ORDER BY 2 DESC, 1",
        (since_ms,),
    )
    return [Counted(row["code"], row["records"]) for row in rows]


def conflicts(connection: sqlite3.Connection, *, since_ms: int) -> list[Counted]:
    """Reviews since then that changed nothing, by their conflict, the most frequent first."""
    rows = connection.execute(
        "SELECT recorded_code AS code, count(*) AS records FROM reviews"
        " WHERE recorded_code IS NOT NULL AND recorded_ms >= ? GROUP BY 1 ORDER BY 2 DESC, 1",
        (since_ms,),
    )
    return [Counted(row["code"], row["records"]) for row in rows]


def fail_closed(connection: sqlite3.Connection, codes: frozenset[str], *, since_ms: int) -> list[Counted]:
    """Verdicts since then that are strict because the gate could not tell, by their reason code."""
    wanted = orjson.dumps(sorted(codes)).decode()
    rows = connection.execute(
        "SELECT code, count(*) AS records FROM audit WHERE at_ms >= ? AND kind IN ('decision', 'output', 'chunk')"
        " AND code IN (SELECT value FROM json_each(?)) GROUP BY 1 ORDER BY 2 DESC, 1",
        (since_ms, wanted),
    )
    return [Counted(row["code"], row["records"]) for row in rows]


def review_report(connection: sqlite3.Connection, *, since_ms: int) -> ReviewReport:
    """What the newest holds since then teach; the arithmetic is that of `penstock review report`."""
    decisions = connection.execute(
        "SELECT coalesce(sum(records), 0) FROM hourly WHERE kind = 'decision' AND hour_ms >= ?",
        (since_ms // HOUR_MS * HOUR_MS,),
    ).fetchone()[0]
    return report(_holds(connection, since_ms), decisions=decisions)


def _holds(connection: sqlite3.Connection, since_ms: int) -> Iterator[ReviewedHold]:
    rows = connection.execute(
        "SELECT h.hold_id, h.rule_id, h.opened_ms, h.resolution, coalesce(h.chosen_ms, h.ended_ms) AS decided_ms,"
        " h.ended_by, h.ended_by_kind, h.rendered_ms, h.shown_chars, s.agrees,"
        # The worst of what the executor said stands.
        " (SELECT status FROM outcomes AS o WHERE o.agent_id = h.agent_id AND o.action_id = h.action_id"
        "  AND o.released = 1 ORDER BY status = 'incident' DESC, status = 'failure' DESC LIMIT 1) AS outcome"
        " FROM holds AS h LEFT JOIN second_reviews AS s ON s.second_review_id = h.hold_id"
        " WHERE h.opened_ms >= ? ORDER BY h.opened_ms DESC LIMIT ?",
        (since_ms, REPORT_HOLDS),
    )
    for row in rows:
        is_by_people = row["ended_by_kind"] == "reviewer"
        yield ReviewedHold(
            row["hold_id"],
            row["rule_id"],
            row["opened_ms"],
            resolution=None if row["resolution"] is None else Resolution(row["resolution"]),
            decided_ms=row["decided_ms"],
            reviewers=tuple(orjson.loads(row["ended_by"] or "[]")) if is_by_people else (),
            rendered_ms=row["rendered_ms"] if is_by_people else None,
            shown_chars=row["shown_chars"] or 0,
            outcome=row["outcome"],
            second_agrees=None if row["agrees"] is None else bool(row["agrees"]),
        )
