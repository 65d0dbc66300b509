"""Where each act stands: pure bookkeeping without threads or Kafka; time is an argument, milliseconds.

    waiting -> undone
    waiting -> sending -> sent -> recorded | refused
                       -> failed -> recorded | refused

`waiting` is the window in which an act can be taken back. `sent` says that Kafka has it on all replicas, `recorded` and
`refused` that the audit says what came of it. `failed` says that Kafka did not confirm it: nothing was decided, unless
the record had got through all the same, and then the audit still has the last word.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NamedTuple

from detectors.errors import GateError
from penstock.console.acts.act import Act, Outgoing
from policies.people import identity

# Acts that are on their way at once, over all people; beyond it the console is not keeping up and says so.
MAX_OPEN: Final = 2_000
# Acts that are remembered after they ended, for the pages that tell people about them.
MAX_ENDED: Final = 5_000
# How long an act is looked for in the audit, milliseconds: a gate may be down for a while.
FOLLOW_MS: Final = 60 * 60 * 1000
# Code of an act that Kafka did not confirm in time.
NOT_CONFIRMED: Final = "not_confirmed"


class OutboxFullError(GateError):
    """Too many acts are on their way."""

    code = "OUTBOX_FULL"
    advice = "wait until some are recorded"


class ActWaitsError(GateError):
    """The person has another act on the same thing that can still be undone."""

    code = "ACT_WAITS"
    advice = "undo that first"


class ActState(StrEnum):
    """Where an act stands."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    RECORDED = "recorded"
    REFUSED = "refused"
    FAILED = "failed"
    UNDONE = "undone"

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done or to be heard about it."""
        return self in (ActState.WAITING, ActState.SENDING, ActState.SENT)

    @property
    def is_unsent(self) -> bool:
        """Whether Kafka still has to be given it."""
        return self in (ActState.WAITING, ActState.SENDING)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the audit says about a review: its record, the conflict because of which it changed nothing, and how the
    target ended where it did.
    """

    partition: int
    seq: int
    conflict: str | None = None
    resolution: str | None = None


class Followed(NamedTuple):
    """A review whose audit record is looked for; `offset` is where Kafka has it, None where it never confirmed."""

    review_id: str
    partition: int
    offset: int | None


@dataclass(frozen=True, slots=True)
class ActStatus:
    """An act and where it stands. `code` is the conflict of a refused one or why it failed.

    `redacted` are the types of what was taken out of its reason, `offset` is the review's place on its partition.
    """

    act_id: str
    act: Act
    state: ActState
    at_ms: int
    sends_at_ms: int
    code: str | None = None
    answer: Answer | None = None
    redacted: tuple[str, ...] = ()
    attempts: int = 0
    offset: int | None = None

    @property
    def undo_ms(self) -> int:
        """How long it could be undone; of an act that waits, because then `at_ms` is when it was taken."""
        return self.sends_at_ms - self.at_ms

    def is_by(self, person_id: str) -> bool:
        """Whether this person did it."""
        return identity(self.act.person.id) == identity(person_id)


class Ledger:
    """The acts of one console, in memory. Not safe for several threads by itself."""

    def __init__(self, *, max_open: int = MAX_OPEN, max_ended: int = MAX_ENDED) -> None:
        self._max_open = max_open
        self._max_ended = max_ended
        self._statuses: OrderedDict[str, ActStatus] = OrderedDict()
        self._outgoing: dict[str, Outgoing] = {}
        self._followed: dict[str, int] = {}

    def add(self, status: ActStatus, outgoing: Outgoing) -> ActStatus:
        """Take an act in; the same act again while it waits is the one that waits.

        Raises:
            OutboxFullError: too many are on their way.
            ActWaitsError: the person has another act on the target that waits.
        """
        waiting = self.waiting_on(status.act)
        if waiting is not None:
            if _is_same(waiting.act, status.act):
                return waiting
            raise ActWaitsError(f"your {waiting.act.verdict.value} of it is about to be sent")
        if len(self._outgoing) >= self._max_open:
            raise OutboxFullError(f"{self._max_open} acts are on their way")
        self._statuses[status.act_id] = status
        self._outgoing[status.act_id] = outgoing
        return status

    def waiting_on(self, act: Act) -> ActStatus | None:
        """The person's act on the same target that has not left yet."""
        for act_id in self._outgoing:
            status = self._statuses[act_id]
            same_target = status.act.target is act.target and status.act.target_id == act.target_id
            if same_target and status.is_by(act.person.id):
                return status
        return None

    def get(self, act_id: str) -> ActStatus | None:
        """The act of that id, None for one that is not remembered."""
        return self._statuses.get(act_id)

    def all(self) -> Iterable[ActStatus]:
        """Every act that is remembered; what ended last is last."""
        return self._statuses.values()

    def undo(self, act_id: str, now_ms: int) -> bool:
        """Take a waiting act back; false when it is too late."""
        status = self._statuses.get(act_id)
        if status is None or status.state is not ActState.WAITING:
            return False
        del self._outgoing[act_id]
        self._end(replace(status, state=ActState.UNDONE, at_ms=now_ms))
        return True

    def take_due(self, now_ms: int, *, is_flushing: bool = False) -> list[Outgoing]:
        """The acts whose time to be undone is over, in the order in which they were done; they count as sending."""
        due = []
        for act_id, outgoing in self._outgoing.items():
            status = self._statuses[act_id]
            if status.state is ActState.WAITING and (is_flushing or status.sends_at_ms <= now_ms):
                self._statuses[act_id] = replace(status, state=ActState.SENDING, at_ms=now_ms)
                due.append(outgoing)
        return due

    def next_due_ms(self) -> int | None:
        """When the next waiting act is due, None when none waits."""
        waiting = (self._statuses[act_id] for act_id in self._outgoing)
        return min((status.sends_at_ms for status in waiting if status.state is ActState.WAITING), default=None)

    def attempted(self, act_id: str) -> None:
        """Note that an attempt to send it begins."""
        status = self._statuses[act_id]
        self._statuses[act_id] = replace(status, attempts=status.attempts + 1)

    def sent(self, act_id: str, now_ms: int, *, offset: int) -> None:
        """Note that Kafka has it, and where."""
        del self._outgoing[act_id]
        self._followed[act_id] = now_ms
        self._statuses[act_id] = replace(self._statuses[act_id], state=ActState.SENT, at_ms=now_ms, offset=offset)

    def failed(self, act_id: str, now_ms: int) -> None:
        """Note that Kafka did not confirm it within the limit; the audit is asked all the same."""
        del self._outgoing[act_id]
        self._followed[act_id] = now_ms
        self._end(replace(self._statuses[act_id], state=ActState.FAILED, code=NOT_CONFIRMED, at_ms=now_ms))

    def followed(self, now_ms: int) -> tuple[Followed, ...]:
        """The acts whose audit record is still looked for."""
        for act_id in [act_id for act_id, since_ms in self._followed.items() if now_ms - since_ms > FOLLOW_MS]:
            del self._followed[act_id]
        statuses = (self._statuses[act_id] for act_id in self._followed)
        return tuple(Followed(status.act_id, status.act.partition, status.offset) for status in statuses)

    def youngest_followed_ms(self) -> int | None:
        """When the latest of the followed acts was sent."""
        return max(self._followed.values(), default=None)

    def answered(self, answers: Mapping[str, Answer], now_ms: int) -> list[ActStatus]:
        """Note what the audit says; gives the acts that ended by it."""
        ended = []
        for act_id, answer in answers.items():
            if self._followed.pop(act_id, None) is None:
                continue
            state = ActState.RECORDED if answer.conflict is None else ActState.REFUSED
            status = replace(self._statuses[act_id], state=state, code=answer.conflict, answer=answer, at_ms=now_ms)
            self._end(status)
            ended.append(status)
        return ended

    def _end(self, status: ActStatus) -> None:
        self._statuses[status.act_id] = status
        self._statuses.move_to_end(status.act_id)
        over = len(self._statuses) - self._max_ended - self._max_open
        if over <= 0:
            return
        forgotten = [
            act_id for act_id in self._statuses if act_id not in self._outgoing and act_id not in self._followed
        ]
        for act_id in forgotten[:over]:
            del self._statuses[act_id]


def _is_same(left: Act, right: Act) -> bool:
    """Whether two acts of one person decide the same; when the page was made says nothing about that."""
    return replace(left, rendered_at_ms=0, batch_id=None, person=right.person) == replace(
        right, rendered_at_ms=0, batch_id=None
    )
