"""All pages of the console."""

from __future__ import annotations

from typing import Final

from starlette.routing import BaseRoute

from penstock.console.web import acts, approvals, audit, batch, health, hold_act, policy, quarantine

PAGES: Final[tuple[BaseRoute, ...]] = (
    *approvals.ROUTES,
    *batch.ROUTES,
    *hold_act.ROUTES,
    *acts.ROUTES,
    *quarantine.ROUTES,
    *audit.ROUTES,
    *policy.ROUTES,
    *health.ROUTES,
)
