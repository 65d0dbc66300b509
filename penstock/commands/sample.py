"""`penstock review sample`: a person's verdict on a decision that was drawn for audit."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import typer

from penstock.commands.options import Bootstrap, Json, TopicPrefix

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
    from penstock.connections import command_settings, now, run, user_name
    from penstock.printing import note, print_json, print_line
    from penstock.reviewing import send_review, signed
    from penstock.sample_reviews import all_samples, find_sample, sample_lines, sample_review
    from streams.events import ReviewVerdict
    from streams.sealing import sealer_of

    if verdict is Verdict.WRONG and not (defect or reason or "").strip():
        raise typer.BadParameter("what is wrong has a --defect or a --reason", param_hint="--verdict")
    settings = command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)
    found = find_sample(run(all_samples(settings)), sample_id)
    rendered_at = now()
    for line in sample_lines(found, sealer_of(settings.secret("payload_key"))):
        note(line)
    review = sample_review(
        found,
        verdict=ReviewVerdict(verdict.value),
        reviewer=as_ or user_name(),
        roles=role or [DEFAULT_ROLE],
        defect=defect,
        reason=reason,
        rendered_at=rendered_at,
    )
    agent_id = found["decision"]["agent_id"]
    answer = run(
        send_review(
            settings, signed(settings, review), partition=found["partition"], key=agent_id, is_waiting=not no_wait
        )
    )
    named = {"review_id": answer.review_id, "sample_id": found["sample_id"]}
    if json:
        print_json({**named, "conflict": answer.conflict})
    else:
        word = "sent" if not answer.is_answered else verdict.value
        word = word if answer.conflict is None else f"conflict {answer.conflict}"
        print_line(f"{word} sample={named['sample_id']} review={named['review_id']}")
    if answer.conflict is not None:
        raise typer.Exit(1)
