"""`penstock dev` as a process: decisions come, signals end it, nothing is left."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

# Seconds within which a decision must show, and within which it must end after a signal: ten times what it takes on two
# idle cores, because the tests share them.
FIRST_DECISION_S = 120
END_S = 60

_CODE = """
import sys
from pathlib import Path
from penstock.dev import run_dev
bootstrap, data_dir, seconds = sys.argv[1:]
sys.exit(run_dev(bootstrap or None, Path(data_dir), seconds=float(seconds) if seconds else None, rate=50))
"""


class Run:
    """A `penstock dev` in a process of its own; `lines` are what it said so far."""

    def __init__(self, data_dir: Path, *, bootstrap: str = "", seconds: str = "", prefix: str = "") -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("PENSTOCK_", "KAFKA_"))}
        if "PENSTOCK_CACHE_DIR" in os.environ:
            environ["PENSTOCK_CACHE_DIR"] = os.environ["PENSTOCK_CACHE_DIR"]
        if prefix:
            environ |= {"PENSTOCK_TOPIC_PREFIX": prefix, "PENSTOCK_APPLICATION": f"{prefix}gate"}
        self.data_dir = data_dir
        self.process = subprocess.Popen(
            [sys.executable, "-c", _CODE, bootstrap, str(data_dir), seconds],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environ,
        )
        self.lines: list[str] = []
        self.children: list[psutil.Process] = []

    def wait_for(self, pattern: str, *, within_s: float) -> re.Match[str]:
        """The first line from now on that matches; output comes at least once a second while it runs."""
        deadline = time.monotonic() + within_s
        assert self.process.stdout is not None
        while time.monotonic() < deadline:
            line = self.process.stdout.readline()
            if not line:
                break
            self.lines.append(line)
            if found := re.search(pattern, line):
                self.children = psutil.Process(self.process.pid).children(recursive=True)
                return found
        pytest.fail(f"no line matched {pattern!r}:\n{''.join(self.lines)}{self.gate_log()}")

    def end(self, *, within_s: float = END_S) -> str:
        """Wait for the end; gives all that it said."""
        rest, _ = self.process.communicate(timeout=within_s)
        self.lines.append(rest)
        return "".join(self.lines)

    def worker(self) -> psutil.Process:
        """The gate's process."""
        (found,) = (child for child in self.children if "penstock.dev_worker" in child.cmdline())
        return found

    def gate_log(self) -> str:
        path = self.data_dir / "logs" / "gate.log"
        return path.read_text("utf-8")[-3000:] if path.exists() else ""

    def kill_all(self) -> None:
        for process in (*self.children, psutil.Process(os.getpid())):
            if process.pid != os.getpid() and process.is_running():
                process.kill()
        self.process.kill()
        self.process.communicate(timeout=END_S)


@pytest.fixture
def started() -> Iterator[list[Run]]:
    """Runs to be ended after the test, whatever became of them."""
    runs: list[Run] = []
    yield runs
    for run in runs:
        run.kill_all()


def all_gone(processes: list[psutil.Process], *, within_s: float) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=within_s)
    return not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_time_over_ends_it_with_a_summary(kafka: str, topic_prefix: str, tmp_path: Path, started: list[Run]) -> None:
    run = Run(tmp_path, bootstrap=kafka, seconds="2", prefix=topic_prefix)
    started.append(run)
    run.wait_for(r"gate=", within_s=FIRST_DECISION_S)
    said = run.end()
    assert run.process.returncode == 0, said
    assert "what happened" in said
    assert "Traceback" not in said
    assert all_gone(run.children, within_s=END_S)


def test_interrupt_ends_it_with_what_was_decided(
    kafka: str, topic_prefix: str, tmp_path: Path, started: list[Run]
) -> None:
    run = Run(tmp_path, bootstrap=kafka, prefix=topic_prefix)
    started.append(run)
    run.wait_for(r"gate=ready .* decided=[3-9]\d\d .* output_quarantine=[1-9]", within_s=FIRST_DECISION_S)
    run.process.send_signal(signal.SIGINT)
    said = run.end()
    assert run.process.returncode == 0, said + run.gate_log()
    sent, decided = map(int, re.findall(r"(\d+) records sent (\d+) decisions", said.replace(",", ""))[0])
    assert 300 <= decided <= sent
    for word in ("ALLOW_WITH_CONSTRAINTS", "REQUIRE_APPROVAL", "QUARANTINE", f"on {kafka}", "success"):
        assert word in said
    assert "Traceback" not in said
    assert all_gone(run.children, within_s=END_S)


def test_neither_an_interrupted_nor_a_killed_run_leaves_a_process_and_data_stay(
    kafka: str, tmp_path: Path, started: list[Run]
) -> None:
    first = Run(tmp_path)
    started.append(first)
    first.wait_for(r"gate=ready .* decided=[1-9]", within_s=FIRST_DECISION_S)
    assert len(first.children) >= 3
    first.process.send_signal(signal.SIGINT)
    said = first.end()
    assert first.process.returncode == 0, said
    assert "for the next run" in said
    assert "Traceback" not in said
    assert all_gone(first.children, within_s=END_S)
    second = Run(tmp_path)
    started.append(second)
    # Holds of the run before still wait.
    second.wait_for(r"gate=ready .* decided=[1-9].* waiting=[1-9]", within_s=FIRST_DECISION_S)
    second.process.kill()
    second.process.wait(timeout=END_S)
    assert all_gone(second.children, within_s=END_S)


def test_second_interrupt_forces(kafka: str, topic_prefix: str, tmp_path: Path, started: list[Run]) -> None:
    run = Run(tmp_path, bootstrap=kafka, prefix=topic_prefix)
    started.append(run)
    run.wait_for(r"gate=ready", within_s=FIRST_DECISION_S)
    run.worker().suspend()
    run.process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    run.process.send_signal(signal.SIGINT)
    said = run.end()
    assert run.process.returncode == 0, said
    assert all_gone(run.children, within_s=END_S)


def test_dead_gate_is_told_with_its_log(kafka: str, topic_prefix: str, tmp_path: Path, started: list[Run]) -> None:
    run = Run(tmp_path, bootstrap=kafka, prefix=topic_prefix)
    started.append(run)
    run.wait_for(r"gate=ready", within_s=FIRST_DECISION_S)
    run.worker().kill()
    run.wait_for(r"gate=ended", within_s=END_S)
    run.process.send_signal(signal.SIGTERM)
    said = run.end()
    assert run.process.returncode == 1
    assert f"the gate worker ended with status -9; its log: {tmp_path / 'logs' / 'gate.log'}" in said


def test_broker_that_cannot_start_is_one_line_and_code_3(tmp_path: Path, started: list[Run]) -> None:
    (tmp_path / "kafka").mkdir()
    (tmp_path / "kafka" / "cluster.json").write_text("{}", encoding="utf-8")
    run = Run(tmp_path, seconds="1")
    started.append(run)
    said = run.end()
    assert run.process.returncode == 3
    assert re.search(r"penstock: error: BROKER_\w+: .*\n$", said), said
    assert "Traceback" not in said
