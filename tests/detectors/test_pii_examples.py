"""Every form of every type of personal data has examples, is found whole, and its near misses are not found."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from detectors import Family, Profile, Scanner
from detectors.folding import fold
from detectors.pii import table
from detectors.pii.table import INFORMATIONAL, MODULES, PATTERNS, declarations

SCANNER = Scanner(Profile(families=frozenset({Family.PII})))


def examples_of(module: str) -> Any:
    return importlib.import_module(f"tests.detectors.examples.pii_{module}")


@pytest.mark.parametrize("module", sorted(MODULES))
def test_every_form_of_a_type_has_a_positive(module: str) -> None:
    texts = [fold(positive.text).text for positive in examples_of(module).POSITIVES]
    for pattern in MODULES[module]:
        assert any(list(pattern.find(text, 0, len(text))) for text in texts), (pattern.type, pattern.pattern)
    assert examples_of(module).NEAR_MISSES


@pytest.mark.parametrize("module", sorted(MODULES))
def test_every_positive_is_found_whole(module: str) -> None:
    for positive in examples_of(module).POSITIVES:
        spans = [(f.type, positive.text[f.start : f.end]) for f in SCANNER.scan(positive.text)]
        assert spans == [(positive.type, positive.secret)]


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_near_miss_is_found(module: str) -> None:
    types = {pattern.type for pattern in MODULES[module]}
    for text in examples_of(module).NEAR_MISSES:
        assert [(f.type, text[f.start : f.end]) for f in SCANNER.scan(text) if f.type in types] == []


@pytest.mark.parametrize("module", sorted(MODULES))
def test_windows_around_triggers_find_what_the_whole_text_shows(module: str) -> None:
    filler = "nothing to see, 12 of 7 items. " * 40
    for positive in examples_of(module).POSITIVES:
        text = f"{filler}\n{positive.text}\n{filler}"
        folded = fold(text).text
        whole = {
            (claim.finding.type, claim.finding.start, claim.finding.end)
            for pattern in PATTERNS
            for claim in pattern.find(folded, 0, len(folded))
        }
        found = {(f.type, f.start, f.end) for f in SCANNER.scan(text)}
        assert found <= whole
        assert any(text[start:end] == positive.secret for _, start, end in found), positive.text


def test_every_module_with_patterns_is_in_the_table() -> None:
    folder = Path(table.__file__).parent
    declaring = {path.stem for path in folder.glob("*.py") if "\nPATTERNS = (" in path.read_text(encoding="utf-8")}
    assert declaring == set(MODULES)


def test_names_of_detectors_are_unique() -> None:
    names = [declared.name for declared in declarations()]
    assert len(names) == len(set(names))


def test_types_that_are_mentions_score_below_all_evidence() -> None:
    for module in sorted(MODULES):
        for positive in examples_of(module).POSITIVES:
            scores = [finding.score for finding in SCANNER.scan(positive.text)]
            assert all((score < 0.5) == (positive.type in INFORMATIONAL) for score in scores), positive.type


def test_no_built_in_type_asks_presidio() -> None:
    code = (
        "import sys\n"
        "from detectors import Family, Profile, Scanner\n"
        "from tests.detectors.test_pii_examples import MODULES, examples_of\n"
        "scanner = Scanner(Profile(families=frozenset({Family.PII})))\n"
        "found = sum(len(scanner.scan(p.text)) for m in MODULES for p in examples_of(m).POSITIVES)\n"
        "sys.exit(0 if found > 100 and 'presidio_analyzer' not in sys.modules else 1)\n"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False, timeout=120).returncode == 0
