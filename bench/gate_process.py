"""A gate worker as a process of its own, settings from the environment."""

from __future__ import annotations

import asyncio
import cProfile
import os

from streams.logs import configure_logging
from streams.settings import load_settings
from streams.worker import new_event_loop, run_until_signalled


def main() -> None:
    """Run a worker until SIGTERM; BENCH_PROFILE names a file for a profile."""
    settings = load_settings()
    configure_logging(level=settings.log_level, form=settings.log_format)
    profile = cProfile.Profile() if os.environ.get("BENCH_PROFILE") else None
    if profile is not None:
        profile.enable()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(run_until_signalled(settings))
    if profile is not None:
        profile.disable()
        profile.dump_stats(os.environ["BENCH_PROFILE"])


if __name__ == "__main__":
    main()
