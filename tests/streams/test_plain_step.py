"""The short ways of the gate: the plainly valid is valid, the plainly allowed is written as the long way writes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from policies.bundle import Bundle, load_bundle
from streams.codec import action_digest, decode_object
from streams.effects import Step
from streams.events import FIELDS, Kind, ProposedAction, known_fields
from streams.gate import Gate
from streams.intake import Event, Position, Reader
from streams.plain_events import is_plain_action
from streams.terms import Limits, Terms
from streams.topics import ACTIONS_PROPOSED
from tests.streams.histories import facts_of
from tests.streams.samples import AUDIT, MODEST, NOW_MS, RULES, SAMPLE_KEY, SCANNER, OneLane, action, bundle_of

TEXTS = st.sampled_from(
    (
        "a1", "agent-1", "job.crm.read", "", " ", "x" * 256, "x" * 257, "t\u00e4g", "a\u200bb", 'q"\\', "\x7f", "a\nb",
        "\u2028",
    )
)  # fmt: skip
TIMES = st.sampled_from(
    (
        "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456Z", "2026-02-30T00:00:00Z", "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "0000-01-01T00:00:00Z", "now",
        "2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00.1234567Z", "9999-12-31T23:59:59Z",
    )
)  # fmt: skip
ODD = st.one_of(st.none(), st.booleans(), st.integers(-1, 2), st.floats(-1, 2), TEXTS, st.just([]), st.just({}))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("tool", "environment", "tenant_id", "session_id", "model", "reasoning"), TEXTS),
    **dict.fromkeys(("confidence", "anomaly_score"), st.one_of(st.floats(-0.5, 1.5), st.integers(0, 1))),
    "arguments": st.dictionaries(TEXTS, ODD, max_size=3),
    "risk_tags": st.lists(TEXTS, max_size=4) | st.just(["t"] * 65),
    "proposed_at": TIMES,
    "context": ODD,
    "deadline": TIMES,
    "amount_usd": st.sampled_from((1, 1.5, "2.50", -1, "x", 1e16)),
    "retry_count": st.integers(-1, 3),
    "labels": st.dictionaries(TEXTS, TEXTS, max_size=2),
    "unknown": ODD,
}


@st.composite
def raw_actions(draw: st.DrawFn) -> dict[str, Any]:
    """What a producer might send: mostly valid, with something odd here and there."""
    raw = {"action_id": "a1", "agent_id": "agent-1", "topic": "job.crm.read"}
    raw |= {name: draw(TEXTS) for name in draw(st.lists(st.sampled_from(sorted(raw)), max_size=1))}
    for name in draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=6, unique=True)):
        raw[name] = draw(VALUES[name] if draw(st.integers(0, 9)) else ODD)
    for name in draw(st.lists(st.sampled_from(sorted(raw)), max_size=1)) if not draw(st.integers(0, 9)) else ():
        del raw[name]
    return raw


@given(raw_actions())
@settings(MODEST, max_examples=600)
def test_plainly_valid_action_is_valid_and_taken_over_as_it_is(raw: dict[str, Any]) -> None:
    if not is_plain_action(raw):
        return
    ProposedAction.model_validate(raw)
    assert known_fields(FIELDS[Kind.ACTION], raw) is raw


@given(raw_actions())
@settings(MODEST, max_examples=300)
def test_reader_reads_what_the_model_accepts(raw: dict[str, Any]) -> None:
    value = orjson.dumps(raw)
    intake = Reader(1, 1 << 20).read(Position(ACTIONS_PROPOSED.name, 0, 0), key=None, value=value, headers=())
    try:
        ProposedAction.model_validate(decode_object(value))
    except ValidationError:
        assert not isinstance(intake, Event)
        return
    fields = known_fields(FIELDS[Kind.ACTION], decode_object(value))
    assert isinstance(intake, Event)
    assert (intake.fields, intake.digest, intake.agent_id) == (fields, action_digest(fields), raw["agent_id"])


def test_usual_action_is_plain() -> None:
    usual = action(confidence=0.5, risk_tags=["write"], proposed_at="2026-01-01T00:00:00Z", context={"a": 1})

    assert is_plain_action(usual)
    assert not is_plain_action({**usual, "deadline": "2027-01-01T00:00:00Z"})
    assert not is_plain_action({**usual, "tool": None})


MANDATORY = (
    "audit: {sampling: {rate: 0.3, strategy: stratified, weights: {risk_tags: {write: 2}}}, routing: {default: ops}}"
)
LEVELS = "autonomy_levels: {level_0: {name: n, rules: [{match: {topics: ['*']}, decision: allow}]}}"
ODD_TEXTS = RULES.replace("decision: allow}", "decision: allow, remediation: 'say \"hi\" \u00e4'}")
PACED = RULES.replace("job.retry.*", "job.crm.*").replace("retry_count_above: 1", "velocity: {max: 3, window_sec: 60}")
FLOW = "{trigger: job.crm.read, steps: {a: {type: action, topic: job.deploy.x}}}"
BUNDLES = (
    bundle_of(),
    bundle_of(audit=AUDIT),
    bundle_of(audit=MANDATORY),
    load_bundle({"a.yaml": ODD_TEXTS}),
    load_bundle({"a.yaml": RULES, "b.yaml": LEVELS}),
    load_bundle({"a.yaml": PACED}),
    load_bundle({"a.yaml": RULES, "b.yaml": FLOW}),
)
ACTIONS = st.fixed_dictionaries(
    {
        "action_id": st.sampled_from(("a1", "a2", "a3", "a4", 'q"\\\u00e4', "a6")),
        "topic": st.sampled_from(
            ("job.crm.read", "job.crm.read", "job.deploy.x", "job.crm.delete", "job.retry.x", "job.support.refund", "x")
        ),
        "agent": st.sampled_from(("agent-1", 'agent/"2')),
        "arguments": st.sampled_from(({"n": 1}, {"n": 1.5, "t": "\u00e9\U0001f600"}, None)),
    },
    optional={
        "tool": st.sampled_from(("crm", 'c"rm', None)),
        "confidence": st.sampled_from((0.5, 1)),
        "risk_tags": st.sampled_from((["write"], [])),
        "environment": st.just("prod"),
        "session_id": st.just("s-1"),
        "tenant_id": st.just("acme"),
        "deadline": st.sampled_from(("2030-01-01T00:00:00Z", "2020-01-01T00:00:00Z")),
        "labels": st.just({"k": "v"}),
    },
)


def _lane(bundle: Bundle, *, is_short: bool) -> OneLane:
    gate = Gate(Terms(bundle, SCANNER, SAMPLE_KEY, Limits()))
    if not is_short:
        gate.plain.is_open = False
    return OneLane(gate)


@pytest.mark.parametrize("bundle", BUNDLES, ids=range(len(BUNDLES)))
@given(st.lists(ACTIONS, max_size=14), st.booleans())
@settings(MODEST, max_examples=60)
def test_short_way_writes_changes_and_counts_what_the_long_way_does(
    bundle: Bundle, given_actions: Sequence[dict[str, Any]], has_trace: bool
) -> None:
    lanes = (_lane(bundle, is_short=True), _lane(bundle, is_short=False))
    trace = [("traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01")] if has_trace else ()
    for number, fields in enumerate(given_actions):
        steps = [lane.give(action(**fields), headers=trace) for lane in lanes]
        assert steps[0].effects == steps[1].effects
        assert steps[0].facts == steps[1].facts
        for lane in lanes:
            lane.now_ms = NOW_MS + number * 977
    assert facts_of(lanes[0].state) == facts_of(lanes[1].state)
    assert lanes[0].state.take_changes(NOW_MS) == lanes[1].state.take_changes(NOW_MS)


def test_short_way_is_taken_for_a_plain_action_and_for_no_first_one() -> None:
    lane = _lane(bundle_of(audit=AUDIT.replace("0.5", "0")), is_short=True)
    first, second = (lane.read(orjson.dumps(action(name)), topic=ACTIONS_PROPOSED.name) for name in ("a1", "a2"))
    assert isinstance(first, Event) and isinstance(second, Event)

    before = lane.gate.plain.step(Step(lane.state, NOW_MS, first.position), first)
    lane.step(first)
    after = lane.gate.plain.step(Step(lane.state, NOW_MS, second.position), second)

    assert (before, after) == (False, True)
