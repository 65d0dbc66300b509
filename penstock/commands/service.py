"""`penstock worker`, `dev` and `doctor`: running the gate, and looking after it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.commands.options import Application, Bootstrap, Json, TopicPrefix


def worker(
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    application: Application = None,
    health_host: Annotated[
        str | None,
        typer.Option("--health-host", metavar="HOST", help="Address of /livez, /readyz and /metrics."),
    ] = None,
    health_port: Annotated[
        int | None,
        typer.Option("--health-port", metavar="PORT", help="Port of the same; 0 takes a free one."),
    ] = None,
    autonomy_level: Annotated[
        int | None,
        typer.Option("--autonomy-level", metavar="N", min=0, max=3, help="Level of agents without a record."),
    ] = None,
    log_level: Annotated[
        str | None, typer.Option("--log-level", metavar="LEVEL", help="debug, info, warning or error.")
    ] = None,
    log_format: Annotated[str | None, typer.Option("--log-format", metavar="FORM", help="console or json.")] = None,
) -> None:
    """Run the gate until SIGTERM or Ctrl-C. Every setting is an environment variable, some are flags."""
    import asyncio

    from streams.logs import configure_logging
    from streams.settings import load_settings
    from streams.worker import new_event_loop, run_until_signalled

    settings = load_settings(
        bootstrap=bootstrap,
        topic_prefix=topic_prefix,
        application=application,
        health_host=health_host,
        health_port=health_port,
        default_autonomy_level=autonomy_level,
        log_level=log_level,
        log_format=log_format,
    )
    configure_logging(level=settings.log_level, form=settings.log_format)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(run_until_signalled(settings))


def dev(
    bootstrap: Bootstrap = None,
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", metavar="DIR", help="Where Kafka's data and keys are kept; else .penstock."),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", metavar="N", min=1, help="Stop after so long; else at Ctrl-C.")
    ] = None,
    rate: Annotated[
        float, typer.Option("--rate", metavar="N", min=0.1, max=100_000, help="Events a second of the simulated fleet.")
    ] = 20.0,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="DIR", help="Folder of policy documents; else the demo's own.")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="One line a second in place of the live view.")] = False,
) -> None:
    """Start a real Kafka, the gate and a simulated fleet of agents here, with a live view."""
    from penstock.dev import run_dev
    from streams.settings import load_settings

    settings = load_settings(data_dir=data_dir)
    code = run_dev(
        bootstrap=bootstrap, data_dir=settings.data_dir, seconds=seconds, rate=rate, policy=policy, plain=plain
    )
    raise typer.Exit(code)


def doctor(
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    application: Application = None,
    json: Json = False,
) -> None:
    """Look at settings, broker, topics, policy and groups. Exit 1 when something fails, 3 without a broker."""
    import os

    from penstock.connections import command_settings, run
    from penstock.diagnosis import Level, is_unreachable, kafka_checks, local_checks
    from penstock.printing import print_json, print_line

    settings = command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix, application=application)
    checks = [*local_checks(settings, os.environ), *run(kafka_checks(settings))]
    for check in checks:
        if json:
            print_json(check.to_json())
        else:
            advice = f"; {check.advice}" if check.advice else ""
            print_line(f"{check.level.value:<5} {check.name}: {check.detail}{advice}")
    if is_unreachable(checks):
        raise typer.Exit(3)
    if any(check.level is Level.FAIL for check in checks):
        raise typer.Exit(1)
