"""A day of a small fleet under the demo policy, as the gate records it: what the pictures of the documentation show.

The records are those of the pure gate under a clock of its own, so that a day takes seconds; the console that reads
them from Kafka is the real one.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from penstock.fleet import Fleet, FleetEvent, outcome_of
from penstock.policy_folder import load_folder
from streams.effects import Emit
from streams.gate import Gate
from streams.sealing import Sealer
from streams.terms import Limits, Terms
from streams.topics import ACTIONS_CLEARED, ACTIONS_OUTCOMES, ACTIONS_PROPOSED, APPROVALS_REQUESTED, OUTPUTS_PRODUCED
from tests.streams.samples import HOUR_MS, SAMPLE_KEY, SCANNER, OneLane, review

DEMO: Final = Path(__file__).resolve().parents[2] / "policies" / "examples" / "demo"
MINUTE_MS: Final = 60_000
DAY_MS: Final = 20 * HOUR_MS
# Between two events of the fleet, milliseconds on average.
PAUSE_MS: Final = 75_000
# Most of what the fleet has to ask about is left out: a fleet that asks about every sixth action wants another policy.
ASKED_SHARE: Final = 0.25
_ASKED: Final = ("job.support.refund", "job.ops.deploy", "job.data.delete")
PEOPLE: Final = ("dana", "erik", "femi", "grace")
# Past this nobody has decided yet, before the end of the day.
OPEN_MS: Final = 14 * MINUTE_MS

# What waits at the end of the day: minutes before it, and the event.
WAITING: Final[tuple[tuple[int, dict[str, Any]], ...]] = (
    (13, {
        "action_id": "a-20418", "agent_id": "support-agent-2", "topic": "job.support.refund", "tool": "stripe.refund",
        "arguments": {"order": "O-20418", "amount": 86.5, "currency": "USD", "to": "original payment method"},
        "confidence": 0.93,
        "reasoning": "The order arrived with a broken lid. The customer sent a photo and wants half of the price back.",
        "context": {"order_total": 173.0, "delivered": "2 days ago", "earlier_refunds": 0},
    }),
    (11, {
        "action_id": "a-20433", "agent_id": "support-agent-5", "topic": "job.support.refund", "tool": "stripe.refund",
        "arguments": {"order": "O-20433", "amount": 120, "currency": "USD", "to": "original payment method"},
        "confidence": 0.88, "reasoning": "Delivered to the wrong address; the carrier has confirmed it.",
    }),
    (10, {
        "action_id": "a-20440", "agent_id": "ops-agent-1", "topic": "job.ops.deploy", "tool": "deploy.release",
        "arguments": {"service": "checkout", "environment": "prod", "version": "2026.11.3", "from": "2026.11.2"},
        "confidence": 0.9, "reasoning": "Staging has run it for a day without errors; it fixes the double charge.",
    }),
    (8, {
        "action_id": "a-20447", "agent_id": "support-agent-2", "topic": "job.support.refund", "tool": "stripe.refund",
        "arguments": {"order": "O-20391", "amount": 412, "currency": "USD", "to": "account ending in 4417"},
        "confidence": 0.71, "anomaly_score": 0.42,
        "reasoning": "The customer says that the espresso machine never arrived. Tracking shows a signature by"
        " m.keller@example.com at the front desk, so I refund it to the account that the customer gave me.",
        "context": {"order_total": 412.0, "delivered": "5 days ago", "signed_by": "front desk", "earlier_refunds": 3},
    }),
    (5, {
        "action_id": "a-20452", "agent_id": "data-agent-1", "topic": "job.data.delete", "tool": "warehouse.delete",
        "arguments": {"table": "newsletter_signups", "older_than": "2023-01-01", "users": 84},
        "confidence": 0.86, "reasoning": "The retention period of three years is over.",
    }),
    (4, {
        "action_id": "a-20455", "agent_id": "support-agent-4", "topic": "job.support.refund", "tool": "stripe.refund",
        "arguments": {"order": "O-20455", "amount": 64.9, "currency": "USD", "to": "original payment method"},
        "confidence": 0.95, "reasoning": "Returned unopened; the warehouse has it.",
    }),
)  # fmt: skip

# A token of no account, put together so that it stands nowhere as one.
_TOKEN: Final = "gh" + "p_" + "Tr7Wq2" * 6
OUTPUT: Final[dict[str, Any]] = {
    "output_id": "o-20460", "job_id": "job-20460", "agent_id": "support-agent-3", "topic": "job.support.reply",
    "audience": "customer", "tenant_id": "demo",
    "content": {
        "subject": "Your export is ready",
        "reply": f"Hello Mara, the export has run. If the link asks for a password, use {_TOKEN} and delete it after.",
        "signature": "The support team",
    },
}  # fmt: skip


@dataclass
class Day:
    """A lane whose clock runs through a day that ends at `ends_ms`, and people who decide with it."""

    ends_ms: int
    sealer: Sealer
    random: Random = field(default_factory=lambda: Random(7))
    are_people_away: bool = False
    _seen: int = 0
    _due: deque[tuple[int, str, dict[str, Any]]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        terms = Terms(load_folder(DEMO), SCANNER, SAMPLE_KEY, Limits(), self.sealer)
        self.lane = OneLane(Gate(terms), now_ms=self.ends_ms - DAY_MS)
        self.fleet = Fleet(self.random, run="d")

    def lived(self) -> list[Emit]:
        """Every record of the day."""
        while self.lane.now_ms < self.ends_ms - OPEN_MS:
            self._give(self.fleet.next(self.lane.now_ms))
            self._pass(round(self.random.expovariate(1 / PAUSE_MS)))
        self.are_people_away = True
        for minutes, event in WAITING:
            while self.lane.now_ms < self.ends_ms - minutes * MINUTE_MS:
                self._give(self.fleet.next(self.lane.now_ms), asked_share=0)
                self._pass(round(self.random.expovariate(5 / PAUSE_MS)))
            session = {"session_id": f"case-{event['action_id'][2:]}", "tenant_id": "demo", "model": "model-large"}
            self._send(ACTIONS_PROPOSED.name, {**event, **session})
        self.lane.now_ms = max(self.lane.now_ms, self.ends_ms - 3 * MINUTE_MS)
        self._send(OUTPUTS_PRODUCED.name, OUTPUT)
        return self.lane.written

    def _give(self, event: FleetEvent, *, asked_share: float = ASKED_SHARE) -> None:
        if event.subject not in _ASKED or self.random.random() < asked_share:
            self.lane.step(self.lane.read(event.value, topic=event.topic, key=event.key))

    def _send(self, topic: str, event: dict[str, Any]) -> None:
        value = json.dumps(event).encode()
        self.lane.step(self.lane.read(value, topic=topic, key=event["agent_id"].encode()))

    def _pass(self, ms: int) -> None:
        """Time passes: executors answer, people decide, and what nobody decided ends."""
        self._look()
        self.lane.now_ms += ms
        while self._due and self._due[0][0] <= self.lane.now_ms:
            _, what, value = self._due.popleft()
            if what == "cleared":
                event = outcome_of(self.random, value["action"], now_ms=self.lane.now_ms)
                self.lane.step(self.lane.read(event.value, topic=ACTIONS_OUTCOMES.name, key=event.key))
            else:
                self._decide(value)
        self.lane.expire()

    def _look(self) -> None:
        """What the lane has written since is answered later."""
        new, self._seen = self.lane.written[self._seen :], len(self.lane.written)
        for effect in new:
            if effect.topic == ACTIONS_CLEARED.name:
                self._due.append((self.lane.now_ms + 20_000, "cleared", json.loads(effect.value or b"")))
            elif self.are_people_away:
                continue
            elif effect.topic == APPROVALS_REQUESTED.name and b'"hold_id"' in (effect.value or b""):
                wait_ms = round(self.random.lognormvariate(1.1, 0.7) * MINUTE_MS)
                self._due.append((self.lane.now_ms + wait_ms, "request", json.loads(effect.value or b"")))
        self._due = deque(sorted(self._due, key=lambda due: due[0]))

    def _decide(self, request: dict[str, Any]) -> None:
        verdict = self.random.choices(("approve", "deny"), (9, 1))[0]
        person = {"id": self.random.choice(PEOPLE), "roles": ["senior_reviewer"], "teams": [request["team"]]}
        made = review(
            request,
            verdict,
            review_id=f"r{self.lane.offset}",
            reviewer=person,
            decided_at="2026-11-21T08:00:00Z",
            reason="checked against the order",
        )
        self.lane.give(made)
