"""`penstock activate`, `rollback`, `status`, `kill`, `unkill`: policy in force."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.commands.options import Bootstrap, Json, PolicyFolder, TopicPrefix

if TYPE_CHECKING:
    from penstock.activation import PolicyStatus
    from policies.bundle import Bundle
    from policies.kill import KillEntry

By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who does it; the user's name by default.")]
SecondPerson = Annotated[
    str | None,
    typer.Option(
        "--second-person", metavar="NAME", help="Who agrees; needed where the policy in force asks for one to loosen."
    ),
]
All = Annotated[bool, typer.Option("--all", help="Everything.")]
Tenant = Annotated[str | None, typer.Option("--tenant", metavar="GLOB", help="A tenant's actions and outputs.")]
Agent = Annotated[str | None, typer.Option("--agent", metavar="GLOB", help="An agent's actions and outputs.")]
ActionClass = Annotated[
    str | None,
    typer.Option("--class", metavar="GLOB", help="A class of actions: its name, a topic, or its second part."),
]


def activate(
    folder: PolicyFolder,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the activation.")],
    by: By = None,
    second_person: SecondPerson = None,
    unsafe_skip_tests: Annotated[
        bool, typer.Option("--unsafe-skip-tests", help="Activate without running the cases beside the policy.")
    ] = False,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Test a folder of policy documents and put it in force for every gate. Exit 1 when it is refused."""
    from penstock.activation import activate_bundle
    from penstock.connections import command_settings, run, user_name

    _check_reason(reason)
    bundle = _tested(folder, is_skipped=unsafe_skip_tests)
    settings = command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)
    before = run(
        activate_bundle(settings, bundle, reason=reason, activated_by=by or user_name(), second_person=second_person)
    )
    _print_activated(bundle, before, as_json=json)


def _tested(folder: Path, *, is_skipped: bool) -> Bundle:
    """The bundle of a folder whose cases pass.

    Raises:
        CommandError: a case fails.
    """
    from penstock.errors import CommandError
    from penstock.policy_folder import read_folder
    from penstock.policy_tests import run_tests
    from penstock.printing import note

    read = read_folder(folder)
    if is_skipped:
        note("the cases beside the policy are not run")
        return read.bundle
    tests = run_tests(read)
    if tests.failures:
        raise CommandError(
            f"{len(tests.failures)} of {len(tests.results)} cases fail",
            code="POLICY_TESTS_FAILED",
            advice=f"see `penstock test {folder}`; --unsafe-skip-tests activates all the same",
        )
    if not tests.results:
        note("no cases lie beside the policy: nothing is tested")
    return read.bundle


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise typer.BadParameter("a reason says something", param_hint="--reason")


def _print_activated(bundle: Bundle, before: str | None, *, as_json: bool) -> None:
    from penstock.printing import print_json, print_line

    if as_json:
        print_json({"snapshot": bundle.snapshot, "short": bundle.short, "before": before})
    else:
        print_line(f"active {bundle.short} {bundle.snapshot}")
        print_line(f"before {'none' if before is None else 'v1:' + before[:6] + ' ' + before}")


def rollback(
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the activation.")],
    by: By = None,
    second_person: SecondPerson = None,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Put the policy before the latest activation in force again. Exit 1 when that is refused."""
    from penstock.activation import roll_back
    from penstock.connections import command_settings, run, user_name

    _check_reason(reason)
    settings = command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)
    bundle, before = run(
        roll_back(settings, reason=reason, activated_by=by or user_name(), second_person=second_person)
    )
    _print_activated(bundle, before, as_json=json)


def status(bootstrap: Bootstrap = None, topic_prefix: TopicPrefix = None, json: Json = False) -> None:
    """Print policy and kill switch in force: who, why and when. Exit 1 when there is none or the latest is refused."""
    from penstock.activation import policy_status
    from penstock.connections import command_settings, run
    from penstock.printing import note, print_json

    found = run(policy_status(command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix)))
    if json:
        print_json(found.to_json())
    else:
        _print_status(found)
    if found.problem is not None:
        note(found.problem)
        raise typer.Exit(1)


def _print_status(found: PolicyStatus) -> None:
    from penstock.printing import print_line
    from streams.effects import timestamp

    print_line(f"in force  {'none' if found.bundle is None else f'{found.bundle.short} {found.bundle.snapshot}'}")
    activation = found.activation
    if activation is not None:
        for label, name in (
            ("by", "activated_by"),
            ("why", "reason"),
            ("when", "activated_at"),
            ("previous", "previous"),
        ):
            print_line(f"{label:<9} {activation.get(name) or 'none'}")
        if activation.get("second_person"):
            print_line(f"{'with':<9} {activation['second_person']}")
    for entry in found.kill.entries:
        try:
            at = timestamp(entry.at_ms)
        except (OverflowError, OSError, ValueError):
            at = "an unknown time"  # whoever wrote the record chose the number
        print_line(f"{'stopped':<9} {entry.scope.value} {entry.pattern} by {entry.by} at {at}: {entry.reason}")


def kill(
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the entry.")],
    everything: All = False,
    tenant: Tenant = None,
    agent: Agent = None,
    action_class: ActionClass = None,
    by: By = None,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Stop everything, a tenant, an agent or a class of actions, for every gate and until it is lifted."""
    from penstock.connections import command_settings, run
    from penstock.killing import stop
    from penstock.printing import print_json, print_line

    entry = _entry(everything, tenant=tenant, agent=agent, action_class=action_class, reason=reason, by=by)
    run(stop(command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix), entry))
    if json:
        print_json(entry.to_json())
    else:
        print_line(f"stopped {entry.scope.value} {entry.pattern}")


def unkill(
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why it is safe again.")],
    everything: All = False,
    tenant: Tenant = None,
    agent: Agent = None,
    action_class: ActionClass = None,
    by: By = None,
    bootstrap: Bootstrap = None,
    topic_prefix: TopicPrefix = None,
    json: Json = False,
) -> None:
    """Lift the entry of the kill switch with exactly this scope and glob. Exit 1 when there is none."""
    from penstock.connections import command_settings, run
    from penstock.killing import lift
    from penstock.printing import print_json, print_line

    entry = _entry(everything, tenant=tenant, agent=agent, action_class=action_class, reason=reason, by=by)
    keys = run(lift(command_settings(bootstrap=bootstrap, topic_prefix=topic_prefix), entry))
    if json:
        print_json({"scope": entry.scope.value, "pattern": entry.pattern, "lifted": list(keys)})
    else:
        print_line(f"lifted {entry.scope.value} {entry.pattern}")


def _entry(
    everything: bool,
    *,
    tenant: str | None,
    agent: str | None,
    action_class: str | None,
    reason: str,
    by: str | None,
) -> KillEntry:
    """The entry that the options name; exactly one of them does."""
    from penstock.connections import user_name
    from penstock.killing import new_entry
    from policies.kill import KillEntryError, Scope

    given: list[tuple[Scope, str | None]] = [
        (scope, pattern)
        for scope, pattern in ((Scope.TENANT, tenant), (Scope.AGENT, agent), (Scope.ACTION_CLASS, action_class))
        if pattern is not None
    ]
    if everything:
        given.append((Scope.EVERYTHING, None))
    if len(given) != 1:
        raise typer.BadParameter("name exactly one of --all, --tenant, --agent and --class")
    scope, pattern = given[0]
    try:
        return new_entry(scope, pattern, reason=reason, by=by or user_name())
    except KillEntryError as error:
        raise typer.BadParameter(str(error)) from None
