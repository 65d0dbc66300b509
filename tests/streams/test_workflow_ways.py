"""Ways around a workflow at the gate: holds of a run that ended, a trigger that was held, a no that was given."""

from __future__ import annotations

import pytest

from streams.topics import APPROVALS_REQUESTED
from tests.streams.samples import review
from tests.streams.workflow_samples import ANALYZE, LARGE, PAY, SMALL, TRIGGER, Desk, changes_of, decision_of, gate_with


def test_no_to_an_open_way_is_not_asked_of_the_next_person() -> None:
    desk = Desk().analyzed({"amount": 40})
    assert desk.propose(PAY) == "workflow_undecided"

    refused = desk.decide("deny")

    assert changes_of(refused) == [("given_back", "process"), ("rejected", "human-review"), ("rejected", "process")]
    assert desk.propose(PAY) == "workflow_out_of_order"
    assert desk.paid == 0


@pytest.mark.parametrize(("result", "paid"), [(LARGE, 0), (SMALL, 1)])
def test_yes_to_a_hold_of_a_run_that_ended_releases_only_what_the_new_run_does_by_itself(
    result: dict[str, int], paid: int
) -> None:
    desk = Desk().analyzed(LARGE)
    assert desk.propose(PAY, amount=40) == "workflow_approval"
    desk.finish(None, number=2, status="incident")
    desk.analyzed(result)

    step = desk.decide()

    assert desk.paid == paid
    if not paid:
        assert decision_of(step)["reason_code"] == "superseded_by_policy"
    else:
        assert desk.propose(PAY) == "workflow_out_of_order", "the new run has had its payment"


def test_trigger_that_was_held_begins_no_second_run_beside_one_that_goes_on() -> None:
    held = "tools: [open_case]\n    decision: allow", "tools: [open_case]\n    decision: require_approval"
    desk = Desk(gate_with(rules=held))
    first, second = desk.propose(TRIGGER), desk.propose(TRIGGER)
    assert (first, second) == ("rule_matched",) * 2
    earlier, _ = desk.lane.values(APPROVALS_REQUESTED.name)
    desk.decide()
    assert desk.propose(ANALYZE) == "ALLOW"

    step = desk.lane.give(
        review(earlier, "approve", review_id="r", reviewer={"id": "ann", "roles": ["senior_reviewer"]})
    )

    assert decision_of(step)["reason_code"] == "superseded_by_policy"
    desk.finish(SMALL, number=desk.count - 1)
    assert desk.propose(ANALYZE) == "workflow_out_of_order", "the run goes on"
