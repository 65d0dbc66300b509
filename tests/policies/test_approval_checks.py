"""Every attack on a held action meets its conflict, in the order of the conflicts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.approval_checks import conflict_of, final_due_ms, is_as_tight
from policies.approval_documents import ApprovalClass, EvidenceField, Role
from policies.approval_events import Act, Edit, EventKind, Load, PolicyChanged, Transition
from policies.approval_steps import transition
from policies.approvals import Approval
from policies.conflicts import Conflict
from policies.constraints import ConstraintConflictError, merge
from policies.decisions import Decision
from tests.policies.holds import (
    EVIDENCE,
    MINUTE_MS,
    OPENED_MS,
    OTHER_DIGEST,
    OTHER_SNAPSHOT,
    act,
    after,
    held,
    judged,
    person,
    refusal,
)
from tests.policies.strategies import constraints as any_constraints

APPROVE, CONSTRAIN, DENY = EventKind.APPROVE, EventKind.CONSTRAIN, EventKind.DENY
HELD = held(judged(constraints={"max_runtime_sec": 900}), tenant_id="acme", excluded=("olga",))
EXPLICIT = held(judged(approval_class=ApprovalClass.EXPLICIT))
LATE_MS = OPENED_MS + 21 * MINUTE_MS


def _bad_edit() -> Act:
    return act(EventKind.MODIFY, edit=Edit(OTHER_DIGEST, judged(Decision.DENY)))


def _looser() -> Approval:
    return after(held(), PolicyChanged(OTHER_SNAPSHOT, judged(Decision.ALLOW), author="ana")).approval


def _edited() -> Approval:
    return after(held(), act(EventKind.MODIFY, edit=Edit(OTHER_DIGEST, judged()))).approval


ATTACKS: tuple[tuple[str, Approval, Act, int, Conflict], ...] = (
    ("of another tenant", HELD, act(by=person(tenants=("other",))), 0, Conflict.UNKNOWN_HOLD),
    ("no role", HELD, act(by=person("x", Role.VIEWER)), 0, Conflict.NOT_ELIGIBLE),
    ("an auditor", HELD, act(by=person("x", Role.AUDITOR, Role.SENIOR_REVIEWER)), 0, Conflict.NOT_ELIGIBLE),
    ("a policy author", HELD, act(DENY, by=person("x", Role.POLICY_AUTHOR)), 0, Conflict.NOT_ELIGIBLE),
    ("a reviewer for explicit", EXPLICIT, act(by=person("x", Role.REVIEWER)), 0, Conflict.NOT_ELIGIBLE),
    ("of another team", HELD, act(by=person(teams=("second",))), 0, Conflict.WRONG_TEAM),
    ("the agent itself", HELD, act(by=person(" Bot ")), 0, Conflict.SELF_APPROVAL),
    ("own agent", HELD, act(by=person(agents=("b*",))), 0, Conflict.SELF_APPROVAL),
    ("who asked for it", HELD, act(by=person("OLGA")), 0, Conflict.SELF_APPROVAL),
    ("who asked for it denies", HELD, act(DENY, by=person("olga")), 0, Conflict.SELF_APPROVAL),
    ("who loosened the policy", _looser(), act(), 0, Conflict.OWN_LOOSENING),
    ("the editor", _edited(), act(digest=OTHER_DIGEST), 0, Conflict.EDITOR_VOTE),
    ("decided twice", after(held(), act(DENY)).approval, act(by=person("bo")), 0, Conflict.ALREADY_DECIDED),
    ("approved twice", after(held(), act()).approval, act(by=person("bo")), 0, Conflict.ALREADY_DECIDED),
    ("expired", HELD, act(), LATE_MS, Conflict.EXPIRED),
    ("another digest", HELD, act(digest=OTHER_DIGEST), 0, Conflict.DIGEST_MISMATCH),
    ("denied with another digest", HELD, act(DENY, digest=OTHER_DIGEST), 0, Conflict.DIGEST_MISMATCH),
    ("another policy", HELD, act(snapshot=OTHER_SNAPSHOT), 0, Conflict.SNAPSHOT_MISMATCH),
    ("a short snapshot", HELD, act(snapshot=HELD.snapshot[:6]), 0, Conflict.SNAPSHOT_MISMATCH),
    ("evidence missing", HELD, act(evidence={}), 0, Conflict.INCOMPLETE_EVIDENCE),
    (
        "evidence blank", HELD, act(evidence={**EVIDENCE, EvidenceField.JOB_HASH: "  "}), 0,
        Conflict.INCOMPLETE_EVIDENCE,
    ),
    ("explicit without a reason", EXPLICIT, act(reason=" "), 0, Conflict.REASON_MISSING),
    ("a denial without a reason", HELD, act(DENY, reason=""), 0, Conflict.REASON_MISSING),
    ("a question without words", HELD, act(EventKind.ASK, reason=""), 0, Conflict.REASON_MISSING),
    ("explicit in a batch", EXPLICIT, act(is_batch=True), 0, Conflict.BATCH_REFUSED),
    ("irreversible in a batch", held(judged(reversible=None)), act(is_batch=True), 0, Conflict.BATCH_REFUSED),
    ("no constraint", HELD, act(CONSTRAIN), 0, Conflict.CONSTRAINT_INVALID),
    ("constraints beside an approval", HELD, act(constraints={"max_x": 1}), 0, Conflict.CONSTRAINT_INVALID),
    ("a bad constraint", HELD, act(CONSTRAIN, constraints={"max_x": "1"}), 0, Conflict.CONSTRAINT_INVALID),
    ("a wider constraint", HELD, act(CONSTRAIN, constraints={"max_runtime_sec": 901}), 0, Conflict.CONSTRAINT_WIDENED),
    (
        "a constraint below the amount", HELD, act(CONSTRAIN, constraints={"max_amount_usd": 419.99}), 0,
        Conflict.CONSTRAINT_EXCEEDED,
    ),
    (
        "a limit on an unknown amount", held(judged(amount=None)),
        act(CONSTRAIN, constraints={"max_amount_usd": 10**6}), 0, Conflict.CONSTRAINT_EXCEEDED,
    ),
    ("an edit that is denied", HELD, _bad_edit(), 0, Conflict.EDIT_DENIED),
    ("one claim too many", HELD, act(EventKind.CLAIM, load=Load(40, 40)), 0, Conflict.OVER_LIMIT),
    ("in a cooldown", HELD, act(load=Load(cooldown_until_ms=OPENED_MS + 2)), 0, Conflict.IN_COOLDOWN),
    ("a second vote", after(held(judged(approvers=2)), act()).approval, act(), 0, Conflict.DUPLICATE_VOTE),
)  # fmt: skip


@pytest.mark.parametrize(("what", "hold", "attack", "at_ms", "conflict"), ATTACKS, ids=[case[0] for case in ATTACKS])
def test_an_attack_meets_its_conflict_and_changes_nothing(
    what: str, hold: Approval, attack: Act, at_ms: int, conflict: Conflict
) -> None:
    before = hold.to_json()

    assert refusal(hold, attack, at_ms or OPENED_MS + 1) is conflict
    assert hold.to_json() == before


def test_the_first_conflict_in_order_is_the_answer() -> None:
    def wrong(*, by: Callable[[], object], **changes: object) -> Act:
        return act(CONSTRAIN, by=by(), constraints={"max_runtime_sec": 901}, digest=OTHER_DIGEST, **changes)  # type: ignore[arg-type]

    viewer = wrong(by=lambda: person("bot", Role.VIEWER, teams=()))
    stranger = wrong(by=lambda: person("bot", teams=()))
    itself = wrong(by=lambda: person("bot"))
    late = wrong(by=person)

    assert refusal(HELD, viewer, LATE_MS) is Conflict.NOT_ELIGIBLE
    assert refusal(HELD, stranger, LATE_MS) is Conflict.WRONG_TEAM
    assert refusal(HELD, itself, LATE_MS) is Conflict.SELF_APPROVAL
    assert refusal(HELD, late, LATE_MS) is Conflict.EXPIRED
    assert refusal(HELD, late) is Conflict.DIGEST_MISMATCH


def test_a_denial_needs_no_claim_no_cooldown_and_no_second_look() -> None:
    hold = after(held(judged(approvers=2)), act()).approval
    tired = Load(claims=99, limit=1, cooldown_until_ms=LATE_MS)

    assert isinstance(transition(hold, act(DENY, load=tired), OPENED_MS + 1), Transition)


def test_a_cooldown_ends_on_time() -> None:
    assert conflict_of(HELD, act(load=Load(cooldown_until_ms=OPENED_MS)), OPENED_MS) is None


def test_a_claim_that_is_renewed_is_not_one_more() -> None:
    claimed = after(HELD, act(EventKind.CLAIM)).approval

    assert conflict_of(claimed, act(EventKind.CLAIM, load=Load(40, 40)), OPENED_MS + 1) is None


def test_a_batch_of_reversible_queue_items_passes() -> None:
    assert conflict_of(HELD, act(is_batch=True), OPENED_MS) is None
    assert conflict_of(EXPLICIT, act(DENY, is_batch=True), OPENED_MS) is None


def test_incomplete_evidence_is_recorded_where_the_contract_is_not_enforced() -> None:
    result = after(held(judged(is_evidence_enforced=False)), act(evidence={}))

    assert result.facts[0].details["is_evidence_complete"] is False
    assert after(held(), act()).facts[0].details["is_evidence_complete"] is True


def test_a_hold_without_a_team_is_for_every_reviewer() -> None:
    hold = held(judged(chain=()))

    assert conflict_of(hold, act(by=person(teams=())), OPENED_MS) is None


def test_a_queue_hold_needs_no_reason() -> None:
    assert conflict_of(HELD, act(reason=""), OPENED_MS) is None


def test_a_person_bound_to_tenants_sees_no_hold_without_one() -> None:
    assert refusal(held(), act(by=person(tenants=("acme",)))) is Conflict.UNKNOWN_HOLD
    assert conflict_of(HELD, act(by=person(tenants=("ac*",))), OPENED_MS) is None


def test_the_last_deadline_counts_every_team_that_is_left_and_the_action_s_own() -> None:
    chain = ("a", "b", "c")
    patient = judged(chain=chain, escalate_after_ms=None)

    assert final_due_ms(held(patient)) == OPENED_MS + 30 * MINUTE_MS
    assert final_due_ms(held(patient, ends_ms=OPENED_MS + 5)) == OPENED_MS + 5
    assert final_due_ms(held(judged(chain=chain))) == OPENED_MS + 10 * MINUTE_MS
    assert final_due_ms(held(judged(chain=()))) == OPENED_MS + 10 * MINUTE_MS


TIGHTER: tuple[tuple[dict[str, object], dict[str, object], bool], ...] = (
    ({"max_x": 5}, {"max_x": 5}, True),
    ({"max_x": 4}, {"max_x": 5}, True),
    ({"max_x": 6}, {"max_x": 5}, False),
    ({"min_x": 6}, {"min_x": 5}, True),
    ({"min_x": 4}, {"min_x": 5}, False),
    ({"net_allowlist": ["b", "a", "a"]}, {"net_allowlist": ["a", "b"]}, True),
    ({"net_allowlist": ["a"]}, {"net_allowlist": ["a", "b"]}, True),
    ({"net_allowlist": []}, {"net_allowlist": ["a"]}, True),
    ({"net_allowlist": ["a", "c"]}, {"net_allowlist": ["a", "b"]}, False),
    ({"net_denylist": ["a", "b"]}, {"net_denylist": ["a"]}, True),
    ({"net_denylist": []}, {"net_denylist": ["a"]}, False),
    ({"read_only": True}, {"read_only": False}, True),
    ({"read_only": False}, {"read_only": True}, False),
    ({"region": "eu"}, {"region": "eu"}, True),
    ({"inner": {"max_x": 4}}, {"inner": {"max_x": 5, "max_y": 1}}, False),
    ({"inner": {"max_x": 4, "max_y": 1}}, {"inner": {"max_x": 5, "max_y": 1}}, True),
    ({"new": "value"}, {"max_x": 5}, True),
    ({}, {"max_x": 5}, True),
    ({"max_x": 5}, {}, True),
)


@pytest.mark.parametrize(("proposed", "held_to", "is_tight"), TIGHTER)
def test_what_is_tighter(proposed: dict[str, object], held_to: dict[str, object], is_tight: bool) -> None:
    assert is_as_tight(proposed, held_to) is is_tight


def test_texts_that_differ_cannot_be_compared_and_widen() -> None:
    with pytest.raises(ConstraintConflictError):
        is_as_tight({"region": "us"}, {"region": "eu"})
    hold = held(judged(constraints={"region": "eu"}))
    assert refusal(hold, act(CONSTRAIN, constraints={"region": "us"})) is Conflict.CONSTRAINT_WIDENED


def test_constraints_that_contradict_an_earlier_approver_s_are_refused() -> None:
    once = after(held(judged(approvers=2)), act(CONSTRAIN, constraints={"region": "eu"})).approval

    attack = act(CONSTRAIN, person("bo"), constraints={"region": "us"})

    assert refusal(once, attack) is Conflict.CONSTRAINT_CONFLICT


NAMES = st.sampled_from(("max_x", "min_x", "x_allowlist", "x_denylist", "x", "", " "))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.sampled_from(("a", "b")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
SETS = st.dictionaries(NAMES, JSON, max_size=3)


@given(held_to=SETS, first=SETS, second=SETS, changed=SETS)
def test_no_constraints_whatever_they_hold_break_the_machine(
    held_to: dict[str, object], first: dict[str, object], second: dict[str, object], changed: dict[str, object]
) -> None:
    hold: Approval | None = held(judged(constraints=held_to, approvers=2))
    edit = Edit(OTHER_DIGEST, judged(constraints=changed))
    for event in (
        act(CONSTRAIN, constraints=first),
        act(CONSTRAIN, person("bo"), constraints=second),
        PolicyChanged(OTHER_SNAPSHOT, judged(constraints=changed)),
        act(EventKind.MODIFY, edit=edit),
    ):
        result = transition(hold, event, OPENED_MS + 1)
        hold = result.approval if isinstance(result, Transition) else hold

    assert hold is not None and Approval.from_json(hold.to_json()) == hold


@given(any_constraints, any_constraints)
def test_the_tightest_of_two_sets_is_as_tight_as_either(left: dict[str, object], right: dict[str, object]) -> None:
    try:
        both = merge([part for part in (left, right) if part])
    except ConstraintConflictError:
        return
    assert is_as_tight(both, left) and is_as_tight(both, right)
