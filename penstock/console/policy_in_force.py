"""The policy that the read model says is in force, loaded once per snapshot; pages explain holds and targets by it."""

from __future__ import annotations

import sqlite3
from functools import lru_cache

from detectors.errors import GateError
from policies.bundle import Bundle, load_canonical

# Bundles kept loaded: the one in force, and those that open holds still name.
KEPT_BUNDLES = 8


@lru_cache(maxsize=KEPT_BUNDLES)
def _load(snapshot: str, documents: str) -> Bundle | None:
    try:
        bundle = load_canonical(documents)
    except GateError:
        return None
    # What does not have the snapshot that it claims explains nothing.
    return bundle if bundle.snapshot == snapshot else None


def bundle_of(connection: sqlite3.Connection, snapshot: str | None) -> Bundle | None:
    """The bundle of a full snapshot, or None when the topic no longer has it or it does not load."""
    if snapshot is None:
        return None
    row = connection.execute("SELECT documents FROM bundles WHERE snapshot = ?", (snapshot,)).fetchone()
    return None if row is None else _load(snapshot, row["documents"])


def snapshot_in_force(connection: sqlite3.Connection) -> str | None:
    """The full snapshot by which lanes decided last; the one activated last before any lane has decided."""
    row = connection.execute("SELECT snapshot FROM lane_policies ORDER BY at_ms DESC, partition LIMIT 1").fetchone()
    if row is None:
        row = connection.execute('SELECT snapshot FROM activations ORDER BY "offset" DESC LIMIT 1').fetchone()
    return None if row is None else str(row["snapshot"])


def bundle_in_force(connection: sqlite3.Connection) -> Bundle | None:
    """The bundle in force, or None."""
    return bundle_of(connection, snapshot_in_force(connection))
