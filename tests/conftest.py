"""The Kafka that integration tests share, and names that keep them out of each other's way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
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


@pytest.fixture(autouse=True)
def log_lines_go_nowhere_closed() -> Iterator[None]:
    """Forgets what a command of a test said of logging: its standard error is closed once that test is over."""
    yield
    structlog.reset_defaults()


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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test that uses the shared Kafka, so that `-m 'not integration'` runs without one.

    For `make test`, which runs two processes: what has a Kafka goes first and stays in one process each, the rest goes
    file by file to whoever is free.
    """
    for item in items:
        if "kafka" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.integration)
        item.add_marker(pytest.mark.xdist_group(_group_of(item)))
    items.sort(key=lambda item: _group_of(item) not in _GROUPS.values())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many tests of each kind ran on a real Kafka: a run without any is green too, and proves little."""
    passed = [report.nodeid for report in terminalreporter.stats.get("passed", ())]
    for folder in _GROUPS:
        count = sum(nodeid.startswith(f"tests/{folder}/") for nodeid in passed)
        terminalreporter.write_line(f"{folder} tests passed: {count}")


# Folders under `tests` whose tests share a process and its Kafka.
_GROUPS = {"browser": "browser", "crash": "kafka", "integration": "kafka"}


def _group_of(item: pytest.Item) -> str:
    """The tests that run in one process, one after the other."""
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    if folder in _GROUPS:
        return _GROUPS[folder]
    is_broker = "kafka" in getattr(item, "fixturenames", ()) or item.path.name == "test_broker.py"
    return "kafka" if is_broker else str(item.path)
