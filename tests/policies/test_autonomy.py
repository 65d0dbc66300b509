"""How agents rise and fall: each trigger, each criterion, and what neither helps nor harms."""

from __future__ import annotations

import pytest

from policies.action_class import defined_class, topic_class
from policies.autonomy import MIN_OUTCOMES, level_of
from policies.autonomy_record import Cause, Record, Status
from policies.autonomy_rules import FALLS, RESTARTS, ChangeKind, autonomy_rules
from tests.policies.autonomy_samples import DAY_MS, Agent, rules_of
from tests.policies.samples import rules_bundle

PER_CLASS = "{per: action_class, cool_off_days: 2}"
REFUNDS, LOOKUPS = defined_class("refund"), topic_class("job.crm.read")


def test_a_new_agent_starts_at_the_lowest_level_and_its_first_action_begins_its_record() -> None:
    rules = rules_of()
    agent = Agent(rules)

    assert level_of(rules, agent.record, ("",)) == 0
    agent.release()
    assert (agent.level, agent.standing().model, agent.standing().snapshot) == (0, "m1", rules.snapshot)


def test_a_bundle_without_levels_has_no_rules() -> None:
    bundle = rules_bundle('rules: [{match: {topics: ["*"]}, decision: allow}]\n')

    assert autonomy_rules(bundle, default_level=0) is None


def test_criteria_met_put_a_request_on_the_table_and_lift_nobody() -> None:
    agent = Agent(rules_of())

    agent.earn()

    assert agent.level == 0
    assert agent.kinds == [ChangeKind.OFFERED]
    offered = agent.changes[0]
    assert offered.cause is Cause.CRITERIA_MET
    assert offered.evidence is not None and offered.evidence["successes"] == 5 and offered.evidence["to_level"] == 1
    assert agent.standing().is_offered


def test_a_signed_request_lifts_by_one_and_the_counts_begin_anew() -> None:
    agent = Agent(rules_of())
    agent.earn()

    assert agent.sign() is None

    risen = agent.changes[-1]
    assert (risen.kind, risen.level_before, risen.level, risen.by) == (ChangeKind.PROMOTED, 0, 1, "ana")
    standing = agent.standing()
    assert (standing.level, standing.successes, standing.errors, standing.parts) == (1, 0, 0, ())
    assert standing.since_ms == agent.now_ms


def test_each_level_is_earned_anew_and_the_highest_is_the_end() -> None:
    agent = Agent(rules_of())

    agent.rise(3)
    agent.earn()

    assert agent.level == 3
    assert agent.kinds.count(ChangeKind.OFFERED) == 3


def test_without_sign_off_in_the_document_criteria_lift_at_once() -> None:
    agent = Agent(rules_of(sign_off=False))

    agent.earn()

    assert (agent.level, agent.kinds) == (1, [ChangeKind.PROMOTED])
    assert agent.changes[0].cause is Cause.CRITERIA_MET


def test_too_few_successes_offer_nothing() -> None:
    agent = Agent(rules_of())
    agent.succeed(1)
    agent.wait(1)

    agent.succeed(3)
    assert agent.kinds == []
    agent.succeed(1)
    assert agent.kinds == [ChangeKind.OFFERED]


def test_a_review_period_has_to_pass_at_the_level() -> None:
    agent = Agent(rules_of())
    agent.succeed(10)

    agent.wait(0.99)
    agent.succeed(1)
    assert agent.kinds == []
    agent.wait(0.01)
    agent.succeed(1)
    assert agent.kinds == [ChangeKind.OFFERED]


def test_successes_of_an_earlier_period_do_not_count() -> None:
    agent = Agent(rules_of())
    agent.succeed(10)

    agent.wait(3)
    agent.succeed(4)
    assert agent.kinds == []
    agent.succeed(1)
    assert agent.kinds == [ChangeKind.OFFERED]


@pytest.mark.parametrize(("errors", "is_offered"), [(0, True), (1, True), (2, False), (3, False)])
def test_an_error_rate_at_the_limit_is_too_high(errors: int, is_offered: bool) -> None:
    agent = Agent(rules_of(rate=0.02, successes=98))
    agent.act(*[Status.FAILURE] * errors, *[Status.SUCCESS] * (99 - errors))
    agent.wait(1)
    agent.succeed(1)  # 2 errors of 100 are the limit itself

    assert agent.standing().is_offered is is_offered


def test_a_limit_of_zero_asks_for_no_error_at_all() -> None:
    clean, unlucky = Agent(rules_of(rate=0)), Agent(rules_of(rate=0))
    unlucky.act(Status.FAILURE)

    clean.earn()
    unlucky.earn()

    assert clean.standing().is_offered
    assert not unlucky.standing().is_offered


def test_a_violation_lowers_by_one_at_once() -> None:
    agent = Agent(rules_of())
    agent.rise(2)

    (fallen,) = agent.violate()

    assert (fallen.kind, fallen.level_before, fallen.level) == (ChangeKind.DEMOTED, 2, 1)
    assert fallen.cause is Cause.POLICY_VIOLATION
    assert agent.standing().cool_off_until_ms == agent.now_ms + 2 * DAY_MS


def test_an_incident_lowers_to_the_ground_at_once() -> None:
    agent = Agent(rules_of())
    agent.rise(3)

    (fallen,) = agent.outcome(agent.release(), Status.INCIDENT)

    assert (fallen.kind, fallen.level_before, fallen.level) == (ChangeKind.DEMOTED, 3, 0)
    assert fallen.cause is Cause.SAFETY_INCIDENT


def test_an_error_rate_above_the_limit_lowers_by_one_from_twenty_outcomes_on() -> None:
    agent = Agent(rules_of())
    agent.rise(2)

    agent.act(Status.FAILURE, Status.FAILURE, *[Status.SUCCESS] * (MIN_OUTCOMES - 3))
    assert agent.level == 2
    agent.succeed(1)  # the twentieth outcome: 2 of 20 are over 5 %

    assert agent.level == 1
    assert agent.changes[-1].cause is Cause.ERROR_RATE


def test_an_error_rate_at_the_limit_lowers_nobody() -> None:
    agent = Agent(rules_of())
    agent.rise()

    agent.act(Status.FAILURE, *[Status.SUCCESS] * 19)

    assert agent.level == 1


def test_errors_leave_the_rate_after_two_hundred_outcomes() -> None:
    agent = Agent(rules_of(days=100))
    agent.succeed(150)
    agent.act(*[Status.FAILURE] * 7)
    agent.succeed(195)
    assert agent.standing().errors_lately.bit_count() == 5
    agent.succeed(5)
    assert agent.standing().errors_lately == 0
    assert agent.kinds == []


def test_triggers_that_the_document_does_not_name_lower_nobody() -> None:
    agent = Agent(rules_of(triggers="[]", default_level=2, successes=1_000))

    agent.act(*[Status.FAILURE] * 40, Status.INCIDENT)
    agent.violate()
    agent.incident()

    assert (agent.level, agent.kinds) == (2, [])


def test_nobody_falls_below_the_ground_but_everybody_cools_off_there() -> None:
    agent = Agent(rules_of())
    agent.earn()

    (restrained,) = agent.violate()

    assert (restrained.kind, restrained.level) == (ChangeKind.RESTRAINED, 0)
    assert not agent.standing().is_offered
    assert agent.standing().cool_off_until_ms > agent.now_ms


def test_a_fallen_agent_waits_for_the_cool_off_even_with_a_clean_period() -> None:
    agent = Agent(rules_of("{cool_off_days: 5}"))
    agent.rise()
    agent.violate()

    agent.earn()
    assert not agent.standing().is_offered
    agent.wait(4)
    agent.succeed(5)
    assert agent.standing().is_offered


def test_an_error_puts_new_evidence_on_the_table_or_clears_it() -> None:
    agent = Agent(rules_of(rate=0.3))
    agent.earn()
    first = agent.changes[-1].digest

    agent.act(Status.FAILURE)
    renewed = agent.changes[-1]
    assert (renewed.kind, renewed.cause) == (ChangeKind.OFFERED, Cause.NEW_ERROR)
    assert renewed.digest != first
    agent.act(*[Status.FAILURE] * 2)

    assert agent.changes[-1].kind is ChangeKind.WITHDRAWN
    assert not agent.standing().is_offered


def test_a_success_leaves_the_request_as_it_was_seen() -> None:
    agent = Agent(rules_of())
    agent.earn()
    offer = agent.standing().offer

    agent.succeed(20)

    assert agent.standing().offer == offer


def test_a_new_policy_makes_the_counts_begin_anew_at_the_same_level() -> None:
    agent = Agent(rules_of())
    agent.rise()
    agent.earn()

    agent.rules = rules_of(note="new")
    agent.release()

    assert agent.changes[-1].cause is Cause.POLICY_CHANGED
    standing = agent.standing()
    assert (standing.level, standing.successes, standing.is_offered) == (1, 0, False)
    assert standing.snapshot == agent.rules.snapshot


def test_a_success_that_turns_out_a_failure_is_corrected() -> None:
    agent = Agent(rules_of())
    key = agent.release()
    agent.outcome(key)
    agent.succeed(3)

    agent.outcome(key, Status.FAILURE)

    standing = agent.standing()
    assert (standing.successes, standing.errors, standing.outcomes_lately) == (3, 1, 4)
    assert standing.errors_lately == 0b1000
    agent.outcome(key, Status.SUCCESS)
    assert agent.standing() == standing


def test_a_failure_that_turns_out_an_incident_counts_once_and_falls() -> None:
    agent = Agent(rules_of())
    agent.rise()
    key = agent.release()
    agent.outcome(key, Status.FAILURE)

    agent.outcome(key, Status.INCIDENT)

    assert agent.standing().number == 7
    assert agent.level == 0


def test_a_clock_that_goes_back_loses_nothing() -> None:
    agent = Agent(rules_of())
    agent.earn()
    agent.now_ms -= DAY_MS // 2

    agent.act(Status.FAILURE)

    assert sum(part.errors for part in agent.standing().parts) == 1
    assert not agent.standing().is_offered


@pytest.mark.parametrize("cause", list(FALLS))
def test_every_fall_begins_a_level_and_cools_off(cause: Cause) -> None:
    assert RESTARTS[cause].begins_level and RESTARTS[cause].cools_off and RESTARTS[cause].keeps_errors


def test_only_a_rise_and_an_operator_forgive_errors() -> None:
    forgiving = {cause for cause, restart in RESTARTS.items() if not restart.keeps_errors}

    assert forgiving == {Cause.SIGNED_OFF, Cause.CRITERIA_MET, Cause.POLICY_CHANGED}


def test_a_record_goes_to_json_and_back_whatever_happened() -> None:
    agent = Agent(rules_of(PER_CLASS))
    assert Record.from_json("agent-1", agent.record.to_json()) == agent.record
    agent.rise(1, REFUNDS)
    agent.earn(REFUNDS)
    agent.release(action_class=LOOKUPS, model=None)
    agent.act(Status.FAILURE, action_class=LOOKUPS)
    agent.violate(LOOKUPS)

    assert Record.from_json("agent-1", agent.record.to_json()) == agent.record


def test_a_fall_is_felt_under_a_policy_with_fewer_levels() -> None:
    agent = Agent(rules_of(default_level=9, successes=1_000))
    agent.succeed(1)
    assert agent.level == 3

    agent.rules = rules_of(levels=2, note="fewer")
    agent.violate()

    assert agent.level == 0


@pytest.mark.parametrize("damage", ["", "s.0.1", "x.0.1.class:a", "s.z.1.class:a"])
def test_a_damaged_record_is_an_error_and_no_guess(damage: str) -> None:
    value = Record("agent-1").to_json() | {"released": {"k": damage}}

    with pytest.raises((KeyError, ValueError)):
        Record.from_json("agent-1", value)
