"""Promotions and second reviews that wait for a person.

What waits is read from the gate's own state, as it is for held actions: the request topic also keeps what was answered
long ago. It gives what the state does not know; what it has let go is listed without that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from penstock.agents import Agent, known_agents
from penstock.asked import PROMOTION_ID, SECOND_REVIEW_ID, latest_requests
from penstock.topic_records import committed_records
from policies.promotion import promotion_id
from policies.second_review import SecondReview
from streams.effects import timestamp
from streams.settings import Settings
from streams.state import SECOND_PREFIX
from streams.topics import STATE

Requests = Iterable[Mapping[str, Any]]


async def waiting_promotions(settings: Settings) -> list[dict[str, Any]]:
    """Every promotion that waits for a signature, the oldest first.

    Raises:
        KafkaUnreachableError, TopicsError, ReadStalledError: a topic cannot be read.
    """
    # The state first: what it has was asked before, so that its request is there.
    agents = await known_agents(settings)
    return promotion_rows(agents, await latest_requests(settings, PROMOTION_ID))


def promotion_rows(agents: Sequence[Agent], requests: Requests) -> list[dict[str, Any]]:
    """Promotions for a list: who would rise to what, and on what evidence."""
    asked = _by_place(requests, PROMOTION_ID)
    rows = []
    for agent in agents:
        for name, standing in agent.conduct.record.standings.items():
            if standing.offer is None or not standing.is_offered:
                continue
            identity = promotion_id(agent.agent_id, name)
            request = asked.get((identity, standing.offer.digest), {})
            rows.append(
                {
                    "promotion_id": identity,
                    "partition": agent.partition,
                    "agent_id": agent.agent_id,
                    "action_class": name,
                    "level": standing.level,
                    "to_level": standing.level + 1,
                    "evidence": request.get("evidence"),
                    "digest": standing.offer.digest,
                    "policy_snapshot": request.get("policy_snapshot"),
                    "requested_at": timestamp(standing.offer.at_ms),
                }
            )
    return sorted(rows, key=lambda row: (str(row["requested_at"]), str(row["promotion_id"])))


async def waiting_seconds(settings: Settings) -> list[dict[str, Any]]:
    """Every release that waits for a second look, the oldest first.

    Raises:
        KafkaUnreachableError, TopicsError, ReadStalledError: a topic cannot be read.
    """
    found: dict[str, tuple[int, SecondReview]] = {}
    async for record in committed_records(settings, STATE):
        take_second(found, record.partition, (record.key or b"").decode("utf-8", "replace"), record.value)
    return second_rows(found.values(), await latest_requests(settings, SECOND_REVIEW_ID))


def take_second(found: dict[str, tuple[int, SecondReview]], partition: int, key: str, value: bytes | None) -> None:
    """Take one record of the state topic in; others than those about second reviews are passed over."""
    if not key.startswith(SECOND_PREFIX):
        return
    found.pop(key, None)
    if value is not None:
        found[key] = (partition, SecondReview.from_json(orjson.loads(value)))


def second_rows(waiting: Iterable[tuple[int, SecondReview]], requests: Requests) -> list[dict[str, Any]]:
    """Second reviews for a list: what was released, and whose turn it is; never how it was decided, nor by whom."""
    asked = _by_place(requests, SECOND_REVIEW_ID)
    rows = []
    for partition, second in waiting:
        request = asked.get((second.hold_id, second.digest), {})
        summary = request.get("summary") or {}
        rows.append(
            {
                "second_review_id": second.hold_id,
                "partition": partition,
                "agent_id": second.agent_id,
                "topic": summary.get("topic"),
                "tool": summary.get("tool"),
                "team": second.team,
                "digest": second.digest,
                "policy_snapshot": request.get("policy_snapshot"),
                "requested_at": timestamp(second.opened_ms),
            }
        )
    return sorted(rows, key=lambda row: (str(row["requested_at"]), str(row["second_review_id"])))


def _by_place(requests: Requests, id_field: str) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(str(request[id_field]), str(request["digest"])): request for request in requests}
