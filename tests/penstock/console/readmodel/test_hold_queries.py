"""What the approvals pages ask: lists by every filter, pages that never skip or repeat, counts, groups, one hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.console.readmodel.hold_filters import match_of, within
from penstock.console.readmodel.hold_queries import (
    counts,
    equal_items,
    hold_detail,
    next_hold,
    queue_page,
)
from penstock.console.readmodel.rows import Cursor, HoldFilter, HoldRow, Tab
from policies.globs import matches_any
from tests.penstock.console.readmodel.logs import WitnessedLane, folded, records_of_lane
from tests.penstock.console.readmodel.test_ingest_stories import a_desk
from tests.streams.samples import MODEST, outcome

OPEN = 12


@lru_cache(maxsize=1)
def crowd() -> tuple[WitnessedLane, dict[str, str]]:
    """A lane with many holds in every state, and their ids by the agents' own."""
    desk, lane = a_desk()
    ids: dict[str, str] = {}
    for number in range(OPEN):
        more = {"tenant_id": f"t-{number % 3}", "session_id": f"s-{number % 2}", "agent": f"agent-{number % 2 + 1}"}
        topic = "job.wire.out" if number % 4 == 3 else "job.support.refund"
        lane.now_ms += 1_000
        ids[f"o{number}"] = desk.hold(f"o{number}", topic=topic, amount=10 + number, **more)
    for number in range(3):
        ids[f"d{number}"] = desk.hold(f"d{number}", session_id="s-1", agent="agent-1")
        lane.now_ms += 1_000
        shown = {"rendered_at": "2027-01-15T08:00:04Z", "decided_at": "2027-01-15T08:00:05Z"}
        desk.review(ids[f"d{number}"], "ana", ("approve", "deny", "approve")[number], **shown)
    lane.give(outcome("d0", "success", agent="agent-1"))
    lane.give(outcome("d0", "incident", agent="agent-1"))
    ids["two"] = desk.hold("two", amount=2_000)
    desk.review(ids["two"], "eve")
    desk.review(ids["o0"], "ana", "claim")
    desk.review(ids["o1"], "ana", "ask", reason="which one?")
    return lane, ids


@pytest.fixture
def db() -> sqlite3.Connection:
    """The read model of the crowd."""
    return folded(records_of_lane(crowd()[0]))


def now_ms() -> int:
    """The crowd's time."""
    return crowd()[0].now_ms


def listed(db: sqlite3.Connection, wanted: HoldFilter) -> list[str]:
    """The agents' own ids of a list, in its order."""
    return [row.action_id for row in queue_page(db, wanted, now_ms=now_ms()).rows]


def test_the_queue_is_ordered_by_due_time(db: sqlite3.Connection) -> None:
    found = queue_page(db, HoldFilter(), now_ms=now_ms())
    assert found.after is None
    assert sorted(row.action_id for row in found.rows) == sorted([*(f"o{n}" for n in range(OPEN)), "two"])
    assert [row.due_ms for row in found.rows] == sorted(row.due_ms or 0 for row in found.rows)
    assert {row.state for row in found.rows} == {"pending", "asked"}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (HoldFilter(topic="job.wire.out"), ["o3", "o7", "o11"]),
        (HoldFilter(approval_class="explicit"), ["o3", "o7", "o11"]),
        (HoldFilter(risk="high"), ["o3", "o7", "o11"]),
        (HoldFilter(rule_id="wires"), ["o3", "o7", "o11"]),
        (HoldFilter(team="ops"), ["o3", "o7", "o11"]),
        (HoldFilter(tenants=("t-1",)), ["o1", "o4", "o7", "o10"]),
        (HoldFilter(tenants=("*-1", "none")), ["o1", "o4", "o7", "o10"]),
        (HoldFilter(agent_id="agent-2", team="ops"), ["o3", "o7", "o11"]),
        (HoldFilter(tab=Tab.MINE, person_id="ana"), ["o0", "o1"]),
        (HoldFilter(tab=Tab.MINE, person_id="eve"), []),
        (HoldFilter(tab=Tab.NEEDS_SECOND, person_id="tim"), ["two"]),
        (HoldFilter(tab=Tab.NEEDS_SECOND, person_id="eve"), []),
        (HoldFilter(tab=Tab.DECIDED), ["d2", "d1", "d0"]),
        (HoldFilter(tab=Tab.DECIDED, agent_id="agent-1"), ["d2", "d1", "d0"]),
        (HoldFilter(tab=Tab.EXPIRED), []),
        (HoldFilter(text="o7"), ["o7"]),
        (HoldFilter(text="job.wire agent-2"), ["o3", "o7", "o11"]),
        (HoldFilter(text="WIRE"), ["o3", "o7", "o11"]),
        (HoldFilter(text='" OR * NEAR( names:'), []),
        (HoldFilter(text="???"), []),
        (HoldFilter(text="   ", topic="job.wire.out"), ["o3", "o7", "o11"]),
    ],
)
def test_a_list_shows_what_its_filter_says(db: sqlite3.Connection, wanted: HoldFilter, expected: list[str]) -> None:
    found = listed(db, wanted)
    assert sorted(found) == sorted(expected)
    if wanted.tab.stage != "open":
        assert found == expected


@pytest.mark.parametrize("tab", [Tab.PENDING, Tab.DECIDED])
@pytest.mark.parametrize("rows", [1, 2, 5, 100])
def test_pages_neither_skip_nor_repeat(db: sqlite3.Connection, tab: Tab, rows: int) -> None:
    wanted, found = HoldFilter(tab=tab), []
    after: Cursor | None = None
    while True:
        page = queue_page(db, wanted, now_ms=now_ms(), after=after, rows=rows)
        found += [row.hold_id for row in page.rows]
        if page.after is None:
            break
        after = Cursor.parse(str(page.after))
        assert after == page.after
    assert found == [row.hold_id for row in queue_page(db, wanted, now_ms=now_ms()).rows]
    assert next_hold(db, wanted, behind=_cursor(db, wanted, 0), now_ms=now_ms()) == found[1]
    assert next_hold(db, wanted, behind=_cursor(db, wanted, -1), now_ms=now_ms()) is None


def _cursor(db: sqlite3.Connection, wanted: HoldFilter, place: int) -> Cursor:
    return queue_page(db, wanted, now_ms=now_ms()).rows[place].cursor


@pytest.mark.parametrize("text", [None, "", "12", "-x", "x-y", "1.5-x", "\u0663-x"])
def test_what_is_no_cursor_is_none(text: str | None) -> None:
    assert Cursor.parse(text) is None


def test_counts_are_those_of_the_lists(db: sqlite3.Connection) -> None:
    for wanted in (HoldFilter(person_id="ana"), HoldFilter(person_id="tim", tenants=("t-2",)), HoldFilter(text="wire")):
        found = counts(db, wanted, now_ms=now_ms())
        assert found.tabs == {tab: len(listed(db, replace(wanted, tab=tab))) for tab in Tab}
        assert sum(found.teams.values()) == found.tabs[Tab.PENDING]
        for team, number in found.teams.items():
            assert len(listed(db, replace(wanted, team=team))) == number
            assert counts(db, replace(wanted, team=team), now_ms=now_ms()).teams == found.teams


def test_equal_items_are_those_with_one_fingerprint_and_team(db: sqlite3.Connection) -> None:
    rows = sorted(queue_page(db, HoldFilter(), now_ms=now_ms()).rows, key=_alike)
    expected = {key: len(list(group)) for key, group in groupby(rows, _alike)}
    found = equal_items(db, HoldFilter(), now_ms=now_ms())
    assert {(item.fingerprint, item.team): item.holds for item in found} == {k: n for k, n in expected.items() if n > 1}
    for item in found:
        assert item.example.due_ms == item.first_due_ms
        same = queue_page(db, HoldFilter(fingerprint=item.fingerprint, team=item.team), now_ms=now_ms()).rows
        assert len({(row.tool, row.topic, row.tenant_id, row.rule_id, row.snapshot) for row in same}) == 1


def _alike(row: HoldRow) -> tuple[str | None, str | None]:
    return row.fingerprint, row.team


def test_one_hold_comes_with_all_about_it(db: sqlite3.Connection) -> None:
    ids = crowd()[1]
    found = hold_detail(db, ids["o1"])
    assert found is not None
    assert (found.row.state, found.row.question_by, found.decision["rule_id"]) == ("asked", "ana", "refunds")
    assert found.constraints == {"max_amount_usd": 5000}
    assert found.payload.box is not None
    assert [request.payload for request in found.requests] == [found.payload]
    assert [(event.kind, event.person, event.reason) for event in found.events] == [
        ("requested", None, None), ("asked", "ana", "which one?"),
    ]  # fmt: skip
    assert found.equal == len(listed(db, HoldFilter(fingerprint=found.row.fingerprint, team=found.row.team)))

    ended = hold_detail(db, ids["d0"])
    assert ended is not None
    assert (ended.row.ended_by, ended.row.outcome, ended.row.is_changed) == (("ana",), "incident", False)
    assert (ended.row.resolution, [vote.reviewer for vote in ended.votes]) == ("approved", ["ana"])
    assert ended.agent is not None
    assert (ended.agent.approved, ended.agent.rejected, ended.agent.incidents) == (2, 1, 1)
    assert [entry.action_id for entry in ended.agent.lately] == ["d2", "d1"]
    assert [entry.action_id for entry in ended.earlier] == [f"o{n}" for n in range(OPEN - 1, 0, -2)]


def test_who_is_bound_to_tenants_learns_nothing_of_others(db: sqlite3.Connection) -> None:
    ids = crowd()[1]
    assert hold_detail(db, ids["o1"], tenants=("t-0", "t-2")) is None
    assert hold_detail(db, "0" * 32) is None
    found = hold_detail(db, ids["o3"], tenants=("t-0",))
    assert found is not None
    assert {entry.action_id for entry in found.earlier} == set()
    assert hold_detail(db, ids["d0"], tenants=("t-*",)) is None


@given(st.lists(st.text("ab?[]*.-", min_size=1, max_size=5), min_size=1, max_size=3), st.text("ab?[].-", max_size=6))
@MODEST
def test_tenants_are_matched_as_people_are_checked(globs: Sequence[str], tenant: str) -> None:
    (condition,) = within(globs)
    query = f"SELECT {condition.sql} FROM (SELECT ? AS tenant_id)"  # noqa: S608
    found = sqlite3.connect(":memory:").execute(query, [*condition.values, tenant])
    assert bool(found.fetchone()[0]) == matches_any(globs, tenant)


@given(st.text(max_size=40))
@MODEST
def test_any_text_can_be_searched_for(text: str) -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5(names)")
    match = match_of(text)
    if match is not None:
        assert db.execute("SELECT count(*) FROM t WHERE t MATCH ?", (match,)).fetchone() == (0,)
