"""Live updates: which areas have changed, as Server-Sent Events. No data travels here; pages fetch themselves anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import orjson
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.routing import Route

from penstock.console.web.console_state import Console, console_of

# How often a stream looks for changes, seconds: several changes at once become one event.
LOOK_EVERY_S: Final = 0.1
# A comment so often keeps proxies from closing a quiet stream, seconds.
PING_S: Final = 15
# A stream ends after this and the browser opens a new one, seconds: whoever was signed out meanwhile gets none.
STREAM_LIFE_S: Final = 300.0


def versions_of(console: Console) -> dict[str, int]:
    """The counters of all areas, acts included, and a number that is another one when the page is no longer current.

    Without that number a page would go on saying that it is up to date when Kafka is away, since nothing changes then.
    """
    areas = {str(area): version for area, version in console.feed.versions().items()}
    as_of = console.feed.as_of()
    return {**areas, "acts": console.acts.version(), "as_of": 2 * as_of.is_live + as_of.is_caught_up}


async def changes(console: Console, *, life_s: float = STREAM_LIFE_S) -> AsyncIterator[ServerSentEvent]:
    """The counters now, and again whenever one is another."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + life_s
    shown: dict[str, int] | None = None
    while loop.time() < until_s:
        versions = versions_of(console)
        if versions != shown:
            shown = versions
            yield ServerSentEvent(orjson.dumps(versions).decode(), event="versions")
        await asyncio.sleep(LOOK_EVERY_S)


async def live(request: Request) -> EventSourceResponse:
    """The stream of one browser."""
    return EventSourceResponse(
        changes(console_of(request)), ping=PING_S, headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    )


ROUTES: Final = (Route("/live", live),)
