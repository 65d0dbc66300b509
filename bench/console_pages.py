"""The console with a full queue: how long a page and an act take, over HTTP, on a real gate and Kafka.

Run: python bench/console_pages.py [--holds N] [--looks N] [--acts N]. Prints milliseconds; wanted are 100 for the first
byte of the queue and 300 at the median from an act to the page that shows it, with 10,000 holds open.
"""

from __future__ import annotations

import argparse
import platform
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from penstock.broker import EmbeddedKafka
from policies.approval_documents import Role
from tests.browser.house import PASSWORD, House, a_house, payment

PERSON: Final = "bench"
DEADLINE_S: Final = 600.0
# Pages of the queue that are timed: all of it, and what filters leave.
QUEUES: Final = (
    "/approvals",
    "/approvals?team=finance",
    "/approvals?risk=medium",
    "/approvals?q=pay-77",
    "/approvals?tool=payments.send",
)


@dataclass
class Desk:
    """A person at the console without a browser. The session's cookie is for https or a browser on loopback only."""

    client: httpx2.Client
    cookie: str = ""

    def get(self, path: str) -> tuple[str, float]:
        """A page, and the milliseconds to its first byte."""
        began = time.perf_counter()
        with self.client.stream("GET", path, headers={"Cookie": self.cookie}) as answer:
            first_ms = (time.perf_counter() - began) * 1000
            assert answer.status_code == 200, (path, answer.status_code)
            return answer.read().decode(), first_ms

    def post(self, path: str, fields: dict[str, str]) -> str:
        """Send a form; gives where the answer leads."""
        origin = str(self.client.base_url).rstrip("/")
        answer = self.client.post(
            path, data=fields, headers={"Cookie": self.cookie, "Origin": origin}, follow_redirects=False
        )
        for name, value in answer.cookies.items():
            self.cookie = f"{name}={value}"
        assert answer.status_code == 303, (path, answer.status_code, answer.text[:500])
        return answer.headers["location"]

    def sign_in(self) -> None:
        """Begin a session."""
        answer = self.client.get("/sign-in")
        self.cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
        self.post("/sign-in", {**hidden(answer.text, "/sign-in"), "id": PERSON, "password": PASSWORD})


def hidden(page: str, action: str, verdict: str | None = None) -> dict[str, str]:
    """The hidden fields of the form that goes to `action` with `verdict`."""
    for form in re.findall(r"<form[^>]*>.*?</form>", page, re.DOTALL):
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
        if f'action="{action}"' in form and fields.get("verdict") == verdict:
            return fields
    raise AssertionError(f"no form to {action} with {verdict}")


def fill(house: House, desk: Desk, holds: int) -> float:
    """Open so many holds; gives the seconds until the console shows all of them."""
    began = time.monotonic()
    house.produce(*(payment(number, 10 + number % 900, agent_id=f"agent-{number % 200}") for number in range(holds)))
    while time.monotonic() - began < DEADLINE_S:
        page, _ = desk.get("/approvals")
        if f"{holds:,}</span>" in page:
            return time.monotonic() - began
        time.sleep(1)
    raise AssertionError("the holds never showed")


def spread(name: str, figures: Sequence[float]) -> str:
    """Minimum, median and 95th percentile, milliseconds."""
    ordered = sorted(figures)
    high = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    return f"{name:<44} min {ordered[0]:7.1f}  median {statistics.median(ordered):7.1f}  p95 {high:7.1f} ms"


def time_acts(desk: Desk, acts: int) -> tuple[list[float], list[float]]:
    """Approve so many holds; milliseconds to the page that says so, and until it says that the gate recorded it."""
    shown: list[float] = []
    recorded: list[float] = []
    page, _ = desk.get("/approvals")
    paths = list(dict.fromkeys(re.findall(r'href="(/approvals/[0-9a-f]{32})', page)))[:acts]
    for path in paths:
        item, _ = desk.get(path)
        fields = hidden(item, f"{path}/act", "approve")
        began = time.perf_counter()
        desk.get(desk.post(f"{path}/act", {**fields, "reason": ""}))
        shown.append((time.perf_counter() - began) * 1000)
        while "approved" not in desk.get(path)[0].split("<main")[1][:3000]:
            time.sleep(0.005)
        recorded.append((time.perf_counter() - began) * 1000)
    return shown, recorded


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holds", type=int, default=10_000)
    parser.add_argument("--looks", type=int, default=40)
    parser.add_argument("--acts", type=int, default=30)
    args = parser.parse_args()
    broker = EmbeddedKafka()
    broker.start()
    try:
        with tempfile.TemporaryDirectory() as folder, a_house(broker.bootstrap, "bench.", Path(folder)) as house:
            measure(house, args)
    finally:
        broker.stop()


def measure(house: House, args: Any) -> None:
    """All figures of one house."""
    house.add_person(PERSON, Role.SENIOR_REVIEWER)
    desk = Desk(httpx2.Client(base_url=house.url, timeout=60, trust_env=False))
    desk.sign_in()
    print(f"{platform.processor() or platform.machine()}, python {platform.python_version()}, {args.holds} open holds")
    print(f"opened, decided and shown in {fill(house, desk, args.holds):.1f} s")
    for path in QUEUES:
        desk.get(path)
        print(spread(f"first byte of {path}", [desk.get(path)[1] for _ in range(args.looks)]))
    shown, recorded = time_acts(desk, args.acts)
    print(spread("act to the page that shows it", shown))
    print(spread("act to the page that shows it recorded", recorded))


if __name__ == "__main__":
    main()
