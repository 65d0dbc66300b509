"""The rule behind a hold is shown as the policy has it."""

from __future__ import annotations

import pytest

from penstock.console.web.rule_text import rule_text
from tests.streams.approval_samples import bundle_with


def test_rule_is_found_by_document_and_id() -> None:
    text = rule_text(bundle_with(), "rules", "notes")

    assert text is not None
    assert "id: notes" in text
    assert "approval: auto" in text
    assert "refunds" not in text


@pytest.mark.parametrize(
    ("document", "rule_id"), [("rules", "never"), ("nothing", "notes"), (None, "notes"), ("rules", None)]
)
def test_rule_that_is_not_there_is_not_made_up(document: str | None, rule_id: str | None) -> None:
    assert rule_text(bundle_with(), document, rule_id) is None


def test_without_the_policy_there_is_no_text() -> None:
    assert rule_text(None, "rules", "notes") is None
