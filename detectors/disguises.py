"""Undoes disguises of whole runs, one layer deep: escapes, inline markup, base64, hex, a space after every character.

Each gives a second text (a `View`) with a mapping to the first. What is found in it is a finding about the original:
of exactly the escaped characters, or of the whole encoded run, because a part of an encoding cannot be taken out.
`SIGNALS` are the triggers that say which views a text needs; they are searched together with those of the detectors,
so that a text without such runs pays nothing.

Source: RFC 3986 section 2.1 (percent), RFC 8259 section 7 (\\u), HTML Living Standard section 13.5 (named characters),
RFC 4648 (base64, base64url, base16)
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.entities import html5

from detectors.declaration import Trigger, regex
from detectors.folding import fold
from detectors.mapping import Mapping as Places

# Tags that stand inside words and numbers without parting them; cells and paragraphs do part them.
_INLINE = "abbr|a|big|b|code|del|em|font|ins|i|kbd|mark|small|span|strong|sub|sup|s|tt|u|wbr"

#: The triggers of each kind of disguise.
SIGNALS: dict[str, tuple[Trigger, ...]] = {
    "escapes": (
        *(regex("%[0-9a-f]{2}"), regex(r"\\[ux][0-9a-f]{2}"), regex("&#[0-9x]"), regex("&[a-z]{2,8};")),
        *(regex(rf"[^\s>]</?(?:{_INLINE})[ />]"), regex(r"[^\s]<!--")),
    ),
    # The end of a run, with the character behind it.
    "runs": (regex(r"[a-z0-9+/_\-]{24}[^a-z0-9+/_\-]"),),
    "spaced": (regex(r"[^\s] [^\s] [^\s] [^\s] [^\s] "),),
}

#: The signals whose places are wanted too: in every third text there is such a run, and few hold text.
PLACED = frozenset({"runs"})

_ESCAPE = re.compile(
    r"(?P<percent>(?:%[0-9A-Fa-f]{2})+)"
    r"|\\{1,2}u(?P<unit>[0-9A-Fa-f]{4})|\\{1,2}x(?P<byte>[0-9A-Fa-f]{2})"
    r"|&\#(?P<decimal>[0-9]{1,7});?|&\#[xX](?P<hex>[0-9A-Fa-f]{1,6});?|&(?P<name>[A-Za-z]{2,31};)"
    rf"|(?P<markup></?(?:{_INLINE})(?:\s[^<>]{{0,200}})?/?>|<!--[^<>]{{0,200}}-->)"
)

_RUN_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_RUN_END = re.compile(r"[A-Za-z0-9+/_\-]{24}(?![A-Za-z0-9+/_\-])")
# Encoders break lines at 64 or 76.
_LINE_CHARS = 60
_HEX = re.compile(r"[0-9A-Fa-f]+")
_BREAKS = re.compile(r"[\r\n]+")
# How much before a run is seen with it: as far back as context is looked for.
_CONTEXT_CHARS = 64
# Characters of a run that are decoded first, to see whether it is text at all; a multiple of four and of two.
_PROBE_CHARS = 24
# The share of printable characters that makes decoded bytes a text.
_PRINTABLE_SHARE = 0.95

_SPACED = re.compile(r"(?<![^\s\"'=:(\[<,`])\S (?:[^\n] ){7,}(?:\S(?![^\s\"'>),.;:!?\]`]))?")
# Of the characters in a spaced run so many are no spaces; else it is a table or an indentation.
_SPACED_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class View:
    """A text without one kind of disguise. One that holds runs alone is searched for what touches them."""

    text: str
    mapping: Places
    is_runs_alone: bool

    def original_span(self, start: int, end: int) -> tuple[int, int] | None:
        """The span that a non-empty span of the view stands for; None when it says nothing about a run."""
        if self.is_runs_alone and not self.mapping.is_rewritten(start, end):
            return None
        return self.mapping.span(start, end)


def views(text: str, signals: Mapping[str, Sequence[int]]) -> Iterator[View]:
    """The views of a folded text that its signals ask for; each signal with its places, where they are known."""
    if "escapes" in signals and (view := without_escapes(text)) is not None:
        yield view
    if "runs" in signals:
        # The place of a hit is behind the character that ends the run.
        ends = [end - 1 for end in signals["runs"]]
        if (view := decoded_runs(text, ends or None)) is not None:
            yield view
    if "spaced" in signals and (view := without_spacing(text)) is not None:
        yield view


def without_escapes(text: str) -> View | None:
    """The text with percent, JSON and HTML escapes undone and inline markup taken out; None without any.

    >>> without_escapes("jane%40acme.com").text
    'jane@acme.com'
    """
    pieces: list[str] = []
    mapping = Places()
    place = 0
    for match in _ESCAPE.finditer(text):
        decoded = list(_unescaped(match))
        if not decoded and match["markup"] is None:
            continue
        pieces.append(text[place : match.start()])
        mapping.copy(match.start() - place, original=place)
        place = match.start()
        for character, length in decoded:
            folded = fold(character).text
            pieces.append(folded)
            mapping.stand_in(len(folded), start=place, end=place + length)
            place += length
        place = match.end()
    if not place:
        return None
    pieces.append(text[place:])
    mapping.copy(len(text) - place, original=place)
    return View("".join(pieces), mapping, is_runs_alone=False)


def _unescaped(match: re.Match[str]) -> Iterator[tuple[str, int]]:
    """The characters of an escape, each with how many characters of the text stand for it; none when it is none."""
    length = match.end() - match.start()
    if match["percent"] is not None:
        try:
            decoded = bytes.fromhex(match["percent"].replace("%", "")).decode("utf-8")
        except ValueError:
            return
        for character in decoded:
            yield character, 3 * len(character.encode())
    elif match["name"] is not None:
        character = html5.get(match["name"], "")
        if len(character) == 1:
            yield character, length
    elif match["markup"] is None:
        code = int(match["decimal"]) if match["decimal"] else int(match["unit"] or match["byte"] or match["hex"], 16)
        if 0 < code < 0x110000:
            yield chr(code), length


def decoded_runs(text: str, ends: Sequence[int] | None = None) -> View | None:
    """What the base64 and hex runs of a text hold, each after what stands before it; None when none holds text.

    `ends` says where runs end, in order; without it they are looked for.

    >>> decoded_runs("see amFuZS5kb2VAYWNtZS5jb20gaXMgaGVycw==").text
    'see jane.doe@acme.com is hers\\n'
    """
    pieces: list[str] = []
    mapping = Places()
    place = 0
    for start, end in _runs(text, [match.end() for match in _RUN_END.finditer(text)] if ends is None else ends):
        decoded = _decoded(text[start:end])
        if decoded is None:
            continue
        context = text[max(place, start - _CONTEXT_CHARS) : start]
        held = fold(decoded).text + "\n"
        pieces += (context, held)
        mapping.copy(len(context), original=start - len(context))
        mapping.stand_in(len(held), start=start, end=end)
        place = end
    return View("".join(pieces), mapping, is_runs_alone=True) if pieces else None


def _runs(text: str, ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The runs that end there, with their padding; full lines of one run are one."""
    begun = last_end = 0
    is_open = False
    for run_end in ends:
        if run_end <= last_end:
            continue
        before = text[last_end:run_end]
        start = last_end + len(before.rstrip(_RUN_CHARACTERS))
        end = run_end + len(text[run_end : run_end + 2]) - len(text[run_end : run_end + 2].lstrip("="))
        is_next_line = is_open and text[last_end:start] in ("\n", "\r\n")
        if is_open and not is_next_line:
            yield begun, last_end
        begun = begun if is_next_line else start
        is_open, last_end = True, end
        if run_end - start < _LINE_CHARS or end > run_end:
            yield begun, end
            is_open = False
    if is_open:
        yield begun, last_end


def _decoded(run: str) -> str | None:
    """The text that a run encodes in base64 or hex, or None."""
    body = _BREAKS.sub("", run).rstrip("=")
    if len(body) % 2 == 0 and _HEX.fullmatch(body):
        decoded = _text_of(bytes.fromhex(body))
        if decoded is not None:
            return decoded
    if "-" in body or "_" in body:
        body = body.replace("-", "+").replace("_", "/")
    if not _may_be_text(binascii.a2b_base64(body[:_PROBE_CHARS])):
        return None
    # A single character left over holds six bits of nothing.
    body = body[: len(body) - (len(body) % 4 == 1)]
    return _text_of(binascii.a2b_base64(body + "=" * (-len(body) % 4)))


# Control characters that no text has.
_CONTROLS = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0D}) + b"\x7f"


def _may_be_text(data: bytes) -> bool:
    return len(data.translate(None, _CONTROLS)) == len(data)


def _text_of(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except ValueError:
        return None
    if text.isprintable():
        return text
    shown = sum(character.isprintable() or character in "\t\r\n" for character in text)
    return text if shown >= _PRINTABLE_SHARE * len(text) else None


def without_spacing(text: str) -> View | None:
    """The runs of a text that have a space after every character, without these spaces; None without any.

    >>> without_spacing("it is j a n e @ a c m e . c o m").text
    'it is jane@acme.com\\n'
    """
    pieces: list[str] = []
    mapping = Places()
    place = 0
    for match in _SPACED.finditer(text):
        characters = match.group()[::2]
        if len(characters) - characters.count(" ") < _SPACED_SHARE * len(characters):
            continue
        context = text[max(place, match.start() - _CONTEXT_CHARS) : match.start()]
        pieces += (context, characters, "\n")
        mapping.copy(len(context), original=match.start() - len(context))
        mapping.copy(len(characters), original=match.start(), step=2)
        mapping.stand_in(1, start=match.end() - 1, end=match.end())
        place = match.end()
    return View("".join(pieces), mapping, is_runs_alone=True) if pieces else None
