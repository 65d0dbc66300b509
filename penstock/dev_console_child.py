"""The console that `penstock dev` runs in a process of its own.

Settings come from the environment, the teams of the first user as arguments.
"""

from __future__ import annotations

import sys

from detectors.errors import GateError
from penstock.console.serve import run
from penstock.dev_child import end_with_parent
from penstock.errors import exit_code_of
from streams.logs import configure_logging
from streams.settings import load_settings


def main() -> int:
    """Serve until SIGTERM, SIGINT or the end of standard input; gives the exit code."""
    try:
        settings = load_settings()
        configure_logging(level=settings.log_level, form="json")
        end_with_parent(settings.stop_grace_s)
        # Log lines go to standard error; standard output has what the parent shows.
        run(settings, announce=lambda line: print(line, flush=True), first_teams=sys.argv[1:])  # noqa: T201
    except GateError as error:
        sys.stderr.write(f"penstock: error: {error}\n")
        return exit_code_of(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
