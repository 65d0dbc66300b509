"""From files of audit records and reviews to what they teach; the arithmetic is in `policies.review_report`.

A line is an audit record or a review, plain, as `penstock audit export` writes it, or as `penstock tail --json` prints
it. The audit log has holds, decisions and outcomes; reviews only add when the reviewer was shown what was decided.
Whether the log is whole is not looked at here: `penstock audit verify` does that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final

import orjson

from penstock.errors import CommandError
from penstock.event_files import open_lines
from policies.approvals import Resolution
from policies.decisions import Decision
from policies.review_report import ReviewedHold, ReviewerReport, ReviewReport, RuleReport, report

# How an executor's words about one action count together: the worst stands.
_WORST_OUTCOME: Final = ("success", "failure", "incident")
_BY_CODE: Final = {resolution.reason_code: resolution for resolution in reversed(Resolution)}


class ReviewLog:
    """Holds as the records tell them, in any order of records and however often each comes."""

    def __init__(self) -> None:
        self.decisions = 0
        self._seen: set[tuple[int, int]] = set()
        self._holds: dict[str, ReviewedHold] = {}
        self._actions: dict[str, tuple[str, str]] = {}
        self._constraints: dict[str, Any] = {}
        self._ends: dict[str, dict[str, Any]] = {}
        self._outcomes: dict[tuple[str, str], str] = {}
        self._seconds: dict[str, bool] = {}
        self._reviews: dict[str, dict[str, Any]] = {}

    def take(self, record: dict[str, Any]) -> None:
        """Take in an audit record or a review; anything else is passed over.

        Raises:
            KeyError, TypeError, ValueError: the record is not what it says it is.
        """
        if "target" in record and "review_id" in record:
            self._reviews[record["review_id"]] = record
            return
        kind = record.get("kind")
        if kind is None or "seq" not in record:
            return
        place = (record["partition"], record["seq"])
        if place in self._seen:
            return
        self._seen.add(place)
        if kind == "decision":
            self._decided(record)
        elif kind == "outcome" and record["released"]:
            self._happened((record["agent_id"], record["action_id"]), record["status"])
        elif kind == "second_review":
            self._seconds[record["hold_id"]] = bool(record["agrees"])
        elif "hold_id" in record and isinstance(record.get("decision"), dict):
            self._ends[record["hold_id"]] = record

    def _decided(self, record: dict[str, Any]) -> None:
        decision = record["decision"]
        self.decisions += 1
        if decision["decision"] != Decision.REQUIRE_APPROVAL.value:
            return
        hold_id = decision["decision_id"]
        self._holds[hold_id] = ReviewedHold(hold_id, decision["rule_id"], record["at_ms"])
        self._actions[hold_id] = (record["agent_id"], record["action_id"])
        self._constraints[hold_id] = decision["constraints"]

    def _happened(self, action: tuple[str, str], status: str) -> None:
        before = self._outcomes.get(action, status)
        self._outcomes[action] = max(before, status, key=_WORST_OUTCOME.index)

    def holds(self) -> Iterator[ReviewedHold]:
        """Every hold whose beginning is in the log."""
        for hold_id, hold in self._holds.items():
            found = replace(
                hold,
                outcome=self._outcomes.get(self._actions[hold_id]),
                second_agrees=self._seconds.get(hold_id),
            )
            yield self._ended(found, self._ends[hold_id]) if hold_id in self._ends else found

    def _ended(self, hold: ReviewedHold, record: dict[str, Any]) -> ReviewedHold:
        decision = record["decision"]
        resolution = _resolution(record, held_constraints=self._constraints[hold.hold_id])
        review = self._reviews.get(str(record.get("review_id")), {})
        shown = record.get("rendered_at") or review.get("rendered_at")
        answered = record.get("decided_at") or review.get("decided_at")
        # Both times are of the reviewer's own screen: the gate's clock may be another one.
        spent_ms = _milliseconds(answered) - _milliseconds(shown) if shown and answered else None
        return replace(
            hold,
            resolution=resolution,
            decided_ms=record["at_ms"],
            reviewers=tuple(decision["decided_by"].get("reviewers", ())),
            rendered_ms=None if spent_ms is None else record["at_ms"] - spent_ms,
            shown_chars=int(record.get("shown_chars") or 0),
        )


def _resolution(record: dict[str, Any], *, held_constraints: Any) -> Resolution:
    """How a hold ended: what the record says, else what its decision's code and constraints tell."""
    if "resolution" in record:
        return Resolution(record["resolution"])
    decision = record["decision"]
    resolution = _BY_CODE[decision["reason_code"]]
    if resolution is Resolution.APPROVED and decision["constraints"] != held_constraints:
        return Resolution.APPROVED_WITH_CONSTRAINTS
    return resolution


def _milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def read_report(sources: Iterable[str]) -> ReviewReport:
    """What the records of some files teach.

    Raises:
        EventFileError: a file cannot be read.
        CommandError: `EXPORT_UNREADABLE`, a line is no record; it is named by file and number.
    """
    log = ReviewLog()
    for source in sources:
        with open_lines(source) as chunks:
            for line in (line for chunk in chunks for line in chunk):
                try:
                    record = _record(orjson.loads(line.raw))
                    if record is not None:
                        log.take(record)
                except (KeyError, TypeError, ValueError):
                    raise CommandError(
                        f"{source}:{line.number}: not an audit record or a review",
                        code="EXPORT_UNREADABLE",
                        advice="see `penstock audit export`",
                    ) from None
    try:
        return report(log.holds(), decisions=log.decisions)
    except (KeyError, TypeError, ValueError):
        raise CommandError(
            "a record about a hold cannot be understood", code="EXPORT_UNREADABLE", advice="see `penstock audit verify`"
        ) from None


def _record(line: Any) -> dict[str, Any] | None:
    """The record in a line: itself, or what an export or `tail` wrapped; None for a checkpoint."""
    if not isinstance(line, dict):
        raise TypeError("not an object")
    if "checkpoint" in line or "base64" in line:
        return None
    value = line.get("value", line)
    found = orjson.loads(value) if isinstance(value, str) else value
    return found if isinstance(found, dict) else None


def rule_json(rule: RuleReport) -> dict[str, Any]:
    """A rule's report as JSON data."""
    return {"kind": "rule", **asdict(rule), "second_agreement": list(rule.second_agreement), "decided": rule.decided}


def reviewer_json(reviewer: ReviewerReport) -> dict[str, Any]:
    """A reviewer's report as JSON data."""
    return {"kind": "reviewer", **asdict(reviewer), "signals": list(reviewer.signals)}


def summary_json(found: ReviewReport) -> dict[str, Any]:
    """The whole report's totals as JSON data."""
    return {
        "kind": "all",
        "held": found.held,
        "decisions": found.decisions,
        "held_share": found.held_share,
        "sentence": found.sentence,
    }


def report_lines(found: ReviewReport) -> Iterator[str]:
    """The report for people: the share, then each rule with its counts, then each reviewer."""
    yield found.sentence
    for rule in found.rules:
        yield rule.sentence
        yield (
            f"  held {rule.held}, open {rule.open}, expired {rule.expired}, released by timeout"
            f" {rule.released_by_timeout}, superseded {rule.superseded}, withdrawn {rule.withdrawn}"
        )
        if rule.wait_median_ms is not None and rule.wait_p95_ms is not None:
            yield f"  time to decide {rule.wait_median_ms / 1000:.1f} s median, {rule.wait_p95_ms / 1000:.1f} s p95"
        yield f"  outcomes {rule.successes} success, {rule.failures} failure, {rule.incidents} incident"
        if rule.second_reviews:
            low, high = rule.second_agreement
            yield (
                f"  second reviews {rule.second_agreed} of {rule.second_reviews} agreed,"
                f" {100 * low:.1f}% to {100 * high:.1f}%"
            )
    for person in found.reviewers:
        signals = "; ".join(person.signals)
        told = f"reviewer {person.reviewer}: {person.decided} decided, {person.changed} changed, {person.denied} denied"
        yield f"{told}: {signals}" if signals else told
