"""What a change of policy does to the people who decide: how long held actions would wait, before and after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from policies.approval_documents import Role
from policies.bundle import Bundle
from policies.parse_approvals import approvals_of
from policies.queueing import Forecast, forecast

# Seconds that a decision takes a person, where nobody says otherwise: chosen, measure it with `penstock review report`.
DEFAULT_REVIEW_S: Final = 120.0
_DECIDING: Final = frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER, Role.ADMIN})


@dataclass(slots=True)
class Span:
    """The time that recorded actions cover, milliseconds since 1970; None without times."""

    first_ms: int | None = None
    last_ms: int | None = None

    def take(self, event: dict[str, Any]) -> None:
        """Note when an action was proposed; one that does not say is passed over."""
        try:
            at_ms = int(datetime.fromisoformat(event["proposed_at"]).timestamp() * 1000)
        except (KeyError, OverflowError, TypeError, ValueError):
            return
        self.first_ms = at_ms if self.first_ms is None else min(self.first_ms, at_ms)
        self.last_ms = at_ms if self.last_ms is None else max(self.last_ms, at_ms)

    @property
    def seconds(self) -> float:
        """How long it is, 0 without two times that differ."""
        return 0.0 if self.first_ms is None or self.last_ms is None else (self.last_ms - self.first_ms) / 1000


@dataclass(frozen=True, slots=True)
class Queue:
    """Who decides: how many people, and how many seconds a decision takes one of them."""

    reviewers: int
    review_s: float = DEFAULT_REVIEW_S


@dataclass(frozen=True, slots=True)
class Change:
    """The queue under the older and the newer policy, with the newer one's targets in seconds."""

    queue: Queue
    span_s: float
    before: Forecast
    after: Forecast
    target_median_s: float | None
    target_p95_s: float | None

    @property
    def is_over_target(self) -> bool:
        """Whether the newer policy would miss a target of its own, or never catch up."""
        waits = ((self.after.median_wait_s, self.target_median_s), (self.after.p95_wait_s, self.target_p95_s))
        return any(wait is None or (target is not None and wait > target) for wait, target in waits)


def reviewers_of(bundle: Bundle) -> int:
    """How many people of the bundle's directory may decide; 0 where it has none."""
    approvals = approvals_of(bundle.documents)
    people = approvals.people if approvals is not None else None
    return sum(not _DECIDING.isdisjoint(person.roles) for person in (people or {}).values())


def queue_change(new: Bundle, *, queue: Queue, span: Span, held_before: int, held_after: int) -> Change | None:
    """How long holds would wait; None where nobody decides, or the events do not say when they came."""
    if not queue.reviewers or not span.seconds:
        return None
    before, after = (
        forecast(arrivals=held, span_s=span.seconds, reviewers=queue.reviewers, review_s=queue.review_s)
        for held in (held_before, held_after)
    )
    targets = new.approvals.queue
    return Change(queue, span.seconds, before, after, targets.target_median_wait_s, targets.target_p95_wait_s)


def queue_lines(change: Change) -> Iterator[str]:
    """The change for a person."""
    people = "reviewer" if change.queue.reviewers == 1 else "reviewers"
    if not change.before.load and not change.after.load:
        yield f"queue of {change.queue.reviewers} {people}: nothing is held, so there is nothing to wait for"
        return
    yield (
        f"queue of {change.queue.reviewers} {people}, {change.queue.review_s:g} s a decision: "
        f"{change.before.load:.2f} at work before, {change.after.load:.2f} after"
    )
    for name, before, after, target in (
        ("median", change.before.median_wait_s, change.after.median_wait_s, change.target_median_s),
        ("95 %", change.before.p95_wait_s, change.after.p95_wait_s, change.target_p95_s),
    ):
        goal = "" if target is None else f", target {target:g} s"
        yield f"  wait, {name}: {_seconds(before)} before, {_seconds(after)} after{goal}"
    if change.after.mean_wait_s is None:
        yield "  the queue grows without bound: more comes than people can decide"
    elif change.is_over_target:
        yield "  over target"


def queue_object(change: Change) -> dict[str, Any]:
    """The change as a JSON object."""
    return {
        "queue": {
            "reviewers": change.queue.reviewers,
            "review_sec": change.queue.review_s,
            "span_sec": change.span_s,
            "before": change.before._asdict(),
            "after": change.after._asdict(),
            "target_median_wait_sec": change.target_median_s,
            "target_p95_wait_sec": change.target_p95_s,
            "is_over_target": change.is_over_target,
        }
    }


def _seconds(wait_s: float | None) -> str:
    return "without end" if wait_s is None else f"{wait_s:.0f} s"
