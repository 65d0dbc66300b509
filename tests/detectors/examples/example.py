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
