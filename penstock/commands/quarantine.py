"""`penstock quarantine`: outputs that were held back, and deciding them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from penstock.commands.options import Bootstrap, Json, TopicPrefix

if TYPE_CHECKING:
    from penstock.quarantining import HeldBack
    from penstock.reviewing import Answer
    from streams.settings import Settings

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List quarantined outputs and decide them.")

OutputId = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="A quarantined output's id, or its first 6 characters or more.", show_default=False
    ),
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the review.")]
OptionalReason = Annotated[
    str | None, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the review.")
]
As = Annotated[str | None, typer.Option("--as", metavar="NAME", help="The reviewer; the user's name by default.")]
Role = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        metavar="ROLE",
        help="Your role, also several times; counts only where the policy has no reviewers section.",
        show_default="senior_reviewer",
    ),
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for the gate's answer.")]
DEFAULT_ROLE: Final = "senior_reviewer"


@app.command("list")
def list_outputs(
    all_: Annotated[bool, typer.Option("--all", help="Print the decided and the forgotten ones too.")] = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Print the outputs that wait for a person, the oldest first, without what they say."""
    from penstock.connections import command_settings, run
    from penstock.printing import note, print_json, print_line, table
    from penstock.quarantining import Standing, held_back, summary_of

    settings = command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)
    found = run(held_back(settings))
    waiting = [held for held in found if held.standing is Standing.WAITING]
    rows = [summary_of(held) for held in (found if all_ else waiting)]
    if json:
        for row in rows:
            print_json(row)
        return
    for row in rows:
        row["found"] = " ".join(f"{name}:{count}" for name, count in row["found"].items()) or "-"
    columns = ("quarantine_id", "status", "quarantined_at", "agent_id", "topic", "audience", "found", "reason")
    for line in table([tuple(str(row[name])[:80] for name in columns) for row in rows]):
        print_line(line)
    note(f"{len(waiting)} outputs wait for a person")


@app.command()
def show(
    quarantine_id: OutputId, bootstrap: Bootstrap = None, topic_prefix: TopicPrefix = None, json: Json = False
) -> None:
    """Print a quarantined output in full, without what it says: what was found, and where."""
    from penstock.connections import command_settings, run
    from penstock.printing import print_json, print_line
    from penstock.quarantining import find_held_back, full_lines, full_object, held_back

    settings = command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)
    held = find_held_back(run(held_back(settings)), quarantine_id)
    if json:
        print_json(full_object(held))
        return
    for line in full_lines(held):
        print_line(line)


@app.command()
def reveal(
    quarantine_id: OutputId,
    reason: Reason,
    as_: As = None,
    role: Role = None,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Print what a quarantined output says, once the audit log says who saw it. Exit 1 when the gate refuses."""
    from penstock.printing import note, print_json, print_line
    from penstock.quarantining import content_lines, opened, sealer_for

    settings, held = _found(quarantine_id, bootstrap=bootstrap, topic_prefix=topic_prefix)
    sealer = sealer_for(settings, held)
    # Nothing is opened before the act is on the log, so it waits whatever happens.
    answer = _sent(settings, held, "reveal", reason=reason, reviewer=as_, roles=role, is_waiting=True)
    if answer.conflict is not None or answer.record is None:
        _print_answer(answer, held, as_json=json)
        raise typer.Exit(1)
    seen = {"partition": answer.record["partition"], "seq": answer.record["seq"]}
    output = opened(sealer, held)
    if json:
        print_json(
            {"review_id": answer.review_id, "quarantine_id": held.quarantine_id, "audit": seen, "output": output}
        )
        return
    note(f"revealed quarantine={held.quarantine_id} review={answer.review_id} audit={seen['partition']}/{seen['seq']}")
    for line in content_lines(output):
        print_line(line)


@app.command()
def release(
    quarantine_id: OutputId,
    reason: Reason,
    as_: As = None,
    role: Role = None,
    no_wait: NoWait = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Let a quarantined output go out as it is. Exit 1 when the gate answers with a conflict."""
    settings, held = _found(quarantine_id, bootstrap=bootstrap, topic_prefix=topic_prefix)
    answer = _sent(settings, held, "release", reason=reason, reviewer=as_, roles=role, is_waiting=not no_wait)
    _print_answer(answer, held, as_json=json)


@app.command()
def redact(
    quarantine_id: OutputId,
    reason: OptionalReason = None,
    as_: As = None,
    role: Role = None,
    no_wait: NoWait = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Let a quarantined output go out without what is found in it. Exit 1 when the gate answers with a conflict."""
    settings, held = _found(quarantine_id, bootstrap=bootstrap, topic_prefix=topic_prefix)
    answer = _sent(settings, held, "redact", reason=reason, reviewer=as_, roles=role, is_waiting=not no_wait)
    _print_answer(answer, held, as_json=json)


@app.command()
def reject(
    quarantine_id: OutputId,
    reason: Reason,
    as_: As = None,
    role: Role = None,
    no_wait: NoWait = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Hold a quarantined output back for good. Exit 1 when the gate answers with a conflict."""
    settings, held = _found(quarantine_id, bootstrap=bootstrap, topic_prefix=topic_prefix)
    answer = _sent(settings, held, "reject", reason=reason, reviewer=as_, roles=role, is_waiting=not no_wait)
    _print_answer(answer, held, as_json=json)


def _found(prefix: str, *, bootstrap: str | None, topic_prefix: str | None) -> tuple[Settings, HeldBack]:
    from penstock.connections import command_settings, run
    from penstock.quarantining import find_held_back, held_back

    settings = command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)
    return settings, find_held_back(run(held_back(settings)), prefix)


def _sent(
    settings: Settings,
    held: HeldBack,
    word: str,
    *,
    reason: str | None,
    reviewer: str | None,
    roles: list[str] | None,
    is_waiting: bool,
) -> Answer:
    """Show the output, masked, send the review, and give what the gate made of it."""
    from penstock.connections import now, run, user_name
    from penstock.printing import note
    from penstock.quarantining import full_lines, output_review
    from penstock.reviewing import send_review, signed
    from streams.events import ReviewVerdict

    if reason is not None and not reason.strip():
        raise typer.BadParameter("a reason says something", param_hint="--reason")
    rendered_at = now()
    for line in full_lines(held):
        note(line)
    review = output_review(
        held,
        verdict=ReviewVerdict(word),
        reviewer=reviewer or user_name(),
        roles=roles or [DEFAULT_ROLE],
        reason=reason,
        rendered_at=rendered_at,
    )
    record: Any = held.record
    return run(
        send_review(
            settings,
            signed(settings, review),
            partition=record["partition"],
            key=record["agent_id"],
            is_waiting=is_waiting,
        )
    )


def _print_answer(answer: Answer, held: HeldBack, *, as_json: bool) -> None:
    """Print what the gate made of a review; ends the command with 1 where it changed nothing."""
    from penstock.printing import print_json, print_line

    names = f"quarantine={held.quarantine_id} review={answer.review_id}"
    if as_json:
        print_json(
            {
                "review_id": answer.review_id,
                "quarantine_id": held.quarantine_id,
                "decision": answer.decision,
                "conflict": answer.conflict,
            }
        )
    elif answer.conflict is not None:
        print_line(f"conflict {answer.conflict} {names}")
    elif answer.decision is not None:
        decision = answer.decision
        print_line(f"{decision['output_safety_decision']} {decision['reason_code']} {names}")
    else:
        print_line(f"sent {names}")
    if answer.conflict is not None:
        raise typer.Exit(1)
