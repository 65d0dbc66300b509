"""`penstock topics`: what the broker has, making it so, and whether it is so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from penstock.commands.options import Bootstrap, Json, TopicPrefix

if TYPE_CHECKING:
    from streams.admin import TopicState

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List, create and check the gate's topics.")


def _states(bootstrap: str | None, topic_prefix: str | None) -> list[TopicState]:
    from penstock.connections import command_settings, run
    from streams.admin import topic_states

    return run(topic_states(command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)))


def _print(states: list[TopicState], *, as_json: bool) -> None:
    from penstock.printing import print_json, print_line, table

    if as_json:
        for state in states:
            print_json(
                {
                    "topic": state.name,
                    "partitions": state.partitions,
                    "key": state.topic.key.value,
                    "cleanup": state.topic.cleanup.value,
                    "note": state.topic.note,
                    "problem": state.problem,
                }
            )
        return
    rows = [
        (state.name, "-" if state.partitions is None else str(state.partitions), state.problem or "ok")
        for state in states
    ]
    for line in table(rows):
        print_line(line)


@app.command("list")
def list_topics(bootstrap: Bootstrap = None, topic_prefix: TopicPrefix = None, json: Json = False) -> None:
    """Print every topic of the gate as the broker has it: partitions, and what is wrong."""
    _print(_states(bootstrap, topic_prefix), as_json=json)


@app.command()
def apply(
    lanes: Annotated[
        int | None,
        typer.Option(
            "--lanes", metavar="N", min=1, max=1000, help="Partitions of the lane topics; 4 when all are new."
        ),
    ] = None,
    replication: Annotated[
        int, typer.Option("--replication", metavar="N", min=1, max=10, help="Copies of each partition.")
    ] = 1,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Create the topics that are missing. Nothing that exists is changed."""
    from penstock.connections import command_settings, run
    from penstock.printing import note, print_json, print_line
    from streams.admin import apply_topics

    settings = command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)
    created = run(apply_topics(settings, lanes=lanes, replication=replication))
    for name in created:
        if json:
            print_json({"topic": name, "created": True})
        else:
            print_line(f"created {name}")
    note(f"{len(created)} topics created" if created else "all topics are there")


@app.command()
def check(bootstrap: Bootstrap = None, topic_prefix: TopicPrefix = None, json: Json = False) -> None:
    """Print the topics that differ from the topic table. Exit 1 when any does."""
    from penstock.printing import note

    wrong = [state for state in _states(bootstrap, topic_prefix) if state.problem is not None]
    _print(wrong, as_json=json)
    if wrong:
        note(f"{len(wrong)} topics are not as they should be; `penstock topics apply` creates missing ones")
        raise typer.Exit(1)
    note("all topics are as they should be")
