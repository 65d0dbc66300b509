"""What policy says: decisions, reason codes and verdicts, with the order of strictness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, Protocol

from policies.approval_documents import ApprovalClass
from policies.workflow_progress import Grant, Progress


class Decision(StrEnum):
    """What may happen to a proposed action, mildest first."""

    ALLOW = "ALLOW"
    ALLOW_WITH_CONSTRAINTS = "ALLOW_WITH_CONSTRAINTS"
    REQUIRE_APPROVAL = "REQUIRE_APPROVAL"
    DENY = "DENY"

    @property
    def strictness(self) -> int:
        """0 for the mildest; a larger number wins over a smaller one."""
        return _STRICTNESS[self]

    @property
    def word(self) -> str:
        """The decision as policy documents write it, such as `require_approval`."""
        return self.value.lower()


_STRICTNESS = {decision: rank for rank, decision in enumerate(Decision)}


class OutputDecision(StrEnum):
    """What may happen to an agent's output, mildest first."""

    ALLOW = "ALLOW"
    REDACT = "REDACT"
    QUARANTINE = "QUARANTINE"

    @property
    def strictness(self) -> int:
        """0 for the mildest; a larger number wins over a smaller one."""
        return _OUTPUT_STRICTNESS[self]


_OUTPUT_STRICTNESS = {decision: rank for rank, decision in enumerate(OutputDecision)}


class FindingAction(StrEnum):
    """How a finding is taken out of an output, the least that stays readable last."""

    PARTIAL = "partial"
    TOKEN = "token"  # noqa: S105 - a placeholder in the text, no credential
    MASK = "mask"
    REMOVE_FIELD = "remove_field"

    @property
    def strictness(self) -> int:
        """0 for the action that leaves most of the text."""
        return _ACTION_STRICTNESS[self]


_ACTION_STRICTNESS = {action: rank for rank, action in enumerate(FindingAction)}


class ReasonCode(StrEnum):
    """Why a verdict is what it is; each code has an entry in docs/policy.md."""

    RULE_MATCHED = "rule_matched"
    NO_RULE_MATCHED = "no_rule_matched"
    NO_POLICY = "no_policy"
    FIELD_MISSING = "field_missing"
    EVALUATION_FAILED = "evaluation_failed"
    CONSTRAINT_EXCEEDED = "constraint_exceeded"
    CONSTRAINT_CONFLICT = "constraint_conflict"
    AUTONOMY_LEVEL_UNDEFINED = "autonomy_level_undefined"
    WORKFLOW_NOT_STARTED = "workflow_not_started"
    WORKFLOW_OUT_OF_ORDER = "workflow_out_of_order"
    WORKFLOW_IN_PROGRESS = "workflow_in_progress"
    WORKFLOW_APPROVAL = "workflow_approval"
    WORKFLOW_UNDECIDED = "workflow_undecided"
    NO_FINDINGS = "no_findings"
    FIELD_RULE_MATCHED = "field_rule_matched"
    FIELDS_IN_TEXT = "fields_in_text"
    LIMIT_EXCEEDED = "limit_exceeded"


Amount = int | float | Decimal
"""A number of an event; a Decimal stays exact."""

NO_CONSTRAINTS: Mapping[str, object] = MappingProxyType({})
NO_SOURCES: Mapping[str, tuple[str, ...]] = MappingProxyType({})
NO_RUNS: Mapping[str, Progress] = MappingProxyType({})


class Derived(NamedTuple):
    """What the gate itself knows about an action, so that no agent can claim it.

    `autonomy_level` is the agent's level from its record (0 without one), `first_time` that (agent, tool, topic) was
    never seen, `retry_count` how often the gate counted this action, `session_tainted` that the agent has just read
    untrusted or sensitive content (None when the gate does not know). `velocity` has a pair (seconds of the window,
    actions) for each window that the bundle asks for (`Bundle.velocity_windows`): how many actions of this agent and
    class the gate saw in it before this one. A window that is not there is unknown. `workflows` has how far the runs of
    the action's session have come, by the names of the workflows that its topic concerns; one that is not there has no
    run.
    """

    autonomy_level: int
    first_time: bool
    retry_count: int
    session_tainted: bool | None = None
    velocity: Sequence[Sequence[int]] = ()
    workflows: Mapping[str, Progress] = NO_RUNS


class Facts(NamedTuple):
    """The values a verdict was based on, after action classes and defaults; None means unknown.

    A named tuple, not a dataclass: one is built per decision and this costs a third.
    `risk_tags` is the union of claimed and derived tags; `certain_tags` are those that can satisfy a condition for
    certain (the operator's, where a class names them), so that a claimed tag can never make a verdict milder.
    """

    topic: str
    tool: str | None
    agent_id: str | None
    tenant_id: str | None
    environment: str | None
    risk_tags: tuple[str, ...] | None
    certain_tags: tuple[str, ...] | None
    confidence: Amount | None
    anomaly_score: Amount | None
    retry_count: Amount
    amount_usd: Amount | None
    affected_users: Amount | None
    first_time_action: bool
    customer_facing: bool | None
    reversible: bool | None
    session_tainted: bool | None
    velocity: Sequence[Sequence[int]]
    labels: Mapping[str, object] | None
    class_name: str | None
    owner: str | None
    risk: str | None
    ambiguity: str | None
    event: Mapping[str, object]
    """The whole event, for expressions; it may hold anything."""


class Stage(NamedTuple):
    """What a workflow says about an action; `step` is None where the action would begin it.

    `grants` are what a yes of people settles so that the step is next, each a step and, for an open condition, the
    branch that it takes; `approvers` people have to agree, within `timeout_s` seconds, and then the next team is asked
    where it `escalates`.
    """

    workflow: str
    document: str
    step: str | None
    decision: Decision = Decision.ALLOW
    reason: str = ""
    reason_code: ReasonCode = ReasonCode.RULE_MATCHED
    constraints: Mapping[str, object] = NO_CONSTRAINTS
    remediation: str | None = None
    grants: Sequence[Grant] = ()
    approvers: int = 1
    timeout_s: int | float | None = None
    escalates: bool = False

    @property
    def rule_id(self) -> str:
        """The step as decisions name it."""
        return f"{self.document}/trigger" if self.step is None else f"{self.document}/steps/{self.step}"


class Known(Protocol):
    """What a bundle knows about the kind of an action: enough to settle its facts."""

    def facts(self, event: Mapping[str, object], derived: Derived) -> Facts: ...

    def risk_tags(self, event: Mapping[str, object]) -> tuple[str, ...] | None: ...


class Verdict(NamedTuple):
    """What policy decided about one action, and on what grounds.

    A named tuple for the same reason as `Facts`.

    `constraints` holds JSON values and travels with ALLOW_WITH_CONSTRAINTS and, after approval, REQUIRE_APPROVAL.
    `rule_id` and `document` are None when no single rule decided. `missing` names the event fields whose absence shaped
    the verdict. `class_name` is the operator's action class, None when no class matched. `must_audit` says that a
    `mandatory` match of the audit document holds, or may. `approval` is the strictest approval class that a rule which
    asks for approval, the action's class or its quadrant names. `constraint_sources` gives the ids of the rules that
    each constraint comes from. `stage` is what a workflow says about the action, None where none is concerned. The last
    three fields are what `facts` is made from.
    """

    decision: Decision
    reason: str
    reason_code: ReasonCode
    autonomy_level: int
    rule_id: str | None = None
    document: str | None = None
    constraints: Mapping[str, object] = NO_CONSTRAINTS
    remediation: str | None = None
    missing: tuple[str, ...] = ()
    class_name: str | None = None
    must_audit: bool = True
    approval: ApprovalClass | None = None
    constraint_sources: Mapping[str, tuple[str, ...]] = NO_SOURCES
    stage: Stage | None = None
    known: Known | None = None
    event: Mapping[str, object] | None = None
    derived: Derived | None = None

    @property
    def facts(self) -> Facts | None:
        """The values of the event that policy reads, settled anew at each call; None when they cannot be read.

        They cost more than the decision, which reads only those that can change it.
        """
        if self.event is None or self.derived is None or self.known is None:
            return None
        try:
            return self.known.facts(self.event, self.derived)
        except (TypeError, ValueError):
            return None

    @property
    def risk_tags(self) -> tuple[str, ...] | None:
        """Claimed and derived risk tags together, None when unknown; costs less than all facts."""
        if self.event is None or self.known is None:
            return None
        try:
            return self.known.risk_tags(self.event)
        except (TypeError, ValueError):
            return None

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in zip(_SHOWN, self, strict=False))
        return f"Verdict({shown})"  # without the event, which may hold anything


_SHOWN = Verdict._fields[: Verdict._fields.index("known")]


class FindingLike(Protocol):
    """The part of a detector's finding that policy reads; `field` is None or empty for plain text."""

    @property
    def type(self) -> str: ...

    @property
    def family(self) -> str: ...

    @property
    def field(self) -> str | None: ...

    @property
    def score(self) -> float: ...


@dataclass(frozen=True, slots=True)
class FindingVerdict:
    """What happens to one finding; `action` is None unless the decision is REDACT."""

    decision: OutputDecision
    action: FindingAction | None
    reason: str
    reason_code: ReasonCode
    rule_id: str | None = None
    document: str | None = None


class FieldRemoval(NamedTuple):
    """A field to take out of an output's content, as a concrete path such as `items[3].note`, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class OutputVerdict:
    """What policy decided about one output.

    `findings` has one entry per finding given, in the same order. `remove_fields` are disjoint concrete paths in the
    order of the content. `reasons` are all distinct reasons, strictest first; `reason` is the first of them.
    """

    decision: OutputDecision
    reason: str
    reason_code: ReasonCode
    rule_id: str | None = None
    document: str | None = None
    findings: Sequence[FindingVerdict] = ()
    remove_fields: tuple[FieldRemoval, ...] = ()
    reasons: tuple[str, ...] = ()
