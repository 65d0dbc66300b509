"""Sessions: an opaque id in the browser, everything else here.

The id has 256 random bits; only its SHA-256 is kept, so that whoever reads the file cannot use it. A session ends when
it is not used, in any case after its longest life, when the person signs out, is disabled or changes the password. Each
sign-in and each confirmation gives a new id.
Source: OWASP ASVS 5.0, chapter 7.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from penstock.console.people import journal
from penstock.console.people.journal import Event
from penstock.console.people.logins_file import LoginsFile
from policies.people import identity

TOKEN_BYTES: Final = 32
# How exactly the last use is known, milliseconds: not every request writes.
SEEN_STEP_MS: Final = 30_000
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}\Z")


@dataclass(frozen=True, slots=True)
class Session:
    """A person's session. `fresh_ms` is when a password or the provider last vouched for them; 0 is not known.

    The token of its forms comes from `form_key`, which a confirmation keeps: what is open in other tabs still works.
    """

    key: bytes
    form_key: str
    person_id: str
    groups: tuple[str, ...]
    created_ms: int
    fresh_ms: int


def new_token() -> str:
    """A random id that nobody guesses, as it stands in a cookie."""
    return base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).rstrip(b"=").decode()


def is_token(text: str | None) -> bool:
    """Whether a text has the form of one."""
    return text is not None and _TOKEN.match(text) is not None


def key_of(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def csrf_of(key: str) -> str:
    """The token that forms carry: bound to a session's form key or to a visit, and telling nothing of it."""
    return hmac.new(key.encode(), b"penstock csrf v1", hashlib.sha256).hexdigest()


class Sessions:
    """The sessions in the file of logins; limits in milliseconds."""

    def __init__(self, file: LoginsFile, *, clock: Callable[[], int], idle_ms: int, longest_ms: int) -> None:
        self._file = file
        self._clock = clock
        self._idle_ms = idle_ms
        self._longest_ms = longest_ms

    def begin(
        self,
        person_id: str,
        *,
        groups: Iterable[str] = (),
        fresh_ms: int,
        event: Event = Event.SIGNED_IN,
        address: str | None,
        instead_of: Session | None = None,
    ) -> str:
        """A new session in place of `instead_of`; gives its token.

        After a confirmation it lasts no longer than the one before would have.
        """
        confirmed = instead_of if event is Event.CONFIRMED else None
        token, now_ms = new_token(), self._clock()
        with self._file.write() as db:
            self._drop_ended(db, now_ms)
            if instead_of is not None:
                db.execute("DELETE FROM sessions WHERE token_hash = ?", (instead_of.key,))
            db.execute(
                "INSERT INTO sessions (token_hash, person, groups, form_key, created_ms, seen_ms, fresh_ms) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    key_of(token), identity(person_id), json.dumps(list(groups)),
                    new_token() if confirmed is None else confirmed.form_key,
                    now_ms if confirmed is None else confirmed.created_ms, now_ms, fresh_ms,
                ),
            )  # fmt: skip
            journal.append(db, event, at_ms=now_ms, person=person_id, by=person_id, address=address)
        return token

    def find(self, token: str | None) -> Session | None:
        """The session of a token, which counts as a use of it; None when there is none, or it has ended."""
        if token is None or not is_token(token):
            return None
        return self.by_key(key_of(token))

    def by_key(self, key: bytes) -> Session | None:
        """The session of what is kept of a token, as `find`."""
        now_ms = self._clock()
        with self._file.read() as db:
            row = db.execute(
                "SELECT s.*, p.id FROM sessions s JOIN people p ON p.key = s.person "
                "WHERE s.token_hash = ? AND p.is_disabled = 0",
                (key,),
            ).fetchone()
        if row is None:
            return None
        if self._has_ended(row, now_ms):
            self._expire(row, now_ms)
            return None
        if now_ms - row["seen_ms"] >= SEEN_STEP_MS:
            with self._file.write() as db:
                db.execute("UPDATE sessions SET seen_ms = MAX(seen_ms, ?) WHERE token_hash = ?", (now_ms, key))
        return Session(
            key=key,
            form_key=row["form_key"],
            person_id=row["id"],
            groups=tuple(json.loads(row["groups"])),
            created_ms=row["created_ms"],
            fresh_ms=row["fresh_ms"],
        )

    def _has_ended(self, row: sqlite3.Row, now_ms: int) -> bool:
        # A clock that was set back ends sessions too: nobody knows how long they have lasted.
        idle_ms, life_ms = now_ms - row["seen_ms"], now_ms - row["created_ms"]
        return not (-SEEN_STEP_MS <= idle_ms < self._idle_ms and -SEEN_STEP_MS <= life_ms < self._longest_ms)

    def _expire(self, row: sqlite3.Row, now_ms: int) -> None:
        with self._file.write() as db:
            if db.execute("DELETE FROM sessions WHERE token_hash = ?", (row["token_hash"],)).rowcount:
                journal.append(db, Event.SESSION_ENDED, at_ms=now_ms, person=row["id"], by=None)

    def _drop_ended(self, db: sqlite3.Connection, now_ms: int) -> None:
        db.execute(
            "DELETE FROM sessions WHERE seen_ms < ? OR created_ms < ?",
            (now_ms - self._idle_ms, now_ms - self._longest_ms),
        )

    def end(self, session: Session, *, address: str | None) -> None:
        """The person signs out here."""
        with self._file.write() as db:
            db.execute("DELETE FROM sessions WHERE token_hash = ?", (session.key,))
            journal.append(
                db,
                Event.SIGNED_OUT,
                at_ms=self._clock(),
                person=session.person_id,
                by=session.person_id,
                address=address,
            )

    def end_all(self, person_id: str, *, address: str | None) -> None:
        """The person signs out everywhere."""
        with self._file.write() as db:
            db.execute("DELETE FROM sessions WHERE person = ?", (identity(person_id),))
            journal.append(
                db,
                Event.SIGNED_OUT_EVERYWHERE,
                at_ms=self._clock(),
                person=person_id,
                by=person_id,
                address=address,
            )

    def count(self, person_id: str) -> int:
        """How many sessions of a person there are."""
        with self._file.read() as db:
            found = db.execute("SELECT COUNT(*) FROM sessions WHERE person = ?", (identity(person_id),)).fetchone()
        return int(found[0])
