"""The gate worker that `penstock dev` runs in a process of its own.

Its standard input is a pipe that its parent keeps open: when the parent is gone, however it died, the pipe ends and the
worker stops. Settings come from the environment, log lines go to standard error.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from typing import Final

from detectors.errors import GateError
from penstock.errors import exit_code_of
from streams.logs import configure_logging
from streams.settings import Settings, load_settings
from streams.worker import new_event_loop, run_until_signalled

# A worker whose parent is gone has its own grace and so many seconds more; then the process ends.
ORPHAN_SPARE_S: Final = 10.0


def main() -> int:
    """Run until SIGTERM, SIGINT or the end of standard input; gives the exit code."""
    try:
        settings = load_settings()
        configure_logging(level=settings.log_level, form="json")
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(_run(settings))
    except GateError as error:
        sys.stderr.write(f"penstock: error: {error}\n")
        return exit_code_of(error)
    return 0


async def _run(settings: Settings) -> None:
    loop, stdin = asyncio.get_running_loop(), sys.stdin.fileno()

    def parent_is_gone() -> None:
        loop.remove_reader(stdin)
        timer = threading.Timer(settings.stop_grace_s + ORPHAN_SPARE_S, os._exit, (1,))
        timer.daemon = True
        timer.start()
        os.kill(os.getpid(), signal.SIGTERM)

    # Nothing is ever written to the pipe: readable means that it ended.
    loop.add_reader(stdin, parent_is_gone)
    await run_until_signalled(settings)


if __name__ == "__main__":
    sys.exit(main())
