"""A worker whose broker hangs: it stops itself and says why, and it ends when it is told to."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from penstock.broker import EmbeddedKafka
from streams.topics import AUDIT
from streams.worker import EXIT_FORCED
from tests.conftest import start_or_skip
from tests.integration.deployment import DEADLINE_S, deployed
from tests.integration.test_failures import action, propose
from tests.integration.test_failures import policy as policy  # the fixture


@pytest.mark.integration
@pytest.mark.timeout(300)
async def test_a_worker_whose_broker_hangs_in_mid_work_stops_itself(tmp_path: Path, policy: Path) -> None:
    broker = EmbeddedKafka()
    start_or_skip(broker)
    try:
        extra = {"PENSTOCK_COMMIT_STALL_S": "5", "PENSTOCK_BATCH_RECORDS": "1"}
        with deployed(broker.bootstrap, "s.", tmp_path, policy=policy, extra=extra) as deployment:
            await propose(deployment, *(action(number) for number in range(1500)))
            worker = deployment.start_worker()
            await deployment.wait_for(AUDIT.name, lambda found: len(found) > 20)
            broker.pause()
            try:
                assert worker.wait(DEADLINE_S) == 3
            finally:
                broker.resume()
            assert "penstock: error: WORKER_STALLED" in deployment.log(0)
            assert len(await deployment.read_json(AUDIT.name)) < 1500
    finally:
        broker.stop()


# Long after a worker that is told to stop has to be gone, and before the requests of its clients give up by themselves.
GONE_S = 45.0


@pytest.mark.integration
@pytest.mark.timeout(300)
@pytest.mark.parametrize("line", ["worker_started", "lane_opened"])
async def test_a_worker_whose_broker_hangs_ends_when_it_is_told_to(tmp_path: Path, policy: Path, line: str) -> None:
    broker = EmbeddedKafka()
    start_or_skip(broker)
    try:
        with deployed(
            broker.bootstrap, "s.", tmp_path, policy=policy, extra={"PENSTOCK_STOP_GRACE_S": "2"}
        ) as deployment:
            worker = deployment.start_worker()
            async with asyncio.timeout(DEADLINE_S):
                while line not in deployment.log(0):
                    await asyncio.sleep(0.02)
            broker.pause()
            try:
                worker.terminate()
                assert await asyncio.to_thread(worker.wait, GONE_S) in (0, EXIT_FORCED)
            finally:
                broker.resume()
    finally:
        broker.stop()
