"""Who answers what the gate writes: reviewers, executors and agents, each record from a choice of its own."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from streams.topics import ACTIONS_CLEARED, APPROVALS_REQUESTED, QUARANTINE
from tests.crash.events import Message
from tests.crash.executor import follow_up
from tests.crash.reviewer import reviews_of

# What is answered to a record, with the delay of each answer in seconds.
Answer = Callable[[Mapping[str, Any], random.Random], list[tuple[float, Message]]]


def answers(*, lanes: int, hold_timeout_s: float) -> dict[str, Answer]:
    """What answers the records of each topic, by its name in the table."""
    reviews = partial(reviews_of, hold_timeout_s=hold_timeout_s)
    releases = partial(follow_up, lanes=lanes)
    return {APPROVALS_REQUESTED.name: reviews, QUARANTINE.name: reviews, ACTIONS_CLEARED.name: releases}


def choice_for(value: Mapping[str, Any], seed: int) -> random.Random:
    """The choice of a hold, an output or a release, whenever it is seen: their order differs from run to run."""
    named = (value.get(name) for name in ("hold_id", "second_review_id", "quarantine_id"))
    identity = next((name for name in named if name is not None), None) or value["decision"]["decision_id"]
    return random.Random(f"{seed}/{identity}/{value.get('cause')}")
