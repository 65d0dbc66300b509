"""`/livez`, `/readyz` and `/metrics` on one small port."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from detectors.errors import GateError
from streams.metrics import Metrics


class HealthPortError(GateError):
    """The health port cannot be opened."""

    code = "HEALTH_PORT_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Health:
    """What a worker says about itself, in short lines for a person.

    `problems` keep it from deciding; `warnings` do not, such as an activation that was refused while the policy before
    stays in force.
    """

    is_alive: bool
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    snapshot: str | None
    lanes: int

    @property
    def is_ready(self) -> bool:
        """Whether the worker decides."""
        return self.is_alive and not self.problems


class HealthServer:
    """Serves what `probe` says. Answers 200 or 503 with a JSON body; never anything of an event."""

    def __init__(self, probe: Callable[[], Health], metrics: Metrics) -> None:
        self._probe, self._metrics = probe, metrics
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            HealthPortError: the address is taken or not ours.
        """
        app = web.Application()
        app.router.add_get("/livez", self._livez)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._render_metrics)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        try:
            await site.start()
        except OSError as exc:
            await self._runner.cleanup()
            raise HealthPortError(
                f"cannot listen on {host}:{port} ({exc.strerror})",
                advice="another worker may have it: set PENSTOCK_HEALTH_PORT, or 0 for a free one",
            ) from None
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _livez(self, _request: web.Request) -> web.Response:
        health = self._probe()
        return web.json_response({"alive": health.is_alive}, status=200 if health.is_alive else 503)

    async def _readyz(self, _request: web.Request) -> web.Response:
        health = self._probe()
        body = {
            "ready": health.is_ready,
            "problems": list(health.problems),
            "warnings": list(health.warnings),
            "policy_snapshot": health.snapshot,
            "lanes": health.lanes,
        }
        return web.json_response(body, status=200 if health.is_ready else 503)

    async def _render_metrics(self, _request: web.Request) -> web.Response:
        self._probe()
        return web.Response(
            body=self._metrics.render(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )
