"""The rules by which agents rise and fall: an autonomy document made ready, and the tables of what each cause does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

from policies.action_class import WHOLE_AGENT
from policies.autonomy_documents import AutonomyRecords, RecordsPer
from policies.autonomy_record import PERIOD_PARTS, Cause, Record
from policies.documents import Autonomy, DemotionTriggers, Document, PromotionCriteria

_DAY_MS: Final = 86_400_000


class Fall(NamedTuple):
    """How far a trigger lowers: by how many levels, None to level 0; in one class or for the whole agent."""

    levels: int | None
    is_agent_wide: bool


FALLS: Final[Mapping[Cause, Fall]] = {
    Cause.SAFETY_INCIDENT: Fall(levels=None, is_agent_wide=True),
    Cause.POLICY_VIOLATION: Fall(levels=1, is_agent_wide=False),
    Cause.ERROR_RATE: Fall(levels=1, is_agent_wide=False),
}


class Restart(NamedTuple):
    """What a cause leaves of the counts. Successes begin anew in each case."""

    keeps_errors: bool
    keeps_lately: bool
    begins_level: bool
    cools_off: bool


_FALLEN: Final = Restart(keeps_errors=True, keeps_lately=False, begins_level=True, cools_off=True)
_RISEN: Final = Restart(keeps_errors=False, keeps_lately=False, begins_level=True, cools_off=False)
RESTARTS: Final[Mapping[Cause, Restart]] = {
    Cause.SAFETY_INCIDENT: _FALLEN,
    Cause.POLICY_VIOLATION: _FALLEN,
    Cause.ERROR_RATE: _FALLEN,
    Cause.BY_PERSON: _FALLEN,
    Cause.SIGNED_OFF: _RISEN,
    Cause.CRITERIA_MET: _RISEN,
    Cause.DECLINED: Restart(keeps_errors=True, keeps_lately=True, begins_level=False, cools_off=False),
    Cause.MODEL_CHANGED: Restart(keeps_errors=True, keeps_lately=True, begins_level=False, cools_off=False),
    Cause.POLICY_CHANGED: Restart(keeps_errors=False, keeps_lately=True, begins_level=False, cools_off=False),
}


class ChangeKind(StrEnum):
    """What happened to a standing."""

    PROMOTED = "promoted"
    DEMOTED = "demoted"
    RESTRAINED = "restrained"
    OFFERED = "offered"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    RESTARTED = "restarted"


class Change(NamedTuple):
    """A fact for the audit. `digest` and `evidence` are those of a request for promotion, `by` is who decided."""

    kind: ChangeKind
    action_class: str
    level_before: int
    level: int
    cause: Cause
    at_ms: int
    digest: str | None = None
    evidence: Mapping[str, Any] | None = None
    by: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The change as a JSON object, without what it does not have."""
        return {
            name: value.value if isinstance(value, StrEnum) else value
            for name, value in self._asdict().items()
            if value is not None
        }


Folded = tuple[Record, tuple[Change, ...]]


class HasAutonomy(Protocol):
    """A bundle, as far as autonomy reads it."""

    @property
    def snapshot(self) -> str: ...

    @property
    def autonomy(self) -> Autonomy | None: ...

    @property
    def documents(self) -> Sequence[Document]: ...


@dataclass(frozen=True, slots=True)
class AutonomyRules:
    """The autonomy document of a bundle, ready to use; built once per bundle."""

    snapshot: str
    default_level: int
    highest: int
    promotion: PromotionCriteria | None
    demotion: DemotionTriggers
    records: AutonomyRecords
    period_ms: int
    cool_off_ms: int

    @property
    def part_ms(self) -> int:
        """Length of one part of the review period; 0 without a period."""
        return -(-self.period_ms // PERIOD_PARTS)

    @property
    def is_per_agent(self) -> bool:
        """Whether there is one standing for all that an agent does."""
        return self.records.per is RecordsPer.AGENT

    def standing_of(self, action_class: str) -> str:
        """Under which name the standing for actions of a class is kept."""
        return WHOLE_AGENT if self.is_per_agent else action_class


def autonomy_rules(bundle: HasAutonomy, *, default_level: int, always_evidence: bool = False) -> AutonomyRules | None:
    """The rules of a bundle, None when it has no autonomy document; `default_level` is that of an unknown agent.

    `always_evidence` asks for the sequential test whatever the document says, as a strict deployment does.
    """
    autonomy = bundle.autonomy
    if autonomy is None:
        return None
    sections = [document.autonomy_records for document in bundle.documents if document.autonomy_records is not None]
    records = sections[0] if sections else AutonomyRecords()
    if always_evidence:
        records = replace(records, needs_evidence=True)
    return AutonomyRules(
        snapshot=bundle.snapshot,
        default_level=default_level,
        highest=max((entry.level or 0 for entry in autonomy.levels), default=0),
        promotion=autonomy.promotion,
        demotion=autonomy.demotion or DemotionTriggers(),
        records=records,
        period_ms=round(autonomy.promotion.review_period_days * _DAY_MS) if autonomy.promotion else 0,
        cool_off_ms=round(records.cool_off_days * _DAY_MS),
    )
