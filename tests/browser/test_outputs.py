"""Quarantined outputs in a real browser: masked everywhere, shown only on the record, and decided by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from policies.approval_documents import Role
from streams.topics import AUDIT, OUTPUTS_CLEARED, QUARANTINE
from tests.browser.house import House, output
from tests.browser.visit import Visit

Open = Callable[..., Visit]

# What a browser keeps of a site beside its cookies.
KEPT = """async () => JSON.stringify([
  {...localStorage}, {...sessionStorage}, await indexedDB.databases(), await caches.keys(), document.cookie,
])"""


@dataclass(frozen=True)
class Held:
    """An output that is held back for the token in it."""

    output_id: str
    token: str
    quarantine_id: str

    @property
    def path(self) -> str:
        """Its page."""
        return f"/quarantine/{self.quarantine_id}"


def held(house: House) -> Held:
    """An output with a token that stands nowhere else, held back."""
    number = uuid4().hex[:10]
    token = "ghp_" + f"{uuid4().hex}Zq9X"
    house.produce(output(number, {"reply": f"the key is {token}, keep it", "greeting": "Good morning"}))
    record = house.until(QUARANTINE, {"output_id": f"out-{number}"})
    return Held(f"out-{number}", token, record["quarantine_id"])


def opened(visit: Visit, found: Held) -> None:
    """Its page, once the console knows of it."""
    visit.find(found.path, "What was found")


def acts(house: House, found: Held) -> list[tuple[str, str]]:
    """What the audit has of people and this output."""
    return [
        (record["verdict"], record["reviewer"])
        for record in house.topic(AUDIT)
        if record["kind"] == "quarantine_review" and record["quarantine_id"] == found.quarantine_id
    ]


def traces(visit: Visit, secret: str, addresses: list[str]) -> list[str]:
    """Where a secret stands that nobody was shown: page, addresses, what the browser keeps, files of the console."""
    house, found = visit.house, []
    if secret in visit.page.content():
        found.append("page")
    if secret in visit.page.evaluate(KEPT):
        found.append("storage")
    found += [address for address in addresses if secret in address]
    files = [*house.folder.glob("*.log"), *house.folder.glob("*.sqlite*")]
    assert {path.suffix for path in files} >= {".log", ".sqlite"}
    return found + [path.name for path in files if secret.encode() in path.read_bytes()]


def test_a_finding_is_shown_only_when_its_reveal_is_on_record_and_masked_again(house: House, visit: Open) -> None:
    found = held(house)
    ada = visit(Role.REVIEWER)
    addresses: list[str] = []
    ada.context.on("request", lambda request: addresses.append(request.url))
    ada.page.clock.install()
    ada.find("/quarantine", found.output_id)
    opened(ada, found)
    assert traces(ada, found.token, addresses) == []

    ada.press("r")
    ada.page.keyboard.insert_text("is it the key of a customer?")
    ada.press("Control+Enter")
    expect(ada.page.locator("#revealed pre")).to_have_text(found.token)
    assert acts(house, found) == [("reveal", ada.person)]

    ada.page.clock.fast_forward(61_000)
    expect(ada.page.locator("#revealed")).to_have_count(0)
    ada.sees("What was found")
    assert traces(ada, found.token, addresses) == []
    ada.go(found.path)
    ada.sees("saw a part of it")
    assert traces(ada, found.token, addresses) == []


def test_what_was_revealed_is_gone_when_the_page_is_asked_for_again(house: House, visit: Open) -> None:
    found = held(house)
    ada = visit(Role.REVIEWER)
    opened(ada, found)
    ada.press("r")
    ada.page.keyboard.insert_text("is it the key of a customer?")
    ada.press("Control+Enter")
    expect(ada.page.locator("#revealed pre")).to_have_text(found.token)
    ada.page.reload()
    assert found.token not in ada.page.content()
    ada.go("/quarantine")
    # The browser has kept no copy to go back to.
    with pytest.raises(PlaywrightError, match="ERR_CACHE_MISS"):
        ada.page.go_back()
    # The browser is still on its way to its own page about that, so this waits where `content` would fail.
    expect(ada.page.locator("body")).not_to_contain_text(found.token)
    assert acts(house, found) == [("reveal", ada.person)]


def test_an_output_is_released_redacted_by_keyboard_after_a_preview(house: House, visit: Open) -> None:
    found = held(house)
    ada = visit(Role.REVIEWER)
    opened(ada, found)
    ada.press("a")
    ada.page.wait_for_url("**/redacted")
    ada.sees("Good morning")
    assert found.token not in ada.page.content()
    ada.press("a")
    cleared = house.until(OUTPUTS_CLEARED, {"output_id": found.output_id})
    assert cleared["content"] == {"reply": "the key is [REDACTED], keep it", "greeting": "Good morning"}
    assert acts(house, found) == [("redact", ada.person)]
    assert [value["output_id"] for value in house.topic(OUTPUTS_CLEARED)].count(found.output_id) == 1


def test_an_output_is_released_as_it_is_by_a_senior_person_only(house: House, visit: Open) -> None:
    found = held(house)
    junior, senior = visit(Role.REVIEWER), visit(Role.SENIOR_REVIEWER)
    opened(junior, found)
    assert junior.page.locator('input[name="act"][value="release"]').count() == 0
    senior.go(found.path)
    senior.press("e")
    senior.page.keyboard.insert_text("the partner asked for this key, ticket 7")
    senior.press("Control+Enter")
    cleared = house.until(OUTPUTS_CLEARED, {"output_id": found.output_id})
    assert found.token in cleared["content"]["reply"]
    assert acts(house, found) == [("release", senior.person)]


def test_an_output_is_rejected_by_keyboard_and_never_goes_out(house: House, visit: Open) -> None:
    found = held(house)
    ada = visit(Role.REVIEWER)
    opened(ada, found)
    ada.press("d")
    ada.page.keyboard.insert_text("no key belongs into an answer")
    ada.press("Control+Enter")
    house.until(AUDIT, {"kind": "quarantine_review", "quarantine_id": found.quarantine_id, "verdict": "reject"})
    ada.find(found.path, "rejected it")
    assert [value for value in house.topic(OUTPUTS_CLEARED) if value["output_id"] == found.output_id] == []


def test_who_only_looks_on_sees_nothing_of_an_output_and_cannot_reveal(house: House, visit: Open) -> None:
    found = held(house)
    eve = visit(Role.VIEWER)
    opened(eve, found)
    assert eve.page.locator("main form").count() == 0
    assert "greeting" not in eve.page.content()
    status, body = eve.page.evaluate(
        """async ([path, digest]) => {
          const csrf = document.querySelector('input[name="csrf"]').value;
          const form = new URLSearchParams({csrf, digest, act: "reveal", finding: "1", reason: "let me see"});
          const answer = await fetch(path + "/act", {method: "POST", body: form});
          return [answer.status, await answer.text()];
        }""",
        [found.path, "0" * 64],
    )
    assert status == 403
    assert found.token not in body
    assert found.output_id not in body
    eve.go(found.path + "/redacted")
    assert found.output_id not in eve.page.content()
    assert acts(house, found) == []
