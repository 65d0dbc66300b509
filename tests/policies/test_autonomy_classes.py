"""Standings per action class: each on its own, all together after an incident, and never more than fit."""

from __future__ import annotations

from policies.action_class import classes_of, defined_class, topic_class
from policies.autonomy import level_of
from policies.autonomy_record import MAX_CLASSES, MAX_RELEASED, Cause, Released, Status
from tests.policies.autonomy_samples import Agent, rules_of
from tests.policies.samples import rules_bundle

PER_CLASS = "{per: action_class, cool_off_days: 2}"
REFUNDS, LOOKUPS = defined_class("refund"), topic_class("job.crm.read")


def test_an_outcome_from_before_a_restart_counts_when_it_is_an_error_and_not_when_it_is_none() -> None:
    agent = Agent(rules_of(PER_CLASS))
    good, bad = agent.release(action_class=REFUNDS), agent.release(action_class=REFUNDS)
    agent.release(action_class=REFUNDS, model="m2")

    agent.outcome(good)
    agent.outcome(bad, Status.FAILURE)

    standing = agent.standing(REFUNDS)
    assert (standing.successes, standing.errors, standing.outcomes_lately) == (0, 1, 2)


def test_each_class_has_a_standing_of_its_own() -> None:
    agent = Agent(rules_of(PER_CLASS))
    agent.rise(2, REFUNDS)
    agent.succeed(1, action_class=LOOKUPS)

    agent.violate(REFUNDS)

    assert (agent.standing(REFUNDS).level, agent.standing(LOOKUPS).level) == (1, 0)


def test_an_incident_in_one_class_lowers_all_and_those_that_are_still_to_come() -> None:
    rules = rules_of(PER_CLASS, default_level=2)
    agent = Agent(rules)
    agent.succeed(1, action_class=REFUNDS)
    agent.succeed(1, action_class=LOOKUPS)

    agent.outcome(agent.release(action_class=LOOKUPS), Status.INCIDENT)

    assert [agent.standing(name).level for name in (REFUNDS, LOOKUPS)] == [0, 0]
    assert level_of(rules, agent.record, (topic_class("job.new.thing"),)) == 0


def test_an_action_that_may_belong_to_several_classes_is_judged_at_the_lowest_level() -> None:
    rules = rules_of(PER_CLASS)
    agent = Agent(rules)
    agent.rise(2, REFUNDS)

    assert level_of(rules, agent.record, (REFUNDS,)) == 2
    assert level_of(rules, agent.record, (REFUNDS, LOOKUPS)) == 0


def test_an_error_of_an_unknown_class_counts_in_every_class_and_a_success_in_none() -> None:
    agent = Agent(rules_of(PER_CLASS))
    agent.succeed(1, action_class=REFUNDS)
    agent.succeed(1, action_class=LOOKUPS)

    agent.outcome("lost-1")
    agent.outcome("lost-2", Status.FAILURE)
    agent.outcome("lost-2", Status.FAILURE)

    for name in (REFUNDS, LOOKUPS):
        assert (agent.standing(name).successes, agent.standing(name).errors) == (1, 1)


def test_what_is_kept_of_an_agent_is_bounded_and_what_does_not_fit_stands_at_the_ground() -> None:
    rules = rules_of(PER_CLASS, default_level=3)
    agent = Agent(rules)
    for number in range(MAX_CLASSES + 20):
        agent.succeed(3, action_class=topic_class(f"job.made-up-{number}.read"))

    assert len(agent.record.standings) == MAX_CLASSES
    assert len(agent.record.released) <= MAX_RELEASED
    assert level_of(rules, agent.record, (topic_class("job.made-up-0.read"),)) == 3
    assert level_of(rules, agent.record, (topic_class("job.made-up-70.read"),)) == 0


def test_actions_that_are_out_are_remembered_longer_than_those_that_came_back() -> None:
    agent = Agent(rules_of(PER_CLASS))
    out = agent.release(action_class=REFUNDS)

    agent.succeed(3 * MAX_RELEASED, action_class=REFUNDS)

    assert agent.record.entry_of(out) == Released(REFUNDS, 0)
    assert agent.record.entry_of("k2") is None


def test_topics_and_defined_classes_never_share_a_name() -> None:
    bundle = rules_bundle("action_classes: [{class: refund, match: {tools: [issue_refund]}}]\n")

    assert classes_of({"topic": "job.refund.read", "tool": "look"}, bundle.resolver) == ("topic:refund",)
    assert classes_of({"topic": "job.refund.read", "tool": "issue_refund"}, bundle.resolver) == ("class:refund",)
    assert classes_of({"topic": "job.refund.read"}, bundle.resolver) == ("class:refund", "topic:refund")
    assert topic_class("deploy") == "topic:deploy"


def test_an_outcome_under_a_new_policy_begins_the_counts_anew_before_it_counts() -> None:
    agent = Agent(rules_of(PER_CLASS))
    agent.succeed(4, action_class=REFUNDS)
    good, bad = agent.release(action_class=REFUNDS), agent.release(action_class=REFUNDS)

    agent.rules = rules_of(PER_CLASS, note="new", days=9)
    agent.outcome(good)
    agent.outcome(bad, Status.FAILURE)

    standing = agent.standing(REFUNDS)
    assert [change.cause for change in agent.changes] == [Cause.POLICY_CHANGED]
    assert (standing.successes, standing.errors, standing.snapshot) == (0, 1, agent.rules.snapshot)


def test_a_correction_after_records_went_over_to_the_whole_agent_is_an_error_there() -> None:
    agent = Agent(rules_of(PER_CLASS))
    key = agent.release(action_class=REFUNDS)
    agent.succeed(3, action_class=REFUNDS)
    agent.outcome(key)

    agent.rules = rules_of()
    agent.succeed(1)
    agent.outcome(key, Status.FAILURE)

    assert agent.standing().errors == 1
