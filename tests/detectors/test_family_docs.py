"""docs/detectors.md names every type of the internal, suspicious and custom families, and every code of theirs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from detectors import families
from detectors.custom import CROSS_TENANT_ID, FORBIDDEN_COMMITMENT, DictionaryError
from detectors.internal import INTERNAL_FIELD

PAGE = (Path(__file__).parents[2] / "docs" / "detectors.md").read_text(encoding="utf-8")
TYPES = sorted({declared.type for declared in families.DECLARATIONS} | {INTERNAL_FIELD})
_, _, TABLE = PAGE.partition("## Types of internal data and suspicious output\n")


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_has_its_row(kind: str) -> None:
    assert re.search(rf"^\| `{kind}` \| [^|]+ \|", TABLE, re.MULTILINE)


def test_the_table_has_no_row_without_a_type() -> None:
    section = TABLE.partition("\n## ")[0]
    assert re.findall(r"^\| `([A-Z_]+)`", section, re.MULTILINE) != []
    assert set(re.findall(r"^\| `([A-Z_]+)`", section, re.MULTILINE)) == set(TYPES)


@pytest.mark.parametrize("name", [CROSS_TENANT_ID, FORBIDDEN_COMMITMENT, DictionaryError.code, "PRESIDIO_INVALID"])
def test_types_and_codes_of_dictionaries_and_presidio_are_named(name: str) -> None:
    assert f"`{name}`" in PAGE
