"""Verification of audit chains: records in, typed findings out. Pure.

Theory of operation. A partition's records are numbered from 1 without gaps (`seq`), and each holds the SHA-256 of the
value bytes of the one before (`prev`). So an edited record no longer fits its successor, a removed one leaves a gap in
the numbers, and a moved one goes back in them. Only the end of a chain proves nothing by itself: a checkpoint, the
number and hash of a record that the gate itself keeps in its state, shows what was cut off. A checkpoint may lie
before the end, because a gate goes on while its log is read.

Gaps are kept until the end, so that a record that turns up late is reported as moved and not as missing too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import orjson

from streams.state import GENESIS


class Tampering(StrEnum):
    """What can be wrong with a chain."""

    EDITED = "edited"
    MISSING = "missing"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    DUPLICATED = "duplicated"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The number and hash of a record of a chain; `seq` 0 with 64 zeros is a chain that has not begun."""

    seq: int
    head: str


BEGINNING: Final = Checkpoint(0, GENESIS)


@dataclass(frozen=True, slots=True)
class ChainFinding:
    """Something wrong with the chain of `partition`.

    `seq` and `offset` are those of the record concerned, None where they cannot be known. `count` is how many records
    in a row are concerned.
    """

    partition: int
    seq: int | None
    offset: int | None
    kind: Tampering
    detail: str
    count: int = 1


@dataclass(slots=True)
class _Chain:
    """One partition so far. `head` is the hash of the record with the highest number, None when it is unreadable."""

    partition: int
    start: Checkpoint
    target: Checkpoint | None
    seq: int = field(init=False)
    head: str | None = field(init=False)
    offset: int | None = None
    records: int = 0
    gaps: list[tuple[int, int]] = field(default_factory=list)
    findings: list[ChainFinding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.seq, self.head = self.start.seq, self.start.head
        self._meet_target(self.offset)

    def take(self, offset: int, value: bytes) -> None:
        self.records += 1
        digest = hashlib.sha256(value).hexdigest()
        record = _read(value)
        if record is None:
            # It stands where the next number is expected; what it says about its predecessor is lost.
            self._report(Tampering.UNREADABLE, self.seq + 1, offset, "not an audit record")
            self._advance(self.seq + 1, offset, None)
            return
        seq, prev, partition = record
        if partition != self.partition:
            self._report(Tampering.EDITED, seq, offset, "the record names another partition")
        if seq <= self.seq:
            self._take_late(seq, offset)
            return
        if seq > self.seq + 1:
            self.gaps.append((self.seq + 1, seq - 1))
        elif self.head is not None and prev != self.head:
            is_first = self.seq == 0
            self._report(
                Tampering.EDITED,
                seq if is_first else self.seq,
                offset if is_first else self.offset,
                "the first record does not begin the chain" if is_first else "the next record holds another hash of it",
            )
        self._advance(seq, offset, digest)

    def _advance(self, seq: int, offset: int, head: str | None) -> None:
        self.seq, self.offset, self.head = seq, offset, head
        self._meet_target(offset)

    def _meet_target(self, offset: int | None) -> None:
        target = self.target
        if target is not None and target.seq == self.seq and self.head is not None and self.head != target.head:
            self._report(Tampering.EDITED, self.seq, offset, "the checkpoint holds another hash of it")

    def _take_late(self, seq: int, offset: int) -> None:
        for index, (first, last) in enumerate(self.gaps):
            if first <= seq <= last:
                rest = [(first, seq - 1), (seq + 1, last)]
                self.gaps[index : index + 1] = [(low, high) for low, high in rest if low <= high]
                self._report(Tampering.REORDERED, seq, offset, f"stands behind number {self.seq}")
                return
        self._report(Tampering.DUPLICATED, seq, offset, "the number stands there already")

    def finish(self) -> list[ChainFinding]:
        found = list(self.findings)
        for first, last in self.gaps:
            count = last - first + 1
            is_start = first == self.start.seq + 1 and self.start == BEGINNING
            kind = Tampering.TRUNCATED if is_start else Tampering.MISSING
            detail = (
                f"the chain starts at number {last + 1}" if is_start else f"numbers {first} to {last} are not there"
            )
            found.append(ChainFinding(self.partition, first, None, kind, detail, count))
        target = self.target
        if target is not None and self.seq < target.seq:
            detail = f"the chain ends at number {self.seq}, the checkpoint is at {target.seq}"
            missing = target.seq - self.seq
            found.append(ChainFinding(self.partition, self.seq + 1, None, Tampering.TRUNCATED, detail, missing))
        return found

    def _report(self, kind: Tampering, seq: int, offset: int | None, detail: str) -> None:
        self.findings.append(ChainFinding(self.partition, seq, offset, kind, detail))


def _read(value: bytes) -> tuple[int, str, Any] | None:
    """Number, hash of the predecessor and partition of a record; None when it is none."""
    try:
        record = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(record, dict):
        return None
    seq, prev = record.get("seq"), record.get("prev")
    if type(seq) is not int or seq < 1 or not isinstance(prev, str):
        return None
    return seq, prev, record.get("partition")


class ChainVerifier:
    """Takes the records of any number of partitions, each partition's in the order in which they stand.

    `checkpoints` say how far each chain must reach; `starts` say after which record each begins where that is not the
    first. A partition with a checkpoint is expected even when no record of it comes.
    """

    def __init__(
        self,
        *,
        checkpoints: Mapping[int, Checkpoint] | None = None,
        starts: Mapping[int, Checkpoint] | None = None,
    ) -> None:
        self._checkpoints, self._starts = dict(checkpoints or {}), dict(starts or {})
        self._chains: dict[int, _Chain] = {}
        for partition in self._checkpoints:
            self._chain(partition)

    def _chain(self, partition: int) -> _Chain:
        chain = self._chains.get(partition)
        if chain is None:
            start = self._starts.get(partition, BEGINNING)
            chain = self._chains[partition] = _Chain(partition, start, self._checkpoints.get(partition))
        return chain

    def take(self, partition: int, offset: int, value: bytes) -> None:
        """Take the next record of a partition in."""
        self._chain(partition).take(offset, value)

    @property
    def records(self) -> int:
        """How many records were taken."""
        return sum(chain.records for chain in self._chains.values())

    @property
    def partitions(self) -> tuple[int, ...]:
        """The partitions that were seen or expected, in order."""
        return tuple(sorted(self._chains))

    @property
    def unproven(self) -> tuple[int, ...]:
        """Partitions without a checkpoint: a cut at their end would not show."""
        return tuple(partition for partition in self.partitions if partition not in self._checkpoints)

    def reached(self, partition: int) -> int:
        """The highest number seen in a partition."""
        return self._chain(partition).seq

    def findings(self) -> list[ChainFinding]:
        """Everything wrong so far, by partition and number."""
        found = [finding for chain in self._chains.values() for finding in chain.finish()]
        return sorted(found, key=lambda finding: (finding.partition, finding.seq or 0, finding.kind.value))
