"""The health page: waits against the policy's targets, how much needs people, who is named to whom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from penstock.console.readmodel.health_queries import HOUR_MS, ClaimLoad, claim_loads, hours, review_report, team_waits
from penstock.console.readmodel.statements import Statement
from penstock.console.readmodel.store import Store
from penstock.console.web.health import ROUTES
from policies.approval_documents import Role
from policies.bundle import load_bundle
from tests.penstock.console.fakes import NOW_MS, a_console, a_person, client_of

POLICY = "approval_queue_policy: {target_median_wait_sec: 60, target_p95_wait_sec: 120}\n"
HOLD = (
    "INSERT INTO holds (hold_id, partition, agent_id, action_id, topic, rule_id, asked_team, opened_ms, asked_ms,"
    " resolution, ended_ms, ended_by_kind, ended_by, rendered_ms, chosen_ms, shown_chars)"
    " VALUES (?, 0, 'agent-1', ?, 'job.pay', 'pay', 'finance', ?, ?, ?, ?, ?, ?, ?, ?, 400)"
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "model.sqlite")
    yield made
    made.close()


def fill(store: Store, *, open_holds: int, approved: int, wait_ms: int, look_ms: int = 20_000) -> None:
    """Holds of one rule: some wait, the others were approved by ada after `wait_ms`."""
    made = []
    for number in range(open_holds):
        opened_ms = NOW_MS - 1000 * number
        made.append(
            Statement(HOLD, (f"o{number}", f"a{number}", opened_ms, opened_ms, None, None, None, None, None, None))
        )
    for number in range(approved):
        opened_ms = NOW_MS - HOUR_MS
        ended_ms = opened_ms + wait_ms
        by = orjson.dumps(["ada"]).decode()
        values = (opened_ms, opened_ms, "approved", ended_ms, "reviewer", by, ended_ms - look_ms, ended_ms)
        made.append(Statement(HOLD, (f"d{number}", f"b{number}", *values)))
    hour_ms = NOW_MS // HOUR_MS * HOUR_MS
    made += [
        Statement("INSERT INTO hourly VALUES (?, 'decision', 'ALLOW', '', 900)", (hour_ms,)),
        Statement("INSERT INTO hourly VALUES (?, 'decision', 'REQUIRE_APPROVAL', 'pay', 100)", (hour_ms,)),
    ]
    bundle = load_bundle({"approvals.yaml": POLICY})
    made += [
        Statement("INSERT INTO bundles VALUES (?, ?, ?)", (bundle.snapshot, bundle.canonical(), NOW_MS)),
        Statement("INSERT INTO lane_policies VALUES (0, 1, ?, ?, NULL, 'ana')", (NOW_MS, bundle.snapshot)),
    ]
    store.write(made)


def test_waits_are_those_of_people_and_the_oldest_is_what_waits_now(store: Store) -> None:
    fill(store, open_holds=3, approved=4, wait_ms=90_000)
    with store.read() as connection:
        (wait,) = team_waits(connection, now_ms=NOW_MS, since_ms=NOW_MS - 24 * HOUR_MS)
    assert (wait.team, wait.open, wait.decided) == ("finance", 3, 4)
    assert (wait.oldest_ms, wait.median_ms, wait.p95_ms) == (2000, 90_000, 90_000)


def test_a_median_beyond_the_target_is_marked_and_one_within_is_not(store: Store) -> None:
    fill(store, open_holds=0, approved=5, wait_ms=90_000)
    text = client_of(a_console(store), a_person(Role.VIEWER), routes=ROUTES).get("/health").text
    assert text.count("over target") == 1
    assert "median 1 min" in text


def test_hours_without_a_decision_are_there_with_zero(store: Store) -> None:
    fill(store, open_holds=0, approved=0, wait_ms=0)
    with store.read() as connection:
        found = hours(connection, now_ms=NOW_MS)
    assert len(found) == 24
    assert (found[-1].decided, found[-1].held, found[-1].held_share) == (1000, 100, 0.1)
    assert all(hour.decided == 0 for hour in found[:-1])


def test_the_report_is_that_of_the_command_line(store: Store) -> None:
    fill(store, open_holds=1, approved=214, wait_ms=90_000)
    with store.read() as connection:
        found = review_report(connection, since_ms=NOW_MS - 24 * HOUR_MS)
    (rule,) = found.rules
    assert rule.sentence == (
        "rule pay: 214 approvals, 0 changed, 0 incidents: approval adds delay only; lower bound of agreement 98.6%"
    )
    assert (found.held, found.decisions) == (215, 1000)


def test_outcomes_count_by_the_worst_that_the_executor_said(store: Store) -> None:
    fill(store, open_holds=0, approved=1, wait_ms=90_000)
    store.write(
        [
            Statement("INSERT INTO outcomes VALUES ('agent-1', 'b0', ?, ?, 1)", (status, NOW_MS))
            for status in ("success", "incident", "failure")
        ]
    )
    with store.read() as connection:
        (rule,) = review_report(connection, since_ms=NOW_MS - 24 * HOUR_MS).rules
    assert (rule.incidents, rule.failures, rule.successes) == (1, 0, 0)


def test_people_are_named_only_to_who_may_see_the_audit(store: Store) -> None:
    fill(store, open_holds=0, approved=40, wait_ms=90_000, look_ms=500)
    asked = {
        role: client_of(a_console(store), a_person(role, name="X", id="x"), routes=ROUTES).get("/health").text
        for role in (Role.VIEWER, Role.AUDITOR)
    }
    assert "faster than can be read: 40 of 40" in asked[Role.AUDITOR]
    assert "ada" not in asked[Role.VIEWER].replace("Read", "")


def test_an_empty_page_says_so_and_a_lagging_one_does_not(store: Store) -> None:
    text = client_of(a_console(store), a_person(Role.VIEWER), routes=ROUTES).get("/health").text
    assert "Nothing waits" in text


def test_claims_of_each_person_stand_beside_the_limit(store: Store) -> None:
    fill(store, open_holds=5, approved=0, wait_ms=0)
    bundle = load_bundle({"approvals.yaml": "approval_queue_policy: {max_open_requests_per_reviewer: 2}\n"})
    claim = "UPDATE holds SET claimed_by = ?, claimed_until_ms = ?, partition = ? WHERE hold_id = ?"
    later_ms = NOW_MS + 60_000
    store.write(
        [
            Statement(claim, ("ada", later_ms, 0, "o0")),
            Statement(claim, (" Ada", later_ms, 0, "o1")),
            Statement(claim, ("ada", later_ms, 1, "o2")),
            Statement(claim, ("bo", later_ms, 0, "o3")),
            Statement(claim, ("cy", NOW_MS - 1, 0, "o4")),
            Statement("INSERT INTO bundles VALUES (?, ?, ?)", (bundle.snapshot, bundle.canonical(), NOW_MS)),
            Statement("UPDATE lane_policies SET snapshot = ?", (bundle.snapshot,)),
        ]
    )
    with store.read() as db:
        assert claim_loads(db, now_ms=NOW_MS) == [ClaimLoad("ada", 3, 2), ClaimLoad("bo", 1, 1)]

    text = client_of(a_console(store), a_person(Role.AUDITOR), routes=ROUTES).get("/health").text
    panel = text.partition("What people are at")[2].partition("</section>")[0]
    assert "At most 2 claims at once in each lane" in panel
    assert panel.count("at the limit") == 1
    hidden = client_of(a_console(store), a_person(Role.VIEWER), routes=ROUTES).get("/health").text
    assert "What people are at" not in hidden
