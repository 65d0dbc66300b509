"""Which decisions are audited: a keyed hash of the action's id, so that every worker and every replay picks the same.

R is the first 56 bits of HMAC-SHA256(key, domain NUL action_id); a decision is picked when R >= (1 - pi) * 2^56.
The domain keeps the audit and the second review from picking the same ids; 56 bits because a double carries them.

A draw happens for every decision, so what depends only on the action's class and tags is remembered, bounded, and the
hash starts from the states that key and domain lead to; the result is that of the plain formula, as the tests compare.
Source: consistent probability sampling, https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/;
RFC 2104 (HMAC); RFC 6234 (SHA-256).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from policies.decisions import Derived, Verdict
from policies.documents import Audit, Number, Sampling
from policies.routing import Routing

if TYPE_CHECKING:
    from hashlib import _Hash

AUDIT_DOMAIN: Final = "audit"
SECOND_REVIEW_DOMAIN: Final = "second_review"
MANDATORY: Final = "mandatory"
FIRST_TIME: Final = "first_time"
RELEASED_BY_TIMEOUT: Final = "released_by_timeout"
_BITS: Final = 56
_SCALE: Final = 2**_BITS
_HASH_BYTES: Final = _BITS // 8
_BLOCK_BYTES: Final = 64  # of SHA-256
# Pairs of class and tags whose group is remembered. Agents choose tags, so there must be a limit; past it a group is
# made anew. An entry is some 600 bytes.
_MEMO_ENTRIES: Final = 4_096


NO_WEIGHTS: Final[Mapping[str, Number]] = MappingProxyType({})


class Sample(NamedTuple):
    """Whether a decision is audited; `probability` is the chance it had, `stratum` the group it was drawn in.

    `route` is the team that reviews it, None when the audit document routes nothing. An estimate over samples needs
    probability and stratum of every decision, picked or not.
    """

    selected: bool
    probability: float
    stratum: str
    route: str | None


class Group(NamedTuple):
    """What a draw gives for one class and set of tags; `cut` are the first bytes of the least hash that is picked."""

    cut: bytes | None
    picked: Sample
    passed: Sample
    mandatory: Sample
    first_time: Sample


class AuditPlan:
    """The audit document of a bundle, compiled."""

    def __init__(self, audit: Audit, class_weights: Mapping[str, Number] = NO_WEIGHTS) -> None:
        self.document = audit.document
        self.sampling: Sampling = audit.sampling
        self.routing = Routing(audit.routing)
        self.unreadable = Sample(True, 1.0, MANDATORY, self.routing.team_of(None, None))
        """The sample of a decision whose facts could not be read."""
        self._reads_tags = audit.sampling.is_stratified or bool(self.routing)
        self._class_weights = dict(class_weights)
        self._groups: dict[tuple[str | None, tuple[str, ...] | None], Group] = {}

    def group_of(self, verdict: Verdict) -> Group:
        """The group of a decision whose facts could be read."""
        tags = verdict.risk_tags if self._reads_tags else None
        pair = (verdict.class_name, tags)
        found = self._groups.get(pair)
        if found is None:
            found = self._group(*pair)
            if len(self._groups) < _MEMO_ENTRIES:
                self._groups[pair] = found
        return found

    def _group(self, class_name: str | None, tags: tuple[str, ...] | None) -> Group:
        probability, stratum = _inclusion(self.sampling, tags)
        weight = self._class_weights.get(class_name or "", 1)
        if weight != 1:
            # A stratum of its own, because the decisions of one stratum all have one probability.
            probability, stratum = min(1.0, probability * weight), f"{stratum} x{weight:g}"
        route = self.routing.team_of(class_name, tags)
        least = threshold(probability)
        return Group(
            cut=least.to_bytes(_HASH_BYTES, "big") if least < _SCALE else None,
            picked=Sample(True, probability, stratum, route),
            passed=Sample(False, probability, stratum, route),
            mandatory=Sample(True, 1.0, MANDATORY, route),
            first_time=Sample(True, 1.0, FIRST_TIME, route),
        )


class HasAuditPlan(Protocol):
    """A bundle, as far as sampling reads it."""

    @property
    def audit_plan(self) -> AuditPlan | None: ...


def threshold(probability: float) -> int:
    """T for an inclusion probability: an id is picked when its value is at least T; 2^56, which no value is, for 0."""
    scaled: float = (1.0 - probability) * _SCALE
    return round(scaled)


# One entry per domain and key; keys change with the epoch.
@lru_cache(maxsize=16)
def _states(key: bytes, domain: str) -> tuple[_Hash, _Hash]:
    """The inner hash after key and domain, and the outer one after the key."""
    block = (key if len(key) <= _BLOCK_BYTES else hashlib.sha256(key).digest()).ljust(_BLOCK_BYTES, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
    inner.update(domain.encode() + b"\0")
    return inner, hashlib.sha256(bytes(byte ^ 0x5C for byte in block))


def _digest(key: bytes, domain: str, action_id: str) -> bytes:
    """HMAC-SHA256(key, domain NUL action_id)."""
    inner, outer = _states(key, domain)
    inner = inner.copy()
    inner.update(action_id.encode("utf-8", "surrogatepass"))
    outer = outer.copy()
    outer.update(inner.digest())
    return outer.digest()


def hash_value(key: bytes, *, domain: str, action_id: str) -> int:
    """R for an id: 56 bits, the same wherever it is computed."""
    return int.from_bytes(_digest(key, domain, action_id)[:_HASH_BYTES], "big")


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
    group = chance(plan, derived=derived, verdict=verdict)
    if isinstance(group, Sample):
        return group
    # Bytes compare as the numbers they spell; the digest is longer than the cut, so an equal beginning is not below it.
    if group.cut is not None and _digest(key, AUDIT_DOMAIN, action_id) >= group.cut:
        return group.picked
    return group.passed


def chance(plan: AuditPlan, *, derived: Derived, verdict: Verdict) -> Sample | Group:
    """The group that a decision is drawn in; its sample where nothing is left to chance."""
    if verdict.known is None:
        return plan.unreadable
    group = plan.group_of(verdict)
    if verdict.must_audit:
        return group.mandatory
    return group.first_time if derived.first_time else group


def draw_timeout_release(
    bundle: HasAuditPlan, *, class_name: str | None, risk_tags: tuple[str, ...] | None
) -> Sample | None:
    """The sample of an action that was released because nobody decided in time: all of them are audited.

    It is a second draw for the action, in a stratum of its own.
    """
    plan = bundle.audit_plan
    if plan is None:
        return None
    return Sample(True, 1.0, RELEASED_BY_TIMEOUT, plan.routing.team_of(class_name, risk_tags))


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
