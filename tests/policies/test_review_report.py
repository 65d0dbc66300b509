"""What reviews teach: plain sentences where the numbers carry them, and none where they do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.approvals import Resolution
from policies.review_report import ReviewedHold, ReviewReport, RuleReport, report

OPENED_MS = 10_000_000


def _holds(number: int, resolution: Resolution | None = Resolution.APPROVED, **changes: object) -> list[ReviewedHold]:
    base = ReviewedHold("h", "x", OPENED_MS, resolution, OPENED_MS + 60_000, ("ana",))
    return [replace(base, hold_id=f"h{place}", **changes) for place in range(number)]  # type: ignore[arg-type]


def _rule(holds: list[ReviewedHold]) -> RuleReport:
    (found,) = report(holds).rules
    return found


def test_approvals_that_change_nothing_are_said_to_add_delay_only() -> None:
    found = _rule(_holds(214))

    assert found.sentence == (
        "rule x: 214 approvals, 0 changed, 0 incidents: approval adds delay only; lower bound of agreement 98.6%"
    )
    # Source: Clopper and Pearson for no change in n: 0.05^(1/n).
    assert found.agreement_low == pytest.approx(0.05 ** (1 / 214))
    assert found.change_high == pytest.approx(1 - 0.05 ** (1 / 214))


@pytest.mark.parametrize(("number", "is_said"), [(148, False), (149, True)])
def test_it_takes_149_clean_decisions_to_say_so(number: int, is_said: bool) -> None:
    assert ("adds delay only; lower" in _rule(_holds(number)).sentence) is is_said


def test_few_decisions_say_nothing_and_tell_how_many_would() -> None:
    assert _rule(_holds(12)).sentence.endswith("too few to say more; 149 decisions without a change would show that "
                                               "approval adds delay only")  # fmt: skip


def test_one_incident_after_approval_is_what_the_sentence_is_about() -> None:
    found = _rule([*_holds(300), *_holds(1, outcome="incident")])

    assert found.incidents == 1
    assert "approval did not stop them" in found.sentence


def test_changes_are_told_with_their_interval() -> None:
    found = _rule([*_holds(80), *_holds(5, Resolution.MODIFIED), *_holds(15, Resolution.DENIED)])

    assert (found.approved, found.changed, found.denied, found.decided) == (80, 5, 15, 100)
    # Source: Clopper and Pearson, 20 of 100 at 95 %: 12.67 % to 29.18 %.
    assert found.sentence.endswith("people change or deny 12.7% to 29.2%; approval does something")


def test_constraints_count_as_a_change() -> None:
    assert _rule([*_holds(40), *_holds(2, Resolution.APPROVED_WITH_CONSTRAINTS)]).changed == 2


def test_what_people_mostly_deny_could_be_a_rule() -> None:
    assert "could deny it at once" in _rule([*_holds(10), *_holds(40, Resolution.DENIED)]).sentence


def test_what_nobody_gets_to_is_told_and_is_no_evidence_of_agreement() -> None:
    found = _rule([*_holds(200), *_holds(60, Resolution.EXPIRED), *_holds(20, Resolution.RELEASED_BY_TIMEOUT)])

    assert "80 of 280 were not decided in time" in found.sentence
    assert found.agreement_low == pytest.approx(0.05 ** (1 / 200))


def test_open_and_superseded_holds_are_counted_and_are_no_decisions() -> None:
    holds = [*_holds(2, None, decided_ms=None, reviewers=()), *_holds(1, Resolution.SUPERSEDED)]
    found = _rule([*holds, *_holds(1, Resolution.WITHDRAWN)])

    assert (found.held, found.open, found.superseded, found.withdrawn, found.decided) == (4, 2, 1, 1, 0)
    assert (found.agreement_low, found.change_high) == (0.0, 1.0)


def test_time_to_decide_is_of_what_people_decided() -> None:
    slow = _holds(1, decided_ms=OPENED_MS + 900_000)
    found = _rule([*_holds(9), *slow, *_holds(5, Resolution.EXPIRED, decided_ms=OPENED_MS + 10**9)])

    assert (found.wait_median_ms, found.wait_p95_ms) == (60_000, 900_000)
    assert _rule(_holds(1, Resolution.EXPIRED)).wait_median_ms is None


def test_second_reviews_have_an_interval() -> None:
    found = _rule([*_holds(9, second_agrees=True), *_holds(1, second_agrees=False), *_holds(5)])

    assert (found.second_reviews, found.second_agreed) == (10, 9)
    # Source: Clopper and Pearson, 9 of 10 at 95 %: 55.50 % to 99.75 %.
    assert tuple(found.second_agreement) == pytest.approx((0.5550, 0.9975), abs=5e-5)
    assert tuple(_rule(_holds(1)).second_agreement) == (0.0, 1.0)


def test_rules_stand_in_the_order_of_how_much_they_hold() -> None:
    found = report([*_holds(1), *_holds(3, rule_id="y"), *_holds(2, rule_id=None)])

    assert [rule.rule_id for rule in found.rules] == ["y", None, "x"]
    assert "no single rule" in found.rules[1].sentence


def _decided_after(ms: int, number: int, **changes: object) -> list[ReviewedHold]:
    return _holds(number, rendered_ms=OPENED_MS, decided_ms=OPENED_MS + ms, **changes)  # type: ignore[arg-type]


def test_deciding_faster_than_one_can_read_is_a_signal() -> None:
    # 1 s and 100 characters at 25 a second: 5 s.
    fast = _decided_after(4_999, 40, shown_chars=100, reviewers=("rush",))
    slow = _decided_after(5_000, 40, shown_chars=100, reviewers=("calm",))

    calm, rush = report([*fast, *slow]).reviewers

    assert (rush.reviewer, rush.fast, rush.timed) == ("rush", 40, 40)
    assert any("faster than can be read: 40 of 40" in signal for signal in rush.signals)
    assert calm.fast == 0 and not any("faster" in signal for signal in calm.signals)


@pytest.mark.parametrize(("fast", "slow", "is_told"), [(29, 0, False), (30, 0, True), (50, 40, False), (60, 40, True)])
def test_speed_is_told_when_the_lower_bound_says_most(fast: int, slow: int, is_told: bool) -> None:
    (person,) = report([*_decided_after(10, fast), *_decided_after(60_000, slow)]).reviewers

    assert any("faster" in signal for signal in person.signals) is is_told
    assert (person.fast_low > 0.5 and fast + slow >= 30) is is_told


def test_who_never_says_no_is_told_and_who_does_is_not() -> None:
    (never,) = report(_holds(30)).reviewers
    (does,) = report([*_holds(30), *_holds(1, Resolution.DENIED)]).reviewers
    (few,) = report(_holds(29)).reviewers

    assert any("never denies" in signal for signal in never.signals)
    assert does.signals == () and does.denied == 1
    assert few.signals == ()


def test_a_decision_without_its_screen_is_no_evidence_of_speed() -> None:
    (person,) = report(_holds(100)).reviewers

    assert (person.timed, person.fast_low) == (0, 0.0)


def test_each_of_several_approvers_is_counted_once() -> None:
    people = report(_holds(3, reviewers=("ana", "bo", "ana"))).reviewers

    assert [(person.reviewer, person.decided) for person in people] == [("ana", 3), ("bo", 3)]


@pytest.mark.parametrize(
    ("decisions", "part"),
    [(0, "3 held"), (100, "3%: within the target"), (40, "7.5%: above 5%, watch it"), (20, "15%: more than 10%")],
)
def test_the_share_that_needs_people_is_told(decisions: int, part: str) -> None:
    found = report(_holds(3), decisions=decisions)

    assert part in found.sentence


def test_nothing_held_is_an_empty_report() -> None:
    assert report([]) == ReviewReport((), (), 0, 0)
