"""`penstock console`: the review console, its local users, and the journal of who signed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.commands.options import Application, Bootstrap, Json, TopicPrefix

if TYPE_CHECKING:
    from penstock.console.people.logins_file import LoginsFile
    from penstock.console.people.users import User, Users
    from policies.approval_documents import Role

app = typer.Typer(
    invoke_without_command=True, rich_markup_mode=None, help="Run the review console; manage its local users."
)
users = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Local users, and names of those who sign in.")
app.add_typer(users, name="user")

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", metavar="DIR", help="Folder of the console's files; else PENSTOCK_DATA_DIR or .penstock."
    ),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name on reviews.", show_default=False)]
RoleOption = Annotated[
    list[str] | None,
    typer.Option(
        "--role", metavar="ROLE", help="viewer, reviewer, senior_reviewer, policy_author, auditor or admin; repeatable."
    ),
]
TeamOption = Annotated[list[str] | None, typer.Option("--team", metavar="TEAM", help="Team of the person; repeatable.")]
TenantOption = Annotated[
    list[str] | None,
    typer.Option("--tenant", metavar="GLOB", help="Tenants that the person sees, all without; repeatable."),
]


@app.callback()
def console(
    context: typer.Context,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    application: Application = None,
    host: Annotated[
        str | None, typer.Option("--host", metavar="HOST", help="Address on which to listen; else loopback.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", metavar="PORT", help="Port on which to listen; 0 takes a free one.")
    ] = None,
    data_dir: DataDir = None,
    log_level: Annotated[
        str | None, typer.Option("--log-level", metavar="LEVEL", help="debug, info, warning or error.")
    ] = None,
    log_format: Annotated[str | None, typer.Option("--log-format", metavar="FORM", help="console or json.")] = None,
) -> None:
    """Run the review console until SIGTERM or Ctrl-C. Every setting is an environment variable, some are flags."""
    if context.invoked_subcommand is not None:
        return
    with _extra():
        from penstock.console.serve import run
    from penstock.printing import print_line
    from streams.logs import configure_logging
    from streams.settings import load_settings

    settings = load_settings(
        bootstrap=bootstrap,
        topic_prefix=topic_prefix,
        application=application,
        console_host=host,
        console_port=port,
        data_dir=data_dir,
        log_level=log_level,
        log_format=log_format,
    )
    configure_logging(level=settings.log_level, form=settings.log_format)
    run(settings, announce=print_line)


@contextmanager
def _extra() -> Iterator[None]:
    """Says what is missing where the console's packages are not installed."""
    from penstock.errors import CommandError

    try:
        yield
    except ModuleNotFoundError:
        raise CommandError(
            "the packages of the console are not installed", code="USAGE", advice="install penstock[console]"
        ) from None


@contextmanager
def _logins(data_dir: Path | None) -> Iterator[tuple[LoginsFile, Users]]:
    from penstock.connections import command_settings
    from penstock.console.people.logins_file import LoginsFile

    with _extra():
        from penstock.console.people.passwords import Hasher
        from penstock.console.people.users import Users
    from streams.clock import wall_clock_ms

    settings = command_settings(data_dir=data_dir)
    file = LoginsFile(settings.console_path("logins"))
    try:
        yield file, Users(file, hasher=Hasher(), clock=wall_clock_ms)
    finally:
        file.close()


def _roles(words: list[str] | None) -> tuple[Role, ...]:
    from penstock.errors import CommandError
    from policies.approval_documents import Role
    from policies.reader import did_you_mean

    known = {role.value: role for role in Role}
    for word in words or ():
        if word not in known:
            raise CommandError(f"{word!r} is no role{did_you_mean(word, list(known))}", code="USAGE")
    return tuple(known[word] for word in words or ())


def _globs(globs: list[str] | None) -> list[str] | None:
    from penstock.errors import CommandError
    from policies.globs import glob_problem

    for glob in globs or ():
        problem = glob_problem(glob)
        if problem is not None:
            raise CommandError(problem, code="USAGE")
    return globs


def _by() -> str:
    import getpass

    return getpass.getuser()


def _told(person_id: str, password: str, *, as_json: bool) -> None:
    from penstock.printing import print_json, print_line

    if as_json:
        print_json({"id": person_id, "one_time_password": password})
    else:
        print_line(f"one-time password of {person_id}, for one sign-in within a day: {password}")


@users.command("list")
def list_users(data_dir: DataDir = None, json: Json = False) -> None:
    """Print everybody whom the console knows: local users, and names of those who came by the provider."""
    from penstock.printing import print_json, print_line, table

    with _logins(data_dir) as (_, known):
        found = known.all()
    if json:
        for user in found:
            print_json(_as_json(user))
        return
    rows = [
        (
            user.id,
            "local" if user.is_local else user.issuer,
            ",".join(user.roles) if user.is_local else "by groups",
            ",".join(user.teams) or "-",
            ",".join(user.tenants) or "-",
            "disabled" if user.is_disabled else "one-time password" if user.must_change_password else "ok",
        )
        for user in found
    ]
    for line in table(rows):
        print_line(line)


def _as_json(user: User) -> dict[str, object]:
    return {
        "id": user.id,
        "name": user.name,
        "issuer": user.issuer,
        "subject": user.subject,
        "roles": list(user.roles),
        "teams": list(user.teams),
        "tenants": list(user.tenants),
        "must_change_password": user.must_change_password,
        "disabled": user.is_disabled,
        "created_ms": user.created_ms,
    }


@users.command()
def add(
    name: Name,
    shown: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="What the person is called on pages.")
    ] = None,
    role: RoleOption = None,
    team: TeamOption = None,
    tenant: TenantOption = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Add a local user and print the one-time password, which has to be changed at the first sign-in."""
    roles, tenants = _roles(role), _globs(tenant)
    with _logins(data_dir) as (_, known):
        password = known.add(name, name=shown, roles=roles, teams=team or (), tenants=tenants or (), by=_by())
    _told(name, password, as_json=json)


@users.command()
def change(
    name: Name,
    role: RoleOption = None,
    team: TeamOption = None,
    tenant: TenantOption = None,
    data_dir: DataDir = None,
) -> None:
    """Give a local user other roles, teams or tenants. What is not named stays; sessions of the person end."""
    from penstock.printing import note

    roles, tenants = _roles(role) if role else None, _globs(tenant)
    with _logins(data_dir) as (_, known):
        known.change(name, roles=roles, teams=team, tenants=tenants, by=_by())
    note(f"{name} is changed and has to sign in again")


@users.command()
def reset(name: Name, data_dir: DataDir = None, json: Json = False) -> None:
    """Print a new one-time password for a local user; let go the name of somebody who came by the provider.

    Sessions of the person end. A name that is let go belongs to whoever signs in under it next.
    """
    from penstock.printing import note

    with _logins(data_dir) as (_, known):
        password = known.reset(name, by=_by())
    if password is None:
        note(f"{name} belongs to whoever signs in under it next")
    else:
        _told(name, password, as_json=json)


@users.command()
def disable(name: Name, data_dir: DataDir = None) -> None:
    """Let nobody in under a name any more, whoever vouches for them. Sessions of the person end at once."""
    from penstock.printing import note

    with _logins(data_dir) as (_, known):
        known.disable(name, by=_by())
    note(f"{name} is disabled")


@users.command()
def enable(name: Name, data_dir: DataDir = None) -> None:
    """Let a disabled person in again."""
    from penstock.printing import note

    with _logins(data_dir) as (_, known):
        known.enable(name, by=_by())
    note(f"{name} is enabled")


@app.command()
def journal(
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Newest records to print.")] = 100,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Print who signed in, failed to, and what changed about users. Exit 1 when the journal was tampered with."""
    from penstock.console.people.journal import entries, first_break
    from penstock.console.web.words import iso
    from penstock.printing import note, print_json, print_line, table

    with _logins(data_dir) as (file, _), file.read() as db:
        found, broken = list(entries(db, most=limit)), first_break(db)
    for entry in found if json else ():
        fields = ("seq", "at_ms", "event", "person", "by", "address", "detail")
        print_json({field: getattr(entry, field) for field in fields})
    rows = [
        (str(e.seq), iso(e.at_ms), e.event.value, e.person or "-", e.by or "-", e.address or "-", e.detail or "-")
        for e in found
    ]
    for line in [] if json else table(rows):
        print_line(line)
    if broken is not None:
        note(f"record {broken} does not follow from those before it")
        raise typer.Exit(1)
