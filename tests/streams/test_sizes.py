"""Whatever the reader takes in can be written again: no event makes a step larger than its topics."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from streams.codec import DeadLetterCode
from streams.intake import MAX_REVIEW_BYTES, Event, Position, Reader, Rejected
from streams.output_step import MAX_FIELD_CHARS
from streams.state import LaneState
from streams.topics import AUDIT, OUTPUTS_CLEARED, QUARANTINE, RECORD_BYTES
from tests.streams import samples
from tests.streams.samples import (
    NOW_MS,
    TOKEN,
    TOPIC_OF,
    OneLane,
    action,
    bundle_of,
    gate_of,
    output,
    topics_of,
    values,
)

# The largest that the settings allow for an event, bytes.
LARGEST = 1024 * 1024


def event_of(kind: str, name: str, text: str) -> bytes:
    """An event of the largest size whose field `name` is as many copies of `text` in a list as fit."""
    fields = (action(topic="job.support.refund") if kind == "action" else output()) | {name: "@"}
    frame = json.dumps(fields).replace('"@"', "[@]")
    copies = (LARGEST - len(frame)) // (len(text.encode()) + 1)
    return frame.replace("@", ",".join([text] * copies)).encode()


@pytest.mark.parametrize("text", ["1e15", "1E9", "-1e15", "0.1e16", "[1e15]"])
@pytest.mark.parametrize(("kind", "name"), [("action", "context"), ("output", "content")])
def test_event_that_grows_beyond_the_limit_when_written_is_too_large(kind: str, name: str, text: str) -> None:
    position = Position(TOPIC_OF[kind], 0, 0)

    intake = Reader(1, LARGEST).read(position, key=None, value=event_of(kind, name, text), headers=())

    assert isinstance(intake, Rejected)
    assert intake.code is DeadLetterCode.TOO_LARGE


@pytest.mark.parametrize("text", ["0.5", '"\\u0001"', '"\\u00e9"', '"€"', "{}", '"x"', f'"{TOKEN}"', '{"a":"b"}', "1"])
@pytest.mark.parametrize(("kind", "name"), [("action", "context"), ("output", "content")])
def test_largest_event_fits_into_every_record_that_it_leads_to(kind: str, name: str, text: str) -> None:
    gate = gate_of(bundle_of(audit=samples.AUDIT))
    position = Position(TOPIC_OF[kind], 0, 0)
    intake = Reader(1, LARGEST).read(position, key=None, value=event_of(kind, name, text), headers=())
    assert isinstance(intake, Event)

    state = LaneState(0)
    step = gate.step(state, intake, NOW_MS)

    sizes = [len(effect.value or b"") for effect in step.effects]
    sizes += [len(value or b"") for _, value in state.take_changes(NOW_MS)]
    assert max(sizes) < RECORD_BYTES


@pytest.mark.parametrize("content", [{"k" * 2_000: [TOKEN] * 100}, {"\x01" * 2_000: [TOKEN] * 100}])
def test_output_whose_findings_have_endless_paths_is_held_back_without_them(content: Any) -> None:
    step = OneLane().give(output(content=content))

    assert topics_of(step) == [QUARANTINE.name, AUDIT.name]
    held = values(step.effects, QUARANTINE.name)[0]
    assert (held["reason_code"], held["findings"]) == ("scan_limit", [])
    assert ("fail_closed", "scan_limit") in step.facts


def test_paths_at_their_limit_are_written() -> None:
    content = {"k" * 1000: [TOKEN] * 60}

    step = OneLane().give(output(content=content))

    result = orjson.loads(step.effects[0].value or b"")
    assert result["output_safety_decision"] == "REDACT"
    assert sum(len(finding["field"]) for finding in result["findings"]) <= MAX_FIELD_CHARS


def read(kind: str, value: bytes) -> Event | Rejected:
    """A record as the reader takes it in under the largest setting for events."""
    intake = Reader(1, LARGEST).read(Position(TOPIC_OF[kind], 0, 0), key=None, value=value, headers=())
    assert isinstance(intake, Event | Rejected)
    return intake


def test_review_brings_the_largest_output_back_with_the_longest_reason() -> None:
    gate, state = gate_of(), LaneState(0)
    frame = len(orjson.dumps(output(content="")))
    text = f"{samples.PRIVATE_KEY}\n"
    content = text + "x" * (LARGEST - frame - len(orjson.dumps(text)) + 2)
    given = orjson.dumps(output(content=content))
    assert len(given) == LARGEST
    held = read("output", given)
    assert isinstance(held, Event)
    record = values(gate.step(state, held, NOW_MS).effects, QUARANTINE.name)[0]
    value = orjson.dumps(
        {
            "review_id": "r1",
            "target": {"kind": "output", "id": record["quarantine_id"]},
            "verdict": "release",
            "reviewer": {"id": "sen", "roles": ["senior_reviewer"]},
            "digest": record["digest"],
            "policy_snapshot": record["policy_snapshot"],
            "reason": "\U0001f50d" * 100_000,
            "sealed": record["payload"],
        }
    )

    review = read("review", value)

    assert LARGEST < len(value) < MAX_REVIEW_BYTES
    assert isinstance(review, Event)
    step = gate.step(state, review, NOW_MS)
    assert values(step.effects, OUTPUTS_CLEARED.name)[0]["content"] == content
    assert max(len(effect.value or b"") for effect in step.effects) < RECORD_BYTES


def review_of(size_bytes: int, *, beside_bytes: int = 1000) -> bytes:
    """A review of so many bytes, all but `beside_bytes` of them a sealed box."""
    fields = samples.review({"hold_id": "h", "digest": "d", "policy_snapshot": "p"})
    box = {"algorithm": "a", "key_id": "k", "salt": "s", "ciphertext": "x" * (size_bytes - beside_bytes)}
    given = {**fields, "sealed": box, "context": ""}
    missing = size_bytes - len(orjson.dumps(given))
    return orjson.dumps({**given, "context": "x" * missing})


def test_review_may_have_so_many_bytes_with_its_box_and_not_one_more() -> None:
    assert isinstance(read("review", review_of(MAX_REVIEW_BYTES)), Event)
    refused = read("review", review_of(MAX_REVIEW_BYTES + 1))
    assert isinstance(refused, Rejected)
    assert refused.code is DeadLetterCode.TOO_LARGE


def test_review_may_have_as_many_bytes_beside_its_box_as_an_event_and_not_one_more() -> None:
    size = MAX_REVIEW_BYTES - 1000
    assert isinstance(read("review", review_of(size, beside_bytes=LARGEST)), Event)
    refused = read("review", review_of(size, beside_bytes=LARGEST + 1))
    assert isinstance(refused, Rejected)
    assert refused.code is DeadLetterCode.TOO_LARGE


def test_edit_that_grows_beyond_the_limit_when_written_is_too_large() -> None:
    given = samples.review({"hold_id": "h", "digest": "d", "policy_snapshot": "p"}, "modify", arguments={"n": "@"})
    value = orjson.dumps(given).replace(b'"@"', b"[" + b",".join([b"1e15"] * (LARGEST // 6)) + b"]")
    assert len(value) < LARGEST

    refused = read("review", value)

    assert isinstance(refused, Rejected)
    assert refused.code is DeadLetterCode.TOO_LARGE
