"""Policy documents after loading: plain data, every value checked, nothing evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from detectors.severity import Severity
from policies.approval_documents import (
    ApprovalClass,
    EvidenceContract,
    FatigueControls,
    Person,
    QueuePolicy,
    Risk,
    Team,
    Timeout,
)
from policies.autonomy_documents import AutonomyRecords, CircuitBreaker
from policies.decisions import Decision, FindingAction, OutputDecision
from policies.expression_values import Expression
from policies.paths import Part, PathPattern

Number = int | float


@dataclass(frozen=True, slots=True)
class Match:
    """The conditions of a rule on an action: all of those given must hold; a tuple holds when one item does.

    `labels` are (name, values) pairs, all names must hold. None means the condition is not given.
    """

    topics: tuple[str, ...] | None = None
    risk_tags: tuple[str, ...] | None = None
    risk_tags_all: tuple[str, ...] | None = None
    agents: tuple[str, ...] | None = None
    tenants: tuple[str, ...] | None = None
    tools: tuple[str, ...] | None = None
    environments: tuple[str, ...] | None = None
    labels: tuple[tuple[str, tuple[str, ...]], ...] | None = None
    confidence_below: Number | None = None
    anomaly_score_above: Number | None = None
    retry_count_above: Number | None = None
    amount_usd_above: Number | None = None
    affected_users_above: Number | None = None
    first_time_action: bool | None = None
    customer_facing: bool | None = None
    reversible: bool | None = None
    session_tainted: bool | None = None
    velocity: Velocity | None = None
    at_least: AtLeast | None = None
    when: Expression | None = None
    given: tuple[str, ...] = field(init=False, compare=False, repr=False)
    """The names of the conditions that are given, in the order above."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "given", tuple(name for name in MATCH_FIELDS if getattr(self, name) is not None))


MATCH_FIELDS = tuple(entry.name for entry in fields(Match) if entry.init)


@dataclass(frozen=True, slots=True)
class Velocity:
    """More than `most` actions of one agent and class within `window_s` seconds, the proposed one counted."""

    most: int
    window_s: int


@dataclass(frozen=True, slots=True)
class AtLeast:
    """That at least `count` of these matches hold."""

    count: int
    of: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition and what it decides; `approval` is given with REQUIRE_APPROVAL only."""

    id: str
    match: Match
    decision: Decision
    reason: str
    constraints: Mapping[str, object]
    remediation: str | None
    approval: ApprovalClass | None = None


@dataclass(frozen=True, slots=True)
class RuleList:
    """A first-match list that votes or abstains.

    `kind` is `rules`, `invariants` (votes and never grants) or `autonomy`; `level` is given for autonomy only.
    """

    document: str
    kind: str
    rules: tuple[Rule, ...]
    level: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class PromotionCriteria:
    """What an agent's record must show before it rises one level; the rate is errors per action."""

    min_successful_actions: int
    max_error_rate: Number
    review_period_days: Number
    requires_human_sign_off: bool


@dataclass(frozen=True, slots=True)
class DemotionTriggers:
    """What lowers an agent's level; `error_rate_above` is errors per action, None when not given."""

    policy_violation: bool = False
    safety_incident: bool = False
    error_rate_above: Number | None = None


@dataclass(frozen=True, slots=True)
class Autonomy:
    """The autonomy document: levels in ascending order, and how agents move between them."""

    document: str
    levels: tuple[RuleList, ...]
    promotion: PromotionCriteria | None = None
    demotion: DemotionTriggers | None = None

    def level_for(self, level: int) -> RuleList | None:
        """The list for an agent's level: the highest defined one not above it, None when there is none."""
        found = None
        for candidate in self.levels:
            if candidate.level is not None and candidate.level <= level:
                found = candidate
        return found


@dataclass(frozen=True, slots=True)
class Sampling:
    """How many decisions are audited: `rate` 0..1, weights by risk tag that multiply it."""

    rate: Number
    is_stratified: bool
    tag_weights: Mapping[str, Number]


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit document; `routing` maps classes to teams and includes `default` when it is not empty."""

    document: str
    sampling: Sampling
    mandatory: tuple[Match, ...]
    routing: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Derivation:
    """A fact read from an action's arguments: the path as written and its parts below `arguments`."""

    fact: str
    text: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ActionClass:
    """What the operator knows about a kind of action; `facts` are constants, `derive` reads arguments.

    `taints_for_s` is how long an agent counts as tainted after such an action was released, seconds; None for not.
    """

    name: str
    topics: tuple[str, ...] | None
    tools: tuple[str, ...] | None
    risk_tags: tuple[str, ...] | None = None
    owner: str | None = None
    risk: str | None = None
    ambiguity: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    derive: tuple[Derivation, ...] = ()
    approval: ApprovalClass | None = None
    kpis: tuple[str, ...] = ()
    taints_for_s: Number | None = None


@dataclass(frozen=True, slots=True)
class Quadrant:
    """How tasks of a risk and an ambiguity are treated when no list decides: a rule of the operator's for each.

    `owner_role` owns what has no owner of its own; `kpis` are the measures by which people judge the treatment;
    `audit_weight` is how many times as often its actions are sampled.
    """

    document: str
    risk: str
    ambiguity: str
    rule: Rule
    owner_role: str | None = None
    kpis: tuple[str, ...] = ()
    audit_weight: Number = 1


@dataclass(frozen=True, slots=True)
class OutputMatch:
    """The conditions of an output rule; all of those given must hold, a tuple holds when one item does."""

    findings: tuple[str, ...] | None = None
    severities: tuple[Severity, ...] | None = None
    audiences: tuple[str, ...] | None = None
    topics: tuple[str, ...] | None = None
    fields: tuple[PathPattern, ...] | None = None
    tenants: tuple[str, ...] | None = None
    chunk_limit: int | None = None

    @property
    def is_about_output(self) -> bool:
        """Whether it judges an output for coming in too many chunks, whatever is found in it."""
        about_findings = (self.findings, self.severities, self.fields)
        return self.chunk_limit is not None and about_findings == (None, None, None)


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Terms to look for in outputs, and the type of what is found."""

    name: str
    type: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutputRule:
    """What happens to a finding that matches; `action` is given for REDACT only."""

    id: str
    document: str
    match: OutputMatch
    decision: OutputDecision
    action: FindingAction | None
    reason: str


@dataclass(frozen=True, slots=True)
class ClassRule:
    """Held actions that match are of the class and need so many people; of several rules the strictest counts."""

    match: Match
    approval_class: ApprovalClass
    approvers: int = 1


@dataclass(frozen=True, slots=True)
class Approvals:
    """The approval sections of a document, or of a whole bundle; None is a section that is not there."""

    queue: QueuePolicy | None = None
    routing: Mapping[str, str] | None = None
    fatigue: FatigueControls | None = None
    evidence: EvidenceContract | None = None
    timeouts: Mapping[Risk, Timeout] | None = None
    classes: tuple[ClassRule, ...] | None = None
    teams: Mapping[str, Team] | None = None
    people: Mapping[str, Person] | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """A way out of a condition step: when it is taken, and the step that comes next."""

    name: str
    when: Expression
    next: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a workflow; which fields are given depends on `kind`: action, condition or approval.

    `timeout_s` is in seconds; `on_timeout` is `deny` or `escalate`.
    """

    name: str
    kind: str
    topic: str | None = None
    depends_on: tuple[str, ...] = ()
    branches: tuple[Branch, ...] = ()
    reason: str | None = None
    timeout_s: int | float | None = None
    on_timeout: str | None = None
    constraints: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Workflow:
    """Steps that one trigger begins, in the order of their names; the order of the document has no meaning."""

    document: str
    name: str
    trigger: str
    steps: Mapping[str, Step]


@dataclass(frozen=True, slots=True)
class Activation:
    """What it takes to replace this policy; `needs_second_person` for what may let more happen."""

    needs_second_person: bool


@dataclass(frozen=True, slots=True)
class Document:
    """All that one file said."""

    name: str
    rule_lists: tuple[RuleList, ...] = ()
    autonomy: Autonomy | None = None
    audit: Audit | None = None
    action_classes: tuple[ActionClass, ...] | None = None
    defaults: Mapping[str, object] = field(default_factory=dict)
    output_rules: tuple[OutputRule, ...] | None = None
    field_rules: tuple[OutputRule, ...] | None = None
    dictionaries: tuple[Dictionary, ...] | None = None
    commitments: tuple[str, ...] | None = None
    tenant_identifiers: Mapping[str, tuple[str, ...]] | None = None
    approvals: Approvals | None = None
    autonomy_records: AutonomyRecords | None = None
    circuit_breakers: tuple[CircuitBreaker, ...] | None = None
    quadrants: tuple[Quadrant, ...] | None = None
    workflow: Workflow | None = None
    activation: Activation | None = None


def count_terms(document: Document) -> int:
    """How many terms a document names in all its dictionaries."""
    lists = [entry.terms for entry in document.dictionaries or ()]
    lists += [document.commitments or (), *(document.tenant_identifiers or {}).values()]
    return sum(map(len, lists))
