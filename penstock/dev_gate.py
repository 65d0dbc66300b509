"""The gate's process as `penstock dev` sees it: started, asked how it is, ended."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from penstock.live_model import GateStatus
from streams.settings import PREFIX, Settings

# How long one question to the worker may take, seconds.
ASK_TIMEOUT_S: Final = 2.0
# How long the worker may take to finish its transactions and leave, seconds.
STOP_GRACE_S: Final = 15.0
# What the view says of a worker that runs and does not answer in time.
BUSY: Final = ("does not answer",)


class GateProcess:
    """One worker in a process of its own, in a session of its own, so that Ctrl-C in a terminal does not reach it."""

    def __init__(self, settings: Settings, log: Path) -> None:
        """Only remembers; `settings.health_port` must be a real port."""
        self._settings, self.log = settings, log
        self._process: asyncio.subprocess.Process | None = None
        self._is_ending = False
        self._latest = GateStatus()

    @property
    def ended(self) -> str | None:
        """A line for a person once the process has ended unasked."""
        process = self._process
        if process is None or process.returncode is None or self._is_ending:
            return None
        return f"the gate worker ended with status {process.returncode}; its log: {self.log}"

    async def start(self) -> None:
        """Start the process."""
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "penstock.dev_worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=worker_environment(os.environ, self._settings),
                start_new_session=True,
            )

    async def status(self, http: aiohttp.ClientSession) -> GateStatus:
        """How the worker is, by its own health port; never raises for a worker that does not answer."""
        if self.ended is not None:
            return replace(self._latest, is_ready=False, problems=("ended",), ended=self.ended)
        base = f"http://{self._settings.health_host}:{self._settings.health_port}"
        try:
            async with http.get(f"{base}/readyz") as answer:
                body = await answer.json()
            async with http.get(f"{base}/metrics") as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return self._latest if self._latest.lanes == 0 else replace(self._latest, is_ready=False, problems=BUSY)
        self._latest = parse_status(body, text)
        return self._latest

    async def stop(self, *, grace_s: float = STOP_GRACE_S) -> None:
        """End the process: SIGTERM, and SIGKILL after `grace_s`."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        self._is_ending = True
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), grace_s)
        except TimeoutError:
            self.kill()
            await asyncio.wait_for(process.wait(), STOP_GRACE_S)

    def kill(self) -> None:
        """End the process at once."""
        self._is_ending = True
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()


def worker_environment(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """The environment of the worker: `environ` with what `penstock dev` decides; keys travel as files only.

    The key that signs reviews does not travel: the worker only has the file of those that it trusts.
    """
    given = {
        "BOOTSTRAP": settings.bootstrap,
        "DATA_DIR": str(settings.data_dir),
        "HEALTH_HOST": settings.health_host,
        "HEALTH_PORT": str(settings.health_port),
        "SAMPLE_KEY_FILE": str(settings.sample_key_file),
        "PAYLOAD_KEY_FILE": str(settings.payload_key_file),
        "REVIEW_KEYS_FILE": str(settings.review_keys_file),
    }
    signing = {f"{PREFIX}REVIEW_SIGNING_KEY", f"{PREFIX}REVIEW_SIGNING_KEY_FILE"}
    dropped = {f"{PREFIX}SAMPLE_KEY", f"{PREFIX}PAYLOAD_KEY", "KAFKA_BOOTSTRAP", *signing}
    kept = {name: value for name, value in environ.items() if name not in dropped}
    return {**kept, **{PREFIX + name: value for name, value in given.items()}}


def parse_status(ready: Mapping[str, Any], metrics: str) -> GateStatus:
    """The status from the answers of `/readyz` and `/metrics`."""
    totals: dict[str, float] = {}
    for family in text_string_to_metric_families(metrics):
        if family.name in _WANTED:
            totals[family.name] = sum(sample.value for sample in family.samples)
    return GateStatus(
        is_ready=bool(ready["ready"]),
        problems=tuple(map(str, ready["problems"])),
        snapshot=ready["policy_snapshot"],
        lanes=int(ready["lanes"]),
        lag=int(totals.get("penstock_consumer_lag_records", 0)),
        holds_pending=int(totals.get("penstock_holds_pending", 0)),
        holds_oldest_s=totals.get("penstock_holds_oldest_age_seconds", 0.0),
    )


_WANTED: Final = frozenset(
    {"penstock_consumer_lag_records", "penstock_holds_pending", "penstock_holds_oldest_age_seconds"}
)
