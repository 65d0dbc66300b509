"""The gate worker that `penstock dev` runs in a process of its own.

Settings come from the environment, log lines go to standard error.
"""

from __future__ import annotations

import asyncio
import sys

from detectors.errors import GateError
from penstock.dev_child import end_with_parent
from penstock.errors import exit_code_of
from streams.logs import configure_logging
from streams.settings import load_settings
from streams.worker import new_event_loop, run_until_signalled


def main() -> int:
    """Run until SIGTERM, SIGINT or the end of standard input; gives the exit code."""
    try:
        settings = load_settings()
        configure_logging(level=settings.log_level, form="json")
        end_with_parent(settings.stop_grace_s)
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(run_until_signalled(settings))
    except GateError as error:
        sys.stderr.write(f"penstock: error: {error}\n")
        return exit_code_of(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
