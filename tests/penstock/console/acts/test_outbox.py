"""The outbox from the outside: acts go in from any thread and end on the record, refused, failed or undone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from structlog.testing import capture_logs

from penstock.console.acts.ledger import ActState, ActWaitsError
from penstock.console.acts.outbox import Outbox, OutboxClosedError, OutboxLimits
from penstock.console.person import ForbiddenError
from streams.events import ReviewVerdict
from tests.penstock.console.acts.samples import SCANNER, Wire, act, person

# Long enough that nothing of it passes within a test, and shorter than the limit of a test.
LONG = OutboxLimits(undo_ms=3_600_000, batch_undo_ms=3_600_000)
NONE = OutboxLimits(undo_ms=0, batch_undo_ms=0)
WAIT_S = 20.0


def clock() -> int:
    """The time, milliseconds."""
    return time.time_ns() // 1_000_000


@contextmanager
def running(wire: Wire, limits: OutboxLimits = NONE) -> Iterator[Outbox]:
    """An outbox that sends."""
    outbox = Outbox(
        channel=lambda: wire, answers=wire.answers, signer=None, scanner=SCANNER, clock=clock, limits=limits
    )
    outbox.start()
    try:
        yield outbox
    finally:
        outbox.stop()


def ended(outbox: Outbox, act_id: str) -> ActState:
    """How an act ends."""
    status = outbox.wait(act_id, timeout_s=WAIT_S)
    assert status is not None
    return status.state


def test_act_is_recorded_with_its_audit_number() -> None:
    with running(Wire()) as outbox:
        act_id = outbox.submit(act())

        assert ended(outbox, act_id) is ActState.RECORDED
        (status,) = outbox.of_target("h1")
        assert status.answer is not None
        assert (status.answer.partition, status.answer.seq, status.attempts) == (0, 1, 1)


def test_refused_act_says_its_conflict() -> None:
    wire = Wire()
    wire.conflicts["agent-1"] = "wrong_team"
    with running(wire) as outbox:
        act_id = outbox.submit(act())

        assert ended(outbox, act_id) is ActState.REFUSED
        assert outbox.of_person("ANN ")[0].code == "wrong_team"


def test_act_is_sent_again_with_the_same_bytes_while_kafka_is_away() -> None:
    wire = Wire(failures=2, loses_word=True)
    with running(wire) as outbox:
        act_id = outbox.submit(act())

        assert ended(outbox, act_id) is ActState.RECORDED
    assert len(wire.sent) == 3
    assert len({out.value for out in wire.sent}) == 1


def test_failure_that_nobody_foresaw_is_tried_again_too() -> None:
    wire = Wire(failures=1, failure=AssertionError)
    with running(wire) as outbox:
        assert ended(outbox, outbox.submit(act())) is ActState.RECORDED
    assert len(wire.sent) == 1


def test_act_fails_when_kafka_stays_away() -> None:
    wire = Wire(failures=10**6)
    with running(wire, OutboxLimits(undo_ms=0, give_up_s=0.3)) as outbox:
        act_id = outbox.submit(act())

        assert ended(outbox, act_id) is ActState.FAILED
    assert wire.sent == []


def test_unconfirmed_act_is_recorded_when_the_audit_has_it() -> None:
    wire = Wire(failures=10**6, loses_word=True)
    with running(wire, OutboxLimits(undo_ms=0, give_up_s=0.1)) as outbox:
        act_id = outbox.submit(act())
        outbox.wait(act_id, timeout_s=WAIT_S)

        expect_soon(lambda: ended(outbox, act_id) is ActState.RECORDED)


def expect_soon(is_so: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_undone_act_never_reaches_kafka_even_when_the_console_stops() -> None:
    wire = Wire()
    with running(wire, LONG) as outbox:
        act_id = outbox.submit(act())

        assert outbox.undo(act_id, person())
        assert not outbox.undo(act_id, person())
        assert ended(outbox, act_id) is ActState.UNDONE
    assert wire.sent == []


def test_nobody_undoes_what_somebody_else_did() -> None:
    wire = Wire()
    with running(wire, LONG) as outbox:
        act_id = outbox.submit(act())

        with pytest.raises(ForbiddenError):
            outbox.undo(act_id, person("bob"))
    assert len(wire.sent) == 1


def test_stop_sends_what_waits_and_closes_the_channel() -> None:
    wire = Wire()
    with running(wire, LONG) as outbox:
        ids = [outbox.submit(act(f"h{number}")) for number in range(3)]
        assert wire.sent == []

    assert [out.review_id for out in wire.sent] == ids
    assert wire.is_closed
    with pytest.raises(OutboxClosedError):
        outbox.submit(act())


def test_stop_without_kafka_ends_within_its_grace() -> None:
    wire = Wire(failures=10**6)
    with running(wire, OutboxLimits(undo_ms=3_600_000, stop_grace_s=0.3)) as outbox:
        act_id = outbox.submit(act())
        started = time.monotonic()

    assert time.monotonic() - started < WAIT_S
    status = outbox.status(act_id)
    assert status is not None
    assert status.state is ActState.FAILED


def test_claim_is_sent_at_once() -> None:
    with running(Wire(), LONG) as outbox:
        assert ended(outbox, outbox.submit(act(verdict=ReviewVerdict.CLAIM))) is ActState.RECORDED


def test_batch_is_undone_as_a_whole_and_shown_as_one_line() -> None:
    wire = Wire()
    with running(wire, LONG) as outbox:
        for number in range(3):
            outbox.submit(act(f"h{number}", batch_id="b1"))
        outbox.submit(act("h9", person=person("bob")))

        (line,) = outbox.recent("ann")
        assert (line.act_id, line.can_undo) == ("b1", True)
        assert outbox.undo_batch("b1", person()) == 3
        assert not outbox.recent("ann")[0].can_undo
    assert len(wire.sent) == 1


def test_each_item_of_a_batch_has_its_own_result() -> None:
    wire = Wire()
    wire.conflicts["agent-2"] = "expired"
    with running(wire) as outbox:
        for number in range(3):
            outbox.submit(act(f"h{number}", key=f"agent-{number}", batch_id="b1"))
        for status in outbox.of_batch("b1"):
            outbox.wait(status.act_id, timeout_s=WAIT_S)

        found = {status.act.target_id: status.code for status in outbox.of_batch("b1")}
    assert found == {"h0": None, "h1": None, "h2": "expired"}


def test_many_threads_submit_and_each_act_is_sent_once() -> None:
    wire = Wire()
    with running(wire) as outbox:
        threads = [
            Thread(target=lambda name=name: [outbox.submit(act(f"{name}-{n}")) for n in range(25)]) for name in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        expect_soon(lambda: all(status.state is ActState.RECORDED for status in outbox.of_person("ann")))

    assert len(wire.sent) == len({out.review_id for out in wire.sent}) == 200


def test_double_click_sends_once_and_another_verdict_has_to_wait() -> None:
    wire = Wire()
    with running(wire, LONG) as outbox:
        first = outbox.submit(act())

        assert outbox.submit(act()) == first
        with pytest.raises(ActWaitsError):
            outbox.submit(act(verdict=ReviewVerdict.DENY, reason="no"))
    assert len(wire.sent) == 1


def test_sensitive_reason_is_redacted_and_told_and_never_logged() -> None:
    wire = Wire()
    with capture_logs() as lines, running(wire) as outbox:
        act_id = outbox.submit(act(reason="bob@example.com asked", arguments={"to": "canary-7"}))
        ended(outbox, act_id)
        status = outbox.status(act_id)

    assert status is not None
    assert status.redacted == ("EMAIL_ADDRESS",)
    assert b"bob@example.com" not in wire.sent[0].value
    assert "bob@example.com" not in repr(lines)
    assert "canary-7" not in repr(lines)
    assert [line["event"] for line in lines] == ["act_taken", "act_sent", "act_recorded"]


def test_read_model_that_fails_is_asked_again() -> None:
    wire = Wire()
    answers, asked = wire.answers, []

    def flaky(ids: object) -> dict[str, object]:
        asked.append(ids)
        if len(asked) < 3:
            raise OSError("being rebuilt")
        return dict(answers(ids))  # type: ignore[arg-type]

    wire.answers = flaky  # type: ignore[assignment]
    with running(wire) as outbox:
        assert ended(outbox, outbox.submit(act())) is ActState.RECORDED
    assert len(asked) >= 3
