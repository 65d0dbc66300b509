"""Every detector of the internal and suspicious families has examples, finds its positives whole and no near miss."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from detectors import Family, Profile, Scanner
from detectors.declaration import Declaration
from detectors.internal import table as internal
from detectors.suspicious import table as suspicious

TABLES: dict[Family, dict[str, tuple[Declaration, ...]]] = {
    Family.INTERNAL: internal.MODULES,
    Family.SUSPICIOUS: suspicious.MODULES,
}
SCANNERS = {family: Scanner(Profile(families=frozenset({family}))) for family in TABLES}
CASES = [(family, module) for family, modules in TABLES.items() for module in sorted(modules)]


def examples_of(family: Family, module: str) -> Any:
    return importlib.import_module(f"tests.detectors.examples.{family.value}_{module}")


@pytest.mark.parametrize(("family", "module"), CASES)
def test_every_detector_has_positives_and_near_misses(family: Family, module: str) -> None:
    examples = examples_of(family, module)
    found = {f.detector for positive in examples.POSITIVES for f in SCANNERS[family].scan(positive.text)}
    assert {declared.name for declared in TABLES[family][module]} <= found
    assert examples.NEAR_MISSES


@pytest.mark.parametrize(("family", "module"), CASES)
def test_every_positive_is_found_whole(family: Family, module: str) -> None:
    for positive in examples_of(family, module).POSITIVES:
        spans = [(f.type, positive.text[f.start : f.end]) for f in SCANNERS[family].scan(positive.text)]
        assert spans == [(positive.type, positive.secret)]


@pytest.mark.parametrize(("family", "module"), CASES)
def test_no_near_miss_is_found(family: Family, module: str) -> None:
    for text in examples_of(family, module).NEAR_MISSES:
        assert [(f.detector, text[f.start : f.end]) for f in SCANNERS[family].scan(text)] == []


@pytest.mark.parametrize("family", TABLES)
def test_every_module_of_a_family_is_in_its_table(family: Family) -> None:
    folder = Path(__file__).parents[2] / "detectors" / family.value
    declaring = {path.stem for path in folder.glob("*.py") if "DECLARATIONS: " in path.read_text(encoding="utf-8")}
    assert declaring - {"table"} == set(TABLES[family])


def test_names_of_detectors_are_unique() -> None:
    names = [declared.name for modules in TABLES.values() for module in modules.values() for declared in module]
    assert len(names) == len(set(names))
