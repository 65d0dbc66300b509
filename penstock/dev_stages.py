"""What `penstock dev` says before and after the live view: stages, the first run's download, trouble."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.text import Text

from penstock.broker import EmbeddedKafka
from penstock.broker_errors import BrokerError
from penstock.broker_jars import read_lock
from penstock.broker_java import bundled_java, find_java

# A terminal that is none gets a line of the download each time so many percent more are there.
PLAIN_STEP_PERCENT: Final = 10
_FORMATTED: Final = "format"


class Stages:
    """Prints one line per stage."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started_s = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started_s

    def say(self, text: str) -> None:
        """One line about what was done, with the time since the start."""
        self._console.print(Text.assemble((f"{self.elapsed_s:5.1f} s  ", "dim"), text), soft_wrap=True)

    def warn(self, text: str) -> None:
        """One line of trouble."""
        self._console.print(Text(text, style="bold red"), soft_wrap=True)


def start_broker(stages: Stages, console: Console, data_dir: Path, *, is_live: bool) -> EmbeddedKafka:
    """A running broker whose data live under `data_dir`; the first time Kafka is downloaded.

    Raises:
        BrokerError: it cannot be had; nothing is left running.
    """
    java = find_java(os.environ, bundled=bundled_java())
    stages.say(f"Java {java.major} found ({java.source})")
    with _download(stages, console, is_live=is_live) as report:
        broker = EmbeddedKafka(data_dir, progress=report)
        try:
            broker.start()
        except BrokerError:
            raise
        except BaseException:
            broker.stop()
            raise
    stages.say(f"Kafka ready in {time.monotonic() - report.began_s:.1f} s at {broker.bootstrap}")
    return broker


class DownloadReport:
    """The broker's progress callback; called from several threads, one at a time.

    `began_s` is when the broker could begin to start: now, or the end of the download.
    """

    def __init__(self, stages: Stages, progress: Progress | None) -> None:
        self._stages, self._progress = stages, progress
        self._task: TaskID | None = None
        self._shown_percent = -PLAIN_STEP_PERCENT
        self._files = len(read_lock())
        self.began_s = time.monotonic()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        if stage == "jars" and total:
            self.began_s = time.monotonic()
            self._show_download(done, total)
        elif stage == _FORMATTED:
            if self._progress is not None:
                self._progress.stop()
            self._stages.say("Kafka 4.1 is starting")

    def _show_download(self, done: int, total: int) -> None:
        if self._progress is not None:
            if self._task is None:
                self._progress.start()
                self._task = self._progress.add_task(f"downloading Kafka 4.1 once ({self._files} jars)", total=total)
            self._progress.update(self._task, completed=done)
            return
        percent = 100 * done // total
        if percent >= self._shown_percent + PLAIN_STEP_PERCENT:
            self._shown_percent = percent - percent % PLAIN_STEP_PERCENT
            self._stages.say(
                f"downloading Kafka 4.1 once ({self._files} jars): {done / 1e6:.0f} of {total / 1e6:.0f} MB"
            )


@contextmanager
def _download(stages: Stages, console: Console, *, is_live: bool) -> Iterator[DownloadReport]:
    if not is_live:
        yield DownloadReport(stages, None)
        return
    columns = (TextColumn("         {task.description}"), BarColumn(), DownloadColumn())
    progress = Progress(*columns, console=console, transient=True)
    try:
        yield DownloadReport(stages, progress)
    finally:
        progress.stop()
