"""Every page is usable by everybody: axe finds nothing in light, in dark and on a phone, and keeps a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from policies.approval_documents import Role
from tests.browser.house import CANARY_MAIL, CANARY_TOKEN, House, output, payment, wipe
from tests.browser.visit import Visit, open_visit

MODES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}},
}
PAGES = (
    "/approvals",
    "/approvals?tab=mine",
    "/approvals?tab=needs_second",
    "/approvals?tab=decided",
    "/approvals?tab=expired",
    "/approvals?q=nothing-is-called-so",
    "/quarantine",
    "/quarantine?state=forgotten",
    "/samples",
    "/second-reviews",
    "/promotions",
    "/agents",
    "/agents/billing-1",
    "/audit",
    "/audit/0/1",
    "/policy",
    "/policy/text",
    "/health",
    "/people",
    "/me",
    "/password",
    "/nowhere",
)


@pytest.fixture(scope="module")
def looks(chromium: Browser, house: House) -> Iterator[Callable[[str], Visit]]:
    """One browser of somebody who may see everything, for each mode."""
    house.produce(
        *(payment(f"look-{number}", 20 + number) for number in range(4)),
        wipe("look"),
        {"kind": "action", "action_id": "read-look", "agent_id": "billing-1", "topic": "job.read", "tool": "crm.get"},
        output("look-1", {"reply": f"the key is {CANARY_TOKEN}", "contact": CANARY_MAIL}),
        output("look-2", f"write to {CANARY_MAIL}"),
    )
    house.add_person("looker", Role.SENIOR_REVIEWER, Role.POLICY_AUTHOR, Role.ADMIN)
    opened: dict[str, Visit] = {}

    def look(mode: str) -> Visit:
        if mode not in opened:
            opened[mode] = open_visit(chromium, house, "looker", **MODES[mode])
            opened[mode].find("/approvals?q=pay-look-3", "Select")
            opened[mode].find("/quarantine", "credentials")
        return opened[mode]

    yield look
    for visit in opened.values():
        visit.close()
        assert visit.problems == []
        assert visit.strangers == set()


def name_of(path: str) -> str:
    """A file name of a path."""
    return "".join(c if c.isalnum() else "-" for c in path).strip("-") or "home"


@pytest.mark.parametrize("mode", list(MODES))
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(path: str, mode: str, looks: Callable[[str], Visit], shots: Path) -> None:
    visit = looks(mode)
    visit.go(path)
    visit.shoot(shots, f"{name_of(path)}-{mode}")
    assert visit.violations() == []
    assert visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("mode", list(MODES))
@pytest.mark.parametrize("path", ["/approvals?q=pay-look-3", "/approvals?q=wipe-look", "/quarantine", "/samples"])
def test_axe_finds_nothing_on_one_item(path: str, mode: str, looks: Callable[[str], Visit], shots: Path) -> None:
    visit = looks(mode)
    visit.go(path)
    visit.page.locator("[data-row] a").first.click()
    visit.page.wait_for_load_state()
    visit.page.evaluate("document.querySelectorAll('main details').forEach((details) => (details.open = true))")
    visit.shoot(shots, f"item-{name_of(path)}-{mode}")
    assert visit.violations() == []
    assert visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert CANARY_TOKEN not in visit.page.content()


@pytest.mark.parametrize("mode", list(MODES))
def test_axe_finds_nothing_where_several_are_compared(
    mode: str, looks: Callable[[str], Visit], shots: Path, house: House
) -> None:
    house.produce(
        *(
            payment(f"compared-{number}", 30, arguments={"to": f"{name}@example.com"})
            for number, name in enumerate("ab")
        )
    )
    visit = looks(mode)
    visit.find("/approvals?q=pay-compared-1", "Select")
    visit.go("/approvals?q=pay-compared")
    ids = [str(row.get_attribute("data-row")) for row in visit.page.locator("[data-row]").all()]
    visit.go("/approvals/batch?verdict=deny&" + "&".join(f"id={hold_id}" for hold_id in ids))
    visit.sees("Found and marked: EMAIL_ADDRESS")
    visit.shoot(shots, f"batch-{mode}")
    assert visit.violations() == []
    assert visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_keys_are_explained_and_can_be_turned_off(looks: Callable[[str], Visit]) -> None:
    visit = looks("light")
    visit.go("/approvals")
    visit.press("?")
    visit.sees("Next and previous entry")
    assert visit.violations() == []
    visit.page.locator("#keys-on").uncheck()
    visit.press("Escape", "j")
    assert visit.page.locator("[data-row].is-current").count() == 0
    visit.press("?")
    visit.page.locator("#keys-on").check()
    visit.press("Escape", "j")
    assert visit.page.locator("[data-row].is-current").count() == 1


def test_sign_in_is_usable_by_everybody(chromium: Browser, house: House, shots: Path) -> None:
    for mode, options in MODES.items():
        context = chromium.new_context(**options)
        page = context.new_page()
        page.goto(house.url + "/approvals")
        visit = Visit(house, "nobody", context, page)
        visit.shoot(shots, f"sign-in-{mode}")
        assert visit.violations() == []
        visit.close()
