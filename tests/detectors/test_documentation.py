"""docs/detectors.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from detectors import Action, Scanner
from tests.detectors import reference_page

PAGE = (Path(__file__).parents[2] / "docs" / "detectors.md").read_text(encoding="utf-8")
SOURCES = "\n".join(
    path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "detectors").rglob("*.py")
)


def test_the_snippet_runs_and_its_comments_are_true() -> None:
    snippet, of_streams, *_ = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(snippet, names)  # noqa: S102 - our own page
    exec(of_streams, names)  # noqa: S102
    assert names["released"] == "my ssn is [REDACTED], thanks"
    assert names["done"].value == {"customer": {"ssn": "[REDACTED]"}}
    assert names["redact"]("ssn 219-09-9999", names["findings"]).text == "ssn [REDACTED]"


@pytest.mark.parametrize("code", sorted(set(re.findall(r'"((?:SCAN|REDACTION|STREAM)_[A-Z_]+)"', SOURCES))))
def test_every_code_is_on_the_page(code: str) -> None:
    assert f"`{code}`" in PAGE


@pytest.mark.parametrize("action", list(Action))
def test_every_action_is_on_the_page_in_its_words(action: Action) -> None:
    assert f"| `{action.value}` |" in PAGE
    assert f"`{action.words}`" in PAGE


def test_page_of_types_is_what_the_declarations_give() -> None:
    assert reference_page.PAGE.read_text(encoding="utf-8") == reference_page.page()


def test_page_of_types_has_every_type_that_a_scanner_can_report() -> None:
    page = reference_page.page()
    assert [kind for kind in sorted(Scanner().types) if f"`{kind}`" not in page] == []
