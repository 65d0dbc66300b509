"""The sections on agents' conduct load strictly, and the pages about conduct and sampling say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from policies.autonomy_documents import AutonomyRecords, CircuitBreaker, RecordsPer
from policies.autonomy_record import ERROR_WINDOW, MAX_CLASSES, MAX_RELEASED, Cause
from policies.autonomy_rules import ChangeKind
from policies.breaker import MAX_BREAKERS, TRANSITIONS, Signal, State
from policies.bundle import load_bundle, load_canonical
from policies.errors import PolicyLoadError
from policies.evidence import clean_actions_needed
from policies.kill import Scope
from policies.parse_autonomy import BREAKER_FIELDS, RECORDS_FIELDS
from policies.promotion import PromotionConflict
from policies.sampling import FIRST_TIME, MANDATORY, RELEASED_BY_TIMEOUT
from policies.supervision import AgentConflict, AgentDeed
from tests.policies.samples import rules_bundle

DOCS = Path(__file__).parents[2] / "docs"
AUTONOMY, SAMPLING = ((DOCS / name).read_text("utf-8") for name in ("autonomy.md", "sampling.md"))
LEVELS = "autonomy_levels: {level_0: {rules: []}}\n"
CRITERIA = "promotion_criteria: {min_successful_actions: 1, max_error_rate: %s, review_period_days: 1}\n"


def _records(text: str) -> str:
    return f"{LEVELS}autonomy_records: {{{text}}}\n"


def _breaker(text: str, match: str = '{classes: ["*"]}') -> str:
    return f"circuit_breakers:\n  - match: {match}\n    {text}\n"


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "part"),
    [
        ("autonomy_records: {per: agent}\n", "P012", 1, 19, '"autonomy_levels"'),
        ("autonomy_record: {}\n", "P001", 1, 1, 'did you mean "autonomy_records"?'),
        (_records("perr: agent"), "P001", 2, 20, 'did you mean "per"?'),
        (_records("per: agents"), "P002", 2, 25, 'did you mean "agent"?'),
        (_records("evidence: yes"), "P007", 2, 30, "write true"),
        (_records("cool_off_days: -1"), "P008", 2, 35, "between 0 and 366"),
        (_records("evidence: true, evidence_error_probability: 0"), "P008", 2, 64, "between 1e-06 and 0.5"),
        (_records("evidence_error_probability: 0.01"), "P014", 2, 20, "no effect"),
        (CRITERIA % 0 + _records("evidence: true"), "P014", 1, 65, "no evidence can show"),
        (CRITERIA % 1 + _records("evidence: true"), "P014", 1, 65, "no evidence can show"),
        ("circuit_breaker: []\n", "P001", 1, 1, 'did you mean "circuit_breakers"?'),
        ("circuit_breakers: {}\n", "P007", 1, 19, "must be a list"),
        (_breaker("open_sec: 5"), "P012", 2, 5, "else it never opens"),
        ("circuit_breakers:\n  - {error_rate_above: 0.1}\n", "P012", 2, 5, 'lacks "match"'),
        (_breaker("error_rate_above: 0.1", "{}"), "P012", 2, 12, "classes"),
        (_breaker("error_rate_above: 0.1", "{clases: [x]}"), "P001", 2, 13, 'did you mean "classes"?'),
        (_breaker("error_rate_above: 0.1", '{agents: ["a?"]}'), "P003", 2, 22, "no wildcards"),
        (_breaker("error_rate_above: 1.5"), "P008", 3, 23, "between 0 and 1"),
        (_breaker("error_rate_abov: 0.5"), "P001", 3, 5, 'did you mean "error_rate_above"?'),
        (_breaker("velocity: {max: 3}"), "P012", 3, 15, 'lacks "window_sec"'),
        (_breaker("velocity: {max: 1.5, window_sec: 60}"), "P008", 3, 21, "whole number"),
        (_breaker("velocity: {max: 3, window_sec: 0}"), "P008", 3, 36, "between 1"),
        (_breaker("velocity: {max: 3, window_sec: 9}\n    min_count: 5"), "P014", 4, 5, "no effect"),
        (_breaker("denial_rate_above: 0.5\n    probes: 0"), "P008", 4, 13, "between 1"),
        (_breaker("denial_rate_above: 0.5\n    min_count: 2.5"), "P008", 4, 16, "whole number"),
    ],
)
def test_a_wrong_section_is_refused_at_its_place(text: str, code: str, line: int, column: int, part: str) -> None:
    with pytest.raises(PolicyLoadError) as caught:
        rules_bundle(text)
    found = [problem for problem in caught.value.problems if problem.code.value == code]

    assert (found[0].line, found[0].column) == (line, column), caught.value.problems
    assert part in found[0].message


def test_sections_stand_once_and_breakers_have_names_of_their_own() -> None:
    for first, second in (
        (_records("per: agent"), _records("per: agent")),
        (_breaker("error_rate_above: 0.1"), _breaker("error_rate_above: 0.1")),
    ):
        with pytest.raises(PolicyLoadError, match="stands already"):
            load_bundle({"a.yaml": first, "b.yaml": second})
    twice = "  - {id: x, match: {classes: [a]}, error_rate_above: 0.1}\n"
    with pytest.raises(PolicyLoadError, match="P006"):
        rules_bundle(f"circuit_breakers:\n{twice}{twice}")


def test_a_document_without_the_section_keeps_one_record_per_agent_and_asks_for_no_evidence() -> None:
    document = rules_bundle(LEVELS).documents[0]

    assert document.autonomy_records is None
    assert AutonomyRecords() == AutonomyRecords(RecordsPer.AGENT, False, 0.05, 7)


def test_sections_survive_the_canonical_text() -> None:
    bundle = rules_bundle(
        _records("per: action_class, evidence: true, cool_off_days: 3") + _breaker("velocity: {max: 3, window_sec: 60}")
    )

    again = load_canonical(bundle.canonical())

    assert again == bundle
    assert again.documents == bundle.documents
    assert bundle.documents[0].circuit_breakers == (
        CircuitBreaker("doc/circuit_breakers/0", None, ("*",), velocity=(3, 60)),
    )


@pytest.mark.parametrize("page", [AUTONOMY, SAMPLING])
def test_every_document_of_the_pages_loads(page: str) -> None:
    for text in re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        assert rules_bundle(text).documents[0].name == "doc"


WORDS = sorted(
    {
        *RECORDS_FIELDS,
        *BREAKER_FIELDS[2:],
        *Cause,
        *ChangeKind,
        *PromotionConflict,
        *AgentConflict,
        *AgentDeed,
        *State,
        *Signal,
        *Scope,
        *RecordsPer,
    }
)


@pytest.mark.parametrize("word", WORDS)
def test_every_key_cause_state_and_conflict_is_documented(word: str) -> None:
    assert f"`{word}`" in AUTONOMY


@pytest.mark.parametrize("word", [FIRST_TIME, MANDATORY, RELEASED_BY_TIMEOUT])
def test_every_stratum_is_documented(word: str) -> None:
    assert f"| `{word}` |" in SAMPLING


def test_the_conflicts_stand_in_the_order_in_which_they_apply() -> None:
    tables = AUTONOMY.split("| conflict | why |")[1:]
    found = [re.findall(r"^\| `(\w+)` \|", table.partition("\n\n")[0], re.MULTILINE) for table in tables]

    assert found == [list(PromotionConflict), list(AgentConflict)]


def test_the_table_of_states_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \| (`[^|]+`) \| `(\w+)` \|$", AUTONOMY, re.MULTILINE)
    found = {
        (State(state), Signal(signal)): State(after)
        for states, signals, after in rows
        for state in re.findall(r"\w+", states)
        for signal in re.findall(r"\w+", signals)
    }

    assert found == TRANSITIONS


def test_numbers_of_the_page_are_those_of_the_code() -> None:
    needed = clean_actions_needed(0.02, error_probability=0.05)

    numbers = (
        f"takes {needed} actions without an error",
        f"of the last {ERROR_WINDOW} outcomes",
        f"at most {MAX_CLASSES} classes",
        f"up to {MAX_RELEASED} released actions",
        f"at most {MAX_BREAKERS}\nbreakers",
    )
    for number in numbers:
        assert number in AUTONOMY
