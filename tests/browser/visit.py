"""One person in one browser: signs in, looks, presses keys; whatever the browser complains of is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, expect

from tests.browser.house import PASSWORD, House

# How long the browser waits for something to show, milliseconds; the machine may do other things too.
PATIENCE_MS = 30_000
# A page that says 403, 404 or 409 makes the browser say so too; that is no fault of the page.
_EXPECTED = ("status of 401", "status of 403", "status of 404", "status of 409", "status of 422")


@dataclass
class Visit:
    """A browser context of one person; `problems` is what the browser said, `strangers` are foreign hosts."""

    house: House
    person: str
    context: BrowserContext
    page: Page
    problems: list[str] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)

    def go(self, path: str) -> Page:
        """Open a page of the console; one that the last key or click leads to comes first."""
        for _ in range(3):
            try:
                self.page.goto(self.house.url + path)
            except Error as error:
                if not any(said in error.message for said in ("interrupted by another navigation", "ERR_ABORTED")):
                    raise
                self.page.wait_for_load_state()
            else:
                return self.page
        raise AssertionError(f"{path} could not be opened")

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.page.keyboard.press(key)

    def sees(self, text: str) -> None:
        """The page shows a text, at once or soon."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def find(self, path: str, text: str) -> None:
        """Open a page again until it shows a text: what was sent takes a moment to get there."""
        for _ in range(60):
            self.go(path)
            if self.page.get_by_text(text).count():
                return
            self.page.wait_for_timeout(500)
        raise AssertionError(f"{path} never showed {text!r}:\n{self.page.inner_text('body')[:1500]}")

    def hold_of(self, action_id: str) -> str:
        """Open the held action of this id, and give its path."""
        self.find(f"/approvals?q={action_id}", "Select")
        self.page.locator("[data-row] a").first.click()
        self.page.wait_for_url("**/approvals/*")
        return urlsplit(self.page.url).path

    def violations(self) -> list[str]:
        """What axe finds wrong with the page, one line for each rule."""
        found = Axe().run(self.page).response["violations"]
        return [f"{entry['id']}: {entry['nodes'][0]['html'][:200]}" for entry in found]

    def shoot(self, folder: Path, name: str) -> None:
        """Keep a picture of the whole page."""
        self.page.screenshot(path=folder / f"{name}.png", full_page=True)

    def close(self) -> None:
        """Close the browser context."""
        self.context.close()


def open_visit(browser: Browser, house: House, person: str, **options: Any) -> Visit:
    """A browser of `person`, signed in; `options` are those of the browser context."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page = context.new_page()
    made = Visit(house, person, context, page)
    home = urlsplit(house.url).netloc

    def complained(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(text in message.text for text in _EXPECTED):
            made.problems.append(message.text)

    def asked(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "about") and parts.netloc != home:
            made.strangers.add(parts.netloc)

    page.on("console", complained)
    page.on("pageerror", lambda error: made.problems.append(str(error)))
    context.on("request", asked)
    sign_in(made)
    return made


def sign_in(visit: Visit, password: str = PASSWORD) -> None:
    """Sign in by the form."""
    page = visit.go("/sign-in")
    page.fill("#id", visit.person)
    page.fill("#password", password)
    page.press("#password", "Enter")
    page.wait_for_url("**/approvals**")
