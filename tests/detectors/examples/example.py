"""The shape of an example, and made-up secrets that look random."""

from __future__ import annotations

import string
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Positive:
    """A text of which `secret` must be found as `type`, all of it and nothing else."""

    type: str
    before: str
    secret: str
    after: str = ""

    @property
    def text(self) -> str:
        """The whole text."""
        return self.before + self.secret + self.after


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A text in which nothing of `type` may be found."""

    type: str
    text: str


LETTERS_AND_DIGITS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
BASE32 = string.ascii_uppercase + "234567"


def made_up(length: int, alphabet: str = LETTERS_AND_DIGITS, *, seed: str = "penstock") -> str:
    """`length` characters of an alphabet that look random and are the same in every run."""
    characters: list[str] = []
    block = 0
    while len(characters) < length:
        digest = sha256(f"{seed} {length} {block}".encode()).digest()
        characters.extend(alphabet[byte % len(alphabet)] for byte in digest)
        block += 1
    return "".join(characters[:length])


CAPITALS_AND_DIGITS = string.ascii_uppercase + string.digits
SMALL_AND_DIGITS = string.ascii_lowercase + string.digits


def alnum(length: int) -> str:
    """Letters of both cases and digits."""
    return made_up(length)


def hexa(length: int) -> str:
    """Hexadecimal digits in lower case."""
    return made_up(length, HEX)


def small(length: int) -> str:
    """Lower-case letters and digits."""
    return made_up(length, SMALL_AND_DIGITS)


def capital(length: int) -> str:
    """Upper-case letters and digits."""
    return made_up(length, CAPITALS_AND_DIGITS)


def digits(length: int) -> str:
    """Decimal digits."""
    return made_up(length, string.digits)


def letters(length: int) -> str:
    """Letters of both cases."""
    return made_up(length, string.ascii_letters)


def uuid() -> str:
    """Digits in the form of a UUID."""
    return "-".join(hexa(length) for length in (8, 4, 4, 4, 12))


#: The type and the secret of tokens that their format alone identifies; `secret` is what the vendor hands out.
Tokens = tuple[tuple[str, str], ...]
#: The type, what stands before, and the secret of values that a name before them identifies.
Named = tuple[tuple[str, str, str], ...]


def leaked(tokens: Tokens) -> tuple[Positive, ...]:
    """Each token in a sentence."""
    return tuple(Positive(kind, "leaked ", secret, " here") for kind, secret in tokens)


def broken(tokens: Tokens) -> tuple[NearMiss, ...]:
    """Each token cut short, and inside a longer word."""
    return tuple(
        near_miss
        for kind, secret in tokens
        for near_miss in (NearMiss(kind, secret[: len(secret) // 2]), NearMiss(kind, f"Q9z{secret}"))
    )


def assigned(named: Named) -> tuple[Positive, ...]:
    """Each value behind its name."""
    return tuple(Positive(kind, before, secret, "\n") for kind, before, secret in named)


def unnamed(named: Named) -> tuple[NearMiss, ...]:
    """Each value without a name, and as the hash of a commit beside the name."""
    return tuple(
        near_miss
        for kind, before, secret in named
        for near_miss in (
            NearMiss(kind, f"the digest {secret} was seen"),
            NearMiss(kind, f"{before.rstrip('=: ').split('_')[0]} commit {secret}"),
        )
    )
