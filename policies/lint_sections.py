"""Sections besides rules: workflows, sampling, routing, timers, promotion, owners."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from policies.approval_documents import DEFAULT_TIMEOUTS, OnTimeout
from policies.documents import Approvals, Document
from policies.globs import quoted
from policies.lint_branches import branch_problems
from policies.lint_findings import Finding, LintCode, Subject
from policies.parse_approvals import approvals_of
from policies.routing import DEFAULT_CLASS, subject_of

# How sure a record without an error should be that the rate is below the criterion. Source: the usual 95 %.
CONFIDENCE: Final = 0.95


def lint_sections(subject: Subject) -> Iterator[Finding]:
    """What is odd about sections, document by document."""
    for document in subject.bundle.documents:
        yield from _branches(subject, document)
        yield from _sampling(subject, document)
        yield from _routing(subject, document)
        yield from _promotion(subject, document)
        yield from _owners(subject, document)
    yield from _timers(subject)


def _branches(subject: Subject, document: Document) -> Iterator[Finding]:
    for step in document.workflow.steps.values() if document.workflow else ():
        place = subject.places.of_section(document.name, "steps", step.name)
        for problem in branch_problems(step) if step.branches else ():
            yield subject.at(place, LintCode.BRANCHES, f"step {quoted(step.name)}: {problem}")
        if step.timeout_s is not None and step.on_timeout is None and step.kind == "approval":
            message = f"step {quoted(step.name)} has a timeout and does not say what follows: it denies"
            yield subject.at(place, LintCode.TIMER, message)


def _sampling(subject: Subject, document: Document) -> Iterator[Finding]:
    weights = document.audit.sampling.tag_weights if document.audit else {}
    for tag, weight in sorted(weights.items()):
        if weight < 1:
            message = (
                f"the tag {quoted(tag)} has weight {weight:g}: an agent that claims it, and no other, is looked at less"
            )
            yield subject.at(subject.places.of_section(document.name, "audit"), LintCode.LIGHT_WEIGHT, message)


def _routing(subject: Subject, document: Document) -> Iterator[Finding]:
    classes = subject.bundle.resolver.classes
    known = {entry.name for entry in classes} | {tag for entry in classes for tag in entry.risk_tags or ()}
    for key, routing in (
        ("audit", document.audit.routing if document.audit else {}),
        ("routing", (document.approvals.routing if document.approvals else None) or {}),
    ):
        for name in sorted(routing):
            if name != DEFAULT_CLASS and known.isdisjoint({name, subject_of(name)}):
                message = (
                    f"routing names {quoted(name)}, which no action class is called or tagged: "
                    "only a tag that an agent claims leads there"
                )
                yield subject.at(subject.places.of_section(document.name, key, name), LintCode.NO_CLASS, message)


def _promotion(subject: Subject, document: Document) -> Iterator[Finding]:
    autonomy = document.autonomy
    criteria = autonomy.promotion if autonomy else None
    records = next((d.autonomy_records for d in subject.bundle.documents if d.autonomy_records), None)
    if criteria is None or (records is not None and records.needs_evidence) or criteria.max_error_rate <= 0:
        return
    needed = clean_actions_to_show(float(criteria.max_error_rate), confidence=CONFIDENCE)
    if criteria.min_successful_actions < needed:
        message = (
            f"{criteria.min_successful_actions} actions cannot show an error rate below {criteria.max_error_rate:g}: "
            f"without any error it takes {needed}; ask for more, or for evidence in autonomy_records"
        )
        yield subject.at(subject.places.of_section(document.name, "promotion_criteria"), LintCode.UNPROVABLE, message)


def clean_actions_to_show(rate: float, *, confidence: float) -> int:
    """How many actions without an error show, so surely, that errors are rarer than `rate`: 149 for 2 % at 95 %.

    Source: the exact bound with no failures, C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404.
    """
    return 1 if rate >= 1 else math.ceil(math.log(1 - confidence) / math.log1p(-rate))


def _owners(subject: Subject, document: Document) -> Iterator[Finding]:
    owned = {(entry.risk, entry.ambiguity) for entry in subject.bundle.quadrants if entry.owner_role}
    for number, entry in enumerate(document.action_classes or ()):
        if entry.owner is None and (entry.risk or "", entry.ambiguity or "") not in owned:
            place = subject.places.of_section(document.name, "action_classes", str(number))
            message = f"action class {quoted(entry.name)} has no owner, so nobody answers for it"
            yield subject.at(place, LintCode.NO_OWNER, message)


def _timers(subject: Subject) -> Iterator[Finding]:
    """Times of approvals after which nothing can happen."""
    given = approvals_of(subject.bundle.documents) or Approvals()
    teams = given.teams or {}
    climbs = not teams or any(team.escalates_to for team in teams.values())
    after_s = given.queue.escalate_after_s if given.queue else None
    if after_s is not None:
        place = subject.places.of_key("approval_queue_policy", "escalate_after_sec")
        timeouts = {**DEFAULT_TIMEOUTS, **(given.timeouts or {})}
        if not climbs:
            message = "escalate_after_sec has no effect: no team escalates to another"
            yield subject.at(place, LintCode.TIMER, message)
        elif all(timeout.after_s is not None and timeout.after_s <= after_s for timeout in timeouts.values()):
            message = f"escalate_after_sec {after_s:g} has no effect: every hold has timed out by then"
            yield subject.at(place, LintCode.TIMER, message)
    for risk, timeout in (given.timeouts or {}).items():
        if timeout.action is OnTimeout.ESCALATE and not climbs:
            place = subject.places.of_key("approval_timeouts", risk.value)
            message = f"on_timeout escalate has no effect for {risk.value} risk: no team escalates to another"
            yield subject.at(place, LintCode.TIMER, message)
