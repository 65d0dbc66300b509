"""What a person may do about an agent: stops, levels and breakers, and whom the gate refuses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.action_class import WHOLE_AGENT
from policies.approval_documents import Role
from policies.autonomy import level_of
from policies.autonomy_record import MAX_CLASSES, Cause, Record, Standing
from policies.autonomy_rules import ChangeKind
from policies.breaker import Breaker, State
from policies.bundle import load_bundle
from policies.conduct import Conduct, ConductPlan, new_conduct
from policies.people import Principal
from policies.supervision import AgentAct, AgentConflict, AgentDeed, Stop, Supervised, demoted, supervise
from tests.policies.autonomy_samples import rules_of

NOW_MS = 1_000_000
SENIOR = Principal("ann", (Role.SENIOR_REVIEWER,))
BREAKERS = """
rules: [{match: {topics: ["*"]}, decision: allow}]
circuit_breakers: [{id: wild, match: {classes: ["*"]}, error_rate_above: 0.5}]
"""
PER_CLASS = "{per: action_class, cool_off_days: 2}"


def act(deed: str, *, by: Principal | None = SENIOR, reason: str | None = "an incident", **more: object) -> AgentAct:
    """An act of somebody who may."""
    return AgentAct(AgentDeed(deed), by, "r1", reason, **more)  # type: ignore[arg-type]


def plan_of(*documents: str) -> ConductPlan:
    """The plan of a bundle."""
    texts = documents or (BREAKERS,)
    return ConductPlan(load_bundle({f"d{n}.yaml": text for n, text in enumerate(texts)}), default_level=0)


def done(deed: str, conduct: Conduct | None = None, stop: Stop | None = None, **more: object) -> Supervised:
    """The agent after an act that counts."""
    found = supervise(plan_of(), conduct or new_conduct("agent-1"), stop, act(deed, **more), at_ms=NOW_MS)  # type: ignore[arg-type]
    assert isinstance(found, Supervised)
    return found


def refused(deed: str, stop: Stop | None = None, **more: object) -> AgentConflict:
    """The conflict that an act meets."""
    found = supervise(plan_of(), new_conduct("agent-1"), stop, act(deed, **more), at_ms=NOW_MS)  # type: ignore[arg-type]
    assert isinstance(found, AgentConflict)
    return found


STOPPED = Stop("ann", "r0", 1)


def test_agent_is_stopped_and_goes_on_again() -> None:
    stopped = done("stop")

    assert stopped.stop == Stop("ann", "r1", NOW_MS)
    assert Stop.from_json(stopped.stop.to_json()) == stopped.stop
    assert done("resume", stop=stopped.stop).stop is None


@pytest.mark.parametrize(
    ("deed", "stop"), [("stop", STOPPED), ("resume", None), ("demote", None), ("close_breaker", None)]
)
def test_act_that_would_change_nothing_says_so(deed: str, stop: Stop | None) -> None:
    assert refused(deed, stop, action_class="class:refund") is AgentConflict.NOTHING_TO_CHANGE


@pytest.mark.parametrize("deed", list(AgentDeed))
@pytest.mark.parametrize(
    "by",
    [
        None,
        Principal("cy", (Role.REVIEWER,)),
        Principal("aud", (Role.ADMIN, Role.AUDITOR)),
        Principal("ten", (Role.ADMIN,), tenants=("t-1",)),
    ],
)
def test_who_may_not_supervise_agents_is_refused(deed: str, by: Principal | None) -> None:
    assert refused(deed, STOPPED, by=by) is AgentConflict.NOT_ELIGIBLE


@pytest.mark.parametrize(
    "by", [Principal("bo", (Role.ADMIN,), agents=("agent-*",)), Principal("Agent-1 ", (Role.ADMIN,))]
)
def test_owner_may_restrain_an_agent_and_not_let_it_go_on(by: Principal) -> None:
    assert done("stop", by=by).stop is not None
    assert refused("resume", STOPPED, by=by) is AgentConflict.SELF_APPROVAL
    assert refused("close_breaker", by=by, action_class="class:refund") is AgentConflict.SELF_APPROVAL


@pytest.mark.parametrize("reason", [None, "", "  "])
@pytest.mark.parametrize("deed", list(AgentDeed))
def test_every_act_needs_a_written_reason(deed: str, reason: str | None) -> None:
    assert refused(deed, reason=reason, action_class="class:refund") is AgentConflict.REASON_MISSING


def test_breaker_is_closed_by_its_class_and_no_other() -> None:
    opened = Breaker(State.OPEN, 1)
    conduct = Conduct(Record("agent-1"), {"class:refund": opened, "topic:crm": opened})

    after = done("close_breaker", conduct, action_class="refund")

    assert {name: entry.state for name, entry in after.conduct.breakers.items()} == {
        "class:refund": State.CLOSED, "topic:crm": State.OPEN,
    }  # fmt: skip
    assert [fact.to_json()["by"] for fact in after.facts] == ["ann"]
    assert refused("close_breaker") is AgentConflict.CLASS_MISSING


def standing(level: int) -> Standing:
    """A standing at a level under the rules in force."""
    return Standing(level, 0, 0, "m1", rules_of(PER_CLASS).snapshot, successes=5)


def test_demotion_lowers_by_one_or_to_the_level_named_and_cools_off() -> None:
    rules = rules_of()
    record = Record("agent-1").with_standing(WHOLE_AGENT, Standing(3, 0, 0, "m1", rules.snapshot, successes=5))

    one, (fact,) = demoted(rules, record, action_class=None, level=None, by="ann", at_ms=NOW_MS)
    two, _ = demoted(rules, record, action_class=None, level=0, by="ann", at_ms=NOW_MS)

    assert (one.standings[""].level, two.standings[""].level) == (2, 0)
    assert (fact.kind, fact.cause, fact.level_before, fact.level, fact.by) == (
        ChangeKind.DEMOTED, Cause.BY_PERSON, 3, 2, "ann",
    )  # fmt: skip
    assert one.standings[""].cool_off_until_ms > NOW_MS and one.standings[""].successes == 0


@pytest.mark.parametrize("level", [3, 4, 1_000_000])
def test_demotion_never_lifts(level: int) -> None:
    rules = rules_of()
    record = Record("agent-1").with_standing(WHOLE_AGENT, Standing(3, 0, 0, "m1", rules.snapshot))

    assert demoted(rules, record, action_class=None, level=level, by="ann", at_ms=NOW_MS)[1] == ()


def test_demotion_of_one_class_leaves_the_others() -> None:
    rules = rules_of(PER_CLASS)
    record = Record("agent-1").with_standing("class:refund", standing(2)).with_standing("topic:crm", standing(2))

    after, changes = demoted(rules, record, action_class="refund", level=None, by="ann", at_ms=NOW_MS)

    assert [(change.action_class, change.level) for change in changes] == [("class:refund", 1)]
    assert level_of(rules, after, ["topic:crm"]) == 2


def test_class_that_nobody_has_seen_is_demoted_by_its_full_name_only() -> None:
    rules = rules_of(PER_CLASS, default_level=2)

    begun, changes = demoted(rules, Record("agent-1"), action_class="class:refund", level=0, by="ann", at_ms=NOW_MS)
    unknown = demoted(rules, Record("agent-1"), action_class="refund", level=0, by="ann", at_ms=NOW_MS)

    assert level_of(rules, begun, ["class:refund"]) == 0 and len(changes) == 1
    assert unknown == (Record("agent-1"), ())


def test_agent_of_whom_nothing_is_known_is_demoted_in_all_that_is_to_come() -> None:
    rules = rules_of(PER_CLASS, default_level=2)

    after, (fact,) = demoted(rules, Record("agent-1"), action_class=None, level=None, by="ann", at_ms=NOW_MS)

    assert (fact.action_class, fact.level_before, fact.level) == (WHOLE_AGENT, 2, 1)
    assert level_of(rules, after, ["class:any"]) == 1


LEVELS = st.dictionaries(st.sampled_from(["class:refund", "class:wire", "topic:crm"]), st.integers(0, 6), max_size=3)


@given(
    levels=LEVELS,
    level=st.none() | st.integers(0, 6),
    action_class=st.none() | st.sampled_from(["refund", "class:refund", "topic:crm", "nothing"]),
    default_level=st.integers(0, 3),
    is_full=st.booleans(),
)
@settings(deadline=None)
def test_no_demotion_lifts_any_class_and_each_fact_is_a_fall(
    levels: dict[str, int], level: int | None, action_class: str | None, default_level: int, is_full: bool
) -> None:
    rules = rules_of(PER_CLASS, default_level=default_level)
    record = Record("agent-1")
    for name, at in levels.items():
        record = record.with_standing(name, standing(at))
    for number in range(MAX_CLASSES if is_full else 0):
        record = record.with_standing(f"topic:t{number}", standing(1))

    after, changes = demoted(rules, record, action_class=action_class, level=level, by="ann", at_ms=NOW_MS)

    for name in (*levels, "class:new", "topic:t1"):
        before_level, after_level = level_of(rules, record, [name]), level_of(rules, after, [name])
        assert after_level <= before_level
        if action_class is None and level is not None:
            assert after_level <= level
    assert all(c.level < c.level_before for c in changes if c.kind is ChangeKind.DEMOTED)
    assert bool(changes) == (after != record)
