"""Until when a quarantined output can be decided or revealed: the gate lets go of it before the topic does."""

from __future__ import annotations

from typing import NamedTuple

from starlette.requests import Request

from penstock.console.readmodel.quarantine_queries import QuarantineRow, newer
from penstock.console.web.console_state import console_of
from streams.quarantined import MAX_PER_AGENT, MAX_PER_LANE


class Kept(NamedTuple):
    """Until when the gate remembers an output, and whether it still does.

    `is_crowded` says that it was let go before its time, for newer ones.
    """

    until_ms: int
    is_over: bool
    is_crowded: bool


def retention_ms(request: Request) -> int:
    """How long the gate remembers, by the setting that gate and console share."""
    return round(console_of(request).settings.verdict_retention_s * 1000)


def kept_of(request: Request, row: QuarantineRow) -> Kept:
    """The same bounds as the gate's, from what the console knows; where they are in doubt the gate decides."""
    console = console_of(request)
    until_ms = row.kept_ms + retention_ms(request)
    with console.store.read() as db:
        since = newer(db, row)
    is_crowded = since.of_agent >= MAX_PER_AGENT or since.of_lane >= MAX_PER_LANE
    return Kept(until_ms, is_crowded or console.clock() > until_ms, is_crowded)
