"""Changed decisions: which way each went, how many there are, and the widest loosening first."""

from __future__ import annotations

import pytest

from policies.decisions import Decision, OutputDecision
from policies.transitions import MAX_KEPT, Direction, Outcome, Transitions, direction

ALLOW, LIMITED, HELD, DENY = Decision
PASS, REDACT, QUARANTINE = OutputDecision


@pytest.mark.parametrize("before", list(Decision))
@pytest.mark.parametrize("after", list(Decision))
def test_a_milder_decision_is_looser_and_a_stricter_one_stricter(before: Decision, after: Decision) -> None:
    gap = after.strictness - before.strictness
    expected = Direction.SAME if gap == 0 else Direction.STRICTER if gap > 0 else Direction.LOOSER
    assert direction(Outcome(before), Outcome(after)) is expected


def test_constraints_and_redactions_count_where_the_decision_stays() -> None:
    ten, five = ({"max_amount_usd": number} for number in (10, 5))
    assert direction(Outcome(LIMITED, constraints=ten), Outcome(LIMITED, constraints=five)) is Direction.STRICTER
    assert direction(Outcome(HELD, constraints=five), Outcome(HELD, constraints=ten)) is Direction.LOOSER
    assert direction(Outcome(DENY, constraints=five), Outcome(DENY)) is Direction.SAME
    one, two = frozenset({"a"}), frozenset({"a", "b"})
    assert direction(Outcome(REDACT, redacted=two), Outcome(REDACT, redacted=one)) is Direction.LOOSER
    assert direction(Outcome(REDACT, redacted=one), Outcome(REDACT, redacted=two)) is Direction.STRICTER


def test_what_is_tighter_here_and_wider_there_is_looser() -> None:
    before, after = {"max_amount_usd": 10, "max_runtime_sec": 5}, {"max_amount_usd": 5, "max_runtime_sec": 10}
    assert direction(Outcome(LIMITED, constraints=before), Outcome(LIMITED, constraints=after)) is Direction.LOOSER


def test_all_are_counted_and_the_widest_loosening_comes_first() -> None:
    found = Transitions()
    for number, (before, after) in enumerate([(ALLOW, ALLOW), (HELD, ALLOW), (DENY, ALLOW), (ALLOW, HELD)]):
        found.take(f"a{number}", agent_id="x", topic="t", before=Outcome(before), after=Outcome(after))
    found.take("o", agent_id="x", topic="t", before=Outcome(PASS), after=Outcome(QUARANTINE))
    assert [change.event_id for change in found.changed()] == ["a2", "a1", "a3", "o"]
    assert (found.actions[DENY, ALLOW], found.outputs[PASS, QUARANTINE], found.actions.total()) == (1, 1, 4)
    assert (found.held_before, found.held_after) == (1, 1)
    assert found.directions == {Direction.SAME: 1, Direction.LOOSER: 2, Direction.STRICTER: 2}


def test_memory_is_bounded_and_counts_are_not() -> None:
    found = Transitions()
    for number in range(MAX_KEPT + 1):
        found.take(str(number), agent_id="x", topic="t", before=Outcome(DENY), after=Outcome(ALLOW))
    assert (len(found.changed()), found.directions[Direction.LOOSER]) == (MAX_KEPT, MAX_KEPT + 1)


def test_an_action_is_never_compared_with_an_output() -> None:
    with pytest.raises(TypeError):
        Transitions().take("a", agent_id="x", topic="t", before=Outcome(DENY), after=Outcome(PASS))
