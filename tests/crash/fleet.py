"""Workers as processes: started, killed, paused, stopped, replaced; and what their logs say."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
import psutil

from streams.settings import Settings
from tests.crash.worker_process import CRASH_POINT

REPOSITORY: Final = Path(__file__).parents[2]
# Seconds for a killed process to be gone.
REAP_TIMEOUT_S: Final = 10.0
# Log lines of interest besides those that reopen a lane.
TELLING: Final = frozenset(
    {
        "positions_disagree",
        "seek_failed",
        "input_skipped",
        "policy_unreadable",
        "policy_refused",
        "stop_timed_out",
        "lanes_assigned",
        "worker_started",
        "worker_stopped",
    }
)


@dataclass(slots=True)
class WorkerProcess:
    """One worker. `doomed` workers were told to end or are going to be."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    is_paused: bool = False
    is_doomed: bool = False
    started_s: float = field(default_factory=time.monotonic)

    @property
    def is_running(self) -> bool:
        """Whether the process exists, paused or not."""
        return self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal; a process that is gone takes none."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def is_stopped(self) -> bool:
        """Whether the process is stopped by a signal."""
        try:
            return bool(psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED)
        except psutil.NoSuchProcess:
            return False


class Fleet:
    """The workers of a run. Nothing of it is left after `close`."""

    def __init__(self, settings: Settings, environ: dict[str, str], folder: Path) -> None:
        self._settings, self._folder = settings, folder
        self._environ = environ
        self._count = 0
        self.workers: list[WorkerProcess] = []
        self.gone: list[WorkerProcess] = []

    def start(self, *, crash_point: str = "") -> WorkerProcess:
        """Start one more worker."""
        self._count += 1
        name = f"w{self._count}"
        log = self._folder / f"{name}.log"
        environ = {**self._environ, CRASH_POINT: crash_point, "TMPDIR": str(self._folder)}
        with log.open("ab") as target:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.crash.worker_process"],
                cwd=REPOSITORY,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=target,
                stderr=target,
                start_new_session=True,
            )
        worker = WorkerProcess(name, process, log)
        self.workers.append(worker)
        return worker

    def healthy(self) -> list[WorkerProcess]:
        """Workers that run, are not paused and were not told to end."""
        return [w for w in self.workers if w.is_running and not w.is_paused and not w.is_doomed]

    def reap(self) -> list[WorkerProcess]:
        """Take ended workers out; gives those that ended although nobody told them to."""
        ended = [worker for worker in self.workers if not worker.is_running]
        self.workers = [worker for worker in self.workers if worker.is_running]
        self.gone += ended
        return [worker for worker in ended if not worker.is_doomed]

    def kill(self, worker: WorkerProcess) -> None:
        """End a worker with SIGKILL."""
        worker.is_doomed = True
        worker.send(signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            worker.process.wait(REAP_TIMEOUT_S)

    def pause(self, worker: WorkerProcess) -> None:
        """Stop a worker with SIGSTOP."""
        worker.is_paused = True
        worker.send(signal.SIGSTOP)

    def resume(self, worker: WorkerProcess) -> None:
        """Let a paused worker go on."""
        worker.is_paused = False
        worker.send(signal.SIGCONT)

    def terminate(self, worker: WorkerProcess) -> None:
        """Ask a worker to end."""
        worker.is_doomed = True
        worker.send(signal.SIGTERM)

    def close(self) -> None:
        """Kill whatever is left."""
        for worker in self.workers:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(worker.process.pid, signal.SIGKILL)
        for worker in self.workers:
            with suppress(subprocess.TimeoutExpired):
                worker.process.wait(REAP_TIMEOUT_S)
        self.reap()

    def tally(self) -> Counter[str]:
        """How often the logs of all workers say what is of interest."""
        counts: Counter[str] = Counter()
        for worker in (*self.gone, *self.workers):
            for line in log_lines(worker.log):
                event = line.get("event")
                if event == "lane_reopened":
                    counts[f"lane_reopened {line.get('cause')} {line.get('error')}"] += 1
                elif event in TELLING:
                    counts[str(event)] += 1
                elif event is None:
                    counts["other line"] += 1
        return counts


def log_lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a log in JSON; a line that is none has only `text`."""
    lines: list[dict[str, Any]] = []
    with path.open("rb") as source:
        for raw in source:
            try:
                line = orjson.loads(raw)
            except orjson.JSONDecodeError:
                line = {"text": raw.decode("utf-8", "replace").rstrip()}
            lines.append(line if isinstance(line, dict) else {"text": str(line)})
    return lines
