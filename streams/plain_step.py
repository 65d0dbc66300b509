"""The short way for what most actions are: new, seen before from this agent, allowed, and not drawn as a sample.

Theory of operation. Every check of `action_step` is made, in the same order of meaning; what finds anything beyond the
plain case gives up before it has changed anything, and the long way does it all. What is gained is what need not be
built: the parts of a decision that a ruling settles are encoded once per ruling, and the decision once for both records
that hold it. A bundle with records of autonomy, breakers, velocity or taint has no plain actions, and what a workflow
has a word in is none.

# INVARIANT: the short way writes, changes and counts what the long way would, byte for byte.
"""

from __future__ import annotations

from typing import Final

import orjson

from policies.decisions import Decision, Derived, Verdict
from policies.sampling import Sample, draw
from streams.effects import Step, timestamp
from streams.intake import Event
from streams.memory import VerdictCode, id_hash
from streams.release import drawn, emit_cleared
from streams.stops import stop_of
from streams.terms import Terms

# Rulings and draws whose parts are kept; none is let go of, so that a flood of them costs the flood. About 0.5 KB each.
MAX_KEPT: Final = 4_096

_CODES: Final = {
    Decision.ALLOW: VerdictCode.ALLOWED,
    Decision.ALLOW_WITH_CONSTRAINTS: VerdictCode.ALLOWED_WITH_CONSTRAINTS,
}
_encode = orjson.dumps


class PlainPath:
    """The short way under the terms of one gate."""

    __slots__ = (
        "_decide", "_kept_draws", "_kept_rulings", "_order", "_snapshot", "derived", "is_open", "level", "terms",
    )  # fmt: skip

    def __init__(self, terms: Terms) -> None:
        bundle = terms.bundle
        self.terms = terms
        self._decide = bundle.decide
        self._order = bundle.workflow_order if terms.has_workflows else None
        self.level = terms.conduct.default_level
        self.derived = b',"derived":{"autonomy_level":%d,"first_time":false,"retry_count":' % self.level
        self._snapshot = bundle.short
        self._kept_rulings: dict[tuple[object, ...], tuple[bytes, bytes]] = {}
        self._kept_draws: dict[Sample | None, bytes] = {}
        self.is_open = terms.conduct.is_idle and not bundle.velocity_windows and not terms.has_taint and not terms.kill

    def step(self, step: Step, event: Event) -> bool:
        """Release a plain action; false, and nothing has changed, where it is none."""
        state, terms, now_ms = step.state, self.terms, step.now_ms
        agent_id, fields, digest = event.agent_id, event.fields, event.digest
        action_id, topic, tool = fields["action_id"], fields["topic"], fields.get("tool")
        verdicts = state.verdicts
        key = id_hash("action", agent_id, action_id)
        if (
            not self.is_open
            or "deadline" in fields
            or verdicts.get(key) is not None
            or state.hold_of(agent_id, action_id) is not None
            or stop_of(terms, state, fields, terms.bundle.resolver) is not None
            or state.is_first(agent_id, tool, topic)
            or self.is_in_order(topic)
        ):
            return False
        retries = verdicts.attempts(digest, now_ms)
        derived = Derived(self.level, False, retries)
        verdict = self._decide(fields, derived)
        code = _CODES.get(verdict.decision)
        if code is None:
            return False
        sample = draw(terms.bundle, action_id, derived=derived, verdict=verdict, key=terms.sample_key)
        if sample is not None and sample.selected:
            return False

        verdicts.put(key, digest=digest, code=code, at_ms=now_ms)
        action, agent = _encode(action_id), _encode(agent_id)
        decision_id = id_hash("decision", agent_id, f"{action_id}\0{digest}").hex()
        head, tail = self.ruling(verdict, is_sampled=False)
        at = timestamp(now_ms).encode()
        decision = b"".join(
            (
                b'{"decision_id":"', decision_id.encode(), b'","action_id":', action, b',"agent_id":', agent, head,
                _encode(dict(verdict.constraints)) if verdict.constraints else b"{}",
                tail, at, b'","decided_by":{"kind":"rule"},"action_digest":"', digest.encode(), b'"}',
            )
        )  # fmt: skip
        emit_cleared(step, fields, orjson.Fragment(decision), decision_id=decision_id)
        body = b"".join(
            (
                b'"agent_id":', agent, b',"action_id":', action, b',"topic":', _encode(topic),
                b',"tool":', _encode(tool), b',"decision":', decision,
                self.derived, b"%d" % retries, b',"session_tainted":null,"velocity":[]},"sample":',
                self.encoded_draw(sample), b"}",
            )
        )  # fmt: skip
        step.audit_encoded("decision", agent_id, body)
        step.count("decision", "action", verdict.decision._value_)
        return True

    def is_in_order(self, topic: str) -> bool:
        """Whether a workflow has a word in actions of a topic."""
        return self._order is not None and bool(self._order.concerned(topic))

    def ruling(self, verdict: Verdict, *, is_sampled: bool) -> tuple[bytes, bytes]:
        """The parts of a decision before and behind its constraints, but for ids and times."""
        decision, reason, code, level, rule_id, document = verdict[:6]
        kept = self._kept_rulings
        key = (decision, reason, code, level, rule_id, document, verdict.remediation, is_sampled)
        found = kept.get(key)
        if found is None:
            before = {
                "decision": decision._value_,
                "reason": reason,
                "reason_code": code._value_,
                "rule_id": rule_id,
                "document": document,
            }
            behind = {
                "remediation": verdict.remediation,
                "policy_snapshot": self._snapshot,
                "autonomy_level": level,
                "sampled": is_sampled,
            }
            found = (
                b"," + _encode(before)[1:-1] + b',"constraints":',
                b"," + _encode(behind)[1:-1] + b',"decided_at":"',
            )
            if len(kept) < MAX_KEPT:
                kept[key] = found
        return found

    def encoded_draw(self, sample: Sample | None) -> bytes:
        """The draw as the audit keeps it."""
        found = self._kept_draws.get(sample)
        if found is None:
            found = _encode(None if sample is None else drawn(sample))
            if len(self._kept_draws) < MAX_KEPT:
                self._kept_draws[sample] = found
        return found
