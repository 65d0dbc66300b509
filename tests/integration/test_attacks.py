"""The table of attacks on reviews, sent to one gate over a real Kafka at once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from penstock.connections import producer
from streams.routing import partition_of
from streams.settings import load_settings
from streams.topics import ACTIONS_CLEARED, ACTIONS_PROPOSED, ACTIONS_REFUSED, APPROVALS_REQUESTED, AUDIT, REVIEWS
from tests.integration.deployment import LANES, Deployment, deployed
from tests.streams.approval_samples import DOCUMENTS
from tests.streams.test_attacks import ATTACKS, KEYS, Attack, answer_in, proposals, reviews

# So long an action waits that is reviewed too late, seconds.
LATE_S = 5

# Topic, partition and value of what is sent.
Sent = tuple[str, int, dict[str, Any]]


async def test_every_attack_is_refused_and_recorded(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    keys, policy = tmp_path / "keys.json", tmp_path / "policy"
    keys.write_bytes(KEYS.to_jwks())
    policy.mkdir()
    for name, text in DOCUMENTS.items():
        (policy / name).write_text(text)
    extra = {"PENSTOCK_REVIEW_KEYS_FILE": str(keys)}
    with deployed(kafka, topic_prefix, tmp_path, policy=policy, extra=extra) as gate:
        gate.start_worker()
        requests: dict[str, dict[str, Any]] = {}
        # What expires soon is proposed when the gate is at work.
        for is_late in (False, True):
            batch = [attack for attack in ATTACKS if attack.is_late is is_late]
            await send(gate, (action for attack in batch for action in proposed(attack)))
            requests |= await asked(gate, len(requests) + sum(attack.holds for attack in batch))
        await gate.wait_for(ACTIONS_REFUSED.name, lambda found: bool(found))
        sent = {attack.name: said(attack, requests) for attack in ATTACKS}
        await send(gate, (review for attack in ATTACKS for review in sent[attack.name]))
        total = sum(len(each) for each in sent.values())
        audit = await gate.wait_for(AUDIT.name, lambda found: len(about_reviews(found)) == total)

        answers = Counter(about_reviews(audit))
        last = {attack.name: sent[attack.name][-1][2]["review_id"] for attack in ATTACKS}
        assert [a.name for a in ATTACKS if answers[last[a.name], str(a.answer)] != 1] == []
        released = Counter(value["action"]["action_id"] for value in await gate.read_json(ACTIONS_CLEARED.name))
        assert released == {f"{attack.name} 0": 1 for attack in ATTACKS if attack.is_released}
        gate.run("audit", "verify")


def proposed(attack: Attack) -> list[Sent]:
    """The actions of an attack, to the lane of their agent."""
    soon = (datetime.now(UTC) + timedelta(seconds=LATE_S)).isoformat()
    more = {"deadline": soon} if attack.is_late else {}
    return [
        (ACTIONS_PROPOSED.name, partition_of(action["agent_id"], LANES), {**action, **more})
        for action in proposals(attack)
    ]


async def asked(gate: Deployment, number: int) -> dict[str, dict[str, Any]]:
    """So many requests, by the action's id."""
    found = await gate.wait_for(APPROVALS_REQUESTED.name, lambda found: len(found) == number)
    return {request["summary"]["action_id"]: request for request in found}


def said(attack: Attack, requests: dict[str, dict[str, Any]]) -> list[Sent]:
    """The reviews of an attack, to the lane of the hold, and the last one to the one that is attacked."""
    lane = partition_of(attack.agent, LANES)
    *before, last = reviews(attack, [requests[action["action_id"]] for action in proposals(attack)])
    attacked = (lane + attack.is_in_another_lane) % LANES
    return [*((REVIEWS.name, lane, value) for value in before), (REVIEWS.name, attacked, last)]


async def send(gate: Deployment, records: Iterable[Sent]) -> None:
    """Send everything in order, and wait until Kafka has it."""
    async with producer(load_settings({}, bootstrap=gate.bootstrap, topic_prefix=gate.prefix)) as client:
        waiting = [
            await client.send(gate.prefix + topic, json.dumps(value).encode(), partition=lane)
            for topic, lane, value in records
        ]
        for each in waiting:
            await each


def about_reviews(audit: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The audit's records of reviews, as review and answer."""
    ids = ((record.get("review_id") or record.get("id"), record) for record in audit)
    return [
        (str(name), answer_in(record)) for name, record in ids if record.get("of") == "review" or "review_id" in record
    ]
