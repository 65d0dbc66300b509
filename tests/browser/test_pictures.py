"""The pictures of the documentation, of the real console: `make screenshots`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser

from penstock.connections import producer
from policies.approval_documents import Role
from streams.clock import wall_clock_ms
from streams.effects import Emit
from streams.sealing import Sealer
from streams.settings import load_settings
from tests.browser.day import DEMO, WAITING, Day
from tests.browser.house import House, a_house, in_a_thread
from tests.browser.small_png import small
from tests.browser.test_pages import MODES
from tests.browser.visit import open_visit

# The largest picture, bytes.
MAX_BYTES = 120 * 1024
VIEWPORT = {"width": 1280, "height": 720}

pytestmark = pytest.mark.skipif(
    not os.environ.get("PENSTOCK_SCREENSHOTS"), reason="PENSTOCK_SCREENSHOTS names no folder for pictures"
)


@pytest.fixture(scope="module")
def demo(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A console that reads a day of the fleet from Kafka."""
    folder = tmp_path_factory.mktemp("day")
    with a_house(kafka, f"d{uuid4().hex[:12]}.", folder, policy=DEMO, gates=0) as made:
        sealer = Sealer(bytes.fromhex(made.environ["PENSTOCK_PAYLOAD_KEY"]))
        write(made, Day(wall_clock_ms(), sealer).lived())
        made.add_person("grace", Role.SENIOR_REVIEWER, Role.ADMIN, teams=("finance", "data", "operations"))
        yield made


def write(house: House, records: list[Emit]) -> None:
    """Write what a gate has written to the topics of a house."""
    gate = house.deployment

    async def send() -> None:
        async with producer(load_settings({}, bootstrap=gate.bootstrap, topic_prefix=gate.prefix)) as client:
            sent = [
                await client.send(
                    gate.prefix + record.topic,
                    record.value,
                    key=record.key,
                    headers=record.headers,
                    partition=record.partition,
                )
                for record in records
            ]
            for each in sent:
                await each

    in_a_thread(send)


@pytest.mark.parametrize("mode", list(MODES))
def test_pages_are_pictured(mode: str, demo: House, chromium: Browser, shots: Path) -> None:
    options = {"viewport": VIEWPORT, **MODES[mode]}
    visit = open_visit(chromium, demo, "grace", **options)
    refund = WAITING[3][1]["action_id"]
    visit.find(f"/approvals?q={refund}", "Select")
    suffix = "" if mode == "light" else f"-{mode}"

    def shoot(name: str) -> None:
        path = shots / f"{name}{suffix}.png"
        visit.page.mouse.move(0, 0)
        path.write_bytes(small(visit.page.screenshot()))
        assert path.stat().st_size < MAX_BYTES

    visit.go("/approvals")
    visit.sees("refund")
    shoot("approvals")
    visit.hold_of(refund)
    shoot("held-action")
    visit.go("/quarantine")
    visit.page.locator("[data-row] a").last.click()
    visit.sees("What was found")
    shoot("quarantine")
    visit.go("/health")
    visit.sees("How long people take")
    shoot("health")
    visit.close()
    assert visit.problems == []
