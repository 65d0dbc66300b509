"""`penstock agent`: agents as the gate knows them, and what a person does about one."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from penstock.commands.options import Bootstrap, Json, TopicPrefix

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List agents, stop them and lower their levels.")

AgentId = Annotated[str, typer.Argument(metavar="AGENT_ID", help="The agent's id, in full.", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the review.")]
As = Annotated[str | None, typer.Option("--as", metavar="NAME", help="The reviewer; the user's name by default.")]
DEFAULT_ROLE: Final = "senior_reviewer"
Role = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        metavar="ROLE",
        help="Your role, also several times; counts only where the policy has no reviewers section.",
        show_default=DEFAULT_ROLE,
    ),
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for the gate's answer.")]
_CLASS = "--class"


@app.command("list")
def list_agents(bootstrap: Bootstrap = None, topic_prefix: TopicPrefix = None, json: Json = False) -> None:
    """Print the agents of which the gate keeps something: stops, levels, breakers, promotions that wait."""
    from penstock.agents import agent_object, agent_row, known_agents
    from penstock.connections import command_settings, run
    from penstock.printing import note, print_json, print_line, table

    found = run(known_agents(command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)))
    if json:
        for agent in found:
            print_json(agent_object(agent))
        return
    for line in table([tuple(cell[:80] for cell in agent_row(agent)) for agent in found]):
        print_line(line)
    note(f"{sum(agent.stop is not None for agent in found)} of {len(found)} agents are stopped")


@app.command()
def show(agent_id: AgentId, bootstrap: Bootstrap = None, topic_prefix: TopicPrefix = None, json: Json = False) -> None:
    """Print one agent in full. Exit 1 when the gate keeps nothing of it."""
    from penstock.agents import agent_lines, agent_object, known_agents
    from penstock.connections import command_settings, run
    from penstock.printing import note, print_json, print_line

    known = run(known_agents(command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)))
    agent = next((agent for agent in known if agent.agent_id == agent_id), None)
    if agent is None:
        note(f"the gate keeps nothing of {agent_id[:256]}")
        raise typer.Exit(1)
    if json:
        print_json(agent_object(agent))
        return
    for line in agent_lines(agent):
        print_line(line)


@app.command()
def stop(
    agent_id: AgentId,
    reason: Reason,
    as_: As = None,
    role: Role = None,
    no_wait: NoWait = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Let nothing of an agent out until it is resumed. Exit 1 when the gate answers with a conflict."""
    _act(
        agent_id,
        "stop",
        reason=reason,
        reviewer=as_,
        roles=role,
        is_waiting=not no_wait,
        flags={"bootstrap": bootstrap, "topic_prefix": topic_prefix},
        as_json=json,
    )


@app.command()
def resume(
    agent_id: AgentId,
    reason: Reason,
    as_: As = None,
    role: Role = None,
    no_wait: NoWait = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Let a stopped agent go on. Exit 1 when the gate answers with a conflict."""
    _act(
        agent_id,
        "resume",
        reason=reason,
        reviewer=as_,
        roles=role,
        is_waiting=not no_wait,
        flags={"bootstrap": bootstrap, "topic_prefix": topic_prefix},
        as_json=json,
    )


@app.command()
def demote(
    agent_id: AgentId,
    reason: Reason,
    level: Annotated[
        int | None, typer.Option("--level", metavar="N", min=0, help="The level to fall to; without it one below.")
    ] = None,
    class_: Annotated[
        str | None,
        typer.Option(_CLASS, metavar="CLASS", help="In which class of actions; in all of them without it."),
    ] = None,
    as_: As = None,
    role: Role = None,
    no_wait: NoWait = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Lower an agent's level of autonomy. Exit 1 when the gate answers with a conflict."""
    _act(
        agent_id,
        "demote",
        level=level,
        action_class=class_,
        reason=reason,
        reviewer=as_,
        roles=role,
        is_waiting=not no_wait,
        flags={"bootstrap": bootstrap, "topic_prefix": topic_prefix},
        as_json=json,
    )


@app.command("close-breaker")
def close_breaker(
    agent_id: AgentId,
    reason: Reason,
    class_: Annotated[
        str, typer.Option(_CLASS, metavar="CLASS", help="Whose breaker, with or without its kind.", show_default=False)
    ],
    as_: As = None,
    role: Role = None,
    no_wait: NoWait = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Close an open circuit breaker of an agent. Exit 1 when the gate answers with a conflict."""
    _act(
        agent_id,
        "close_breaker",
        action_class=class_,
        reason=reason,
        reviewer=as_,
        roles=role,
        is_waiting=not no_wait,
        flags={"bootstrap": bootstrap, "topic_prefix": topic_prefix},
        as_json=json,
    )


def _act(
    agent_id: str,
    word: str,
    *,
    level: int | None = None,
    action_class: str | None = None,
    reason: str,
    reviewer: str | None,
    roles: list[str] | None,
    is_waiting: bool,
    flags: dict[str, str | None],
    as_json: bool,
) -> None:
    from penstock.agents import agent_review, told
    from penstock.connections import command_settings, run, user_name
    from penstock.printing import print_json, print_line
    from penstock.reviewing import send_review, signed
    from policies.supervision import AgentDeed
    from streams.admin import require_topics
    from streams.routing import partition_of

    if not reason.strip():
        raise typer.BadParameter("a reason says something", param_hint="--reason")
    settings, deed = command_settings(**flags), AgentDeed(word)
    review = agent_review(
        agent_id,
        deed,
        reviewer=reviewer or user_name(),
        roles=roles or [DEFAULT_ROLE],
        reason=reason,
        level=level,
        action_class=action_class,
    )
    partition = partition_of(agent_id, run(require_topics(settings)))
    answer = run(
        send_review(settings, signed(settings, review), partition=partition, key=agent_id, is_waiting=is_waiting)
    )
    changes = list((answer.record or {}).get("conduct", []))
    if as_json:
        print_json(
            {
                "review_id": answer.review_id,
                "agent_id": agent_id,
                "verdict": word,
                "conduct": changes,
                "conflict": answer.conflict,
            }
        )
    else:
        outcome = told(deed, changes) if answer.is_answered else "sent"
        outcome = outcome if answer.conflict is None else f"conflict {answer.conflict}"
        print_line(f"{outcome} agent={agent_id} review={answer.review_id}")
    if answer.conflict is not None:
        raise typer.Exit(1)
