"""Asks a broker who is in its cluster, in Kafka's own protocol over a plain socket.

Not through aiokafka: a starting broker refuses connections for seconds, which aiokafka reports as errors to a terminal
that belongs to somebody else, and it needs an event loop, which the caller may be running already.
"""

from __future__ import annotations

import socket
import struct

# Metadata request, version 1: the lowest that every Kafka since 0.10 answers. Source: Kafka protocol guide, api key 3.
_METADATA_KEY = 3
_METADATA_VERSION = 1
_CLIENT_ID = b"penstock-probe"
# No answer to this question is larger: topics are not asked for.
_MAX_ANSWER_BYTES = 1 << 20


def cluster_members(host: str, port: int, *, timeout_s: float) -> frozenset[int]:
    """The ids of the brokers that the broker at `host:port` knows to be alive; empty while it does not answer."""
    # An empty array of topics means none of them.
    request = (
        struct.pack(">hhih", _METADATA_KEY, _METADATA_VERSION, 1, len(_CLIENT_ID)) + _CLIENT_ID + struct.pack(">i", 0)
    )
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            (size,) = struct.unpack(">i", _read(connection, 4))
            return _broker_ids(_read(connection, size)) if 8 <= size <= _MAX_ANSWER_BYTES else frozenset()
    except (OSError, struct.error, EOFError):
        return frozenset()


def _read(connection: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        chunk = connection.recv(size - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return bytes(data)


def _broker_ids(answer: bytes) -> frozenset[int]:
    # Correlation id, then an array of brokers: id, host, port, rack (a string or null).
    (count,) = struct.unpack_from(">i", answer, 4)
    offset = 8
    ids: set[int] = set()
    for _ in range(count):
        node_id, host_length = struct.unpack_from(">ih", answer, offset)
        offset += 6 + host_length + 4
        (rack_length,) = struct.unpack_from(">h", answer, offset)
        offset += 2 + max(rack_length, 0)
        ids.add(node_id)
    return frozenset(ids)
