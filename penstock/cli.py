"""The command line: `penstock --help` lists it, docs/reference/cli.md describes it.

Command modules import nothing heavy before they are called, so that help is fast. Every error that a command does not
handle ends here: an error of ours as one line, anything else by its type alone, because its text could quote payload.
"""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from detectors.errors import GateError
from penstock.commands.activation import activate, kill, rollback, status, unkill
from penstock.commands.agent import app as agent
from penstock.commands.asked import promote, promotions, second, seconds
from penstock.commands.audit import app as audit
from penstock.commands.console import app as console
from penstock.commands.events import produce, tail
from penstock.commands.lifecycle import diff, test_folder
from penstock.commands.policy import check, evaluate, explain, snapshot
from penstock.commands.quarantine import app as quarantine
from penstock.commands.review import app as review
from penstock.commands.sample import sample
from penstock.commands.scan import scan
from penstock.commands.service import dev, doctor, worker
from penstock.commands.topics import app as topics
from penstock.errors import ExitCode, exit_code_of
from penstock.printing import printable

# Columns of help, whatever the terminal: the same text everywhere.
HELP_COLUMNS: Final = 100

app = typer.Typer(
    name="penstock",
    help="The gate between AI agents and the world, on Kafka.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"terminal_width": HELP_COLUMNS, "help_option_names": ["-h", "--help"]},
)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        typer.echo(f"penstock {version('penstock')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """The gate between AI agents and the world, on Kafka."""


app.command()(dev)
app.command()(worker)
app.add_typer(console, name="console")
app.add_typer(topics, name="topics")
app.command()(produce)
app.command()(tail)
app.command()(check)
app.command("test")(test_folder)
app.command()(diff)
app.command()(snapshot)
app.command()(explain)
app.command("eval")(evaluate)
app.command()(activate)
app.command()(rollback)
app.command()(status)
app.command()(kill)
app.command()(unkill)
review.command()(sample)
review.command()(promotions)
review.command()(promote)
review.command()(seconds)
review.command()(second)
app.add_typer(review, name="review")
app.add_typer(quarantine, name="quarantine")
app.add_typer(agent, name="agent")
app.add_typer(audit, name="audit")
app.command()(scan)
app.command()(doctor)


def main() -> None:
    """Run the command line; never returns."""
    try:
        app()
    except GateError as error:
        sys.exit(_report(error))
    except Exception as error:
        sys.stderr.write(
            f"penstock: error: {type(error).__name__} was not expected here; "
            "please report the command and this line, `penstock doctor` may say more\n"
        )
        sys.exit(ExitCode.UNAVAILABLE)


def _report(error: GateError) -> ExitCode:
    """One line on standard error, after one line per problem of a policy that does not load."""
    for problem in getattr(error, "problems", ()):
        sys.stderr.write(f"{printable(str(problem))}\n")
    sys.stderr.write(f"penstock: error: {printable(str(error))}\n")
    return exit_code_of(error)
