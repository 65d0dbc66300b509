"""Decisions that were drawn for audit, and a person's verdict on one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import orjson

from penstock.connections import now
from penstock.errors import CommandError
from penstock.id_prefixes import with_prefix
from penstock.opened_action import OpenedAction, opened_action
from penstock.topic_records import committed_records
from streams.events import ReviewVerdict, TargetKind
from streams.sealing import Sealer, sample_context
from streams.settings import Settings
from streams.topics import SAMPLES


async def all_samples(settings: Settings) -> list[dict[str, Any]]:
    """Every sample that the topic still keeps, in order per partition.

    Raises:
        KafkaUnreachableError, TopicsError, ReadStalledError: the topic cannot be read.
    """
    return [orjson.loads(record.value) async for record in committed_records(settings, SAMPLES)]


def find_sample(samples: Sequence[Mapping[str, Any]], prefix: str) -> Mapping[str, Any]:
    """The one sample whose id begins with `prefix`.

    Raises:
        CommandError: there is none, there are several, or the prefix is too short to be meant.
    """
    return with_prefix(
        prefix,
        samples,
        lambda sample: str(sample["sample_id"]),
        noun="sample",
        listing="penstock tail samples",
        missing=CommandError(
            f"no sample begins with {prefix[:64]}",
            code="SAMPLE_NOT_FOUND",
            advice="see `penstock tail samples --from-beginning --no-follow`",
        ),
    )


def sample_review(
    sample: Mapping[str, Any],
    *,
    verdict: ReviewVerdict,
    reviewer: str,
    roles: Sequence[str],
    defect: str | None,
    reason: str | None,
    rendered_at: str | None,
) -> dict[str, Any]:
    """The review event; its `subject` proves to the gate whose decision it is about."""
    decision = sample["decision"]
    review = {
        "review_id": uuid4().hex,
        "target": {"kind": TargetKind.SAMPLE.value, "id": sample["sample_id"]},
        "verdict": verdict.value,
        "reviewer": {"id": reviewer, "roles": list(roles)},
        "digest": decision["action_digest"],
        "policy_snapshot": decision["policy_snapshot"],
        "subject": {"agent_id": decision["agent_id"], "action_id": decision["action_id"]},
        "defect": defect if verdict is ReviewVerdict.WRONG else None,
        "reason": reason,
        "rendered_at": rendered_at,
        "decided_at": now(),
    }
    return {name: value for name, value in review.items() if value is not None}


def opened_sample(sample: Mapping[str, Any], sealer: Sealer | None) -> OpenedAction:
    """The action that was decided about, or why it cannot be shown."""
    digest = sample["decision"]["action_digest"]
    return opened_action(sealer, sample, context=sample_context(sample["sample_id"]), digest=digest)


def sample_lines(sample: Mapping[str, Any], sealer: Sealer | None) -> list[str]:
    """A sample for the person who judges it: what was decided about what, and why, and the whole action.

    Where the action cannot be shown, a line says why.
    """
    decision = sample["decision"]
    shown = {
        "sample_id": sample["sample_id"],
        "stratum": sample["stratum"],
        "agent_id": decision["agent_id"],
        "action_id": decision["action_id"],
        "topic": sample["summary"]["topic"],
        "tool": sample["summary"]["tool"],
        "decision": decision["decision"],
        "reason": decision["reason"],
        "rule_id": decision["rule_id"],
        "decided_at": decision["decided_at"],
    }
    lines = [f"{name:<15} {value}" for name, value in shown.items() if value is not None]
    action, unopened = opened_sample(sample, sealer)
    if unopened is not None:
        return [*lines, f"{'action':<15} {unopened.in_terminal}"]
    more = {name: value for name, value in (action or {}).items() if name not in shown and value is not None}
    return [*lines, *(f"{name:<15} {orjson.dumps(value).decode()}" for name, value in more.items())]
