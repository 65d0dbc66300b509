"""Every credential detector has examples, finds all of its positives exactly and none of its near misses."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from detectors import Family, Profile, Scanner
from detectors.credentials import table

# Modules of the package that hold no detector.
SUPPORT = {"__init__", "detector", "formats", "letter_pairs", "secret_names", "table", "values"}
SCANNER = Scanner(Profile(families=frozenset({Family.CREDENTIAL})))


def examples_of(module: str) -> Any:
    return importlib.import_module(f"tests.detectors.examples.{module}")


def near_misses_of(module: str) -> list[tuple[frozenset[str], str]]:
    """Each near miss with the types that must not be found in it: its own, or all of the module's."""
    types = frozenset(detector.type for detector in table.MODULES[module])
    return [
        (types, near_miss) if isinstance(near_miss, str) else (frozenset({near_miss.type}), near_miss.text)
        for near_miss in examples_of(module).NEAR_MISSES
    ]


@pytest.mark.parametrize("module", sorted(table.MODULES))
def test_every_detector_has_positives_and_near_misses(module: str) -> None:
    examples = examples_of(module)
    shown = {positive.type for positive in examples.POSITIVES}
    types = {detector.type for detector in table.MODULES[module]}
    assert types == shown
    assert types == {kind for near_miss in near_misses_of(module) for kind in near_miss[0]}


@pytest.mark.parametrize("module", sorted(table.MODULES))
def test_every_positive_is_found_whole(module: str) -> None:
    for positive in examples_of(module).POSITIVES:
        spans = [(f.type, f.start, f.end) for f in SCANNER.scan(positive.text)]
        start = len(positive.before)
        assert spans == [(positive.type, start, start + len(positive.secret))], positive.before


@pytest.mark.parametrize("module", sorted(table.MODULES))
def test_no_near_miss_is_found(module: str) -> None:
    for number, (types, text) in enumerate(near_misses_of(module)):
        assert not [f.type for f in SCANNER.scan(text) if f.type in types], number


def test_every_module_of_the_package_is_in_the_table() -> None:
    folder = Path(table.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {
        "__init__",
        "detector",
        "formats",
        "letter_pairs",
        "secret_names",
        "table",
        "values",
    }
    assert modules == set(table.MODULES)


def test_detector_names_are_unique() -> None:
    names = [detector.name for detector in table.DETECTORS]
    assert len(names) == len(set(names))


def test_fitting_checksum_makes_a_token_certain_and_a_wrong_one_hides_it_no_less() -> None:
    token = next(positive for positive in examples_of("checksummed").POSITIVES if positive.type == "GITHUB_TOKEN")
    wrong = token.text.replace(token.secret, token.secret[:-1] + ("a" if token.secret[-1] != "a" else "b"))
    certain, found = SCANNER.scan(token.text), SCANNER.scan(wrong)
    assert [(f.detector, f.score) for f in certain] == [("github_checksum", 1.0)]
    assert [(f.type, f.score < 1.0) for f in found] == [("GITHUB_TOKEN", True)]
