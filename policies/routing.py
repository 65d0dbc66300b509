"""Which team an action belongs to: classes of a routing section, tried in a fixed order, and the default.

The order of mapping keys never has a meaning, so the order is given here: the class whose mistake costs most first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from policies.decisions import Facts

DEFAULT_CLASS: Final = "default"
# Tried before the others, which follow by name. Chosen: the published documents name classes and no order.
PRECEDENCE: Final = ("security", "financial")
_SUFFIX: Final = "_actions"


def subject_of(routing_class: str) -> str:
    """What a class is about: `security_actions` and `security` are the same."""
    return routing_class.removesuffix(_SUFFIX)


class Routing:
    """A routing section, compiled; without one every action belongs to no team."""

    def __init__(self, teams: Mapping[str, str]) -> None:
        self._default = teams.get(DEFAULT_CLASS)
        named = sorted((name for name in teams if name != DEFAULT_CLASS), key=_precedence)
        self._classes = tuple((frozenset((name, subject_of(name))), teams[name]) for name in named)

    def team_for(self, facts: Facts | None) -> str | None:
        """The team of the first class that is the action's class or one of its tags, else the default's."""
        return self._default if facts is None else self.team_of(facts.class_name, facts.risk_tags)

    def team_of(self, class_name: str | None, tags: Sequence[str] | None) -> str | None:
        """The team of the first class that is this class or one of these tags, else the default's."""
        for names, team in self._classes:
            if class_name in names or any(tag in names for tag in tags or ()):
                return team
        return self._default

    def __bool__(self) -> bool:
        """Whether any class is routed by name."""
        return bool(self._classes)


def _precedence(routing_class: str) -> tuple[int, str]:
    subject = subject_of(routing_class)
    place = PRECEDENCE.index(subject) if subject in PRECEDENCE else len(PRECEDENCE)
    return place, routing_class
