"""What every page has around its own part, and what happens when one fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from penstock.console.person import Permission
from penstock.console.web.render import NAVIGATION, STATIC, TEMPLATES, page
from policies.approval_documents import Role
from tests.penstock.console.fakes import FakeAsOf, FakeFeed, FileStore, a_console, a_person, client_of

CANARY = "canary-7f3a"


def _plain(request: Request) -> Response:
    return page(request, "error.html", {"title": "Plain", "text": "A page"})


def _failing(request: Request) -> Response:
    raise RuntimeError(CANARY)


def _secret(request: Request) -> Response:
    request.state.person.require(Permission.RELEASE_AS_IS)
    return page(request, "error.html", {"title": CANARY, "text": CANARY})


ROUTES = (Route("/plain", _plain), Route("/failing", _failing), Route("/secret", _secret))


@pytest.mark.parametrize("role", list(Role))
def test_navigation_lists_what_the_person_may_see_and_nothing_else(role: Role, tmp_path: Path) -> None:
    person = a_person(role)
    text = client_of(a_console(FileStore(tmp_path / "none")), person, routes=ROUTES).get("/plain").text
    for path, _, permission in NAVIGATION:
        assert (f'href="{path}"' in text) is person.may(permission)


def test_a_page_that_fails_says_nothing_of_why(tmp_path: Path) -> None:
    answer = client_of(a_console(FileStore(tmp_path / "none")), a_person(Role.ADMIN), routes=ROUTES).get("/failing")
    assert answer.status_code == 500
    assert CANARY not in answer.text
    assert "nothing was decided" in answer.text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SENIOR_REVIEWER])
def test_what_roles_do_not_allow_is_a_page_that_tells_nothing(role: Role, tmp_path: Path) -> None:
    answer = client_of(a_console(FileStore(tmp_path / "none")), a_person(role), routes=ROUTES).get("/secret")
    assert answer.status_code == 403
    assert CANARY not in answer.text


def test_an_auditor_decides_nothing_whatever_other_roles_they_have() -> None:
    person = a_person(*Role)
    decides = {permission for permission in Permission if person.may(permission)}
    assert not decides & {
        Permission.DECIDE,
        Permission.DECIDE_EXPLICIT,
        Permission.RELEASE_AS_IS,
        Permission.RELEASE_REDACTED,
        Permission.REVEAL,
        Permission.PROMOTE,
        Permission.STOP_AGENTS,
        Permission.REASSIGN,
    }


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (FakeAsOf(), "up to date"),
        (FakeAsOf(is_caught_up=False, records_behind=1234), "1,234 records behind"),
        (FakeAsOf(is_live=False), "Kafka does not answer"),
        (FakeAsOf(at_ms=None, is_live=False), "as of never"),
    ],
)
def test_every_page_says_how_current_it_is(state: FakeAsOf, text: str, tmp_path: Path) -> None:
    console = a_console(FileStore(tmp_path / "none"), feed=FakeFeed(state))
    assert text in client_of(console, a_person(Role.VIEWER), routes=ROUTES).get("/plain").text


def test_nobody_signed_in_sees_neither_pages_nor_how_current_they_are(tmp_path: Path) -> None:
    text = client_of(a_console(FileStore(tmp_path / "none")), None, routes=ROUTES).get("/plain").text
    assert "As of" not in text
    assert "<nav" not in text


def test_the_banner_of_an_unsafe_console_stands_on_every_page(tmp_path: Path) -> None:
    console = replace(a_console(FileStore(tmp_path / "none")), banner="For trying out only")
    assert "For trying out only" in client_of(console, a_person(Role.VIEWER), routes=ROUTES).get("/plain").text


def test_names_cannot_write_html(tmp_path: Path) -> None:
    person = a_person(Role.VIEWER, name="<script>alert(1)</script>\u202e")
    text = client_of(a_console(FileStore(tmp_path / "none")), person, routes=ROUTES).get("/plain").text
    assert "<script>alert" not in text
    assert "U+202E" in text


def test_static_files_are_kept_and_change_their_address_with_their_content(tmp_path: Path) -> None:
    client = client_of(a_console(FileStore(tmp_path / "none")), a_person(Role.VIEWER), routes=ROUTES)
    answer = client.get("/static/style.css")
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert "/static/style.css?v=" in client.get("/plain").text


@pytest.mark.parametrize("path", [*sorted(TEMPLATES.rglob("*.html")), *sorted(STATIC.iterdir())], ids=lambda p: p.name)
def test_no_page_carries_inline_script_style_or_another_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    allowed = ("http://www.w3.org/2000/svg",)
    for known in allowed:
        text = text.replace(known, "")
    assert "http:" not in text
    assert "https:" not in text
    if path.suffix == ".html":
        assert " style=" not in text
        assert " onclick=" not in text
        assert "<style" not in text
        assert "|safe" not in text
