"""`penstock produce` and `penstock tail`: events onto topics, and records off them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.commands.options import Bootstrap, Json, TopicPrefix

if TYPE_CHECKING:
    from penstock.event_files import BadLine


def parse_rate(text: str) -> float:
    """Events a second from `1000` or `1000/s`."""
    try:
        rate = float(text.removesuffix("/s"))
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 1e6:
        raise typer.BadParameter("a rate is a number of events a second, such as 500 or 500/s")
    return rate


def produce(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON lines, .gz, or - for standard input.")],
    rate: Annotated[
        float | None,
        typer.Option("--rate", metavar="N/s", parser=parse_rate, help="Events a second at most; all at once without."),
    ] = None,
    progress: Annotated[
        bool | None, typer.Option("--progress/--no-progress", help="Show progress; only on a terminal by default.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first bad line.")] = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Send recorded events to the topics of their kinds, keyed by agent. Exit 1 when a line is bad."""
    from penstock.connections import command_settings, run
    from penstock.printing import note, print_json, print_line, printable
    from penstock.producing import produce_file
    from penstock.progress import counter

    settings = command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)

    def show_bad(bad: BadLine) -> None:
        sys.stderr.write(printable(f"{file}:{bad.line.number}: {bad.code} {bad.detail}") + "\n")

    with counter("events sent", is_shown=sys.stderr.isatty() if progress is None else progress) as show:
        produced = run(
            produce_file(settings, file, rate=rate, is_strict=strict, on_bad=show_bad, on_sent=show),
        )
    if json:
        print_json({"sent": {kind.value: count for kind, count in produced.sent.items()}, "bad": produced.bad})
    else:
        print_line(", ".join(f"{count} {kind.value}s" for kind, count in produced.sent.items()) + " sent")
    if produced.bad:
        note(f"{produced.bad} bad lines were not sent")
        raise typer.Exit(1)


def tail(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="Alias such as cleared or audit, or a topic's name.")],
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="Begin with the oldest record.")] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="Stop after so many records.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Wait for more; without, print what is there and stop.")
    ] = True,
    payload: Annotated[
        bool, typer.Option("--payload", help="Print arguments, contents and dead letters' bytes too.")
    ] = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Print committed records of a topic, one line each, without payload."""
    from penstock.connections import command_settings, run
    from penstock.printing import note
    from penstock.tailing import Tail, topic_of

    row = topic_of(topic)
    settings = command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)
    if payload:
        note("payload is printed: mind who sees this screen and where the output goes")
    how = Tail(
        topic=row,
        is_from_beginning=from_beginning or not follow,
        is_following=follow,
        limit=limit,
        with_payload=payload,
        as_json=json,
    )
    run(how.run(settings))
