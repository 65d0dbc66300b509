"""Free ports on loopback that stay free while a broker is down.

They lie below the range from which the system takes ports for outgoing connections. A client that keeps trying a killed
broker's port could otherwise be given that very port as its own end, connect to itself, and hold it when the broker
comes back.
"""

from __future__ import annotations

import random
import socket
from contextlib import suppress

from penstock.broker_config import LOOPBACK
from penstock.broker_errors import BrokerError

# Below what Linux (32768) and macOS (49152) give to outgoing connections. Source: ip(7), RFC 6335.
PORT_RANGE = range(20_000, 30_000)


def free_ports(count: int) -> list[int]:
    """`count` different ports on which nothing listens now; another program may take one before they are used."""
    chosen: list[int] = []
    held: list[socket.socket] = []
    try:
        for port in random.SystemRandom().sample(PORT_RANGE, len(PORT_RANGE)):
            candidate = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            held.append(candidate)
            with suppress(OSError):
                candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                candidate.bind((LOOPBACK, port))
                chosen.append(port)
            if len(chosen) == count:
                return chosen
    finally:
        for candidate in held:
            candidate.close()
    raise BrokerError(f"no {count} free ports between {PORT_RANGE.start} and {PORT_RANGE.stop - 1}")
