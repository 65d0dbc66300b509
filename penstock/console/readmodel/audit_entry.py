"""An audit record as the read model takes it in: the fields that all kinds have, and the rest to be read."""

from __future__ import annotations

from typing import NamedTuple

from penstock.console.readmodel.record import Fields, Record, UnreadableError


class Entry(NamedTuple):
    """One audit record. `source_*` is the input record that caused it, None where time or a policy did."""

    partition: int
    seq: int
    at_ms: int
    kind: str
    source_topic: str | None
    source_partition: int | None
    source_offset: int | None
    fields: Fields

    @classmethod
    def of(cls, record: Record) -> Entry:
        """The audit record in a Kafka record.

        Raises:
            UnreadableError: it is none.
        """
        fields = record.fields()
        seq, at_ms = fields.integer("seq"), fields.integer("at_ms")
        if seq is None or at_ms is None or not 0 < seq < 2**40 or fields.integer("partition") != record.partition:
            raise UnreadableError("no audit record")
        source = fields.object("source")
        return cls(
            record.partition,
            seq,
            at_ms,
            fields.required("kind"),
            source.text("topic"),
            source.integer("partition"),
            source.integer("offset"),
            fields,
        )

    @property
    def review_offset(self) -> int | None:
        """Where the review stands that caused it, in the topic of reviews."""
        return self.source_offset if self.fields.text("review_id") is not None else None
