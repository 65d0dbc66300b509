"""Pages of sign-in: password, provider, confirmation, password change, sign-out, and one's own page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from penstock.console.people.attempts import Journey
from penstock.console.people.id_token import TokenError
from penstock.console.people.journal import Event
from penstock.console.people.oidc import ProviderError
from penstock.console.people.passwords import LEAST_CHARS, BusyError, PasswordError
from penstock.console.people.people import People, Refused
from penstock.console.people.sessions import csrf_of, new_token
from penstock.console.people.users import UserError
from penstock.console.people.web_parts import (
    AGAIN,
    CALLBACK,
    LOGIN_COOKIE,
    LOGIN_LIFE_S,
    SESSION_COOKIE,
    SIGN_IN,
    VISIT_COOKIE,
    address_of,
    drop_cookie,
    local_path,
    next_of,
    person_of,
    session_of,
    set_cookie,
    with_next,
)
from penstock.console.person import Permission

# Longer fields are nothing that anybody types.
MOST_FIELD_CHARS: Final = 1000
FAILED: Final = "That did not work. Check what you typed, or wait a little and try again."
PROVIDER_FAILED: Final = "Signing in did not work. Try again; if it goes on, the log of the console says why."
BUSY: Final = "Too many people are signing in at this moment. Try again."

# Records of the journal on one page.
MOST_ENTRIES: Final = 200
# A template and what it shows in, a page out.
Page = Callable[..., Response]

log = structlog.get_logger()


class SignInPages:
    """The pages about oneself. `page` makes a page of a template: request, template, context, `status`."""

    def __init__(self, people: People, page: Page) -> None:
        self._people = people
        self._page = page

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route(SIGN_IN, self.sign_in_form, methods=["GET"]),
            Route(SIGN_IN, self.sign_in, methods=["POST"]),
            Route("/sign-in/provider", self.to_provider, methods=["GET"]),
            Route(CALLBACK, self.from_provider, methods=["GET"]),
            Route(AGAIN, self.confirm_form, methods=["GET"]),
            Route(AGAIN, self.confirm, methods=["POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
            Route("/sign-out/everywhere", self.sign_out_everywhere, methods=["POST"]),
            Route("/password", self.password_form, methods=["GET"]),
            Route("/password", self.change_password, methods=["POST"]),
            Route("/me", self.me, methods=["GET"]),
            Route("/people", self.people, methods=["GET"]),
        ]

    # Signing in

    def sign_in_form(self, request: Request) -> Response:
        """The form, for somebody who is not signed in."""
        if _is_signed_in(request):
            return _go(next_of(request))
        return self._sign_in_page(request, next_of(request))

    def _sign_in_page(
        self, request: Request, to: str, *, problem: str | None = None, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        visit: str | None = request.state.visit
        if visit is None:
            visit = new_token()
        if not _is_signed_in(request):
            request.state.csrf = csrf_of(visit)
        answer = self._page(
            request,
            "people/sign_in.html",
            {
                "to": to,
                "problem": problem,
                "has_password": self._people.has_local_users,
                "provider": with_next("/sign-in/provider", to) if self._people.provider is not None else None,
            },
            status=status,
        )
        set_cookie(answer, VISIT_COOKIE, visit)
        return answer

    async def sign_in(self, request: Request) -> Response:
        """A name and a password."""
        form = await request.form()
        to = local_path(_text(form, "next"))
        session = session_of(request) if _is_signed_in(request) else None
        try:
            result = await run_in_threadpool(
                self._people.sign_in,
                _text(form, "id").strip(),
                _text(form, "password"),
                address=address_of(request.scope),
                instead_of=session,
            )
        except BusyError:
            return self._sign_in_page(request, to, problem=BUSY, status=HTTPStatus.SERVICE_UNAVAILABLE)
        if isinstance(result, Refused):
            return _waiting(self._sign_in_page(request, to, problem=_told(result), status=_status(result)), result)
        return _entered(_go(to), result)

    async def to_provider(self, request: Request) -> Response:
        """Away to the provider: by GET, because a form may not lead to another site."""
        provider, session = self._people.provider, None
        if provider is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        if "again" in request.query_params and _is_signed_in(request):
            session = session_of(request)
        base = self._people.base_url(request.headers.get("host", ""))
        journey = self._people.attempts.begin(
            redirect_uri=base + CALLBACK, to=next_of(request), session=None if session is None else session.key
        )
        try:
            address = await provider.address(journey.attempt)
        except ProviderError as error:
            log.warning("sign_in_failed", why=error.problem.value)
            return self._sign_in_page(
                request, journey.to, problem=PROVIDER_FAILED, status=HTTPStatus.SERVICE_UNAVAILABLE
            )
        answer = RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)
        sealed = self._people.attempts.sealed(journey)
        set_cookie(answer, LOGIN_COOKIE, sealed, is_strict=False, max_age_s=LOGIN_LIFE_S)
        return answer

    async def from_provider(self, request: Request) -> Response:
        """Back from the provider with a code.

        The strict cookie of the session does not come along on this way, nor with a redirect from here. So the answer
        is a page of our own that leads on.
        """
        answer = dict(request.query_params)
        cookie = request.cookies.get(LOGIN_COOKIE)
        waiting = await run_in_threadpool(self._people.waiting_of_provider, address_of(request.scope))
        if waiting is not None:
            return _waiting(self._sign_in_page(request, "/", problem=_told(waiting), status=_status(waiting)), waiting)
        journey = self._people.attempts.opened(cookie, state=answer.get("state", ""))
        result = await self._admitted(request, answer, journey)
        if isinstance(result, Refused) or journey is None:
            page = self._sign_in_page(
                request,
                "/" if journey is None else journey.to,
                problem=PROVIDER_FAILED,
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
            )
            drop_cookie(page, LOGIN_COOKIE)
            return page
        page = self._page(request, "people/continue.html", {"to": journey.to})
        drop_cookie(page, LOGIN_COOKIE)
        return _entered(page, result)

    async def _admitted(self, request: Request, answer: Mapping[str, str], journey: Journey | None) -> str | Refused:
        provider, address = self._people.provider, address_of(request.scope)
        why = "no_attempt"
        if provider is not None and journey is not None:
            try:
                who = await provider.identity(answer, journey.attempt)
            except (ProviderError, TokenError) as error:
                why = error.problem.value
            else:
                session = session_of(request) if _is_signed_in(request) else None
                return await run_in_threadpool(self._people.admit, who, journey, address=address, instead_of=session)
        failed = Event.CONFIRMATION_FAILED if journey is not None and journey.session else Event.SIGN_IN_FAILED
        await run_in_threadpool(self._people.note, failed, person=None, address=address, detail=why)
        return Refused()

    # Confirming

    def confirm_form(self, request: Request) -> Response:
        """Who is signed in confirms that it is still them."""
        if not _is_signed_in(request):
            return _go(with_next(SIGN_IN, next_of(request)))
        return self._confirm_page(request, next_of(request))

    def _confirm_page(
        self, request: Request, to: str, *, problem: str | None = None, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        context = {
            "to": to,
            "problem": problem,
            "has_password": self._is_local(request),
            "provider": with_next("/sign-in/provider", to) + ("&" if to != "/" else "?") + "again=1",
        }
        return self._page(request, "people/confirm.html", context, status=status)

    async def confirm(self, request: Request) -> Response:
        """The password again."""
        form = await request.form()
        to = local_path(_text(form, "next"))
        if not _is_signed_in(request):
            return _go(with_next(SIGN_IN, to))
        if not self._is_local(request):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        try:
            result = await run_in_threadpool(
                self._people.confirm,
                session_of(request),
                _text(form, "password"),
                address=address_of(request.scope),
            )
        except BusyError:
            return self._confirm_page(request, to, problem=BUSY, status=HTTPStatus.SERVICE_UNAVAILABLE)
        if isinstance(result, Refused):
            return _waiting(self._confirm_page(request, to, problem=_told(result), status=_status(result)), result)
        return _entered(_go(to), result)

    def _is_local(self, request: Request) -> bool:
        user = self._people.users.find(person_of(request).id)
        return user is not None and user.is_local

    # Signing out

    def sign_out(self, request: Request) -> Response:
        """This session ends."""
        self._people.sessions.end(session_of(request), address=address_of(request.scope))
        return _left()

    def sign_out_everywhere(self, request: Request) -> Response:
        """All sessions of the person end."""
        self._people.sessions.end_all(person_of(request).id, address=address_of(request.scope))
        return _left()

    # One's password, and oneself

    def password_form(self, request: Request) -> Response:
        """The form of a new password, for a local user."""
        if not self._is_local(request):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return self._password_page(request, next_of(request))

    def _password_page(
        self, request: Request, to: str, *, problem: str | None = None, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        user = self._people.users.find(person_of(request).id)
        is_first = user is not None and user.must_change_password
        context: dict[str, Any] = {
            "to": to,
            "problem": problem,
            "least_chars": LEAST_CHARS,
            "is_first": is_first,
            "person_id": person_of(request).id,
        }
        if is_first:
            # Nothing of the frame works yet for them: neither pages nor live updates.
            context |= {"person": None, "navigation": [], "as_of": None, "recent_acts": []}
        return self._page(request, "people/password.html", context, status=status)

    async def change_password(self, request: Request) -> Response:
        """A new password in place of the current one; every other session of the person ends."""
        if not self._is_local(request):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        form = await request.form()
        to, new = local_path(_text(form, "next")), _text(form, "new")
        if new != _text(form, "again"):
            return self._password_page(
                request, to, problem="The two new passwords differ.", status=HTTPStatus.UNPROCESSABLE_ENTITY
            )
        try:
            result = await run_in_threadpool(
                self._people.change_password,
                session_of(request),
                current=_text(form, "current"),
                new=new,
                address=address_of(request.scope),
            )
        except (PasswordError, UserError) as error:
            told = f"{Exception.__str__(error)}; {error.advice}" if error.advice else Exception.__str__(error)
            return self._password_page(
                request, to, problem=told[0].upper() + told[1:] + ".", status=HTTPStatus.UNPROCESSABLE_ENTITY
            )
        except BusyError:
            return self._password_page(request, to, problem=BUSY, status=HTTPStatus.SERVICE_UNAVAILABLE)
        if isinstance(result, Refused):
            return _waiting(self._password_page(request, to, problem=_told(result), status=_status(result)), result)
        return _entered(_go(to), result)

    def me(self, request: Request) -> Response:
        """Who one is here, and what one may do."""
        person = person_of(request)
        context = {
            "is_local": self._is_local(request),
            "sessions": self._people.sessions.count(person.id),
            "permissions": [permission for permission in Permission if person.may(permission)],
            "sees_people": person.may(Permission.MANAGE_PEOPLE),
        }
        return self._page(request, "people/me.html", context)

    def people(self, request: Request) -> Response:
        """Everybody whom the console knows, and the journal. Nobody is changed here."""
        person_of(request).require(Permission.MANAGE_PEOPLE)
        context = {
            "users": self._people.users.all(),
            "entries": self._people.newest(MOST_ENTRIES),
            "first_break": self._people.first_break(),
        }
        return self._page(request, "people/people.html", context)


def _is_signed_in(request: Request) -> bool:
    return getattr(request.state, "person", None) is not None


def _text(form: FormData, name: str) -> str:
    """A field of a form; empty when it is missing or longer than anybody types."""
    value: Any = form.get(name)
    return value if isinstance(value, str) and len(value) <= MOST_FIELD_CHARS * 2 else ""


def _go(to: str) -> Response:
    return RedirectResponse(to, status_code=HTTPStatus.SEE_OTHER)


def _entered(answer: Response, token: str) -> Response:
    set_cookie(answer, SESSION_COOKIE, token)
    drop_cookie(answer, VISIT_COOKIE)
    return answer


def _left() -> Response:
    answer = _go(SIGN_IN)
    drop_cookie(answer, SESSION_COOKIE)
    return answer


def _status(refused: Refused) -> HTTPStatus:
    return HTTPStatus.TOO_MANY_REQUESTS if refused.wait_ms else HTTPStatus.UNPROCESSABLE_ENTITY


def _told(refused: Refused) -> str:
    if not refused.wait_ms:
        return FAILED
    return f"Too many attempts. Try again in {_wait_s(refused)} seconds."


def _waiting(answer: Response, refused: Refused) -> Response:
    if refused.wait_ms:
        answer.headers["retry-after"] = str(_wait_s(refused))
    return answer


def _wait_s(refused: Refused) -> int:
    return -(-refused.wait_ms // 1000)
