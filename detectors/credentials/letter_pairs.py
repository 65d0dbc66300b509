"""How likely one letter follows another in English words, and whether a text reads as words at all.

The table is counted over the project's documentation by `bench/letter_pairs.py`.
"""

from __future__ import annotations

_LETTERS = " abcdefghijklmnopqrstuvwxyz"
# Rows by the first letter, columns by the second, the space being the edge of a word: half bits against chance, from
# "a" (-6, hardly ever) to "j" (+3, often).
_TABLE = (
    "aigjihheffbdhhfgibijhedgaaa"
    "eafihadfahaejgjagajhjfdcafa"
    "hjccajacaicajaaiaaiiaiaaada"
    "fiacajaajhahhaajaahcjfaaada"
    "jgaaejbcaiabdaahaaehaeaaaca"
    "jhagjedcaaaafejaebjjgafdfba"
    "gjabbjiaajaeiaajaafdgiaaaba"
    "jgaaajaehhaaechfaaihchaaaaa"
    "jjaaajaabjabadajaagcgfaaaba"
    "aeeihhehaaaahgjjeafijagabab"
    "diddijdhdddddddjdddjdjddddd"
    "jhaacjeaaiaaaahafacjacaaaca"
    "jjaagjbaajaajaajaaahefbaaga"
    "ijhaajaaajaacgcijaafafaaaaa"
    "jgaiijdjagaccaegaaajjdcaaca"
    "edefgbcdadaehijghajghighaaa"
    "hjaaajaachaajaajiajghgaaada"
    "gddddddddddddddddddddjddddd"
    "jjacfjaeaiaecedjaaeihedaafa"
    "jfaeajaafhacbaafdaahjfabaaa"
    "jiaeajaaijaacaahaaijgcaaaea"
    "ahfggiafafaahijehajjjaaaaaa"
    "fjaaajaaajaaaaagaaaaaaaaaaa"
    "jjacajaajjaaeaiiaahicaaaaaa"
    "jhcgcjccciccccccjcccjccccfc"
    "jccfahaaaeaaffcghaaihaacaaf"
    "jeeeejeeeheeeeejeeeeeeeeeee"
)
_ZERO = ord("a") + 6
_HALF_BITS: dict[str, int] = {
    first + second: ord(_TABLE[row * len(_LETTERS) + column]) - _ZERO
    for row, first in enumerate(_LETTERS)
    for column, second in enumerate(_LETTERS)
}


def wordiness(letters: str) -> float:
    """The mean likelihood of the pairs of a word, in half bits: above 0 for English, far below for random letters.

    >>> wordiness("production") > 0.5, wordiness("zwlmavsfwufnzl") < -1
    (True, True)
    """
    word = f" {letters.lower()} "
    pairs = [_HALF_BITS.get(word[place : place + 2], 0) for place in range(len(word) - 1)]
    return sum(pairs) / len(pairs)
