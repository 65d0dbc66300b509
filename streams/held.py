"""A held action as a lane keeps it: what was proposed, what would be carried out, and where it stands with people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from policies.approvals import Approval, plain
from streams.summary import summary_of


@dataclass(frozen=True, slots=True)
class Hold:
    """An action that waits for people.

    `action` is what would be carried out, with a reviewer's edits; `proposed_digest` is the digest of what the agent
    proposed, by which a repeated proposal is known. `decision` holds the action, with the digest and the constraints
    that count now; `summary` is what people may know of the action without opening it. `approval` is the JSON object of
    a `policies.approvals.Approval`: kept as such, so that a state that was read back is the one that was written.
    """

    hold_id: str
    agent_id: str
    action: dict[str, Any]
    decision: dict[str, Any]
    proposed_digest: str
    derived: dict[str, Any]
    opened_ms: int
    approval: dict[str, Any]
    summary: dict[str, Any]
    trace: str | None = None

    @property
    def digest(self) -> str:
        """The digest that a review must name."""
        return str(self.approval["digest"])

    @property
    def snapshot(self) -> str:
        """The full snapshot of the policy that holds it now."""
        return str(self.approval["snapshots"][-1])

    @property
    def due_ms(self) -> int:
        """When the present team's time is over."""
        return int(self.approval["due_ms"])

    @property
    def next_due_ms(self) -> int:
        """When time next changes something."""
        escalate_ms = self.approval["escalate_ms"]
        return self.due_ms if escalate_ms is None else min(self.due_ms, int(escalate_ms))

    def with_approval(self, approval: Approval) -> Hold:
        """The hold as people or time left it."""
        decision = {**self.decision, "constraints": plain(approval.constraints), "action_digest": approval.digest}
        return replace(self, decision=decision, approval=approval.to_json())

    def with_action(self, action: dict[str, Any], summary: dict[str, Any]) -> Hold:
        """The hold of an edited action, or of the same one under another policy, with what may be known of it."""
        return replace(self, action=action, summary=summary)

    def to_json(self) -> dict[str, Any]:
        """The hold as a JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Hold:
        """The hold that `to_json` gave, also one from before there were summaries."""
        return cls(**{"summary": summary_of(value["action"], None), **value})
