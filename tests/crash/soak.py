"""The crash harness by hand: `python -m tests.crash.soak --minutes 30 [--seed N] [--rate N] [--workers N]`.

Prints a line per fault and a table at the end; the exit status is 1 when anything was lost, came twice, contradicts a
replay or breaks the chain.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Final

from penstock.broker import EmbeddedKafka
from tests.crash.report import table
from tests.crash.scenario import Outcome, Plan, Run

# A fault every so often on average, seconds: 30 minutes hold some 150.
EVERY_S: Final = 10.0


def say(text: str) -> None:
    """Print a line now."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def soak(plan: Plan, folder: Path) -> Outcome:
    """Run a plan on a broker of its own; worker logs stay in `folder`."""
    broker = EmbeddedKafka(brokers=plan.brokers, heap_mb=512 if plan.brokers == 1 else 256)
    broker.start()
    try:
        return asyncio.run(Run(plan, broker, folder, say=say).run())
    finally:
        broker.stop()


def main() -> int:
    """Parse arguments, soak, print the table; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long things go wrong")
    parser.add_argument("--seed", type=int, default=1, help="load and faults come from it")
    parser.add_argument("--rate", type=float, default=500.0, help="records a second")
    parser.add_argument("--workers", type=int, default=3, help="workers that are kept running")
    parser.add_argument("--lanes", type=int, default=4, help="partitions of each topic")
    parser.add_argument("--brokers", type=int, default=1, choices=(1, 3), help="brokers; three replicate each topic")
    parser.add_argument("--every", type=float, default=EVERY_S, help="seconds between faults on average")
    parser.add_argument("--logs", type=Path, default=None, help="folder for worker logs (default: a temporary one)")
    given = parser.parse_args()
    plan = Plan(
        seed=given.seed,
        chaos_s=given.minutes * 60,
        rate=given.rate,
        workers=given.workers,
        lanes=given.lanes,
        brokers=given.brokers,
        every_s=given.every,
    )
    with tempfile.TemporaryDirectory(prefix="penstock-soak-") as temporary:
        folder = given.logs or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        outcome = soak(plan, folder)
    say(table(plan, outcome))
    return 0 if outcome.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
