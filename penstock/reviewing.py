"""Holds that wait for a person, and a person's decision about one.

What is pending is read from the gate's own state: a hold exists exactly as long as its key `hold/<id>` does, while the
request topic also keeps those that were decided long ago. The state topic is compacted, so reading it stays short.
Whoever reviews from the command line therefore needs READ on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import orjson
from aiokafka import TopicPartition

from penstock.connections import event_headers, now, producer
from penstock.errors import CommandError
from penstock.id_prefixes import with_prefix
from penstock.opened_action import Unopened, opened_action
from penstock.topic_records import committed_records
from streams.admin import require_topics
from streams.effects import timestamp
from streams.events import EventType, ReviewVerdict, TargetKind
from streams.held import Hold
from streams.kafka_io import reader
from streams.review_signing import ReviewSigner
from streams.sealing import Sealer, hold_context, sealer_of
from streams.settings import Settings
from streams.state import HOLD_PREFIX
from streams.topics import APPROVALS_REQUESTED, AUDIT, REVIEWS, STATE, TopicNames

# How long the gate may take to answer a review, seconds.
ANSWER_TIMEOUT_S: Final = 15.0
POLL_MS: Final = 200


@dataclass(frozen=True, slots=True)
class Pending:
    """A hold and the partition that decides it; `unopened` says why its action must not be shown, if anything does."""

    partition: int
    hold: Hold
    unopened: Unopened | None = None


@dataclass(frozen=True, slots=True)
class Requested:
    """A request for approval, and what became of it: `pending`, or how it ended; `decision` is the last word."""

    request: dict[str, Any]
    status: str
    decision: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate made of a review: its `decision`, the `conflict` because of which the review changed nothing, or
    neither where it decided nothing. With both, policy ended the hold before the review.

    `record` is the audit record that says so, None when nobody waited.
    """

    review_id: str
    decision: dict[str, Any] | None
    conflict: str | None
    record: Mapping[str, Any] | None = None

    @property
    def is_answered(self) -> bool:
        """Whether the gate has answered."""
        return self.record is not None


async def pending_holds(settings: Settings) -> list[Pending]:
    """Every pending hold, the one that expires first at the front.

    Raises:
        KafkaUnreachableError, TopicsError, ReadStalledError: the state cannot be read.
    """
    latest: dict[str, Pending] = {}
    async for record in committed_records(settings, STATE):
        key = (record.key or b"").decode("utf-8", "replace")
        if not key.startswith(HOLD_PREFIX):
            continue
        if record.value is None:
            latest.pop(key, None)
        else:
            latest[key] = pending_hold(record.partition, Hold.from_json(orjson.loads(record.value)))
    return sorted(latest.values(), key=lambda pending: (pending.hold.due_ms, pending.hold.hold_id))


def pending_hold(partition: int, hold: Hold) -> Pending:
    """A hold as the state has it, in clear; what has another digest than a review would name is not shown."""
    return Pending(
        partition, hold, opened_action(None, {"action": hold.action}, context="", digest=hold.digest).unopened
    )


async def all_requests(settings: Settings) -> list[Requested]:
    """Every request that the topic still keeps, oldest first, with what became of it.

    Raises:
        KafkaUnreachableError, TopicsError, ReadStalledError: a topic cannot be read.
    """
    waiting = {pending.hold.hold_id for pending in await pending_holds(settings)}
    requests: dict[str, dict[str, Any]] = {}
    ended: dict[str, dict[str, Any]] = {}
    async for record in committed_records(settings, APPROVALS_REQUESTED, AUDIT):
        value = orjson.loads(record.value)
        if record.topic.endswith(APPROVALS_REQUESTED.name):
            if "hold_id" in value:
                requests[value["hold_id"]] = value  # the latest is what people were asked last
        elif "hold_id" in value and "decision" in value:
            ended[value["hold_id"]] = value["decision"]
    found = []
    for hold_id, request in requests.items():
        decision = ended.get(hold_id)
        # The state is read before the audit, so what the audit ends is ended even if it still looked pending.
        is_open = "pending" if hold_id in waiting else "unknown"
        status = is_open if decision is None else str(decision["reason_code"])
        found.append(Requested(request, status, decision))
    return sorted(found, key=lambda requested: str(requested.request["opened_at"]))


async def hold_to_decide(settings: Settings, prefix: str) -> Pending:
    """The pending hold whose id begins with `prefix`, else one that was requested and is no longer pending.

    The latter is for the gate to answer: only it knows why the hold is closed, and it says so with a typed conflict.

    Raises:
        CommandError: no request begins with it, several do, or the prefix is too short to be meant.
    """
    try:
        return find_hold(await pending_holds(settings), prefix)
    except CommandError as exc:
        if exc.code != "HOLD_NOT_PENDING":
            raise
        requested = await all_requests(settings)
        sealer = sealer_of(settings.secret("payload_key"))
        found = [_closed_hold(r.request, sealer) for r in requested if str(r.request["hold_id"]).startswith(prefix)]
        if len(found) != 1:
            raise
        return found[0]


def _closed_hold(request: dict[str, Any], sealer: Sealer | None) -> Pending:
    """A hold as its latest request described it; of an action that cannot be shown, only what the summary says."""
    context = hold_context(request["hold_id"], request["digest"])
    action, unopened = opened_action(sealer, request, context=context, digest=request["digest"])
    hold = Hold(
        hold_id=request["hold_id"],
        agent_id=request["summary"]["agent_id"],
        action=action or request["summary"],
        decision=request["decision"],
        proposed_digest=request["digest"],
        derived={},
        opened_ms=_milliseconds(request["opened_at"]),
        approval={
            "digest": request["digest"],
            "snapshots": [request["policy_snapshot"]],
            "team": request["team"],
            "plan": {"approval_class": request["approval_class"], "approvers": request["approvers"]},
            "votes": [],
            "due_ms": _milliseconds(request["due_at"]),
            "escalate_ms": None,
        },
        summary=request["summary"],
    )
    return Pending(request["partition"], hold, unopened)


def _milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def find_hold(holds: list[Pending], prefix: str) -> Pending:
    """The one pending hold whose id begins with `prefix`.

    Raises:
        CommandError: there is none, there are several, or the prefix is too short to be meant.
    """
    return with_prefix(
        prefix,
        holds,
        lambda pending: pending.hold.hold_id,
        noun="hold",
        listing="penstock review list",
        missing=CommandError(
            f"no pending hold begins with {prefix[:64]}",
            code="HOLD_NOT_PENDING",
            advice="it may be decided or expired: see `penstock review list --all`",
        ),
    )


def review_of(
    hold: Hold,
    *,
    verdict: ReviewVerdict,
    reviewer: str,
    roles: Sequence[str],
    teams: Sequence[str] | None,
    reason: str | None,
    rendered_at: str,
) -> dict[str, Any]:
    """The review event: it names the digest and the full snapshot that the reviewer was shown.

    `roles` and `teams` count only where the policy lists nobody; without `teams` it is the team whose turn it is.
    """
    turn = hold.approval["team"]
    if teams is None:
        teams = [] if turn is None else [turn]
    return {
        "review_id": uuid4().hex,
        "target": {"kind": TargetKind.ACTION.value, "id": hold.hold_id},
        "verdict": verdict.value,
        "reviewer": {"id": reviewer, "roles": list(roles), "teams": list(teams)},
        "digest": hold.digest,
        "policy_snapshot": hold.snapshot,
        "reason": reason,
        "rendered_at": rendered_at,
        "decided_at": now(),
    }


def signed(settings: Settings, review: Mapping[str, Any]) -> dict[str, Any]:
    """The review signed with the key of the settings; without one it goes out unsigned.

    Raises:
        SettingsError: the key cannot be read.
    """
    seed = settings.secret("review_signing_key")
    return dict(review) if seed is None else ReviewSigner(seed).sign(review)


async def send_review(
    settings: Settings, review: Mapping[str, Any], *, partition: int, key: str, is_waiting: bool
) -> Answer:
    """Send a review of anything to the partition that its target names, and wait for what the gate makes of it.

    `key` is the agent's id, which keeps the records of an agent together.

    Raises:
        CommandError: `NO_ANSWER`; the review stays on its topic and counts as soon as a gate runs.
        KafkaUnreachableError, TopicsError: it cannot be sent.
    """
    await require_topics(settings)
    names = TopicNames(settings.topic_prefix)
    audit = TopicPartition(names.on_broker(AUDIT.name), partition)
    async with reader(settings, [audit]) as consumer:
        await consumer.seek_to_end(audit)
        # The position is asked for now: it must lie before the answer.
        await consumer.position(audit)
        async with producer(settings) as client:
            await client.send_and_wait(
                names.on_broker(REVIEWS.name),
                orjson.dumps(review),
                key=key.encode(),
                partition=partition,
                headers=event_headers(EventType.REVIEW, event_id=review["review_id"], at=review["decided_at"]),
            )
        if not is_waiting:
            return Answer(review["review_id"], None, None)
        try:
            return await asyncio.wait_for(_answer(consumer, review["review_id"]), ANSWER_TIMEOUT_S)
        except TimeoutError:
            raise CommandError(
                f"no gate has answered the review within {ANSWER_TIMEOUT_S:.0f} s; it is sent and will count",
                code="NO_ANSWER",
                advice="see `penstock doctor`",
            ) from None


async def _answer(consumer: Any, review_id: str) -> Answer:
    while True:
        fetched = await consumer.getmany(timeout_ms=POLL_MS)
        for records in fetched.values():
            for record in records:
                value = orjson.loads(record.value)
                if value.get("review_id") == review_id:
                    return Answer(review_id, value.get("decision"), value.get("code"), value)


def hold_summary(pending: Pending) -> dict[str, Any]:
    """A hold for a list: what, whose, why, until when; without arguments."""
    hold = pending.hold
    return {
        "hold_id": hold.hold_id,
        "partition": pending.partition,
        "agent_id": hold.agent_id,
        "action_id": hold.action["action_id"],
        "topic": hold.action["topic"],
        "tool": hold.action.get("tool"),
        "reason": hold.decision["reason"],
        "rule_id": hold.decision["rule_id"],
        "team": hold.approval["team"],
        "approval_class": hold.approval["plan"]["approval_class"],
        "approvers": hold.approval["plan"]["approvers"],
        "votes": len(hold.approval["votes"]),
        "digest": hold.digest,
        "policy_snapshot": hold.snapshot,
        "opened_at": timestamp(hold.opened_ms),
        "due_at": timestamp(hold.due_ms),
    }


def hold_lines(pending: Pending) -> list[str]:
    """A hold in full, for the person who decides it; of an action that must not be shown, a line says why."""
    hold, summary = pending.hold, hold_summary(pending)
    lines = [f"{name:<15} {value}" for name, value in summary.items() if value is not None]
    if pending.unopened is not None:
        lines.append(f"{'action':<15} {pending.unopened.in_terminal}")
    # What may be known of an action without opening it stands in for one that must not be shown.
    shown = hold.action if pending.unopened is None else hold.summary
    lines += [
        f"{name:<15} {orjson.dumps(value).decode()}"
        for name, value in shown.items()
        if name not in summary and value is not None
    ]
    if hold.decision["constraints"]:
        lines.append(f"{'constraints':<15} {orjson.dumps(hold.decision['constraints']).decode()}")
    return lines
