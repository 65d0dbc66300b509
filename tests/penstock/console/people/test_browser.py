"""Sign-in in a real browser, over plain http on loopback: cookies, policies and the way to a provider and back."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from policies.approval_documents import Role
from streams.clock import wall_clock_ms
from tests.penstock.console.people.oidc_site import PEOPLE
from tests.penstock.console.people.provider import CLIENT_ID, CLIENT_SECRET, LyingProvider, served
from tests.penstock.console.people.site import OTHER_PASSWORD, PASSWORD, Clock, Site, a_site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's browser."""
    if CHROMIUM is None:
        assert "CI" not in os.environ, "there is no Chromium"
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


class Now(Clock):
    """The real time, which browsers have too."""

    def __init__(self) -> None:
        super().__init__()
        self.passed_ms = 0

    def __call__(self) -> int:
        """Milliseconds since 1970."""
        return wall_clock_ms() + self.passed_ms


@contextmanager
def running(app: Any) -> Iterator[int]:
    """The port of loopback on which an application is served."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        ends = time.monotonic() + 20
        while not server.started and time.monotonic() < ends:
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)


@contextmanager
def opened(chromium: Browser, *, java_script: bool = True) -> Iterator[Page]:
    """A page of a new browser; anything that its console says fails the test."""
    context = chromium.new_context(java_script_enabled=java_script)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.location.get('url')}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert [line for line in said if "status of 422" not in line and "favicon.ico" not in line] == []


def enter(page: Page) -> None:
    """Send the form in which the cursor is."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("java_script", [True, False])
def test_first_user_signs_in_changes_the_password_and_signs_out(
    chromium: Browser, tmp_path: Path, java_script: bool
) -> None:
    site = a_site(tmp_path, Now(), console_url=None)
    one_time = site.people.first_user()
    with running(site.app) as port, opened(chromium, java_script=java_script) as page:
        page.goto(f"http://127.0.0.1:{port}/approvals?team=a")
        page.get_by_label("Name").fill("admin")
        page.get_by_label("Password").fill("wrong")
        enter(page)
        assert "did not work" in page.inner_text("main")
        page.get_by_label("Name").fill("admin")
        page.get_by_label("Password").fill(str(one_time))
        enter(page)
        page.get_by_label("One-time password").fill(str(one_time))
        page.get_by_label("New password", exact=True).fill(PASSWORD)
        page.get_by_label("New password again").fill(PASSWORD)
        enter(page)
        assert page.url.endswith("/approvals?team=a")
        assert "of admin" in page.inner_text("main")

        cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
        assert set(cookies) == {"__Host-penstock"}
        kept = cookies["__Host-penstock"]
        assert (kept["httpOnly"], kept["secure"], kept["sameSite"], kept["path"]) == (True, True, "Strict", "/")
        page.goto(f"http://127.0.0.1:{port}/me")
        with page.expect_navigation():
            page.get_by_role("button", name="Sign out everywhere").click()
        assert page.url.endswith("/sign-in")
        page.go_back()
        assert "of admin" not in page.content()
    site.people.close()


def test_fresh_sign_in_leads_back_to_the_page(chromium: Browser, tmp_path: Path) -> None:
    clock = Now()
    site = a_site(tmp_path, clock, console_url=None)
    site.user("ana", Role.REVIEWER, password=OTHER_PASSWORD)
    with running(site.app) as port, opened(chromium) as page:
        page.goto(f"http://127.0.0.1:{port}/fresh")
        page.get_by_label("Name").fill("ana")
        page.get_by_label("Password").fill(OTHER_PASSWORD)
        enter(page)
        assert page.inner_text("body") == "fresh"
        clock.passed_ms = 400_000
        page.goto(f"http://127.0.0.1:{port}/fresh")
        assert page.inner_text("body") == "stale"
        page.goto(f"http://127.0.0.1:{port}/sign-in/again?next=%2Ffresh")
        page.get_by_label("Password of ana").fill(OTHER_PASSWORD)
        enter(page)
        assert page.inner_text("body") == "fresh"
    site.people.close()


def _with_form(provider: LyingProvider) -> None:
    """Gives the provider a page of its own on which somebody signs in, sent by POST as real ones are."""

    def form(request: Request) -> Response:
        return HTMLResponse(f'<form method="post" action="/authorize?{request.url.query}"><button>Ana</button></form>')

    def approve(request: Request) -> Response:
        query = str(request.url)
        brought = provider.approve(query)
        to = provider.attempts[brought["code"]]["redirect_uri"]
        return RedirectResponse(f"{to}?code={brought['code']}&state={brought['state']}", status_code=303)

    provider.more = [Route("/authorize", form, methods=["GET"]), Route("/authorize", approve, methods=["POST"])]


@pytest.mark.parametrize("java_script", [True, False])
def test_way_to_a_provider_of_another_site_and_back_keeps_the_session(
    chromium: Browser, tmp_path: Path, java_script: bool
) -> None:
    provider = LyingProvider(wall_clock_ms)
    _with_form(provider)
    (tmp_path / "people.yaml").write_text(PEOPLE)
    with served(provider), opened(chromium, java_script=java_script) as page:
        site = a_site(
            tmp_path,
            Now(),
            console_url=None,
            console_local_users=False,
            console_oidc_issuer=provider.issuer,
            console_oidc_client_id=CLIENT_ID,
            console_oidc_client_secret=CLIENT_SECRET,
            console_people_file=tmp_path / "people.yaml",
        )
        with running(site.app) as port:
            # `localhost` and `127.0.0.1` are two sites to a browser, so that strict cookies stay behind as they would.
            page.goto(f"http://localhost:{port}/approvals?team=b")
            with page.expect_navigation():
                page.get_by_role("link", name="Sign in with your organisation").click()
            assert page.url.startswith(f"{provider.issuer}/authorize?")
            page.get_by_role("button", name="Ana").click()
            page.wait_for_url(re.compile(r"/approvals\?team=b$"))
            assert "of ana@example.com" in page.inner_text("main")

            page.goto(f"http://localhost:{port}/sign-in/again?next=%2Ffresh")
            page.get_by_role("link", name="Confirm with your organisation").click()
            page.get_by_role("button", name="Ana").click()
            page.wait_for_url(re.compile(r"/fresh$"))
            assert page.inner_text("body") == "fresh"
            assert site.people.sessions.count("ana@example.com") == 1
        site.people.close()


def _attack(port: int) -> str:
    fields = "".join(f'<input name="{name}" value="x">' for name in ("csrf", "verdict"))
    return f'<form method="post" action="http://127.0.0.1:{port}/approvals/act">{fields}<button>Prize</button></form>'


def test_form_of_another_site_arrives_without_the_session_and_changes_nothing(
    chromium: Browser, tmp_path: Path
) -> None:

    site: Site = a_site(tmp_path, Now(), console_url=None)
    site.user("ana", Role.REVIEWER)
    with running(site.app) as port:
        evil = Starlette(routes=[Route("/", lambda _: HTMLResponse(_attack(port)))])
        with running(evil) as other, opened(chromium) as page:
            page.goto(f"http://127.0.0.1:{port}/approvals")
            page.get_by_label("Name").fill("ana")
            page.get_by_label("Password").fill(PASSWORD)
            enter(page)
            page.goto(f"http://localhost:{other}/")
            with page.expect_navigation():
                page.get_by_role("button", name="Prize").click()
            assert page.url.endswith("/sign-in")
    assert site.seen == []
    site.people.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_of_sign_in_have_no_problem_of_accessibility(
    chromium: Browser, tmp_path: Path, scheme: str, width: int
) -> None:
    site = a_site(tmp_path, Now(), console_url=None)
    one_time = site.people.first_user()
    site.user("ana", Role.ADMIN)
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})  # type: ignore[arg-type]
    page, found = context.new_page(), {}

    def look(name: str) -> None:
        if "PENSTOCK_SCREENSHOTS" in os.environ:
            page.screenshot(path=f"{os.environ['PENSTOCK_SCREENSHOTS']}/people-{name}-{scheme}-{width}.png")
        found[name] = [violation["id"] for violation in Axe().run(page).response["violations"]]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name

    with running(site.app) as port:
        page.goto(f"http://127.0.0.1:{port}/")
        look("sign-in")
        page.get_by_label("Name").fill("admin")
        page.get_by_label("Password").fill("wrong")
        enter(page)
        look("failed")
        page.get_by_label("Name").fill("admin")
        page.get_by_label("Password").fill(str(one_time))
        enter(page)
        look("first-password")
        with page.expect_navigation():
            page.get_by_role("button", name="Sign out").click()
        page.get_by_label("Name").fill("ana")
        page.get_by_label("Password").fill(PASSWORD)
        enter(page)
        for name, path in {
            "me": "/me", "password": "/password", "confirm": "/sign-in/again", "forbidden": "/secret",
            "missing": "/nothing", "people": "/people",
        }.items():  # fmt: skip
            page.goto(f"http://127.0.0.1:{port}{path}")
            look(name)
    context.close()
    assert {name: problems for name, problems in found.items() if problems} == {}
    site.people.close()
