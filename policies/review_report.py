"""What reviews teach: whether approval earns its delay, rule by rule, and who decides without looking.

Every share that leads to a sentence is an exact one-sided bound, so that a sentence is wrong in at most one report of
twenty. Few reviews say nothing, and the sentence says that. What a person would have changed is unknown where nobody
decided in time: holds that time or policy ended are counted and are no evidence.

Source: the rates at which approval adds nothing, and the reading speed, are those of docs/reviewing.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from policies.approvals import Resolution
from policies.estimators import Interval, clean_reviews_needed, clopper_pearson, lower_bound, upper_bound
from policies.reviewers import quantile

# Error probability of every bound.
ERROR: Final = 0.05
# A rule whose decisions change less than this, for certain, adds delay only; a share of decisions.
NOTHING_CHANGES: Final = 0.02
# Above it the rule holds what people nearly always refuse, and could as well deny; a share of decisions.
MOSTLY_DENIED: Final = 0.5
# Above it people do not get to what the rule holds; a share of holds that ended.
OFTEN_LATE: Final = 0.1
# Decisions below which nothing is said about a person or a late team.
MIN_DECISIONS: Final = 30
# A decision is too fast below a second and the time to read what was shown, milliseconds and characters per second.
FAST_BASE_MS: Final = 1_000
READING_CHARS_PER_S: Final = 25
# Above it, for certain, a person decides without reading; a share of decisions.
MOSTLY_FAST: Final = 0.5
# More held actions than this tire people; a share of all decisions. Source: Cordum, 5 to 10 % of actions need people.
HELD_SHARE_TARGET: Final = 0.05
HELD_SHARE_LIMIT: Final = 0.1


@dataclass(frozen=True, slots=True)
class ReviewedHold:
    """One hold as the log tells it; times are milliseconds, `resolution` is None while it is open.

    `shown_chars` is how much text was on the screen, 0 when nobody recorded it. `outcome` is success, failure or
    incident, None before the executor said. `second_agrees` is None without a second review.
    """

    hold_id: str
    rule_id: str | None
    opened_ms: int
    resolution: Resolution | None = None
    decided_ms: int | None = None
    reviewers: tuple[str, ...] = ()
    rendered_ms: int | None = None
    shown_chars: int = 0
    outcome: str | None = None
    second_agrees: bool | None = None

    @property
    def is_by_people(self) -> bool:
        """Whether people decided it."""
        return self.resolution is not None and self.resolution.is_by_people

    @property
    def is_fast(self) -> bool | None:
        """Whether it was decided faster than it could be read; None when nobody knows when it was shown."""
        if not self.is_by_people or self.rendered_ms is None or self.decided_ms is None:
            return None
        needed_ms = FAST_BASE_MS + self.shown_chars * 1000 / READING_CHARS_PER_S
        return self.decided_ms - self.rendered_ms < needed_ms


@dataclass(frozen=True, slots=True)
class RuleReport:
    """What became of everything that one rule held; `rule_id` is None for holds that no single rule made.

    Waits are milliseconds from hold to decision, of what people decided. The bounds are one-sided with `ERROR`.
    """

    rule_id: str | None
    held: int
    open: int
    approved: int
    changed: int
    denied: int
    expired: int
    released_by_timeout: int
    superseded: int
    withdrawn: int
    wait_median_ms: int | None
    wait_p95_ms: int | None
    successes: int
    failures: int
    incidents: int
    second_reviews: int
    second_agreed: int
    second_agreement: Interval
    agreement_low: float
    change_high: float
    sentence: str

    @property
    def decided(self) -> int:
        """Holds that people decided."""
        return self.approved + self.changed + self.denied


@dataclass(frozen=True, slots=True)
class ReviewerReport:
    """How one person decides; `fast_low` is the lower bound of the share decided faster than could be read."""

    reviewer: str
    decided: int
    changed: int
    denied: int
    timed: int
    fast: int
    fast_low: float
    signals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """All rules, the one that holds most first, and all reviewers by name; `decisions` is 0 when it is not known."""

    rules: tuple[RuleReport, ...]
    reviewers: tuple[ReviewerReport, ...]
    held: int
    decisions: int

    @property
    def held_share(self) -> float | None:
        """The share of all decisions that needed people, None when the number of decisions is not known."""
        return self.held / self.decisions if self.decisions else None

    @property
    def sentence(self) -> str:
        """What the share means."""
        share = self.held_share
        if share is None:
            return f"{self.held} held"
        shown = f"{self.held} of {self.decisions} actions were held, {_percent(share)}"
        if share > HELD_SHARE_LIMIT:
            return f"{shown}: more than {_percent(HELD_SHARE_LIMIT)}, people will tire"
        within = share <= HELD_SHARE_TARGET
        return f"{shown}: within the target" if within else f"{shown}: above {_percent(HELD_SHARE_TARGET)}, watch it"


def report(holds: Iterable[ReviewedHold], *, decisions: int = 0) -> ReviewReport:
    """What these holds teach; `decisions` is how many actions policy decided in the same time, 0 for unknown."""
    found = list(holds)
    by_rule: dict[str | None, list[ReviewedHold]] = {}
    by_person: dict[str, list[ReviewedHold]] = {}
    for hold in found:
        by_rule.setdefault(hold.rule_id, []).append(hold)
        for reviewer in dict.fromkeys(hold.reviewers) if hold.is_by_people else ():
            by_person.setdefault(reviewer, []).append(hold)
    rules = [_rule(rule_id, mine) for rule_id, mine in by_rule.items()]
    return ReviewReport(
        rules=tuple(sorted(rules, key=lambda entry: (-entry.held, entry.rule_id or ""))),
        reviewers=tuple(_reviewer(name, by_person[name]) for name in sorted(by_person)),
        held=len(found),
        decisions=decisions,
    )


def _rule(rule_id: str | None, holds: Sequence[ReviewedHold]) -> RuleReport:
    ends = Counter(hold.resolution for hold in holds)
    outcomes = Counter(hold.outcome for hold in holds)
    seconds = [hold.second_agrees for hold in holds if hold.second_agrees is not None]
    waits = sorted(hold.decided_ms - hold.opened_ms for hold in holds if hold.is_by_people and hold.decided_ms)
    approved, denied = ends[Resolution.APPROVED], ends[Resolution.DENIED]
    changed = ends[Resolution.APPROVED_WITH_CONSTRAINTS] + ends[Resolution.MODIFIED]
    decided = approved + changed + denied
    counts: dict[str, Any] = {
        "held": len(holds),
        "open": ends[None],
        "approved": approved,
        "changed": changed,
        "denied": denied,
        "expired": ends[Resolution.EXPIRED],
        "released_by_timeout": ends[Resolution.RELEASED_BY_TIMEOUT],
        "superseded": ends[Resolution.SUPERSEDED],
        "withdrawn": ends[Resolution.WITHDRAWN],
    }
    incidents = outcomes["incident"]
    return RuleReport(
        rule_id=rule_id,
        **counts,
        wait_median_ms=quantile(waits, 0.5),
        wait_p95_ms=quantile(waits, 0.95),
        successes=outcomes["success"],
        failures=outcomes["failure"],
        incidents=incidents,
        second_reviews=len(seconds),
        second_agreed=sum(seconds),
        second_agreement=clopper_pearson(sum(seconds), len(seconds), error=ERROR),
        agreement_low=lower_bound(approved, decided, error=ERROR),
        change_high=upper_bound(changed + denied, decided, error=ERROR),
        sentence=_sentence(rule_id, counts, incidents=incidents),
    )


def _sentence(rule_id: str | None, counts: Mapping[str, int], *, incidents: int) -> str:
    """What the counts of a rule mean, in plain words."""
    approved, changed, denied = counts["approved"], counts["changed"], counts["denied"]
    decided = approved + changed + denied
    name = "no single rule" if rule_id is None else f"rule {rule_id}"
    told = f"{name}: {approved} approvals, {changed} changed, {denied} denied, {incidents} incidents"
    if not changed and not denied:
        told = f"{name}: {approved} approvals, 0 changed, {incidents} incidents"
    ended = counts["held"] - counts["open"]
    late = counts["expired"] + counts["released_by_timeout"]
    if incidents and approved + changed:
        return f"{told}: approval did not stop them; look at what reviewers are shown"
    if ended >= MIN_DECISIONS and lower_bound(late, ended, error=ERROR) > OFTEN_LATE:
        return f"{told}: {late} of {ended} were not decided in time; add people, or hold less"
    if decided and upper_bound(changed + denied, decided, error=ERROR) < NOTHING_CHANGES:
        low = lower_bound(approved, decided, error=ERROR)
        return f"{told}: approval adds delay only; lower bound of agreement {_percent(low)}"
    if decided >= MIN_DECISIONS and lower_bound(denied, decided, error=ERROR) > MOSTLY_DENIED:
        return f"{told}: people deny most of it; a rule could deny it at once"
    if decided >= MIN_DECISIONS and changed + denied:
        low, high = clopper_pearson(changed + denied, decided, error=ERROR)
        return f"{told}: people change or deny {_percent(low)} to {_percent(high)}; approval does something"
    needed = clean_reviews_needed(NOTHING_CHANGES, error=ERROR)
    return f"{told}: too few to say more; {needed} decisions without a change would show that approval adds delay only"


def _reviewer(name: str, holds: Sequence[ReviewedHold]) -> ReviewerReport:
    timed = [hold.is_fast for hold in holds if hold.is_fast is not None]
    changed = sum(hold.resolution is not None and hold.resolution.is_change for hold in holds)
    denied = sum(hold.resolution is Resolution.DENIED for hold in holds)
    fast_low = lower_bound(sum(timed), len(timed), error=ERROR)
    signals: list[str] = []
    if len(timed) >= MIN_DECISIONS and fast_low > MOSTLY_FAST:
        signals.append(f"decides faster than can be read: {sum(timed)} of {len(timed)}")
    if len(holds) >= MIN_DECISIONS and not changed and not denied:
        signals.append(f"never denies or changes anything: {len(holds)} decisions")
    return ReviewerReport(name, len(holds), changed, denied, len(timed), sum(timed), fast_low, tuple(signals))


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%".replace(".0%", "%")
