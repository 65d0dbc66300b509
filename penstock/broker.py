"""A real Apache Kafka on this machine's loopback, from pip alone, for `penstock dev` and for the tests.

Theory of operation. A cluster is one to three brokers in KRaft's combined mode, each a Java process under a small guard
(`broker_guard`) that kills it when this process is gone. Its folder holds `cluster.json` (what it was made for), a lock
file, and per broker `node-N/` with `server.properties`, `broker.log`, the marker `formatted` and `data/`. A broker is
ready when its own metadata answer names it and all brokers that run. Java comes from `broker_java`, the jars from
`broker_jars`, the settings from `broker_config`, ports from `broker_ports`.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from uuid import uuid4

from penstock.broker_config import LOOPBACK, Node, render, server_properties
from penstock.broker_errors import BrokerError
from penstock.broker_jars import Progress, default_cache_dir, ensure_jars
from penstock.broker_java import bundled_java, find_java
from penstock.broker_ports import free_ports
from penstock.broker_probe import cluster_members
from penstock.broker_process import BrokerProcess, Runtime, format_storage, last_line, log_summary

# More than three brokers prove nothing that three do not, at 200 MB each.
MAX_BROKERS = 3
# Seconds until all brokers answer; 2 to 5 on an idle machine.
READY_TIMEOUT_S = 90.0
# Seconds for a clean stop before the kill; 0.3 for one broker, 5.5 for three: Kafka waits for a quorum that is leaving.
STOP_TIMEOUT_S = 10.0
# Seconds between two questions to a broker that is not ready.
PROBE_INTERVAL_S = 0.05
# Seconds that one question may take.
PROBE_TIMEOUT_S = 2.0
# Seconds between two looks into the logs for a port that was taken.
CLASH_INTERVAL_S = 0.5
# New ports are tried this often when another program takes one between the choice and the start.
START_ATTEMPTS = 4


class EmbeddedKafka:
    """One to three real Kafka brokers that end with this process at the latest.

    All methods block, none needs or disturbs an event loop; one thread at a time. `data_dir` is kept and used again by
    the next start with the same number of brokers; without one a private temporary folder lives until `stop`.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        *,
        brokers: int = 1,
        heap_mb: int = 256,
        is_short_lived: bool = True,
        progress: Progress | None = None,
        properties: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
        choose_ports: Callable[[int], Sequence[int]] = free_ports,
    ) -> None:
        """Only remembers; `start` does the work.

        A short-lived one starts sooner; one that is not is as fast as a broker in service, after a minute of work.
        `properties` are broker settings that win over the defaults; `environ` (default: the process's) gives
        `JAVA_HOME`, `PATH` and the cache folder, and is what the brokers run with; `choose_ports`
        gives as many ports as it is asked for.
        """
        if not 1 <= brokers <= MAX_BROKERS:
            raise ValueError(f"brokers: expected 1 to {MAX_BROKERS}, got {brokers}")
        self._data_dir = data_dir
        self._count = brokers
        self._heap_mb = heap_mb
        self._is_short_lived = is_short_lived
        self._progress = progress
        self._properties = dict(properties or {})
        self._environ = dict(os.environ if environ is None else environ)
        self._choose_ports = choose_ports
        self._root: Path | None = None
        self._lock: IO[str] | None = None
        self._runtime: Runtime | None = None
        self._nodes: list[Node] = []
        self._processes: list[BrokerProcess | None] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def bootstrap(self) -> str:
        """The address list for clients, `127.0.0.1:port[,...]`; the same until `stop`."""
        if not self._nodes:
            raise _not_running("the broker was not started")
        return ",".join(f"{LOOPBACK}:{node.client_port}" for node in self._nodes)

    @property
    def pids(self) -> tuple[int | None, ...]:
        """The process id of each broker, None for one that does not run."""
        return tuple(process.pid if process is not None and process.is_running else None for process in self._processes)

    def log_path(self, index: int = 0) -> Path:
        """The file that a broker logs to; it goes away with a temporary folder."""
        return self._node_dir(index) / "broker.log"

    def start(self) -> None:
        """Starts all brokers and waits until they are one cluster; the first time it downloads Kafka.

        Raises:
            BrokerError: any code of it; nothing is left running then, and the log it names is kept.
        """
        if self._processes:
            raise BrokerError("the broker was started already", code="BROKER_NOT_RUNNING", advice="stop it first")
        java = find_java(self._environ, bundled=bundled_java())
        jars = ensure_jars(default_cache_dir(self._environ), progress=self._progress)
        self._runtime = Runtime(
            java=java.path,
            jars=jars,
            heap_mb=self._heap_mb,
            is_short_lived=self._is_short_lived,
            environ=self._environ,
        )
        try:
            cluster_id = self._open_folder()
            for attempt in range(1, START_ATTEMPTS + 1):
                self._assign_ports()
                if attempt == 1:
                    self._format(cluster_id)
                self._processes = [None] * self._count
                for index in range(self._count):
                    self._processes[index] = self._spawn(index)
                if self._wait_ready(range(self._count), retry_on_clash=attempt < START_ATTEMPTS):
                    return
                self._kill_all()
        except BaseException:
            self._kill_all()
            self._nodes = []
            self._close_folder(keep_logs=True)
            raise

    def kill(self, index: int = 0) -> None:
        """Ends a broker with SIGKILL, as a crash would; its data stay. Nothing happens when it does not run."""
        process = self._processes[index]
        if process is not None:
            process.kill()
            self._processes[index] = None

    def restart(self, index: int = 0) -> None:
        """Starts a broker again on the same ports and data, killing it first when it runs, and waits until it is ready.

        Raises:
            BrokerError: `BROKER_START_FAILED` or `BROKER_NOT_READY`; the other brokers run on.
        """
        if not self._processes:
            raise _not_running("the broker was not started")
        self.kill(index)
        self._processes[index] = self._spawn(index)
        self._wait_ready([index], retry_on_clash=False)

    def pause(self, index: int = 0) -> None:
        """Stops a broker's process with SIGSTOP: connections stay open, nothing is answered."""
        self._running(index).send(signal.SIGSTOP)

    def resume(self, index: int = 0) -> None:
        """Lets a paused broker go on."""
        self._running(index).send(signal.SIGCONT)

    def stop(self) -> None:
        """Ends all brokers; again is fine.

        Brokers whose data are kept close their files within `STOP_TIMEOUT_S` or are killed then; the others are killed.
        """
        if self._data_dir is not None:
            running = [process for process in self._processes if process is not None]
            deadline = time.monotonic() + STOP_TIMEOUT_S
            for process in running:
                # Continued first: a paused process would take the polite signal only when somebody wakes it.
                process.send(signal.SIGCONT)
                process.send(signal.SIGTERM)
            for process in running:
                process.wait(deadline - time.monotonic())
        self._kill_all()
        self._nodes = []
        self._close_folder(keep_logs=False)

    def _running(self, index: int) -> BrokerProcess:
        process = self._processes[index] if self._processes else None
        if process is None or not process.is_running:
            raise _not_running(f"broker {index} does not run")
        return process

    def _node_dir(self, index: int) -> Path:
        if self._root is None:
            raise _not_running("the broker was not started")
        return self._root / f"node-{index + 1}"

    def _open_folder(self) -> str:
        """Takes the data folder for this process alone; gives the cluster's id."""
        try:
            if self._data_dir is None:
                self._root = Path(tempfile.mkdtemp(prefix="penstock-kafka-"))
            else:
                self._root = self._data_dir.resolve()
                self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._lock = (self._root / ".lock").open("a")
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for index in range(self._count):
                self._node_dir(index).mkdir(exist_ok=True, mode=0o700)
            # A temporary folder is never opened again, and the guards can only remove what they know of.
            return self._saved_cluster_id(self._root / "cluster.json") if self._lock else _new_cluster_id()
        except BlockingIOError as error:
            raise _data_unusable(f"the data folder {self._root} is in use", advice="end the other process") from error
        except OSError as error:
            raise _data_unusable(f"cannot use the data folder {self._root}: {error.strerror}") from error

    def _saved_cluster_id(self, path: Path) -> str:
        if path.exists():
            try:
                saved = json.loads(path.read_text(encoding="utf-8"))
                cluster_id, count = str(saved["cluster_id"]), int(saved["brokers"])
            except (ValueError, KeyError, TypeError) as error:
                raise _data_unusable(f"{path} is damaged") from error
            if count != self._count:
                raise _data_unusable(f"the data folder {path.parent} is for {count} brokers, asked for {self._count}")
            return cluster_id
        cluster_id = _new_cluster_id()
        draft = path.with_suffix(".tmp")
        draft.write_text(json.dumps({"brokers": self._count, "cluster_id": cluster_id}) + "\n", encoding="utf-8")
        draft.replace(path)
        return cluster_id

    def _close_folder(self, *, keep_logs: bool) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        if self._root is not None and self._data_dir is None:
            if keep_logs:
                for index in range(self._count):
                    shutil.rmtree(self._node_dir(index) / "data", ignore_errors=True)
            else:
                shutil.rmtree(self._root, ignore_errors=True)
        self._root = None

    def _assign_ports(self) -> None:
        ports = self._choose_ports(2 * self._count)
        self._nodes = [
            Node(index + 1, ports[2 * index], ports[2 * index + 1], self._node_dir(index) / "data")
            for index in range(self._count)
        ]
        for index, node in enumerate(self._nodes):
            text = render(server_properties(node, self._nodes, self._properties))
            (self._node_dir(index) / "server.properties").write_text(text, encoding="utf-8")
            # One log per start: what an earlier run said is of no use, and a kept folder must not grow for ever.
            self.log_path(index).write_bytes(b"")

    def _format(self, cluster_id: str) -> None:
        assert self._runtime is not None  # noqa: S101 - set by start
        for index in range(self._count):
            marker = self._node_dir(index) / "formatted"
            if not marker.exists():
                config = self._node_dir(index) / "server.properties"
                format_storage(self._runtime, cluster_id=cluster_id, config=config, log=self.log_path(index))
                marker.touch()
            self._report("format", index + 1)

    def _spawn(self, index: int) -> BrokerProcess:
        assert self._runtime is not None  # noqa: S101 - set by start
        folder = self._node_dir(index)
        return BrokerProcess(
            self._runtime,
            config=folder / "server.properties",
            log=self.log_path(index),
            remove_when_orphaned=folder if self._data_dir is None else None,
        )

    def _wait_ready(self, started: Iterable[int], *, retry_on_clash: bool) -> bool:
        """Waits until the started and all running brokers name each other; False when a port was taken meanwhile."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        expected = {*started, *(index for index, pid in enumerate(self.pids) if pid is not None)}
        members = {self._nodes[index].node_id for index in expected}
        waiting = sorted(expected)
        next_look = time.monotonic() + CLASH_INTERVAL_S
        while waiting:
            ended = next((index for index in expected if self.pids[index] is None), None)
            if retry_on_clash and (ended is not None or time.monotonic() > next_look):
                # A broker that cannot bind takes many seconds to give up by itself.
                if any(last_line(self.log_path(index), ("Address already in use",)) for index in expected):
                    return False
                next_look = time.monotonic() + CLASH_INTERVAL_S
            if ended is not None:
                process = self._processes[ended]
                self.kill(ended)
                raise self._failed(ended, f"ended with status {process and process.exit_status} while it started")
            port = self._nodes[waiting[0]].client_port
            if members <= cluster_members(LOOPBACK, port, timeout_s=PROBE_TIMEOUT_S):
                waiting.pop(0)
                self._report("start", len(expected) - len(waiting))
            elif time.monotonic() > deadline:
                raise self._failed(waiting[0], f"was not ready after {READY_TIMEOUT_S:.0f} s", "BROKER_NOT_READY")
            else:
                time.sleep(PROBE_INTERVAL_S)
        return True

    def _failed(self, index: int, what: str, code: str = "BROKER_START_FAILED") -> BrokerError:
        return BrokerError(f"broker {index} {what}, {log_summary(self.log_path(index))}", code=code)

    def _kill_all(self) -> None:
        for process in self._processes:
            if process is not None:
                with suppress(OSError):
                    process.kill()
        self._processes = []

    def _report(self, stage: str, done: int) -> None:
        if self._progress is not None:
            self._progress(stage, done, self._count)


def _new_cluster_id() -> str:
    # Kafka's own form of a UUID: 22 characters of URL-safe base64. Source: org.apache.kafka.common.Uuid.
    while (text := urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass  # Kafka's command line would take it for an option
    return text


def _not_running(message: str) -> BrokerError:
    return BrokerError(message, code="BROKER_NOT_RUNNING", advice="call start first")


def _data_unusable(message: str, *, advice: str = "choose another data folder") -> BrokerError:
    return BrokerError(message, code="BROKER_DATA_UNUSABLE", advice=advice)
