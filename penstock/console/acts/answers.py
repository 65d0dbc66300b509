"""What the audit says about reviews, from the read model.

A review's place on the log is its identity: whoever could write to the topic could repeat an id, and must not be able
to tell people that their act was refused. Where Kafka never confirmed the place, the first record with the id counts
that the gate took as signed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

from penstock.console.acts.ledger import Answer, Followed
from policies.conflicts import Conflict

_RECORDED: Final = """
SELECT partition, "offset", recorded_kind, recorded_seq, recorded_code, recorded_resolution FROM reviews
WHERE review_id = ? AND partition = ? AND recorded_seq IS NOT NULL AND recorded_kind IS NOT 'duplicate'
ORDER BY "offset"
"""
# Kinds of audit records that say by themselves that a review changed nothing.
_REFUSING: Final = frozenset({"dead_letter", "conflict"})


def answers_in(db: sqlite3.Connection, reviews: Sequence[Followed]) -> Mapping[str, Answer]:
    """The audit records of those reviews that the gate has recorded, by review id."""
    found: dict[str, Answer] = {}
    for review in reviews:
        rows = db.execute(_RECORDED, (review.review_id, review.partition)).fetchall()
        for row in rows:
            # An attempt whose word was lost stands before the one that was confirmed, and is the one that counts.
            is_ours = review.offset is not None and row["offset"] == review.offset
            if is_ours or row["recorded_code"] != Conflict.NOT_SIGNED.value:
                found[review.review_id] = _answer(row)
                break
    return found


def _answer(row: sqlite3.Row) -> Answer:
    conflict = row["recorded_code"]
    if conflict is None and row["recorded_kind"] in _REFUSING:
        conflict = str(row["recorded_kind"])
    return Answer(row["partition"], row["recorded_seq"], conflict, row["recorded_resolution"])
