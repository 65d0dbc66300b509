"""Outputs in chunks: in order or not, twice, contradicting each other, never ending; nothing leaks in any case."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.kill import KillSwitch, kill_entry
from streams.gate import Gate
from streams.output_stream import MAX_WAITING
from streams.reasons import GateReason
from streams.terms import Limits, Terms
from streams.topics import AUDIT, OUTPUTS_CLEARED, QUARANTINE
from tests.streams.histories import facts_of, restored
from tests.streams.samples import (
    MODEST,
    NOW_MS,
    PRIVATE_KEY,
    SAMPLE_KEY,
    SCANNER,
    TOKEN,
    OneLane,
    bundle_of,
    gate_of,
    output,
)

CLEARED, HELD = OUTPUTS_CLEARED.name, QUARANTINE.name
SENTENCES = ("The order has left the warehouse and arrives on Tuesday. ", "Is there anything else? ", "Thank you. ")
LONG = "".join(SENTENCES) * 12


def chunks(text: str, *sizes: int, output_id: str = "o1", **more: Any) -> list[dict[str, Any]]:
    """A text as chunks of these sizes, the last one with the rest."""
    parts, at = [], 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    parts.append(text[at:])
    return [
        output(output_id, part, sequence=number, final=True if number == len(parts) - 1 else None, **more)
        for number, part in enumerate(parts)
    ]


def cleared_text(lane: OneLane) -> str:
    """All that went out."""
    return "".join(piece["content"] for piece in lane.values(CLEARED))


def give_all(lane: OneLane, events: list[dict[str, Any]]) -> OneLane:
    """The lane after these events."""
    for event in events:
        lane.give(event)
    return lane


def code_of(lane: OneLane) -> str:
    """Why the last chunk was quarantined."""
    return str(lane.values(HELD)[-1]["reason_code"])


def test_clean_stream_goes_out_piece_by_piece_and_whole() -> None:
    lane = give_all(OneLane(), chunks(LONG, 300, 300, 300))

    pieces = lane.values(CLEARED)
    assert cleared_text(lane) == LONG
    assert [piece["sequence"] for piece in pieces] == list(range(len(pieces)))
    assert [piece["final"] for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert {piece["output_safety_decision"] for piece in pieces} == {"ALLOW"}
    assert lane.state.streams == {} and lane.values(HELD) == []


def test_value_that_is_split_over_chunks_is_redacted() -> None:
    text = f"{LONG}The token is {TOKEN} and this is the end. {LONG}"
    at = text.index(TOKEN)
    lane = give_all(OneLane(), chunks(text, at + 7, 9, 11))

    assert cleared_text(lane) == text.replace(TOKEN, "[REDACTED]")
    found = [finding for piece in lane.values(CLEARED) for finding in piece["findings"]]
    assert [(finding["type"], finding["start"], finding["end"]) for finding in found] == [
        ("GITHUB_TOKEN", at, at + len(TOKEN))
    ]


@given(sizes=st.lists(st.integers(1, 60), min_size=4, max_size=40), seed=st.integers(0, 1_000))
@MODEST
def test_order_of_arrival_and_sizes_change_nothing(sizes: list[int], seed: int) -> None:
    text = f"{LONG[:400]}token {TOKEN} ends. {LONG[:300]}"
    events = chunks(text, *sizes)
    shuffled = random.Random(seed).sample(events, len(events))

    lane = give_all(OneLane(), shuffled)

    assert cleared_text(lane) == text.replace(TOKEN, "[REDACTED]")
    assert len(lane.values(AUDIT.name)) == len(events)
    assert lane.state.streams == {}


@given(sizes=st.lists(st.integers(1, 80), min_size=3, max_size=20), data=st.data())
@MODEST
def test_restart_between_chunks_changes_nothing(sizes: list[int], data: st.DataObject) -> None:
    text = f"{LONG[:300]}token {TOKEN} ends. {LONG[:200]}"
    events = chunks(text, *sizes)
    steady, shaken = give_all(OneLane(), events), OneLane()
    log: list[tuple[str, bytes | None]] = []
    for event in events:
        shaken.give(event)
        log += shaken.state.take_changes(shaken.now_ms)
        if data.draw(st.booleans()):
            again = restored(log)
            assert facts_of(again) == facts_of(shaken.state)
            shaken.state = again

    assert cleared_text(shaken) == cleared_text(steady) == text.replace(TOKEN, "[REDACTED]")


def test_repeated_chunk_goes_out_once_and_other_content_is_a_conflict() -> None:
    events = chunks(LONG, 300, 300)
    lane = give_all(OneLane(), [event for event in events for _ in range(2)])
    lane.give({**events[1], "content": "something else"})

    assert cleared_text(lane) == LONG
    kinds = [record["kind"] for record in lane.values(AUDIT.name)]
    assert kinds.count("duplicate") == len(events) and kinds.count("conflict") == 1


def test_text_of_an_open_stream_is_sealed_in_the_state() -> None:
    lane = OneLane()
    lane.give(output("o1", f"my token {TOKEN}", sequence=0))

    written = b"".join(value or b"" for _, value in lane.state.take_changes(lane.now_ms))

    assert TOKEN.encode() not in written and b"my token" not in written


def test_private_key_closes_the_stream_and_nothing_of_it_leaves() -> None:
    lane = give_all(OneLane(), chunks(f"{LONG}{PRIVATE_KEY}{'A' * 600}{LONG}", *[50] * 30))

    assert "PRIVATE" not in cleared_text(lane) and "MIIE" not in cleared_text(lane)
    assert lane.values(HELD)[0]["reason_code"] in {
        GateReason.STREAM_VALUE_TOO_LONG,
        GateReason.STREAM_LATE_FINDING,
        "rule_matched",
    }
    assert {entry["reason_code"] for entry in lane.values(HELD)[1:]} == {GateReason.STREAM_CLOSED}
    assert lane.state.streams == {}


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([output("o1", {"a": 1}, sequence=0)], GateReason.CHUNKS_UNSUPPORTED),
        ([output("o1", "text", final=True)], GateReason.CHUNKS_UNSUPPORTED),
        ([output("o1", '{"finance": {"margin": 1', sequence=0)], GateReason.CHUNKS_UNSUPPORTED),
        ([output("o1", " \n", sequence=0), output("o1", '[{"a":', sequence=1)], GateReason.CHUNKS_UNSUPPORTED),
        ([output("o1", " " * 900, sequence=0), output("o1", '{"a":', sequence=1)], GateReason.CHUNKS_UNSUPPORTED),
        ([output("o1", "\ufeff", sequence=0), output("o1", '{"a":', sequence=1)], GateReason.CHUNKS_UNSUPPORTED),
        ([output("o1", "a", sequence=0), output("o1", "b", sequence=1, audience="public")], GateReason.STREAM_BROKEN),
        ([output("o1", "a", sequence=2, final=True), output("o1", "b", sequence=3)], GateReason.STREAM_BROKEN),
        ([output("o1", "a", sequence=3), output("o1", "b", sequence=2, final=True)], GateReason.STREAM_BROKEN),
        ([output("o1", "a", sequence=n) for n in range(1, MAX_WAITING + 2)], GateReason.STREAM_OVERFULL),
        ([output("o1", "x " * 40_000, sequence=1)], GateReason.STREAM_OVERFULL),
        ([output("o1", "a", sequence=0, final=True), output("o1", "b", sequence=1)], GateReason.STREAM_CLOSED),
    ],
)
def test_chunks_that_make_no_sense_close_the_stream(events: list[dict[str, Any]], code: GateReason) -> None:
    lane = give_all(OneLane(), events)

    assert code_of(lane) == code
    assert lane.state.streams == {}
    lane.give(output("o1", "more", sequence=99))
    assert code_of(lane) == GateReason.STREAM_CLOSED


def test_stream_that_never_ends_is_closed_after_its_timeout() -> None:
    lane = OneLane()
    lane.give(output("o1", "the beginning", sequence=0))
    due_ms = lane.state.next_due_ms()
    assert due_ms == NOW_MS + lane.gate.terms.limits.stream_timeout_ms
    assert lane.expire() == []
    lane.now_ms = due_ms

    lane.expire()

    (told,) = [record for record in lane.values(AUDIT.name) if record["kind"] == "stream_expired"]
    assert (told["output_id"], told["next_sequence"], told["source"]) == ("o1", 1, None)
    assert lane.state.streams == {} and lane.state.next_due_ms() is None and cleared_text(lane) == ""
    lane.give(output("o1", "the end", sequence=1, final=True))
    assert code_of(lane) == GateReason.STREAM_CLOSED


def test_each_chunk_gives_the_stream_new_time() -> None:
    lane = OneLane()
    lane.give(output("o1", "one ", sequence=0))
    lane.now_ms += 1000
    lane.give(output("o1", "two ", sequence=1))

    assert lane.state.next_due_ms() == lane.now_ms + lane.gate.terms.limits.stream_timeout_ms


def test_open_streams_of_an_agent_are_bounded() -> None:
    lane = OneLane(Gate(Terms(bundle_of(), SCANNER, SAMPLE_KEY, Limits(streams_per_agent=2))))
    for number in range(3):
        lane.give(output(f"o{number}", "text", sequence=0))
    lane.give(output("o9", "text", sequence=0, agent="agent-2"))

    assert [entry["reason_code"] for entry in lane.values(HELD)] == [GateReason.TOO_MANY_STREAMS]
    assert len(lane.state.streams) == 3


def test_kill_switch_closes_a_stream() -> None:
    lane = OneLane()
    lane.give(output("o1", LONG, sequence=0))
    entry = kill_entry("agent", "agent-1", reason="an incident", by="ana", at_ms=NOW_MS)
    lane.gate = Gate(Terms(bundle_of(), SCANNER, SAMPLE_KEY, sealer=lane.gate.terms.sealer, kill=KillSwitch([entry])))
    before = cleared_text(lane)

    lane.give(output("o1", LONG, sequence=1, final=True))

    assert code_of(lane) == GateReason.KILLED and cleared_text(lane) == before


def test_stream_whose_state_cannot_be_read_is_closed() -> None:
    lane = OneLane()
    lane.give(output("o1", "text", sequence=0))
    lane.gate = gate_of(is_sealing=False)

    lane.give(output("o1", "more", sequence=1))

    assert code_of(lane) == GateReason.STREAM_BROKEN and lane.state.streams == {}
