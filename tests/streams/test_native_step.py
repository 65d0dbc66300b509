"""The compiled short way: what it takes, it writes, changes and counts as the gate's own step does, byte for byte."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.load import actions as load_actions
from bench.load import bundle_sources
from policies.bundle import Bundle, load_bundle
from policies.kill import KillSwitch
from streams.effects import Emit, Fact
from streams.gate import Gate
from streams.intake import Position, Reader
from streams.native_step import TARGETS, is_built, outgoing
from streams.sealing import Sealer
from streams.state import LaneState
from streams.terms import Limits, Terms
from streams.topics import ACTIONS_CLEARED, ACTIONS_PROPOSED, ACTIONS_REFUSED, AUDIT, SAMPLES
from tests.streams.encoded import emits_of
from tests.streams.histories import facts_of
from tests.streams.samples import MODEST, NOW_MS, PAYLOAD_KEY, SAMPLE_KEY, SCANNER, action
from tests.streams.test_plain_step import ACTIONS, BUNDLES

READER = Reader(1, 256 * 1024)
TRACE = ("traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01")


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    if not is_built():
        if os.environ.get("CI") and shutil.which("cargo"):
            pytest.fail("the compiled short way is not built although there is a Rust toolchain: tools/native.py")
        pytest.skip("the compiled short way is not built: make install, where there is a Rust toolchain")


class Lane:
    """A lane without Kafka, with the compiled short way or without it."""

    def __init__(self, bundle: Bundle, *, is_compiled: bool, kill: KillSwitch | None = None) -> None:
        self.gate = Gate(Terms(bundle, SCANNER, SAMPLE_KEY, Limits(), Sealer(PAYLOAD_KEY), kill=kill or KillSwitch()))
        self.native = self.gate.compiled(READER) if is_compiled else None
        self.state = LaneState(0)
        self.now_ms = NOW_MS
        self.taken = 0
        self.offset = 0

    def give(
        self, value: bytes, *, key: bytes | None = None, headers: Sequence[tuple[str, bytes]] = ()
    ) -> tuple[dict[str, list[Emit]], list[Fact]]:
        """What is written by topic, and counted, for one record."""
        record = SimpleNamespace(offset=self.offset, key=key, value=value, headers=headers)
        self.offset += 1
        if self.native is not None:
            done, writes, facts, size = run(self, [record])
            assert size == sum(len(emit.value or b"") for emits in writes.values() for emit in emits)
            if done:
                self.taken += 1
                return writes, facts
            assert (writes, facts) == ({}, [])
        position = Position(ACTIONS_PROPOSED.name, 0, record.offset)
        step = self.gate.step(self.state, READER.read(position, key=key, value=value, headers=headers), self.now_ms)
        topics = dict.fromkeys(emit.topic for emit in step.effects)
        return {topic: [emit for emit in step.effects if emit.topic == topic] for topic in topics}, step.facts


def run(
    lane: Lane, records: list[object], *, most_bytes: int = 1 << 30
) -> tuple[int, dict[str, list[Emit]], list[Fact], int]:
    """Let the compiled way decide what it can: how many, what is written by topic, counted, and how large it is."""
    assert lane.native is not None
    made = (outgoing(lane.now_ms), outgoing(lane.now_ms), outgoing(lane.now_ms), outgoing(lane.now_ms))
    done, facts, size = lane.native.run(lane.state, 0, records, lane.now_ms, most_bytes, made)
    writes = {topic: emits_of(one, topic=topic, partition=0) for topic, one in zip(TARGETS, made, strict=True)}
    return done, {topic: emits for topic, emits in writes.items() if emits}, facts, size


def both(bundle: Bundle, **more: Any) -> tuple[Lane, Lane]:
    """A lane with the compiled short way and one without."""
    return Lane(bundle, is_compiled=True, **more), Lane(bundle, is_compiled=False, **more)


def expect_same(lanes: tuple[Lane, Lane], value: bytes, **record: Any) -> None:
    """Give a record to both lanes, and see that they make the same of it."""
    one, other = (lane.give(value, **record) for lane in lanes)
    assert one == other
    assert (lanes[0].state.audit_head, lanes[0].state.audited_ms) == (
        lanes[1].state.audit_head,
        lanes[1].state.audited_ms,
    )


def expect_same_state(lanes: tuple[Lane, Lane]) -> None:
    """See that both lanes know and would keep the same."""
    assert facts_of(lanes[0].state) == facts_of(lanes[1].state)
    assert lanes[0].state.take_changes(NOW_MS) == lanes[1].state.take_changes(NOW_MS)
    assert facts_of(lanes[0].state) == facts_of(lanes[1].state)


@pytest.mark.parametrize("bundle", BUNDLES, ids=range(len(BUNDLES)))
@given(st.lists(ACTIONS, max_size=14), st.booleans(), st.booleans())
@settings(MODEST, max_examples=60)
def test_compiled_way_writes_changes_and_counts_what_the_gate_does(
    bundle: Bundle, given_actions: Sequence[dict[str, Any]], has_trace: bool, has_key: bool
) -> None:
    lanes = both(bundle)
    for number, fields in enumerate(given_actions):
        event = action(**fields)
        key = event["agent_id"].encode() if has_key else None
        expect_same(lanes, orjson.dumps(event), key=key, headers=[TRACE] if has_trace else ())
        for lane in lanes:
            lane.now_ms = NOW_MS + number // 3 * 977
        if number % 5 == 4:
            expect_same_state(lanes)
    expect_same_state(lanes)


CUTS = """
rules:
  - {id: unsure, match: {confidence_below: 0.3}, decision: deny, reason: too unsure}
  - {id: odd, match: {anomaly_score_above: 0.25}, decision: require_approval}
  - {id: prod, match: {environments: ["p*"], anomaly_score_above: 0.125}, decision: deny}
  - {id: tenants, match: {tenants: [acme], confidence_below: 0.75}, decision: allow_with_constraints,
     constraints: {max_runtime_sec: 5}}
  - {id: agents, match: {agents: ["agent-2*"], risk_tags: [write]}, decision: deny}
  - {id: both, match: {risk_tags_all: [write, pii]}, decision: deny, reason: both}
  - {id: rest, match: {topics: ["*"]}, decision: allow}
"""
STRATA = "audit: {sampling: {rate: 0.3, strategy: stratified, weights: {risk_tags: {pii: 3}}}, routing: {default: ops}}"
CUT_BUNDLES = (
    load_bundle({"a.yaml": CUTS}),
    load_bundle(
        {"a.yaml": CUTS, "b.yaml": "defaults: {anomaly_score: 0, confidence: 1, risk_tags: []}", "c.yaml": STRATA}
    ),
    load_bundle(
        {
            "a.yaml": CUTS,
            "c.yaml": STRATA,
            "d.yaml": "action_classes: [{class: c, match: {topics: [job.a]}, risk_tags: [pii]}]",
        }
    ),
    # What must be audited is a sample whatever is drawn.
    load_bundle(
        {
            "a.yaml": CUTS,
            "c.yaml": STRATA.replace(
                "audit: {",
                "audit: {mandatory: [{match: {environments: [prod]}}, "
                "{match: {topics: [job.b], confidence_below: 0.8}}], ",
            ),
        }
    ),
    # An action without a tool may be of a class that only a tool tells.
    load_bundle(
        {
            "a.yaml": CUTS,
            "c.yaml": STRATA,
            "d.yaml": "action_classes: [{class: c, match: {topics: [job.a], tools: [mail]}, risk_tags: [pii]}]",
        }
    ),
)
NEAR = st.sampled_from(
    (0.0, 0.1, 0.125, 0.1250001, 0.2, 0.25, 0.2999999, 0.3, 0.30000000000000004, 0.31, 0.75, 0.8, 1.0)
)


@pytest.mark.parametrize("bundle", CUT_BUNDLES, ids=range(len(CUT_BUNDLES)))
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "topic": st.sampled_from(("job.a", "job.b")),
                "agent": st.sampled_from(("agent-1", "agent-2", "agent-22")),
            },
            optional={
                "confidence": NEAR,
                "anomaly_score": NEAR,
                "environment": st.sampled_from(("prod", "dev")),
                "tool": st.sampled_from(("mail", None)),
                "tenant_id": st.sampled_from(("acme", "other")),
                "risk_tags": st.lists(st.sampled_from(("write", "pii", "read")), max_size=3),
            },
        ),
        max_size=24,
    )
)
@settings(MODEST, max_examples=80)
def test_compiled_way_tells_apart_what_policy_tells_apart(
    bundle: Bundle, given_actions: Sequence[dict[str, Any]]
) -> None:
    lanes = both(bundle)
    for number, fields in enumerate(given_actions):
        expect_same(lanes, orjson.dumps(action(f"a{number}", arguments={"n": number}, **fields)))
    expect_same_state(lanes)


SCALARS = st.sampled_from(
    (
        "0", "-0", "1", "-7", "01", "1.0", "-1.0", "0.0", "-0.0", "0.5", "0.50", "1e3", "1E-7", "1.5e300", "1e999",
        "12.125", "0.0001", "0.00001", "123456789012345.5", "1234567890.12345", "0.1000000000000000055",
        "9223372036854775807", "18446744073709551616", "999999999999999999", "true", "false", "null", "nul", '"t"',
        '"\\u0041"', '"\\/"', '"\\n\\"\\\\"', '"\u00e9\U0001f600"', '"\\ud800"', '"\x7f"', '"a\tb"', '""', "[]", "{}",
        "[1,2.0,[3]]", '{"b":1,"a":{"d":2.50,"c":null}}', '{"b":1,"a":2,"a ":3,"a!":4}', '{"a":1,"a":2}',
        '{"\u00e9":1}', '{"a\\"b":1}', "[" * 40 + "]" * 40, "1 ", " 1", "",
    )
)  # fmt: skip
NAMES = st.sampled_from(
    (
        "tool", "environment", "tenant_id", "session_id", "model", "confidence", "anomaly_score", "arguments",
        "risk_tags", "proposed_at", "reasoning", "context", "amount_usd", "kind", "deadline", "unknown", "action_id",
    )
)  # fmt: skip
FIELDS_TEXT = st.sampled_from(
    (
        '"arguments":{"z":1,"a":[1.5,"x"],"m":{"y":2.0,"b":"\\n"}}', '"confidence":0.5', '"confidence":1',
        '"risk_tags":["a","b"]', '"risk_tags":["a",1]', '"risk_tags":[]', '"proposed_at":"2026-02-28T23:59:59.5Z"',
        '"proposed_at":"2026-02-29T00:00:00Z"', '"proposed_at":"2024-02-29T00:00:00Z"',
        '"proposed_at":"2026-01-01T00:00:00z"', '"context":{"a":[{}]}', '"tool":"t"', '"reasoning":"\\"x\\""',
        '"kind":"action"', '"model":"m-1"',
    )
)  # fmt: skip


@st.composite
def wire_values(draw: st.DrawFn) -> bytes:
    """An action as text, of parts that a writer may write in more than one way."""
    parts = [f'"action_id":"a{draw(st.integers(0, 3))}"', '"agent_id":"agent-1"', '"topic":"job.crm.read"']
    parts += draw(st.lists(FIELDS_TEXT, max_size=3))
    for name in draw(st.lists(NAMES, max_size=2)):
        parts.append(f'"{name}":{draw(SCALARS)}')
    if draw(st.booleans()):
        parts.append(f'"arguments":{{"k":{draw(SCALARS)},"b":{draw(SCALARS)}}}')
    parts = draw(st.permutations(parts))
    glue = draw(st.sampled_from((",", ",", ",", ",", ", ", ",,")))
    return (draw(st.sampled_from(("{", "{", "{", "{ ", "[{"))) + glue.join(parts) + "}").encode(
        "utf-8", "surrogatepass"
    )


WIRE_BUNDLE = load_bundle({"a.yaml": "rules: [{match: {topics: ['*']}, decision: allow}]"})


@given(st.lists(wire_values(), min_size=1, max_size=6))
@settings(MODEST, max_examples=600)
def test_compiled_way_reads_the_wire_as_the_reader_does(values: Sequence[bytes]) -> None:
    lanes = both(WIRE_BUNDLE)
    # What the agent did before, with tools and without, so that most of what follows is plain.
    for number, tool in enumerate((None, "t", "crm")):
        expect_same(lanes, orjson.dumps(action(f"before-{number}", tool=tool)))
    for value in values:
        expect_same(lanes, value)
    expect_same_state(lanes)


@given(st.binary(max_size=12), st.integers(0, 400), st.integers(0, 12))
@settings(MODEST, max_examples=300)
def test_bytes_changed_anywhere_are_read_as_the_reader_reads_them(noise: bytes, at: int, gone: int) -> None:
    lanes = both(WIRE_BUNDLE)
    usual = orjson.dumps(action("a1", confidence=0.25, risk_tags=["w"], context={"t": "\u00e9"}, reasoning="why"))
    expect_same(lanes, orjson.dumps(action("a0")))
    at %= len(usual)
    expect_same(lanes, usual[:at] + noise + usual[at + gone :])


@given(
    st.lists(
        st.tuples(st.sampled_from(("traceparent", "ce_id", "gate-forwarded-from")), st.binary(max_size=60)), max_size=3
    )
    | st.just([TRACE])
    | st.just([("x", b"y" * 200)] * 70)
    | st.just([("x", b"y" * 20_000)])
)
@settings(MODEST, max_examples=100)
def test_headers_are_carried_and_refused_as_by_the_reader(headers: list[tuple[str, bytes]]) -> None:
    lanes = both(WIRE_BUNDLE)
    expect_same(lanes, orjson.dumps(action("a0")))
    expect_same(lanes, orjson.dumps(action("a1")), headers=headers)


def test_usual_load_is_taken_released_refused_and_sampled() -> None:
    lane, pure = both(load_bundle(bundle_sources()))
    written: dict[str, int] = {}
    for agent, value in load_actions(6_000, seed=3, run="r"):
        for topic, emits in lane.give(value, key=agent.encode())[0].items():
            written[topic] = written.get(topic, 0) + len(emits)
        pure.give(value, key=agent.encode())

    assert lane.state.audit_head == pure.state.audit_head
    # All but the first action of each kind of each agent.
    assert lane.taken >= 6_000 - 2_000
    assert min(written[topic] for topic in (ACTIONS_CLEARED.name, ACTIONS_REFUSED.name, SAMPLES.name, AUDIT.name)) > 100


def test_what_is_first_repeated_retried_stopped_or_for_another_lane_goes_the_long_way() -> None:
    lane = Lane(WIRE_BUNDLE, is_compiled=True)

    def is_taken(**fields: Any) -> bool:
        before = lane.taken
        lane.give(orjson.dumps(action(**fields)))
        return lane.taken > before

    assert not is_taken(action_id="a1")
    assert is_taken(action_id="a2", arguments={"n": 2})
    assert not is_taken(action_id="a2", arguments={"n": 2})
    assert not is_taken(action_id="a3", arguments={"n": 2})
    assert not is_taken(action_id="a4", arguments={"n": 4}, tool="another")
    assert is_taken(action_id="a5", arguments={"n": 5})
    lane.state.stops["agent-1"] = None  # type: ignore[assignment]  # only that there is one counts
    assert not is_taken(action_id="a6", arguments={"n": 6})
    two = Gate(lane.gate.terms).compiled(Reader(2, 1 << 20))
    assert two is not None
    record = SimpleNamespace(offset=0, key=None, value=orjson.dumps(action("a7")), headers=())
    lane.native = two
    assert run(lane, [record])[0] == 0


def test_nothing_is_compiled_where_a_verdict_may_depend_on_anything() -> None:
    def is_open(text: str) -> bool:
        return Gate(Terms(load_bundle({"a.yaml": text}), SCANNER, SAMPLE_KEY)).compiled(READER) is not None

    def rule(condition: str) -> str:
        return f"rules: [{{match: {{{condition}}}, decision: allow}}]"

    assert is_open(rule("topics: ['*']"))
    assert not is_open(rule("when: 'arguments.n > 3'"))
    assert not is_open(rule("labels: {a: b}"))
    assert not is_open(rule("velocity: {max: 3, window_sec: 60}"))
    assert not is_open(
        rule("topics: [a]") + "\naction_classes: [{class: c, match: {topics: [a]}, derive: {amount_usd: arguments.n}}]"
    )


def test_run_ends_at_what_is_not_plain_and_at_its_limit_of_bytes() -> None:
    lane = Lane(WIRE_BUNDLE, is_compiled=True)
    assert lane.native is not None
    lane.give(orjson.dumps(action("a0")))
    values = [orjson.dumps(action(f"a{n}", arguments={"n": n})) for n in range(1, 9)]
    values[5] = b"{}"
    records: list[object] = [
        SimpleNamespace(offset=n, key=None, value=value, headers=()) for n, value in enumerate(values)
    ]

    done, writes, facts, size = run(lane, records[:2], most_bytes=1)
    rest = run(lane, records[1:])

    assert (done, len(writes[AUDIT.name]), len(facts)) == (1, 1, 1)
    assert size > 1
    assert (rest[0], len(rest[1][ACTIONS_CLEARED.name])) == (4, 4)
