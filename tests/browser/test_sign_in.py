"""Coming in, going out and staying out, with a real console and a real browser; and a console that is away."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from policies.approval_documents import Role
from tests.browser.house import PASSWORD, House
from tests.browser.test_outputs import acts, held, opened
from tests.browser.visit import PATIENCE_MS, Visit, open_visit, sign_in

Open = Callable[..., Visit]

OTHER_PASSWORD = "another sentence that nobody else says"
# Attempts at one account that are not slowed down, and as many as two names together may make from one address.
FREE_ATTEMPTS, MOST_ATTEMPTS = 5, 9
# Older than `PENSTOCK_CONSOLE_FRESH_S`, milliseconds.
LONG_AGO_MS = 3_600_000
PEOPLE = """
version: v1
groups:
  security: {roles: [senior_reviewer], teams: [finance]}
"""


@pytest.fixture(scope="module")
def door(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A console of its own, so that nobody else's attempts are slowed down and nobody minds when it is killed."""
    with house.another_console(tmp_path_factory.mktemp("door")) as made:
        yield made


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A browser of nobody yet."""
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def enter(page: Page, name: str, password: str) -> None:
    """Fill in the form of signing in, and send it."""
    page.fill("#id", name)
    page.fill("#password", password)
    with page.expect_navigation():
        page.press("#password", "Enter")


def test_first_user_has_to_change_the_one_time_password(door: House, page: Page) -> None:
    told = next(line for line in door.told if "one-time password" in line)
    one_time = told.rsplit(" ", 1)[1]
    page.goto(door.url + "/health")
    enter(page, "admin", one_time)
    page.wait_for_url("**/password**")
    page.goto(door.url + "/agents")
    page.wait_for_url("**/password**")
    page.fill("#current", one_time)
    page.fill("#new", OTHER_PASSWORD)
    page.fill("#again", OTHER_PASSWORD)
    page.press("#again", "Enter")
    page.wait_for_url(lambda url: "/password" not in url)
    page.goto(door.url + "/me")
    expect(page.get_by_role("heading", name="admin")).to_be_visible()

    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/sign-in**")
    enter(page, "admin", one_time)
    expect(page.get_by_role("alert")).to_contain_text("did not work")


def test_wrong_passwords_are_answered_alike_until_one_has_to_wait(door: House, page: Page) -> None:
    door.add_person("known", Role.REVIEWER)
    for name in ("known", "unknown"):
        page.goto(door.url + "/sign-in")
        answers: list[str] = []
        # The first waits are short, and may be over before the next attempt on a slow machine.
        while len(answers) < MOST_ATTEMPTS and not any("Too many" in answer for answer in answers):
            enter(page, name, "not the password of anybody")
            answers.append(page.inner_text('[role="alert"]'))
        assert len(answers) > FREE_ATTEMPTS
        assert set(answers[:-1]) == {"That did not work. Check what you typed, or wait a little and try again."}
        assert re.fullmatch(r"Too many attempts\. Try again in \d+ seconds\.", answers[-1])


def test_a_session_that_is_ended_elsewhere_is_over_here(house: House, visit: Open) -> None:
    ada = visit(Role.REVIEWER)
    elsewhere = visit(Role.REVIEWER, name=f"{ada.person}-2")
    elsewhere.person = ada.person
    elsewhere.context.clear_cookies()
    sign_in(elsewhere)
    elsewhere.go("/me")
    elsewhere.page.get_by_role("button", name="Sign out everywhere").click()
    elsewhere.page.wait_for_url("**/sign-in**")
    # The page that stands open notices at its next live update, or at the next click.
    ada.go("/agents")
    ada.page.wait_for_url("**/sign-in**")
    assert ada.page.get_by_label("Password").count() == 1


def test_a_reveal_asks_for_a_fresh_sign_in(house: House, visit: Open) -> None:
    found = held(house)
    ada = visit(Role.REVIEWER)
    opened(ada, found)
    with closing(sqlite3.connect(house.folder / "logins.sqlite", timeout=10)) as db, db:
        person = "SELECT key FROM people WHERE id = ?"
        db.execute(
            f"UPDATE sessions SET fresh_ms = fresh_ms - ? WHERE person = ({person})",  # noqa: S608
            (LONG_AGO_MS, ada.person),
        )
    # The form was on the screen while the sign-in was fresh.
    ada.press("r")
    ada.page.keyboard.insert_text("is it a customer's key?")
    ada.press("Control+Enter")
    ada.page.wait_for_url("**/sign-in/again**")
    assert found.token not in ada.page.content()
    assert acts(house, found) == []
    ada.page.fill("#password", PASSWORD)
    ada.press("Enter")
    ada.page.wait_for_url(f"**{found.path}**")
    ada.sees("What was found")
    ada.press("r")
    ada.page.keyboard.insert_text("is it a customer's key?")
    ada.press("Control+Enter")
    expect(ada.page.locator("#revealed pre")).to_have_text(found.token)


def test_a_form_without_its_token_is_refused_by_a_page_that_tells_nothing(house: House, visit: Open) -> None:
    found = held(house)
    ada = visit(Role.SENIOR_REVIEWER)
    opened(ada, found)
    ada.page.locator("summary", has_text="Reject").click()
    ada.page.fill("#reject-reason", "a form of somebody else")
    ada.page.evaluate("document.querySelectorAll('main input[name=\"csrf\"]').forEach((input) => input.remove())")
    with ada.page.expect_navigation() as answer:
        ada.page.get_by_role("button", name="Reject").click()
    assert answer.value.status == 403
    text = ada.page.inner_text("main")
    assert found.output_id not in ada.page.content()
    assert "token" not in text.lower()
    assert acts(house, found) == []


# The provider still uses what is on its way out of Authlib; the console does not.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_people_come_in_by_their_organisation(
    house: House, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import oidc_provider_mock

    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    claims = {"email": "ana@example.com", "email_verified": True, "groups": ["security"]}
    user = oidc_provider_mock.User(sub="ana", claims=claims)
    (tmp_path / "people.yaml").write_text(PEOPLE)
    with oidc_provider_mock.run_server_in_thread(user_claims=(user,), require_nonce=True) as provider:
        settings = {
            "PENSTOCK_CONSOLE_LOCAL_USERS": "false",
            "PENSTOCK_CONSOLE_OIDC_ISSUER": f"http://localhost:{provider.server_port}",
            "PENSTOCK_CONSOLE_OIDC_CLIENT_ID": "penstock",
            "PENSTOCK_CONSOLE_OIDC_CLIENT_SECRET": "a secret of the tests",
            "PENSTOCK_CONSOLE_PEOPLE_FILE": str(tmp_path / "people.yaml"),
        }
        with house.another_console(tmp_path, **settings) as console:
            page.goto(console.url + "/approvals?tab=mine")
            assert page.locator("#password").count() == 0
            page.get_by_role("link", name="Sign in with your organisation").click()
            page.wait_for_url(f"http://localhost:{provider.server_port}/**")
            page.fill('input[name="sub"]', "ana")
            page.press('input[name="sub"]', "Enter")
            page.wait_for_url("**/approvals?tab=mine")
            page.goto(console.url + "/me")
            expect(page.get_by_role("heading", level=1)).to_have_text("ana@example.com")
            expect(page.locator("main")).to_contain_text("senior_reviewer")


def test_a_page_says_that_the_console_is_away_and_goes_on_when_it_is_back(door: House, chromium: Browser) -> None:
    door.add_person("watcher", Role.REVIEWER)
    ada = open_visit(chromium, door, "watcher")
    ada.go("/health")
    state = ada.page.locator("#live-state")
    # "live" when the stream opens, and what the server says of it as soon as the line is fetched anew.
    expect(state).to_have_text(re.compile("live$|up to date"))
    door.kill_console()
    expect(state).to_have_text("live updates lost; trying again")
    door.start_console()
    expect(state).to_have_text(re.compile("live$|up to date"))
    ada.go("/health")
    ada.sees("up to date")
    # The browser itself complains of the connection, and of nothing else.
    assert [text for text in ada.problems if "net::ERR_" not in text] == []
    ada.close()
