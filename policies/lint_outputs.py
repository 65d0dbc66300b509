"""Output rules and the terms they are about: what is found and covered by no rule, and what no detector finds."""

from __future__ import annotations

from collections.abc import Iterator

from detectors import Family, Scanner
from detectors.custom import FORBIDDEN_COMMITMENT
from detectors.finding import Finding as Found
from detectors.severity import severity_of
from policies.dictionaries import types_of
from policies.documents import OutputRule
from policies.globs import matches_any, quoted
from policies.lint_findings import Finding, LintCode, Subject
from policies.reader import did_you_mean


def lint_outputs(subject: Subject) -> Iterator[Finding]:
    """What is odd about output rules."""
    rules = [rule for document in subject.bundle.documents for rule in document.output_rules or ()]
    known = {family.value for family in Family}
    for document in subject.bundle.documents:
        for section, part, kind in types_of(document):
            known.add(kind)
            if not any(_may_cover(rule, kind) for rule in rules):
                message = f"no output rule covers {kind}, so an output that holds one of these terms is quarantined"
                place = subject.places.of_section(document.name, section, part)
                yield subject.at(place, LintCode.UNCOVERED_TERMS, message)
    if any(rule.match.findings for rule in rules):
        known |= Scanner().types
    for rule in rules:
        for glob in rule.match.findings or ():
            if not any(matches_any((glob,), name) for name in known):
                message = f"rule {quoted(rule.id)} is about {quoted(glob)}, and no detector gives findings of this type"
                message += did_you_mean(glob, sorted(known))
                yield subject.at(subject.places.of_rule(rule.id), LintCode.UNKNOWN_FINDING, message)


def _may_cover(rule: OutputRule, kind: str) -> bool:
    match = rule.match
    family = Family.SUSPICIOUS if kind == FORBIDDEN_COMMITMENT else Family.CUSTOM
    severity = severity_of(Found(kind, family, 0, 1, 0.9, "dictionary"))
    if match.severities is not None and severity not in match.severities:
        return False
    return match.findings is None or matches_any(match.findings, kind) or matches_any(match.findings, family.value)
