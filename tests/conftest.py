"""The Kafka that integration tests share, and names that keep them out of each other's way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest
from hypothesis import settings

from penstock.broker import EmbeddedKafka
from penstock.broker_errors import BrokerError

# What a laptop may lack; every other failure to start is a fault of ours and fails the test.
CANNOT_BE_HAD = frozenset({"BROKER_JAVA_MISSING", "BROKER_JARS_UNAVAILABLE"})

# How long an example takes says something about the machine, and nothing about the code.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
# More examples where a test asks for the profile's name: `make nightly`.
settings.register_profile("nightly", deadline=None)


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """The bootstrap address of one real Kafka for all tests: `KAFKA_BOOTSTRAP`, else an embedded one.

    Where it cannot be had the test is skipped with the reason, or fails when `CI` is set.
    """
    if given := os.environ.get("KAFKA_BOOTSTRAP"):
        yield given
        return
    broker = EmbeddedKafka()
    start_or_skip(broker)
    try:
        yield broker.bootstrap
    finally:
        broker.stop()


@pytest.fixture
def topic_prefix() -> str:
    """A prefix for topics, groups and transactional ids that no other test, worker or run has."""
    return f"t{uuid4().hex[:12]}."


def start_or_skip(broker: EmbeddedKafka) -> None:
    """Starts a broker of a test's own; skips or fails as the fixture `kafka` does."""
    try:
        broker.start()
    except BrokerError as error:
        if error.code in CANNOT_BE_HAD and not os.environ.get("CI"):
            pytest.skip(f"no Kafka: {error}")
        raise


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test that uses the shared Kafka, so that `-m 'not integration'` runs without one."""
    for item in items:
        if "kafka" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.integration)
