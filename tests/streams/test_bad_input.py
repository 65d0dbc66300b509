"""Whatever arrives, it is decided or put aside, and nothing of it leaks."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec import DeadLetterCode, DecodeError, decode_object, sha256_hex
from streams.effects import Step
from streams.gate import MAX_VALUE_BYTES
from streams.intake import Event, Rejected
from streams.topics import ACTIONS_CLEARED, AUDIT, DEADLETTERS
from tests.streams.bad_input import FINE, MARKER, ROWS, Bad, topic_of
from tests.streams.samples import MODEST, OneLane, action, topics_of, values

BY_NAME = [pytest.param(bad, id=bad.name) for bad in ROWS]
LARGE_KEY_BYTES = 56 * 1024


def read(lane: OneLane, bad: Bad) -> object:
    """What the reader makes of a row."""
    return lane.read(bad.value, topic=topic_of(bad), key=bad.key, headers=bad.headers)


def rejected(lane: OneLane, bad: Bad) -> Step:
    """The step on a row that the reader rejects."""
    intake = read(lane, bad)
    assert isinstance(intake, Rejected)
    return lane.step(intake)


def test_table_is_large_enough_and_its_names_differ() -> None:
    assert len(ROWS) >= 70
    assert len({bad.name for bad in ROWS}) == len(ROWS)


def test_table_has_every_code_that_a_single_record_can_have() -> None:
    # The others need a forwarded record or a step that failed; they have tests of their own.
    elsewhere = {DeadLetterCode.MISROUTED, DeadLetterCode.STEP_FAILED, DeadLetterCode.RELEASE_TOO_LARGE}

    assert {bad.code for bad in ROWS} == set(DeadLetterCode) - elsewhere


@pytest.mark.parametrize("bad", BY_NAME)
def test_bad_record_is_rejected_under_its_code(bad: Bad) -> None:
    intake = read(OneLane(), bad)

    assert isinstance(intake, Rejected)
    assert (intake.code, intake.key, intake.value) == (bad.code, bad.key, bad.value)


@pytest.mark.parametrize("bad", BY_NAME)
def test_bad_record_becomes_one_dead_letter_and_one_audit_record(bad: Bad) -> None:
    step = rejected(OneLane(), bad)

    letter, audit = step.effects
    headers = dict(letter.headers)
    assert (letter.topic, audit.topic) == (DEADLETTERS.name, AUDIT.name)
    assert letter.partition == 0
    assert headers["gate.errors.topic"] == topic_of(bad).encode()
    assert headers["gate.errors.partition"] == b"0"
    assert headers["gate.errors.offset"] == b"0"
    assert headers["gate.errors.stage"] == b"intake"
    assert headers["gate.errors.code"] == bad.code.value.encode()
    assert headers["gate.errors.sha256"] == sha256_hex(bad.value or b"").encode()
    if len(bad.value or b"") <= MAX_VALUE_BYTES:
        assert letter.value == (bad.value or b"")
    else:
        assert (letter.value, headers["gate.errors.value_omitted"]) == (b"", b"%d" % len(bad.value or b""))
    assert letter.key == (None if len(bad.key or b"") > LARGE_KEY_BYTES else bad.key)
    assert orjson.loads(audit.value or b"")["code"] == bad.code.value


@pytest.mark.parametrize("bad", BY_NAME)
def test_payload_of_a_bad_record_appears_nowhere_but_in_the_dead_letter(bad: Bad) -> None:
    lane = OneLane()
    intake = read(lane, bad)
    assert isinstance(intake, Rejected)
    step = lane.step(intake)

    letter, audit = step.effects
    seen = (letter.headers, audit, step.facts, intake.detail, lane.state)
    assert MARKER not in repr(seen)


@pytest.mark.parametrize("bad", BY_NAME)
def test_good_record_after_a_bad_one_is_decided(bad: Bad) -> None:
    lane = OneLane()
    rejected(lane, bad)

    step = lane.give(action())

    assert topics_of(step) == [ACTIONS_CLEARED.name, AUDIT.name]
    assert [record["seq"] for record in lane.values(AUDIT.name)] == [1, 2]


@pytest.mark.parametrize("bad", ROWS, ids=[bad.name for bad in ROWS])
def test_text_of_a_decode_error_never_quotes_the_value(bad: Bad) -> None:
    try:
        decode_object(bad.value or b"")
    except DecodeError as error:
        assert MARKER not in str(error)
        assert error.__cause__ is None
        assert error.__suppress_context__ or error.__context__ is None
    else:
        assert bad.value


@pytest.mark.parametrize("fine", FINE, ids=[fine.name for fine in FINE])
def test_record_at_the_edge_is_read(fine: Bad) -> None:
    assert isinstance(read(OneLane(), fine), Event)


def test_dead_letter_of_a_value_too_large_for_its_topic_says_so_and_keeps_the_digest() -> None:
    huge = replace(ROWS[0], value=b"x" * (MAX_VALUE_BYTES + 1), code=DeadLetterCode.TOO_LARGE)

    letter = rejected(OneLane(), huge).effects[0]

    headers = dict(letter.headers)
    assert letter.value == b""
    assert headers["gate.errors.value_omitted"] == b"%d" % (MAX_VALUE_BYTES + 1)
    assert headers["gate.errors.sha256"] == sha256_hex(huge.value or b"").encode()


def test_dead_letter_of_an_enormous_key_says_that_the_key_is_left_out() -> None:
    letter = rejected(OneLane(), next(bad for bad in ROWS if bad.name == "key of 100 KB")).effects[0]

    assert letter.key is None
    assert dict(letter.headers)["gate.errors.key_omitted"] == b"true"


def test_trace_of_a_bad_record_goes_along() -> None:
    trace = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    letter = rejected(OneLane(), replace(ROWS[-1], headers=(("traceparent", trace),))).effects[0]

    assert dict(letter.headers)["traceparent"] == trace


@pytest.mark.parametrize("text", [b"S3CR3T-MARKER", b"00-zz-zz-01", b"\xff" * 55, b"", b"0" * 55])
def test_trace_that_is_no_trace_is_not_carried_on(text: bytes) -> None:
    step = OneLane().give(action(), headers=(("traceparent", text),))

    assert all("traceparent" not in dict(effect.headers) for effect in step.effects)


@given(
    value=st.none() | st.binary(max_size=200),
    key=st.none() | st.binary(max_size=20),
    topic=st.sampled_from(sorted({topic_of(bad) for bad in ROWS})),
)
@MODEST
def test_no_bytes_make_the_reader_or_the_gate_raise(value: bytes | None, key: bytes | None, topic: str) -> None:
    lane = OneLane()

    step = lane.step(lane.read(value, topic=topic, key=key))

    assert topics_of(step)[-1] == AUDIT.name
    assert len(values(step.effects, AUDIT.name)) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    fields=st.dictionaries(
        st.sampled_from(["action_id", "agent_id", "topic", "tool", "risk_tags", "amount_usd", "labels", "deadline"]),
        JSON | st.sampled_from(["agent-1", "1.5", "2026-01-01T00:00:00Z"]),
    )
)
@MODEST
def test_no_json_makes_the_reader_or_the_gate_raise(fields: dict[str, object]) -> None:
    lane = OneLane()
    try:
        value = orjson.dumps({"action_id": "a", "agent_id": "b", "topic": "job.x"} | fields)
    except TypeError:  # an integer beyond 64 bit or a lone surrogate, which orjson does not write
        value = b"{}"

    step = lane.step(lane.read(value, topic=topic_of(ROWS[0])))

    assert len(values(step.effects, AUDIT.name)) == 1
