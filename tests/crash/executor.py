"""Executors: they do the steps of refunds that were released, and tell what became of each."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from streams.routing import partition_of
from streams.topics import ACTIONS_OUTCOMES
from tests.crash.events import Message
from tests.crash.policy import BEGIN, LARGE, LOOK, LOOK_S, PAY, PAY_S, REFUND

# What an executor finds out about a refund; the last two leave the way open.
_FOUND: Final[Sequence[Mapping[str, Any]]] = (
    *({"amount": amount} for amount in (5, 40, LARGE - 1, LARGE, 140, 700)),
    {"amount": "a lot"},
    {},
)


def outcomes_of(cleared: Mapping[str, Any], choice: random.Random, *, lanes: int) -> list[tuple[float, Message]]:
    """What executors tell of a released step, with the delay of each, seconds; now and then nothing, or too late."""
    action = cleared["action"]
    topic, agent_id = action["topic"], action["agent_id"]
    if topic not in REFUND or topic == BEGIN:
        return []
    dice, delay_s = choice.random(), 0.3 * choice.random()
    silent = 0.3 if topic == PAY else 0.08
    if dice < silent:
        return []
    if dice < silent + 0.08:
        delay_s += LOOK_S if topic == LOOK else PAY_S
    status = "failure" if dice > 0.94 else "success"
    outcome = {"action_id": action["action_id"], "agent_id": agent_id, "status": status}
    if topic == LOOK and status == "success":
        outcome["result"] = choice.choice(_FOUND)
    told = [(delay_s, outcome)]
    if dice > 0.85:
        told.append((delay_s + 0.1, outcome))
    if 0.4 < dice < 0.44:
        # It turns out later that it had not gone well.
        told.append((delay_s + 0.5, {**outcome, "status": "incident"}))
    home = partition_of(agent_id, lanes)
    return [
        (later_s, Message(ACTIONS_OUTCOMES.name, home, agent_id.encode(), orjson.dumps(fields)))
        for later_s, fields in told
    ]
