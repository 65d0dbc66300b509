"""Acts, people and a channel for the tests of the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from detectors.scanner import Scanner
from penstock.console.acts.act import Act, Outgoing
from penstock.console.acts.channel import ChannelError
from penstock.console.acts.ledger import Answer, Followed
from penstock.console.acts.reasons import REASON_PROFILE
from penstock.console.person import Person
from policies.approval_documents import Role
from streams.events import ReviewVerdict, TargetKind

SCANNER = Scanner(REASON_PROFILE)
NOW_MS = 1_800_000_000_000


def person(name: str = "ann", *roles: Role, teams: tuple[str, ...] = ("finance",)) -> Person:
    """A reviewer, unless other roles are given."""
    return Person(name, name.title(), ("local", name), frozenset(roles or (Role.REVIEWER,)), teams)


def act(target_id: str = "h1", **more: Any) -> Act:
    """An approval by ann."""
    fields: dict[str, Any] = {
        "person": person(),
        "target": TargetKind.ACTION,
        "target_id": target_id,
        "partition": 0,
        "key": "agent-1",
        "verdict": ReviewVerdict.APPROVE,
        "digest": "d" * 64,
        "snapshot": "v1:" + "5" * 64,
        "rendered_at_ms": NOW_MS - 4_000,
    }
    return Act(**fields | more)


class Wire:
    """A channel that keeps what it is given, fails as often as it is told, and answers for the audit."""

    def __init__(self, *, failures: int = 0, loses_word: bool = False, failure: type[Exception] = ChannelError) -> None:
        self.sent: list[Outgoing] = []
        self.conflicts: dict[str, str] = {}
        self.is_answering = True
        self.is_closed = False
        self._failures = failures
        self._loses_word = loses_word
        self._failure = failure

    async def send(self, outgoing: Outgoing) -> int:
        """Keep it and say where, or fail; a lost word is a record that was written all the same."""
        if self._failures:
            self._failures -= 1
            if self._loses_word:
                self.sent.append(outgoing)
            raise self._failure("away")
        self.sent.append(outgoing)
        return len(self.sent) - 1

    async def close(self) -> None:
        """Note that it was closed."""
        self.is_closed = True

    def answers(self, reviews: Sequence[Followed]) -> Mapping[str, Answer]:
        """What the audit says about what arrived."""
        if not self.is_answering:
            return {}
        numbers = {outgoing.review_id: number for number, outgoing in reversed([*enumerate(self.sent, 1)])}
        return {
            review.review_id: Answer(0, numbers[review.review_id], self.conflicts.get(self._key(review.review_id)))
            for review in reviews
            if review.review_id in numbers
        }

    def _key(self, review_id: str) -> str:
        return next(out.key.decode() for out in self.sent if out.review_id == review_id)
