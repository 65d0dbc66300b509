"""Reviewers: what people say about what is held, most of it good, some of it stale, wrong or doubled."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

import orjson

from streams.topics import REVIEWS
from tests.crash.events import Message
from tests.crash.policy import REFUND

# How often each verdict is given, and what goes with it.
ACTS: Final[Mapping[str, tuple[float, dict[str, Any]]]] = {
    "approve": (5.0, {}),
    "deny": (1.5, {}),
    "constrain": (1.0, {"constraints": {"max_runtime_sec": 5}}),
    "modify": (1.0, {"arguments": {"n": -1}}),
    "claim": (1.0, {}),
    "ask": (0.5, {}),
    "escalate": (0.5, {}),
    "reassign": (0.5, {"to_team": "second"}),
}
# What is done about quarantined outputs, most of it with the record's own box.
OUTPUT_ACTS: Final = ("reveal", "release", "release", "redact", "redact", "reject")

# Who reviews: a few who have too much to do, so that most of them are told to rest; and enough people for refunds.
FEW: Final = range(5)
MANY: Final = range(20, 100)


def reviews_of(
    request: Mapping[str, Any], choice: random.Random, *, hold_timeout_s: float
) -> list[tuple[float, Message]]:
    """Reviews of one request with the delay of each, seconds; the seed decides which and whether any."""
    if "quarantine_id" in request:
        return [(choice.random() * 2, message) for message in _of_output(request, choice)]
    if "second_review_id" in request:
        return [(choice.random(), _second(request, choice))]
    if choice.random() < 0.35:
        return []
    hold_id, partition = str(request["hold_id"]), int(request["partition"])
    delay_s = choice.random() ** 3 * hold_timeout_s * 1.3
    people = MANY if request["summary"]["topic"] in REFUND else FEW
    (verdict,) = choice.choices(list(ACTS), weights=[weight for weight, _ in ACTS.values()])
    review: dict[str, Any] = {
        "review_id": f"r-{hold_id}-{request['cause']}",
        "target": {"kind": "action", "id": hold_id},
        "verdict": verdict,
        "reviewer": _person(choice.choice(people)),
        "digest": request["digest"],
        "policy_snapshot": request["policy_snapshot"],
        "reason": "looked at it",
        **ACTS[verdict][1],
    }
    dice = choice.random()
    if dice < 0.05:
        review["digest"] = "0" * 64
    elif dice < 0.08:
        review["target"] = {"kind": "action", "id": f"no-{hold_id}"}
    elif dice < 0.11:
        review["reviewer"]["id"] = request["summary"]["agent_id"]
    elif dice < 0.14:
        review["reason"] = ""
    elif dice < 0.16:
        review["policy_snapshot"] = "f" * 64
    found = [(delay_s, _message(review, request, partition))]
    if choice.random() < 0.1:
        found.append((delay_s + 0.1, found[0][1]))
    if choice.random() < 0.15:
        other = {**review, "review_id": f"s-{hold_id}", "verdict": "deny", "reviewer": _person(9)}
        found.append((delay_s + choice.random(), _message(other, request, partition)))
    if verdict in ("approve", "claim", "ask", "escalate"):
        # Somebody else goes on: a second vote where two are needed, an answer, the decision after a claim.
        later = {**review, "review_id": f"t-{hold_id}-{request['cause']}", "reviewer": _person(choice.choice(people))}
        later["verdict"] = "answer" if verdict == "ask" else "approve"
        found.append((delay_s + 0.2 * choice.random(), _message(later, request, partition)))
    return found


def _second(request: Mapping[str, Any], choice: random.Random) -> Message:
    """Somebody's second look."""
    hold_id = str(request["second_review_id"])
    review = {
        "review_id": f"u-{hold_id}",
        "target": {"kind": "second_review", "id": hold_id},
        "verdict": choice.choice(["approve", "deny"]),
        "reviewer": _person(choice.randrange(10)),
        "digest": request["digest"],
        "policy_snapshot": request["policy_snapshot"],
        "reason": "looked at it again",
    }
    return _message(review, request, int(request["partition"]))


def _of_output(record: Mapping[str, Any], choice: random.Random) -> list[Message]:
    """One to three acts about one output, each by somebody: the first that decides counts."""
    found = []
    for number in range(choice.randint(1, 3)):
        verdict = choice.choice(OUTPUT_ACTS)
        review: dict[str, Any] = {
            "review_id": f"q-{record['quarantine_id']}-{number}",
            "target": {"kind": "output", "id": record["quarantine_id"]},
            "verdict": verdict,
            "reviewer": _person(choice.randrange(5)),
            "digest": record["digest"],
            "policy_snapshot": record["policy_snapshot"],
            "reason": "looked at it",
        }
        if verdict in ("release", "redact") and choice.random() < 0.9:
            review["sealed"] = record["payload"]
        if choice.random() < 0.05:
            review["digest"] = "0" * 64
        found.append(_message(review, record, int(record["partition"])))
    return found


def _person(number: int) -> dict[str, Any]:
    return {"id": f"person-{number}", "roles": ["senior_reviewer"], "teams": ["first", "second"]}


def _message(review: Mapping[str, Any], request: Mapping[str, Any], partition: int) -> Message:
    agent_id = str(request["agent_id"] if "agent_id" in request else request["summary"]["agent_id"])
    return Message(REVIEWS.name, partition, agent_id.encode(), orjson.dumps(review))
