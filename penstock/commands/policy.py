"""`penstock check`, `snapshot`, `explain`, `eval`: what a policy says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from penstock.commands.options import Json, Level, PolicyFolder, PolicyOption

if TYPE_CHECKING:
    from penstock.evaluating import Summary
    from policies.errors import PolicyLoadError


def check(
    folder: PolicyFolder,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for a warning too.")] = False,
    events: Annotated[
        str | None,
        typer.Option("--events", metavar="FILE", help="Recorded events, JSON lines, .gz or -: how many need a person."),
    ] = None,
    autonomy_level: Level = None,
    json: Json = False,
) -> None:
    """Load and lint a folder of policy documents. Exit 2 when it does not load, 1 when it holds an error."""
    from penstock.policy_folder import read_folder, rule_count
    from penstock.policy_lint import approval_share, lint_folder
    from penstock.printing import note, print_json, print_line
    from policies.errors import PolicyLoadError
    from policies.lint_findings import Severity

    try:
        read = read_folder(folder)
    except PolicyLoadError as error:
        _print_problems(error, as_json=json)
        raise typer.Exit(2) from None
    findings = lint_folder(read)
    if events is not None:
        findings = (*findings, *approval_share(read.bundle, events, level=autonomy_level))
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    is_refused = bool(findings) if strict else errors > 0
    bundle, rules = read.bundle, rule_count(read.bundle)
    if json:
        for finding in findings:
            print_json(
                {
                    "file": finding.file,
                    "line": finding.line,
                    "column": finding.column,
                    "code": finding.code.value,
                    "severity": finding.severity.value,
                    "message": finding.message,
                }
            )
        documents = len(bundle.documents)
        summary = {"snapshot": bundle.snapshot, "short": bundle.short, "documents": documents, "rules": rules}
        print_json({**summary, "errors": errors, "warnings": len(findings) - errors})
    else:
        if not is_refused:
            print_line(f"ok {bundle.short} {len(bundle.documents)} documents {rules} rules")
        for finding in findings:
            print_line(str(finding))
    if findings:
        note(f"{errors} errors, {len(findings) - errors} warnings")
    if is_refused:
        raise typer.Exit(1)


def _print_problems(error: PolicyLoadError, *, as_json: bool) -> None:
    from penstock.printing import note, print_json, print_line

    for problem in error.problems:
        if as_json:
            print_json(
                {
                    "file": problem.file,
                    "line": problem.line,
                    "column": problem.column,
                    "code": problem.code.value,
                    "message": problem.message,
                }
            )
        else:
            print_line(str(problem))
    note(f"{len(error.problems)} problems; the bundle does not load")


def snapshot(folder: PolicyFolder, json: Json = False) -> None:
    """Print the snapshot of a folder of policy documents, short and in full."""
    from penstock.policy_folder import load_folder
    from penstock.printing import print_json, print_line

    bundle = load_folder(folder)
    if json:
        print_json({"short": bundle.short, "snapshot": bundle.snapshot})
    else:
        print_line(f"{bundle.short} {bundle.snapshot}")


def explain(
    event: Annotated[
        str, typer.Argument(metavar="EVENT", help="A JSON file, - for standard input, or the JSON itself.")
    ],
    policy: PolicyOption,
    autonomy_level: Level = None,
    first_time: Annotated[
        bool, typer.Option("--first-time/--seen-before", help="Whether the agent does this for the first time.")
    ] = True,
    retries: Annotated[
        int, typer.Option("--retries", metavar="N", min=0, help="How often the same action was proposed before.")
    ] = 0,
    state: Annotated[
        str | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="JSON, or a file of it, as `state` of a case; in place of the other options.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Print why an action or output would be decided as it would, rule by rule."""
    from penstock.explaining import explain_event, explanation_lines, read_event, read_given_state
    from penstock.policy_folder import load_folder
    from penstock.printing import print_json, print_line
    from policies.decisions import Derived
    from streams.recognizers import scanner_of
    from streams.settings import load_settings

    settings = load_settings(default_autonomy_level=autonomy_level)
    bundle = load_folder(policy)
    derived = Derived(settings.default_autonomy_level, first_time, retries)
    if state is not None:
        derived = read_given_state(state)
    found = read_event(event, max_event_bytes=settings.max_event_bytes)
    explanation = explain_event(bundle, found, derived, scanner=scanner_of(settings))
    if json:
        print_json(explanation)
        return
    for line in explanation_lines(explanation):
        print_line(line)


def evaluate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON lines, .gz, or - for standard input.")],
    policy: PolicyOption,
    autonomy_level: Level = None,
    now: Annotated[
        str | None,
        typer.Option(
            "--now", metavar="TIME", help="RFC 3339 time of every decision; else each event's own time, else the clock."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Decide recorded events as the gate would, without Kafka. Always JSON lines; exit 1 when a line is no event."""
    del json  # the output is JSON in any case; the option is there because every command has it
    from penstock.evaluating import ZERO_KEY, Evaluation
    from penstock.event_files import open_lines
    from penstock.policy_folder import load_folder
    from penstock.printing import note, print_json
    from streams.clock import wall_clock_ms
    from streams.recognizers import scanner_of
    from streams.settings import load_settings

    settings = load_settings(default_autonomy_level=autonomy_level)
    key = settings.secret("sample_key")
    if key is None:
        note("no sample key is set: samples are drawn with a key of zeros, not as a gate would")
    evaluation = Evaluation(
        load_folder(policy),
        sample_key=key or ZERO_KEY,
        level=settings.default_autonomy_level,
        max_event_bytes=settings.max_event_bytes,
        now_ms=parse_time(now),
        clock=wall_clock_ms,
        scanner=scanner_of(settings),
    )
    with open_lines(file) as chunks:
        for chunk in chunks:
            for line in evaluation.lines(chunk):
                print_json(line)
    for text in summary_lines(evaluation.summary):
        note(text)
    if evaluation.summary.bad_lines:
        raise typer.Exit(1)


def parse_time(text: str | None) -> int | None:
    """Milliseconds since 1970 of an RFC 3339 time with its offset."""
    from datetime import datetime

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise typer.BadParameter("a time is written as 2026-01-31T12:00:00Z", param_hint="--now")
    return int(moment.timestamp() * 1000)


def summary_lines(summary: Summary) -> list[str]:
    """An evaluation in a few lines."""
    lines = []
    for what, counts in (
        ("actions", summary.actions),
        ("outputs", summary.outputs),
        ("dead letters", summary.dead_letters),
    ):
        if counts:
            kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
            lines.append(f"{counts.total()} {what}: {kinds}")
    if summary.other:
        lines.append(f"{summary.other} outcomes and reviews taken in")
    if summary.hold_share is not None:
        lines.append(f"{summary.hold_share:.1%} of actions need a person")
    return lines or ["no events"]
