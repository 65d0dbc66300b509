"""Agents that work on refunds by the workflow of `tests.crash.policy`: a part of the load.

Pure. They take the steps in their order, but never look at what became of the one before: too early, again, left out.
Those who do look are in `tests.crash.executor`.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.crash.policy import REFUND

# Sessions of an agent. So few that a later refund often meets what an earlier one has left behind.
SESSIONS: Final = ("s-0", "s-1", "s-2", "s-3", "s-4", None)
# How often a step is proposed, each time under an id of its own.
_TIMES: Final = (1, 1, 2, 3)


@dataclass(slots=True)
class Refund:
    """A refund in the hands of an agent; `left` are the topics that it will still propose."""

    agent_id: str
    session_id: str | None
    left: deque[str] = field(default_factory=deque)


class Refunds:
    """The proposals of agents that have `most` refunds open at once, interleaved."""

    def __init__(self, choice: random.Random, agents: Sequence[str], *, most: int) -> None:
        self._choice, self._agents = choice, agents
        self._open = [self._begin() for _ in range(most)]
        self._count = 0

    def next(self) -> dict[str, Any]:
        """The next proposal, without the id of the action."""
        self._count += 1
        number = self._choice.randrange(len(self._open))
        refund = self._open[number]
        topic = refund.left.popleft()
        if not refund.left:
            self._open[number] = self._begin()
        fields: dict[str, Any] = {
            "agent_id": refund.agent_id,
            "topic": topic,
            "tool": "refunds",
            "arguments": {"n": self._count},
            "amount_usd": self._choice.randrange(1000),
        }
        return fields if refund.session_id is None else {**fields, "session_id": refund.session_id}

    def _begin(self) -> Refund:
        choice = self._choice
        topics = [topic for topic in REFUND for _ in range(choice.choice(_TIMES))]
        dice = choice.random()
        if dice < 0.2:
            topics.insert(choice.randrange(len(topics)), choice.choice(REFUND))
        elif dice < 0.3:
            skipped = choice.choice(REFUND)
            topics = [topic for topic in topics if topic != skipped]
        return Refund(choice.choice(self._agents), choice.choice(SESSIONS), deque(topics))
