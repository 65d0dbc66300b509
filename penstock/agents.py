"""Agents as the gate keeps them: levels, circuit breakers and stops; and what a person does about one.

Read from the gate's own state, keys `agent/<id>` and `stop/<id>`. An agent that never did anything worth keeping is not
there, and can be stopped all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

import orjson

from penstock.connections import now
from penstock.topic_records import committed_records
from policies.autonomy_record import Standing
from policies.breaker import Breaker
from policies.conduct import Conduct, new_conduct
from policies.promotion import promotion_id
from policies.supervision import AgentDeed, Stop
from streams.effects import timestamp
from streams.events import TargetKind
from streams.settings import Settings
from streams.state import AGENT_PREFIX, STOP_PREFIX
from streams.topics import STATE

# A review of an agent binds to nothing that was on a screen: what it does, it does whatever has happened meanwhile.
UNBOUND: Final = "-"


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent, its lane's partition, its conduct, and its stop if there is one."""

    agent_id: str
    partition: int
    conduct: Conduct
    stop: Stop | None = None


async def known_agents(settings: Settings) -> list[Agent]:
    """Every agent of which the gate keeps something, in the order of their ids.

    Raises:
        KafkaUnreachableError, TopicsError, ReadStalledError: the state cannot be read.
    """
    found: dict[str, Agent] = {}
    async for record in committed_records(settings, STATE):
        take(found, record.partition, (record.key or b"").decode("utf-8", "replace"), record.value)
    kept = (agent for agent in found.values() if agent.stop is not None or not agent.conduct.is_blank)
    return sorted(kept, key=lambda agent: agent.agent_id)


def take(found: dict[str, Agent], partition: int, key: str, value: bytes | None) -> None:
    """Take one record of the state topic in; others than those about agents are passed over."""
    kind, slash, agent_id = key.partition("/")
    if kind + slash not in (AGENT_PREFIX, STOP_PREFIX):
        return
    agent = found.get(agent_id) or Agent(agent_id, partition, new_conduct(agent_id))
    if kind + slash == STOP_PREFIX:
        stop = None if value is None else Stop.from_json(orjson.loads(value))
        found[agent_id] = replace(agent, stop=stop)
        return
    conduct = new_conduct(agent_id) if value is None else Conduct.from_json(agent_id, orjson.loads(value))
    found[agent_id] = replace(agent, conduct=conduct)


def agent_object(agent: Agent) -> dict[str, Any]:
    """An agent as a JSON object; `levels` and `breakers` go by class, the empty class is all that the agent does."""
    record = agent.conduct.record
    return {
        "agent_id": agent.agent_id,
        "partition": agent.partition,
        "stopped": None if agent.stop is None else {"by": agent.stop.by, "at": timestamp(agent.stop.at_ms)},
        "start_level": record.start_level,
        "levels": {name: _level(agent.agent_id, name, standing) for name, standing in record.standings.items()},
        "breakers": {name: _breaker(entry) for name, entry in agent.conduct.breakers.items()},
    }


def _level(agent_id: str, name: str, standing: Standing) -> dict[str, Any]:
    offer = standing.offer if standing.is_offered else None
    cools = standing.cool_off_until_ms
    return {
        "level": standing.level,
        "since": timestamp(standing.since_ms),
        "cause": standing.cause,
        "successes": standing.successes,
        "errors": standing.errors,
        "cool_off_until": timestamp(cools) if cools else None,
        "model": standing.model,
        # A request that waits for a person, by the id that `penstock review promote` takes.
        "promotion_id": None if offer is None else promotion_id(agent_id, name),
    }


def _breaker(breaker: Breaker) -> dict[str, Any]:
    return {"state": breaker.state, "since": timestamp(breaker.since_ms), "cause": breaker.cause}


def agent_row(agent: Agent) -> tuple[str, ...]:
    """An agent for a list: id, whether it goes on, levels, breakers that are not closed, requests for promotion."""
    shown = agent_object(agent)
    levels = [f"{name or '*'}={entry['level']}" for name, entry in shown["levels"].items()]
    opened = [f"{name}:{entry['state']}" for name, entry in shown["breakers"].items() if entry["state"] != "closed"]
    asks = [str(entry["promotion_id"]) for entry in shown["levels"].values() if entry["promotion_id"]]
    word = "goes on" if agent.stop is None else f"stopped by {agent.stop.by}"
    return (agent.agent_id, word, " ".join(levels) or "-", " ".join(opened) or "-", " ".join(asks) or "-")


def agent_lines(agent: Agent) -> list[str]:
    """An agent in full, for a person."""
    shown = agent_object(agent)
    lines = [f"{'agent_id':<12} {agent.agent_id}", f"{'partition':<12} {agent.partition}"]
    if agent.stop is not None:
        lines.append(f"{'stopped':<12} by {agent.stop.by} at {timestamp(agent.stop.at_ms)}")
    if agent.conduct.record.start_level is not None:
        lines.append(f"{'start_level':<12} {agent.conduct.record.start_level}")
    for title in ("levels", "breakers"):
        for name, entry in shown[title].items():
            words = " ".join(f"{key}={value}" for key, value in entry.items() if value is not None)
            lines.append(f"{title[:-1]:<12} {name or 'everything'}: {words}")
    return lines


def agent_review(
    agent_id: str,
    deed: AgentDeed,
    *,
    reviewer: str,
    roles: Sequence[str],
    reason: str,
    level: int | None = None,
    action_class: str | None = None,
) -> dict[str, Any]:
    """The review event of what a person does about an agent."""
    review = {
        "review_id": uuid4().hex,
        "target": {"kind": TargetKind.AGENT.value, "id": agent_id},
        "verdict": deed.value,
        "reviewer": {"id": reviewer, "roles": list(roles)},
        "digest": UNBOUND,
        "policy_snapshot": UNBOUND,
        "reason": reason,
        "level": level,
        "action_class": action_class,
        "decided_at": now(),
    }
    return {name: value for name, value in review.items() if value is not None}


def told(deed: AgentDeed, changes: Sequence[dict[str, Any]]) -> str:
    """What an act did, in a few words."""
    if deed is AgentDeed.DEMOTE:
        falls = [change for change in changes if change["kind"] == "demoted"]
        levels = " ".join(f"{change['action_class'] or '*'}={change['level']}" for change in falls)
        return f"demoted {levels}"
    if deed is AgentDeed.CLOSE_BREAKER:
        return "closed " + " ".join(str(change["action_class"]) for change in changes)
    return {AgentDeed.STOP: "stopped", AgentDeed.RESUME: "resumed"}[deed]
