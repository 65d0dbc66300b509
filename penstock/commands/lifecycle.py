"""`penstock test`: what a policy does, before it is in force."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.commands.options import Json, PolicyFolder


def test_folder(
    folder: PolicyFolder,
    min_coverage: Annotated[
        float,
        typer.Option(
            "--min-coverage", metavar="PERCENT", min=0, max=100, help="Exit 1 when the cases reach fewer of the rules."
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
