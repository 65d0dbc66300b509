"""A worker whose Faust gives up says so and ends, for a supervisor to start it again: it never goes on half."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from streams.driver import FETCH_WAIT_MS
from streams.topics import ACTIONS_CLEARED
from tests.integration.deployment import DEADLINE_S, deployed
from tests.integration.test_failures import action, propose
from tests.integration.test_failures import policy as policy  # the fixture
from tests.integration.test_lost_input import lose


@pytest.mark.timeout(300)
async def test_a_worker_under_whose_hands_input_is_lost_stops_itself(
    kafka: str, topic_prefix: str, tmp_path: Path, policy: Path
) -> None:
    # The group waits for the paused worker: it goes on reading where it was, and does not open its lanes again.
    extra = {"PENSTOCK_SESSION_TIMEOUT_S": "60"}
    with deployed(kafka, topic_prefix, tmp_path, policy=policy, extra=extra) as deployment:
        worker = deployment.start_worker()
        await propose(deployment, action(0))
        await deployment.wait_for(ACTIONS_CLEARED.name, lambda found: len(found) == 1)
        worker.send_signal(signal.SIGSTOP)
        # A fetch that the broker still has would take along what comes now, and nothing would be lost.
        await asyncio.sleep(20 * FETCH_WAIT_MS / 1000)
        await propose(deployment, action(1), action(2), action(3))
        await lose(deployment, before=3)
        worker.send_signal(signal.SIGCONT)

        assert await asyncio.to_thread(worker.wait, DEADLINE_S) == 3
        lines = [line for line in deployment.log(0).splitlines() if line.startswith("penstock: error:")]
        assert lines == ["penstock: error: WORKER_CRASHED: Faust stopped (OffsetOutOfRangeError); see the lines before"]
        # What lies behind the gap is not decided.
        cleared = await deployment.read_json(ACTIONS_CLEARED.name)
        assert "a3" not in {value["action"]["action_id"] for value in cleared}
