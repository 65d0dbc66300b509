"""A worker that cannot commit for longer than its limit stops itself and says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.broker import EmbeddedKafka
from streams.topics import AUDIT
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
