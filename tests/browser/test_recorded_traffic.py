"""Recorded agents under the airline policy: people decide in the console what is held, while gate and console die."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser

from policies.approval_documents import Role
from streams.topics import ACTIONS_CLEARED, ACTIONS_REFUSED, APPROVALS_REQUESTED, AUDIT
from tests.browser.house import House, a_house
from tests.browser.visit import Visit, open_visit

TRAFFIC = Path(os.environ.get("PENSTOCK_TRAFFIC", "/nonexistent")) / "airline_events.jsonl.gz"
AIRLINE = Path(__file__).resolve().parents[2] / "policies" / "examples" / "airline"
DECISIONS = 621
# Long enough to decide three of them by hand on a busy machine, short enough to wait for the rest.
HOLD_TIMEOUT_S = 120

pytestmark = [
    pytest.mark.skipif(not TRAFFIC.exists(), reason="recorded traffic is not here; PENSTOCK_TRAFFIC names its folder"),
    pytest.mark.timeout(900),
]


@pytest.fixture(scope="module")
def airline(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("airline")
    extra = {"PENSTOCK_HOLD_TIMEOUT_S": str(HOLD_TIMEOUT_S)}
    with a_house(kafka, f"a{uuid4().hex[:12]}.", folder, policy=AIRLINE, extra=extra) as house:
        yield house


def reviewer(chromium: Browser, house: House) -> Visit:
    name = f"p{uuid4().hex[:8]}"
    house.add_person(name, Role.SENIOR_REVIEWER, teams=())
    return open_visit(chromium, house, name)


def decide(visit: Visit, hold_id: str, selector: str, *, reason_in: str, **fields: str) -> None:
    """Open a hold, write a reason, and click."""
    visit.find(f"/approvals/{hold_id}", "Decide")
    for name, value in fields.items():
        box = visit.page.locator(f"#{name}")
        box.evaluate("element => element.closest('details')?.setAttribute('open', '')")
        box.fill(value)
    visit.page.fill(f"#{reason_in}", "looked at, in the test of the recorded traffic")
    visit.page.locator(selector).click()


def test_each_decision_comes_out_once_although_gate_and_console_are_killed(airline: House, chromium: Browser) -> None:
    airline.deployment.run("produce", str(TRAFFIC))
    airline.until(AUDIT, {"kind": "decision"})
    held = {value["hold_id"]: value for value in airline.topic(APPROVALS_REQUESTED)}
    assert len(held) > 10
    approved, modified, denied, *_ = sorted(held)
    ada, bo = reviewer(chromium, airline), reviewer(chromium, airline)

    decide(ada, approved, 'button[data-key="a"]', reason_in="note")
    airline.until(ACTIONS_CLEARED, {"decision.decision_id": approved})
    # The gate dies with an edit on its way to it, and the console with nothing else to remember it.
    worker = airline.deployment.workers[-1]
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(10)
    ada.find(f"/approvals/{modified}", "Decide")
    changed = {**json.loads(ada.page.locator("#edit").input_value()), "note": "call the customer first"}
    decide(ada, modified, "form:has(#edit) button", reason_in="edit-why", edit=json.dumps(changed))
    ada.sees("not recorded yet" if ada.page.get_by_text("not recorded yet").count() else "sent")
    ada.page.wait_for_timeout(4_000)
    airline.kill_console()
    airline.deployment.start_worker()
    airline.start_console()
    bo.find(f"/approvals/{modified}", "What reviewers changed")
    decide(bo, modified, 'button[data-key="a"]', reason_in="note")
    airline.until(ACTIONS_CLEARED, {"decision.decision_id": modified})
    decide(bo, denied, "form:has(#why-not) button", reason_in="why-not")
    airline.until(ACTIONS_REFUSED, {"decision.decision_id": denied})
    ada.close()
    bo.close()

    expiring = next(hold_id for hold_id in sorted(held) if hold_id not in (approved, modified, denied))
    airline.until(ACTIONS_REFUSED, {"decision.decision_id": expiring, "decision.reason_code": "hold_expired"})
    released = Counter(value["decision"]["decision_id"] for value in airline.topic(ACTIONS_CLEARED))
    refused = Counter(value["decision"]["decision_id"] for value in airline.topic(ACTIONS_REFUSED))
    assert (released[approved], released[modified], refused[denied], refused[expiring]) == (1, 1, 1, 1)
    assert max(released.values()) == max(refused.values()) == 1
    assert not released.keys() & refused.keys()
    edited = airline.until(ACTIONS_CLEARED, {"decision.decision_id": modified})
    assert edited["action"]["arguments"] == changed
    decided = [value for value in airline.topic(AUDIT) if value["kind"] == "decision"]
    assert len(decided) == DECISIONS
    ends = Counter(value["hold_id"] for value in airline.topic(AUDIT) if value.get("resolution"))
    assert set(ends.values()) == {1}
    airline.deployment.run("audit", "verify")
