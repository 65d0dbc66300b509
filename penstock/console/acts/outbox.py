"""The outbox: acts wait out their undo, go to Kafka from a thread of their own, and are followed into the audit.

It is memory only. An act that a kill takes along decided nothing: what it was about still waits, and the page says so.
A graceful stop sends what waits, because the people whose acts those are were told that they would be sent.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from detectors.errors import GateError
from detectors.scanner import Scanner
from penstock.console.acts.act import Act, Outgoing, new_id, outgoing, review_of
from penstock.console.acts.channel import Channel, ChannelError
from penstock.console.acts.ledger import ActState, ActStatus, Answer, Followed, Ledger
from penstock.console.acts.reasons import clean_reason
from penstock.console.acts.wording import ActLine, lines_of
from penstock.console.person import ForbiddenError, Person
from streams.events import TargetKind
from streams.review_signing import ReviewSigner

# Acts that only tell others something, or that have to be on the log before anything is shown: nothing to take back.
AT_ONCE: Final = frozenset({"claim", "reveal"})
# Pause before the next attempt while Kafka is away, seconds; it doubles up to the second figure.
FIRST_PAUSE_S: Final = 0.2
MAX_PAUSE_S: Final = 3.0
# The audit is asked this often while somebody is probably looking, and afterwards; seconds.
FOLLOW_S: Final = 0.05
FOLLOW_SLOWLY_S: Final = 1.0
LOOKING_MS: Final = 15_000
# Reviews that the audit is asked about at once; SQL has a limit on variables.
FOLLOW_AT_ONCE: Final = 200

# Acts of one person that every page shows under its navigation, and for how long after they ended, milliseconds.
RECENT: Final = 8
RECENT_MS: Final = 5 * 60 * 1000

# Finds the audit records of reviews; the read model's part. The result is by review id.
Answers = Callable[[Sequence[Followed]], Mapping[str, Answer]]


class OutboxClosedError(GateError):
    """The console is stopping, or has not started to send."""

    code = "OUTBOX_CLOSED"
    advice = "try again in a moment"


@dataclass(frozen=True, slots=True)
class OutboxLimits:
    """How long one act and a batch can be undone, milliseconds, how long Kafka may be away before an act counts as
    failed, and how long a stop waits for what is on its way, seconds.
    """

    undo_ms: int = 5_000
    batch_undo_ms: int = 10_000
    give_up_s: float = 60.0
    stop_grace_s: float = 10.0


class Outbox:
    """Takes acts from any thread, sends and follows them. Made once per console; `start` before the first act."""

    def __init__(
        self,
        *,
        channel: Callable[[], Channel],
        answers: Answers,
        signer: ReviewSigner | None,
        scanner: Scanner,
        clock: Callable[[], int],
        limits: OutboxLimits = OutboxLimits(),
    ) -> None:
        self._channel = channel
        self._answers = answers
        self._signer = signer
        self._scanner = scanner
        self._clock = clock
        self._limits = limits
        self._ledger = Ledger()
        self._changed = threading.Condition()
        self._version = 0
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._has_sent: asyncio.Event | None = None
        self._is_stopping = False
        self._log = structlog.get_logger()

    def version(self) -> int:
        """Grows with everything that happens to any act, for pages that follow."""
        return self._version

    def start(self) -> None:
        """Begin to send; returns when the thread runs."""
        started = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run(started)), name="penstock-outbox", daemon=True
        )
        self._thread.start()
        started.wait()

    def stop(self) -> None:
        """Send what waits, at once, and end; what Kafka does not confirm within the grace counts as failed."""
        with self._changed:
            self._is_stopping = True
        self._nudge()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def submit(self, act: Act) -> str:
        """Take an act in; gives its id. The same act by the same person while it waits is the one that waits.

        Raises:
            ActInvalidError: it cannot become a review, or its reason is too long or cannot be checked.
            ActWaitsError: another act of the person on the same target waits.
            OutboxFullError, OutboxClosedError: not now.
        """
        now_ms, act_id = self._clock(), new_id()
        cleaned = clean_reason(self._scanner, act.reason)
        review = review_of(act, review_id=act_id, reason=cleaned.text, decided_ms=now_ms)
        ready = outgoing(act, review, self._signer)
        status = ActStatus(
            act_id=act_id,
            act=act,
            state=ActState.WAITING,
            at_ms=now_ms,
            sends_at_ms=now_ms + self._undo_ms(act),
            redacted=cleaned.redacted,
        )
        with self._changed:
            if self._is_stopping or self._thread is None or not self._thread.is_alive():
                raise OutboxClosedError("acts are not taken now")
            taken = self._ledger.add(status, ready)
            self._note()
        if taken.act_id == act_id:
            self._say("act_taken", taken)
        self._nudge()
        return taken.act_id

    def undo_batch(self, batch_id: str, person: Person) -> int:
        """Take back what waits of a batch; gives how many that were.

        Raises:
            ForbiddenError: it is somebody else's.
        """
        return sum(self.undo(status.act_id, person) for status in self.of_batch(batch_id))

    def undo(self, act_id: str, person: Person) -> bool:
        """Take a waiting act back; false when it is too late or there is none.

        Raises:
            ForbiddenError: it is somebody else's.
        """
        with self._changed:
            status = self._ledger.get(act_id)
            if status is not None and not status.is_by(person.id):
                raise ForbiddenError("only who did it can undo it")
            is_undone = self._ledger.undo(act_id, self._clock())
            self._note()
        if is_undone and status is not None:
            self._say("act_undone", status)
        return is_undone

    def status(self, act_id: str) -> ActStatus | None:
        """Where an act stands, None for one that is not remembered."""
        with self._changed:
            return self._ledger.get(act_id)

    def of_target(self, target_id: str, *, kind: TargetKind | None = None) -> tuple[ActStatus, ...]:
        """The acts on a target that are remembered."""
        return self._where(
            lambda status: status.act.target_id == target_id and (kind is None or status.act.target is kind)
        )

    def of_batch(self, batch_id: str) -> tuple[ActStatus, ...]:
        """The acts of a batch."""
        return self._where(lambda status: status.act.batch_id == batch_id)

    def of_person(self, person_id: str) -> tuple[ActStatus, ...]:
        """The acts of a person that are remembered."""
        return self._where(lambda status: status.is_by(person_id))

    def recent(self, person_id: str) -> tuple[ActLine, ...]:
        """What the person did in the last minutes, the newest first; a batch is one line."""
        now_ms = self._clock()
        found = [
            status for status in self.of_person(person_id) if status.state.is_open or now_ms - status.at_ms < RECENT_MS
        ]
        return lines_of(found)[:RECENT]

    def wait(self, act_id: str, *, timeout_s: float) -> ActStatus | None:
        """The act as soon as it ended, or as it stands when the time is over. Blocks: not for an event loop."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over(act_id), timeout_s)
            return self._ledger.get(act_id)

    def _is_over(self, act_id: str) -> bool:
        status = self._ledger.get(act_id)
        return status is None or not status.state.is_open

    def _where(self, is_meant: Callable[[ActStatus], bool]) -> tuple[ActStatus, ...]:
        with self._changed:
            return tuple(status for status in self._ledger.all() if is_meant(status))

    def _undo_ms(self, act: Act) -> int:
        if act.verdict.value in AT_ONCE:
            return 0
        return self._limits.undo_ms if act.batch_id is None else self._limits.batch_undo_ms

    def _note(self) -> None:
        self._version += 1
        self._changed.notify_all()

    def _nudge(self) -> None:
        loop, wake = self._loop, self._wake
        if loop is not None and wake is not None and not loop.is_closed():
            loop.call_soon_threadsafe(wake.set)

    def _say(self, event: str, status: ActStatus, **more: object) -> None:
        """One line per step of an act: who, what, how; never what was written or decided about."""
        act = status.act
        self._log.info(
            event,
            act_id=status.act_id,
            person=act.person.id,
            target=act.target.value,
            target_id=act.target_id,
            verdict=act.verdict.value,
            **more,
        )

    async def _run(self, started: threading.Event) -> None:
        self._loop, self._wake, self._has_sent = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        channel = self._channel()
        following = asyncio.create_task(self._follow())
        # Compiling takes seconds, which the first person who writes a reason would wait for.
        warming = asyncio.create_task(asyncio.to_thread(self._scanner.warm))
        started.set()
        try:
            await self._send_due(channel)
        finally:
            following.cancel()
            await asyncio.gather(following, warming, return_exceptions=True)
            await channel.close()

    async def _send_due(self, channel: Channel) -> None:
        """Send each act when its time has come, until the outbox stops and nothing is left."""
        sending: set[asyncio.Task[None]] = set()
        wake = self._wake or asyncio.Event()
        while True:
            wake.clear()
            with self._changed:
                is_stopping = self._is_stopping
                due = self._ledger.take_due(self._clock(), is_flushing=is_stopping)
                next_ms = self._ledger.next_due_ms()
            for entry in due:
                task = asyncio.create_task(self._deliver(channel, entry))
                sending.add(task)
                task.add_done_callback(sending.discard)
            if is_stopping:
                await asyncio.gather(*sending)
                return
            pause_s = None if next_ms is None else max(0.0, (next_ms - self._clock()) / 1000)
            try:
                await asyncio.wait_for(wake.wait(), pause_s)
            except TimeoutError:
                continue

    async def _deliver(self, channel: Channel, entry: Outgoing) -> None:
        """Send one review, again and again with the same bytes, until Kafka has it or the limit has passed."""
        loop = asyncio.get_running_loop()
        give_up, pause_s = loop.time() + self._limits.give_up_s, FIRST_PAUSE_S
        stop_by: float | None = None
        while True:
            with self._changed:
                self._ledger.attempted(entry.review_id)
            try:
                offset = await channel.send(entry)
            except ChannelError as exc:
                problem = str(exc)
            except Exception as exc:  # the boundary: whatever went wrong, the act must not hang for ever
                problem = type(exc).__name__
            else:
                self._delivered(entry.review_id, offset)
                return
            if self._is_stopping and stop_by is None:
                stop_by = loop.time() + self._limits.stop_grace_s
            if loop.time() + pause_s >= min(give_up, stop_by or give_up):
                self._gave_up(entry.review_id, problem)
                return
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, MAX_PAUSE_S)

    def _delivered(self, act_id: str, offset: int) -> None:
        with self._changed:
            self._ledger.sent(act_id, self._clock(), offset=offset)
            self._note()
            status = self._ledger.get(act_id)
        if self._has_sent is not None:
            self._has_sent.set()
        if status is not None:
            self._say("act_sent", status, attempts=status.attempts)

    def _gave_up(self, act_id: str, problem: str) -> None:
        with self._changed:
            self._ledger.failed(act_id, self._clock())
            self._note()
            status = self._ledger.get(act_id)
        if self._has_sent is not None:
            self._has_sent.set()
        if status is not None:
            self._say("act_failed", status, attempts=status.attempts, problem=problem)

    async def _follow(self) -> None:
        """Look for what the audit says about what was sent."""
        has_sent = self._has_sent or asyncio.Event()
        while True:
            with self._changed:
                now_ms = self._clock()
                followed = self._ledger.followed(now_ms)
                youngest_ms = self._ledger.youngest_followed_ms()
            for first in range(0, len(followed), FOLLOW_AT_ONCE):
                await self._ask(followed[first : first + FOLLOW_AT_ONCE])
            if youngest_ms is None:
                await has_sent.wait()
                has_sent.clear()
            else:
                await asyncio.sleep(FOLLOW_S if now_ms - youngest_ms < LOOKING_MS else FOLLOW_SLOWLY_S)

    async def _ask(self, reviews: Sequence[Followed]) -> None:
        try:
            answers = await asyncio.to_thread(self._answers, reviews)
        except Exception as exc:  # the boundary: a read model that is being rebuilt answers later
            self._log.warning("acts_not_followed", error=type(exc).__name__)
            return
        if not answers:
            return
        with self._changed:
            ended = self._ledger.answered(answers, self._clock())
            self._note()
        for status in ended:
            answer = status.answer
            number = None if answer is None else f"{answer.partition}-{answer.seq}"
            self._say(f"act_{status.state.value}", status, code=status.code, audit=number)
