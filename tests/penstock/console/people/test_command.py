"""`penstock console user` and `journal`, through the entry point, on the real file."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from penstock.console.people.logins_file import LoginsFile
from penstock.console.people.passwords import Hasher
from penstock.console.people.users import Users
from streams.clock import wall_clock_ms
from tests.penstock.console.people.site import HASHER
from tests.penstock.test_cli import Penstock, Ran, run_here, without_settings


@pytest.fixture
def penstock(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Penstock:
    """Runs the command line without any setting and in a folder of its own."""
    without_settings(monkeypatch)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: bytes = b"") -> Ran:
        return run_here(arguments, stdin=stdin, monkeypatch=monkeypatch, capsys=capsys)

    return run


def test_user_is_added_changed_disabled_enabled_and_reset(penstock: Penstock, tmp_path: Path) -> None:
    (made,) = penstock(
        "console", "user", "add", "ana", "--role", "reviewer", "--team", "support", "--tenant", "eu-*", "--json"
    ).objects()
    file = LoginsFile(tmp_path / ".penstock" / "logins.sqlite")
    users = Users(file, hasher=Hasher(HASHER), clock=wall_clock_ms)
    assert users.is_password("ana", made["one_time_password"])

    assert penstock("console", "user", "change", "ANA", "--role", "senior_reviewer").code == 0
    assert penstock("console", "user", "disable", "ana").code == 0
    (listed,) = penstock("console", "user", "list", "--json").objects()
    assert (listed["roles"], listed["teams"], listed["tenants"]) == (["senior_reviewer"], ["support"], ["eu-*"])
    assert listed["disabled"] is True and listed["must_change_password"] is True
    assert not users.is_password("ana", made["one_time_password"])
    assert penstock("console", "user", "enable", "ana").code == 0
    again = penstock("console", "user", "reset", "ana").out
    assert again.startswith("one-time password of ana")
    assert users.is_password("ana", again.split()[-1])
    assert "one-time password" in penstock("console", "user", "list").out
    file.close()

    journal = penstock("console", "journal", "--json")
    events = [record["event"] for record in journal.objects()]
    assert events == ["password_reset", "user_enabled", "user_disabled", "user_changed", "user_added"]
    assert len(penstock("console", "journal", "--limit", "2").out.splitlines()) == 2


def test_password_is_asked_for_by_nobody_and_kept_in_clear_nowhere(penstock: Penstock, tmp_path: Path) -> None:
    (made,) = penstock("console", "user", "add", "ana", "--json").objects()
    raw = b"".join(path.read_bytes() for path in (tmp_path / ".penstock").iterdir())
    assert made["one_time_password"].encode() not in raw


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("add", "ana", "--role", "reviewr"), 2, 'did you mean "reviewer"'),
        (("add", "ana", "--tenant", "[eu]"), 2, "no wildcards"),
        (("add", "a b"), 1, "USER_REFUSED"),
        (("change", "nobody", "--role", "viewer"), 1, "USER_UNKNOWN"),
        (("reset", "nobody"), 1, "USER_UNKNOWN"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    penstock: Penstock, arguments: tuple[str, ...], code: int, told: str
) -> None:
    ran = penstock("console", "user", *arguments)
    assert (ran.code, ran.out, told in ran.err, ran.err.count("\n")) == (code, "", True, 1)


def test_journal_that_was_tampered_with_ends_with_exit_1(penstock: Penstock, tmp_path: Path) -> None:
    for name in ("ana", "bo", "cem"):
        penstock("console", "user", "add", name, "--data-dir", str(tmp_path))
    with sqlite3.connect(tmp_path / "logins.sqlite") as db:
        db.execute("DROP TRIGGER journal_keeps_records")
        db.execute("UPDATE journal SET record = replace(record, '\"bo\"', '\"eve\"') WHERE seq = 2")
    db.close()

    ran = penstock("console", "journal", "--data-dir", str(tmp_path))

    assert ran.code == 1
    assert "record 2 does not follow" in ran.err
    assert json.dumps("eve").strip('"') in ran.out


def test_console_where_nobody_could_sign_in_does_not_start(penstock: Penstock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_REVIEW_SIGNING_KEY", "5a" * 32)
    ran = penstock("console", "--port", "0")
    assert (ran.code, "nobody could sign in" in ran.err) == (2, True)


def test_console_beyond_loopback_without_its_url_does_not_start(
    penstock: Penstock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_REVIEW_SIGNING_KEY", "5a" * 32)
    monkeypatch.setenv("PENSTOCK_CONSOLE_OIDC_ISSUER", "https://idp.example")
    monkeypatch.setenv("PENSTOCK_CONSOLE_OIDC_CLIENT_ID", "console")
    ran = penstock("console", "--port", "0", "--host", "0.0.0.0")  # noqa: S104 - refused is what is tested
    assert (ran.code, "PENSTOCK_CONSOLE_URL" in ran.err) == (2, True)
