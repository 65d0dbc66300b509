"""What people are asked beside held actions: an agent's promotion, and a second, blind look at a release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

import orjson

from penstock.connections import now
from penstock.errors import CommandError
from penstock.id_prefixes import with_prefix
from penstock.opened_action import OpenedAction, opened_action
from penstock.topic_records import committed_records
from streams.events import ReviewVerdict, TargetKind
from streams.sealing import Sealer, second_review_context
from streams.settings import Settings
from streams.topics import APPROVALS_REQUESTED

# What a request is known by, and how it is reviewed.
PROMOTION_ID: Final = "promotion_id"
SECOND_REVIEW_ID: Final = "second_review_id"
_KINDS: Final = {PROMOTION_ID: TargetKind.PROMOTION, SECOND_REVIEW_ID: TargetKind.SECOND_REVIEW}
_LISTINGS: Final = {PROMOTION_ID: "penstock review promotions", SECOND_REVIEW_ID: "penstock review seconds"}
_NOUNS: Final = {PROMOTION_ID: "promotion", SECOND_REVIEW_ID: "release"}


async def latest_requests(settings: Settings, id_field: str) -> list[dict[str, Any]]:
    """The latest request of each id that `id_field` names, of those that the topic still keeps, oldest first.

    Raises:
        KafkaUnreachableError, TopicsError, ReadStalledError: the topic cannot be read.
    """
    latest: dict[str, dict[str, Any]] = {}
    async for record in committed_records(settings, APPROVALS_REQUESTED):
        value = orjson.loads(record.value)
        if id_field in value:
            latest[value[id_field]] = value
    return sorted(latest.values(), key=lambda request: str(request["requested_at"]))


def find_request(requests: Sequence[dict[str, Any]], id_field: str, prefix: str) -> dict[str, Any]:
    """The one request whose id begins with `prefix`.

    Raises:
        CommandError: there is none, there are several, or the prefix is too short to be meant.
    """
    noun = _NOUNS[id_field]
    return with_prefix(
        prefix,
        requests,
        lambda request: str(request[id_field]),
        noun=noun,
        listing=_LISTINGS[id_field],
        missing=CommandError(
            f"nobody was asked about a {noun} whose id begins with {prefix[:64]}",
            code="REQUEST_NOT_FOUND",
            advice=f"see `{_LISTINGS[id_field]}`",
        ),
    )


def agent_of(request: Mapping[str, Any]) -> str:
    """The agent that a request is about."""
    return str(request["agent_id"] if PROMOTION_ID in request else request["summary"]["agent_id"])


def answer_to(
    request: Mapping[str, Any],
    id_field: str,
    *,
    is_approved: bool,
    reviewer: str,
    roles: Sequence[str],
    teams: Sequence[str] | None,
    reason: str | None,
    rendered_at: str,
) -> dict[str, Any]:
    """The review event; without `teams` a second reviewer is of the team that is asked."""
    if teams is None:
        teams = [request["team"]] if request.get("team") else []
    review = {
        "review_id": uuid4().hex,
        "target": {"kind": _KINDS[id_field].value, "id": request[id_field]},
        "verdict": (ReviewVerdict.APPROVE if is_approved else ReviewVerdict.DENY).value,
        "reviewer": {"id": reviewer, "roles": list(roles), "teams": list(teams)},
        "digest": request["digest"],
        "policy_snapshot": request["policy_snapshot"],
        "reason": reason,
        "rendered_at": rendered_at,
        "decided_at": now(),
    }
    return {name: value for name, value in review.items() if value is not None}


def promotion_lines(request: Mapping[str, Any]) -> list[str]:
    """A request for promotion for the person who signs it: who would rise, and on what evidence."""
    shown = {name: request[name] for name in (PROMOTION_ID, "agent_id", "action_class", "level", "to_level")}
    shown |= {name: value for name, value in request["evidence"].items() if name not in shown}
    return _lines(shown)


def opened_second(request: Mapping[str, Any], sealer: Sealer | None) -> OpenedAction:
    """The action that was released, or why it cannot be shown."""
    context = second_review_context(request[SECOND_REVIEW_ID])
    return opened_action(sealer, request, context=context, digest=request["digest"])


def second_lines(request: Mapping[str, Any], sealer: Sealer | None) -> list[str]:
    """A release for the person who looks again: what was released, and never how it was decided.

    Where the action cannot be shown, only its summary is, and a line says why.
    """
    action, unopened = opened_second(request, sealer)
    shown = {SECOND_REVIEW_ID: request[SECOND_REVIEW_ID], "team": request["team"], **request["summary"]}
    shown |= {name: value for name, value in (action or {}).items() if name not in shown}
    if unopened is not None:
        shown["action"] = unopened.in_terminal
    return _lines(shown)


def _lines(shown: Mapping[str, Any]) -> list[str]:
    return [
        f"{name:<18} {value if isinstance(value, str) else orjson.dumps(value).decode()}"
        for name, value in shown.items()
        if value is not None
    ]
