"""Cases beside a bundle: run through it, compared with what its author wants, and which rules they decide by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from policies.bundle import Bundle
from policies.conditions import holds
from policies.decisions import Derived, Verdict
from policies.loading import read_cases, read_state
from policies.parse_cases import Case, Expected


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case with its verdict; `differences` are one line each, and empty when the case passes."""

    case: Case
    verdict: Verdict
    differences: tuple[str, ...]

    @property
    def is_passed(self) -> bool:
        """Whether the verdict is what the case wants."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class Coverage:
    """What of a bundle some case reaches, and the rest, by id in the order of the bundle."""

    covered: tuple[str, ...]
    uncovered: tuple[str, ...]

    @property
    def total(self) -> int:
        """How much there is to reach."""
        return len(self.covered) + len(self.uncovered)

    @property
    def share(self) -> float:
        """The covered share, 1 where there is nothing to reach."""
        return len(self.covered) / self.total if self.total else 1.0


def load_cases(sources: Mapping[str, str]) -> tuple[Case, ...]:
    """The cases among the files of a bundle, in the order of files and lines.

    Raises: PolicyLoadError with every problem found in the documents of cases.
    """
    return read_cases(sources)


def load_state(text: str) -> Derived:
    """What the gate would know of an action's agent, from JSON in the shape of a case's `state`.

    Raises: PolicyLoadError with every problem found.
    """
    return read_state(text)


def run_cases(bundle: Bundle, cases: Iterable[Case]) -> tuple[CaseResult, ...]:
    """Every case judged by the bundle, in the order given."""
    results: list[CaseResult] = []
    for case in cases:
        verdict = bundle.decide(case.event, case.derived)
        differences = [*_strangers(bundle, case), *_differences(case.expected, verdict)]
        results.append(CaseResult(case, verdict, tuple(differences)))
    return tuple(results)


def coverage(bundle: Bundle, results: Sequence[CaseResult]) -> Coverage:
    """Which rules on actions the cases reach: those that a verdict names, that gave it a constraint, or that voted."""
    seen = {result.verdict.rule_id for result in results}
    seen.update(rule for result in results for rules in result.verdict.constraint_sources.values() for rule in rules)
    seen.update(rule for result in results for rule in _voters(bundle, result.case))
    ids = [rule.id for level in _levels(bundle) for entry in bundle.lists_for(level) for rule in entry.rules]
    ids += [quadrant.rule.id for quadrant in bundle.quadrants]
    every = tuple(dict.fromkeys(ids))
    return Coverage(tuple(i for i in every if i in seen), tuple(i for i in every if i not in seen))


def _levels(bundle: Bundle) -> list[int]:
    return [entry.level or 0 for entry in bundle.autonomy.levels] if bundle.autonomy else [0]


def _voters(bundle: Bundle, case: Case) -> Iterator[str]:
    """The rules that vote on a case, or that may vote where a field is absent."""
    try:
        for known in bundle.resolver.classes_for(case.event):
            facts = bundle.resolver.resolve(case.event, case.derived, known)
            for entry in bundle.lists_for(case.derived.autonomy_level):
                for rule in entry.rules:
                    result = holds(rule.match, facts)
                    if result is not False:
                        yield rule.id
                    if result is True:
                        break
    except (TypeError, ValueError):
        return  # the verdict says that the event cannot be evaluated


def _strangers(bundle: Bundle, case: Case) -> Iterator[str]:
    """What the state of a case names that the bundle does not have: it would be passed over without a word."""
    machines = bundle.workflow_order.machines
    for name, progress in case.derived.workflows.items():
        if name not in machines:
            yield f"state: there is no workflow {name}"
            continue
        steps = machines[name].planner.workflow.steps
        for step in dict.fromkeys((*progress.states, *progress.results, *progress.choices)):
            if step not in steps:
                yield f"state: workflow {name} has no step {step}"


def _differences(expected: Expected, verdict: Verdict) -> list[str]:
    wanted: list[tuple[str, object, object]] = [("decision", expected.decision.word, verdict.decision.word)]
    for name, want, got in (
        ("rule", expected.rule, verdict.rule_id),
        ("reason_code", expected.reason_code, verdict.reason_code),
        ("missing", expected.missing, verdict.missing),
        ("approval", expected.approval, verdict.approval),
        ("class", expected.class_name, verdict.class_name),
        ("constraints", expected.constraints, dict(verdict.constraints)),
    ):
        if want is not None:
            wanted.append((name, want, got))
    return [f"{name}: expected {_shown(want)}, got {_shown(got)}" for name, want, got in wanted if want != got]


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(str(item) for item in value) + "]"
    return "none" if value is None else str(value)
