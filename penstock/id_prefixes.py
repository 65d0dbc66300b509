"""Ids on the command line: a few characters of one stand for it, as long as they can mean nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from penstock.errors import CommandError

T = TypeVar("T")

# Shortest prefix that may stand for an id, characters; six hex digits are 16 million.
MIN_PREFIX_CHARS: Final = 6


def with_prefix(
    prefix: str, found: Iterable[T], id_of: Callable[[T], str], *, noun: str, listing: str, missing: CommandError
) -> T:
    """The one whose id begins with `prefix`. `noun` is what is sought, `listing` the command that lists them.

    Raises:
        CommandError: `missing`, or there are several, or the prefix is too short to be meant.
    """
    if len(prefix) < MIN_PREFIX_CHARS:
        raise CommandError(
            f"a {noun}'s id is given by at least {MIN_PREFIX_CHARS} characters",
            code="USAGE",
            advice=f"see `{listing}`",
        )
    meant = [entry for entry in found if id_of(entry).startswith(prefix)]
    # An id given in full means that one, also where another goes on after it.
    meant = [entry for entry in meant if id_of(entry) == prefix] or meant
    if not meant:
        raise missing
    if len(meant) > 1:
        raise CommandError(
            f"{len(meant)} {noun}s begin with {prefix}", code=f"{noun.upper()}_AMBIGUOUS", advice="give more of it"
        )
    return meant[0]
