"""Disguises of single characters do not hide anything, and offsets survive."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import Family, Scanner, redact
from detectors.folding import fold
from tests.detectors.examples.example import made_up

SCANNER = Scanner()
SECRETS = ("219-09-9999", "jane.doe@acme.com", "4111 1111 1111 1111", "gh" + "p_" + made_up(36))


def zero_width(text: str) -> str:
    return "\u200b".join(text)


def soft_hyphen(text: str) -> str:
    return "\u00ad".join(text)


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else "\u3000" for c in text)


def cyrillic(text: str) -> str:
    return text.translate(str.maketrans("aeopcxyAEOPCTXBHKM", "аеорсхуАЕОРСТХВНКМ"))


def other_marks(text: str) -> str:
    return text.replace("-", "\u2011").replace(" ", "\u00a0")


@pytest.mark.parametrize("disguise", [zero_width, soft_hyphen, full_width, cyrillic, other_marks])
@pytest.mark.parametrize("secret", SECRETS)
def test_disguised_secret_is_found_and_redacted_whole(disguise: object, secret: str) -> None:
    assert callable(disguise)
    disguised = disguise(secret)
    text = f"é see {disguised} now"
    # What hides the secret may be a finding of its own beside it.
    findings = [finding for finding in SCANNER.scan(text) if finding.family is not Family.SUSPICIOUS]
    assert [text[finding.start : finding.end] for finding in findings] == [disguised]
    assert redact(text, findings).text == "é see [REDACTED] now"


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=60) | st.text(alphabet="aé\u200b\u00adﬁ１ \ufdfa", max_size=60))
def test_offsets_survive_folding(text: str) -> None:
    folded = fold(text)
    reach = 0
    for place in range(len(folded.text)):
        start, end = folded.original_span(place, place + 1)
        assert 0 <= start < end <= len(text)
        assert start >= reach - 1
        reach = end
        assert fold(text[start:end]).text.find(folded.text[place]) >= 0
    if folded.text:
        assert folded.original_span(0, len(folded.text))[1] <= len(text)


def test_plain_text_is_left_as_it_is() -> None:
    assert fold("plain").mapping is None


def test_characters_that_keep_their_place_need_no_map() -> None:
    folded = fold("dash – quote ’ and ｆｕｌｌ")
    assert (folded.text, folded.mapping) == ("dash - quote ' and full", None)
