"""Sessions: what is kept of them, and all the ways they end."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from penstock.console.people.journal import GENESIS, Event, append, first_break
from penstock.console.people.logins_file import LoginsFile, LoginsFileError
from penstock.console.people.sessions import SEEN_STEP_MS, Sessions, csrf_of, is_token, new_token
from tests.penstock.console.people.site import PASSWORD, Clock, Site

IDLE_MS, LONGEST_MS = 30 * 60_000, 12 * 3_600_000


def begin(site: Site, person_id: str = "ana", **more: Any) -> str:
    """A session of somebody."""
    return site.people.sessions.begin(person_id, fresh_ms=site.clock(), address="test", **more)


def test_session_ends_when_it_is_not_used(site: Site) -> None:
    site.user()
    token = begin(site)
    for _ in range(5):
        site.clock.pass_s(29 * 60)
        assert site.people.sessions.find(token) is not None
    site.clock.pass_s(30 * 60)
    assert site.people.sessions.find(token) is None
    assert site.events()[-1] == "session_ended"
    assert site.people.sessions.count("ana") == 0


def test_session_ends_after_its_longest_life_though_it_is_used_and_confirmed(site: Site) -> None:
    site.user()
    token = begin(site)
    for _ in range(12 * 4 - 1):
        site.clock.pass_s(15 * 60)
        session = site.people.sessions.find(token)
        assert session is not None
        confirmed = site.people.confirm(session, PASSWORD, address="test")
        assert isinstance(confirmed, str) and site.people.sessions.find(token) is None
        token = confirmed
    site.clock.pass_s(15 * 60)
    assert site.people.sessions.find(token) is None


def test_clock_that_was_set_back_ends_sessions(site: Site) -> None:
    site.user()
    token = begin(site)
    site.clock.pass_s(-3600)
    assert site.people.sessions.find(token) is None


def test_session_survives_a_restart_and_its_id_stands_nowhere(site: Site, tmp_path: Path) -> None:
    site.user()
    token = begin(site)
    site.people.file.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("logins.sqlite*"))
    assert token.encode() not in raw and csrf_of(token).encode() not in raw

    file = LoginsFile(tmp_path / "logins.sqlite")
    again = Sessions(file, clock=site.clock, idle_ms=IDLE_MS, longest_ms=LONGEST_MS)
    assert again.find(token) is not None
    file.close()


@pytest.mark.parametrize("token", [None, "", "x", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "\n", "é" * 43])
def test_what_has_not_the_form_of_an_id_is_none(site: Site, token: str | None) -> None:
    assert site.people.sessions.find(token) is None
    assert not is_token(token)


def test_ids_are_random_and_tokens_of_forms_belong_to_them() -> None:
    made = [new_token() for _ in range(200)]
    assert len(set(made)) == 200 and all(map(is_token, made))
    assert len({csrf_of(token) for token in made}) == 200


def test_files_are_readable_by_nobody_else(site: Site, tmp_path: Path) -> None:
    site.user()
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("logins.sqlite*")}
    assert modes and set(modes.values()) == {0o600}


@pytest.mark.parametrize("content", [b"not a database, but long enough to be read as a header of one" * 20])
def test_file_that_is_none_of_ours_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "logins.sqlite"
    path.write_bytes(content)
    with pytest.raises(LoginsFileError):
        LoginsFile(path)
    assert path.read_bytes() == content


def test_file_of_another_version_is_refused(tmp_path: Path) -> None:
    file = LoginsFile(tmp_path / "logins.sqlite")
    with file.write() as db:
        db.execute("PRAGMA user_version = 99")
    file.close()
    with pytest.raises(LoginsFileError, match="version 99"):
        LoginsFile(tmp_path / "logins.sqlite")


def test_transaction_that_fails_changes_nothing(tmp_path: Path) -> None:
    file = LoginsFile(tmp_path / "logins.sqlite")
    with pytest.raises(RuntimeError), file.write() as db:
        append(db, Event.SIGNED_IN, at_ms=1, person="ana")
        raise RuntimeError
    with file.read() as db:
        assert db.execute("SELECT COUNT(*) FROM journal").fetchone()[0] == 0
    file.close()


# The journal


def test_journal_cannot_be_changed_and_is_whole(site: Site) -> None:
    site.user()
    begin(site)
    for statement in ("UPDATE journal SET record = '{}'", "DELETE FROM journal"):
        with pytest.raises(Exception, match="append-only"), site.people.file.write() as db:
            db.execute(statement)
    assert site.people.first_break() is None
    with site.people.file.read() as db:
        records = [json.loads(row["record"]) for row in db.execute("SELECT record FROM journal ORDER BY seq")]
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
    assert records[0]["prev"] == GENESIS


TAMPERING = {
    "edited": ("UPDATE journal SET record = replace(record, 'ana', 'bob') WHERE seq = 2", 2),
    "edited with a hash of another": (
        "UPDATE journal SET (record, hash) = (SELECT record, hash FROM journal WHERE seq = 3) WHERE seq = 2",
        2,
    ),
    "taken out": ("DELETE FROM journal WHERE seq = 2", 2),
    "first taken out": ("DELETE FROM journal WHERE seq = 1", 1),
    "put in": ("INSERT INTO journal SELECT 9, record, hash FROM journal WHERE seq = 1", 5),
    "no JSON": ("UPDATE journal SET record = 'x' WHERE seq = 4", 4),
}


@pytest.mark.parametrize("how", TAMPERING)
def test_journal_that_was_tampered_with_shows_where(tmp_path: Path, how: str) -> None:
    statement, where = TAMPERING[how]
    file = LoginsFile(tmp_path / "logins.sqlite")
    with file.write() as db:
        for at_ms in range(4):
            append(db, Event.SIGNED_IN, at_ms=at_ms, person="ana", by="ana")
        assert first_break(db) is None
        db.execute("DROP TRIGGER journal_keeps_records")
        db.execute("DROP TRIGGER journal_keeps_all")
        db.execute(statement)
        assert first_break(db) == where
    file.close()


def test_record_that_was_rewritten_with_its_hash_shows_at_the_next_one(tmp_path: Path) -> None:
    file = LoginsFile(tmp_path / "logins.sqlite")
    with file.write() as db:
        for at_ms in range(3):
            append(db, Event.SIGNED_IN, at_ms=at_ms, person="ana", by="ana")
        record = db.execute("SELECT record FROM journal WHERE seq = 2").fetchone()["record"].replace("ana", "eve")
        db.execute("DROP TRIGGER journal_keeps_records")
        forged = hashlib.sha256(b"penstock journal v1\n" + record.encode()).hexdigest()
        db.execute("UPDATE journal SET record = ?, hash = ? WHERE seq = 2", (record, forged))
        assert first_break(db) == 3
    file.close()


# Any order of things


class Histories(RuleBasedStateMachine):
    """Whatever happens, a token is good exactly as long as the rules say."""

    def __init__(self) -> None:
        """An empty file with two people."""
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="penstock-logins-")
        self.file = LoginsFile(Path(self.folder.name) / "logins.sqlite")
        self.clock = Clock()
        self.model: dict[str, dict[str, Any]] = {}
        self.disabled: set[str] = set()
        self.sessions = Sessions(self.file, clock=self.clock, idle_ms=IDLE_MS, longest_ms=LONGEST_MS)
        with self.file.write() as db:
            for person in ("ana", "bo"):
                db.execute(
                    "INSERT INTO people (key, id, name, issuer, subject, created_ms) VALUES (?, ?, ?, 'local', ?, 0)",
                    (person, person, person, person),
                )

    @rule(person=st.sampled_from(["ana", "bo"]))
    def signs_in(self, person: str) -> None:
        """A new session."""
        token = self.sessions.begin(person, fresh_ms=self.clock(), address=None)
        assert token not in self.model
        self.model[token] = {"person": person, "made": self.clock(), "used": self.clock()}

    @rule(seconds=st.sampled_from([1, 60, 1000, 1799, 1800, 7200, 20_000]))
    def time_passes(self, seconds: int) -> None:
        """It does."""
        self.clock.pass_s(seconds)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def is_used(self, data: st.DataObject) -> None:
        """A token comes along with a request."""
        token = data.draw(st.sampled_from(sorted(self.model)))
        known = self.model[token]
        found = self.sessions.find(token)
        now_ms = self.clock()
        is_good = (
            not known.get("over")
            and now_ms - known["used"] < IDLE_MS
            and now_ms - known["made"] < LONGEST_MS
            and known["person"] not in self.disabled
        )
        if found is None:
            # A use of the last half minute may not have been written down, which can only end a session sooner.
            assert not is_good or now_ms - known["used"] >= IDLE_MS - SEEN_STEP_MS
            known["over"] = known.get("over") or known["person"] not in self.disabled
        else:
            assert is_good and found.person_id == known["person"]
            known["used"] = now_ms

    @precondition(lambda self: self.model)
    @rule(person=st.sampled_from(["ana", "bo"]))
    def signs_out_everywhere(self, person: str) -> None:
        """Every session of one person ends."""
        self.sessions.end_all(person, address=None)
        for known in self.model.values():
            known["over"] = known.get("over") or known["person"] == person

    @rule(person=st.sampled_from(["ana", "bo"]), is_disabled=st.booleans())
    def is_disabled_or_enabled(self, person: str, is_disabled: bool) -> None:
        """Somebody is locked out, or let in again."""
        with self.file.write() as db:
            db.execute("UPDATE people SET is_disabled = ? WHERE key = ?", (is_disabled, person))
        (self.disabled.add if is_disabled else self.disabled.discard)(person)

    @invariant()
    def journal_is_whole(self) -> None:
        """Whatever happened."""
        with self.file.read() as db:
            assert first_break(db) is None

    def teardown(self) -> None:
        """Let the file go."""
        self.file.close()
        self.folder.cleanup()


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=30, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)


@given(st.text(max_size=50))
def test_no_text_passes_for_an_id_unless_it_has_its_form(text: str) -> None:
    assert is_token(text) == (len(text) == 43 and all(c.isascii() and (c.isalnum() or c in "-_") for c in text))
