"""Attempts at one effect: what counts as a retry, for how long, and that forgetting and restoring agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import streams.attempts
from streams.attempts import ATTEMPT_WINDOW_MS, PREFIX_BYTES, AttemptIndex
from streams.memory import VerdictCode, VerdictMemory, id_hash
from tests.streams.samples import HOUR_MS, MODEST, NOW_MS

EFFECT, OTHER = b"e" * PREFIX_BYTES, b"o" * PREFIX_BYTES
DIGESTS = ["ab" * 32, "cd" * 32, "ef" * 32]


def remember(
    memory: VerdictMemory, number: int, *, digest: str, code: VerdictCode = VerdictCode.ALLOWED, at_ms: int = NOW_MS
) -> None:
    """A verdict on the action with this number."""
    memory.put(id_hash("action", "agent-1", f"a{number}"), digest=digest, code=code, at_ms=at_ms)


def test_attempts_are_counted_per_effect_within_the_window() -> None:
    index = AttemptIndex()
    index.close(0, NOW_MS, [EFFECT, OTHER])
    index.close(1, NOW_MS + 10, [EFFECT])

    assert index.count(EFFECT, NOW_MS + ATTEMPT_WINDOW_MS) == 2
    assert index.count(EFFECT, NOW_MS + ATTEMPT_WINDOW_MS + 1) == 1
    assert index.count(EFFECT, NOW_MS + ATTEMPT_WINDOW_MS + 11) == 0
    assert index.count(OTHER, NOW_MS) == 1


def test_attempts_of_the_open_segment_count_at_once() -> None:
    memory = VerdictMemory()
    for number in range(3):
        assert memory.attempts(DIGESTS[0], NOW_MS) == number
        remember(memory, number, digest=DIGESTS[0])
    memory.close_segment(NOW_MS)

    assert memory.attempts(DIGESTS[0], NOW_MS + 1) == 3
    assert memory.attempts(DIGESTS[1], NOW_MS + 1) == 0


@pytest.mark.parametrize("code", VerdictCode)
def test_only_a_proposed_action_is_an_attempt(code: VerdictCode) -> None:
    memory = VerdictMemory()
    remember(memory, 1, digest=DIGESTS[0], code=code)
    proposed = {
        VerdictCode.ALLOWED,
        VerdictCode.ALLOWED_WITH_CONSTRAINTS,
        VerdictCode.HELD,
        VerdictCode.DENIED,
    }

    for _ in range(2):
        assert memory.attempts(DIGESTS[0], NOW_MS) == (code in proposed)
        memory.close_segment(NOW_MS)


def test_index_is_bounded_and_the_oldest_segment_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams.attempts, "MAX_ATTEMPTS", 3)
    index = AttemptIndex()
    index.close(0, NOW_MS, [EFFECT, OTHER])
    index.close(1, NOW_MS, [EFFECT])
    assert index.count(EFFECT, NOW_MS) == 2

    index.close(2, NOW_MS, [OTHER])

    assert (index.count(EFFECT, NOW_MS), index.count(OTHER, NOW_MS)) == (1, 1)


def test_segment_larger_than_the_index_leaves_it_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams.attempts, "MAX_ATTEMPTS", 1)
    index = AttemptIndex()

    index.close(0, NOW_MS, [EFFECT, EFFECT])

    assert index.count(EFFECT, NOW_MS) == 0


def test_forgotten_segment_takes_its_attempts_along() -> None:
    index = AttemptIndex()
    for number in range(3):
        index.close(number, NOW_MS, [EFFECT])

    index.forget(1)
    index.forget(1)
    index.forget(7)

    assert index.count(EFFECT, NOW_MS) == 2


SEGMENTS = st.lists(
    st.tuples(st.integers(0, 40), st.lists(st.integers(0, 2), min_size=1, max_size=4)), min_size=1, max_size=12
)


@given(segments=SEGMENTS, most=st.integers(1, 30))
@MODEST
def test_count_is_that_of_the_remembered_verdicts_within_the_hour(
    segments: list[tuple[int, list[int]]], most: int
) -> None:
    """The plain meaning: verdicts still remembered, given in the last hour, over the same effect."""
    memory, written, number, now_ms = VerdictMemory(), {}, 0, NOW_MS
    for minutes, effects in segments:
        now_ms += minutes * HOUR_MS // 40
        for effect in effects:
            remember(memory, number, digest=DIGESTS[effect], at_ms=now_ms)
            number += 1
        closed = memory.close_segment(now_ms)
        assert closed is not None
        written[closed[0]] = (closed[1], now_ms, effects)
        for key in memory.forget(before_ms=0, most=most):
            del written[key]
    restored = VerdictMemory()
    for key, (value, _, _) in written.items():
        restored.restore_segment(int(key.partition("/")[2]), value)

    for effect, digest in enumerate(DIGESTS):
        expected = sum(
            effects.count(effect) for _, at_ms, effects in written.values() if now_ms - at_ms <= ATTEMPT_WINDOW_MS
        )
        assert memory.attempts(digest, now_ms) == restored.attempts(digest, now_ms) == expected
