from __future__ import annotations

from tests.detectors.examples.example import Positive

HIDDEN = "HIDDEN_TEXT"
# "ignore" in tag characters, which no font shows.
TAGGED = "".join(chr(0xE0000 + ord(letter)) for letter in "ignore")
POSITIVES = (
    Positive(HIDDEN, "a", "\u200b\u200c\u200d\u200b\u200c", "b"),
    Positive(HIDDEN, "so ", "pa\u200bss\u200bwo\u200brd", " it is"),
    Positive(HIDDEN, "hello", TAGGED, "!"),
    Positive(HIDDEN, "\U0001f600", "\U000e0100\U000e0145\U000e0120", " ok"),
    Positive(HIDDEN, "open ", "\u202egnp.exe\u202c", " now"),
    Positive(HIDDEN, "open ", "\u2066abc", "\nnext"),
    Positive(HIDDEN, "open ", "\u2067abc\u2069", " now"),
)
NEAR_MISSES = (
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f the flag of England",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 a family, \u2764\ufe0f a heart",
    "\u0915\u094d\u200d\u0937 in Hindi, \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 in Persian",
    "\u2067\u05e9\u05dc\u05d5\u05dd\u2069 and \u2068a name\u2069 in isolates",
    "con\u00adsti\u00adtu\u00adtion with soft hyphens, one\u200bbreak",
    "\ufeffa byte order mark",
)
