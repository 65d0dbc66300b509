"""The table of letter pairs tells words from random letters."""

from __future__ import annotations

import string

from bench.letter_pairs import LETTERS, table
from detectors.credentials.letter_pairs import wordiness
from detectors.credentials.values import is_scrambled
from tests.detectors.examples.example import made_up

WORDS = (
    *("required", "optional", "changed", "production", "staging", "database", "connection", "customer", "invoice"),
    *("refund", "approved", "manager", "settings", "disabled", "enabled", "default", "basic", "internal", "external"),
    *("rotate", "expired", "renew", "letter", "window", "garden", "kitchen", "mountain"),
)
RANDOM = [made_up(length, string.ascii_lowercase, seed=str(seed)) for length in (8, 10, 14) for seed in range(100)]


def test_no_everyday_word_reads_as_scrambled() -> None:
    assert [word for word in WORDS if is_scrambled(word)] == []


def test_nine_of_ten_random_strings_read_as_scrambled() -> None:
    assert sum(map(is_scrambled, RANDOM)) >= 0.9 * len(RANDOM)


def test_words_are_likelier_than_random_letters() -> None:
    assert min(map(wordiness, WORDS)) > sum(map(wordiness, RANDOM)) / len(RANDOM)


def test_table_has_an_entry_for_each_pair() -> None:
    made = table("the gate opens and the gate closes")
    assert len(made) == len(LETTERS) ** 2
    assert made[LETTERS.index("t") * len(LETTERS) + LETTERS.index("h")] == "j"
    assert made[LETTERS.index("q") * len(LETTERS) + LETTERS.index("x")] < "h"
