"""Globs over names: anchored, case-sensitive, `*` stands for any run of characters, dots included.

Matching takes the leftmost place for each literal piece, which is enough when `*` is the only wildcard, so time is
linear in the text for each piece and a hostile topic cannot make it explode as a backtracking regex would.
"""

from __future__ import annotations

from collections.abc import Sequence

# Characters; a longer topic or glob is refused. Source: policy language limits, docs/policy.md.
MAX_TOPIC_CHARS = 256
MAX_GLOB_STARS = 8
# They mean something in other glob languages and nothing here: a policy that holds one was meant otherwise.
_REFUSED = frozenset("?[]{}!\\")


def glob_problem(glob: str, *, dotted: bool = False) -> str | None:
    """Why a glob cannot be used, None when it can; `dotted` also asks for well-formed dotted names."""
    if not glob:
        return "a glob cannot be empty"
    if len(glob) > MAX_TOPIC_CHARS:
        return f"a glob has at most {MAX_TOPIC_CHARS} characters, got {len(glob)}"
    if any(character in _REFUSED for character in glob):
        return f'{quoted(glob)} holds one of ?[]{{}}!\\, which are no wildcards here; the only wildcard is "*"'
    if any(character.isspace() or not character.isprintable() for character in glob):
        return f"{quoted(glob)} holds white space or a control character"
    if "**" in glob:
        return f'{quoted(glob)} holds "**"; a single "*" already crosses dots'
    if glob.count("*") > MAX_GLOB_STARS:
        return f"a glob has at most {MAX_GLOB_STARS} stars, got {glob.count('*')}"
    if dotted and (glob.startswith(".") or glob.endswith(".") or ".." in glob):
        return f"{quoted(glob)} has an empty segment"
    return None


def quoted(text: str) -> str:
    """Text from a policy document in double quotes, shortened, fit for one line of an error message."""
    shown = text if len(text) <= 60 else text[:57] + "..."
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in shown) + '"'


def is_literal(glob: str) -> bool:
    """Whether the glob matches one text only."""
    return "*" not in glob


def split_glob(glob: str) -> tuple[str, ...]:
    """The literal pieces of a glob between its stars, to match with `matches_pieces`; one piece when it has no star."""
    return tuple(glob.split("*"))


def matches_pieces(pieces: Sequence[str], text: str) -> bool:
    """Whether the whole text matches the glob that was split into these pieces."""
    if len(pieces) == 1:
        return pieces[0] == text
    first, last = pieces[0], pieces[-1]
    start, end = len(first), len(text) - len(last)
    if end < start or not text.startswith(first) or not text.endswith(last):
        return False
    for piece in pieces[1:-1]:
        found = text.find(piece, start, end)
        if found < 0:
            return False
        start = found + len(piece)
    return True


def matches(glob: str, text: str) -> bool:
    """Whether the whole text matches the glob."""
    return matches_pieces(glob.split("*"), text)


def matches_any(globs: Sequence[str], text: str) -> bool:
    """Whether the text matches one of the globs."""
    return any(matches(glob, text) for glob in globs)


def literal_ends(glob: str) -> tuple[str, str]:
    """The longest literal prefix and suffix of a glob that end at a dot, without that dot; empty when there is none.

    `job.*.read` gives (`job`, `read`); `job.dep*` gives (`job`, ``): `dep` is no whole segment.
    """
    first, last = glob[: glob.index("*")], glob[glob.rindex("*") + 1 :]
    prefix = first.rpartition(".")[0]
    suffix = last.partition(".")[2]
    return prefix, suffix
