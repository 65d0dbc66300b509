"""Every condition with every decision, its field present, absent and of the wrong type."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

from policies.decisions import Decision, Derived, ReasonCode
from policies.documents import MATCH_FIELDS
from policies.velocity import Window, counts, kept
from tests.policies.samples import rules_bundle

KNOWN = Derived(0, first_time=False, retry_count=0, session_tainted=False, velocity=((60, 1),))


class Row(NamedTuple):
    """A condition with the event or the gate's knowledge that fits it, does not, lacks it, and has it wrongly typed."""

    wanted: object
    fits: object
    differs: object
    absent: object = None
    wrong: object = None


# The fields of the event; `None` as absent means that the field is not there.
EVENT: dict[str, tuple[str, Row]] = {
    "risk_tags": ("risk_tags", Row(["prod"], ["prod", "x"], ["x"], wrong="prod")),
    "risk_tags_all": ("risk_tags", Row(["a", "b"], ["b", "a"], ["a"], wrong=[1])),
    "agents": ("agent_id", Row(["bot-*"], "bot-1", "man-1", wrong=1)),
    "tenants": ("tenant_id", Row(["t1"], "t1", "t2", wrong=["t1"])),
    "tools": ("tool", Row(["get_*"], "get_x", "set_x", wrong=7)),
    "environments": ("environment", Row(["prod"], "prod", "stage", wrong=True)),
    "labels": ("labels", Row({"k": "v*"}, {"k": "v1"}, {"k": "w"}, wrong=["k"])),
    "confidence_below": ("confidence", Row(0.5, 0.49, 0.5, wrong="low")),
    "anomaly_score_above": ("anomaly_score", Row(0.5, 0.51, 0.5, wrong=True)),
    "amount_usd_above": ("amount_usd", Row(100, "100.01", 100, wrong=float("nan"))),
    "affected_users_above": ("affected_users", Row(3, 4, 3, wrong=[])),
    "customer_facing": ("customer_facing", Row(True, True, False, wrong=1)),
    "reversible": ("reversible", Row(False, False, True, wrong="no")),
    "at_least": (
        "confidence",
        Row({"count": 2, "of": [{"confidence_below": 0.5}, {"topics": ["job.*"]}]}, 0.1, 0.9, wrong="low"),
    ),
    "when": ("arguments", Row("arguments.n > 1", {"n": 2}, {"n": 1}, absent={}, wrong={"n": "2"})),
    "retry_count_above": ("retry_count", Row(2, 3, 2, wrong="x")),
}
# What the gate knows; its own types are right, so that only absence is left.
DERIVED: dict[str, Row] = {
    "first_time_action": Row(True, KNOWN._replace(first_time=True), KNOWN),
    "session_tainted": Row(
        True, KNOWN._replace(session_tainted=True), KNOWN, absent=KNOWN._replace(session_tainted=None)
    ),
    "velocity": Row(
        {"max": 3, "window_sec": 60}, KNOWN._replace(velocity=((60, 3),)), KNOWN, absent=KNOWN._replace(velocity=())
    ),
}
DECISIONS = tuple(Decision)
OTHER = {decision: Decision.DENY if decision is Decision.ALLOW else Decision.ALLOW for decision in Decision}


def _decide(condition: str, wanted: object, decision: Decision, *, event: dict[str, object], known: Derived) -> object:
    """The verdict of one rule with the condition, before a rule that decides otherwise."""
    rules = [
        {"id": "first", "match": {condition: wanted}, "decision": decision.word},
        {"id": "rest", "match": {"topics": ["*"]}, "decision": OTHER[decision].word},
    ]
    verdict = rules_bundle(json.dumps({"rules": rules})).decide({"topic": "job.x", **event}, known)
    return verdict.decision, verdict.reason_code, verdict.rule_id


def test_the_table_has_every_condition() -> None:
    assert {*EVENT, *DERIVED, "topics"} == set(MATCH_FIELDS)


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("condition", EVENT)
def test_a_condition_on_the_event_decides_when_it_is_known_and_never_helps_when_it_is_not(
    condition: str, decision: Decision
) -> None:
    field, row = EVENT[condition]

    def decide(value: object) -> object:
        fields = {} if value is None else {field: value}
        return _decide(condition, row.wanted, decision, event=fields, known=KNOWN)

    strictest = max(decision, OTHER[decision], key=lambda entry: entry.strictness)
    is_first = strictest is decision

    assert decide(row.fits) == (decision, ReasonCode.RULE_MATCHED, "first")
    assert decide(row.differs) == (OTHER[decision], ReasonCode.RULE_MATCHED, "rest")
    assert decide(row.wrong) == (Decision.DENY, ReasonCode.EVALUATION_FAILED, None)
    if condition == "retry_count_above":  # the gate counts retries itself: absent is what it counted
        assert decide(row.absent) == decide(row.differs)
    else:
        assert decide(row.absent) == (strictest, ReasonCode.FIELD_MISSING, "first" if is_first else "rest")


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("condition", DERIVED)
def test_a_condition_on_what_the_gate_knows_is_unknown_where_it_does_not_know(
    condition: str, decision: Decision
) -> None:
    row = DERIVED[condition]

    def decide(known: object) -> object:
        assert isinstance(known, Derived)
        claims: dict[str, object] = {"first_time_action": False, "session_tainted": False, "velocity": []}
        return _decide(condition, row.wanted, decision, event=claims, known=known)

    strictest = max(decision, OTHER[decision], key=lambda entry: entry.strictness)

    assert decide(row.fits) == (decision, ReasonCode.RULE_MATCHED, "first")
    assert decide(row.differs) == (OTHER[decision], ReasonCode.RULE_MATCHED, "rest")
    if row.absent is not None:
        rule = "first" if strictest is decision else "rest"
        assert decide(row.absent) == (strictest, ReasonCode.FIELD_MISSING, rule)


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("topic", [None, 7, "", ["job.x"]])
def test_an_action_without_a_proper_topic_is_denied(decision: Decision, topic: object) -> None:
    found = _decide("topics", ["*"], decision, event={"topic": topic}, known=KNOWN)

    assert found == (Decision.DENY, ReasonCode.EVALUATION_FAILED, None)


AT_LEAST = """
rules:
  - match:
      at_least: {count: 2, of: [{reversible: false}, {customer_facing: true}, {confidence_below: 0.5}]}
    decision: deny
  - {match: {topics: ["*"]}, decision: allow}
"""


@pytest.mark.parametrize(
    ("fields", "decision", "code"),
    [
        ({"reversible": False, "customer_facing": True}, Decision.DENY, ReasonCode.RULE_MATCHED),
        ({"reversible": False, "customer_facing": False}, Decision.DENY, ReasonCode.FIELD_MISSING),
        ({"reversible": True, "customer_facing": False}, Decision.ALLOW, ReasonCode.RULE_MATCHED),
        ({}, Decision.DENY, ReasonCode.FIELD_MISSING),
    ],
)
def test_at_least_is_true_false_or_open_by_what_is_certain(
    fields: dict[str, object], decision: Decision, code: ReasonCode
) -> None:
    verdict = rules_bundle(AT_LEAST).decide({"topic": "job.x", **fields}, KNOWN)

    assert (verdict.decision, verdict.reason_code) == (decision, code)
    if not fields:
        assert verdict.missing == ("confidence", "customer_facing", "reversible")


def test_the_gate_s_counts_let_max_actions_pass_in_a_window() -> None:
    text = (
        "rules:\n  - {match: {velocity: {max: 3, window_sec: 60}}, decision: deny}\n"
        '  - {match: {topics: ["*"]}, decision: allow}\n'
    )
    bundle = rules_bundle(text)
    windows = bundle.velocity_windows
    times: tuple[int, ...] = ()
    seen: list[Decision] = []
    for now_ms in (0, 1_000, 2_000, 3_000, 59_999, 60_000, 61_500):
        known = KNOWN._replace(velocity=counts(times, now_ms=now_ms, windows=windows))
        seen.append(bundle.decide({"topic": "job.x"}, known).decision)
        times = kept((*times, now_ms), now_ms=now_ms, windows=windows)

    assert [window.seconds for window in windows] == [60]
    assert seen == [Decision.ALLOW] * 3 + [Decision.DENY] * 4


def test_what_is_kept_of_times_is_bounded_and_answers_the_same() -> None:
    windows = (Window(60, 3), Window(3_600, 10))
    every = tuple(range(0, 400_000, 1_000))
    few: tuple[int, ...] = ()
    for at in every:
        few = kept((*few, at), now_ms=at, windows=windows)

    assert len(few) <= 11
    for window, (_, exact), (_, bounded) in zip(
        windows,
        counts(every, now_ms=400_000, windows=windows),
        counts(few, now_ms=400_000, windows=windows),
        strict=True,
    ):
        assert (exact + 1 > window.most) == (bounded + 1 > window.most)


def test_a_bundle_without_velocity_asks_for_no_counts() -> None:
    assert rules_bundle("rules: []").velocity_windows == ()
