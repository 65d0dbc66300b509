"""The gate as a whole: one audit record per input in an unbroken chain, outcomes, strays, what is put aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec import DeadLetterCode
from streams.effects import Emit
from streams.gate import StepError, set_aside
from streams.intake import FORWARDED_HEADER, Event, Position, Reader, Rejected, Stray
from streams.routing import partition_of
from streams.state import GENESIS, LaneState
from streams.terms import Limits
from streams.topics import (
    ACTIONS_CLEARED,
    ACTIONS_PROPOSED,
    ACTIONS_REFUSED,
    AUDIT,
    DEADLETTERS,
    OUTPUTS_CLEARED,
)
from tests.streams import histories, samples
from tests.streams.histories import HISTORIES, Life, Op
from tests.streams.samples import (
    HOLD_MS,
    MAX_EVENT_BYTES,
    MODEST,
    OneLane,
    action,
    bundle_of,
    gate_of,
    outcome,
    output,
    review,
    topics_of,
    values,
)

History = Sequence[tuple[int, int, Sequence[Op]]]
# Nothing is forgotten and no hold expires within a history of these.
RULE = {"kind": "rule"}
PATIENT = Limits(hold_timeout_ms=10**12)


def assert_unbroken(written: Sequence[Emit]) -> None:
    """Every audit record names its number and the digest of the one before it."""
    head = GENESIS
    for seq, effect in enumerate((effect for effect in written if effect.topic == AUDIT.name), 1):
        record = orjson.loads(effect.value or b"")
        assert (record["seq"], record["prev"]) == (seq, head)
        head = sha256(effect.value or b"").hexdigest()


@given(history=HISTORIES)
@MODEST
def test_every_input_leaves_one_audit_record_in_an_unbroken_chain(history: History) -> None:
    life = Life().live(history)

    sources = [record["source"] for record in life.lane.values(AUDIT.name) if record["source"] is not None]
    assert sorted(source["offset"] for source in sources) == list(range(life.lane.offset))
    assert_unbroken(life.lane.written)
    assert life.lane.state.audit_seq == len(life.lane.values(AUDIT.name))


@given(history=HISTORIES)
@MODEST
def test_no_action_and_no_output_is_released_twice_while_it_is_remembered(history: History) -> None:
    gates = [gate_of(gate.terms.bundle, limits=PATIENT) for gate in histories.GATES]
    lane = OneLane(gates[0])
    life = Life(lane)
    for _, policy, ops in history:
        lane.gate = gates[policy]
        for op in ops:
            life._apply(op)

    released = Counter(
        (record["action"]["agent_id"], record["action"]["action_id"]) for record in lane.values(ACTIONS_CLEARED.name)
    )
    outputs = Counter(
        (effect.key, orjson.loads(effect.value or b"")["output_id"])
        for effect in lane.written
        if effect.topic == OUTPUTS_CLEARED.name
    )
    assert set(released.values()) | set(outputs.values()) <= {1}


@given(history=HISTORIES)
@MODEST
def test_every_hold_is_open_or_was_resolved_exactly_once(history: History) -> None:
    life = Life().live(history)

    ends = [record for record in life.lane.values(AUDIT.name) if "hold_id" in record and "resolution" in record]
    requests = life.lane.values("gate.approvals.requested.v1")
    opened = [request for request in requests if request.get("cause") == "requested"]
    assert len(opened) == len(life.lane.state.holds) + len(ends)
    cleared = life.lane.values(ACTIONS_CLEARED.name)
    by_hold = Counter(entry["decision"]["decision_id"] for entry in cleared if entry["decision"]["decided_by"] != RULE)
    released = [end["hold_id"] for end in ends if end["decision"]["decision"] != "DENY"]
    assert by_hold == Counter(released)


def test_policy_is_noted_once_when_it_comes_into_force() -> None:
    lane = OneLane()

    first = lane.gate.adopt(lane.state, lane.now_ms)
    assert first is not None
    assert lane.gate.adopt(lane.state, lane.now_ms) is None
    second = gate_of(bundle_of(samples.OTHER_RULES)).adopt(lane.state, lane.now_ms)
    assert second is not None

    records = [values(step.effects, AUDIT.name)[0] for step in (first, second)]
    assert [(record["kind"], record["before"]) for record in records] == [
        ("policy", None),
        ("policy", bundle_of().snapshot),
    ]
    assert lane.state.snapshot == bundle_of(samples.OTHER_RULES).snapshot


@pytest.mark.parametrize("topic", ["job.crm.read", "job.deploy.api"])
@pytest.mark.parametrize("status", ["success", "failure", "incident"])
def test_outcome_of_a_released_action_counts_once(topic: str, status: str) -> None:
    lane = OneLane()
    lane.give(action(topic=topic))

    first, second = lane.give(outcome(status=status)), lane.give(outcome(status=status))

    assert topics_of(first) == topics_of(second) == [AUDIT.name]
    assert values(first.effects, AUDIT.name)[0]["released"] is True
    assert values(second.effects, AUDIT.name)[0]["kind"] == "duplicate"
    assert lane.state.agents == {}, "a bundle without levels keeps no record"


@pytest.mark.parametrize("topic", ["job.crm.delete", "job.support.refund", None])
def test_outcome_of_what_was_not_released_counts_nothing(topic: str | None) -> None:
    lane = OneLane()
    if topic is not None:
        lane.give(action(topic=topic))

    step = lane.give(outcome())

    assert values(step.effects, AUDIT.name)[0]["released"] is False


def test_outcome_of_an_approved_action_counts_and_of_an_expired_one_does_not() -> None:
    lane = OneLane()
    for number in (1, 2):
        lane.give(action(f"a{number}", "job.support.refund", arguments={"id": number}))
    request = lane.values("gate.approvals.requested.v1")[0]
    lane.give(review(request))
    lane.now_ms += HOLD_MS
    lane.expire()

    released = [values(lane.give(outcome(f"a{n}")).effects, AUDIT.name)[0]["released"] for n in (1, 2)]

    assert released == [True, False]


def test_outcome_of_another_agent_does_not_count() -> None:
    lane = OneLane()
    lane.give(action())

    step = lane.give(outcome(agent="agent-2"))

    assert values(step.effects, AUDIT.name)[0]["released"] is False


def elsewhere(lanes: int = 4) -> OneLane:
    """A lane that is not that of agent-1."""
    home = partition_of("agent-1", lanes)
    return OneLane(state=LaneState((home + 1) % lanes), partitions=lanes)


@pytest.mark.parametrize("fields", [action(), output(), outcome()])
@pytest.mark.parametrize("key", [None, b"agent-1"])
def test_stray_is_sent_once_to_the_partition_of_its_agent_as_it_came(fields: dict[str, Any], key: bytes | None) -> None:
    lane = elsewhere()
    headers = (("traceparent", b"x"), ("mine", b"\x00\xff"))
    intake = lane.read(orjson.dumps(fields), topic=samples.TOPIC_OF[samples.kind_of(fields)], key=key, headers=headers)
    assert isinstance(intake, Stray)

    step = lane.step(intake)

    forwarded, audit = step.effects
    assert (forwarded.topic, audit.topic) == (intake.position.topic, AUDIT.name)
    assert (forwarded.key, forwarded.value) == (b"agent-1", orjson.dumps(fields))
    assert forwarded.partition == partition_of("agent-1", 4) != audit.partition
    origin = f"{intake.position.topic}/{lane.state.partition}/0".encode()
    assert list(forwarded.headers) == [*headers, (FORWARDED_HEADER, origin)]
    assert lane.state.agents == {} and len(lane.state.verdicts) == 0
    assert step.facts == [("forwarded",)]


def test_forwarded_record_is_decided_at_home() -> None:
    lane = elsewhere()
    forwarded = lane.give(action()).effects[0]
    home = OneLane(state=LaneState(forwarded.partition), partitions=4)

    step = home.step(home.read(forwarded.value, topic=forwarded.topic, key=forwarded.key, headers=forwarded.headers))

    assert topics_of(step) == [ACTIONS_CLEARED.name, AUDIT.name]


def test_record_with_as_many_headers_as_allowed_survives_being_forwarded() -> None:
    lane = elsewhere()
    full = tuple((f"h{number}", b"x" * 253) for number in range(64))
    forwarded = lane.give(action(), headers=full).effects[0]

    home = OneLane(state=LaneState(forwarded.partition), partitions=4)

    assert isinstance(home.read(forwarded.value, topic=forwarded.topic, headers=forwarded.headers), Event)


def test_record_that_was_forwarded_and_is_still_elsewhere_is_put_aside() -> None:
    lane = elsewhere()

    step = lane.give(action(), headers=((FORWARDED_HEADER, b"t/0/1"),))

    assert topics_of(step) == [DEADLETTERS.name, AUDIT.name]
    assert dict(step.effects[0].headers)["gate.errors.code"] == b"misrouted"


def test_key_of_another_agent_is_put_aside_and_not_forwarded() -> None:
    step = elsewhere().give(action(), key=b"agent-2")

    assert dict(step.effects[0].headers)["gate.errors.code"] == b"key_mismatch"


def test_review_is_taken_where_the_request_said_whatever_its_key() -> None:
    lane = elsewhere()
    fields = review({"hold_id": "h", "digest": "d", "policy_snapshot": "s"})

    assert isinstance(lane.read(orjson.dumps(fields), topic=samples.TOPIC_OF["review"], key=b"any"), Event)


def test_agents_of_a_lane_are_those_that_kafka_puts_there() -> None:
    homes = {partition_of(f"agent-{number}", 4) for number in range(50)}
    reader = Reader(4, MAX_EVENT_BYTES)

    for number in range(50):
        fields = orjson.dumps(action(agent=f"agent-{number}"))
        home = partition_of(f"agent-{number}", 4)
        intake = reader.read(Position(ACTIONS_PROPOSED.name, home, 0), key=None, value=fields, headers=())
        assert isinstance(intake, Event)
    assert homes == {0, 1, 2, 3}


def test_record_whose_step_failed_is_put_aside_under_that_stage() -> None:
    state = LaneState(0)
    rejected = Rejected(
        Position(ACTIONS_PROPOSED.name, 0, 7), DeadLetterCode.STEP_FAILED, "the step failed", b"k", b"S3CR3T"
    )

    step = set_aside(state, rejected, samples.NOW_MS)

    headers = dict(step.effects[0].headers)
    assert (headers["gate.errors.stage"], headers["gate.errors.code"]) == (b"step", b"step_failed")
    assert (step.effects[0].key, step.effects[0].value) == (b"k", b"S3CR3T")
    assert "S3CR3T" not in repr(step.effects[1])


def test_release_that_its_topic_would_not_take_stops_the_step_without_naming_payload() -> None:
    lane = OneLane()
    intake = lane.read(orjson.dumps(action()), topic=ACTIONS_PROPOSED.name)
    assert isinstance(intake, Event)
    huge = intake._replace(fields=intake.fields | {"arguments": {"a": "S3CR3T" * 400_000}})

    with pytest.raises(StepError) as caught:
        lane.step(huge)

    assert caught.value.code is DeadLetterCode.RELEASE_TOO_LARGE
    assert "S3CR3T" not in repr(caught.value)


def test_policy_that_cannot_be_evaluated_denies() -> None:
    lane = OneLane()
    intake = lane.read(orjson.dumps(action()), topic=ACTIONS_PROPOSED.name)
    assert isinstance(intake, Event)

    # The reader lets no such event through; the gate holds even when one gets by.
    step = lane.step(intake._replace(fields=intake.fields | {"risk_tags": "prod", "tool": 7}))

    assert topics_of(step) == [ACTIONS_REFUSED.name, AUDIT.name]
    assert values(step.effects, ACTIONS_REFUSED.name)[0]["decision"]["reason_code"] == "evaluation_failed"
    assert ("fail_closed", "evaluation_failed") in step.facts


@given(seconds=st.integers(0, 4_000_000_000), at=st.integers(0, 999))
@MODEST
def test_times_are_written_to_the_millisecond(seconds: int, at: int) -> None:
    lane = OneLane(now_ms=seconds * 1000 + at)

    record = values(lane.give(action()).effects, AUDIT.name)[0]

    assert record["at_ms"] == lane.now_ms
    assert record["at"].endswith(f".{at:03d}Z") and len(record["at"]) == 24


def test_gate_keeps_nothing_itself() -> None:
    gate = gate_of()
    one, other = OneLane(gate), OneLane(replace(gate))

    first = one.give(action())
    one.give(action("a2"))

    assert other.give(action()).effects == first.effects
