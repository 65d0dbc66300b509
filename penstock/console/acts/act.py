"""An act of a person, and the review event that it becomes.

# INVARIANT: an act names the digest, the policy snapshot and the time of the screen that the person decided from, and
# the review says exactly that; nothing is looked up again when it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import orjson
from pydantic import ValidationError

from detectors.errors import GateError
from penstock.console.person import Person
from streams.effects import timestamp
from streams.events import Review, ReviewVerdict, TargetKind
from streams.intake import bytes_beside_box
from streams.review_signing import ReviewSigner

# Longest written reason, characters. Source: this project's notes on reviewing; long enough for a paragraph.
MAX_REASON_CHARS: Final = 2_000
# Largest review beside the sealed box that it brings back, bytes: the gate refuses more than half a MiB unless it is
# told otherwise.
MAX_REVIEW_BYTES: Final = 512 * 1024
# What a review names as digest where nothing is bound.
NOTHING_BOUND: Final = "-"


class ActInvalidError(GateError):
    """An act that cannot become a review."""

    code = "ACT_INVALID"
    advice = "reload the page and try again"


@dataclass(frozen=True, slots=True)
class Act:
    """What a person decided, from what was on the screen at `rendered_at_ms`.

    `partition` and `key` are those of the request: a review goes to the lane that holds its target. `snapshot` is the
    full one. `sealed` is the quarantined record's own box, unchanged. `level` and `action_class` go with verdicts about
    agents, `defect` and `subject` (agent_id, action_id) with those about samples. `batch_id` says that several were
    decided at once, `trace` is the request's `traceparent`. `label` names the target for the person themselves, such as
    "job.support.refund by bot-1"; it is no part of the review and holds no payload.
    """

    person: Person
    target: TargetKind
    target_id: str
    partition: int
    key: str
    verdict: ReviewVerdict
    digest: str
    snapshot: str
    rendered_at_ms: int
    reason: str | None = None
    constraints: Mapping[str, Any] | None = None
    arguments: Mapping[str, Any] | None = None
    to_team: str | None = None
    sealed: Mapping[str, Any] | None = None
    defect: str | None = None
    subject: Mapping[str, str] | None = None
    level: int | None = None
    action_class: str | None = None
    batch_id: str | None = None
    trace: str | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A review ready to be written; the same act gives the same bytes at every attempt."""

    review_id: str
    partition: int
    key: bytes
    value: bytes
    decided_at: str
    trace: str | None


def new_id() -> str:
    """A review's id, which is also the act's."""
    return uuid4().hex


def review_of(act: Act, *, review_id: str, reason: str | None, decided_ms: int) -> dict[str, Any]:
    """The review event, unsigned; `reason` is what may leave of the act's."""
    person = act.person
    fields: dict[str, Any] = {
        "review_id": review_id,
        "target": {"kind": act.target.value, "id": act.target_id},
        "verdict": act.verdict.value,
        "reviewer": {
            "id": person.id,
            "roles": sorted(role.value for role in person.roles),
            "teams": list(person.teams),
        },
        "digest": act.digest,
        "policy_snapshot": act.snapshot,
        "reason": reason,
        "constraints": _plain(act.constraints),
        "arguments": _plain(act.arguments),
        "to_team": act.to_team,
        "sealed": _plain(act.sealed),
        "defect": act.defect,
        "subject": _plain(act.subject),
        "level": act.level,
        "action_class": act.action_class,
        "batch_id": act.batch_id,
        "rendered_at": timestamp(act.rendered_at_ms),
        "decided_at": timestamp(decided_ms),
    }
    return {name: value for name, value in fields.items() if value is not None}


def outgoing(act: Act, review: Mapping[str, Any], signer: ReviewSigner | None) -> Outgoing:
    """The review signed and encoded; unsigned where there is no key, which is for trying out.

    Raises:
        ActInvalidError: the gate could not read it.
    """
    try:
        Review.model_validate(review)
        value = orjson.dumps(dict(review) if signer is None else signer.sign(review))
    except ValidationError as exc:
        where = ".".join(str(part) for part in exc.errors(include_url=False, include_input=False)[0]["loc"])
        raise ActInvalidError(f"{where or 'the review'} is not what the gate can read") from None
    except (TypeError, ValueError, RecursionError):
        raise ActInvalidError(
            "a value is no JSON that can be sent, such as a whole number of more than 64 bits"
        ) from None
    size_bytes = bytes_beside_box(review, len(value))
    if size_bytes > MAX_REVIEW_BYTES:
        raise ActInvalidError(
            f"the review has {size_bytes} bytes, at most {MAX_REVIEW_BYTES}", advice="change less, or deny"
        )
    return Outgoing(
        str(review["review_id"]), act.partition, act.key.encode(), value, str(review["decided_at"]), act.trace
    )


def _plain(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if value is None else dict(value)
