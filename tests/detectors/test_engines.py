"""Hyperscan, RE2 and re lead to the same findings."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import Scanner
from tests.detectors import examples

SCANNER = Scanner()
FALLBACKS = (Scanner(engines=("re2",)), Scanner(engines=("re",)))
PIECES = (
    *(
        "ssn ",
        "219-09-9999",
        "jane@acme.com",
        "4111 1111 1111 1111",
        "password=",
        "hunter2Zq9!",
        "\n",
        " ",
        "é",
        "—",
        "; ",
    ),
    *(
        "https://",
        "u:p4ssw0rd9@",
        "db.internal",
        "/home/ada/x.py",
        "10.0.0.7",
        "passport no ",
        "123456789",
        "\u200b",
        "=",
        "{",
    ),
    *("DE89370400440532013000", "token", ": ", '"', "AKIA", "key", "2125550143", "call ", "x" * 30, "\ud800", "１２３"),
)


def example_texts() -> Iterator[str]:
    for module in pkgutil.iter_modules(examples.__path__):
        if module.name != "example":
            listed = importlib.import_module(f"tests.detectors.examples.{module.name}")
            for positive in listed.POSITIVES:
                yield positive.text
                yield f"{'lorem ipsum ' * 30}{positive.text} {'dolor sit ' * 30}"
            for near_miss in listed.NEAR_MISSES:
                yield near_miss if isinstance(near_miss, str) else near_miss.text


def test_fallback_engines_are_what_they_are_called() -> None:
    assert [scanner.engine for scanner in (SCANNER, *FALLBACKS)] == ["hyperscan", "re2", "re"]


def test_re2_finds_the_same_in_every_example() -> None:
    texts = list(example_texts())
    assert len(texts) > 100
    assert [FALLBACKS[0].scan(text) for text in texts] == [SCANNER.scan(text) for text in texts]


def test_re_finds_the_same_in_every_tenth_example() -> None:
    # One trigger after the other takes tens of milliseconds a text.
    texts = list(example_texts())[::10]
    assert [FALLBACKS[1].scan(text) for text in texts] == [SCANNER.scan(text) for text in texts]


@settings(max_examples=80, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25))
def test_fallback_finds_the_same_in_any_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    expected = SCANNER.scan(text)
    for fallback in FALLBACKS:
        assert fallback.scan(text) == expected
