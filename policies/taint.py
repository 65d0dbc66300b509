"""Taint: an agent that has just read untrusted or sensitive content may be steered by it, and rules can ask for that.

The operator's action classes say which actions taint. It is the agent that is tainted and not one of its sessions,
because agents name their sessions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from policies.documents import ActionClass, Document

_MS = 1_000


class HasClasses(Protocol):
    """Finds the classes that an action may belong to."""

    def classes_for(self, event: Mapping[str, object]) -> Iterable[ActionClass]: ...


def has_taint(documents: Iterable[Document]) -> bool:
    """Whether any class of the documents taints; if none does, nobody knows whether an agent is tainted."""
    return any(entry.taints_for_s is not None for found in documents for entry in found.action_classes or ())


def tainted_until(event: Mapping[str, object], classes: HasClasses, *, now_ms: int) -> int | None:
    """Until when an action that goes out now taints its agent, milliseconds; None when it does not.

    Of several classes that an action may belong to, the one that taints longest counts.
    """
    seconds = [entry.taints_for_s for entry in classes.classes_for(event) if entry.taints_for_s is not None]
    return now_ms + round(max(seconds) * _MS) if seconds else None
