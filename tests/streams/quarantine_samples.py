"""A lane with people who review what it held back and what was drawn for audit: a directory, an evidence contract."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from policies.bundle import Bundle, load_bundle
from streams.action_step import decision_id
from streams.codec import action_digest
from streams.effects import Step
from streams.gate import Gate
from streams.review_signing import ReviewKeys
from streams.state import LaneState
from streams.topics import AUDIT, OUTPUTS_CLEARED, QUARANTINE
from tests.streams.approval_samples import audited
from tests.streams.samples import OUTPUT_RULES, PRIVATE_KEY, RULES, OneLane, action, gate_of, output, topics_of, values

CLEARED, HELD = OUTPUTS_CLEARED.name, QUARANTINE.name
PEOPLE = """
evidence_contract: {required_fields: [decision_ts]}
reviewers:
  ana: {roles: [reviewer]}
  sen: {roles: [senior_reviewer]}
  adm: {roles: [admin]}
  aud: {roles: [auditor, senior_reviewer]}
  ada: {roles: [auditor]}
  own: {roles: [senior_reviewer], agents: ["agent-1"]}
  ten: {roles: [senior_reviewer], tenants: [t-1]}
  vic: {roles: [viewer]}
"""
DIGEST = action_digest(action("a1"))
SAMPLE_ID = decision_id("agent-1", "a1", DIGEST)
# What is held back by a rule, and something that a rule would only redact.
TEXT = f"the key is\n{PRIVATE_KEY}\nkeep it"


def bundle_of_outputs(outputs: str = OUTPUT_RULES, *, people: str = PEOPLE) -> Bundle:
    """A bundle with these output rules and people."""
    texts = {"rules.yaml": RULES, "outputs.yaml": outputs, "people.yaml": people}
    return load_bundle({name: text for name, text in texts.items() if text})


class Ward:
    """A lane that holds outputs back, and people who review them."""

    def __init__(self, bundle: Bundle | None = None, *, keys: ReviewKeys | None = None, **gate: Any) -> None:
        self.lane = OneLane(gate_of(bundle or bundle_of_outputs(), **gate))
        self.change(review_keys=keys)
        self._reviews = 0

    @property
    def state(self) -> LaneState:
        """The lane's state."""
        return self.lane.state

    def change(self, **terms: Any) -> None:
        """Put other terms in force."""
        self.lane.gate = Gate(replace(self.lane.gate.terms, **terms))

    def hold(self, output_id: str = "o1", content: Any = TEXT, **more: Any) -> dict[str, Any]:
        """Say what is held back; gives the record of the quarantine."""
        step = self.lane.give(output(output_id, content, **more))
        (record,) = values(step.effects, HELD)
        return record

    def fields(self, record: dict[str, Any], name: str, verdict: str, **more: Any) -> dict[str, Any]:
        """A review as it goes out: with the record's own box where it releases."""
        self._reviews += 1
        made = {
            "review_id": f"r{self._reviews}",
            "target": {"kind": "output", "id": record["quarantine_id"]},
            "verdict": verdict,
            "reviewer": {"id": name},
            "digest": record["digest"],
            "policy_snapshot": record["policy_snapshot"],
            "reason": "I looked at it",
            "decided_at": "2027-01-15T08:00:05Z",
            "sealed": record["payload"] if verdict in ("release", "redact") else None,
        }
        return {key: value for key, value in (made | more).items() if value is not None}

    def review(self, record: dict[str, Any], name: str, verdict: str, **more: Any) -> Step:
        """Somebody's review of an output."""
        return self.lane.give(self.fields(record, name, verdict, **more))

    def released(self, record: dict[str, Any], name: str, verdict: str, **more: Any) -> dict[str, Any]:
        """What a review lets out; asserts that this and its audit record are all that it does."""
        step = self.review(record, name, verdict, **more)
        assert topics_of(step) == [CLEARED, AUDIT.name], audited(step)
        return values(step.effects, CLEARED)[0]

    def refusal(self, record: dict[str, Any], name: str, verdict: str, **more: Any) -> str:
        """The conflict that a review meets; nothing may change by it."""
        return self.refused(self.fields(record, name, verdict, **more))

    def refused(self, fields: dict[str, Any]) -> str:
        """The conflict that a review meets; nothing may change by it."""
        before = dict(self.state.quarantines.entries)
        step = self.lane.give(fields)
        assert topics_of(step) == [AUDIT.name]
        assert self.state.quarantines.entries == before
        record = audited(step)
        assert record["kind"] == "review_conflict"
        assert ("review_conflict", record["code"]) in step.facts
        return str(record["code"])


class Hearing:
    """A lane and people who judge one sample."""

    def __init__(self) -> None:
        self.lane = OneLane(gate_of(bundle_of_outputs()))
        self._reviews = 0

    def fields(self, name: str, verdict: str = "correct", **more: Any) -> dict[str, Any]:
        """A review as it goes out."""
        self._reviews += 1
        made = {
            "review_id": f"r{self._reviews}",
            "target": {"kind": "sample", "id": SAMPLE_ID},
            "verdict": verdict,
            "reviewer": {"id": name},
            "digest": DIGEST,
            "policy_snapshot": "v1:000000",
            "reason": "a note",
            "subject": {"agent_id": "agent-1", "action_id": "a1"},
        }
        return {key: value for key, value in (made | more).items() if value is not None}

    def review(self, name: str, verdict: str = "correct", **more: Any) -> Step:
        """Somebody's word."""
        return self.lane.give(self.fields(name, verdict, **more))

    def refusal(self, name: str, verdict: str = "correct", **more: Any) -> str:
        """The conflict that somebody's word meets."""
        step = self.review(name, verdict, **more)
        assert topics_of(step) == [AUDIT.name]
        record = audited(step)
        assert record["kind"] == "review_conflict"
        assert ("review_conflict", record["code"]) in step.facts
        return str(record["code"])
