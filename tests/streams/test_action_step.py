"""Proposed actions: where each decision goes, what a repetition does, what the gate counts itself."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from policies.bundle import load_bundle
from streams.action_step import decision_id
from streams.attempts import ATTEMPT_WINDOW_MS
from streams.codec import action_digest
from streams.memory import VerdictCode, id_hash
from streams.terms import Limits
from streams.topics import (
    ACTIONS_CLEARED,
    ACTIONS_REFUSED,
    APPROVALS_REQUESTED,
    AUDIT,
    DEADLETTERS,
    SAMPLES,
)
from tests.streams import samples
from tests.streams.samples import HOUR_MS, OneLane, action, bundle_of, gate_of, topics_of, values

TRACE = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
CLEARED, REFUSED, REQUESTED = ACTIONS_CLEARED.name, ACTIONS_REFUSED.name, APPROVALS_REQUESTED.name


@pytest.mark.parametrize(
    ("topic", "decision", "rule", "where"),
    [
        ("job.crm.read", "ALLOW", "rest", CLEARED),
        ("job.deploy.api", "ALLOW_WITH_CONSTRAINTS", "deploys", CLEARED),
        ("job.support.refund", "REQUIRE_APPROVAL", "refunds", REQUESTED),
        ("job.crm.delete", "DENY", "no-deletes", REFUSED),
        ("unknown", "DENY", None, REFUSED),
    ],
)
def test_each_decision_goes_to_its_topic_and_to_the_audit(
    topic: str, decision: str, rule: str | None, where: str
) -> None:
    lane = OneLane()

    step = lane.give(action(topic=topic))

    assert topics_of(step) == [where, AUDIT.name]
    for written in (values(step.effects, where)[0], values(step.effects, AUDIT.name)[0]):
        assert (written["decision"]["decision"], written["decision"]["rule_id"]) == (decision, rule)
    assert {effect.key for effect in step.effects} == {b"agent-1"}
    assert {effect.partition for effect in step.effects} == {0}
    assert ("decision", "action", decision) in step.facts


def test_decision_has_exactly_the_fields_of_its_contract() -> None:
    lane = OneLane()
    proposed = action(topic="job.crm.delete")

    decision = values(lane.give(proposed).effects, REFUSED)[0]["decision"]

    digest = action_digest(proposed)
    assert decision == {
        "decision_id": decision_id("agent-1", "a1", digest),
        "action_id": "a1",
        "agent_id": "agent-1",
        "decision": "DENY",
        "reason": "agents delete nothing",
        "reason_code": "rule_matched",
        "rule_id": "no-deletes",
        "document": "rules",
        "constraints": {},
        "remediation": "ask an operator",
        "policy_snapshot": bundle_of().short,
        "autonomy_level": 0,
        "sampled": False,
        "decided_at": "2027-01-15T08:00:00.000Z",
        "decided_by": {"kind": "rule"},
        "action_digest": digest,
    }


def test_cleared_action_holds_what_the_digest_binds_and_its_constraints_but_no_claims() -> None:
    bound = action(topic="job.deploy.api", environment="prod", tenant_id="t", deadline="2027-01-16T00:00:00Z")
    claims = {"amount_usd": "10.50", "context": {"n": 1.0}, "reasoning": "because", "risk_tags": ["a"], "unknown": 1}

    cleared = values(OneLane().give(bound | claims | {"session_id": None}).effects, CLEARED)[0]

    assert cleared["action"] == bound
    assert cleared["decision"]["constraints"] == {
        "max_runtime_sec": 60, "network_allowlist": ["api.example.com"], "extra": {"deep": [1, 2.5]},
    }  # fmt: skip


def test_released_action_gives_the_digest_that_was_decided() -> None:
    cleared = values(OneLane().give(action(reasoning="because", arguments={"a": 1.0})).effects, CLEARED)[0]

    assert action_digest(cleared["action"]) == cleared["decision"]["action_digest"]


def test_refusal_tells_the_agent_nothing_of_its_own_payload() -> None:
    refused = values(OneLane().give(action(topic="job.crm.delete", reasoning="S3CR3T")).effects, REFUSED)[0]

    assert set(refused) == {"action_id", "agent_id", "decision"}
    assert "S3CR3T" not in str(refused)


def test_records_carry_cloud_event_headers_and_the_trace() -> None:
    step = OneLane().give(action(), headers=(("traceparent", TRACE), ("other", b"x")))

    cleared, audit = (dict(effect.headers) for effect in step.effects)
    assert cleared == {
        "ce_id": values(step.effects, CLEARED)[0]["decision"]["decision_id"].encode(),
        "ce_source": b"/penstock/gate/0",
        "ce_type": b"penstock.action.cleared.v1",
        "ce_specversion": b"1.0",
        "ce_time": b"2027-01-15T08:00:00.000Z",
        "content-type": b"application/json",
        "traceparent": TRACE,
    }
    assert (audit["ce_id"], audit["ce_type"]) == (b"0-1", b"penstock.audit.v1")


@pytest.mark.parametrize("topic", ["job.crm.read", "job.deploy.api", "job.support.refund", "job.crm.delete"])
def test_same_action_again_releases_nothing_whatever_the_policy_says_now(topic: str) -> None:
    lane = OneLane()
    lane.give(action(topic=topic))
    lane.gate = gate_of(bundle_of(samples.STRICT_RULES))

    step = lane.give(action(topic=topic, reasoning="again", proposed_at="2027-01-15T08:00:01Z"))

    assert topics_of(step) == [AUDIT.name]
    assert values(step.effects, AUDIT.name)[0]["kind"] == "duplicate"
    assert step.facts == [("duplicate", "action")]


def test_same_id_with_another_effect_is_refused_and_the_first_verdict_stands() -> None:
    lane = OneLane()
    lane.give(action())

    step = lane.give(action(arguments={"id": 8}))

    assert topics_of(step) == [REFUSED, AUDIT.name]
    refused = values(step.effects, REFUSED)[0]["decision"]
    assert (refused["decision"], refused["reason_code"]) == ("DENY", "id_conflict")
    assert refused["decision_id"] != lane.values(CLEARED)[0]["decision"]["decision_id"]
    audit = values(step.effects, AUDIT.name)[0]
    assert (audit["kind"], audit["verdict"], audit["id"]) == ("conflict", "allowed", "a1")
    assert topics_of(lane.give(action())) == [AUDIT.name]
    given = lane.state.verdicts.get(id_hash("action", "agent-1", "a1"))
    assert given is not None and given.code is VerdictCode.ALLOWED and given.digest == action_digest(action())


def test_agents_do_not_share_ids() -> None:
    lane = OneLane()
    lane.give(action("a1"))

    step = lane.give(action("a1", agent="agent-2", arguments={"id": 8}))

    assert topics_of(step) == [CLEARED, AUDIT.name]


def test_id_past_its_retention_is_new() -> None:
    lane = OneLane(gate_of(limits=Limits(verdict_retention_ms=HOUR_MS)))
    lane.give(action())
    lane.state.take_changes(lane.now_ms)

    lane.now_ms += HOUR_MS + 1
    lane.gate.forget(lane.state, lane.now_ms)

    assert topics_of(lane.give(action())) == [CLEARED, AUDIT.name]


def forgetful() -> OneLane:
    """A lane that holds an action whose verdict it has forgotten already."""
    lane = OneLane(gate_of(limits=Limits(hold_timeout_ms=4 * HOUR_MS, verdict_retention_ms=HOUR_MS)))
    lane.give(action(topic="job.support.refund"))
    lane.state.take_changes(lane.now_ms)
    lane.now_ms += 2 * HOUR_MS
    lane.gate.forget(lane.state, lane.now_ms)
    assert len(lane.state.verdicts) == 0
    return lane


def test_held_action_is_known_for_as_long_as_it_is_held() -> None:
    lane = forgetful()
    lane.gate = gate_of(bundle_of(samples.RULES.replace("require_approval, reason: money", "allow, reason: money")))

    again = lane.give(action(topic="job.support.refund"))
    other = lane.give(action(topic="job.support.refund", arguments={"id": 8}))

    assert topics_of(again) == [AUDIT.name]
    assert topics_of(other) == [REFUSED, AUDIT.name]
    assert len(lane.state.holds) == 1


def test_gate_counts_retries_itself_and_a_claim_cannot_lower_them() -> None:
    lane = OneLane()
    decisions = []
    for number in range(4):
        lane.give(action(f"a{number}", "job.retry.x", retry_count=0))
        decisions.append(lane.values(AUDIT.name)[-1])

    assert [entry["derived"]["retry_count"] for entry in decisions] == [0, 1, 2, 3]
    assert [entry["decision"]["decision"] for entry in decisions] == ["ALLOW", "ALLOW", "DENY", "DENY"]


def test_claimed_retries_make_it_stricter() -> None:
    step = OneLane().give(action(topic="job.retry.x", retry_count=5))

    assert topics_of(step) == [REFUSED, AUDIT.name]


def test_retries_are_per_agent_and_effect_and_end_with_their_window() -> None:
    lane = OneLane()
    lane.give(action("a1", "job.retry.x"))
    lane.give(action("a2", "job.retry.x", agent="agent-2"))
    lane.give(action("a3", "job.retry.x", arguments={"id": 8}))
    lane.now_ms += ATTEMPT_WINDOW_MS + 1
    lane.give(action("a4", "job.retry.x"))

    assert [entry["derived"]["retry_count"] for entry in lane.values(AUDIT.name)] == [0, 0, 0, 0]


def test_first_time_is_per_agent_tool_and_topic() -> None:
    lane = OneLane()
    tries: list[dict[str, Any]] = [
        {"action_id": "a1"},
        {"action_id": "a2", "arguments": {"id": 8}},
        {"action_id": "a3", "tool": "other"},
        {"action_id": "a4", "topic": "job.crm.list"},
        {"action_id": "a5", "agent": "agent-2"},
    ]

    for fields in tries:
        lane.give(action(**({"topic": "job.crm.read"} | fields)))

    audit = lane.values(AUDIT.name)
    assert [entry["derived"]["first_time"] for entry in audit] == [True, False, True, True, True]


@pytest.mark.parametrize("topic", ["job.first.x", "job.crm.delete"])
def test_held_or_refused_proposal_uses_up_no_first_time(topic: str) -> None:
    lane = OneLane()

    lane.give(action("a1", topic))
    lane.give(action("a2", topic, arguments={"id": 8}))

    assert [entry["derived"]["first_time"] for entry in lane.values(AUDIT.name)] == [True, True]


def test_level_of_an_agent_without_a_record_is_the_default_one() -> None:
    lane = OneLane(gate_of(limits=Limits(default_level=2)))

    lane.give(action())

    assert lane.values(AUDIT.name)[0]["derived"]["autonomy_level"] == 2


def test_samples_carry_their_probability_and_every_decision_its_draw() -> None:
    lane = OneLane(gate_of(bundle_of(audit=samples.AUDIT)))
    lane.give(action("first"))  # a first action is always picked
    for number in range(60):
        lane.give(action(f"a{number}", arguments={"id": number}))

    audit, picked = lane.values(AUDIT.name), lane.values(SAMPLES.name)
    assert [entry["sample"]["probability"] for entry in audit] == [1.0, *[0.5] * 60]
    assert {entry["action_id"] for entry in audit if entry["sample"]["selected"]} == {
        sample["summary"]["action_id"] for sample in picked
    }
    assert picked[0]["stratum"] == "first_time"
    assert {sample["inclusion_probability"] for sample in picked[1:]} == {0.5}
    assert {sample["route"] for sample in picked} == {"ops-review"}
    assert all(sample["decision"]["sampled"] for sample in picked)
    assert 10 < len(picked) < 50


def test_sample_is_written_between_the_release_and_its_audit_record() -> None:
    step = OneLane(gate_of(bundle_of(audit=samples.AUDIT))).give(action())

    assert topics_of(step) == [CLEARED, SAMPLES.name, AUDIT.name]


def test_policy_without_audit_document_draws_no_sample() -> None:
    lane = OneLane()
    lane.give(action())

    assert lane.values(AUDIT.name)[0]["sample"] is None


def test_empty_policy_denies_everything() -> None:
    lane = OneLane(gate_of(load_bundle({})))

    step = lane.give(action())

    assert topics_of(step) == [REFUSED, AUDIT.name]
    assert lane.values(REFUSED)[0]["decision"]["reason_code"] == "no_policy"
    assert ("fail_closed", "no_policy") in step.facts


def test_action_that_no_rule_matches_is_denied_and_counted_as_failed_closed() -> None:
    step = OneLane().give(action(topic="elsewhere"))

    assert values(step.effects, REFUSED)[0]["decision"]["reason_code"] == "no_rule_matched"
    assert ("fail_closed", "no_rule_matched") in step.facts


def test_audit_record_of_a_decision_holds_what_a_replay_needs() -> None:
    lane = OneLane()
    lane.give(action())

    audit = lane.values(AUDIT.name)[0]
    assert audit["derived"] == {
        "autonomy_level": 0,
        "first_time": True,
        "retry_count": 0,
        "session_tainted": None,
        "velocity": [],
    }
    assert audit["source"] == {"topic": "agent.actions.proposed.v1", "partition": 0, "offset": 0}
    assert audit["decision"]["action_digest"] == action_digest(action())
    assert (audit["at_ms"], audit["partition"], audit["kind"]) == (lane.now_ms, 0, "decision")


def test_largest_integers_and_exact_text_survive_a_release() -> None:
    arguments = {
        "big": 2**64 - 1,
        "small": -(2**63),
        "tiny": 5e-324,
        "text": "\u20ac\U0001f600\x7f\u2028",
        "none": None,
    }

    step = OneLane().give(action(arguments=arguments))

    released = orjson.loads(step.effects[0].value or b"")["action"]["arguments"]
    assert released == arguments
    assert DEADLETTERS.name not in topics_of(step)
