"""Passwords: what is accepted as one, how it is kept, and one-time passwords.

A password stands alone here, without a second factor, so it has at least 15 characters; no rule asks for digits or
signs, nothing is cut, and what everybody takes is refused.
Source: NIST SP 800-63B-4, 3.1.1.2; RFC 9106, 4 (Argon2id, the second recommended choice of parameters).
"""

from __future__ import annotations

import base64
import secrets
import threading
import unicodedata
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from detectors.errors import GateError

LEAST_CHARS: Final = 15
# So that hashing stays short; SP 800-63B-4 asks for at least 64.
MOST_CHARS: Final = 256
# Bits of a one-time password; with the throttle no guess gets there in its day.
ONE_TIME_BITS: Final = 100
ONE_TIME_LIFE_MS: Final = 24 * 60 * 60 * 1000
# Each check takes 64 MiB and about a tenth of a second of one core: more at once would be a way to stop the console.
MOST_AT_ONCE: Final = 2
# How long one waits for its turn, seconds.
TURN_S: Final = 5.0
# Words of which common passwords are made, folded as `_folded` does. Whoever strings them together is guessed early.
_COMMON: Final = """
abc access admin administrator alice baseball batman battery changeme charlie computer correct daniel default demo
donald dragon flower football forever freedom guest hello horse hunter iloveyou jessica jordan killer letme letmein
live liverpool login love lovely master michael mickey monkey mouse mustang ninja nothing pass passwd password
phrase please princess qazwsx qwerty qwertyuiop asdf asdfgh asdfghjkl zxcvbn zxcvbnm qwertz azerty root secret
security shadow soccer spring staple starwars summer sunshine super superman system temp temporary test testing
thomas toor trustno user username welcome whatever winter autumn work world you your zaq me in is the my a i one
january february march april may june july august september october november december monday tuesday wednesday
thursday friday saturday sunday penstock console gate kafka reviewer
"""
COMMON_WORDS: Final = frozenset(_COMMON.split())
_LEET: Final = str.maketrans({"@": "a", "4": "a", "3": "e", "1": "i", "!": "i", "0": "o", "$": "s", "5": "s", "7": "t"})


class PasswordError(GateError):
    """A password that is not accepted; the text never quotes it."""

    code = "PASSWORD_REFUSED"


class BusyError(GateError):
    """Too many passwords are being checked at once."""

    code = "TOO_BUSY"


def checked(password: str, *, about: tuple[str, ...] = ()) -> str:
    """A new password as it is hashed; `about` are words that belong to the person.

    Raises:
        PasswordError: it is too short, too long, or one that would be guessed.
    """
    password = normal(password)
    if len(password) < LEAST_CHARS:
        raise PasswordError(f"a password has at least {LEAST_CHARS} characters", advice="a sentence is a good one")
    if len(password) > MOST_CHARS:
        raise PasswordError(f"a password has at most {MOST_CHARS} characters")
    if _is_guessable(password, about):
        raise PasswordError("this one would be guessed early", advice="take some words that nobody puts together")
    return password


def normal(password: str) -> str:
    """The same password however a keyboard composes its characters. Source: SP 800-63B-4, 3.1.1.2 (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def _is_guessable(password: str, about: tuple[str, ...]) -> bool:
    words = COMMON_WORDS | {_folded(word) for text in about for word in (text, *_parts(text)) if len(word) > 2}
    kept = "".join(c for c in password.casefold() if c.isalnum() or c in "@!$")
    texts = {kept, _folded(password), kept.translate(_LEET)}
    # A year or a counter behind it changes nothing.
    texts |= {text[:-digits] for text in texts for digits in range(1, 5) if text[-digits:].isdecimal()}
    return any(_is_strung_together(text, words) for text in texts if text)


def _parts(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text).split()


def _folded(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _is_strung_together(text: str, words: frozenset[str]) -> bool:
    """Whether the whole text is common words, runs such as 1234 or aaaa, and repetitions of one short piece."""
    for size in range(1, min(6, len(text) // 2) + 1):
        if text == (text[:size] * (len(text) // size + 1))[: len(text)]:
            return True
    reached = {0}
    longest = max(map(len, words))
    for start in range(len(text)):
        if start in reached:
            ends = range(start + 1, min(len(text), start + longest) + 1)
            reached.update(end for end in ends if text[start:end] in words)
            reached.update(range(start + 1, start + _run(text[start:]) + 1))
    return len(text) in reached


def _run(text: str) -> int:
    """How long a run of at least three characters at the start goes on in steps of 0, 1 or -1; else 0."""
    if len(text) < 3:
        return 0
    step = ord(text[1]) - ord(text[0])
    if abs(step) > 1:
        return 0
    length = 2
    while length < len(text) and ord(text[length]) - ord(text[length - 1]) == step:
        length += 1
    return length if length >= 3 else 0


def one_time_password() -> str:
    """A random password for one sign-in, in groups that can be read out."""
    text = base64.b32encode(secrets.token_bytes((ONE_TIME_BITS + 7) // 8)).decode().lower().rstrip("=")
    return "-".join(text[at : at + 5] for at in range(0, 20, 5))


class Hasher:
    """Argon2id, so many at once and no more."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._argon2 = hasher or PasswordHasher()
        self._turns = threading.BoundedSemaphore(MOST_AT_ONCE)

    @cached_property
    def _dummy(self) -> str:
        """What is verified for somebody who has no password, so that it takes as long."""
        return self._argon2.hash(secrets.token_hex(16))

    def prepare(self) -> None:
        """Make what the first check needs, so that it takes no longer than others."""
        self.is_right(None, "")

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        with self._turn():
            return self._argon2.hash(normal(password))

    def is_right(self, kept: str | None, password: str) -> bool:
        """Whether this is the password; takes as long for somebody without one.

        Raises:
            BusyError: others are being checked for too long.
        """
        with self._turn():
            try:
                self._argon2.verify(kept or self._dummy, normal(password)[: MOST_CHARS + 1])
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether it was hashed with other parameters than are used now."""
        return self._argon2.check_needs_rehash(kept)

    def _turn(self) -> _Turn:
        return _Turn(self._turns)


class _Turn:
    def __init__(self, turns: threading.BoundedSemaphore) -> None:
        self._turns = turns

    def __enter__(self) -> None:
        if not self._turns.acquire(timeout=TURN_S):
            raise BusyError("too many passwords are being checked", advice="try again in a moment")

    def __exit__(self, *_: object) -> None:
        self._turns.release()
