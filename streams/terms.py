"""The terms under which the gate decides: policy, scanner, keys and limits of one moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from detectors import Profile, Scanner
from detectors.declaration import Declaration
from detectors.pii.table import INFORMATIONAL
from policies.bundle import Bundle
from policies.conduct import ConductPlan
from policies.kill import KillSwitch
from policies.taint import has_taint
from streams.codec import content_digest
from streams.review_signing import ReviewKeys
from streams.sealing import Sealer

DAY_MS: Final = 24 * 60 * 60 * 1000


def gate_scanner(plan: bytes | None = None, *, extra: Iterable[Declaration] = ()) -> Scanner:
    """The scanner of the gate: every type but those that nearly every text has, and `extra` detectors.

    `plan` is one compiled before.
    """
    return Scanner(Profile(without=INFORMATIONAL), plan=plan, extra=extra)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the gate, from the settings. Times in milliseconds. `is_strict` releases nothing without a person."""

    hold_timeout_ms: int = 4 * 60 * 60 * 1000
    verdict_retention_ms: int = 7 * DAY_MS
    verdict_most: int = 1_000_000
    default_level: int = 0
    holds_per_agent: int = 1000
    stream_timeout_ms: int = 5 * 60 * 1000
    streams_per_agent: int = 32
    is_strict: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What a decision depends on besides the event, the lane's state and the time.

    `sample_key` draws the audit samples, `token_key` replaces found values by tokens where a policy asks for it,
    `sealer` encrypts what is quarantined. Without `token_key` such a policy quarantines; without `sealer` no payload
    travels. `kill` are the entries of the kill switch, `kill_digest` names them (None when there is none).
    `review_keys` may sign reviews; without any, unsigned reviews count. `activated_by` is who put the bundle in force,
    None when nobody knows. `conduct` follows from the bundle; so do the dictionaries that the scanner is extended with,
    on the compiled plan that it has.
    """

    bundle: Bundle
    scanner: Scanner
    sample_key: bytes
    limits: Limits = field(default_factory=Limits)
    sealer: Sealer | None = None
    token_key: bytes | None = None
    kill: KillSwitch = field(default_factory=KillSwitch)
    review_keys: ReviewKeys | None = None
    activated_by: str | None = None
    conduct: ConductPlan = field(init=False)
    kill_digest: str | None = field(init=False)
    has_field_rules: bool = field(init=False)
    has_taint: bool = field(init=False)
    has_workflows: bool = field(init=False)

    def __post_init__(self) -> None:
        """Prepare what the bundle says about conduct and about outputs."""
        object.__setattr__(self, "scanner", self.bundle.dictionaries.extend(self.scanner))
        plan = ConductPlan(self.bundle, default_level=self.limits.default_level, always_evidence=self.limits.is_strict)
        object.__setattr__(self, "conduct", plan)
        object.__setattr__(self, "has_taint", has_taint(self.bundle.documents))
        object.__setattr__(self, "has_workflows", bool(self.bundle.workflow_order))
        object.__setattr__(self, "has_field_rules", any(d.field_rules for d in self.bundle.documents))
        entries = [entry.to_json() for entry in self.kill.entries]
        object.__setattr__(self, "kill_digest", content_digest(entries) if entries else None)

    def scanner_for(self, tenant: str | None) -> Scanner:
        """The scanner of outputs that are for `tenant`: what belongs to that tenant is no finding."""
        dictionaries = self.bundle.dictionaries
        return dictionaries.extend_for(self.scanner, tenant) if dictionaries.has_tenants else self.scanner
