"""Encoded batches: byte for byte those of aiokafka's own builder."""

from __future__ import annotations

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from hypothesis import given
from hypothesis import strategies as st

from streams.effects import Emit, Header
from streams.native_step import is_built
from tests.streams.encoded import emits_of
from tests.streams.samples import NOW_MS

if not is_built():
    pytest.skip("the compiled short way is not built", allow_module_level=True)

from streams._native import Outgoing

BYTES = st.none() | st.binary(max_size=300)
HEADERS = st.lists(st.tuples(st.sampled_from(("ce_id", "t\u00e4g", "")), BYTES), max_size=9)
RECORDS = st.lists(st.tuples(BYTES, BYTES, HEADERS), min_size=1, max_size=70)


@given(RECORDS, st.integers(0, 2**40), st.integers(0, 2**15 - 1), st.integers(0, 2**31 - 1))
def test_batch_is_the_one_that_aiokafka_would_build(
    records: list[tuple[bytes | None, bytes | None, list[Header]]], producer: int, epoch: int, sequence: int
) -> None:
    outgoing = Outgoing(NOW_MS, 1 << 20)
    builder = DefaultRecordBatchBuilder(
        2, 0, is_transactional=1, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=1 << 20
    )
    for number, (key, value, headers) in enumerate(records):
        outgoing.append(key, value, headers)
        builder.append(number, NOW_MS, key, value, headers)
    assert len(outgoing) == len(records)
    (sealed,) = outgoing.batches()
    assert sealed.record_count() == len(records)

    for numbers in ((producer, epoch, sequence), (7, 1, 0)):
        builder.set_producer_state(*numbers)
        assert sealed.encode(*numbers) == bytes(builder.build())


def test_batches_hold_all_records_in_order_and_none_is_too_large() -> None:
    outgoing = Outgoing(NOW_MS, 4096)
    sent = [
        Emit("t", b"k%d" % number, b"v" * (number * 37 % 1500), [("n", b"%d" % number)], 0) for number in range(200)
    ]
    for emit in sent:
        outgoing.append(emit.key, emit.value, emit.headers)
    with pytest.raises(ValueError, match="larger than a batch"):
        outgoing.append(b"k", b"v" * 4096, [])
    again = Outgoing(NOW_MS, 4096)
    for emit in sent:
        again.append(emit.key, emit.value, emit.headers)

    assert max(len(sealed.encode(1, 0, 0)) for sealed in again.batches()) <= 4096
    assert emits_of(outgoing, topic="t", partition=0) == sent
    assert len(outgoing) == 0
