"""The policy and the kill switch in force: `gate.policies.v1` read in full before the first decision, and followed.

Keys of the topic: `bundle/<snapshot>` holds the canonical documents, `active` names the snapshot in force, who
activated it and why, and the one before. A bundle that does not load is refused and the policy before stays; after a
restart that is the one which the activation names as `previous`. `kill/<scope>/<pattern>` is an entry of the kill
switch (`policies.kill`); a record without a value lifts it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from detectors.errors import GateError
from policies.bundle import Bundle, load_canonical
from policies.kill import KEY_PREFIX as KILL_PREFIX
from policies.kill import KillEntry, KillSwitch, read_entry
from streams.codec import DecodeError, decode_object
from streams.kafka_io import read_to_end, reader
from streams.metrics import Metrics
from streams.settings import Settings
from streams.topics import POLICIES, TopicNames

ACTIVE_KEY: Final = "active"
BUNDLE_PREFIX: Final = "bundle/"
POLL_MS: Final = 200
RETRY_S: Final = 1.0

log = structlog.get_logger()


class PolicyError(GateError):
    """An activation that cannot be put in force."""

    code = "POLICY_REFUSED"


@dataclass(slots=True)
class PolicyLog:
    """The records of the policy topic, folded. Pure: fed with keys and values, gives bundle and kill switch in force.

    `activated_by` is who put the bundle in force, None when the log does not say. `problem` says in one line why the
    latest activation is not the one in force, or why there is none.
    """

    bundle: Bundle | None = None
    activated_by: str | None = None
    problem: str | None = "no policy was ever activated"
    refusals: int = 0
    kill: KillSwitch = field(default_factory=KillSwitch)
    _entries: dict[str, KillEntry] = field(default_factory=dict)
    _documents: dict[str, str] = field(default_factory=dict)

    def take(self, key: str, value: bytes | None, *, at_ms: int = 0) -> bool:
        """Take one record written at `at_ms` in; gives whether the bundle or the kill switch in force changed."""
        if key.startswith(KILL_PREFIX):
            return self._stop(key, value, at_ms)
        if key.startswith(BUNDLE_PREFIX):
            snapshot = key.removeprefix(BUNDLE_PREFIX)
            if value is None:
                self._documents.pop(snapshot, None)
            else:
                self._documents[snapshot] = value.decode("utf-8", "replace")
            return False
        if key != ACTIVE_KEY or value is None:
            return False
        return self._activate(value)

    def _stop(self, key: str, value: bytes | None, at_ms: int) -> bool:
        if value is None:
            self._entries.pop(key, None)
        else:
            try:
                content: object = decode_object(value)
            except DecodeError:
                content = None  # it stops what its key says all the same
            self._entries[key] = read_entry(key, content, at_ms=at_ms)
        before, self.kill = self.kill, KillSwitch(self._entries.values())
        return before.entries != self.kill.entries

    def _activate(self, value: bytes) -> bool:
        try:
            activation = decode_object(value)
            bundle = self._load(activation.get("snapshot"))
        except Exception as exc:
            # Whatever a bundle does to the loader, the policy before stays in force.
            return self._refuse(getattr(exc, "code", type(exc).__name__), value)
        self.problem = None
        by = activation.get("activated_by")
        author = by if isinstance(by, str) else None
        is_new = self.bundle is None or self.bundle.snapshot != bundle.snapshot or self.activated_by != author
        self.bundle, self.activated_by = bundle, author
        return is_new

    def _refuse(self, code: str, value: bytes) -> bool:
        self.refusals += 1
        self.problem = f"the latest activation was refused ({code})"
        if self.bundle is not None:
            return False
        try:
            self.bundle = self._load(decode_object(value).get("previous"))
        except Exception:
            return False
        return True

    def _load(self, snapshot: object) -> Bundle:
        text = self._documents.get(snapshot) if isinstance(snapshot, str) else None
        if text is None:
            raise PolicyError("the activation names a bundle that is not there")
        bundle = load_canonical(text)
        if bundle.snapshot != snapshot:
            raise PolicyError("the bundle is not the one that its snapshot names")
        return bundle


class PolicyFeed:
    """Follows the policy topic and tells `on_change` every bundle and kill switch in force, and who activated it."""

    def __init__(
        self,
        settings: Settings,
        names: TopicNames,
        metrics: Metrics,
        *,
        on_change: Callable[[Bundle, KillSwitch, str | None], None],
    ) -> None:
        self._settings, self._names, self._metrics = settings, names, metrics
        self._on_change = on_change
        self._log = PolicyLog()
        self.read_once = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def problem(self) -> str | None:
        """Why the policy in force is not the latest one, or is missing; None when all is well."""
        return self._log.problem if self.read_once.is_set() else "the policy topic has not been read yet"

    @property
    def kill(self) -> KillSwitch:
        """The kill switch in force."""
        return self._log.kill

    @property
    def bundle(self) -> Bundle | None:
        """The bundle in force."""
        return self._log.bundle

    def start(self) -> None:
        """Begin to read."""
        self._task = asyncio.create_task(self._follow(), name="policy-feed")

    async def stop(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            try:
                await self._read()
            except (KafkaError, GateError, OSError, TimeoutError) as exc:
                log.warning("policy_unreadable", error=type(exc).__name__)
                await asyncio.sleep(RETRY_S)

    async def _read(self) -> None:
        partition = TopicPartition(self._names.on_broker(POLICIES.name), 0)
        async with reader(self._settings, [partition]) as consumer:
            fold = PolicyLog(self._log.bundle, self._log.activated_by, self._log.problem)
            async for record in read_to_end(consumer, [partition]):
                fold.take(_key(record), record.value, at_ms=record.timestamp)
            if not self.read_once.is_set():
                self._metrics.policy_refused.inc(fold.refusals)
            before, self._log = self._log, fold
            self.read_once.set()
            was, now = ((log.bundle, log.activated_by, log.kill.entries) for log in (before, fold))
            if was != now:
                self._in_force()
            while True:
                fetched = await consumer.getmany(timeout_ms=POLL_MS)
                for records in fetched.values():
                    for record in records:
                        self._take(record)

    def _take(self, record: Any) -> None:
        refused = self._log.refusals
        if self._log.take(_key(record), record.value, at_ms=record.timestamp):
            self._in_force()
        elif self._log.refusals > refused:
            self._metrics.policy_refused.inc()
            log.error("policy_refused", problem=self._log.problem)

    def _in_force(self) -> None:
        bundle, kill = self._log.bundle, self._log.kill
        if bundle is None:
            return  # nothing is decided without a policy, so there is nothing to stop
        self._on_change(bundle, kill, self._log.activated_by)
        self._metrics.show_policy(bundle.short)
        self._metrics.kill_entries.set(len(kill.entries))
        log.info("policy_in_force", snapshot=bundle.short, kill_entries=len(kill.entries))


def _key(record: Any) -> str:
    return (record.key or b"").decode("utf-8", "replace")


def activation_records(
    bundle: Bundle,
    *,
    previous: str | None,
    reason: str,
    activated_by: str,
    activated_at: str,
    second_person: str | None = None,
) -> list[tuple[str, bytes]]:
    """Keys and values that put `bundle` in force: first the documents, then the pointer."""
    activation = {
        "snapshot": bundle.snapshot,
        "short": bundle.short,
        "previous": previous,
        "reason": reason,
        "activated_by": activated_by,
        "activated_at": activated_at,
        "second_person": second_person,
    }
    return [
        (BUNDLE_PREFIX + bundle.snapshot, bundle.canonical().encode()),
        (ACTIVE_KEY, orjson.dumps(activation)),
    ]
