"""One review of a sample: whether a decision that was picked for audit was right. It changes nothing but the record.

The gate keeps no list of samples, because they are reviewed for as long as their topic keeps them. It need not: a
sample's id is the decision's, which is a hash of agent, action and digest. A review that says whose decision it was
proves it by that. Who owns agents has to, so that nobody judges what their own agent did.
"""

from __future__ import annotations

import re
from typing import Any, Final

from policies.approval_documents import Role
from policies.conflicts import Conflict
from policies.people import Principal, identity
from streams.action_step import decision_id
from streams.effects import Step
from streams.events import ReviewVerdict
from streams.memory import VerdictCode, id_hash
from streams.review_parts import principal_of, refuse, seen
from streams.terms import Terms

_VERDICTS: Final = frozenset({ReviewVerdict.CORRECT, ReviewVerdict.WRONG, ReviewVerdict.UNSURE})
# Auditors decide nothing else, and this is what they are for.
_JUDGING: Final = frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER, Role.AUDITOR, Role.ADMIN})
# What tells the sample of a release by timeout from the one of the decision that held the action.
_TIMEOUT_SUFFIX: Final = "-timeout"
_ID: Final = re.compile(r"[0-9a-f]{32}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def review_sample(terms: Terms, step: Step, review: dict[str, Any]) -> None:
    """Note what a person thinks of a sampled decision; one word of each person about each sample."""
    by = principal_of(terms, review)
    agent_id = (review.get("subject") or {}).get("agent_id")
    conflict = _conflict(step, review, by, agent_id)
    key = "review" if agent_id is None else agent_id
    if conflict is not None:
        # Nothing is filed under an agent before it is known to be the one.
        refuse(step, review, conflict)
        return
    step.state.verdicts.put(_key(review), digest=review["digest"], code=VerdictCode.REVIEW_TAKEN, at_ms=step.now_ms)
    defect = review.get("defect") if review["verdict"] == ReviewVerdict.WRONG else None
    step.audit("sample_review", key, {"agent_id": agent_id, **seen(review), "defect": defect})
    step.count("review", review["verdict"])


def _conflict(step: Step, review: dict[str, Any], by: Principal | None, agent_id: str | None) -> Conflict | None:
    """Why the review does not count, None when it does; in the order of `Conflict`."""
    if review["verdict"] not in _VERDICTS:
        return Conflict.UNSUPPORTED_TARGET
    if not _is_sample(review):
        return Conflict.UNKNOWN_SAMPLE
    if by is None:
        return Conflict.NOT_ELIGIBLE
    if by.tenants or (agent_id is None and by.agents):
        # Whose tenant it was is not in the id, and whose agent it was this review does not say.
        return Conflict.UNKNOWN_SAMPLE
    if not by.has_any(_JUDGING):
        return Conflict.NOT_ELIGIBLE
    if agent_id is not None and by.owns(agent_id):
        return Conflict.SELF_APPROVAL
    if review["verdict"] == ReviewVerdict.WRONG and not (_words(review, "defect") or _words(review, "reason")):
        return Conflict.REASON_MISSING
    if step.state.verdicts.get(_key(review)) is not None:
        return Conflict.DUPLICATE_VOTE
    return None


def _is_sample(review: dict[str, Any]) -> bool:
    """Whether the id is one of a sample, and of the decision that the review says it is about."""
    sample_id, digest = review["target"]["id"].removesuffix(_TIMEOUT_SUFFIX), review["digest"]
    if _ID.fullmatch(sample_id) is None or _DIGEST.fullmatch(digest) is None:
        return False
    subject = review.get("subject")
    return subject is None or decision_id(subject["agent_id"], subject["action_id"], digest) == sample_id


def _words(review: dict[str, Any], name: str) -> str:
    return str(review.get(name) or "").strip()


def _key(review: dict[str, Any]) -> bytes:
    return id_hash("sample_review", identity(review["reviewer"]["id"]), review["target"]["id"])
