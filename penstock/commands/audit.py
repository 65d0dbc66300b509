"""`penstock audit`: the log of every decision, verified and taken along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.commands.options import Bootstrap, Json, TopicPrefix

if TYPE_CHECKING:
    from streams.audit_chain import ChainVerifier

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Verify and export the audit log, report what samples show."
)


@app.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="An export, also .gz; the live log without.")
    ] = None,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Check that no audit record was edited, removed, moved, doubled or cut off. Exit 1 when one was."""
    from penstock.audit_files import verify_file, verify_live
    from penstock.connections import command_settings, run

    if file is not None:
        verifier = verify_file(file)
    else:
        verifier = run(verify_live(command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)))
    if _print_findings(verifier, as_json=json):
        raise typer.Exit(1)


def _print_findings(verifier: ChainVerifier, *, as_json: bool) -> int:
    """Print what is wrong, or that nothing is; gives the number of findings."""
    from penstock.printing import note, print_json, print_line

    findings = verifier.findings()
    for finding in findings:
        if as_json:
            print_json(
                {
                    "finding": finding.kind.value,
                    "partition": finding.partition,
                    "seq": finding.seq,
                    "offset": finding.offset,
                    "count": finding.count,
                    "detail": finding.detail,
                }
            )
        else:
            offset = "" if finding.offset is None else f" offset={finding.offset}"
            where = f"partition={finding.partition} seq={finding.seq}{offset}"
            print_line(f"{finding.kind.value.upper()} {where} {finding.detail}")
    partitions = len(verifier.partitions)
    if as_json:
        print_json({"ok": not findings, "records": verifier.records, "partitions": partitions})
    elif not findings:
        print_line(f"ok: {verifier.records} records in {partitions} partitions")
    if findings:
        note(f"{len(findings)} findings in {verifier.records} records of {partitions} partitions")
    for partition in verifier.unproven:
        note(f"partition {partition} has no checkpoint: records cut off at its end would not show")
    return len(findings)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file, JSON lines, also .gz.", show_default=False)],
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Write the audit log and its checkpoints to a file that `penstock audit verify FILE` verifies."""
    from penstock.audit_files import export_log
    from penstock.connections import command_settings, run
    from penstock.printing import note, print_json, print_line

    verifier = run(export_log(command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix), file))
    partitions = len(verifier.partitions)
    if json:
        print_json({"file": str(file), "records": verifier.records, "partitions": partitions})
    else:
        print_line(f"{verifier.records} records of {partitions} partitions in {file}")
    if findings := verifier.findings():
        note(f"the log has {len(findings)} findings: see `penstock audit verify {file}`")
        raise typer.Exit(1)


@app.command()
def report(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Samples and audit records, JSON lines, .gz or -; the live topics without.",
        ),
    ] = None,
    confidence: Annotated[
        float, typer.Option("--confidence", metavar="P", min=0.5, max=0.9999, help="How surely the bounds hold.")
    ] = 0.95,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Say how often the gate decided wrongly, by the audit sample and its reviews, with intervals."""
    from penstock.audit_report import lines_of, objects_of, read_live, report_of
    from penstock.audit_samples import read_files
    from penstock.connections import command_settings, run
    from penstock.printing import print_json, print_line

    if files:
        book = read_files(files)
    else:
        book = run(read_live(command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)))
    found = report_of(book, confidence=confidence)
    if json:
        for value in objects_of(found):
            print_json(value)
    else:
        for line in lines_of(found):
            print_line(line)
