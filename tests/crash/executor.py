"""Executors, who do released steps of refunds and tell what became of each, and agents that go on when they hear it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from streams.routing import partition_of
from streams.topics import ACTIONS_OUTCOMES, ACTIONS_PROPOSED
from tests.crash.events import Message
from tests.crash.policy import BEGIN, LARGE, LOOK, LOOK_S, PAY, PAY_S, REFUND, TELL

# What an executor finds out about a refund; the last two leave the way open.
_FOUND: Final[Sequence[Mapping[str, Any]]] = (
    *({"amount": amount} for amount in (5, 40, LARGE - 1, LARGE, 140, 700)),
    {"amount": "a lot"},
    {},
)
# How long an agent waits for a step of which nobody tells it anything, and an executor who tells too late, seconds.
_WAITS_S: Final[Mapping[str, float]] = {BEGIN: 0, LOOK: LOOK_S, PAY: PAY_S, TELL: PAY_S}


def follow_up(cleared: Mapping[str, Any], choice: random.Random, *, lanes: int) -> list[tuple[float, Message]]:
    """What follows a released step, with the delay of each record, seconds; nothing for other actions.

    Most executors tell at once that it went well, some too late, twice, otherwise, or nothing. The agent goes on when
    it knows that, or is tired of waiting.
    """
    action, topic = cleared["action"], cleared["action"]["topic"]
    if topic not in REFUND:
        return []
    told = [] if topic == BEGIN else _outcomes(action, choice)
    delay_s = 0.1 + (told[0][0] if told else _WAITS_S[topic])
    found = [(later_s, ACTIONS_OUTCOMES.name, fields) for later_s, fields in told]
    if topic != REFUND[-1]:
        more = {"tool": "refunds", "arguments": {"after": action["action_id"]}, "amount_usd": choice.randrange(1000)}
        if "session_id" in action:
            more["session_id"] = action["session_id"]
        step = {"action_id": f"{action['action_id']}+", "topic": REFUND[REFUND.index(topic) + 1], **more}
        found.append((delay_s, ACTIONS_PROPOSED.name, step))
    agent_id = action["agent_id"]
    home = partition_of(agent_id, lanes)
    return [
        (later_s, Message(name, home, agent_id.encode(), orjson.dumps({"agent_id": agent_id, **fields})))
        for later_s, name, fields in found
    ]


def _outcomes(action: Mapping[str, Any], choice: random.Random) -> list[tuple[float, dict[str, Any]]]:
    topic, dice, delay_s = action["topic"], choice.random(), 0.3 * choice.random()
    silent = 0.3 if topic == PAY else 0.08
    if dice < silent:
        return []
    if dice < silent + 0.08:
        delay_s += _WAITS_S[topic]
    outcome = {"action_id": action["action_id"], "status": "failure" if dice > 0.94 else "success"}
    if topic == LOOK and outcome["status"] == "success":
        outcome["result"] = choice.choice(_FOUND)
    told = [(delay_s, outcome)]
    if dice > 0.85:
        told.append((delay_s + 0.1, outcome))
    if 0.4 < dice < 0.44:
        # It turns out later that it had not gone well.
        told.append((delay_s + 0.5, {**outcome, "status": "incident"}))
    return told
