"""Proposed actions that are plainly valid: most are, and to see that costs half of what full validation does.

`is_plain_action` answers true only for what `events.ProposedAction` accepts and takes over unchanged, with nothing
unknown and nothing null in it. Everything else is for the model to judge; a property test holds the two together.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from streams.events import MAX_ID_CHARS, MAX_TAG_CHARS, MAX_TAGS, MAX_TEXT_CHARS

# Times as most producers write them; the model takes more.
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")
_NEEDED: Final = ("action_id", "agent_id", "topic")
# Ids of which there are few, so that their answers come back.
_NAMES: Final = ("tool", "environment", "tenant_id", "model")
_UNITS: Final = ("confidence", "anomaly_score")


def is_plain_action(raw: dict[str, Any]) -> bool:
    """Whether an object that was just parsed is a valid action as it stands; false says nothing."""
    get = raw.get
    seen = 3
    for name in _NEEDED:
        value = get(name)
        if type(value) is not str or not _is_id(value):
            return False
    for name in _NAMES:
        value = get(name)
        if value is not None:
            seen += 1
            if type(value) is not str or not _is_known_id(value):
                return False
    for name in _UNITS:
        value = get(name)
        if value is not None:
            seen += 1
            if type(value) is not float or not 0.0 <= value <= 1.0:
                return False
    # What nobody looked at is unknown, null or of a field that the model has to judge.
    return seen + _count_others(raw) == len(raw)


def _count_others(raw: dict[str, Any]) -> int:
    """How many of the other fields are there and valid; too few, so that the sum is not reached, where one is not."""
    get = raw.get
    seen = 0
    if type(get("arguments")) is dict:
        seen += 1
    tags = get("risk_tags")
    if type(tags) is list and len(tags) <= MAX_TAGS and all(map(_is_tag, tags)):
        seen += 1
    session = get("session_id")
    if type(session) is str and _is_id(session):
        seen += 1
    proposed = get("proposed_at")
    if type(proposed) is str and _is_time(proposed):
        seen += 1
    reasoning = get("reasoning")
    if type(reasoning) is str and len(reasoning) <= MAX_TEXT_CHARS:
        seen += 1
    return seen + (get("context") is not None)


def _is_id(value: str) -> bool:
    # ASCII that is printable is so by the model's pattern too, which knows all of Unicode.
    return 0 < len(value) <= MAX_ID_CHARS and value.isascii() and value.isprintable()


# Agents choose these texts, so the cache is bounded; an entry is at most some 500 bytes.
_is_known_id = lru_cache(maxsize=8192)(_is_id)


def _is_tag(value: object) -> bool:
    return type(value) is str and 0 < len(value) <= MAX_TAG_CHARS and value.isascii() and value.isprintable()


# Times are told in seconds, and events come in their order.
@lru_cache(maxsize=1024)
def _is_time(text: str) -> bool:
    if _TIME.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
