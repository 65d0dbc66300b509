"""The short way of plain actions compiled, where it was built: `native/` in Rust, `plain_step` without it.

It takes refused actions and samples too, which `plain_step` leaves to the long way, and decides nothing: an action
whose kind is new to it is decided here, by the bundle, and what comes of it is kept under all that the verdict depends
on (`policies.reads`). Every check of the long way is made there before anything is changed; whatever is not plain, in
fewer forms than `plain_events` knows, is left to the gate's own step.

# INVARIANT: what it writes, changes and counts is what the gate's own step would, byte for byte; tests compare them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import orjson

from policies.decisions import Derived, Verdict
from policies.sampling import AUDIT_DOMAIN, Sample, chance, draw
from streams.action_step import CODES
from streams.effects import Emit, Header, Step, shared_headers, shared_origin, timestamp
from streams.events import EventType
from streams.intake import Reader
from streams.memory import VerdictCode
from streams.plain_step import PlainPath
from streams.reasons import ACTION_FAILED_CLOSED
from streams.release import emit_sample
from streams.state import LaneState, seen_key
from streams.summary import summary_of
from streams.topics import ACTIONS_CLEARED, ACTIONS_PROPOSED, ACTIONS_REFUSED, AUDIT, MAX_BATCH_BYTES, SAMPLES

if TYPE_CHECKING:
    from streams._native import Form, NativeStep, Outgoing
else:
    try:
        from streams._native import Form, NativeStep, Outgoing
    except ImportError:
        Form = NativeStep = Outgoing = None

# Where a run writes, in the order in which it takes them.
TARGETS: Final = (ACTIONS_CLEARED.name, ACTIONS_REFUSED.name, SAMPLES.name, AUDIT.name)
# Larger values are rare, and the limits of what may be written out are the long way's.
MOST_BYTES: Final = 64 * 1024


def is_built() -> bool:
    """Whether the compiled short way is there."""
    return NativeStep is not None


def compiled(plain: PlainPath, reader: Reader) -> NativeStep | None:
    """The compiled short way under a gate's terms; None where it was not built, or nothing is plain."""
    terms = plain.terms
    reads = terms.bundle.reads
    if not is_built() or not plain.is_open or reads is None:
        return None
    cuts = {name: [float(cut) for cut in reads.cuts.get(name, ())] for name in ("confidence", "anomaly_score")}
    if any(list(reads.cuts.get(name, ())) != exact for name, exact in cuts.items()):
        return None  # a double would not compare as the document's number does
    return NativeStep(
        partitions=reader.partitions,
        most_bytes=min(MOST_BYTES, reader.max_event_bytes),
        sample_key=terms.sample_key,
        sample_domain=AUDIT_DOMAIN.encode(),
        reads_agent="agent_id" in reads.names,
        cuts=(cuts["confidence"], cuts["anomaly_score"]),
        make_form=partial(_form, plain),
        make_moment=_moment,
        make_sample=partial(_sample, plain),
    )


def outgoing(now_ms: int) -> Outgoing:
    """Records of one partition for one transaction, encoded as they are added."""
    return Outgoing(now_ms, MAX_BATCH_BYTES)


def _form(plain: PlainPath, value: bytes) -> Form | None:
    """How the records about actions such as this one are written; None for those that go the long way."""
    fields = orjson.loads(value)
    if plain.is_in_order(fields["topic"]):
        return None
    derived = Derived(plain.level, False, 0)
    verdict = plain.terms.bundle.decide(fields, derived)
    code = CODES.get(verdict.decision)
    if code is VerdictCode.HELD or code is None or verdict.reason_code in ACTION_FAILED_CLOSED:
        return None
    cut, passed, picked = None, None, None
    if plain.terms.bundle.audit_plan is not None:
        group = chance(plain.terms.bundle.audit_plan, derived=derived, verdict=verdict)
        # No hash is below an empty cut: all are picked.
        cut, passed, picked = (
            (b"", None, group) if isinstance(group, Sample) else (group.cut, group.passed, group.picked)
        )
    fact = ("decision", "action", verdict.decision.value)
    return Form(
        seen_key(fields.get("tool"), fields["topic"]),
        is_released=code is not VerdictCode.DENIED,
        code=code.value[0],
        cut=cut,
        passed=(_middle(plain, verdict, is_sampled=False), _end(plain, passed), (fact,)),
        picked=(_middle(plain, verdict, is_sampled=True), _end(plain, picked), (("sample",), fact)),
    )


def _middle(plain: PlainPath, verdict: Verdict, *, is_sampled: bool) -> bytes:
    """A decision from behind the agent's id to before the time."""
    head, tail = plain.ruling(verdict, is_sampled=is_sampled)
    return b"".join((head, orjson.dumps(dict(verdict.constraints)), tail))


def _end(plain: PlainPath, sample: Sample | None) -> bytes:
    """A decision's audit record from behind the decision to its end."""
    return b"".join(
        (plain.derived, b'0,"session_tainted":null,"velocity":[]},"sample":', plain.encoded_draw(sample), b"}")
    )


def _sample(
    plain: PlainPath, state: LaneState, value: bytes, decision: bytes, now_ms: int, trace: bytes | None
) -> Emit:
    """The record for those who audit, about an action that was picked."""
    fields, terms = orjson.loads(value), plain.terms
    derived = Derived(plain.level, False, 0)
    verdict = terms.bundle.decide(fields, derived)
    sample = draw(terms.bundle, fields["action_id"], derived=derived, verdict=verdict, key=terms.sample_key)
    if sample is None:
        raise ValueError("a sample of a bundle that audits nothing")
    step = Step(state, now_ms, None, trace)
    emit_sample(
        step,
        sample,
        fields,
        decision=orjson.loads(decision),
        summary=summary_of(fields, verdict),
        sealer=terms.sealer,
    )
    return step.effects[0]


def _moment(partition: int, now_ms: int) -> tuple[bytes, bytes, *tuple[Sequence[Header], ...]]:
    """What records of a lane and time have in common: the time, the origin in the audit, headers of three kinds."""
    return (
        timestamp(now_ms).encode(),
        shared_origin("decision", ACTIONS_PROPOSED.name, partition, partition, now_ms),
        shared_headers(EventType.ACTION_CLEARED, partition, now_ms),
        shared_headers(EventType.ACTION_REFUSED, partition, now_ms),
        shared_headers(EventType.AUDIT, partition, now_ms),
    )
