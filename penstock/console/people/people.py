"""People of the console: who is signed in, and how somebody comes in. What pages of sign-in do happens here."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from penstock.console.people import journal
from penstock.console.people.access import Access, AccessMap, read_access
from penstock.console.people.attempts import Attempts, Journey
from penstock.console.people.id_token import Identity
from penstock.console.people.journal import Entry, Event
from penstock.console.people.logins_file import LoginsFile
from penstock.console.people.oidc import Client, Provider
from penstock.console.people.passwords import Hasher
from penstock.console.people.proxies import neighbourhood, networks_of
from penstock.console.people.sessions import Session, Sessions
from penstock.console.people.throttle import Throttle
from penstock.console.people.users import FIRST_ROLES, User, UserError, Users
from penstock.console.person import Person
from policies.approval_documents import Role
from policies.people import identity
from streams.addresses import is_loopback
from streams.settings import Settings, SettingsError

# What the first user of a console for development is called.
FIRST_USER: Final = "admin"
# Who did what the console does by itself.
CONSOLE: Final = "console"


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who is signed in."""

    person: Person
    session: Session
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Nobody was let in; `wait_ms` is above 0 when they tried too often. Why is in the journal alone."""

    wait_ms: int = 0


class People:
    """Everything about people that pages need; safe to use from any thread, the provider from one event loop.

    Raises:
        SettingsError: nobody could sign in, or sessions would travel in clear.
        LoginsFileError: the file of logins cannot be used.
        AccessFileError: the file of groups and people does not load.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], int], hasher: Hasher | None = None) -> None:
        _check(settings)
        self.clock = clock
        self.fresh_ms = round(settings.console_fresh_s * 1000)
        self.proxies = networks_of(settings.console_proxies)
        self.has_local_users = settings.console_local_users
        self.provider = _provider(settings, clock)
        self.attempts = Attempts(clock=clock)
        self.throttle = Throttle()
        self.access: AccessMap = read_access(settings.console_people_file)
        self.file = LoginsFile(settings.console_path("logins"))
        hasher = hasher or Hasher()
        hasher.prepare()
        self.users = Users(self.file, hasher=hasher, clock=clock)
        self.sessions = Sessions(
            self.file,
            clock=clock,
            idle_ms=round(settings.console_idle_s * 1000),
            longest_ms=round(settings.console_session_s * 1000),
        )
        self._url = settings.console_url
        self._host = settings.console_host
        self._names = tuple(name.strip() for name in settings.console_trusted_hosts.split(",") if name.strip())

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the console by https."""
        return (self._url or "").startswith("https:")

    @property
    def hosts(self) -> list[str]:
        """The names under which the console answers; by any other, a page of another site could be the one asking."""
        own = [] if self.is_https else ["127.0.0.1", "localhost", "::1", "[::1]", self._host]
        return [*own, *([urlsplit(self._url).hostname or ""] if self._url else []), *self._names]

    def origins(self, host: str) -> frozenset[str]:
        """The origins of our own pages, for a request to a known `host`, which has its port."""
        return frozenset({self.base_url(host), f"{'https' if self.is_https else 'http'}://{host}"})

    def base_url(self, host: str) -> str:
        """Where browsers reach the console."""
        return self._url or f"http://{host}"

    def first_user(
        self, person_id: str = FIRST_USER, *, roles: Iterable[Role] = FIRST_ROLES, teams: Iterable[str] = ()
    ) -> str | None:
        """The first local user, where local users are on and there is none; gives their one-time password.

        It is to be shown to the person who started the console, and nowhere else.
        """
        if not self.has_local_users or self.users.has_local():
            return None
        return self.users.add(person_id, roles=roles, teams=teams, by=CONSOLE)

    def identify(self, token: str | None) -> Found | None:
        """Who holds a session's token."""
        session = self.sessions.find(token)
        user = None if session is None else self.users.find(session.person_id)
        if session is None or user is None or user.is_disabled or not self._may_sign_in(user):
            return None
        has = self._access_of(user, session.groups)
        person = Person(
            id=user.id,
            name=user.name,
            subject=(user.issuer, user.subject),
            roles=has.roles,
            teams=has.teams,
            tenants=has.tenants,
            signed_in_ms=session.fresh_ms,
        )
        return Found(person, session, user.is_local and user.must_change_password)

    def _may_sign_in(self, user: User) -> bool:
        """Whether the way by which they came in is still open: a provider that was replaced vouches for nobody."""
        if user.is_local:
            return self.has_local_users
        return self.provider is not None and user.issuer == self.provider.client.issuer

    def _access_of(self, user: User, groups: Iterable[str]) -> Access:
        if user.is_local:
            return Access(frozenset(user.roles), user.teams, user.tenants)
        return self.access.of(user.id, groups)

    def sign_in(
        self, person_id: str, password: str, *, address: str, instead_of: Session | None = None
    ) -> str | Refused:
        """A local user signs in; gives the token of the new session.

        Raises:
            BusyError: too many passwords are being checked.
        """
        return self._by_password(person_id, password, address=address, session=instead_of, is_confirming=False)

    def confirm(self, session: Session, password: str, *, address: str) -> str | Refused:
        """Whoever is signed in gives their password again; gives the token of the session that goes on.

        Raises:
            BusyError: too many passwords are being checked.
        """
        return self._by_password(session.person_id, password, address=address, session=session, is_confirming=True)

    def change_password(self, session: Session, *, current: str, new: str, address: str) -> str | Refused:
        """Whoever is signed in takes a new password; gives the token of their only session.

        Raises:
            PasswordError: the new one is not accepted.
            UserError: the person has no password here.
            BusyError: too many passwords are being checked.
        """
        failed = self._checked(session.person_id, current, address=address, failed=Event.CONFIRMATION_FAILED)
        if failed is not None:
            return failed
        self.users.set_password(session.person_id, new, address=address)
        return self.sessions.begin(session.person_id, fresh_ms=self.clock(), address=address)

    def _by_password(
        self, person_id: str, password: str, *, address: str, session: Session | None, is_confirming: bool
    ) -> str | Refused:
        failure = Event.CONFIRMATION_FAILED if is_confirming else Event.SIGN_IN_FAILED
        failed = self._checked(person_id, password, address=address, failed=failure)
        if failed is not None:
            return failed
        return self.sessions.begin(
            person_id,
            fresh_ms=self.clock(),
            event=Event.CONFIRMED if is_confirming else Event.SIGNED_IN,
            address=address,
            instead_of=session,
        )

    def _checked(self, person_id: str, password: str, *, address: str, failed: Event) -> Refused | None:
        """None when this is the password of a local user; else why not, written down."""
        # Who is not known is throttled by name as well; the name itself, which may be a password, is written nowhere.
        user = self.users.find(person_id) if self.has_local_users else None
        known, account = (None if user is None else user.id), identity(person_id)[:200]
        waiting = self._waiting(account, person=known, address=address)
        if waiting is not None:
            return waiting
        if not self.users.is_password(person_id if self.has_local_users else "", password):
            self.note(failed, person=known, address=address, detail="password")
            return Refused()
        self.throttle.succeeded(account=account, address=neighbourhood(address))
        return None

    def waiting_of_provider(self, address: str) -> Refused | None:
        """Whether somebody at an address came back from the provider in vain too often; counts as an attempt."""
        return self._waiting(_coming_back(address), person=None, address=address)

    def _waiting(self, account: str, *, person: str | None, address: str) -> Refused | None:
        refusal = self.throttle.take(account=account, address=neighbourhood(address), now_ms=self.clock())
        if refusal is None:
            return None
        if refusal.is_first:
            self.note(Event.SIGN_IN_THROTTLED, person=person, address=address)
        return Refused(refusal.wait_ms)

    def admit(self, who: Identity, journey: Journey, *, address: str, instead_of: Session | None) -> str | Refused:
        """Somebody comes back from the provider, who vouches for them; gives the token of the new session."""
        if self.provider is None:
            return Refused()
        issuer = self.provider.client.issuer
        failed = Event.SIGN_IN_FAILED if journey.session is None else Event.CONFIRMATION_FAILED
        try:
            if self.access.is_other_subject(who.id, who.subject):
                raise UserError("the name belongs to another subject", code="NAME_TAKEN")
            user = self.users.bind(who.id, name=who.name, issuer=issuer, subject=who.subject, address=address)
        except UserError as error:
            self.note(failed, person=None, address=address, detail=error.code.lower())
            return Refused()
        confirmed = None if journey.session is None else self.sessions.by_key(bytes.fromhex(journey.session))
        is_other = journey.session is not None and (confirmed is None or confirmed.person_id != user.id)
        if user.is_disabled or is_other:
            detail = "disabled" if user.is_disabled else "other_person"
            self.note(failed, person=user.id, address=address, detail=detail)
            return Refused()
        self.throttle.succeeded(account=_coming_back(address), address=neighbourhood(address))
        return self.sessions.begin(
            user.id,
            groups=who.groups,
            fresh_ms=min(self.clock(), (who.signed_in_s or 0) * 1000),
            event=Event.SIGNED_IN if confirmed is None else Event.CONFIRMED,
            address=address,
            instead_of=confirmed or instead_of,
        )

    def note(self, event: Event, *, person: str | None, address: str | None = None, detail: str | None = None) -> None:
        """Write something into the journal that changes nothing else."""
        with self.file.write() as db:
            journal.append(db, event, at_ms=self.clock(), person=person, by=person, address=address, detail=detail)

    def newest(self, most: int) -> list[Entry]:
        """The newest records of the journal, newest first."""
        with self.file.read() as db:
            return list(journal.entries(db, most=most))

    def first_break(self) -> int | None:
        """The first record of the journal that does not follow from those before, None when it is whole."""
        with self.file.read() as db:
            return journal.first_break(db)

    def close(self) -> None:
        """Let the file go."""
        try:
            self.file.close()
        except sqlite3.Error:
            return


def _coming_back(address: str) -> str:
    """What is throttled as an account while nobody knows yet who comes back from the provider; no name has a blank."""
    return f"provider {neighbourhood(address)}"


def _check(settings: Settings) -> None:
    if settings.console_url is None and not is_loopback(settings.console_host):
        raise SettingsError(
            "console_url is missing, and the console listens beyond loopback", advice="set PENSTOCK_CONSOLE_URL"
        )
    if settings.console_oidc_issuer is None and not settings.console_local_users:
        raise SettingsError(
            "nobody could sign in to the console",
            advice="set PENSTOCK_CONSOLE_OIDC_ISSUER, or PENSTOCK_CONSOLE_LOCAL_USERS=true on loopback",
        )


def _provider(settings: Settings, clock: Callable[[], int]) -> Provider | None:
    if settings.console_oidc_issuer is None or settings.console_oidc_client_id is None:
        return None
    client = Client(
        issuer=settings.console_oidc_issuer,
        id=settings.console_oidc_client_id,
        secret=settings.oidc_client_secret(),
        scopes=settings.console_oidc_scopes,
        id_claim=settings.console_oidc_id_claim,
        groups_claim=settings.console_oidc_groups_claim,
    )
    return Provider(client, clock=clock)
