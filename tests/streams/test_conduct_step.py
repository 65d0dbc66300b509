"""Levels, circuit breakers, velocity and the kill switch, as they come out of the gate."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from policies.autonomy_record import Record, Standing
from policies.bundle import load_bundle
from policies.conduct import Conduct
from policies.kill import KillSwitch, kill_entry
from streams.gate import Gate
from streams.terms import Limits, Terms
from streams.topics import (
    ACTIONS_CLEARED,
    ACTIONS_OUTCOMES,
    ACTIONS_REFUSED,
    APPROVALS_REQUESTED,
    AUDIT,
    OUTPUTS_CLEARED,
    QUARANTINE,
)
from tests.streams.histories import facts_of, restored
from tests.streams.samples import HOUR_MS, NOW_MS, SAMPLE_KEY, SCANNER, OneLane, action, gate_of, output, values

DAY_MS = 24 * HOUR_MS
AUTONOMY = """
autonomy_levels:
  level_0: {name: supervised, rules: [{match: {topics: ["job.*.read"]}, decision: allow},
    {match: {topics: ["*"]}, decision: require_approval}]}
  level_1: {name: assisted, rules: [{match: {topics: ["*"]}, decision: allow}]}
promotion_criteria: {min_successful_actions: 3, max_error_rate: 0.5, review_period_days: 1,
  requires_human_sign_off: %s}
demotion_triggers: [policy_violation, safety_incident, {error_rate_above: 0.5}]
"""
INVARIANTS = """
invariants:
  - {id: never-drop, match: {topics: ["job.*.drop"]}, decision: deny, reason: nobody drops}
"""
BREAKERS = """
circuit_breakers:
  - {id: storms, match: {classes: [crm]}, velocity: {max: 2, window_sec: 60}, open_sec: 600, probes: 1}
"""
VELOCITY = """
rules:
  - {id: fast, match: {topics: ["job.*"], velocity: {max: 2, window_sec: 60}}, decision: deny, reason: too fast}
  - {id: rest, match: {topics: ["job.*"]}, decision: allow}
"""
TAINT = """
action_classes:
  - {class: web, match: {topics: ["job.web.*"]}, taints_for_sec: 600}
  - {class: mail, match: {topics: ["job.mail.*"], tools: [post]}, taints_for_sec: 60}
rules:
  - {id: careful, match: {topics: ["job.crm.*"], session_tainted: true}, decision: require_approval}
  - {id: held, match: {topics: ["job.web.held"]}, decision: require_approval}
  - {id: rest, match: {topics: ["*"]}, decision: allow}
"""
ALLOW_ALL = "rules: [{id: rest, match: {topics: ['*']}, decision: allow}]"


def lane_of(*documents: str, level: int = 0, kill: KillSwitch | None = None, strict: bool = False) -> OneLane:
    """A lane under a bundle of these documents."""
    bundle = load_bundle({f"d{number}.yaml": text for number, text in enumerate(documents)})
    limits = Limits(default_level=level, is_strict=strict)
    return OneLane(Gate(Terms(bundle, SCANNER, SAMPLE_KEY, limits, None, None, kill or KillSwitch())))


def outcome(action_id: str, status: str = "success") -> dict[str, Any]:
    """What became of an action."""
    return {"action_id": action_id, "agent_id": "agent-1", "status": status}


def audited(step: Any) -> dict[str, Any]:
    """The one audit record of a step."""
    (record,) = values(step.effects, AUDIT.name)
    return record


def work(lane: OneLane, count: int, *, days: float = 0.5, status: str = "success") -> None:
    """Reads with their outcomes, some time apart."""
    for number in range(count):
        lane.now_ms += int(days * DAY_MS)
        lane.give(action(f"w{lane.now_ms}-{number}"))
        lane.give(outcome(f"w{lane.now_ms}-{number}", status))


def test_good_outcomes_raise_the_level_and_policy_reads_it() -> None:
    lane = lane_of(AUTONOMY % "false")
    assert audited(lane.give(action("before", "job.crm.update")))["decision"]["decision"] == "REQUIRE_APPROVAL"

    work(lane, 6)

    after = audited(lane.give(action("after", "job.crm.update", arguments={"id": 8})))
    assert after["derived"]["autonomy_level"] == after["decision"]["autonomy_level"] == 1
    assert after["decision"]["decision"] == "ALLOW"


def test_strict_deployment_promotes_nobody_without_evidence() -> None:
    lane = lane_of(AUTONOMY % "false", strict=True)

    work(lane, 6)

    assert lane.state.agents["agent-1"].record.standings[""].level == 0


def test_promotion_that_needs_a_person_is_asked_for_once_under_its_evidence() -> None:
    lane = lane_of(AUTONOMY % "true")

    work(lane, 6)

    asked = [entry for entry in lane.values(APPROVALS_REQUESTED.name) if "promotion_id" in entry]
    assert len(asked) == 1
    assert (asked[0]["level"], asked[0]["to_level"], asked[0]["agent_id"]) == (0, 1, "agent-1")
    assert asked[0]["evidence"]["successes"] >= 3 and len(asked[0]["digest"]) == 64
    assert lane.state.agents["agent-1"].record.standings[""].level == 0


def test_incident_demotes_at_once_and_the_audit_says_so() -> None:
    lane = lane_of(AUTONOMY % "false")
    standing = Standing(1, NOW_MS, NOW_MS, None, lane.gate.terms.bundle.snapshot)
    lane.state.put_agent(Conduct(Record("agent-1").with_standing("", standing), {}))
    assert audited(lane.give(action("a1", "job.crm.update")))["decision"]["decision"] == "ALLOW"

    told = audited(lane.give(outcome("a1", "incident")))

    assert [(fact["kind"], fact["cause"], fact["level"]) for fact in told["conduct"]] == [
        ("demoted", "safety_incident", 0)
    ]
    held = lane.give(action("a2", "job.crm.update", arguments={"id": 9}))
    assert audited(held)["decision"]["decision"] == "REQUIRE_APPROVAL"


def test_proposal_that_an_invariant_denies_is_a_violation() -> None:
    lane = lane_of(AUTONOMY % "false", INVARIANTS)
    standing = Standing(1, NOW_MS, NOW_MS, None, lane.gate.terms.bundle.snapshot)
    lane.state.put_agent(Conduct(Record("agent-1").with_standing("", standing), {}))

    told = audited(lane.give(action("a1", "job.crm.drop")))

    assert told["decision"]["decision"] == "DENY"
    assert [(fact["kind"], fact["cause"]) for fact in told["conduct"]] == [("demoted", "policy_violation")]


def test_outcome_of_what_was_never_released_teaches_nothing() -> None:
    lane = lane_of(AUTONOMY % "false")
    lane.give(action("a1", "job.crm.update"))

    told = audited(lane.give(outcome("a1", "incident")))

    assert told["released"] is False and "conduct" not in told
    assert lane.state.agents == {}


def test_open_breaker_holds_its_class_and_a_good_probe_closes_it() -> None:
    lane = lane_of(ALLOW_ALL, BREAKERS)
    decisions = [audited(lane.give(action(f"a{n}", arguments={"id": n})))["decision"] for n in range(4)]
    other = audited(lane.give(action("other", "job.mail.send")))["decision"]
    lane.now_ms += 600_000
    probe, second = (audited(lane.give(action(f"p{n}", arguments={"id": 10 + n})))["decision"] for n in range(2))
    lane.give(outcome("p0"))
    after = audited(lane.give(action("z", arguments={"id": 99})))["decision"]

    assert [found["decision"] for found in decisions] == ["ALLOW", "ALLOW", "REQUIRE_APPROVAL", "REQUIRE_APPROVAL"]
    assert decisions[2]["reason_code"] == "circuit_open" and decisions[2]["rule_id"] is None
    assert other["decision"] == "ALLOW"
    assert (probe["decision"], second["decision"], after["decision"]) == ("ALLOW", "REQUIRE_APPROVAL", "ALLOW")
    assert len(lane.values(ACTIONS_CLEARED.name)) == 5


def test_velocity_counts_actions_of_the_agent_and_class_in_the_window() -> None:
    lane = lane_of(VELOCITY)
    found = [audited(lane.give(action(f"a{n}", arguments={"id": n}))) for n in range(4)]
    lane.give(action("other", "job.mail.send"))
    lane.now_ms += 61_000
    later = audited(lane.give(action("later", arguments={"id": 77})))

    assert [entry["decision"]["decision"] for entry in found] == ["ALLOW", "ALLOW", "DENY", "DENY"]
    assert [entry["derived"]["velocity"] for entry in found] == [[[60, n]] for n in range(4)]
    assert later["derived"]["velocity"] == [[60, 0]] and later["decision"]["decision"] == "ALLOW"


def decide(lane: OneLane, action_id: str, topic: str = "job.crm.read", **more: Any) -> tuple[str, bool | None]:
    """The decision on an action, and whether its agent counted as tainted."""
    record = audited(lane.give(action(action_id, topic, arguments={"id": action_id}, **more)))
    return record["decision"]["decision"], record["derived"]["session_tainted"]


def test_agent_that_has_read_untrusted_content_is_tainted_for_a_while() -> None:
    lane = lane_of(TAINT)
    before = decide(lane, "a1")
    assert decide(lane, "w1", "job.web.fetch") == ("ALLOW", False)
    after, other = decide(lane, "a2", session_id="another"), decide(lane, "a3", agent="agent-2")
    lane.now_ms += 600_000

    assert before == other == ("ALLOW", False)
    assert after == ("REQUIRE_APPROVAL", True), "another session is no way out"
    assert decide(lane, "a4") == ("ALLOW", False)


def test_held_read_taints_nobody_and_an_unknown_tool_taints_as_the_worst() -> None:
    lane = lane_of(TAINT)
    assert decide(lane, "w1", "job.web.held") == ("REQUIRE_APPROVAL", False)
    assert decide(lane, "a1") == ("ALLOW", False)
    decide(lane, "m1", "job.mail.read", tool=None)

    assert decide(lane, "a2") == ("REQUIRE_APPROVAL", True)


def test_without_a_class_that_taints_nobody_knows() -> None:
    assert decide(lane_of(ALLOW_ALL), "a1") == ("ALLOW", None)


def test_repeated_action_does_not_count_as_another() -> None:
    lane = lane_of(VELOCITY)
    for _ in range(5):
        lane.give(action("a1"))

    assert audited(lane.give(action("a2", arguments={"id": 2})))["derived"]["velocity"] == [[60, 1]]


def test_what_the_lane_knows_of_agents_survives_its_state_topic() -> None:
    lane = lane_of(AUTONOMY % "true", BREAKERS, VELOCITY, TAINT.partition("rules:")[0])
    work(lane, 6)
    lane.give(action("web", "job.web.read"))
    assert lane.state.tainted
    for number in range(4):
        lane.give(action(f"a{number}", arguments={"id": number}))

    assert facts_of(restored(lane.state.take_changes(lane.now_ms))) == facts_of(lane.state)


@pytest.mark.parametrize(
    ("scope", "pattern", "is_stopped"),
    [
        ("everything", None, True), ("agent", "agent-1", True), ("agent", "agent-2", False),
        ("tenant", "acme", True), ("tenant", "globex", False),
        ("action_class", "crm", True), ("action_class", "job.crm.*", True), ("action_class", "mail", False),
    ],
)  # fmt: skip
def test_kill_switch_refuses_what_it_names(scope: str, pattern: str | None, is_stopped: bool) -> None:
    entry = kill_entry(scope, pattern, reason="an incident", by="ana", at_ms=NOW_MS)
    lane = lane_of(ALLOW_ALL, kill=KillSwitch([entry]))

    step = lane.give(action("a1", tenant_id="acme"))

    found = audited(step)["decision"]
    assert (found["decision"], found["reason_code"]) == (
        ("DENY", "killed") if is_stopped else ("ALLOW", "rule_matched")
    )
    assert len(values(step.effects, ACTIONS_REFUSED.name)) == is_stopped


def test_kill_switch_holds_outputs_back() -> None:
    entry = kill_entry("agent", "agent-1", reason="an incident", by="ana", at_ms=NOW_MS)
    lane = lane_of(ALLOW_ALL, kill=KillSwitch([entry]))

    step = lane.give(output())

    assert values(step.effects, QUARANTINE.name)[0]["reason_code"] == "killed"
    assert values(step.effects, OUTPUTS_CLEARED.name) == []


def test_kill_switch_is_adopted_and_lifted_on_the_record() -> None:
    entry = kill_entry("everything", None, reason="an incident", by="ana", at_ms=NOW_MS)
    killing, gate = lane_of(ALLOW_ALL, kill=KillSwitch([entry])).gate, lane_of(ALLOW_ALL).gate
    state = lane_of(ALLOW_ALL).state
    assert gate.adopt(state, NOW_MS) is not None

    stopped, lifted = killing.adopt(state, NOW_MS), gate.adopt(state, NOW_MS)

    assert stopped is not None and lifted is not None
    (first,), (second,) = values(stopped.effects, AUDIT.name), values(lifted.effects, AUDIT.name)
    assert (first["kind"], first["entries"]) == ("kill_switch", [entry.to_json()])
    assert (second["entries"], second["before"]) == ([], first["digest"])
    assert gate.adopt(state, NOW_MS) is None


def test_topic_of_outcomes_is_read_only() -> None:
    lane = lane_of(AUTONOMY % "true")
    work(lane, 2)

    assert lane.values(ACTIONS_OUTCOMES.name) == []
    assert orjson.dumps(gate_of().terms.kill_digest) == b"null"
