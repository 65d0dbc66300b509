"""Verdict memory: what is remembered, for how long, and what forgetting must not take along."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.memory import ENTRY_BYTES, VerdictCode, VerdictMemory, id_hash, segment_key
from tests.streams.samples import MODEST

DIGEST, OTHER = "ab" * 32, "cd" * 32


def key_of(number: int) -> bytes:
    """The key of the action with this number."""
    return id_hash("action", "agent-1", f"a{number}")


def segment(memory: VerdictMemory, at_ms: int, *numbers: int, code: VerdictCode = VerdictCode.ALLOWED) -> str:
    """Remember verdicts on actions as one segment; gives its key."""
    for number in numbers:
        memory.put(key_of(number), digest=DIGEST, code=code, at_ms=5)
    closed = memory.close_segment(at_ms)
    assert closed is not None
    return closed[0]


@pytest.mark.parametrize("code", VerdictCode)
def test_verdict_is_remembered_with_content_and_code_before_and_after_its_segment_closes(code: VerdictCode) -> None:
    memory = VerdictMemory()
    memory.put(key_of(1), digest=DIGEST, code=code, at_ms=5)

    for _ in range(2):
        found = memory.get(key_of(1))
        assert found is not None
        assert (found.digest, found.code) == (DIGEST, code)
        memory.close_segment(5)
    assert memory.get(key_of(2)) is None


def test_segment_takes_49_bytes_per_verdict_and_8_for_its_time() -> None:
    memory = VerdictMemory()
    for number in range(100):
        memory.put(key_of(number), digest=DIGEST, code=VerdictCode.DENIED, at_ms=5)

    closed = memory.close_segment(5)

    assert closed is not None
    assert (closed[0], len(closed[1])) == ("verdicts/0", 8 + 100 * ENTRY_BYTES)
    assert memory.close_segment(6) is None


def test_ids_are_told_apart_by_kind_agent_and_id() -> None:
    names = [
        ("action", "a", "b"),
        ("output", "a", "b"),
        ("action", "b", "b"),
        ("action", "a", "a"),
        ("action", "ab", ""),
    ]

    assert len({id_hash(*name) for name in names}) == len(names)


def test_segments_older_than_the_limit_are_forgotten_as_a_whole() -> None:
    memory = VerdictMemory()
    keys = [segment(memory, at_ms, at_ms, at_ms + 100) for at_ms in (10, 20, 30)]

    assert memory.forget(before_ms=30, most=100) == keys[:2]

    assert len(memory) == 2
    assert memory.get(key_of(10)) is None and memory.get(key_of(30)) is not None


def test_oldest_segments_go_until_no_more_than_the_most_are_kept() -> None:
    memory = VerdictMemory()
    keys = [segment(memory, 10, start, start + 1) for start in (0, 10, 20)]

    assert memory.forget(before_ms=0, most=3) == keys[:2]
    assert len(memory) == 2


def test_one_call_forgets_at_most_its_limit_of_segments() -> None:
    memory = VerdictMemory()
    for number in range(7):
        segment(memory, 10, number)

    assert [len(memory.forget(before_ms=99, most=0, limit=3)) for _ in range(4)] == [3, 3, 1, 0]


def test_verdicts_of_the_open_segment_are_never_forgotten() -> None:
    memory = VerdictMemory()
    segment(memory, 10, 1)
    memory.put(key_of(2), digest=DIGEST, code=VerdictCode.ALLOWED, at_ms=5)
    memory.put(key_of(1), digest=OTHER, code=VerdictCode.DENIED, at_ms=5)

    memory.forget(before_ms=99, most=0)

    assert memory.get(key_of(2)) is not None
    found = memory.get(key_of(1))
    assert found is not None and found.code is VerdictCode.DENIED


@pytest.mark.parametrize("is_restored", [False, True])
def test_hold_resolved_in_a_later_segment_survives_that_the_earlier_one_is_forgotten(is_restored: bool) -> None:
    memory, log = VerdictMemory(), []
    for at_ms, code in ((10, VerdictCode.HELD), (20, VerdictCode.APPROVED)):
        memory.put(key_of(1), digest=DIGEST, code=code, at_ms=5)
        closed = memory.close_segment(at_ms)
        assert closed is not None
        log.append(closed[1])
    if is_restored:
        memory = VerdictMemory()
        for number, value in enumerate(log):
            memory.restore_segment(number, value)

    assert memory.forget(before_ms=15, most=100) == [segment_key(0)]

    found = memory.get(key_of(1))
    assert found is not None and found.code is VerdictCode.APPROVED
    assert memory.forget(before_ms=25, most=100) == [segment_key(1)]
    assert memory.get(key_of(1)) is None


def test_tombstone_of_a_segment_that_is_gone_is_fine() -> None:
    memory = VerdictMemory()
    key = segment(memory, 10, 1)

    memory.forget_segment(7)
    memory.forget_segment(0)
    memory.forget_segment(0)

    assert (key, len(memory)) == (segment_key(0), 0)


@given(
    segments=st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=6), max_size=8),
    most=st.integers(0, 20),
    before=st.integers(0, 9),
)
@MODEST
def test_forgetting_keeps_exactly_the_latest_verdicts_of_what_is_left(
    segments: list[list[int]], most: int, before: int
) -> None:
    memory = VerdictMemory()
    for at_ms, numbers in enumerate(segments):
        segment(memory, at_ms, *numbers)

    gone = len(memory.forget(before_ms=before, most=most))

    assert {key for key in map(key_of, range(13)) if memory.get(key)} == {
        key_of(number) for numbers in segments[gone:] for number in numbers
    }
    assert len(memory) <= most or gone == len(segments)
    assert gone >= min(before, len(segments))
