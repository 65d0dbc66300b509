"""What the approval documents mean for one held action, and who people are to the gate."""

from __future__ import annotations

from decimal import Decimal

import pytest

from policies.approval_documents import ApprovalClass, EvidenceField, OnTimeout, Role
from policies.approval_plan import ApprovalPlanner
from policies.approvals import HoldPlan
from policies.bundle import Bundle, load_bundle
from policies.decisions import Verdict
from policies.parse_approvals import approvals_of
from policies.people import Directory, Principal, identity, is_among
from tests.policies.samples import S2_FOLDER, derived, event, rules_bundle

RULES = 'rules: [{match: {topics: ["*"]}, decision: require_approval}]\n'
KEY = b"epoch-7"
HOUR_MS = 3_600_000
PLAIN = {"amount_usd": 10, "reversible": True, "customer_facing": False, "tool": "x"}


def _planner(bundle: Bundle) -> ApprovalPlanner:
    return ApprovalPlanner(approvals_of(bundle.documents))


def _plan(text: str, hold_id: str = "h1", **fields: object) -> HoldPlan:
    bundle = rules_bundle(RULES + text)
    verdict = _verdict(bundle, **fields)
    return _planner(bundle).plan(verdict, hold_id=hold_id, default_wait_ms=HOUR_MS, review_key=KEY)


def _verdict(bundle: Bundle, **fields: object) -> Verdict:
    return bundle.decide(event("job.crm.update", **{**PLAIN, **fields}), derived(3))


def test_without_a_document_a_hold_is_explicit_and_its_deadline_denies() -> None:
    plan = _plan("")

    assert plan == HoldPlan(ApprovalClass.EXPLICIT, 1, (), HOUR_MS, OnTimeout.DENY)


def test_the_published_document_gives_team_escalation_evidence_and_limits() -> None:
    text = (S2_FOLDER / "reviewer-ops.json").read_text(encoding="utf-8")
    bundle = load_bundle({"rules.yaml": RULES, "reviewer-ops.json": text})
    planner = _planner(bundle)
    verdict = _verdict(bundle, risk_tags=["financial"])

    plan = planner.plan(verdict, hold_id="h1", default_wait_ms=HOUR_MS, review_key=KEY)

    assert plan.chain == ("finance-approvers",)
    assert plan.escalate_after_ms == 1_200_000
    assert plan.evidence[0] is EvidenceField.POLICY_SNAPSHOT and plan.is_evidence_enforced
    assert (planner.queue.max_open_per_reviewer, planner.fatigue.cooldown_after_approvals) == (40, 80)
    assert planner.team_names is None


DOCUMENT = "routing: {default: ops}\n"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ApprovalClass.QUEUE),
        ({"amount_usd": 1000}, ApprovalClass.QUEUE),
        ({"amount_usd": Decimal("1000.01")}, ApprovalClass.EXPLICIT),
        ({"amount_usd": None}, ApprovalClass.EXPLICIT),
        ({"reversible": False}, ApprovalClass.EXPLICIT),
        ({"reversible": None}, ApprovalClass.EXPLICIT),
        ({"customer_facing": True}, ApprovalClass.EXPLICIT),
        ({"customer_facing": None}, ApprovalClass.EXPLICIT),
    ],
)
def test_without_rules_for_classes_what_weighs_is_explicit(fields: dict[str, object], expected: ApprovalClass) -> None:
    assert _plan(DOCUMENT, **fields).approval_class is expected  # type: ignore[arg-type]


def test_what_the_operator_calls_risky_is_explicit() -> None:
    classes = "action_classes: [{class: a, match: {tools: [x]}, risk: high}]\n"

    assert _plan(DOCUMENT + classes).approval_class is ApprovalClass.EXPLICIT


CLASSES = """
approval_classes:
  - {match: {amount_usd_above: 5000}, class: explicit, approvers: 2}
  - {match: {tools: [x]}, class: auto}
  - {match: {risk_tags: [legal]}, class: queue, approvers: 3}
approval_timeouts: {low: {after_sec: 60, on_timeout: release}}
"""


def test_the_strictest_class_and_the_most_people_of_all_matches_count() -> None:
    assert _plan(CLASSES).approval_class is ApprovalClass.AUTO
    both = _plan(CLASSES, amount_usd=9000, risk_tags=["legal"])

    assert (both.approval_class, both.approvers) == (ApprovalClass.EXPLICIT, 3)
    assert _plan(CLASSES, tool="y").approval_class is ApprovalClass.QUEUE


def test_leaving_a_field_out_makes_a_class_no_milder() -> None:
    assert _plan(CLASSES, amount_usd=None).approval_class is ApprovalClass.EXPLICIT
    assert _plan(CLASSES, tool=None).approval_class is ApprovalClass.QUEUE


def test_a_rule_that_cannot_be_evaluated_may_match() -> None:
    broken = "approval_classes: [{match: {when: 'amount_usd / (amount_usd - amount_usd) > 1'}, class: explicit}]\n"

    assert _plan(broken).approval_class is ApprovalClass.EXPLICIT
    assert _plan(broken.replace("explicit", "auto")).approval_class is ApprovalClass.QUEUE


NAMED = 'rules: [{match: {topics: ["*"]}, decision: require_approval, approval: %s}]\n'


@pytest.mark.parametrize(
    ("named", "text", "expected"),
    [
        ("auto", "", ApprovalClass.AUTO),
        ("queue", DOCUMENT, ApprovalClass.QUEUE),
        ("explicit", CLASSES, ApprovalClass.EXPLICIT),
        ("queue", CLASSES, ApprovalClass.QUEUE),
        ("auto", CLASSES, ApprovalClass.AUTO),
    ],
)
def test_the_class_that_a_rule_names_counts_beside_those_of_the_document(
    named: str, text: str, expected: ApprovalClass
) -> None:
    bundle = rules_bundle(NAMED % named + text)
    plan = _planner(bundle).plan(_verdict(bundle, reversible=False), hold_id="h", default_wait_ms=1, review_key=KEY)

    assert plan.approval_class is expected


def test_a_verdict_without_facts_is_explicit_with_the_most_people() -> None:
    bundle = rules_bundle(RULES + CLASSES)
    verdict = _verdict(bundle)._replace(event=None)

    plan = _planner(bundle).plan(verdict, hold_id="h", default_wait_ms=1, review_key=KEY)

    assert (plan.approval_class, plan.approvers) == (ApprovalClass.EXPLICIT, 3)


def test_timeouts_go_by_the_risk_of_the_class() -> None:
    low, medium = _plan(CLASSES), _plan(CLASSES, tool="y")

    assert (low.after_ms, low.on_timeout) == (60_000, OnTimeout.RELEASE)
    assert (medium.after_ms, medium.on_timeout) == (HOUR_MS, OnTimeout.ESCALATE)
    assert _plan(CLASSES, amount_usd=9000).on_timeout is OnTimeout.DENY


def test_the_chain_goes_from_the_routed_team_upward() -> None:
    text = "routing: {default: a}\nteams: {a: {escalates_to: b}, b: {escalates_to: c}, c: {}}\n"

    assert _plan(text).chain == ("a", "b", "c")


def _drawn(**fields: object) -> tuple[HoldPlan, HoldPlan]:
    """A hold that is drawn for second review, and one that is not."""
    text = DOCUMENT + "fatigue_controls: {sampled_second_review_rate: 0.1}\n"
    plans = [_plan(text, f"h{number}", **fields) for number in range(60)]
    drawn = [plan for plan in plans if plan.has_second_review or plan.approvers > 1]
    rest = [plan for plan in plans if plan not in drawn]
    assert 1 <= len(drawn) <= 20
    return drawn[0], rest[0]


def test_a_drawn_action_that_can_be_undone_gets_a_second_review_after_release() -> None:
    drawn, other = _drawn()

    assert (drawn.approvers, drawn.has_second_review) == (1, True)
    assert (other.approvers, other.has_second_review) == (1, False)


def test_a_drawn_action_that_cannot_be_undone_gets_its_second_pair_of_eyes_before() -> None:
    drawn, other = _drawn(reversible=False)

    assert (drawn.approvers, drawn.has_second_review) == (2, False)
    assert (other.approvers, other.has_second_review) == (1, False)


PEOPLE = """
reviewers:
  ana: {roles: [reviewer], agents: ["billing-*"], tenants: [acme]}
  Bo: {roles: [senior_reviewer]}
teams: {a: {members: [ana, Bo]}, b: {members: [Bo]}}
action_classes: [{class: c, match: {tools: [x]}, owner: olga}]
"""


def test_who_owns_the_agent_or_the_class_or_asked_for_it_is_shut_out() -> None:
    bundle = rules_bundle(RULES + PEOPLE)
    planner, verdict = _planner(bundle), _verdict(bundle)

    names = planner.excluded(verdict, agent_id="billing-7", labels={"requested_by": "tim", "owner": "bo"})

    assert names == ("ana", "olga", "tim")
    assert planner.excluded(verdict, agent_id="other", labels=None) == ("olga",)
    assert planner.excluded(verdict, agent_id="other", labels={"requested_by": " "}) == ("olga",)


def test_a_verdict_as_the_state_machine_takes_it_has_exact_amounts() -> None:
    bundle = rules_bundle(RULES + PEOPLE)
    judged = _planner(bundle).judge(_verdict(bundle, amount_usd=0.1), hold_id="h", default_wait_ms=1, review_key=KEY)

    assert judged.amount_usd == Decimal("0.1")
    assert judged.reversible is True


def test_a_directory_says_who_people_are_and_knows_nobody_else() -> None:
    directory = Directory(approvals_of(rules_bundle(PEOPLE).documents))

    assert directory.is_given
    assert directory.principal(" ANA ", roles=["admin"], teams=["z"]) == Principal(
        "ana", (Role.REVIEWER,), ("a",), ("billing-*",), ("acme",)
    )
    bo = directory.principal("bo")
    assert bo is not None and bo.teams == ("a", "b")
    assert directory.principal("mallory", roles=["senior_reviewer"]) is None


def test_without_a_directory_a_signed_review_says_who_people_are() -> None:
    directory = Directory(None)

    found = directory.principal("ana", roles=["reviewer", "king"], teams=["a"])

    assert not directory.is_given
    assert found == Principal("ana", (Role.REVIEWER,), ("a",))


def test_case_and_blanks_make_nobody_another_person() -> None:
    assert identity(" Ana") == identity("ANA ")
    assert is_among("ana", ["bo", "ANA"])
    assert not is_among("an", ["ana"])
