"""What `penstock tail` shows of a record, and what it never shows without being told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from penstock.printing import printable
from penstock.record_view import line_of, view_record
from streams.topics import (
    ACTIONS_CLEARED,
    ACTIONS_OUTCOMES,
    ACTIONS_PROPOSED,
    APPROVALS_REQUESTED,
    AUDIT,
    DEADLETTERS,
    OUTPUTS_CLEARED,
    OUTPUTS_PRODUCED,
    POLICIES,
    QUARANTINE,
    SAMPLES,
    STATE,
    Topic,
)

SECRET = "the secret payload"
ACTION = {
    "action_id": "a1",
    "agent_id": "agent-1",
    "topic": "job.x",
    "tool": "t",
    "arguments": {"note": SECRET},
    "reasoning": SECRET,
    "context": [SECRET],
    "labels": {"note": SECRET},
    SECRET: SECRET,
}
DECISION = {"decision": "DENY", "reason_code": "rule_matched", "rule_id": "r1", "reason": "no"}


@dataclass(frozen=True, slots=True)
class Record:
    """A consumed record, as far as views read it."""

    value: bytes | None
    key: bytes | None = b"agent-1"
    headers: tuple[tuple[str, bytes], ...] = ()
    partition: int = 3
    offset: int = 42
    timestamp: int = 1_700_000_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """A record that holds payload, and what its line must say nevertheless."""

    topic: Topic
    value: Any
    says: str
    key: bytes = b"agent-1"
    headers: tuple[tuple[str, bytes], ...] = field(default=())

    def record(self) -> Record:
        """The record."""
        raw = self.value if isinstance(self.value, bytes) else orjson.dumps(self.value)
        return Record(raw, self.key, self.headers)


CASES = [
    Case(ACTIONS_PROPOSED, ACTION, "action=a1 topic=job.x tool=t", headers=(("x-note", SECRET.encode()),)),
    Case(ACTIONS_CLEARED, {"action": ACTION, "decision": DECISION}, 'DENY rule_matched rule=r1 "no" action=a1'),
    Case(APPROVALS_REQUESTED, {"hold_id": "h1", "action": ACTION, "decision": DECISION}, "hold=h1"),
    Case(SAMPLES, {"action": ACTION, "decision": DECISION}, "action=a1"),
    Case(APPROVALS_REQUESTED, {"hold_id": "h1", "summary": {"action_id": "a1", "topic": "job.x"}, "action": None,
                               "payload": {"ciphertext": SECRET}}, "action=a1 topic=job.x hold=h1"),
    Case(APPROVALS_REQUESTED, {"second_review_id": "h1", "summary": {"action_id": "a1"}, "action": None,
                               "payload": {"ciphertext": SECRET}}, "action=a1 second_review=h1"),
    Case(SAMPLES, {"sample_id": "s1", "summary": {"action_id": "a1"}, "action": None,
                   "payload": {"ciphertext": SECRET}}, "action=a1 sample=s1"),
    Case(ACTIONS_OUTCOMES, {"action_id": "a1", "status": "failure", "detail": SECRET}, "action=a1 failure"),
    Case(OUTPUTS_PRODUCED, {"output_id": "o1", "content": SECRET, "extra": SECRET}, "output=o1"),
    Case(OUTPUTS_CLEARED, {"output_id": "o1", "output_safety_decision": "ALLOW", "content": SECRET}, "ALLOW output=o1"),
    Case(QUARANTINE, {"output_id": "o1", "output_safety_decision": "QUARANTINE", "payload": {"ciphertext": SECRET}},
         "QUARANTINE output=o1"),
    Case(STATE, {"hold_id": "h1", "action": ACTION, "decision": DECISION}, "action=a1", key=b"hold/h1"),
    Case(STATE, SECRET.encode(), "bytes", key=b"verdicts/7"),
    Case(POLICIES, {"rules": SECRET}, "bytes", key=b"bundle/abc"),
    Case(DEADLETTERS, SECRET.encode(), "dead letter not_json from t/1/2",
         headers=(("gate.errors.code", b"not_json"), ("gate.errors.topic", b"t"), ("gate.errors.partition", b"1"),
                  ("gate.errors.offset", b"2"))),
    Case(ACTIONS_PROPOSED, SECRET.encode(), "bytes"),
    Case(ACTIONS_PROPOSED, [SECRET], "bytes"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic.name}-{case.says[:12]}")
def test_payload_is_withheld_and_the_line_still_says_what_happened(case: Case) -> None:
    view = view_record(case.topic, case.record(), with_payload=False)
    assert SECRET not in orjson.dumps(view.to_json()).decode()
    assert view.withheld
    line = line_of(view)
    assert case.says in line
    assert line.startswith("2023-11-14T22:13:20.000Z ")
    assert "3:42" in line


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic.name}-{case.says[:12]}")
def test_payload_is_shown_when_it_is_asked_for(case: Case) -> None:
    view = view_record(case.topic, case.record(), with_payload=True)
    assert SECRET in orjson.dumps(view.to_json()).decode()
    assert view.withheld == ()


def test_an_audit_record_is_shown_whole() -> None:
    value = {"seq": 7, "prev": "0" * 64, "kind": "decision", "action_id": "a1", "decision": DECISION}
    view = view_record(AUDIT, Record(orjson.dumps(value)), with_payload=False)
    assert (view.value, view.withheld) == (value, ())
    assert '#7 decision action=a1 DENY rule_matched rule=r1 "no"' in line_of(view)


def test_a_request_for_promotion_names_what_a_review_names() -> None:
    value = {"promotion_id": "p1", "agent_id": "agent-1", "level": 0}
    assert "promotion=p1" in line_of(view_record(APPROVALS_REQUESTED, Record(orjson.dumps(value)), with_payload=False))


def test_an_activation_and_a_tombstone_have_lines() -> None:
    value = {"snapshot": "f" * 64, "short": "v1:ffffff", "activated_by": "me", "reason": "why"}
    assert line_of(view_record(POLICIES, Record(orjson.dumps(value), b"active"), with_payload=False)).endswith(
        "active v1:ffffff by me: why"
    )
    assert line_of(view_record(STATE, Record(None, b"hold/h1"), with_payload=False)).endswith("hold/h1 removed")


def test_bytes_that_are_no_text_are_shown_as_base64() -> None:
    assert view_record(DEADLETTERS, Record(b"\xff"), with_payload=True).value == {"base64": "/w=="}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢", "plain é 漢"),
        ("\x1b[2J", "\\u001b[2J"),
        ("a\nb", "a\\u000ab"),
        ("\u202eabc", "\\u202eabc"),
        ("\U000e0041", "\\udb40\\udc41"),
    ],
)
def test_nothing_that_a_terminal_would_obey_is_printed(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_printable_json_is_still_the_same_json() -> None:
    value = {"note": "\u202e\x1b\U000e0041 fine"}
    text = printable(orjson.dumps(value).decode())
    assert text.isprintable()
    assert orjson.loads(text) == value
