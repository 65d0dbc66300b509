"""The linter: everything about a bundle that loads, and is probably not what its author meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policies.bundle import Bundle
from policies.lint_conflicts import lint_conflicts
from policies.lint_detours import lint_detours
from policies.lint_findings import Finding, Subject, places_of
from policies.lint_outputs import lint_outputs
from policies.lint_reach import lint_reach
from policies.lint_rules import lint_rules
from policies.lint_sections import lint_sections
from policies.parse_cases import Case


def lint(bundle: Bundle, *, sources: Mapping[str, str], cases: Sequence[Case]) -> tuple[Finding, ...]:
    """Every finding in the order of files and lines.

    `sources` are the texts that the bundle was loaded from, for the places; `cases` are what lies beside it.
    """
    subject = Subject(bundle, tuple(cases), places_of(sources, bundle))
    parts = (lint_reach, lint_conflicts, lint_rules, lint_outputs, lint_sections, lint_detours)
    return tuple(sorted({finding for part in parts for finding in part(subject)}))
