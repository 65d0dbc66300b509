"""`penstock review promotions`, `promote`, `seconds` and `second`: what people are asked beside held actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from penstock.commands.options import Bootstrap, Json, TopicPrefix

if TYPE_CHECKING:
    from penstock.reviewing import Answer

# Promotions take a senior reviewer; nothing else is asked of one who looks again.
DEFAULT_ROLE: Final = "senior_reviewer"

IsApproved = Annotated[bool, typer.Option("--approve/--deny", help="Approve it, or deny it.", show_default=False)]
As = Annotated[str | None, typer.Option("--as", metavar="NAME", help="The reviewer; the user's name by default.")]
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


def promotions(bootstrap: Bootstrap = None, topic_prefix: TopicPrefix = None, json: Json = False) -> None:
    """Print the promotions that wait for a signature, the oldest first."""
    from penstock.connections import command_settings, run
    from penstock.waiting import waiting_promotions

    rows = run(waiting_promotions(command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)))
    _print_rows(rows, ("promotion_id", "requested_at", "agent_id", "action_class", "level", "to_level"), as_json=json)
    _print_count(len(rows), "promotion", as_json=json)


def seconds(bootstrap: Bootstrap = None, topic_prefix: TopicPrefix = None, json: Json = False) -> None:
    """Print the releases that wait for a second look, the oldest first."""
    from penstock.connections import command_settings, run
    from penstock.waiting import waiting_seconds

    rows = run(waiting_seconds(command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)))
    _print_rows(rows, ("second_review_id", "requested_at", "team", "agent_id", "topic", "tool"), as_json=json)
    _print_count(len(rows), "second review", as_json=json)


def promote(
    promotion_id: Annotated[
        str,
        typer.Argument(
            metavar="PROMOTION_ID", help="A promotion's id, or its first 6 characters or more.", show_default=False
        ),
    ],
    is_approved: IsApproved,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the review.")],
    as_: As = None,
    role: Role = None,
    no_wait: NoWait = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Sign an agent's promotion, or decline it. Exit 1 when the gate answers with a conflict."""
    from penstock.asked import PROMOTION_ID

    answer, named = _answered(
        PROMOTION_ID,
        promotion_id,
        is_approved=is_approved,
        reason=reason,
        reviewer=as_,
        roles=role,
        teams=None,
        is_waiting=not no_wait,
        flags={"bootstrap": bootstrap, "topic_prefix": topic_prefix},
    )
    changes = (answer.record or {}).get("conduct", [])
    word = " ".join(f"{change['kind']} level={change['level']}" for change in changes)
    _print_answer(answer, named, word=word, more={"conduct": changes}, as_json=json)


def second(
    second_review_id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="A second review's id, or its first 6 characters or more.", show_default=False
        ),
    ],
    is_approved: IsApproved,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why; needed to deny, kept with the review.")
    ] = None,
    as_: As = None,
    role: Role = None,
    team: Annotated[
        list[str] | None,
        typer.Option(
            "--team",
            metavar="TEAM",
            help="Your team, also several times; by default the one that is asked. Counts as --role does.",
            show_default=False,
        ),
    ] = None,
    no_wait: NoWait = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Say how you would have decided a release. Exit 1 when the gate answers with a conflict."""
    from penstock.asked import SECOND_REVIEW_ID

    answer, named = _answered(
        SECOND_REVIEW_ID,
        second_review_id,
        is_approved=is_approved,
        reason=reason,
        reviewer=as_,
        roles=role,
        teams=team,
        is_waiting=not no_wait,
        flags={"bootstrap": bootstrap, "topic_prefix": topic_prefix},
    )
    agrees = (answer.record or {}).get("agrees")
    _print_answer(answer, named, word="agrees" if agrees else "disagrees", more={"agrees": agrees}, as_json=json)


def _answered(
    id_field: str,
    prefix: str,
    *,
    is_approved: bool,
    reason: str | None,
    reviewer: str | None,
    roles: list[str] | None,
    teams: list[str] | None,
    is_waiting: bool,
    flags: dict[str, str | None],
) -> tuple[Answer, dict[str, str]]:
    """Show what is asked, send the review, and give what the gate made of it beside the ids."""
    from penstock.asked import (
        PROMOTION_ID,
        agent_of,
        answer_to,
        find_request,
        latest_requests,
        opened_second,
        promotion_lines,
        second_lines,
    )
    from penstock.connections import command_settings, now, run, user_name
    from penstock.opened_action import require_same
    from penstock.printing import note
    from penstock.reviewing import send_review, signed
    from streams.sealing import sealer_of

    if reason is not None and not reason.strip():
        raise typer.BadParameter("a reason says something", param_hint="--reason")
    settings = command_settings(**flags)
    request = find_request(run(latest_requests(settings, id_field)), id_field, prefix)
    rendered_at = now()
    sealer = sealer_of(settings.secret("payload_key"))
    for line in promotion_lines(request) if id_field == PROMOTION_ID else second_lines(request, sealer):
        note(line)
    if is_approved and id_field != PROMOTION_ID:
        require_same(opened_second(request, sealer).unopened)
    review = answer_to(
        request,
        id_field,
        is_approved=is_approved,
        reviewer=reviewer or user_name(),
        roles=roles or [DEFAULT_ROLE],
        teams=teams,
        reason=reason,
        rendered_at=rendered_at,
    )
    answer = run(
        send_review(
            settings,
            signed(settings, review),
            partition=request["partition"],
            key=agent_of(request),
            is_waiting=is_waiting,
        )
    )
    return answer, {"review_id": answer.review_id, id_field: request[id_field]}


def _print_answer(answer: Answer, named: dict[str, str], *, word: str, more: dict[str, Any], as_json: bool) -> None:
    """Print what the gate made of a review; ends the command with 1 where it changed nothing."""
    from penstock.printing import print_json, print_line

    if as_json:
        print_json({**named, **more, "conflict": answer.conflict})
    else:
        if not answer.is_answered:
            word = "sent"
        elif answer.conflict is not None:
            word = f"conflict {answer.conflict}"
        ids = " ".join(f"{name.removesuffix('_id')}={value}" for name, value in reversed(named.items()))
        print_line(f"{word} {ids}")
    if answer.conflict is not None:
        raise typer.Exit(1)


def _print_rows(rows: list[dict[str, Any]], columns: tuple[str, ...], *, as_json: bool) -> None:
    """Print what waits; as a table only these columns."""
    from penstock.printing import print_json, print_line, table

    if as_json:
        for row in rows:
            print_json(row)
        return
    for line in table(
        [tuple("-" if row[name] in (None, "") else str(row[name])[:80] for name in columns) for row in rows]
    ):
        print_line(line)


def _print_count(count: int, noun: str, *, as_json: bool) -> None:
    from penstock.printing import note

    if not as_json:
        note(f"1 {noun} waits for a person" if count == 1 else f"{count} {noun}s wait for a person")
