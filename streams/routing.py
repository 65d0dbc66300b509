"""Which partition an agent belongs to: Kafka's own murmur2, so that Java and aiokafka producers agree with the gate."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_SEED: Final = 0x9747B28C
_M: Final = 0x5BD1E995
_MASK: Final = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """The 32-bit murmur2 hash of `data` as Kafka's Java client computes it, unsigned.

    Source: Apache Kafka, `org.apache.kafka.common.utils.Utils.murmur2`.
    """
    length = len(data)
    h = (_SEED ^ length) & _MASK
    whole = length - length % 4
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * _M & _MASK
        k = (k ^ k >> 24) * _M & _MASK
        h = (h * _M & _MASK) ^ k
    tail = data[whole:]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    return h ^ h >> 15


# One entry per agent seen lately; an entry is some 150 bytes.
@lru_cache(maxsize=65_536)
def partition_of(agent_id: str, partitions: int) -> int:
    """The partition of `agent_id` among `partitions`: murmur2 without its sign bit, modulo.

    Source: Apache Kafka, `BuiltInPartitioner.partitionForKey`.
    """
    return (murmur2(agent_id.encode()) & 0x7FFFFFFF) % partitions
