"""The file of groups and people: what it gives, and every way it can be wrong, with its place."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from penstock.console.people.access import Access, AccessFileError, parse_access, read_access
from penstock.console.people.users import NameTakenError, UserError
from policies.approval_documents import Role
from tests.penstock.console.people.site import OTHER_PASSWORD, PASSWORD, Site

GOOD = """
version: v1
groups:
  security: {roles: [senior_reviewer], teams: [security, platform]}
  support-eu: {roles: [reviewer], teams: [support], tenants: ["eu-*"]}
  support-us: {roles: [reviewer], teams: [support], tenants: ["us-*"]}
people:
  Ana@Example.com: {roles: [admin], subject: "00u1"}
  guest@example.com: {}
"""


def test_entries_of_groups_and_name_add_up_and_tenants_bind() -> None:
    made = parse_access(GOOD, file="people.yaml")

    assert made.of("ana@example.com ", ["security"]) == Access(
        frozenset({Role.ADMIN, Role.SENIOR_REVIEWER}), ("security", "platform")
    )
    assert made.of("bo@example.com", ["support-eu", "support-us"]).tenants == ("eu-*", "us-*")
    # Who is bound by one group stays bound, whatever another one gives.
    assert made.of("bo@example.com", ["security", "support-eu"]).tenants == ("eu-*",)
    assert made.of("guest@example.com", []) == Access()
    assert made.of("nobody@example.com", ["unheard-of", "Security"]) == Access()
    assert made.is_other_subject("ANA@example.com", "00u2")
    assert not made.is_other_subject("ana@example.com", "00u1")
    assert not made.is_other_subject("bo@example.com", "anything")


def test_file_may_be_json_and_none_gives_nobody_anything(tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    file.write_text('{"groups": {"a": {"roles": ["viewer"]}}}')
    assert read_access(file).of("x", ["a"]).roles == {Role.VIEWER}
    assert read_access(None).of("x", ["a"]) == Access()


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("group: {}", "1:1", 'did you mean "groups"'),
        ("groups: {a: {roles: [reviewr]}}", "1:22", 'did you mean "reviewer"'),
        ("groups:\n  a:\n    role: [viewer]\n", "3:5", 'did you mean "roles"'),
        ("groups: {a: {roles: reviewer}}", "1:21", 'write ["reviewer"]'),
        ("groups: {a: {roles: []}}", "1:21", "empty"),
        ("groups: {a: {tenants: ['[x]']}}", "1:24", "no wildcards"),
        ("groups: {a: {teams: ['a b']}}", "1:22", "white space"),
        ("groups: {a: {}, a: {}}", "1:17", "twice"),
        ("groups: [a]", "1:9", "mapping"),
        ("people: {Ana: {}, ana: {}}", "1:24", "another case"),
        ("people: {ana: {subject: 5}}", "1:25", "text"),
        ("people: {ana: {subject: ''}}", "1:25", "empty"),
        ("version: v2", "1:10", "v2"),
        ("groups: {a: &x {roles: [viewer]}}", "1:13", ""),
        ("groups: !!python/object:os.system {}", "1:9", ""),
        ("- a", "1:1", "mapping"),
        ("", "1:1", ""),
        ("a: [", "2:1", ""),
    ],
)
def test_file_that_says_something_else_is_refused_with_its_place(text: str, place: str, told: str) -> None:
    with pytest.raises(AccessFileError) as caught:
        parse_access(text, file="people.yaml")
    first = str(caught.value.problems[0])
    assert first.startswith(f"people.yaml:{place}")
    assert told in first


def test_example_of_the_documentation_loads() -> None:
    page = (Path(__file__).parents[4] / "docs" / "roles.md").read_text("utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    made = parse_access(example, file="people.yaml")
    assert made.of("root@example.com", ["security"]).roles == {Role.ADMIN, Role.SENIOR_REVIEWER}


@pytest.mark.parametrize("kind", ["missing", "a folder", "not UTF-8"])
def test_file_that_cannot_be_read_is_an_error_and_not_nobody(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "people.yaml"
    if kind == "a folder":
        file.mkdir()
    elif kind == "not UTF-8":
        file.write_bytes(b"groups: {\xff: {}}")
    with pytest.raises(AccessFileError):
        read_access(file)


# Local users


@pytest.mark.parametrize("person_id", ["", " ", "a b", "аna", "ana\n", "-ana", "x" * 129, "a;b", "<b>", "ana\u200b"])
def test_name_that_could_be_taken_for_another_is_none(site: Site, person_id: str) -> None:
    with pytest.raises(UserError):
        site.people.users.add(person_id, by="test")


def test_names_that_differ_in_case_alone_are_one_person(site: Site) -> None:
    site.people.users.add("Ana", by="test")
    for person_id in ("ana", "ANA"):
        with pytest.raises(NameTakenError):
            site.people.users.add(person_id, by="test")
    found = site.people.users.find("aNa")
    assert found is not None and found.id == "Ana"


def test_every_change_of_a_user_stands_in_the_journal_with_who_made_it(site: Site) -> None:
    users = site.people.users
    users.add("ana", roles=[Role.REVIEWER], teams=["support"], tenants=["eu-*"], by="root@host")
    users.change("ana", roles=[Role.VIEWER], by="root@host")
    users.disable("ana", by="root@host")
    users.enable("ana", by="root@host")
    assert users.reset("ana", by="root@host") is not None

    assert site.events() == ["user_added", "user_changed", "user_disabled", "user_enabled", "password_reset"]
    assert {(entry.person, entry.by) for entry in site.journal()} == {("ana", "root@host")}
    found = users.find("ana")
    assert found is not None
    assert (found.roles, found.teams, found.tenants) == ((Role.VIEWER,), ("support",), ("eu-*",))


def test_reset_ends_the_old_password_and_its_sessions(site: Site) -> None:
    site.user()
    browser = site.browser()
    browser.sign_in()
    one_time = site.people.users.reset("ana", by="test")

    assert browser.get("/me").status_code == 303
    assert not site.people.users.is_password("ana", PASSWORD)
    assert site.people.users.is_password("ana", str(one_time))
    site.clock.pass_s(24 * 3600)
    assert not site.people.users.is_password("ana", str(one_time))


@pytest.mark.parametrize("act", ["change", "disable", "enable", "reset"])
def test_nobody_changes_a_user_who_is_not_there(site: Site, act: str) -> None:
    with pytest.raises(UserError) as caught:
        getattr(site.people.users, act)("nobody", by="test")
    assert caught.value.code == "USER_UNKNOWN"


def test_no_password_stands_in_the_file_or_the_log(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one_time = site.people.users.add("ana", by="test")
    site.people.users.set_password("ana", PASSWORD, address=None)
    site.browser().sign_in("ana", OTHER_PASSWORD)
    site.browser().sign_in("ana")
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("logins.sqlite*"))
    told = "".join(capsys.readouterr())
    for password in (one_time, PASSWORD, OTHER_PASSWORD):
        assert password.encode() not in raw
        assert password not in told
    assert stat.S_IMODE((tmp_path / "logins.sqlite").stat().st_mode) == 0o600
