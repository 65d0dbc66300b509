"""Every command and every option stands in docs/reference/cli.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from penstock.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"


def commands(command: Any, path: str = "penstock") -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its full name."""
    if hasattr(command, "commands"):
        if command.invoke_without_command and path != "penstock":
            yield path, command
        for name, inner in command.commands.items():
            yield from commands(inner, f"{path} {name}")
    else:
        yield path, command


def sections() -> dict[str, str]:
    """The page's sections by heading."""
    parts = re.split(r"^## (.+)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_has_a_section_and_no_section_is_left_over() -> None:
    assert [name for name, _ in commands(typer.main.get_command(app))] == list(sections())


def test_every_option_is_in_its_commands_section_with_the_words_of_the_help() -> None:
    missing = [
        f"{name} {what}"
        for name, command in commands(typer.main.get_command(app))
        for parameter in command.params
        if parameter.name != "help"
        for what in (*parameter.opts, *parameter.secondary_opts, parameter.help)
        if (parameter.param_type_name == "option" or what == parameter.help) and what not in sections()[name]
    ]
    assert missing == []


def test_every_option_of_a_section_exists() -> None:
    known = {
        name: {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        for name, command in commands(typer.main.get_command(app))
    }
    unknown = [
        f"{name} {option}"
        for name, text in sections().items()
        for option in re.findall(r"^\| .*?`(--[a-z-]+)", text, flags=re.MULTILINE)
        if option not in known[name]
    ]
    assert unknown == []


def test_the_options_of_the_program_itself_are_at_the_top() -> None:
    top = PAGE.read_text("utf-8").partition("\n## ")[0]
    for parameter in typer.main.get_command(app).params:
        assert all(f"`{option}`" in top for option in parameter.opts), parameter.name
