"""The health page: waits against targets, the share that needs people, what reviews change, and what went wrong."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from penstock.console.person import Permission
from penstock.console.policy_in_force import bundle_in_force
from penstock.console.readmodel.health_queries import (
    HOUR_MS,
    Hour,
    claim_loads,
    conflicts,
    dead_letters,
    fail_closed,
    hours,
    review_report,
    team_waits,
)
from penstock.console.web.charts import Column, bars
from penstock.console.web.console_state import console_of
from penstock.console.web.render import page
from penstock.console.web.words import clock_time
from policies.approval_documents import QueuePolicy
from policies.review_report import HELD_SHARE_LIMIT, HELD_SHARE_TARGET
from streams.reasons import OUTPUT_FAILED_CLOSED

DAY_MS: Final = 24 * HOUR_MS
# What the report about rules and reviewers looks back on, days.
REPORT_DAYS: Final = 7


def health(request: Request) -> Response:
    """How reviewing goes. Rules, teams and sums only; people are named to those who may see the audit."""
    person = request.state.person
    person.require(Permission.SEE_HEALTH)
    console = console_of(request)
    now_ms = console.clock()
    with console.store.read() as connection:
        bundle = bundle_in_force(connection)
        by_hour = hours(connection, now_ms=now_ms)
        found = review_report(connection, since_ms=now_ms - REPORT_DAYS * DAY_MS)
        context: dict[str, Any] = {
            "queue": QueuePolicy() if bundle is None else bundle.approvals.queue,
            "waits": team_waits(connection, now_ms=now_ms, since_ms=now_ms - DAY_MS),
            "claims": claim_loads(connection, now_ms=now_ms),
            "dead_letters": dead_letters(connection, since_ms=now_ms - DAY_MS),
            "conflicts": conflicts(connection, since_ms=now_ms - DAY_MS),
            "fail_closed": fail_closed(connection, OUTPUT_FAILED_CLOSED, since_ms=now_ms - DAY_MS),
        }
    context |= {
        "report": found,
        "days": REPORT_DAYS,
        "may_see_people": person.may(Permission.SEE_AUDIT),
        "hours": by_hour,
        "held_target": HELD_SHARE_TARGET,
        "held_limit": HELD_SHARE_LIMIT,
        "decided_chart": bars(
            [Column(_hour(hour), hour.decided) for hour in by_hour],
            title="Actions decided in each of the last 24 hours",
            chart_id="decided",
        ),
        "held_chart": bars(
            [Column(_hour(hour), 100 * hour.held_share) for hour in by_hour],
            title="Share of actions that needed a person, in each of the last 24 hours",
            chart_id="held",
            unit="%",
            limit=100 * HELD_SHARE_LIMIT,
        ),
    }
    return page(request, "health/health.html", context)


def _hour(hour: Hour) -> str:
    return clock_time(hour.hour_ms)[11:16]


ROUTES: Final = (Route("/health", health),)
