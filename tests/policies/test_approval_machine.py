"""No path of events releases a held action without every condition, which an oracle states anew from the events.

The oracle reads the events that were taken, never the hold's own bookkeeping of votes, editors or deadlines.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from policies.approval_documents import ApprovalClass, OnTimeout, Role
from policies.approval_events import (
    APPROVING,
    Act,
    Answered,
    Edit,
    Event,
    EventKind,
    FactKind,
    Load,
    PolicyChanged,
    Rebalanced,
    Requested,
    TimePassed,
    Transition,
    Withdrawn,
)
from policies.approval_steps import transition
from policies.approvals import Approval, Judged, Resolution
from policies.decisions import Decision
from policies.people import Principal
from tests.policies.holds import EVIDENCE, MINUTE_MS, OPENED_MS, judged

CHAIN = ("first", "second")
DIGESTS = tuple(letter * 64 for letter in "def")
SNAPSHOTS = tuple(letter * 64 for letter in "abc")
PEOPLE: tuple[Principal | None, ...] = (
    Principal("ana", (Role.SENIOR_REVIEWER,), CHAIN),
    Principal("ANA ", (Role.SENIOR_REVIEWER,), CHAIN),
    Principal("bo", (Role.SENIOR_REVIEWER, Role.POLICY_AUTHOR), CHAIN),
    Principal("cy", (Role.SENIOR_REVIEWER,), ("second",)),
    Principal("dee", (Role.REVIEWER,), ("first",)),
    Principal("eve", (Role.SENIOR_REVIEWER,), CHAIN, agents=("b*",)),
    Principal("olga", (Role.SENIOR_REVIEWER,), CHAIN),
    Principal("bot", (Role.SENIOR_REVIEWER,), CHAIN),
    Principal("aud", (Role.AUDITOR, Role.SENIOR_REVIEWER), CHAIN),
    Principal("ad", (Role.ADMIN,), CHAIN),
    None,
)
EXCLUDED = ("olga",)
OUTSIDERS = frozenset({"olga", "bot", "eve"})

# Sound people and plain verdicts come up more often than odd ones, so that many paths end in a release.
SOUND = PEOPLE[:4]
ANYBODY = st.sampled_from((*SOUND * 3, *PEOPLE))
CLASSES = (
    (ApprovalClass.AUTO, OnTimeout.RELEASE),
    (ApprovalClass.AUTO, OnTimeout.ESCALATE),
    (ApprovalClass.QUEUE, OnTimeout.ESCALATE),
    (ApprovalClass.EXPLICIT, OnTimeout.DENY),
)
ODD = tuple((entry, action) for entry in ApprovalClass for action in OnTimeout)


def _judged(limit: int | None, handling: tuple[ApprovalClass, OnTimeout], **given: Any) -> Judged:
    entry, action = handling
    constraints = {} if limit is None else {"max_runtime_sec": limit}
    return judged(constraints=constraints, approval_class=entry, on_timeout=action, **given)


verdicts: st.SearchStrategy[Judged] = st.builds(
    _judged,
    limit=st.sampled_from((None, 60, 900)),
    handling=st.sampled_from((*CLASSES * 4, *ODD)),
    reversible=st.sampled_from((True, True, True, True, False, None)),
    decision=st.sampled_from((*(Decision.REQUIRE_APPROVAL,) * 8, *(Decision.ALLOW,) * 4, Decision.DENY)),
    approvers=st.sampled_from((1, 1, 2, 2, 3)),
    escalate_after_ms=st.sampled_from((None, 4 * MINUTE_MS)),
)
limits: st.SearchStrategy[dict[str, object]] = st.sampled_from(
    ({}, {}, {"max_runtime_sec": 30}, {"max_runtime_sec": 600}, {"max_runtime_sec": 5000})
)
loads = st.sampled_from((Load(), Load(), Load(40, 40), Load(cooldown_until_ms=OPENED_MS + 5 * MINUTE_MS)))


@dataclass(frozen=True)
class Taken:
    """An event that was not refused, when, and the team whose turn it was."""

    event: Event
    at_ms: int
    team: str | None


def _name(person: Principal | None) -> str:
    return "" if person is None else person.id.strip().casefold()


def _verdict_of(event: Judged) -> tuple[object, ...]:
    limit = event.constraints.get("max_runtime_sec")
    return event.decision, limit, event.plan.approval_class, event.plan.approvers


class Oracle:
    """What has to be true of a release, from the events that were taken."""

    def __init__(self, taken: list[Taken]) -> None:
        opening = taken[0].event
        assert isinstance(opening, Requested)
        self.opening, self.opened_ms = opening, taken[0].at_ms
        self.verdicts = [opening.judged]
        self.digest, self.snapshots = opening.digest, {opening.snapshot}
        self.editors: set[str] = set()
        self.loosened: set[str] = set()
        self.is_asked = self.is_denied = self.is_changed = False
        self.approvals: list[Taken] = []
        for entry in taken[1:]:
            self._read(entry)

    def _read(self, entry: Taken) -> None:
        event = entry.event
        if isinstance(event, PolicyChanged) and event.snapshot not in (self.newest,):
            self.is_denied |= event.judged.decision is Decision.DENY
            if _verdict_of(event.judged) != _verdict_of(self.verdicts[-1]):
                if event.author is not None and self._asks_for_less(event.judged):
                    self.loosened.add(event.author)
                self.approvals, self.snapshots, self.is_changed = [], set(), True
            self.snapshots.add(event.snapshot)
            self.newest_snapshot = event.snapshot
            self.verdicts.append(event.judged)
        elif isinstance(event, Answered):
            self.is_asked = False
        elif isinstance(event, Act):
            self.is_asked |= event.kind is EventKind.ASK
            self.is_denied |= event.kind is EventKind.DENY
            if event.kind in APPROVING:
                self.approvals.append(entry)
            elif event.kind is EventKind.MODIFY and event.edit is not None:
                self.digest, self.approvals, self.is_changed = event.edit.digest, [], True
                self.snapshots = {self.newest}
                self.editors.add(_name(event.by))
                self.is_denied |= event.edit.judged.decision is Decision.DENY
                self.verdicts.append(event.edit.judged)

    def _asks_for_less(self, verdict: Judged) -> bool:
        """Whether a verdict is milder in anything than what the hold was under before."""
        limit = verdict.constraints.get("max_runtime_sec")
        limits = [v.constraints["max_runtime_sec"] for v in self.verdicts if "max_runtime_sec" in v.constraints]
        return (
            list(Decision).index(verdict.decision) < list(Decision).index(self.verdicts[-1].decision)
            or verdict.plan.approvers < max(v.plan.approvers for v in self.verdicts)
            or all(
                list(ApprovalClass).index(verdict.plan.approval_class)
                < list(ApprovalClass).index(other.plan.approval_class)
                for other in self.verdicts
            )
            or (bool(limits) and (limit is None or limit > min(limits)))  # type: ignore[operator,type-var]
        )

    @property
    def newest(self) -> str:
        return getattr(self, "newest_snapshot", self.opening.snapshot)

    def check_approved(self, released: dict[str, Any], now_ms: int) -> None:
        """Every condition of a release by people."""
        is_explicit = any(verdict.plan.approval_class is ApprovalClass.EXPLICIT for verdict in self.verdicts)
        is_fit_for_batch = all(v.plan.approval_class is not ApprovalClass.EXPLICIT for v in self.verdicts) and any(
            v.plan.approval_class is ApprovalClass.QUEUE for v in self.verdicts
        )
        limit = min((v.constraints.get("max_runtime_sec", 10**9) for v in self.verdicts), default=10**9)  # type: ignore[type-var]
        names = [_name(entry.event.by) for entry in self.approvals if isinstance(entry.event, Act)]
        assert not self.is_denied and not self.is_asked
        assert len(set(names)) == len(names) >= max(verdict.plan.approvers for verdict in self.verdicts)
        assert not set(names) & (OUTSIDERS | self.editors | self.loosened)
        for entry in self.approvals:
            act = entry.event
            assert isinstance(act, Act) and act.by is not None
            assert Role.AUDITOR not in act.by.roles
            assert Role.SENIOR_REVIEWER in act.by.roles or (Role.REVIEWER in act.by.roles and not is_explicit)
            assert entry.team in act.by.teams
            assert act.digest == self.digest and act.snapshot in self.snapshots
            assert all(act.evidence.get(name) for name in self.opening.judged.plan.evidence)
            assert act.reason.strip() or not is_explicit
            assert act.load.cooldown_until_ms <= entry.at_ms
            assert not act.is_batch or is_fit_for_batch
            assert act.constraints.get("max_runtime_sec", 0) <= limit  # type: ignore[operator]
        self._check_limit(released, [e.event.constraints for e in self.approvals if isinstance(e.event, Act)])
        teams = len(CHAIN) if self.opening.judged.plan.on_timeout is OnTimeout.ESCALATE else 1
        assert now_ms < self.opened_ms + teams * 10 * MINUTE_MS
        assert self.opening.ends_ms is None or now_ms < self.opening.ends_ms

    def check_timed_out(self, released: dict[str, Any], now_ms: int, *, is_strict: bool) -> None:
        """Every condition of a release by time."""
        plan = self.opening.judged.plan
        assert not is_strict and not self.is_denied and not self.is_asked and not self.is_changed
        assert plan.on_timeout is OnTimeout.RELEASE and plan.approval_class is ApprovalClass.AUTO
        assert all(verdict.reversible is True for verdict in self.verdicts[:1])
        assert now_ms >= self.opened_ms + plan.after_ms
        assert self.opening.ends_ms is None or now_ms < self.opening.ends_ms
        self._check_limit(released, [e.event.constraints for e in self.approvals if isinstance(e.event, Act)])

    def _check_limit(self, released: dict[str, Any], added: list[Any]) -> None:
        """The release carries the smallest limit that any policy or approver asked for."""
        asked = [*(verdict.constraints for verdict in self.verdicts), *added]
        limits = [part["max_runtime_sec"] for part in asked if "max_runtime_sec" in part]
        assert released.get("max_runtime_sec") == min(limits, default=None)


class HeldAction(RuleBasedStateMachine):
    """One hold under random acts of random people, policies and clocks."""

    hold: Approval | None = None

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = OPENED_MS
        self.events: list[tuple[Event, int]] = []
        self.taken: list[Taken] = []
        self.resolutions: list[Resolution] = []

    def _apply(self, event: Event) -> None:
        before = self.hold
        result = transition(before, event, self.now_ms)
        self.events.append((event, self.now_ms))
        if not isinstance(result, Transition):
            return
        # An approval moves no team, so the team after it is the one whose turn it was, late timers included.
        self.taken.append(Taken(event, self.now_ms, result.approval.team))
        self.hold = result.approval
        if result.resolution is None:
            assert result.constraints == {}
            return
        self.resolutions.append(result.resolution)
        assert [fact.kind for fact in result.facts].count(FactKind.RESOLVED) == 1
        if not result.resolution.is_release:
            assert result.constraints == {}
        elif result.resolution is Resolution.RELEASED_BY_TIMEOUT:
            assert isinstance(event, TimePassed)
            Oracle(self.taken).check_timed_out(dict(result.constraints), self.now_ms, is_strict=event.is_strict)
        else:
            Oracle(self.taken).check_approved(dict(result.constraints), self.now_ms)

    @initialize(verdict=verdicts, ends=st.sampled_from((None, None, 3 * MINUTE_MS, 15 * MINUTE_MS)))
    def request(self, verdict: Judged, ends: int | None) -> None:
        ends_ms = None if ends is None else OPENED_MS + ends
        verdict = replace(verdict, decision=Decision.REQUIRE_APPROVAL)
        self._apply(Requested("h1", "bot", DIGESTS[0], SNAPSHOTS[0], verdict, ends_ms=ends_ms, excluded=EXCLUDED))

    @rule(
        kind=st.sampled_from((*(EventKind.APPROVE, EventKind.CONSTRAIN) * 5, EventKind.DENY, EventKind.CLAIM)),
        by=ANYBODY,
        limit=limits,
        load=loads,
        reason=st.sampled_from(("checked", "checked", " ")),
        is_batch=st.sampled_from((False, False, True)),
        is_complete=st.sampled_from((True, True, True, False)),
        seen=st.sampled_from(("now", "now", "now", "stale")),
        data=st.data(),
    )
    def vote(self, data: st.DataObject, kind: EventKind, by: Principal | None, seen: str, **given: Any) -> None:
        assert self.hold is not None
        digest, snapshot = self.hold.digest, self.hold.snapshot
        if seen == "stale":
            digest, snapshot = data.draw(st.sampled_from(DIGESTS)), data.draw(st.sampled_from(SNAPSHOTS))
        self._apply(
            Act(
                kind,
                by,
                "r",
                digest,
                snapshot,
                reason=given["reason"],
                evidence=EVIDENCE if given["is_complete"] else {},
                constraints=given["limit"] if kind is EventKind.CONSTRAIN else {},
                is_batch=given["is_batch"],
                load=given["load"],
            )
        )

    def _approve(self, by: Principal | None, limit: dict[str, object], *, is_batch: bool = False) -> None:
        assert self.hold is not None
        kind = EventKind.CONSTRAIN if limit else EventKind.APPROVE
        seen = (self.hold.digest, self.hold.snapshot)
        self._apply(
            Act(kind, by, "r", *seen, reason="checked", evidence=EVIDENCE, constraints=limit, is_batch=is_batch)
        )

    @rule(by=st.sampled_from(SOUND), limit=limits, is_batch=st.booleans())
    def vote_soundly(self, by: Principal, limit: dict[str, object], is_batch: bool) -> None:
        self._approve(by, limit, is_batch=is_batch)

    @rule(by=st.sampled_from(SOUND), digest=st.sampled_from(DIGESTS), verdict=verdicts)
    def edit_and_approve_it_oneself(self, by: Principal, digest: str, verdict: Judged) -> None:
        self.modify(by, digest, verdict)
        self._approve(by, {})

    @rule(snapshot=st.sampled_from(SNAPSHOTS), verdict=verdicts)
    def loosen_and_approve_it_oneself(self, snapshot: str, verdict: Judged) -> None:
        self._apply(PolicyChanged(snapshot, verdict, "bo"))
        self._approve(PEOPLE[2], {})

    @rule(by=st.sampled_from(SOUND), minutes=st.sampled_from((0, 0, 9, 10, 11, 20)))
    def approve_after_a_standstill(self, by: Principal, minutes: int) -> None:
        self.now_ms += minutes * MINUTE_MS
        self._approve(by, {})

    @rule(by=ANYBODY, digest=st.sampled_from(DIGESTS), verdict=verdicts)
    def modify(self, by: Principal | None, digest: str, verdict: Judged) -> None:
        assert self.hold is not None
        edit = Edit(digest, verdict)
        self._apply(
            Act(EventKind.MODIFY, by, "r", self.hold.digest, self.hold.snapshot, "why", evidence=EVIDENCE, edit=edit)
        )

    @rule(by=ANYBODY, kind=st.sampled_from((EventKind.ASK, EventKind.ESCALATE, EventKind.REASSIGN)))
    def other_act(self, by: Principal | None, kind: EventKind) -> None:
        self._apply(Act(kind, by, "r", reason="why", to_team="second"))

    @rule(event=st.sampled_from((Answered("x"), Rebalanced("second"), Withdrawn("other"))))
    def other_event(self, event: Event) -> None:
        self._apply(event)

    @rule(
        snapshot=st.sampled_from(SNAPSHOTS),
        verdict=verdicts,
        author=st.sampled_from(("bo", "cy", None)),
        says_the_same=st.booleans(),
    )
    def change_policy(self, snapshot: str, verdict: Judged, author: str | None, says_the_same: bool) -> None:
        said = Oracle(self.taken).verdicts[-1]
        is_same = says_the_same and said.decision is not Decision.DENY
        self._apply(PolicyChanged(snapshot, said if is_same else verdict, author))

    @rule(minutes=st.sampled_from((0, 0, 0, 1, 1, 4, 11)), is_strict=st.sampled_from((False, False, True)))
    def wait(self, minutes: int, is_strict: bool) -> None:
        self.now_ms += minutes * MINUTE_MS
        self._apply(TimePassed(is_strict=is_strict))

    @precondition(lambda self: self.hold is not None)
    @invariant()
    def ends_once(self) -> None:
        assert self.hold is not None
        assert len(self.resolutions) == (0 if self.hold.state.is_open else 1)

    @precondition(lambda self: self.hold is not None)
    @invariant()
    def survives_json(self) -> None:
        assert self.hold is not None
        assert Approval.from_json(json.loads(json.dumps(self.hold.to_json()))) == self.hold

    @precondition(lambda self: self.hold is not None)
    @invariant()
    def wakes_in_time(self) -> None:
        assert self.hold is not None
        due_ms = self.hold.next_due_ms
        assert (due_ms is None) == (not self.hold.state.is_open)
        assert due_ms is None or due_ms <= OPENED_MS + len(CHAIN) * 10 * MINUTE_MS

    def teardown(self) -> None:
        """The events alone rebuild the same hold, as after a restart."""
        rebuilt: Approval | None = None
        for event, at_ms in self.events:
            stored = None if rebuilt is None else Approval.from_json(json.loads(json.dumps(rebuilt.to_json())))
            result = transition(stored, event, at_ms)
            rebuilt = result.approval if isinstance(result, Transition) else rebuilt
        assert rebuilt == self.hold


TestHeldAction = HeldAction.TestCase
TestHeldAction.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
