"""What the tests of autonomy share: rules from a document, and an agent whose events are folded one by one."""

from __future__ import annotations

from policies.action_class import WHOLE_AGENT
from policies.autonomy import note_incident, note_outcome, note_release, note_violation, remember_release
from policies.autonomy_record import Record, Standing, Status
from policies.autonomy_rules import AutonomyRules, Change, ChangeKind, autonomy_rules
from policies.bundle import load_bundle
from policies.promotion import PromotionConflict, SignOff, decide_promotion, promotion_id

DAY_MS = 86_400_000
TRIGGERS = "[policy_violation, safety_incident, {error_rate_above: 0.05}]"


def rules_of(
    records: str = "{cool_off_days: 2}",
    *,
    successes: int = 5,
    rate: float = 0.02,
    days: float = 1,
    sign_off: bool = True,
    default_level: int = 0,
    note: str = "",
    triggers: str = TRIGGERS,
    levels: int = 4,
    always_evidence: bool = False,
) -> AutonomyRules:
    """The rules of a document with these criteria; `note` makes another snapshot."""
    criteria = (
        f"promotion_criteria: {{min_successful_actions: {successes}, max_error_rate: {rate}, "
        f"review_period_days: {days}, requires_human_sign_off: {str(sign_off).lower()}}}\n"
    )
    rules_of_level = '{rules: [{match: {topics: ["*"]}, decision: allow}]}'
    defined = "".join(f"  level_{level}: {rules_of_level}\n" for level in range(levels))
    text = f"autonomy_levels:\n{defined}demotion_triggers: {triggers}\n{criteria}autonomy_records: {records}\n" + (
        f"description: {note}\n" if note else ""
    )
    bundle = load_bundle({"autonomy.yaml": text})
    rules = autonomy_rules(bundle, default_level=default_level, always_evidence=always_evidence)
    assert rules is not None
    return rules


class Agent:
    """An agent's record as its events come; time stands still unless it is moved."""

    def __init__(self, rules: AutonomyRules, *, agent_id: str = "agent-1") -> None:
        self.rules = rules
        self.record = Record(agent_id)
        self.now_ms = 10 * DAY_MS
        self.changes: list[Change] = []
        self._count = 0

    def _take(self, folded: tuple[Record, tuple[Change, ...]]) -> tuple[Change, ...]:
        self.record, changes = folded
        self.changes.extend(changes)
        return changes

    def release(self, key: str | None = None, *, action_class: str = WHOLE_AGENT, model: str | None = "m1") -> str:
        """An action of the class is released; gives its key."""
        self._count += 1
        action_key = key or f"k{self._count}"
        self._take(note_release(self.rules, self.record, action_class=action_class, model=model, at_ms=self.now_ms))
        if not self.rules.is_per_agent:
            self.record = remember_release(self.rules, self.record, action_key=action_key, action_class=action_class)
        return action_key

    def outcome(self, key: str, status: Status = Status.SUCCESS) -> tuple[Change, ...]:
        """An outcome comes."""
        return self._take(note_outcome(self.rules, self.record, action_key=key, status=status, at_ms=self.now_ms))

    def act(self, *statuses: Status, action_class: str = WHOLE_AGENT, model: str | None = "m1") -> None:
        """Actions are released and come back, one after the other."""
        for status in statuses:
            self.outcome(self.release(action_class=action_class, model=model), status)

    def succeed(self, times: int, *, action_class: str = WHOLE_AGENT, model: str | None = "m1") -> None:
        """So many actions succeed."""
        self.act(*[Status.SUCCESS] * times, action_class=action_class, model=model)

    def violate(self, action_class: str = WHOLE_AGENT) -> tuple[Change, ...]:
        """The agent breaks a policy."""
        return self._take(note_violation(self.rules, self.record, action_class=action_class, at_ms=self.now_ms))

    def incident(self) -> tuple[Change, ...]:
        """A safety incident is reported that belongs to no action."""
        return self._take(note_incident(self.rules, self.record, at_ms=self.now_ms))

    def wait(self, days: float) -> None:
        """Time passes."""
        self.now_ms += round(days * DAY_MS)

    def sign(
        self,
        digest: str | None = None,
        *,
        action_class: str = WHOLE_AGENT,
        is_approved: bool = True,
        reviewer: str = "ana",
        reason: str | None = "the record is clean",
        is_owner: bool = False,
        may_decide: bool = True,
    ) -> PromotionConflict | None:
        """A person decides on a request, that which is on the table unless another digest is given."""
        offer = self.standing(action_class).offer
        sign_off = SignOff(
            promotion_id(self.record.agent_id, action_class),
            digest or (offer.digest if offer else "0" * 64),
            is_approved,
            reviewer,
            reason,
            is_owner,
            may_decide,
        )
        decided = decide_promotion(self.rules, self.record, sign_off, at_ms=self.now_ms)
        if isinstance(decided, PromotionConflict):
            return decided
        self._take(decided)
        return None

    def standing(self, action_class: str = WHOLE_AGENT) -> Standing:
        """The standing in a class."""
        return self.record.standings[action_class]

    @property
    def level(self) -> int:
        """The level of the whole agent."""
        return self.standing().level

    @property
    def kinds(self) -> list[ChangeKind]:
        """The kinds of all changes so far."""
        return [change.kind for change in self.changes]

    def earn(self, action_class: str = WHOLE_AGENT) -> None:
        """Fulfil the default criteria: a review period, then successes."""
        self.succeed(1, action_class=action_class)
        self.wait(1)
        self.succeed(5, action_class=action_class)

    def rise(self, levels: int = 1, action_class: str = WHOLE_AGENT) -> None:
        """Earn levels and have them signed."""
        for _ in range(levels):
            self.earn(action_class)
            assert self.sign(action_class=action_class) is None
