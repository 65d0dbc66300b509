"""The people whom the console knows: local users with their passwords, and those whom a provider vouches for.

A name on a review stands for one subject, `(issuer, subject)`, for as long as it is not released: whoever comes first
under a name keeps it, and nobody else gets it by changing an address at the provider. Who changes their own name there
goes on under the old one here, so that nobody is two people to the gate.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from detectors.errors import GateError
from penstock.console.people import journal
from penstock.console.people.journal import Event
from penstock.console.people.logins_file import LoginsFile
from penstock.console.people.passwords import ONE_TIME_LIFE_MS, Hasher, PasswordError, checked, one_time_password
from policies.approval_documents import Role
from policies.people import identity

LOCAL: Final = "local"
# A name on reviews: ASCII, so that no two look alike, and short enough for every table.
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+/:=|-]{0,127}\Z")
MOST_NAME_CHARS: Final = 120
# The first user of a console for development may do everything that one person may do.
FIRST_ROLES: Final = (Role.SENIOR_REVIEWER, Role.POLICY_AUTHOR, Role.ADMIN)


class UserError(GateError):
    """A user who cannot be made, found or changed so."""

    code = "USER_REFUSED"


class NameTakenError(UserError):
    """The name belongs to another subject."""

    code = "NAME_TAKEN"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in. `roles`, `teams` and `tenants` are a local user's; a provider's come with groups."""

    id: str
    name: str
    issuer: str
    subject: str
    roles: tuple[Role, ...]
    teams: tuple[str, ...]
    tenants: tuple[str, ...]
    has_password: bool
    must_change_password: bool
    is_disabled: bool
    created_ms: int

    @property
    def is_local(self) -> bool:
        """Whether the password is the console's own."""
        return self.issuer == LOCAL


class Users:
    """Local users and names of provider's users, in the file of logins. Every change is journaled with who made it."""

    def __init__(self, file: LoginsFile, *, hasher: Hasher, clock: Callable[[], int]) -> None:
        self._file = file
        self._hasher = hasher
        self._clock = clock

    def all(self) -> list[User]:
        """Everybody, by name."""
        with self._file.read() as db:
            return [_user(row) for row in db.execute("SELECT * FROM people ORDER BY key")]

    def find(self, person_id: str) -> User | None:
        """The one of that name, whatever its case."""
        with self._file.read() as db:
            row = db.execute("SELECT * FROM people WHERE key = ?", (identity(person_id),)).fetchone()
        return None if row is None else _user(row)

    def has_local(self) -> bool:
        """Whether there is any local user."""
        with self._file.read() as db:
            return db.execute("SELECT 1 FROM people WHERE issuer = ? LIMIT 1", (LOCAL,)).fetchone() is not None

    def add(
        self,
        person_id: str,
        *,
        name: str | None = None,
        roles: Iterable[Role] = (),
        teams: Iterable[str] = (),
        tenants: Iterable[str] = (),
        by: str,
    ) -> str:
        """A new local user; gives the one-time password, which is kept nowhere in clear.

        Raises:
            UserError: the name cannot be one.
            NameTakenError: somebody has it.
        """
        shown = _checked_name(person_id, name)
        password = one_time_password()
        kept, now_ms = self._hasher.hash(password), self._clock()
        with self._file.write() as db:
            if _exists(db, person_id):
                raise NameTakenError(f"{person_id} is there already")
            db.execute(
                "INSERT INTO people (key, id, name, issuer, subject, password, is_one_time, password_ends_ms, roles, "
                "teams, tenants, created_ms) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)",
                (
                    identity(person_id), person_id, shown, LOCAL, identity(person_id), kept, now_ms + ONE_TIME_LIFE_MS,
                    *map(_packed, (roles, teams, tenants)), now_ms,
                ),
            )  # fmt: skip
            journal.append(db, Event.USER_ADDED, at_ms=now_ms, person=person_id, by=by)
        return password

    def change(
        self,
        person_id: str,
        *,
        roles: Iterable[Role] | None = None,
        teams: Iterable[str] | None = None,
        tenants: Iterable[str] | None = None,
        by: str,
    ) -> None:
        """Other roles, teams or tenants for a local user, at once; what is None stays.

        Raises:
            UserError: there is no such local user.
        """
        with self._file.write() as db:
            user = _known(db, person_id)
            if not user.is_local:
                raise UserError(f"{user.id} has roles by their groups", advice="change PENSTOCK_CONSOLE_PEOPLE_FILE")
            for column, values in (("roles", roles), ("teams", teams), ("tenants", tenants)):
                if values is not None:
                    db.execute(
                        f"UPDATE people SET {column} = ? WHERE key = ?",  # noqa: S608 - a word of the line above
                        (_packed(values), identity(person_id)),
                    )
            # New roles begin with a new session: nobody goes on under an id that was given to somebody who was less.
            db.execute("DELETE FROM sessions WHERE person = ?", (identity(person_id),))
            journal.append(db, Event.USER_CHANGED, at_ms=self._clock(), person=user.id, by=by)

    def disable(self, person_id: str, *, by: str) -> None:
        """Nobody signs in under this name any more, and whoever did is out at once.

        Raises:
            UserError: there is no such user.
        """
        with self._file.write() as db:
            user = _known(db, person_id)
            db.execute("UPDATE people SET is_disabled = 1 WHERE key = ?", (identity(person_id),))
            db.execute("DELETE FROM sessions WHERE person = ?", (identity(person_id),))
            journal.append(db, Event.USER_DISABLED, at_ms=self._clock(), person=user.id, by=by)

    def enable(self, person_id: str, *, by: str) -> None:
        """Take `disable` back.

        Raises:
            UserError: there is no such user.
        """
        with self._file.write() as db:
            user = _known(db, person_id)
            db.execute("UPDATE people SET is_disabled = 0 WHERE key = ?", (identity(person_id),))
            journal.append(db, Event.USER_ENABLED, at_ms=self._clock(), person=user.id, by=by)

    def reset(self, person_id: str, *, by: str) -> str | None:
        """A new one-time password of a local user; None for a provider's, whose name is released from its subject.

        Whoever was signed in under the name is out.

        Raises:
            UserError: there is no such user.
        """
        password = one_time_password()
        kept, now_ms = self._hasher.hash(password), self._clock()
        with self._file.write() as db:
            user = _known(db, person_id)
            key = identity(person_id)
            db.execute("DELETE FROM sessions WHERE person = ?", (key,))
            if not user.is_local:
                if user.is_disabled:
                    raise UserError(
                        f"{user.id} is disabled; a released name could sign in again", advice="enable first"
                    )
                db.execute("DELETE FROM people WHERE key = ?", (key,))
                journal.append(db, Event.PERSON_RELEASED, at_ms=now_ms, person=user.id, by=by)
                return None
            db.execute(
                "UPDATE people SET password = ?, is_one_time = 1, password_ends_ms = ? WHERE key = ?",
                (kept, now_ms + ONE_TIME_LIFE_MS, key),
            )
            journal.append(db, Event.PASSWORD_RESET, at_ms=now_ms, person=user.id, by=by)
        return password

    def is_password(self, person_id: str, password: str) -> bool:
        """Whether this is the password of a local user who may sign in; takes as long whoever it is.

        Raises:
            BusyError: too many are being checked.
        """
        with self._file.read() as db:
            row = db.execute(
                "SELECT password, password_ends_ms, is_disabled FROM people WHERE key = ? AND issuer = ?",
                (identity(person_id), LOCAL),
            ).fetchone()
        kept: str | None = None if row is None else row["password"]
        if not self._hasher.is_right(kept, password) or row is None or kept is None:
            return False
        ends_ms: int | None = row["password_ends_ms"]
        if row["is_disabled"] or (ends_ms is not None and self._clock() >= ends_ms):
            return False
        if self._hasher.is_outdated(kept):
            self._keep(person_id, was=kept, now=self._hasher.hash(password))
        return True

    def _keep(self, person_id: str, *, was: str, now: str) -> None:
        with self._file.write() as db:
            db.execute("UPDATE people SET password = ? WHERE key = ? AND password = ?", (now, identity(person_id), was))

    def set_password(self, person_id: str, new: str, *, address: str | None) -> None:
        """The person's own new password; every session of theirs ends. That the old one is known was checked before.

        Raises:
            PasswordError: it is not accepted, or the same as the old one.
            UserError: there is no such user.
        """
        user = self.find(person_id)
        if user is None or not user.is_local:
            raise UserError("there is no such local user", code="USER_UNKNOWN")
        new = checked(new, about=(user.id, user.name))
        if self.is_password(person_id, new):
            raise PasswordError("this is the one you have")
        kept, now_ms = self._hasher.hash(new), self._clock()
        with self._file.write() as db:
            db.execute(
                "UPDATE people SET password = ?, is_one_time = 0, password_ends_ms = NULL WHERE key = ?",
                (kept, identity(person_id)),
            )
            db.execute("DELETE FROM sessions WHERE person = ?", (identity(person_id),))
            journal.append(db, Event.PASSWORD_CHANGED, at_ms=now_ms, person=user.id, by=user.id, address=address)

    def bind(self, person_id: str, *, name: str, issuer: str, subject: str, address: str | None) -> User:
        """Whoever the provider vouches for; the first subject that comes under a name keeps it.

        Raises:
            UserError: the name cannot be one.
            NameTakenError: it belongs to another subject.
        """
        with self._file.write() as db:
            row = db.execute("SELECT * FROM people WHERE issuer = ? AND subject = ?", (issuer, subject)).fetchone()
            if row is not None:
                return _user(row)
            shown = _checked_name(person_id, name)
            if _exists(db, person_id):
                raise NameTakenError(f"{person_id} belongs to another subject")
            now_ms = self._clock()
            db.execute(
                "INSERT INTO people (key, id, name, issuer, subject, created_ms) VALUES (?, ?, ?, ?, ?, ?)",
                (identity(person_id), person_id, shown, issuer, subject, now_ms),
            )
            journal.append(db, Event.PERSON_BOUND, at_ms=now_ms, person=person_id, by=person_id, address=address)
            return _known(db, person_id)


def _checked_name(person_id: str, name: str | None) -> str:
    if not _ID.match(person_id):
        raise UserError(
            "a name on reviews has 1 to 128 ASCII letters, digits or ._@+/:=|-", advice="such as ana@example.com"
        )
    shown = (name or person_id).strip()[:MOST_NAME_CHARS]
    return shown if shown.isprintable() and shown else person_id


def _exists(db: sqlite3.Connection, person_id: str) -> bool:
    return db.execute("SELECT 1 FROM people WHERE key = ?", (identity(person_id),)).fetchone() is not None


def _known(db: sqlite3.Connection, person_id: str) -> User:
    row = db.execute("SELECT * FROM people WHERE key = ?", (identity(person_id),)).fetchone()
    if row is None:
        raise UserError("there is no user of that name", code="USER_UNKNOWN", advice="see `penstock console user list`")
    return _user(row)


def _user(row: sqlite3.Row) -> User:
    known = {role.value: role for role in Role}
    return User(
        id=row["id"],
        name=row["name"],
        issuer=row["issuer"],
        subject=row["subject"],
        roles=tuple(known[word] for word in json.loads(row["roles"]) if word in known),
        teams=tuple(json.loads(row["teams"])),
        tenants=tuple(json.loads(row["tenants"])),
        has_password=row["password"] is not None,
        must_change_password=bool(row["is_one_time"]),
        is_disabled=bool(row["is_disabled"]),
        created_ms=row["created_ms"],
    )


def _packed(values: Iterable[str]) -> str:
    return json.dumps(list(dict.fromkeys(values)))
