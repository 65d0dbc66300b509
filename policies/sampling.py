"""Which decisions are audited: a keyed hash of the action's id, so that every worker and every replay picks the same.

R is the first 56 bits of HMAC-SHA256(key, domain NUL action_id); a decision is picked when R >= (1 - pi) * 2^56.
The domain keeps the audit and the second review from picking the same ids; 56 bits because a double carries them.
Source: consistent probability sampling, https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from policies.decisions import Derived, Verdict
from policies.documents import Audit, Sampling

AUDIT_DOMAIN = "audit"
SECOND_REVIEW_DOMAIN = "second_review"
_BITS = 56
_SCALE = 2**_BITS
# The order in which routing classes are tried: the one whose mistake costs most first, then by name.
_PRECEDENCE = ("security", "financial")


class Sample(NamedTuple):
    """Whether a decision is audited; `probability` is the chance it had, `stratum` the group it was drawn in.

    `route` is the team that reviews it, None when the audit document routes nothing. An estimate over samples needs
    probability and stratum of every decision, picked or not.
    """

    selected: bool
    probability: float
    stratum: str
    route: str | None


class AuditPlan:
    """The audit document of a bundle, compiled."""

    def __init__(self, audit: Audit) -> None:
        self.document = audit.document
        self.sampling: Sampling = audit.sampling
        self.routing: Mapping[str, str] = audit.routing
        self.routed_classes = tuple(sorted((c for c in audit.routing if c != "default"), key=_precedence))


class HasAuditPlan(Protocol):
    """A bundle, as far as sampling reads it."""

    @property
    def audit_plan(self) -> AuditPlan | None: ...


def _subject(routing_class: str) -> str:
    return routing_class.removesuffix("_actions")


def _precedence(routing_class: str) -> tuple[int, str]:
    subject = _subject(routing_class)
    place = _PRECEDENCE.index(subject) if subject in _PRECEDENCE else len(_PRECEDENCE)
    return place, routing_class


def threshold(probability: float) -> int:
    """T for an inclusion probability: an id is picked when its value is at least T; 2^56, which no value is, for 0."""
    scaled: float = (1.0 - probability) * _SCALE
    return round(scaled)


def hash_value(key: bytes, *, domain: str, action_id: str) -> int:
    """R for an id: 56 bits, the same wherever it is computed."""
    message = f"{domain}\0{action_id}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hmac.digest(key, message, "sha256")[: _BITS // 8], "big")


def is_selected(key: bytes, *, domain: str, action_id: str, probability: float) -> bool:
    """Whether an id is picked with a probability, in a domain, under an epoch's key."""
    return hash_value(key, domain=domain, action_id=action_id) >= threshold(probability)


def draw(
    bundle: HasAuditPlan,
    action_id: str,
    *,
    derived: Derived,
    verdict: Verdict,
    key: bytes,
) -> Sample | None:
    """Whether a decision is picked for audit; None when the bundle has no audit document.

    What must be audited (a mandatory match, a match left open by an absent field, a first action, a verdict without
    facts) is a census: probability 1, before any weight.
    """
    plan = bundle.audit_plan
    if plan is None:
        return None
    if verdict.known is None:
        return Sample(True, 1.0, "mandatory", plan.routing.get("default"))
    tags = verdict.risk_tags
    route = _route(plan, verdict.class_name, tags)
    if verdict.must_audit:
        return Sample(True, 1.0, "mandatory", route)
    if derived.first_time:
        return Sample(True, 1.0, "first_time", route)
    probability, stratum = _inclusion(plan.sampling, tags)
    selected = is_selected(key, domain=AUDIT_DOMAIN, action_id=action_id, probability=probability)
    return Sample(selected, probability, stratum, route)


def _inclusion(sampling: Sampling, tags: tuple[str, ...] | None) -> tuple[float, str]:
    """Probability min(1, rate * w) and stratum; w is the largest weight of the tags, 1 for unlisted ones and for none.

    Absent tags might be any, so they weigh as much as the heaviest.
    """
    if not sampling.is_stratified:
        return float(sampling.rate), "uniform"
    weights = sampling.tag_weights
    names = sorted(weights) if tags is None else [tag for tag in tags if tag in weights]
    heaviest = max(names, key=lambda name: (weights[name], name), default=None)
    is_base = heaviest is None or (weights[heaviest] < 1 and (tags is None or len(names) < len(tags)))
    if heaviest is None or is_base:
        return float(sampling.rate), "base"
    return min(1.0, sampling.rate * weights[heaviest]), f"risk_tag:{heaviest}"


def _route(plan: AuditPlan, class_name: str | None, tags: tuple[str, ...] | None) -> str | None:
    for routing_class in plan.routed_classes:
        names = (routing_class, _subject(routing_class))
        if class_name in names or any(name in (tags or ()) for name in names):
            return plan.routing[routing_class]
    return plan.routing.get("default")
