"""All pages of the console."""

from __future__ import annotations

from typing import Final

from starlette.routing import BaseRoute

from penstock.console.web import (
    acts,
    agents,
    approvals,
    audit,
    batch,
    health,
    hold_act,
    policy,
    quarantine,
    samples,
    second_reviews,
)

PAGES: Final[tuple[BaseRoute, ...]] = (
    *approvals.ROUTES,
    *batch.ROUTES,
    *hold_act.ROUTES,
    *acts.ROUTES,
    *quarantine.ROUTES,
    *samples.ROUTES,
    *second_reviews.ROUTES,
    *agents.ROUTES,
    *audit.ROUTES,
    *policy.ROUTES,
    *health.ROUTES,
)
