"""Partitions as Kafka's own clients compute them."""

from __future__ import annotations

import pytest
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as aiokafka_murmur2
from hypothesis import given
from hypothesis import strategies as st

from streams.routing import murmur2, partition_of
from tests.streams.samples import MODEST


# Source: Apache Kafka, `UtilsTest.testMurmur2`.
@pytest.mark.parametrize(
    ("data", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_hash_is_that_of_kafkas_own_test(data: bytes, signed: int) -> None:
    assert murmur2(data) == signed & 0xFFFFFFFF


@given(data=st.binary(max_size=70))
@MODEST
def test_hash_is_that_of_aiokafka(data: bytes) -> None:
    assert murmur2(data) == aiokafka_murmur2(data) & 0xFFFFFFFF


@given(agent_id=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), lanes=st.integers(1, 64))
@MODEST
def test_partition_of_an_agent_is_where_aiokafka_would_put_its_key(agent_id: str, lanes: int) -> None:
    everywhere = list(range(lanes))

    assert partition_of(agent_id, lanes) == DefaultPartitioner()(agent_id.encode(), everywhere, everywhere)
