"""Refunds in a fixed order: the example with a workflow, and a lane in which one agent works by it."""

from __future__ import annotations

from typing import Any

from policies.bundle import load_bundle
from streams.effects import Step
from streams.gate import Gate
from streams.terms import Limits, Terms
from streams.topics import ACTIONS_CLEARED, APPROVALS_REQUESTED, AUDIT
from tests.policies.samples import EXAMPLES, sources
from tests.streams.samples import HOLD_MS, SAMPLE_KEY, SCANNER, OneLane, action, review, values

TRIGGER, ANALYZE, PAY, TELL = (
    "support.refund.requested", "job.support.analyze-refund", "job.support.process-refund",
    "job.support.tell-customer",
)  # fmt: skip
TOOLS = {TRIGGER: "open_case", ANALYZE: "read_orders", PAY: "issue_refund", TELL: "send_mail"}
TEXTS = sources(EXAMPLES / "refund_workflow")
SMALL, LARGE = {"amount": 40, "prior_refunds": 0}, {"amount": 400, "prior_refunds": 0}


def gate_with(**changes: tuple[str, str]) -> Gate:
    """A gate under the example, with texts replaced in the workflow (`flow`) or the rules (`rules`)."""
    texts = dict(TEXTS)
    for name, (old, new) in changes.items():
        file = {"flow": "customer-refund.yaml", "rules": "rules.yaml"}[name]
        assert old in texts[file]
        texts[file] = texts[file].replace(old, new)
    return Gate(Terms(load_bundle(texts), SCANNER, SAMPLE_KEY, Limits(hold_timeout_ms=HOLD_MS)))


class Desk:
    """A lane in which one agent works on refunds."""

    def __init__(self, gate: Gate | None = None) -> None:
        self.lane = OneLane(gate or gate_with())
        self.count = 0

    def propose(self, topic: str, *, session: str | None = "s-1", amount: int = 40, agent: str = "agent-1") -> str:
        """The reason code of the decision on an action of this topic, or how it goes out."""
        self.count += 1
        step = self.lane.give(
            action(
                f"a{self.count}",
                topic,
                agent=agent,
                tool=TOOLS[topic],
                arguments={"amount": amount, "n": self.count},
                session_id=session,
            )
        )
        decision = decision_of(step)
        return str(decision["reason_code"] if decision["decision"] != "ALLOW" else "ALLOW")

    def finish(self, result: dict[str, Any] | None, *, number: int | None = None, status: str = "success") -> Step:
        """The executor tells what became of an action, the latest unless told."""
        told = {"action_id": f"a{number or self.count}", "agent_id": "agent-1", "status": status}
        return self.lane.give(told if result is None else told | {"result": result})

    def decide(self, verdict: str = "approve", *, by: str = "ann") -> Step:
        """A person decides the latest request."""
        self.count += 1
        asked = self.lane.values(APPROVALS_REQUESTED.name)[-1]
        reviewer = {"id": by, "roles": ["senior_reviewer"]}
        return self.lane.give(review(asked, verdict, review_id=f"r{self.count}", reviewer=reviewer))

    @property
    def paid(self) -> int:
        """How many payments went out."""
        return sum(value["action"]["topic"] == PAY for value in self.lane.values(ACTIONS_CLEARED.name))

    def analyzed(self, result: dict[str, Any] | None, *, session: str | None = "s-1") -> Desk:
        """A case that was opened and looked into."""
        assert self.propose(TRIGGER, session=session) == "ALLOW"
        assert self.propose(ANALYZE, session=session) == "ALLOW"
        self.finish(result)
        return self


def decision_of(step: Step) -> dict[str, Any]:
    """The decision that a step put on the audit."""
    (record,) = values(step.effects, AUDIT.name)
    decision: dict[str, Any] = record["decision"]
    return decision


def changes_of(step: Step) -> list[tuple[str, str | None]]:
    """What a step's audit record says of runs."""
    (record,) = values(step.effects, AUDIT.name)
    return [(change["change"], change.get("step")) for change in record.get("workflow", ())]
