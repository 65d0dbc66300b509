"""Questions of the approvals pages beyond rows of a list: what requests carried, and what has to stay blind."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import orjson

from penstock.console.readmodel.rows import Payload
from policies.people import is_among

# Holds that are asked about at once; SQLite takes 999 parameters everywhere.
AT_ONCE: Final = 500


class Carried(NamedTuple):
    """What the latest request of a hold carried: the payload of `digest`, and its `traceparent`."""

    digest: str | None
    payload: Payload
    trace: str | None


def carried(db: sqlite3.Connection, hold_ids: Sequence[str]) -> Mapping[str, Carried]:
    """What the latest requests of some holds carried, by hold."""
    found = {}
    for first in range(0, len(hold_ids), AT_ONCE):
        some = hold_ids[first : first + AT_ONCE]
        marks = ", ".join("?" * len(some))
        query = f"SELECT hold_id, digest, payload, is_sealed, trace FROM holds WHERE hold_id IN ({marks})"  # noqa: S608
        for row in db.execute(query, some):
            value = None if row["payload"] is None else orjson.loads(row["payload"])
            payload = Payload(value, None) if row["is_sealed"] else Payload(None, value)
            found[row["hold_id"]] = Carried(row["digest"], payload, row["trace"])
    return found


def kept_blind(db: sqlite3.Connection, hold_ids: Sequence[str], person_id: str) -> frozenset[str]:
    """Those of some holds that this person may still be asked about again, and so must not see the decision of."""
    found = []
    for first in range(0, len(hold_ids), AT_ONCE):
        some = hold_ids[first : first + AT_ONCE]
        marks = ", ".join("?" * len(some))
        query = (
            "SELECT second_review_id, excluded FROM second_reviews"  # noqa: S608 - only question marks are put in
            f" WHERE state = 'open' AND second_review_id IN ({marks})"
        )
        for row in db.execute(query, some):
            excluded = orjson.loads(row["excluded"]) if row["excluded"] else []
            if not is_among(person_id, excluded):
                found.append(str(row["second_review_id"]))
    return frozenset(found)
