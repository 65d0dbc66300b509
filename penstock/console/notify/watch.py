"""What there is to tell, from the read model: new holds, escalations, waits beyond the target."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

from penstock.console.notify.notices import Notice
from penstock.console.notify.targets import NoticeKind
from penstock.console.readmodel.health_queries import HOUR_MS, team_waits
from policies.approval_documents import QueuePolicy

# What happened longer ago is told to nobody, milliseconds: a console that was away must not raise old alarms.
LOOK_BACK_MS: Final = 24 * HOUR_MS
# Notices of one look at most; the rest comes with the next one.
MOST: Final = 500


def notices(connection: sqlite3.Connection, *, queue: QueuePolicy, now_ms: int) -> Iterator[Notice]:
    """Everything that is so now; who was told of it already is the sender's business."""
    yield from _opened(connection, now_ms)
    yield from _escalated(connection, now_ms)
    yield from _breaches(connection, queue, now_ms)


def _opened(connection: sqlite3.Connection, now_ms: int) -> Iterator[Notice]:
    rows = connection.execute(
        "SELECT hold_id, opened_ms, team, risk, agent_id, topic, due_ms FROM holds"
        " WHERE stage = 'open' AND opened_ms >= ? ORDER BY coalesce(risk, 'high') <> 'high', opened_ms DESC LIMIT ?",
        (now_ms - LOOK_BACK_MS, MOST),
    )
    for row in rows:
        yield Notice(
            NoticeKind.HOLD_OPENED,
            row["hold_id"],
            row["opened_ms"],
            row["team"],
            risk=row["risk"],
            agent_id=row["agent_id"],
            topic=row["topic"],
            due_ms=row["due_ms"],
        )


def _escalated(connection: sqlite3.Connection, now_ms: int) -> Iterator[Notice]:
    rows = connection.execute(
        "SELECT h.hold_id, h.asked_ms, h.team, h.risk, h.agent_id, h.topic, h.due_ms FROM holds AS h"
        " WHERE h.stage = 'open' AND h.cause = 'escalated' AND h.asked_ms >= ? ORDER BY h.due_ms LIMIT ?",
        (now_ms - LOOK_BACK_MS, MOST),
    )
    for row in rows:
        yield Notice(
            NoticeKind.HOLD_ESCALATED,
            row["hold_id"],
            row["asked_ms"],
            row["team"],
            risk=row["risk"],
            agent_id=row["agent_id"],
            topic=row["topic"],
            due_ms=row["due_ms"],
        )


def _breaches(connection: sqlite3.Connection, queue: QueuePolicy, now_ms: int) -> Iterator[Notice]:
    """A team whose 95th percentile of waits, or whose oldest hold, is over the target: once an hour."""
    if queue.target_p95_wait_s is None:
        return
    target_ms = round(queue.target_p95_wait_s * 1000)
    for wait in team_waits(connection, now_ms=now_ms, since_ms=now_ms - HOUR_MS):
        worst = max(wait.p95_ms or 0, wait.oldest_ms or 0)
        if worst > target_ms:
            hour = now_ms // HOUR_MS
            yield Notice(
                NoticeKind.WAIT_BREACHED,
                f"{wait.team or 'no team'} in hour {hour}",
                now_ms,
                wait.team,
                wait_ms=worst,
                target_ms=target_ms,
            )
