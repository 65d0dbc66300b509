"""What a lane keeps of quarantined outputs: the same after a restart, in a replay, and within its bounds."""

from __future__ import annotations

from typing import Any

import orjson

from streams.quarantined import MAX_PER_AGENT, MAX_PER_LANE, Quarantined, QuarantineMemory
from streams.state import LaneState
from tests.streams.quarantine_samples import HELD, TEXT, Ward
from tests.streams.samples import HOUR_MS, NOW_MS, TOKEN, gate_of, output, values

DAY_MS = 24 * HOUR_MS


def restored(state: LaneState) -> LaneState:
    """The state as a worker that opens the lane reads it back."""
    again = LaneState(state.partition)
    for key, value in state.take_changes(NOW_MS):
        again.restore(key, value, orjson.loads)
    return again


def test_output_is_decided_after_a_restart_and_only_once() -> None:
    ward = Ward()
    record, other = ward.hold(), ward.hold("o2")
    ward.lane.state = restored(ward.state)
    ward.released(record, "sen", "release")
    decided = ward.state
    ward.lane.state = LaneState(0)
    for key, value in decided.take_changes(NOW_MS):
        ward.state.restore(key, value, orjson.loads)

    assert ward.refusal(record, "sen", "release") == "already_decided"
    # The other entry stands on an earlier record of the log, which this one does not repeat.
    assert ward.refusal(other, "sen", "release") == "unknown_quarantine"


def test_replay_of_the_same_records_gives_the_same_state_and_the_same_bytes() -> None:
    def play() -> tuple[Any, Any]:
        ward = Ward()
        first, second, third = (ward.hold(f"o{number}") for number in range(3))
        for record, name, verdict in (
            (first, "ana", "reveal"),
            (first, "ana", "redact"),
            (second, "adm", "release"),
            (third, "ana", "reject"),
            (third, "sen", "release"),
        ):
            ward.review(record, name, verdict)
        return ward.lane.written, restored(ward.state).quarantines

    (written, state), (again, same) = play(), play()

    assert written == again
    assert state == same
    assert [entry.decided for entry in state.entries.values()] == ["redact", "release", "reject"]


def test_an_output_that_passes_leaves_nothing_in_the_state() -> None:
    ward = Ward()
    ward.lane.give(output(content="all is well"))
    ward.lane.give(output("o2", f"use {TOKEN}"))

    keys = [key.partition("/")[0] for key, _ in ward.state.take_changes(NOW_MS)]

    assert keys == ["verdicts", "lane"]


def test_output_past_its_retention_cannot_be_released_any_more() -> None:
    ward = Ward()
    record = ward.hold()
    ward.state.take_changes(NOW_MS)
    ward.lane.now_ms += 7 * DAY_MS + 1
    ward.lane.gate.forget(ward.state, ward.lane.now_ms)

    changes = dict(ward.state.take_changes(ward.lane.now_ms))

    assert changes[f"quarantine/{record['quarantine_id']}"] is None
    assert ward.refusal(record, "sen", "release") == "unknown_quarantine"


def entry(number: int, agent_id: str = "agent-1") -> Quarantined:
    """An output that was held back."""
    return Quarantined(
        f"q{number}",
        agent_id,
        f"o{number}",
        "0" * 64,
        topic="job.support.answer",
        audience=None,
        tenant_id=None,
        is_chunk=False,
        at_ms=NOW_MS + number,
    )


def test_an_agent_that_floods_the_quarantine_is_forgotten_first_also_after_a_restart() -> None:
    state = LaneState(0)
    state.put_quarantined(entry(-1, "agent-2"))
    for number in range(MAX_PER_AGENT):
        state.put_quarantined(entry(number))
    state.put_quarantined(state.quarantines.entries["q0"].decided_as("reject", NOW_MS))
    state.put_quarantined(entry(MAX_PER_AGENT))

    kept = state.quarantines.entries

    assert len(kept) == MAX_PER_AGENT + 1
    assert "q1" not in kept and {"q-1", "q0", "q2"} <= kept.keys()
    again = restored(state).quarantines
    assert list(again.entries.items()) == list(kept.items())


def test_oldest_of_a_whole_lane_goes_when_there_are_too_many() -> None:
    memory = QuarantineMemory()

    gone = [name for number in range(MAX_PER_LANE + 2) for name in memory.put(entry(number, f"agent-{number % 30}"))]

    assert gone == ["q0", "q1"]
    assert len(memory.entries) == MAX_PER_LANE


def test_id_that_is_new_again_after_its_retention_waits_for_people_again() -> None:
    ward = Ward()
    record = ward.hold()
    ward.review(record, "ana", "reject")
    ward.lane.gate = gate_of(ward.lane.gate.terms.bundle)
    # The verdict went, because newer ones needed its room, and the entry of the quarantine was younger.
    ward.state.take_changes(NOW_MS)
    ward.state.verdicts.forget(before_ms=NOW_MS + 1, most=0)

    step = ward.lane.give(output(content=TEXT))

    assert values(step.effects, HELD)[0]["quarantine_id"] == record["quarantine_id"]
    assert ward.state.quarantines.entries[record["quarantine_id"]].decided is None
