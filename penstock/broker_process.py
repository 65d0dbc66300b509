"""One broker as an operating system process: format, start, signals, end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from penstock.broker_errors import BrokerError

GUARD = Path(__file__).with_name("broker_guard.py")
# Seconds for Kafka's format tool; about one when the machine is idle.
FORMAT_TIMEOUT_S = 90.0
# Seconds until the guard has started Java.
SPAWN_TIMEOUT_S = 30.0
# Seconds for a killed process to be reaped; only a disk that hangs takes longer.
KILL_TIMEOUT_S = 20.0
# Environment that changes what a JVM or Kafka does behind the command line's back.
_DROPPED = ("CLASSPATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")


@dataclass(frozen=True, slots=True)
class Runtime:
    """What every JVM call of a cluster shares."""

    java: Path
    jars: Path
    heap_mb: int
    is_short_lived: bool
    environ: Mapping[str, str]

    def command(self, main_class: str, *arguments: str) -> list[str]:
        """The command line of one Kafka program."""
        return [
            str(self.java),
            f"-Xmx{self.heap_mb}m",
            "-XX:+UseSerialGC",
            # The second compiler pays off after a minute, and starting takes it longer.
            *(["-XX:TieredStopAtLevel=1"] if self.is_short_lived else []),
            "-XX:+ExitOnOutOfMemoryError",
            # Otherwise each JVM writes a file that others can read into the shared temporary folder.
            "-XX:-UsePerfData",
            "-Djava.awt.headless=true",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
            "-cp",
            str(self.jars / "*"),
            main_class,
            *arguments,
        ]

    def child_environ(self) -> dict[str, str]:
        """The environment of the JVM: the caller's without what would change its behaviour."""
        return {name: value for name, value in self.environ.items() if name not in _DROPPED}


def format_storage(runtime: Runtime, *, cluster_id: str, config: Path, log: Path) -> None:
    """Makes the folders that `config` names ready for a first start; again on a half-formatted one is fine.

    Raises:
        BrokerError: `BROKER_START_FAILED` when the tool refuses or takes too long.
    """
    command = runtime.command(
        "kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(config), "--ignore-formatted"
    )
    with log.open("ab") as output:
        try:
            status = subprocess.run(  # noqa: S603 - built above
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=runtime.child_environ(),
                timeout=FORMAT_TIMEOUT_S,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise BrokerError(f"formatting the data folder took over {FORMAT_TIMEOUT_S:.0f} s, log {log}") from error
        except OSError as error:
            raise BrokerError(f"cannot run {runtime.java}: {error.strerror}") from error
    if status != 0:
        raise BrokerError(f"formatting the data folder ended with status {status}, {log_summary(log)}")


class BrokerProcess:
    """A running broker and the guard that kills it when this process is gone. Not for use from two threads at once."""

    def __init__(self, runtime: Runtime, *, config: Path, log: Path, remove_when_orphaned: Path | None) -> None:
        """Starts the broker; it is not ready yet.

        Raises:
            BrokerError: `BROKER_START_FAILED` when Java cannot be started.
        """
        self.log = log
        command = [
            # -I and -S: nothing of the user's or of an installed package runs in the guard.
            *(sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), str(remove_when_orphaned or "")),
            *runtime.command("kafka.Kafka", str(config)),
        ]
        with log.open("ab") as output:
            self._guard = subprocess.Popen(  # noqa: S603 - built above
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                env=runtime.child_environ(),
                # Ctrl-C in a terminal goes to the foreground group: the broker must outlive the gate's last commit.
                start_new_session=True,
            )
        try:
            self.pid = self._read_pid()
        except BaseException:
            self._abandon()
            raise

    @property
    def is_running(self) -> bool:
        """True until the broker's process has ended."""
        return self._guard.poll() is None

    @property
    def exit_status(self) -> int | None:
        """None while it runs; 128 + number for an end by signal."""
        return self._guard.poll()

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the broker itself; nothing happens when it has ended."""
        # The guard reaps the broker and then ends: while the guard runs, nobody else has the broker's pid.
        if self.is_running:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, timeout_s: float) -> bool:
        """Waits for the end; False when it still runs after `timeout_s`."""
        try:
            self._guard.wait(timeout=max(0.0, timeout_s))
        except subprocess.TimeoutExpired:
            return False
        self._close_pipes()
        return True

    def kill(self) -> None:
        """Ends the broker with SIGKILL and waits until it is gone."""
        self.send(signal.SIGKILL)
        if not self.wait(KILL_TIMEOUT_S):
            self._abandon()

    def _read_pid(self) -> int:
        output = self._guard.stdout
        assert output is not None  # noqa: S101 - asked for above
        deadline = time.monotonic() + SPAWN_TIMEOUT_S
        line = b""
        while not line.endswith(b"\n"):
            readable, _, _ = select.select([output], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(output.fileno(), 64) if readable else b""
            if not chunk:
                raise BrokerError(f"Java did not start, log {self.log}")
            line += chunk
        return int(line)

    def _abandon(self) -> None:
        # The whole session of the guard: itself and what it started.
        with suppress(ProcessLookupError):
            os.killpg(self._guard.pid, signal.SIGKILL)
        self.wait(KILL_TIMEOUT_S)

    def _close_pipes(self) -> None:
        for pipe in (self._guard.stdin, self._guard.stdout):
            if pipe is not None:
                pipe.close()


def log_summary(log: Path) -> str:
    """Where the log is and the last error in it, for an error message of one line."""
    cause = last_line(log, ("Exception", "Error", "ERROR", "error"))
    return f"log {log}{f', it says: {cause}' if cause else ''}"


def last_line(log: Path, needles: Sequence[str]) -> str:
    """The last line of `log` that holds one of `needles`, shortened to one line; empty when there is none."""
    try:
        with log.open("rb") as handle:
            handle.seek(max(0, log.stat().st_size - (1 << 18)))
            lines = handle.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip()[:300] for line in reversed(lines) if any(needle in line for needle in needles)), "")
