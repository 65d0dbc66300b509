"""Kill, pause and replace workers, kill the broker, switch policies under load: nothing is lost, twice or different."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from penstock.broker import EmbeddedKafka
from tests.conftest import start_or_skip
from tests.crash.faults import FaultKind
from tests.crash.policy import PAY, TELL
from tests.crash.report import table
from tests.crash.scenario import Plan, Run
from tests.crash.turns import ALL_TURNS

pytestmark = [pytest.mark.crash, pytest.mark.integration]

# Two minutes when all goes well; a slow machine and a gate that recovers late both get time to show it.
TEST_TIMEOUT_S = 900
# A lane that was down takes many a yes in too late: a run has some, not one of each kind. `test_checker` has them all.
RARE_TURNS = {"chosen", f"{PAY} undecided", f"{PAY} by people", f"{TELL} by people"}
PLAN = Plan(seed=22, chaos_s=100, rate=300, workers=3, every_s=4.5)


def say(text: str) -> None:
    """Into the test's captured output, which pytest shows when it fails."""
    sys.stdout.write(text + "\n")


@pytest.mark.timeout(TEST_TIMEOUT_S)
def test_nothing_is_lost_twice_or_different_when_everything_crashes(tmp_path: Path) -> None:
    broker = EmbeddedKafka(heap_mb=384)
    start_or_skip(broker)
    try:
        outcome = asyncio.run(Run(PLAN, broker, tmp_path, say=say).run())
    finally:
        broker.stop()
    say(table(PLAN, outcome))
    assert outcome.is_clean, outcome.verdict.told
    assert outcome.faults[FaultKind.BROKER_KILL] >= 2
    assert outcome.faults[FaultKind.KILL] >= 2
    assert outcome.faults[FaultKind.PAUSE] >= 2
    assert outcome.verdict.kinds["decision"] > 1000
    # The load holds everything that the gate tells apart.
    told_apart = {"decision", "duplicate", "conflict", "dead_letter", "forwarded", "output", "outcome", "policy"}
    assert told_apart | {"review", "review_conflict", "hold_expired"} <= outcome.verdict.kinds.keys()
    assert outcome.verdict.turns.keys() >= ALL_TURNS - RARE_TURNS
