"""Encoded, escaped, split and spaced values are found, and the finding covers them in the text as it was."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import Scanner, redact
from detectors.disguises import SIGNALS, View, views
from tests.detectors.examples.example import made_up

SCANNER = Scanner()
SECRETS = ("219-09-9999", "jane.doe@acme.com", "4111111111111111", "gh" + "p_" + made_up(36))


def percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def json_escapes(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)


def html_numbers(text: str) -> str:
    return "".join(f"&#{ord(character)};" for character in text)


def html_hex(text: str) -> str:
    return "".join(f"&#x{ord(character):x};" for character in text)


def base64_of(text: str) -> str:
    return base64.b64encode(f"the value is {text}".encode()).decode()


def base64url_of(text: str) -> str:
    return base64.urlsafe_b64encode(f"the value is {text}?>~".encode()).decode().rstrip("=")


def hex_of(text: str) -> str:
    return f"the value is {text}".encode().hex()


def split_by_markup(text: str) -> str:
    return f"{text[:6]}<b></b>{text[6:]}"


def spaced(text: str) -> str:
    return " ".join(text)


@pytest.mark.parametrize(
    "disguise",
    [percent, json_escapes, html_numbers, html_hex, base64_of, base64url_of, hex_of, split_by_markup, spaced],
)
@pytest.mark.parametrize("secret", SECRETS)
def test_disguised_secret_is_found_and_redacted_whole(disguise: object, secret: str) -> None:
    assert callable(disguise)
    hidden = disguise(secret)
    for before in ("it is ", "é: "):
        text = f"{before}{hidden} now"
        redacted = redact(text, SCANNER.scan(text)).text
        assert redacted == f"{before}[REDACTED] now"
        assert SCANNER.scan(redacted) == ()


def test_context_stands_before_an_encoded_value() -> None:
    hidden = base64.b64encode(b"it is in fact 219099999").decode()
    text = f"social security number: {hidden}"
    assert [text[finding.start : finding.end] for finding in SCANNER.scan(text)] == [hidden]
    assert SCANNER.scan(f"offset: {hidden}") == ()


def test_percent_maps_to_the_characters_of_the_value() -> None:
    text = f"write to {quote('jane.doe@acme.com')} today"
    assert [text[finding.start : finding.end] for finding in SCANNER.scan(text)] == ["jane.doe%40acme.com"]


def test_encoded_lines_are_read_as_one() -> None:
    hidden = base64.encodebytes(("lorem ipsum dolor " * 5 + "jane.doe@acme.com " + "sit amet " * 9).encode()).decode()
    (finding,) = SCANNER.scan(hidden)
    assert (finding.type, finding.start, finding.end) == ("EMAIL_ADDRESS", 0, len(hidden.rstrip()))


@pytest.mark.parametrize(
    "text",
    [
        "sha256 " + "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "<table><tr><td>4111 1111</td><td>1111 1111</td></tr></table>",
        "a  b  c  d  e  f  g  h  i  j  k  l",
        "100%25 of R&amp;D and &nbsp; &lt;b&gt;",
        "path /usr/lib/python3/site-packages/some_module/data",
    ],
)
def test_what_only_looks_encoded_is_left_alone(text: str) -> None:
    assert SCANNER.scan(text) == ()


def test_one_layer_is_undone_and_no_more() -> None:
    once = base64.b64encode(b"mail to jane.doe@acme.com").decode()
    twice = base64.b64encode(f"mail to {once}".encode()).decode()
    assert [finding.type for finding in SCANNER.scan(once)] == ["EMAIL_ADDRESS"]
    assert SCANNER.scan(twice) == ()


ALPHABET = st.sampled_from([*"ab1 %4<>/&#;\\u\n=", "%41", "&#65;", "\\u0041", "<b>", "a b c d e f g h ", "QUJD" * 7])


def all_views(text: str) -> list[View]:
    return list(views(text, dict.fromkeys(SIGNALS, ())))


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(ALPHABET, max_size=40))
def test_every_character_of_a_view_comes_from_the_text_in_order(pieces: list[str]) -> None:
    text = "".join(pieces)
    for view in all_views(text):
        assert view.mapping.length == len(view.text)
        spans = [view.mapping.span(place, place + 1) for place in range(len(view.text))]
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert spans == sorted(spans)


@settings(max_examples=200, deadline=None)
@given(pieces=st.lists(ALPHABET, max_size=40))
def test_views_are_no_longer_than_the_text_allows(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert sum(len(view.text) for view in all_views(text)) <= 4 * len(text)
