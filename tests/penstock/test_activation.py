"""What is asked before a policy is put in force or taken back: tests, a second person, a policy that still loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.activation import PolicyStatus, check_second_person, previous_bundle
from penstock.diagnosis import Level, stopped
from penstock.errors import CommandError
from policies.bundle import Bundle, load_bundle
from policies.kill import KillSwitch, kill_entry
from tests.penstock.test_cli import NOWHERE, Penstock, penstock, write_policy

__all__ = ["penstock"]

SECTION = "activation: {second_person_for_loosening: true}\n"
ALLOWS = "rules: [{id: a, match: {topics: [job.a]}, decision: allow}]\n"
CASE = "cases: [{name: c, event: {topic: job.a}, expect: {decision: DECISION}}]\n"


def bundle(text: str) -> Bundle:
    """A bundle of one document."""
    return load_bundle({"a.yaml": text})


TIGHTER = bundle(SECTION + ALLOWS.replace("allow", "deny"))
LOOSER = bundle(SECTION + ALLOWS.replace("job.a", "job.*"))


def in_force(text: str) -> PolicyStatus:
    """A policy in force."""
    return PolicyStatus(bundle(text), {}, None)


def refusal(status: PolicyStatus, new: Bundle, *, second_person: str | None) -> str | None:
    """The code of the refusal, None when there is none."""
    try:
        check_second_person(status, new, activated_by="Ana", second_person=second_person)
    except CommandError as error:
        return error.code
    return None


def test_what_may_loosen_needs_a_second_person_where_the_policy_in_force_asks_for_one() -> None:
    asking = in_force(SECTION + ALLOWS)
    assert refusal(asking, LOOSER, second_person=None) == "SECOND_PERSON_NEEDED"
    assert refusal(asking, LOOSER, second_person="bo") is None
    assert refusal(asking, TIGHTER, second_person=None) is None
    assert refusal(in_force(ALLOWS), LOOSER, second_person=None) is None
    assert refusal(in_force(SECTION.replace("true", "false") + ALLOWS), LOOSER, second_person=None) is None
    assert refusal(PolicyStatus(None, None, "none"), LOOSER, second_person=None) is None


@pytest.mark.parametrize("name", ["Ana", "ana", " ANA ", "", "  "])
def test_nobody_is_their_own_second_person(name: str) -> None:
    assert refusal(in_force(ALLOWS), TIGHTER, second_person=name) == "SECOND_PERSON_NEEDED"


def test_dropping_the_section_needs_the_second_person_too() -> None:
    assert refusal(in_force(SECTION + ALLOWS), bundle(ALLOWS), second_person=None) == "SECOND_PERSON_NEEDED"


def test_the_policy_before_is_loaded_from_the_topic() -> None:
    before = bundle(ALLOWS)
    bundles = {before.snapshot: before.canonical().encode()}
    status = PolicyStatus(LOOSER, {"previous": before.snapshot}, None, bundles=bundles)
    assert previous_bundle(status) == before


@pytest.mark.parametrize(
    ("activation", "texts", "words"),
    [
        (None, [], "replaced no policy"),
        ({"previous": None}, [], "replaced no policy"),
        ({"previous": TIGHTER.snapshot}, [], "not on the topic any more"),
        ({"previous": TIGHTER.snapshot}, [b"{}"], "does not load any more"),
        ({"previous": TIGHTER.snapshot}, [b"\xff"], "does not load any more"),
        ({"previous": TIGHTER.snapshot}, [LOOSER.canonical().encode()], "not what they were"),
    ],
)
def test_a_policy_that_is_not_what_it_was_is_no_way_back(
    activation: dict[str, object] | None, texts: list[bytes], words: str
) -> None:
    status = PolicyStatus(LOOSER, activation, None, bundles=dict.fromkeys([TIGHTER.snapshot], *texts) if texts else {})
    with pytest.raises(CommandError, match=words) as caught:
        previous_bundle(status)
    assert caught.value.code == "ROLLBACK_REFUSED"


def test_a_failing_case_refuses_the_activation_before_kafka_is_asked(penstock: Penstock, tmp_path: Path) -> None:
    write_policy(tmp_path / "p", CASE.replace("DECISION", "deny"), "cases.yaml")
    folder = write_policy(tmp_path / "p", ALLOWS)
    arguments = ("activate", folder, "--reason", "test", "--bootstrap", NOWHERE)
    ran = penstock(*arguments)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("penstock: error: POLICY_TESTS_FAILED: 1 of 1 cases fail; ")
    skipped = penstock(*arguments, "--unsafe-skip-tests")
    assert skipped.code == 3
    assert skipped.err.startswith("penstock: the cases beside the policy are not run\n")


def test_no_cases_are_told(penstock: Penstock, tmp_path: Path) -> None:
    ran = penstock("activate", write_policy(tmp_path / "p", ALLOWS), "--reason", "test", "--bootstrap", NOWHERE)
    assert ran.code == 3
    assert "nothing is tested" in ran.err


def test_the_doctor_warns_while_anything_is_stopped() -> None:
    entries = [kill_entry("agent", f"a{number}", reason="r", by="ana", at_ms=0) for number in range(6)]
    assert stopped(KillSwitch()) == []
    (check,) = stopped(KillSwitch(entries))
    assert check.level is Level.WARN
    assert check.detail == "stops agent a0, agent a1, agent a2, agent a3 and 2 more"


@pytest.mark.parametrize("command", ["kill", "unkill"])
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--all", "--agent", "x"),
        ("--tenant", "x", "--class", "y"),
        ("--agent", ""),
        ("--agent", "*" * 9),
        ("--all", "--by", " "),
    ],
)
def test_a_kill_entry_names_exactly_one_thing_and_a_person(
    penstock: Penstock, command: str, options: tuple[str, ...]
) -> None:
    ran = penstock(command, "--reason", "test", *options, "--bootstrap", NOWHERE)
    assert (ran.code, ran.out) == (2, "")


@pytest.mark.parametrize("command", [("kill", "--all"), ("unkill", "--all"), ("rollback",)])
def test_a_reason_is_needed_and_a_broker(penstock: Penstock, command: tuple[str, ...]) -> None:
    assert penstock(*command, "--reason", " ", "--bootstrap", NOWHERE).code == 2
    assert penstock(*command, "--bootstrap", NOWHERE).code == 2
    ran = penstock(*command, "--reason", "test", "--bootstrap", NOWHERE)
    assert (ran.code, "KAFKA_UNREACHABLE" in ran.err) == (3, True)
