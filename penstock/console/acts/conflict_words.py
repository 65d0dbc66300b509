"""Why an act changed nothing, and what to do next, for the person who did it.

Source: docs/reviewing.md, whose table of conflicts says the same at greater length.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from policies.conflicts import Conflict


class ConflictWords(NamedTuple):
    """A conflict in words; `code` is the stable one."""

    code: str
    text: str
    advice: str


WORDS: Final[Mapping[str, tuple[str, str]]] = {
    Conflict.NOT_SIGNED: (
        "the gate does not accept the console's signature",
        "tell an operator: the gate has to trust the console's key",
    ),
    Conflict.UNSUPPORTED_TARGET: ("this cannot be done with it", "choose another act"),
    Conflict.UNKNOWN_HOLD: ("the gate does not know it, or no longer", "nothing is left to decide"),
    Conflict.NOT_ELIGIBLE: ("the gate does not know you, or your role does not allow it", "ask somebody with the role"),
    Conflict.WRONG_TEAM: ("it is another team's turn", "leave it to them, or have it reassigned"),
    Conflict.SELF_APPROVAL: ("it is your own agent, class or request", "another person decides"),
    Conflict.OWN_LOOSENING: (
        "you activated the policy that asks for less than before",
        "another person approves",
    ),
    Conflict.EDITOR_VOTE: ("you changed it", "another person approves"),
    Conflict.ALREADY_DECIDED: ("it was decided already", "see below by whom and how"),
    Conflict.CONSUMED: ("its timeout has released it", "watch its outcome"),
    Conflict.EXPIRED: ("its time was over", "the agent has to propose it again"),
    Conflict.QUESTION_OPEN: ("a question about it has no answer yet", "answer it, or deny"),
    Conflict.NO_QUESTION: ("nobody has asked anything", "nothing to do"),
    Conflict.ID_CONFLICT: ("the same id came with another action", "the agent has to use a new id"),
    Conflict.DIGEST_MISMATCH: ("it was changed after your page was made", "look at it as it is now, and decide again"),
    Conflict.SNAPSHOT_MISMATCH: (
        "another policy came into force after your page was made",
        "look at it as it is now, and decide again",
    ),
    Conflict.INCOMPLETE_EVIDENCE: ("something that the policy wants on record is missing", "write a reason"),
    Conflict.REASON_MISSING: ("a written reason is needed", "give one"),
    Conflict.BATCH_REFUSED: ("it may not be decided together with others", "decide it by itself"),
    Conflict.CONSTRAINT_INVALID: ("a constraint is missing or of the wrong kind", "see the rules beside the form"),
    Conflict.CONSTRAINT_WIDENED: ("a constraint is looser than the one held", "tighten only"),
    Conflict.CONSTRAINT_CONFLICT: ("a constraint contradicts an earlier approver's", "agree on one, or deny"),
    Conflict.CONSTRAINT_EXCEEDED: (
        "the action itself is over the limit given, or its amount is unknown",
        "change the action, or deny",
    ),
    Conflict.EDIT_UNCHANGED: ("the change changes nothing", "approve instead"),
    Conflict.EDIT_DENIED: ("policy denies what it would become", "change it otherwise"),
    Conflict.UNKNOWN_TEAM: ("there is no such team, or it is there already", "name another team"),
    Conflict.NO_NEXT_TEAM: ("there is no further team", "decide it, or have it reassigned"),
    Conflict.OVER_LIMIT: ("you have claimed as many as you may", "decide some of them first"),
    Conflict.IN_COOLDOWN: ("so many approvals in a row ask for a pause", "come back later; denying is possible"),
    Conflict.DUPLICATE_VOTE: ("you have approved it already", "another person approves"),
    Conflict.KILLED: ("the kill switch stops it", "deny it, or have the entry lifted"),
    "unknown_quarantine": ("the gate does not know it, or no longer", "nothing is left to decide"),
    "unknown_sample": ("the gate does not know it, or no longer", "nothing is left to judge"),
    "unknown_agent": ("the gate does not know the agent", "see the list of agents"),
    "chunk_of_stream": ("it is a piece of a streamed output, which cannot be released", "reject it"),
    "payload_unreadable": ("the gate cannot open the payload", "tell an operator: console and gate share a key"),
    "payload_mismatch": ("the payload is not what was quarantined", "tell an operator at once"),
    "redaction_failed": ("the findings cannot be taken out", "reject it, or release it as it is"),
    "still_quarantined": ("what redaction leaves is still quarantined by policy", "reject it"),
    "agent_stopped": ("a person has stopped the agent", "deny it, or have the agent resumed"),
    "unknown_promotion": ("there is no such request for promotion", "nothing is left to sign"),
    "cooling_off": ("the agent has fallen since, and cannot rise for a while", "wait until it has earned it again"),
    "stale_evidence": (
        "the evidence on the screen is not that in force: an error came, or the policy changed",
        "look at it as it is now, and decide again",
    ),
    "class_missing": ("the act names no class of actions", "choose one"),
    "nothing_to_change": ("it is so already", "nothing to do"),
}


def words_of(code: str) -> ConflictWords:
    """A conflict's code in words; a code that this console does not know is told as it is."""
    known = WORDS.get(code)
    if known is None:
        return ConflictWords(code, f"the gate refused it ({code})", "see the documentation of conflicts")
    return ConflictWords(code, *known)
