"""gate.reviews.v1: reviews as they were sent, whatever the gate makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from penstock.console.readmodel.record import Record
from penstock.console.readmodel.statements import Statement, upsert

_REVIEW: Final = upsert(
    "reviews",
    ("partition", "offset"),
    (
        "review_id",
        "reviewer",
        "target_kind",
        "target_id",
        "verdict",
        "digest",
        "reason",
        "constraints",
        "to_team",
        "defect",
        "batch_id",
        "has_arguments",
        "rendered_ms",
        "chosen_ms",
        "sent_ms",
    ),
)


def review_changes(record: Record) -> Sequence[Statement]:
    """What a review changes: it stands there as sent, and nothing is decided by it here.

    Raises:
        UnreadableError: it is no review; the gate puts such a record aside as a dead letter.
    """
    fields = record.fields()
    target = fields.object("target")
    row = (
        record.partition,
        record.offset,
        fields.required("review_id"),
        fields.object("reviewer").required("id"),
        target.required("kind"),
        target.required("id"),
        fields.required("verdict"),
        fields.text("digest"),
        fields.text("reason"),
        fields.json("constraints"),
        fields.text("to_team"),
        fields.text("defect"),
        fields.text("batch_id"),
        int(isinstance(fields.raw.get("arguments"), dict)),
        fields.time_ms("rendered_at"),
        fields.time_ms("decided_at"),
        record.at_ms,
    )
    return (Statement(_REVIEW, row),)
