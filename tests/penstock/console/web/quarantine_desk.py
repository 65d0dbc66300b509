"""Outputs with a canary in them that were held back, and people who send the forms of their pages."""

from __future__ import annotations

from typing import Any

from httpx2 import Response

from penstock.console.web.quarantine import ROUTES
from policies.approval_documents import Role
from streams.topics import QUARANTINE
from tests.penstock.console.fakes import a_person
from tests.penstock.console.web.live_gate import LiveGate
from tests.streams.samples import output

# A token of no account, put together so that it stands nowhere as one.
CANARY = "gh" + "p_" + "Ab3dEf6hIj" * 3 + "kLmN9p"
SENIOR, REVIEWER = a_person(Role.SENIOR_REVIEWER), a_person(Role.REVIEWER)


def held(gate: LiveGate, output_id: str = "o1", content: Any = None, **more: Any) -> str:
    """An output with the canary in it is held back; gives its id."""
    said = {"note": f"the token is {CANARY}, keep it", "sum": 7} if content is None else content
    gate.give(output(output_id, said, audience=more.pop("audience", "public"), **more))
    return str(gate.lane.values(QUARANTINE.name)[-1]["quarantine_id"])


def form(quarantine_id: str, gate: LiveGate, act: str, **more: str) -> dict[str, str]:
    """The form of an act, as the item's page has it."""
    record = next(r for r in gate.lane.values(QUARANTINE.name) if r["quarantine_id"] == quarantine_id)
    made = {"csrf": "csrf-token", "act": act, "digest": record["digest"], "rendered_at": str(gate.lane.now_ms - 3_000)}
    return made | more


def send(
    gate: LiveGate, quarantine_id: str, act: str, *, person: Any = SENIOR, is_fresh: bool = True, **more: str
) -> Response:
    """Send a form of the item's page."""
    client = gate.client(person, ROUTES, is_fresh=is_fresh)
    return client.post(f"/quarantine/{quarantine_id}/act", data=form(quarantine_id, gate, act, **more))


def settled(gate: LiveGate, quarantine_id: str) -> list[str]:
    """The verdicts that the gate has recorded, after everything was sent."""
    for status in gate.outbox.of_target(quarantine_id):
        gate.outbox.wait(status.act_id, timeout_s=5)
    return [
        r["verdict"]
        for r in gate.audited()
        if r.get("quarantine_id") == quarantine_id and r["kind"] == "quarantine_review"
    ]
