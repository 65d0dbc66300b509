"""Retention that passed a lane's position is an error to an operator, never a silent skip."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from streams.routing import partition_of
from streams.topics import ACTIONS_CLEARED, ACTIONS_PROPOSED
from tests.integration.deployment import DEADLINE_S, LANES, Deployment, deployed
from tests.integration.test_failures import action, propose
from tests.integration.test_failures import policy as policy  # the fixture


async def lose(deployment: Deployment, *, before: int) -> None:
    """Let the broker forget the proposals of the agent's lane before an offset, as retention would."""
    lane = TopicPartition(deployment.prefix + ACTIONS_PROPOSED.name, partition_of("agent-1", LANES))
    client = AIOKafkaAdminClient(bootstrap_servers=deployment.bootstrap)
    await client.start()
    try:
        await client.delete_records({lane: RecordsToDelete(before_offset=before)})
    finally:
        await client.close()


@pytest.mark.timeout(300)
async def test_a_worker_stops_where_its_next_record_is_gone_and_goes_on_only_when_told(
    kafka: str, topic_prefix: str, tmp_path: Path, policy: Path
) -> None:
    with deployed(kafka, topic_prefix, tmp_path, policy=policy) as deployment:
        worker = deployment.start_worker()
        await propose(deployment, action(0), action(1))
        await deployment.wait_for(ACTIONS_CLEARED.name, lambda found: len(found) == 2)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
        await propose(deployment, action(2), action(3), action(4))
        await lose(deployment, before=4)

        stopped = deployment.start_worker()
        assert stopped.wait(DEADLINE_S) == 3
        assert "penstock: error: INPUT_LOST" in deployment.log(1)
        assert len(await deployment.read_json(ACTIONS_CLEARED.name)) == 2

        deployment.extra["PENSTOCK_UNSAFE_SKIP_LOST_INPUT"] = "true"
        deployment.start_worker()
        cleared = await deployment.wait_for(ACTIONS_CLEARED.name, lambda found: len(found) == 3)
        assert cleared[-1]["action"]["action_id"] == "a4"
        assert "input_skipped" in deployment.log(2)
