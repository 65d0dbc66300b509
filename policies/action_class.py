"""The class under which an agent's conduct is kept: the operator's action class, else the topic's second segment.

The two kinds never share a name, so that an agent, which chooses its topics, cannot earn credit under the name of a
class that the operator defined by tool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, Protocol

# The class of everything an agent does, where records are kept per agent.
WHOLE_AGENT: Final = ""
_DEFINED: Final = "class:"
_BY_TOPIC: Final = "topic:"
# What the name of a class begins with.
KINDS: Final = (_DEFINED, _BY_TOPIC)
# Topics are chosen by agents, so the cache is bounded; an entry is some 200 bytes.
_CACHED_TOPICS: Final = 4_096


class Named(Protocol):
    """An action class of a document, as far as its name goes; the empty name is no class."""

    @property
    def name(self) -> str: ...


class ClassFinder(Protocol):
    """Finds the operator's classes that an action may belong to."""

    def classes_for(self, event: Mapping[str, object]) -> Sequence[Named]: ...


def defined_class(name: str) -> str:
    """The class that the operator called `name`."""
    return _DEFINED + name


@lru_cache(maxsize=_CACHED_TOPICS)
def topic_class(topic: str) -> str:
    """The class that a topic gives: its second segment, its only one when there is no second.

    `job.support.refund` belongs to `topic:support`.
    """
    first, _, rest = topic.partition(".")
    return _BY_TOPIC + (rest.partition(".")[0] or first)


def classes_of(event: Mapping[str, object], finder: ClassFinder) -> tuple[str, ...]:
    """The classes that an action may belong to; more than one when it lacks the tool that would tell.

    Never empty. Whoever judges by them takes the strictest.

    Raises:
        TypeError, ValueError: the event has no topic, or a tool that is no text.
    """
    topic = event.get("topic")
    found = finder.classes_for(event)
    if not isinstance(topic, str):
        raise TypeError("a topic is text")
    if len(found) == 1:  # nearly always, and this runs for every action
        name = found[0].name
        return (_DEFINED + name if name else topic_class(topic),)
    return tuple(dict.fromkeys(_DEFINED + entry.name if entry.name else topic_class(topic) for entry in found))
