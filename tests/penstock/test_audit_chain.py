"""Audit chains: every kind of tampering is found, an honest chain is not accused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.audit_chain import BEGINNING, ChainVerifier, Checkpoint, Tampering
from streams.effects import Step
from streams.state import LaneState
from streams.topics import AUDIT

Record = tuple[int, bytes]
LENGTH = 8


def chain_of(length: int, partition: int = 0) -> tuple[list[Record], Checkpoint]:
    """A chain as the gate writes it, by offset, and the checkpoint that the gate's state has at its end."""
    state = LaneState(partition)
    records: list[Record] = []
    for number in range(length):
        step = Step(state, 1_700_000_000_000 + number, None)
        step.audit("decision", "agent", {"agent_id": "agent", "number": number})
        # Offsets have holes: each transaction ends with a marker.
        records += [(number * 2, effect.value or b"") for effect in step.effects if effect.topic == AUDIT.name]
    return records, Checkpoint(state.audit_seq, state.audit_head)


def found(
    records: list[Record], checkpoint: Checkpoint | None, start: Checkpoint | None = None
) -> list[tuple[str, int | None]]:
    """Kind and number of every finding in partition 0."""
    verifier = ChainVerifier(
        checkpoints=None if checkpoint is None else {0: checkpoint}, starts=None if start is None else {0: start}
    )
    for offset, value in records:
        verifier.take(0, offset, value)
    return [(finding.kind.value, finding.seq) for finding in verifier.findings()]


def edited(record: Record, **fields: object) -> Record:
    """A record with other content, numbers and hashes as they were."""
    offset, value = record
    return offset, orjson.dumps({**orjson.loads(value), **fields})


Tamper = Callable[[list[Record]], list[Record]]
CASES: dict[str, tuple[Tamper, list[tuple[str, int | None]]]] = {
    "nothing": (lambda r: r, []),
    "a record edited": (lambda r: [*r[:3], edited(r[3], number=99), *r[4:]], [("edited", 4)]),
    "the first edited": (lambda r: [edited(r[0], number=99), *r[1:]], [("edited", 1)]),
    "the last edited": (lambda r: [*r[:-1], edited(r[-1], number=99)], [("edited", 8)]),
    "white space added": (lambda r: [*r[:3], (r[3][0], r[3][1] + b" "), *r[4:]], [("edited", 4)]),
    "one removed": (lambda r: [*r[:3], *r[4:]], [("missing", 4)]),
    "three removed": (lambda r: [*r[:3], *r[6:]], [("missing", 4)]),
    "two places": (lambda r: [*r[:2], *r[3:5], *r[6:]], [("missing", 3), ("missing", 6)]),
    "two swapped": (lambda r: [*r[:3], r[4], r[3], *r[5:]], [("reordered", 4)]),
    "one moved back": (lambda r: [*r[:2], *r[3:6], r[2], *r[6:]], [("reordered", 3)]),
    "the last moved first": (
        lambda r: [r[-1], *r[:-1]],
        [("reordered", number) for number in range(1, LENGTH)],
    ),
    "the end cut": (lambda r: r[:-2], [("truncated", 7)]),
    "the start cut": (lambda r: r[2:], [("truncated", 1)]),
    "everything cut": (lambda _: [], [("truncated", 1)]),
    "one doubled": (lambda r: [*r[:3], r[2], *r[3:]], [("duplicated", 3)]),
    "the last doubled": (lambda r: [*r, r[-1]], [("duplicated", 8)]),
    "another doubled and edited": (lambda r: [*r[:5], edited(r[2], number=99), *r[5:]], [("duplicated", 3)]),
    "one made unreadable": (lambda r: [*r[:3], (r[3][0], b"\xff"), *r[4:]], [("unreadable", 4)]),
    "one without a number": (lambda r: [*r[:3], (r[3][0], b"{}"), *r[4:]], [("unreadable", 4)]),
    "one that is no object": (lambda r: [*r[:3], (r[3][0], b"[1]"), *r[4:]], [("unreadable", 4)]),
    "one emptied": (lambda r: [*r[:3], (r[3][0], b""), *r[4:]], [("unreadable", 4)]),
    "a number that is true": (lambda r: [edited(r[0], seq=True), *r[1:]], [("unreadable", 1)]),
    "another partition named": (
        lambda r: [*r[:-1], edited(r[-1], partition=1)],
        [("edited", 8), ("edited", 8)],
    ),
    "a beginning invented": (lambda r: [edited(r[0], prev="1" * 64), *r[1:]], [("edited", 1), ("edited", 1)]),
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.replace(" ", "-"))
def test_tampering_is_found_and_named(case: str) -> None:
    tamper, expected = CASES[case]
    records, checkpoint = chain_of(LENGTH)
    assert sorted(found(tamper(records), checkpoint), key=str) == sorted(expected, key=str)


def test_a_chain_may_go_on_behind_its_checkpoint() -> None:
    records, _ = chain_of(LENGTH)
    _, earlier = chain_of(LENGTH - 3)
    assert found(records, earlier) == []


def test_a_checkpoint_in_the_middle_shows_an_edit_there() -> None:
    records, _ = chain_of(LENGTH)
    assert found(records, Checkpoint(4, "1" * 64)) == [("edited", 4)]


def test_a_chain_rewritten_from_an_edit_on_is_shown_by_the_checkpoint_alone() -> None:
    records, checkpoint = chain_of(LENGTH)
    forged, head = [], "0" * 64
    for offset, value in records:
        record = {**orjson.loads(value), "prev": head, "agent_id": "somebody else"}
        forged.append((offset, orjson.dumps(record)))
        head = hashlib.sha256(forged[-1][1]).hexdigest()
    assert found(forged, None) == []
    assert found(forged, checkpoint) == [("edited", LENGTH)]


def test_without_a_checkpoint_a_cut_end_cannot_show_and_the_partition_is_called_unproven() -> None:
    records, _ = chain_of(LENGTH)
    verifier = ChainVerifier()
    for offset, value in records[:-2]:
        verifier.take(0, offset, value)
    assert verifier.findings() == []
    assert verifier.unproven == (0,)


def test_a_chain_may_start_where_it_is_said_to_start() -> None:
    records, checkpoint = chain_of(LENGTH)
    start = Checkpoint(3, hashlib.sha256(records[2][1]).hexdigest())
    assert found(records[3:], checkpoint, start) == []
    assert found(records[3:], checkpoint, Checkpoint(3, "1" * 64)) == [("edited", 3)]
    assert found(records[4:], checkpoint, start) == [("missing", 4)]


def test_a_lane_that_has_not_begun_is_no_finding() -> None:
    verifier = ChainVerifier(checkpoints={0: BEGINNING, 1: BEGINNING})
    assert verifier.findings() == []
    assert verifier.partitions == (0, 1)


def test_partitions_are_chains_of_their_own() -> None:
    first, first_end = chain_of(3, 0)
    second, second_end = chain_of(5, 1)
    verifier = ChainVerifier(checkpoints={0: first_end, 1: second_end})
    for partition, records in ((1, second[:2]), (0, first), (1, second[2:4])):
        for offset, value in records:
            verifier.take(partition, offset, value)
    assert [(f.partition, f.kind, f.seq, f.count) for f in verifier.findings()] == [(1, Tampering.TRUNCATED, 5, 1)]
    assert verifier.records == 7


def test_records_of_one_partition_shown_as_anothers_are_found() -> None:
    records, checkpoint = chain_of(3, 1)
    assert {kind for kind, _ in found(records, checkpoint)} == {"edited"}


def test_a_gap_says_how_many_are_missing() -> None:
    records, checkpoint = chain_of(LENGTH)
    verifier = ChainVerifier(checkpoints={0: checkpoint})
    for offset, value in [*records[:2], *records[6:]]:
        verifier.take(0, offset, value)
    (finding,) = verifier.findings()
    assert (finding.kind, finding.seq, finding.count) == (Tampering.MISSING, 3, 4)


@given(st.integers(1, 12), st.data())
def test_any_other_order_choice_or_repetition_of_records_is_found(length: int, data: st.DataObject) -> None:
    records, checkpoint = chain_of(length)
    shown = data.draw(st.lists(st.sampled_from(records), max_size=length + 3))
    assert (found(shown, checkpoint) == []) == (shown == records)


@given(st.integers(0, LENGTH - 1), st.integers(0, 400), st.integers(1, 255))
def test_any_changed_byte_is_found(number: int, place: int, change: int) -> None:
    records, checkpoint = chain_of(LENGTH)
    offset, value = records[number]
    place %= len(value)
    changed = value[:place] + bytes([value[place] ^ change]) + value[place + 1 :]
    assert found([*records[:number], (offset, changed), *records[number + 1 :]], checkpoint) != []
