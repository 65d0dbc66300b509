"""Reviews of agents: a stopped one lets nothing out, whoever would; levels and breakers are a person's to lower."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.supervision import AgentConflict
from streams.intake import FORWARDED_HEADER, Event, Position, Reader, Rejected, Stray
from streams.routing import partition_of
from streams.topics import ACTIONS_CLEARED, AUDIT, OUTPUTS_CLEARED, REVIEWS
from tests.streams.approval_samples import MINUTE_MS, Desk, audited
from tests.streams.histories import OPS, Life, Op, compacted, facts_of, restored
from tests.streams.quarantine_samples import Ward
from tests.streams.samples import (
    MODEST,
    OneLane,
    action,
    outcome,
    output,
    topics_of,
)
from tests.streams.test_conduct_step import lane_of

RELEASING = (ACTIONS_CLEARED.name, OUTPUTS_CLEARED.name)
LEVELS = """
rules: [{match: {topics: ["*"]}, decision: allow}]
autonomy_levels:
  level_0: {rules: [{match: {topics: ["*"]}, decision: require_approval}]}
  level_1: {rules: [{match: {topics: ["*"]}, decision: allow}]}
demotion_triggers: [safety_incident]
circuit_breakers: [{id: wild, match: {classes: ["*"]}, error_rate_above: 0.5, min_count: 2}]
"""


def act(deed: str = "stop", agent: str = "agent-1", *, number: int = 0, **more: Any) -> dict[str, Any]:
    """A review of an agent."""
    return {
        "review_id": f"{deed}-{agent}-{number}",
        "target": {"kind": "agent", "id": agent},
        "verdict": deed,
        "reviewer": {"id": "ann", "roles": ["senior_reviewer"]},
        "digest": "-",
        "policy_snapshot": "-",
        "reason": "an incident",
        **more,
    }


def conflict(lane: OneLane, fields: dict[str, Any]) -> str:
    """The code under which a review changed nothing."""
    before = facts_of(lane.state)
    step = lane.give(fields)
    assert topics_of(step) == [AUDIT.name]
    assert {**facts_of(lane.state), "position": 0, "verdicts": 0} == {**before, "position": 0, "verdicts": 0}
    record = audited(step)
    assert record["kind"] == "review_conflict"
    assert ("review_conflict", record["code"]) in step.facts
    assert record["agent_id"] == fields["target"]["id"]
    return str(record["code"])


def test_stopped_agent_is_refused_and_its_outputs_are_held_back_until_it_goes_on() -> None:
    lane = OneLane()

    record = audited(lane.give(act()))
    refused = audited(lane.give(action("a1")))
    held = [audited(lane.give(given)) for given in (output("o1"), output("o2", "a part", sequence=0))]
    other = audited(lane.give(action("a1", agent="agent-2")))
    resumed = audited(lane.give(act("resume")))
    again = [audited(lane.give(action(name))) for name in ("a1", "a2")]

    assert {name: record[name] for name in ("kind", "agent_id", "review_id", "reviewer", "verdict", "conduct")} == {
        "kind": "agent_review", "agent_id": "agent-1", "review_id": "stop-agent-1-0", "reviewer": "ann",
        "verdict": "stop", "conduct": [],
    }  # fmt: skip
    assert (refused["decision"]["decision"], refused["decision"]["reason_code"]) == ("DENY", "agent_stopped")
    assert [entry["reason_code"] for entry in held] == ["agent_stopped", "agent_stopped"]
    assert other["decision"]["decision"] == "ALLOW"
    assert resumed["kind"] == "agent_review"
    assert again[0]["kind"] == "duplicate"
    assert again[1]["decision"]["decision"] == "ALLOW"


def test_held_action_of_a_stopped_agent_is_denied_and_not_released_by_people_or_time() -> None:
    desk = Desk()
    refund, note, other = desk.hold("a1"), desk.hold("a2", topic="job.note.add"), desk.hold("a3")
    desk.lane.give(act(reviewer={"id": "cy"}))

    assert desk.refusal(refund, "ana") == "agent_stopped"
    assert desk.refusal(refund, "ana", "constrain", constraints={"max_amount_usd": 450}) == "agent_stopped"
    assert audited(desk.review(other, "ana", "deny"))["resolution"] == "denied"
    assert [audited(step)["resolution"] for step in desk.wait(10 * MINUTE_MS)] == ["expired"]
    assert note not in desk.lane.state.holds

    desk.lane.give(act("resume", reviewer={"id": "cy"}))
    assert audited(desk.review(refund, "ana"))["resolution"] == "approved"


@pytest.mark.parametrize("verdict", ["release", "redact"])
def test_quarantined_output_of_a_stopped_agent_stays_until_it_goes_on(verdict: str) -> None:
    ward = Ward()
    record = ward.hold()
    ward.lane.give(act(reviewer={"id": "sen"}))

    assert ward.refusal(record, "sen", verdict) == "agent_stopped"

    ward.lane.give(act("resume", reviewer={"id": "sen"}))
    assert ward.released(record, "sen", verdict)["output_id"] == "o1"


def test_piece_of_a_streamed_output_of_a_stopped_agent_stays_inside() -> None:
    lane = OneLane()
    lane.give(output("o1", "the first part, ", sequence=0))
    lane.give(act())

    step = lane.give(output("o1", "and the last", sequence=1, final=True))

    assert OUTPUTS_CLEARED.name not in topics_of(step)
    assert audited(step)["reason_code"] == "agent_stopped"


def test_stop_is_read_back_after_a_restart() -> None:
    lane = OneLane()
    lane.give(act())
    changes = lane.state.take_changes(lane.now_ms)
    lane.state = restored(changes)

    assert lane.state.stops["agent-1"].by == "ann"
    assert audited(lane.give(action("a1")))["decision"]["reason_code"] == "agent_stopped"

    lane.give(act("resume"))
    again = restored(compacted([*changes, *lane.state.take_changes(lane.now_ms)]))
    assert again.stops == {}


def test_person_lowers_a_level_and_policy_reads_it() -> None:
    lane = lane_of(LEVELS, level=1)
    lane.give(action("a1"))

    record = audited(lane.give(act("demote")))

    assert [(fact["kind"], fact["cause"], fact["level"], fact["by"]) for fact in record["conduct"]] == [
        ("demoted", "by_person", 0, "ann")
    ]
    assert audited(lane.give(action("a2")))["decision"]["decision"] == "REQUIRE_APPROVAL"
    lane.state = restored(lane.state.take_changes(lane.now_ms))
    assert audited(lane.give(action("a3")))["decision"]["decision"] == "REQUIRE_APPROVAL"


def test_person_closes_a_breaker() -> None:
    lane = lane_of(LEVELS, level=1)
    for number in range(2):
        lane.give(action(f"a{number}", arguments={"n": number}))
        lane.give(outcome(f"a{number}", "failure"))
    assert audited(lane.give(action("a8")))["decision"]["reason_code"] == "circuit_open"

    record = audited(lane.give(act("close_breaker", action_class="topic:crm")))

    assert [(fact["state"], fact["cause"]) for fact in record["conduct"]] == [("closed", "closed_by_person")]
    assert audited(lane.give(action("a9")))["decision"]["decision"] == "ALLOW"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (act("approve"), "unsupported_target"),
        (act(reviewer={"id": "cy", "roles": ["reviewer"]}), AgentConflict.NOT_ELIGIBLE),
        (act(reviewer={"id": "agent-1", "roles": ["admin", "auditor"]}), AgentConflict.NOT_ELIGIBLE),
        (act("resume", reviewer={"id": "Agent-1", "roles": ["admin"]}), AgentConflict.SELF_APPROVAL),
        (act("close_breaker"), AgentConflict.CLASS_MISSING),
        (act(reason=" "), AgentConflict.REASON_MISSING),
        (act("resume"), AgentConflict.NOTHING_TO_CHANGE),
        (act("demote"), AgentConflict.NOTHING_TO_CHANGE),
        (act("demote", level=0), AgentConflict.NOTHING_TO_CHANGE),
        (act("close_breaker", action_class="crm"), AgentConflict.NOTHING_TO_CHANGE),
    ],
)
def test_review_of_an_agent_that_does_not_count_changes_nothing(fields: dict[str, Any], code: str) -> None:
    assert conflict(OneLane(), fields) == code


def test_second_stop_and_a_review_that_comes_again_change_nothing() -> None:
    lane = OneLane()
    lane.give(act())

    assert conflict(lane, act(number=1)) == AgentConflict.NOTHING_TO_CHANGE
    assert audited(lane.give(act()))["kind"] == "duplicate"


@pytest.mark.parametrize("agent", ["agent-1", "agent-2", "agent-3", "agent-4"])
def test_review_of_an_agent_goes_to_its_agents_lane(agent: str) -> None:
    reader, home = Reader(4, 100_000), partition_of(agent, 4)
    value = orjson.dumps(act(agent=agent))

    for partition in range(4):
        position = Position(REVIEWS.name, partition, 0)
        intake = reader.read(position, key=None, value=value, headers=())
        again = reader.read(position, key=None, value=value, headers=((FORWARDED_HEADER, b"x"),))
        if partition == home:
            assert isinstance(intake, Event) and isinstance(again, Event)
        else:
            assert isinstance(intake, Stray) and intake.partition == home
            assert isinstance(again, Rejected) and again.code == "misrouted"


STOPS = st.tuples(st.sampled_from(["stop", "resume"]), st.sampled_from(["agent-1", "agent/2"]))
BUSY = st.lists(
    st.tuples(st.sampled_from([0, 0, 1, 3]), st.sampled_from([0, 3, 4]), st.lists(OPS | STOPS, max_size=8)), max_size=6
)


@given(history=BUSY)
@MODEST
def test_stopped_agent_releases_nothing_whatever_happens(history: Sequence[tuple[int, int, Sequence[Op]]]) -> None:
    life, stopped, numbers = Life(), set[str](), count(1)
    first: list[Op] = [("action", agent, 0, "job.support.refund", 0) for agent in ("agent-1", "agent/2")]
    life.live([(0, 3, first)])
    for hours, policy, ops in history:
        life.live([(hours, policy, [])])
        assert stopped.isdisjoint(_released(life))
        for op in ops:
            if op[0] in ("stop", "resume"):
                life.lane.give(act(op[0], op[1], number=next(numbers)))
                (stopped.add if op[0] == "stop" else stopped.discard)(op[1])
            else:
                life.live([(0, policy, [op])])
            assert stopped.isdisjoint(_released(life))
    assert set(life.lane.state.stops) == stopped
    assert facts_of(restored([*life.changes, *life.lane.state.take_changes(life.lane.now_ms)])) == facts_of(
        life.lane.state
    )


def _released(life: Life) -> set[str]:
    """The agents of which something went out since the last look."""
    found = {(effect.key or b"").decode() for effect in life.lane.written if effect.topic in RELEASING}
    life.lane.written.clear()
    return found
