"""`penstock review`: what waits for a person, and deciding it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from penstock.commands.options import Bootstrap, Json, TopicPrefix

if TYPE_CHECKING:
    from penstock.reviewing import Answer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List held actions and decide them.")

HoldId = Annotated[
    str, typer.Argument(metavar="HOLD_ID", help="A hold's id, or its first 6 characters or more.", show_default=False)
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the review.")]
Role = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        metavar="ROLE",
        help="Your role, also several times; counts only where the policy has no reviewers section.",
        show_default="senior_reviewer",
    ),
]
Team = Annotated[
    list[str] | None,
    typer.Option(
        "--team",
        metavar="TEAM",
        help="Your team, also several times; by default the one whose turn it is. Counts as --role does.",
        show_default=False,
    ),
]
As = Annotated[str | None, typer.Option("--as", metavar="NAME", help="The reviewer; the user's name by default.")]
# Held actions are explicit where no document says otherwise, and those take a senior reviewer.
DEFAULT_ROLE: Final = "senior_reviewer"
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for the gate's answer.")]


@app.command("list")
def list_holds(
    all_: Annotated[bool, typer.Option("--all", help="Print the decided ones too, with what became of them.")] = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Print the actions that wait for a person, the most urgent first."""
    from penstock.connections import command_settings, run
    from penstock.printing import note, print_json, print_line, table
    from penstock.reviewing import all_requests, hold_summary, pending_holds

    settings = command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)
    if all_:
        rows = [
            {
                **{
                    name: requested.request[name]
                    for name in ("hold_id", "partition", "digest", "policy_snapshot", "opened_at", "due_at")
                },
                **{name: requested.request["summary"][name] for name in ("agent_id", "action_id", "topic", "tool")},
                "reason": requested.request["decision"]["reason"],
                "rule_id": requested.request["decision"]["rule_id"],
                "status": requested.status,
                "decided_by": None if requested.decision is None else requested.decision["decided_by"],
            }
            for requested in run(all_requests(settings))
        ]
    else:
        rows = [{**hold_summary(pending), "status": "pending"} for pending in run(pending_holds(settings))]
    if json:
        for row in rows:
            print_json(row)
        return
    columns = ("hold_id", "status", "due_at", "agent_id", "topic", "reason")
    for line in table([tuple(str(row[name])[:80] for name in columns) for row in rows]):
        print_line(line)
    note(f"{sum(row['status'] == 'pending' for row in rows)} holds wait for a person")


@app.command()
def show(hold_id: HoldId, bootstrap: Bootstrap = None, topic_prefix: TopicPrefix = None, json: Json = False) -> None:
    """Print a pending hold in full, with the arguments of its action."""
    from penstock.connections import command_settings, run
    from penstock.opened_action import require_same
    from penstock.printing import print_json, print_line
    from penstock.reviewing import find_hold, hold_lines, pending_holds

    settings = command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)
    pending = find_hold(run(pending_holds(settings)), hold_id)
    if json:
        require_same(pending.unopened)
        print_json({"partition": pending.partition, **pending.hold.to_json()})
        return
    for line in hold_lines(pending):
        print_line(line)


@app.command()
def approve(
    hold_id: HoldId,
    reason: Reason,
    constraints: Annotated[
        str | None,
        typer.Option("--constraints", metavar="JSON", help="What the release must obey besides; may only tighten."),
    ] = None,
    as_: As = None,
    role: Role = None,
    team: Team = None,
    no_wait: NoWait = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Release a held action. Exit 1 when the gate answers with a conflict or a denial."""
    given = None if constraints is None else _json_object(constraints, "--constraints")
    _decide(
        hold_id,
        "approve" if given is None else "constrain",
        more={} if given is None else {"constraints": given},
        reason=reason,
        reviewer=as_,
        roles=role,
        teams=team,
        is_waiting=not no_wait,
        flags={"bootstrap": bootstrap, "topic_prefix": topic_prefix},
        as_json=json,
    )


@app.command()
def deny(
    hold_id: HoldId,
    reason: Reason,
    as_: As = None,
    role: Role = None,
    team: Team = None,
    no_wait: NoWait = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Refuse a held action. Exit 1 when the gate answers with a conflict."""
    _decide(
        hold_id,
        "deny",
        reason=reason,
        reviewer=as_,
        roles=role,
        teams=team,
        is_waiting=not no_wait,
        flags={"bootstrap": bootstrap, "topic_prefix": topic_prefix},
        as_json=json,
    )


@app.command()
def modify(
    hold_id: HoldId,
    reason: Reason,
    arguments: Annotated[
        str,
        typer.Option("--arguments", metavar="JSON", help="The arguments of the action instead of the proposed ones."),
    ],
    as_: As = None,
    role: Role = None,
    team: Team = None,
    no_wait: NoWait = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Change a held action; somebody else then approves it. Exit 1 when the gate answers with a conflict."""
    _decide(
        hold_id,
        "modify",
        more={"arguments": _json_object(arguments, "--arguments")},
        reason=reason,
        reviewer=as_,
        roles=role,
        teams=team,
        is_waiting=not no_wait,
        flags={"bootstrap": bootstrap, "topic_prefix": topic_prefix},
        as_json=json,
    )


class Deed(StrEnum):
    """What can be done about a held action besides deciding it."""

    CLAIM = "claim"
    ASK = "ask"
    ANSWER = "answer"
    ESCALATE = "escalate"
    REASSIGN = "reassign"


@app.command()
def act(
    hold_id: HoldId,
    deed: Annotated[Deed, typer.Argument(metavar="VERDICT", help="claim, ask, answer, escalate or reassign.")],
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="The question, the answer, or why.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="TEAM", help="The team that gets it, to reassign.")] = None,
    as_: As = None,
    role: Role = None,
    team: Team = None,
    no_wait: NoWait = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Claim a held action, ask, answer, escalate or reassign. Exit 1 when the gate answers with a conflict."""
    _decide(
        hold_id,
        deed.value,
        more={} if to is None else {"to_team": to},
        reason=reason,
        reviewer=as_,
        roles=role,
        teams=team,
        is_waiting=not no_wait,
        flags={"bootstrap": bootstrap, "topic_prefix": topic_prefix},
        as_json=json,
    )


@app.command()
def key(
    people: Annotated[
        list[str] | None,
        typer.Option("--for", metavar="NAME", help="Whose reviews it may sign, also several times; all by default."),
    ] = None,
) -> None:
    """Print the public half of the signing key as a JSON Web Key Set, for PENSTOCK_REVIEW_KEYS_FILE."""
    from penstock.connections import command_settings
    from penstock.errors import CommandError
    from penstock.printing import print_line
    from streams.review_signing import ReviewKeys, ReviewSigner, TrustedKey

    seed = command_settings().secret("review_signing_key")
    if seed is None:
        raise CommandError(
            "there is no signing key",
            code="USAGE",
            advice="set PENSTOCK_REVIEW_SIGNING_KEY_FILE; make one with `openssl rand -hex 32`",
        )
    trusted = TrustedKey(ReviewSigner(seed).public, people=tuple(people) if people else None)
    print_line(ReviewKeys([trusted]).to_jwks().decode())


@app.command("report")
def report_reviews(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Audit records and reviews, JSON lines, also .gz; - is standard input."),
    ],
    json: Json = False,
) -> None:
    """Print what reviews teach: per rule whether approval earns its delay, and who decides without looking."""
    from penstock.printing import print_json, print_line
    from penstock.review_report import read_report, report_lines, reviewer_json, rule_json, summary_json

    found = read_report(files)
    if not json:
        for line in report_lines(found):
            print_line(line)
        return
    for rule in found.rules:
        print_json(rule_json(rule))
    for reviewer in found.reviewers:
        print_json(reviewer_json(reviewer))
    print_json(summary_json(found))


def _json_object(text: str, option: str) -> dict[str, Any]:
    from streams.codec import DecodeError, decode_object

    try:
        return decode_object(text.encode())
    except DecodeError as exc:
        raise typer.BadParameter(f"not a JSON object: {exc.detail}", param_hint=option) from None


def _decide(
    hold_id: str,
    word: str,
    *,
    more: dict[str, Any] | None = None,
    reason: str | None,
    reviewer: str | None,
    roles: list[str] | None,
    teams: list[str] | None,
    is_waiting: bool,
    flags: dict[str, str | None],
    as_json: bool,
) -> None:
    from penstock.connections import command_settings, now, run, user_name
    from penstock.opened_action import require_same
    from penstock.printing import note
    from penstock.reviewing import hold_lines, hold_to_decide, review_of, send_review, signed
    from streams.events import ReviewVerdict

    if reason is not None and not reason.strip():
        raise typer.BadParameter("a reason says something", param_hint="--reason")
    settings, verdict = command_settings(**flags), ReviewVerdict(word)
    pending = run(hold_to_decide(settings, hold_id))
    rendered_at = now()
    for line in hold_lines(pending):
        note(line)
    if verdict in (ReviewVerdict.APPROVE, ReviewVerdict.CONSTRAIN, ReviewVerdict.MODIFY):
        require_same(pending.unopened)
    review = review_of(
        pending.hold,
        verdict=verdict,
        reviewer=reviewer or user_name(),
        roles=roles or [DEFAULT_ROLE],
        teams=teams,
        reason=reason,
        rendered_at=rendered_at,
    )
    review = signed(settings, review | (more or {}))
    hold, partition = pending.hold, pending.partition
    answer = run(send_review(settings, review, partition=partition, key=hold.agent_id, is_waiting=is_waiting))
    _print_answer(answer, hold_id=pending.hold.hold_id, as_json=as_json)
    is_denied = answer.decision is not None and answer.decision["decision"] == "DENY"
    if answer.conflict is not None or (verdict is not ReviewVerdict.DENY and is_denied):
        raise typer.Exit(1)


def _print_answer(answer: Answer, *, hold_id: str, as_json: bool) -> None:
    from penstock.printing import print_json, print_line

    if as_json:
        print_json(
            {
                "review_id": answer.review_id,
                "hold_id": hold_id,
                "decision": answer.decision,
                "conflict": answer.conflict,
            }
        )
    elif answer.decision is not None:
        decision = answer.decision
        print_line(f"{decision['decision']} {decision['reason_code']} hold={hold_id} review={answer.review_id}")
    elif answer.conflict is not None:
        print_line(f"conflict {answer.conflict} hold={hold_id} review={answer.review_id}")
    else:
        word = "held" if answer.is_answered else "sent"
        print_line(f"{word} hold={hold_id} review={answer.review_id}")
