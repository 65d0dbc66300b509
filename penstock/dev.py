"""`penstock dev`: a real Kafka, the gate and a simulated fleet, with a live view, from one command.

Order of things: broker, keys, topics, policy, gate (a process of its own), fleet. The end is the same backwards. What
Kafka holds, the keys and the logs stay under the data folder for the next run.
"""

from __future__ import annotations

import signal
import sys
from asyncio import Runner
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog
from rich.console import Console

from detectors.errors import GateError
from penstock.broker import EmbeddedKafka
from penstock.broker_ports import free_ports
from penstock.dev_console import console_port
from penstock.dev_session import Plan, Session
from penstock.dev_setup import SetupError, make_key, read_policy, trust_signer
from penstock.dev_stages import Stages, start_broker
from penstock.errors import ExitCode, exit_code_of
from penstock.live import summary
from streams.logs import configure_logging
from streams.settings import load_settings
from streams.worker import new_event_loop

DEFAULT_DATA_DIR: Final = Path(".penstock")
DEFAULT_RATE: Final = 20.0
# Columns of lines and tables where there is no terminal.
PLAIN_COLUMNS: Final = 120


def run_dev(
    bootstrap: str | None = None,
    data_dir: Path = DEFAULT_DATA_DIR,
    *,
    seconds: float | None = None,
    rate: float = DEFAULT_RATE,
    policy: Path | None = None,
    plain: bool = False,
) -> int:
    """Run until Ctrl-C, SIGTERM or `seconds` after the first picture; gives the exit code.

    `bootstrap` names a Kafka to use in place of the embedded one; somebody else's policy is replaced there only by a
    `policy` that was named. `rate` is events per second of the fleet. `plain` prints one line a second.
    """
    console = Console(highlight=False)
    is_live = console.is_terminal and not console.is_dumb_terminal and not plain
    if not console.is_terminal:
        console = Console(highlight=False, width=PLAIN_COLUMNS)
    try:
        with _signals_interrupt():
            return _run(
                console,
                bootstrap=bootstrap,
                data_dir=data_dir,
                seconds=seconds,
                rate=rate,
                policy=policy,
                is_live=is_live,
            )
    except KeyboardInterrupt:
        console.print("ended before it ran")
        return ExitCode.FINE
    except GateError as error:
        for problem in getattr(error, "problems", ()):
            sys.stderr.write(f"{problem}\n")
        sys.stderr.write(f"penstock: error: {error}\n")
        return exit_code_of(error)


def _run(
    console: Console,
    *,
    bootstrap: str | None,
    data_dir: Path,
    seconds: float | None,
    rate: float,
    policy: Path | None,
    is_live: bool,
) -> int:
    if rate <= 0 or (seconds is not None and seconds <= 0):
        raise SetupError("rate and seconds must be more than 0")
    stages = Stages(console)
    bundle = read_policy(policy)
    sample_key = make_key(data_dir / "keys" / "sample.key")
    payload_key = make_key(data_dir / "keys" / "payload.key")
    signing_key = make_key(data_dir / "keys" / "signing.key")
    review_keys = trust_signer(signing_key)
    broker = None if bootstrap else start_broker(stages, console, data_dir / "kafka", is_live=is_live)
    try:
        with _library_log(data_dir / "logs" / "dev.log"):
            settings = load_settings(
                bootstrap=bootstrap if broker is None else broker.bootstrap,
                data_dir=data_dir,
                health_port=free_ports(1)[0],
                sample_key_file=sample_key,
                payload_key_file=payload_key,
                review_signing_key_file=signing_key,
                review_keys_file=review_keys,
                console_port=console_port(),
                console_local_users=True,
            )
            plan = Plan(
                settings=settings,
                bundle=bundle,
                rate=rate,
                seconds=seconds,
                may_take_over=broker is not None or policy is not None,
                log=data_dir / "logs" / "gate.log",
                is_live=is_live,
            )
            session = _run_session(plan, console, stages)
    finally:
        _stop_broker(broker, stages)
    _print_summary(session, console, stages, data_dir=data_dir, is_embedded=broker is not None)
    if session.status.ended is None:
        return ExitCode.FINE
    stages.warn(session.status.ended)
    return ExitCode.FINDINGS


def _run_session(plan: Plan, console: Console, stages: Stages) -> Session:
    async def run() -> Session:
        session = Session(plan, console, stages)
        await session.run()
        return session

    try:
        with Runner(loop_factory=new_event_loop) as runner:
            return runner.run(run())
    finally:
        # The loop has taken its handlers along; what is still to be ended can be interrupted as before.
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def _print_summary(session: Session, console: Console, stages: Stages, *, data_dir: Path, is_embedded: bool) -> None:
    first_ms = session.model.first_decision_ms
    offset_s = stages.elapsed_s - (session.view.now_ms - session.started_ms) / 1000
    first_s = None if first_ms is None else (first_ms - session.started_ms) / 1000 + offset_s
    kept = f"{data_dir / 'kafka'}, for the next run" if is_embedded else f"on {session.plan.settings.bootstrap}"
    console.print(summary(session.view, kept_in=kept, log=str(session.plan.log), first_decision_s=first_s))


def _stop_broker(broker: EmbeddedKafka | None, stages: Stages) -> None:
    """End the broker; interrupted once more, kill it."""
    if broker is None:
        return
    try:
        stages.say("stopping Kafka")
        broker.stop()
    except KeyboardInterrupt:
        broker.kill()
        broker.stop()


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """SIGTERM ends the blocking parts as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _library_log(path: Path) -> Iterator[None]:
    """Log lines of this process go to a file while a picture is on the screen.

    Raises:
        SetupError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        opened = path.open("w", encoding="utf-8")
    except OSError as error:
        raise SetupError(f"cannot write {path}: {error.strerror}", advice="choose another data folder") from None
    with opened as file:
        configure_logging(level="warning", form="json")
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(file))
        try:
            yield
        finally:
            configure_logging(level="error")
