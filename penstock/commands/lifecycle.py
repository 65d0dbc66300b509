"""`penstock test` and `penstock diff`: what a policy does, before it is in force."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.commands.options import Json, Level, PolicyFolder

if TYPE_CHECKING:
    from penstock.policy_diff import Replay
    from policies.bundle import Bundle
    from streams.settings import Settings


def test_folder(
    folder: PolicyFolder,
    min_coverage: Annotated[
        float,
        typer.Option(
            "--min-coverage",
            metavar="PERCENT",
            min=0,
            max=100,
            help="Exit 1 when the cases reach fewer of the rules, or steps.",
        ),
    ] = 0,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write the result as JUnit XML too.")
    ] = None,
    json: Json = False,
) -> None:
    """Run the cases that lie beside a policy and print what differs. Exit 1 when a case fails or there is none."""
    from penstock.policy_folder import read_folder
    from penstock.policy_tests import junit_of, lines_of, objects_of, run_tests, write_junit
    from penstock.printing import note, print_json, print_line

    run = run_tests(read_folder(folder))
    problem = run.problem(min_coverage_percent=min_coverage)
    if junit is not None:
        write_junit(junit, junit_of(run, problem=problem))
    if json:
        for value in objects_of(run):
            print_json(value)
    else:
        for line in lines_of(run):
            print_line(line)
    if problem is not None:
        note(problem)
        raise typer.Exit(1)


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Folder of the older policy.", show_default=False)],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Folder of the newer policy.", show_default=False)],
    events: Annotated[
        str | None,
        typer.Option("--events", metavar="FILE", help="Recorded events, JSON lines, .gz or -, decided by both."),
    ] = None,
    audit: Annotated[
        str | None,
        typer.Option("--audit", metavar="FILE", help="Audit export whose derived inputs the same actions are given."),
    ] = None,
    reviewers: Annotated[
        int | None,
        typer.Option("--reviewers", metavar="N", min=1, max=10_000, help="People who decide; else those NEW names."),
    ] = None,
    review_sec: Annotated[
        float, typer.Option("--review-sec", metavar="S", min=1, max=86_400, help="Seconds that a decision takes one.")
    ] = 120,
    autonomy_level: Level = None,
    json: Json = False,
) -> None:
    """Print what changes between two policies, and which recorded decisions. Exit 1 when something loosens."""
    from penstock.policy_diff import change_lines
    from penstock.policy_folder import load_folder
    from penstock.printing import note, print_json, print_line
    from policies.diff import compare
    from streams.settings import load_settings

    if audit is not None and events is None:
        raise typer.BadParameter("audit records belong to events", param_hint="--audit")
    before, after = load_folder(old), load_folder(new)
    changes = compare(before, after)
    for line in () if json else change_lines(changes):
        print_line(line)
    for change in changes if json else ():
        print_json(change.to_json())
    if events is not None:
        settings = load_settings(default_autonomy_level=autonomy_level)
        replay = _compared(before, after, events, audit=audit, settings=settings, json=json)
        _print_queue(after, replay, reviewers=reviewers, review_s=review_sec, json=json)
        if replay.has_loosened or replay.bad_lines:
            raise typer.Exit(1)
    elif any(change.may_loosen for change in changes):
        note("the new policy may let more happen; --events shows what recorded events would have become")
        raise typer.Exit(1)


def _compared(
    before: Bundle, after: Bundle, events: str, *, audit: str | None, settings: Settings, json: bool
) -> Replay:
    """What both policies decide on recorded events, printed."""
    from penstock.policy_diff import compare_events, read_derived, replay_lines, replay_objects
    from penstock.printing import note, print_json, print_line
    from streams.recognizers import scanner_of

    replay = compare_events(
        before,
        after,
        events,
        level=settings.default_autonomy_level,
        max_event_bytes=settings.max_event_bytes,
        scanner=scanner_of(settings),
        recorded={} if audit is None else read_derived(audit),
    )
    for line in () if json else replay_lines(replay):
        print_line(line)
    for value in replay_objects(replay) if json else ():
        print_json(value)
    if replay.undecided or replay.bad_lines:
        note(f"{replay.bad_lines} lines are no events, {replay.undecided} events would be dead letters: not compared")
    return replay


def _print_queue(after: Bundle, replay: Replay, *, reviewers: int | None, review_s: float, json: bool) -> None:
    """What the change does to the people who decide."""
    from penstock.policy_queue import Queue, queue_change, queue_lines, queue_object, reviewers_of
    from penstock.printing import print_json, print_line

    queue = queue_change(
        after,
        queue=Queue(reviewers or reviewers_of(after), review_s),
        span=replay.span,
        held_before=replay.transitions.held_before,
        held_after=replay.transitions.held_after,
    )
    if queue is not None and json:
        print_json(queue_object(queue))
    for line in () if json or queue is None else queue_lines(queue):
        print_line(line)
