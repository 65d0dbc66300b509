"""What a redacted release would let out, found by the function with which the gate itself will clean the output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from detectors.scanner import Scanner
from penstock.console.acts.conflict_words import words_of
from penstock.console.web.masking import shown
from policies.bundle import Bundle
from streams.quarantine_step import ReleaseRefusedError, cleaned_output
from streams.terms import Terms

# No preview draws a sample.
_NO_KEY = bytes(32)


class Detail(NamedTuple):
    """One thing that is taken out: where, why and how."""

    field: str
    reason: str
    action: str


class Preview(NamedTuple):
    """What would go out, and what would be taken out; or in words why the gate would refuse."""

    text: str | None
    details: tuple[Detail, ...] = ()
    why_not: str = ""


def preview_of(bundle: Bundle | None, scanner: Scanner | None, output: Mapping[str, Any]) -> Preview:
    """The preview under the policy in force; without a policy or a scanner there is none."""
    if bundle is None or scanner is None:
        return Preview(None, why_not="This console cannot make a preview: it does not know the policy in force.")
    try:
        cleaned = cleaned_output(Terms(bundle, scanner, _NO_KEY), output)
    except ReleaseRefusedError as refused:
        words = words_of(refused.conflict.value)
        return Preview(None, why_not=f"The gate would refuse it: {words.text}. What to do: {words.advice}.")
    details = tuple(Detail(found.field, found.reason, found.action) for found in cleaned.details)
    return Preview(shown(cleaned.content), details)
