"""Every code and every key of the language has its entry in the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.decisions import FindingAction, ReasonCode
from policies.documents import MATCH_FIELDS
from policies.errors import ProblemCode
from policies.loading import _KNOWN
from policies.parse_facts import _CLASS_FIELDS, _DEFAULTS, FACT_NAMES
from policies.parse_outputs import _MATCH_FIELDS

TEXT = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")

WORDS = sorted(
    {
        *ReasonCode, *ProblemCode, *FindingAction, *MATCH_FIELDS, *_KNOWN, *_CLASS_FIELDS,
        *_DEFAULTS, *FACT_NAMES, *_MATCH_FIELDS,
    }
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_every_code_and_key_is_documented(word: str) -> None:
    assert f"`{word}`" in TEXT


@pytest.mark.parametrize("code", list(ReasonCode))
def test_every_reason_code_has_a_row_of_its_own(code: ReasonCode) -> None:
    assert f"| `{code.value}` |" in TEXT
