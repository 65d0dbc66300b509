"""The shortest text that a trigger matches, so that an engine can be asked whether it sees it.

Reads the dialect of triggers only (`detectors.declaration`): literals, classes, groups, alternatives, repeats.
"""

from __future__ import annotations

import re

from detectors.gate import Expression

# What an escape stands for; one that is not here stands for itself.
_ESCAPES = {
    "d": "0",
    "w": "a",
    "s": " ",
    "D": "a",
    "W": " ",
    "S": "a",
    "b": "",
    "B": "",
    "n": "\n",
    "r": "\r",
    "t": "\t",
}
_ESCAPES |= {"f": "\f", "v": "\v"}
# Tried in this order where a class says what it is not.
_CANDIDATES = "a0 A-_.:/=,;\"'<>(){}[]@#%&*+?!|\\~^`$\n"
_MEMBERS = {
    "d": "0123456789",
    "s": " \t\n\r\f\v",
    "w": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
}


# Most triggers are literals, and most of the others have long ones in them.
_PLAIN = re.compile(r"(?:[^\\\[\](){}?*+|.^$]|\\[^A-Za-z0-9]|\\x[0-9a-f]{2})*")
_ESCAPE = re.compile(r"\\(?:x(?P<byte>[0-9a-f]{2})|(?P<mark>.))", re.DOTALL)
_RUN = re.compile(r"[^\\\[\](){}?*+|.^$]+(?![?*+{])")


def _escaped(match: re.Match[str]) -> str:
    return match["mark"] or chr(int(match["byte"], 16))


def sample(item: Expression) -> bytes:
    """Bytes that the expression matches.

    >>> sample(Expression("dapi[a-f0-9]{4}(?:x|yy)+z?", is_caseless=True, is_once=False))
    b'dapiaaaax'

    Raises:
        ValueError: when the expression is outside the dialect.
    """
    if _PLAIN.fullmatch(item.pattern):
        return _ESCAPE.sub(_escaped, item.pattern).encode("utf-8", "surrogatepass")
    reader = _Reader(item.pattern)
    text = reader.alternatives()
    if reader.place != len(item.pattern):
        raise ValueError("a trigger has an unmatched parenthesis")
    return text.encode("utf-8", "surrogatepass")


class _Reader:
    """Recursive descent over one expression; each method gives the sample of what it read."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self.place = 0

    def alternatives(self) -> str:
        """One or more branches; the first is as good as any."""
        first = self._branch()
        while self._peek() == "|":
            self.place += 1
            self._branch()
        return first

    def _branch(self) -> str:
        pieces = []
        while self._peek() not in ("", "|", ")"):
            run = _RUN.match(self._pattern, self.place)
            if run is not None:
                pieces.append(run.group())
                self.place = run.end()
                continue
            piece = self._atom()
            pieces.append(piece * self._least())
        return "".join(pieces)

    def _peek(self) -> str:
        return self._pattern[self.place : self.place + 1]

    def _take(self) -> str:
        character = self._peek()
        if not character:
            raise ValueError("a trigger ends too early")
        self.place += 1
        return character

    def _atom(self) -> str:
        character = self._take()
        if character == "(":
            return self._group()
        if character == "[":
            return self._class()
        if character == "\\":
            return self._escape()
        if character in "^$":
            return ""
        return "a" if character == "." else character

    def _group(self) -> str:
        if self._peek() == "?":
            self.place += 1
            if self._take() in "=!<P>":
                raise ValueError("a trigger has a lookaround or a named group")
            while self._pattern[self.place - 1] not in ":":
                self._take()
        text = self.alternatives()
        if self._take() != ")":
            raise ValueError("a trigger has an unmatched parenthesis")
        return text

    def _escape(self) -> str:
        character = self._take()
        if character == "x":
            return chr(int(self._take() + self._take(), 16))
        if character.isdigit():
            raise ValueError("a trigger has a backreference")
        return _ESCAPES.get(character, character)

    def _class(self) -> str:
        is_negated = self._peek() == "^"
        self.place += is_negated
        members = ""
        is_first = True
        while is_first or self._peek() != "]":
            is_first = False
            members += self._member()
        self.place += 1
        if not is_negated:
            return members[0]
        return next(character for character in _CANDIDATES if character not in members)

    def _member(self) -> str:
        low = self._class_character()
        if len(low) > 1 or self._peek() != "-" or self._pattern[self.place + 1 : self.place + 2] == "]":
            return low
        self.place += 1
        return "".join(map(chr, range(ord(low), ord(self._class_character()) + 1)))

    def _class_character(self) -> str:
        character = self._take()
        if character != "\\":
            return character
        escaped = self._take()
        if escaped == "x":
            return chr(int(self._take() + self._take(), 16))
        return _MEMBERS.get(escaped) or _ESCAPES.get(escaped, escaped)

    def _least(self) -> int:
        """The least count of the repeat that follows, 1 without one."""
        least = 1
        mark = self._peek()
        if mark in ("?", "*", "+"):
            self.place += 1
            least = int(mark == "+")
        elif mark == "{":
            end = self._pattern.index("}", self.place)
            least = int(self._pattern[self.place + 1 : end].split(",")[0])
            self.place = end + 1
        if self._peek() == "?" and mark in ("?", "*", "+", "{"):
            self.place += 1
        return least
