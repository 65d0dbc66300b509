"""One browser and one house for all browser tests; each test has people, pages and ids of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from policies.approval_documents import Role
from tests.browser.house import CAREFUL_POLICY, House, a_house, find_chromium
from tests.browser.visit import Visit, open_visit

# Chromium asks its maker's hosts about itself unless it is told not to.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    # Pictures of grey letters are smaller than those of coloured ones.
    "--disable-lcd-text",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These tests stay together: their house is built once, and Playwright is gone before other tests come.

    Its loop stands in this thread for as long as it is there, and lets no other loop run.
    """
    here = Path(__file__).parent
    is_ours = [here in item.path.parents for item in items]
    if not any(is_ours):
        return
    first = is_ours.index(True)
    ours = [item for item, is_our in zip(items, is_ours, strict=True) if is_our]
    others = [item for item, is_our in zip(items, is_ours, strict=True) if not is_our]
    items[:] = [*others[:first], *ours, *others[first:]]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; where there is none the tests are skipped, or fail when `CI` is set."""
    path = find_chromium()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no chromium on this machine")
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        yield from _launched(playwright, path)


def _launched(playwright: Playwright, path: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
    try:
        yield browser
    finally:
        browser.close()


@pytest.fixture(scope="package")
def house(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for all browser tests."""
    with a_house(kafka, f"b{uuid4().hex[:12]}.", tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture(scope="package")
def careful_house(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A second house, under a policy that lets agents rise and looks at each release twice."""
    folder = tmp_path_factory.mktemp("careful")
    with a_house(kafka, f"c{uuid4().hex[:12]}.", folder, documents=CAREFUL_POLICY) as made:
        yield made


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots are kept: `PENSTOCK_SCREENSHOTS`, else a folder of the run."""
    given = os.environ.get("PENSTOCK_SCREENSHOTS")
    folder = Path(given) if given else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def visit(chromium: Browser, house: House) -> Iterator[Callable[..., Visit]]:
    """Opens pages as new people: `visit(Role.REVIEWER)`. At the end no page broke the policy or left home.

    `at` is another house than the common one.
    """
    visits: list[Visit] = []

    def opened(*roles: Role, name: str | None = None, at: House | None = None, **more: object) -> Visit:
        person = name or f"p{uuid4().hex[:8]}"
        place = at or house
        place.add_person(person, *(roles or (Role.SENIOR_REVIEWER,)))
        made = open_visit(chromium, place, person, **more)
        visits.append(made)
        return made

    yield opened
    for made in visits:
        made.close()
    for made in visits:
        assert made.problems == []
        assert made.strangers == set()
