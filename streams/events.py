"""Wire models: what Penstock reads (open: unknown fields are ignored), and the vocabulary of what it writes.

Numbers are finite, identifiers are short and printable, amounts are exact decimals. A claimed amount may be a JSON
number or a string; a number of 1e15 or more must be a string, because a double would not hold its cents.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

# Identifiers travel as keys and headers; longer ones are a mistake. Characters.
MAX_ID_CHARS: Final = 256
# Largest claimed amount as a JSON number: beyond it a double has no cents.
MAX_AMOUNT_NUMBER: Final = 10**15
MAX_TAGS: Final = 64
MAX_TAG_CHARS: Final = 128
# Free text of an event, characters.
MAX_TEXT_CHARS: Final = 100_000
MAX_LABELS: Final = 64
# Amounts and times as every parser reads them: Python's own also take `1_000`, blanks and digits of other scripts, and
# pydantic takes a number for seconds since 1970.
_DECIMAL: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")


def _amount(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise PydanticCustomError("amount", "an amount is a number or a decimal string")
    if isinstance(value, str) and (len(value) > 64 or _DECIMAL.fullmatch(value) is None):
        raise PydanticCustomError("amount", "an amount is a decimal number of at most 64 characters")
    try:
        amount = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise PydanticCustomError("amount", "not a decimal number") from None
    if not amount.is_finite():
        raise PydanticCustomError("amount", "an amount is finite")
    if isinstance(value, int | float) and abs(amount) >= MAX_AMOUNT_NUMBER:
        raise PydanticCustomError("amount", "an amount of 1e15 or more must be a string")
    if abs(amount.adjusted()) > 40:
        raise PydanticCustomError("amount", "an amount is out of range")
    return amount


def _time(value: object) -> object:
    if not isinstance(value, str) or _DATE.match(value) is None:
        raise PydanticCustomError("time", "a time is text as in RFC 3339")
    return value


# No control, format (zero-width, bidi override) or line separating character: what a person reads is what is compared.
# Source: Unicode 15.1, general categories Cc, Cf, Zl and Zp; written out, as not every reader of the schema has \p.
_UNPRINTABLE: Final = (
    "\\x00-\\x1f\\x7f-\\x9f\\xad\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
PRINTABLE: Final = f"^[^{_UNPRINTABLE}]+$"

Id = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID_CHARS, pattern=PRINTABLE)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TAG_CHARS, pattern=PRINTABLE)]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT_CHARS)]
Unit = Annotated[float, Field(ge=0, le=1, strict=True, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=2**53, strict=True)]
Flag = Annotated[bool, Field(strict=True)]
# Any JSON value. Not pydantic's JsonValue: what arrives here was just parsed from JSON, and walking it again costs 5
# us.
Json = Any
Amount = Annotated[Decimal, BeforeValidator(_amount)]
Time = Annotated[AwareDatetime, BeforeValidator(_time)]


class WireModel(BaseModel):
    """Base of what is read from the wire: frozen, unknown fields ignored, values never quoted in errors."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class ProposedAction(WireModel):
    """What an agent wants to do. `action_id` is the idempotency key within the agent."""

    action_id: Id
    agent_id: Id
    topic: Id = Field(description="dotted action class, such as job.support.refund")
    tool: Id | None = None
    arguments: dict[str, Json] | None = None
    risk_tags: tuple[Tag, ...] | None = Field(default=None, max_length=MAX_TAGS)
    confidence: Unit | None = None
    anomaly_score: Unit | None = None
    retry_count: Count | None = None
    amount_usd: Amount | None = None
    affected_users: Count | None = None
    customer_facing: Flag | None = None
    reversible: Flag | None = None
    environment: Id | None = None
    tenant_id: Id | None = None
    session_id: Id | None = None
    reasoning: Text | None = None
    model: Id | None = None
    context: Json = None
    labels: dict[Tag, Text] | None = Field(default=None, max_length=MAX_LABELS)
    proposed_at: Time | None = None
    deadline: Time | None = None


class Withdrawal(WireModel):
    """An agent takes its own proposal back. Stands on the topic of proposals and says `"kind": "withdrawal"`."""

    action_id: Id
    agent_id: Id
    withdrawn_at: Time | None = None


class OutcomeStatus(StrEnum):
    """What became of a released action."""

    SUCCESS = "success"
    FAILURE = "failure"
    INCIDENT = "incident"


class Outcome(WireModel):
    """What happened after release, said by the executor."""

    action_id: Id
    agent_id: Id
    status: OutcomeStatus
    detail: Text | None = None
    result: dict[str, Json] | None = None
    session_id: Id | None = None
    finished_at: Time | None = None


class Audience(StrEnum):
    """Who will see an output."""

    INTERNAL = "internal"
    CUSTOMER = "customer"
    PARTNER = "partner"
    PUBLIC = "public"


class AgentOutput(WireModel):
    """What an agent says: text or JSON. `sequence` and `final` mark a chunk of a streamed output."""

    output_id: Id
    job_id: Id
    agent_id: Id
    topic: Id
    audience: Audience | None = None
    tenant_id: Id | None = None
    session_id: Id | None = None
    model: Id | None = None
    content: Json
    content_type: Id | None = None
    produced_at: Time | None = None
    sequence: Count | None = None
    final: Flag | None = None


class TargetKind(StrEnum):
    """What a review decides about."""

    ACTION = "action"
    OUTPUT = "output"
    SAMPLE = "sample"
    PROMOTION = "promotion"
    SECOND_REVIEW = "second_review"
    AGENT = "agent"


class ReviewVerdict(StrEnum):
    """What a reviewer does: `approve` to `reassign` about actions and promotions, `reveal` to `reject` about outputs,
    `correct` to `unsure` about samples, `stop` to `close_breaker` about agents.
    """

    APPROVE = "approve"
    DENY = "deny"
    CONSTRAIN = "constrain"
    MODIFY = "modify"
    CLAIM = "claim"
    ASK = "ask"
    ANSWER = "answer"
    ESCALATE = "escalate"
    REASSIGN = "reassign"
    REVEAL = "reveal"
    RELEASE = "release"
    REDACT = "redact"
    REJECT = "reject"
    CORRECT = "correct"
    WRONG = "wrong"
    UNSURE = "unsure"
    STOP = "stop"
    RESUME = "resume"
    DEMOTE = "demote"
    CLOSE_BREAKER = "close_breaker"


class ReviewTarget(WireModel):
    """What is reviewed; `id` is the id that its request, quarantined output or sample has, or the agent's."""

    kind: TargetKind
    id: Id


class Reviewer(WireModel):
    """The person who decides."""

    id: Id
    roles: tuple[Tag, ...] = ()
    teams: tuple[Tag, ...] = ()


class SealedBox(WireModel):
    """A sealed payload as the gate wrote it; a release brings it back unchanged."""

    algorithm: Id
    key_id: Id
    salt: Id
    # As long as a record may be; what a review may have bounds it further.
    ciphertext: Annotated[str, StringConstraints(max_length=2 * 1024 * 1024)]


class ReviewSubject(WireModel):
    """Whose decision was sampled: what a sample's id is made of, beside the digest."""

    agent_id: Id
    action_id: Id


class Review(WireModel):
    """What a reviewer does. `digest` and `policy_snapshot` are what was on the screen.

    `constraints` go with the verdict `constrain`, `arguments` with `modify`, `to_team` with `reassign`, `sealed` with
    `release` and `redact`, `defect` and `subject` with verdicts on samples, `level` with `demote`, `action_class` with
    `demote` and `close_breaker`; `batch_id` says that several were decided at once.
    """

    review_id: Id
    target: ReviewTarget
    verdict: ReviewVerdict
    reviewer: Reviewer
    digest: Id
    policy_snapshot: Id
    reason: Text | None = None
    constraints: dict[str, Json] | None = None
    arguments: dict[str, Json] | None = None
    to_team: Id | None = None
    sealed: SealedBox | None = None
    defect: Tag | None = None
    subject: ReviewSubject | None = None
    level: Count | None = None
    action_class: Id | None = None
    batch_id: Id | None = None
    rendered_at: Time | None = None
    decided_at: Time | None = None
    signature: Text | None = None


class EventType(StrEnum):
    """CloudEvents `type` of every record on the wire."""

    ACTION_PROPOSED = "penstock.action.proposed.v1"
    ACTION_WITHDRAWN = "penstock.action.withdrawn.v1"
    ACTION_CLEARED = "penstock.action.cleared.v1"
    ACTION_REFUSED = "penstock.action.refused.v1"
    ACTION_OUTCOME = "penstock.action.outcome.v1"
    OUTPUT_PRODUCED = "penstock.output.produced.v1"
    OUTPUT_CLEARED = "penstock.output.cleared.v1"
    OUTPUT_QUARANTINED = "penstock.output.quarantined.v1"
    APPROVAL_REQUESTED = "penstock.approval.requested.v1"
    PROMOTION_REQUESTED = "penstock.promotion.requested.v1"
    SECOND_REVIEW_REQUESTED = "penstock.second_review.requested.v1"
    REVIEW = "penstock.review.v1"
    SAMPLE = "penstock.sample.v1"
    AUDIT = "penstock.audit.v1"
    POLICY_ACTIVATED = "penstock.policy.activated.v1"
    KILL_SWITCH_CHANGED = "penstock.kill_switch.changed.v1"
    DEAD_LETTER = "penstock.deadletter.v1"


class Kind(StrEnum):
    """The `kind` of a recorded event in a file, and what a topic must hold on the wire."""

    ACTION = "action"
    WITHDRAWAL = "withdrawal"
    OUTCOME = "outcome"
    OUTPUT = "output"
    REVIEW = "review"


MODELS: Final[dict[Kind, type[WireModel]]] = {
    Kind.ACTION: ProposedAction,
    Kind.WITHDRAWAL: Withdrawal,
    Kind.OUTCOME: Outcome,
    Kind.OUTPUT: AgentOutput,
    Kind.REVIEW: Review,
}

FIELDS: Final[dict[Kind, frozenset[str]]] = {kind: frozenset(model.model_fields) for kind, model in MODELS.items()}


def known_fields(fields: frozenset[str], raw: dict[str, Any]) -> dict[str, Any]:
    """Of `raw` what `fields` (those of a model) names, as it arrived; null counts as absent."""
    if raw.keys() <= fields and None not in raw.values():
        return raw
    return {name: value for name, value in raw.items() if value is not None and name in fields}
