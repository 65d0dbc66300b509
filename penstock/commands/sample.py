"""`penstock review sample`: a person's verdict on a decision that was drawn for audit."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from penstock.commands.options import Bootstrap, Json, TopicPrefix

if TYPE_CHECKING:
    from penstock.reviewing import Answer

DEFAULT_ROLE: Final = "reviewer"


class Verdict(StrEnum):
    """What can be said about a sampled decision."""

    CORRECT = "correct"
    WRONG = "wrong"
    UNSURE = "unsure"


def sample(
    sample_id: Annotated[
        str,
        typer.Argument(
            metavar="SAMPLE_ID", help="A sample's id, or its first 6 characters or more.", show_default=False
        ),
    ],
    verdict: Annotated[
        Verdict, typer.Option("--verdict", metavar="VERDICT", help="correct, wrong or unsure.", show_default=False)
    ],
    defect: Annotated[
        str | None, typer.Option("--defect", metavar="TEXT", help="With wrong: what kind of defect, in a few words.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="A note, kept with the review.")
    ] = None,
    as_: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="The reviewer; the user's name by default.")
    ] = None,
    role: Annotated[
        list[str] | None,
        typer.Option(
            "--role",
            metavar="ROLE",
            help="Your role, also several times; counts only where the policy has no reviewers section.",
            show_default=DEFAULT_ROLE,
        ),
    ] = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait for the gate's answer.")] = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Say whether a sampled decision was right. Exit 1 when the gate answers with a conflict."""
    if verdict is Verdict.WRONG and not (defect or reason or "").strip():
        raise typer.BadParameter("what is wrong has a --defect or a --reason", param_hint="--verdict")
    answer, found = _sent(
        sample_id,
        verdict,
        {"bootstrap": bootstrap, "topic_prefix": topic_prefix},
        said={"reviewer": as_, "roles": role or [DEFAULT_ROLE], "defect": defect, "reason": reason},
        is_waiting=not no_wait,
    )
    _print_answer(answer, str(found["sample_id"]), verdict, as_json=json)


def _sent(
    prefix: str, verdict: Verdict, flags: dict[str, str | None], *, said: dict[str, Any], is_waiting: bool
) -> tuple[Answer, Mapping[str, Any]]:
    """Show the sample, send the review, and give what the gate made of it."""
    from penstock.connections import command_settings, now, run, user_name
    from penstock.opened_action import require_same
    from penstock.printing import note
    from penstock.reviewing import send_review, signed
    from penstock.sample_reviews import all_samples, find_sample, opened_sample, sample_lines, sample_review
    from streams.events import ReviewVerdict
    from streams.sealing import sealer_of

    settings = command_settings(**flags)
    found = find_sample(run(all_samples(settings)), prefix)
    rendered_at = now()
    sealer = sealer_of(settings.secret("payload_key"))
    for line in sample_lines(found, sealer):
        note(line)
    if verdict is Verdict.CORRECT:
        require_same(opened_sample(found, sealer).unopened)
    said = {**said, "reviewer": said["reviewer"] or user_name(), "rendered_at": rendered_at}
    review = signed(settings, sample_review(found, verdict=ReviewVerdict(verdict.value), **said))
    agent_id = found["decision"]["agent_id"]
    answer = run(send_review(settings, review, partition=found["partition"], key=agent_id, is_waiting=is_waiting))
    return answer, found


def _print_answer(answer: Answer, sample_id: str, verdict: Verdict, *, as_json: bool) -> None:
    """Print what the gate made of a verdict; ends the command with 1 where it does not count."""
    from penstock.printing import print_json, print_line

    if as_json:
        print_json({"review_id": answer.review_id, "sample_id": sample_id, "conflict": answer.conflict})
    else:
        word = "sent" if not answer.is_answered else verdict.value
        word = word if answer.conflict is None else f"conflict {answer.conflict}"
        print_line(f"{word} sample={sample_id} review={answer.review_id}")
    if answer.conflict is not None:
        raise typer.Exit(1)
