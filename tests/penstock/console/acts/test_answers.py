"""Which audit record answers which act, when ids may be repeated by anybody who can write the topic."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.console.acts.answers import answers_in
from penstock.console.acts.ledger import Answer, Followed
from penstock.console.readmodel.statements import Statement
from penstock.console.readmodel.store import Store

INSERT = (
    'INSERT INTO reviews (partition, "offset", review_id, recorded_kind, recorded_seq, recorded_code,'
    " recorded_resolution) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
Row = tuple[int, int, str, str | None, int | None, str | None, str | None]
FORGED: Row = (1, 3, "r1", "review_conflict", 40, "not_signed", None)
OURS: Row = (1, 4, "r1", "review", 41, None, "approved")
AGAIN: Row = (1, 5, "r1", "duplicate", 42, None, None)


@pytest.mark.parametrize(
    ("rows", "offset", "answer"),
    [
        ([], 4, None),
        ([(1, 4, "r1", None, None, None, None)], 4, None),
        ([OURS], 4, Answer(1, 41, None, "approved")),
        ([FORGED, OURS], 4, Answer(1, 41, None, "approved")),
        ([FORGED], 4, None),
        ([FORGED], 3, Answer(1, 40, "not_signed")),
        ([OURS, AGAIN], 5, Answer(1, 41, None, "approved")),
        ([FORGED, OURS], None, Answer(1, 41, None, "approved")),
        ([(0, 4, "r1", "review_conflict", 9, "expired", None)], None, None),
        ([(1, 4, "r1", "review_conflict", 9, "expired", None)], 4, Answer(1, 9, "expired")),
        ([(1, 4, "r1", "dead_letter", 9, None, None)], 4, Answer(1, 9, "dead_letter")),
    ],
)
def test_answer_is_the_record_of_what_this_console_sent(
    rows: list[Row], offset: int | None, answer: Answer | None, tmp_path: Path
) -> None:
    store = Store(tmp_path / "model.sqlite")
    store.write([Statement(INSERT, row) for row in rows])

    with store.read() as db:
        found = answers_in(db, [Followed("r1", 1, offset), Followed("r2", 1, None)])
    store.close()

    assert found == ({} if answer is None else {"r1": answer})
