"""Entries of the kill switch, written and lifted; the gates follow the topic."""

from __future__ import annotations

from datetime import datetime

import orjson

from penstock.activation import policy_status, write_records
from penstock.connections import now
from penstock.errors import CommandError
from policies.kill import KillEntry, Scope, kill_entry, read_entry
from streams.admin import require_topics
from streams.events import EventType
from streams.settings import Settings

# Headers of a record that lifts an entry: it has no value that could say who did it, and why.
LIFTED_BY = "gate.kill.lifted_by"
LIFTED_REASON = "gate.kill.reason"


def new_entry(scope: Scope, pattern: str | None, *, reason: str, by: str) -> KillEntry:
    """The entry that a person asks for now.

    Raises:
        KillEntryError: it is none.
    """
    at_ms = round(datetime.fromisoformat(now()).timestamp() * 1000)
    return kill_entry(scope.value, pattern, reason=reason, by=by, at_ms=at_ms)


async def stop(settings: Settings, entry: KillEntry) -> None:
    """Put an entry in force for every gate of the deployment; one for the same scope and pattern is replaced.

    Nothing is read before, so that it works whatever stands on the topic.

    Raises:
        KafkaUnreachableError, TopicsError: it cannot be written.
    """
    await require_topics(settings)
    value = orjson.dumps(entry.to_json())
    await write_records(settings, EventType.KILL_SWITCH_CHANGED, [(entry.key, value, ())], at=now())


async def lift(settings: Settings, entry: KillEntry) -> tuple[str, ...]:
    """Lift what has the scope and pattern of `entry`, whose reason and person are told; gives the keys lifted.

    With the scope of everything, records whose keys cannot be read are lifted too, because they stop everything.

    Raises:
        CommandError: there is no such entry.
        KafkaUnreachableError, TopicsError, ReadStalledError: it cannot be done now.
    """
    status = await policy_status(settings)
    keys = tuple(key for key in status.kill_keys if read_entry(key, None, at_ms=0).key == entry.key)
    if not keys:
        known = ", ".join(f"{known.scope.value} {known.pattern}" for known in status.kill.entries[:8]) or "none"
        raise CommandError(
            f"no entry stops {entry.scope.value} {entry.pattern}; in force: {known}",
            code="KILL_ENTRY_UNKNOWN",
            advice="see `penstock status`",
        )
    headers = [(LIFTED_BY, entry.by.encode()), (LIFTED_REASON, entry.reason.encode())]
    await write_records(settings, EventType.KILL_SWITCH_CHANGED, [(key, None, headers) for key in keys], at=now())
    return keys
