"""The books on workflows accept what the gate writes, and find each kind of damage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from streams.topics import ACTIONS_CLEARED, ACTIONS_OUTCOMES, ACTIONS_PROPOSED, APPROVALS_REQUESTED, AUDIT, REVIEWS
from tests.crash.events import Message
from tests.crash.memory import START_MS, MemoryLane, gates
from tests.crash.policy import BEGIN, LARGE, LOOK, LOOK_S, PAY, PAY_S, PERSON_S, TELL
from tests.crash.turns import Turns
from tests.crash.verdict import Fault, Verdict

AGENT = "agent-1"


class Story:
    """One refund at the real gate, told step by step."""

    def __init__(self) -> None:
        self._lane, self._gate = MemoryLane(), next(iter(gates().values()))
        self._now_ms, self._count = START_MS, 0

    def propose(self, *topics: str, suffix: str = "") -> Story:
        """Propose steps, each under the name of its topic."""
        for topic in topics:
            self._count += 1
            more = {"tool": "refunds", "arguments": {"n": self._count}, "amount_usd": 10, "session_id": "s-1"}
            self._give(ACTIONS_PROPOSED.name, {"action_id": topic + suffix, "topic": topic, **more})
        return self

    def tell(self, topic: str, status: str = "success", **result: Any) -> Story:
        """Tell what became of a step."""
        self._give(ACTIONS_OUTCOMES.name, {"action_id": topic, "status": status, "result": result})
        return self

    def decide(self, verdict: str) -> Story:
        """Decide what is held."""
        asked = self.values(APPROVALS_REQUESTED.name)[-1]
        person = {"id": "person-0", "roles": ["senior_reviewer"], "teams": ["first", "second"]}
        said = {"review_id": f"r{self._count}", "verdict": verdict, "reviewer": person, "reason": "looked at it"}
        said |= {name: asked[name] for name in ("digest", "policy_snapshot")}
        self._give(REVIEWS.name, {"target": {"kind": "action", "id": asked["hold_id"]}, **said})
        return self

    def wait(self, seconds: float) -> Story:
        """Let time pass, and what comes due happen."""
        self._now_ms += int(seconds * 1000)
        self._lane.take(self._gate, None, self._now_ms)
        return self

    def values(self, topic: str) -> list[dict[str, Any]]:
        """The values of a topic."""
        return [orjson.loads(record.value or b"") for record in self._lane.topics.records[topic]]

    def evidence(self) -> Evidence:
        """What the topics hold, as the checker reads it."""
        sources = {
            (topic, record.offset): orjson.loads(record.value or b"")
            for topic in (ACTIONS_PROPOSED.name, ACTIONS_OUTCOMES.name, REVIEWS.name)
            for record in self._lane.topics.records[topic]
        }
        told = []
        for record in self.values(AUDIT.name):
            where = record["source"]
            told.append((record, None if where is None else sources[where["topic"], where["offset"]]))
        return Evidence(told, self.values(ACTIONS_CLEARED.name))

    def _give(self, topic: str, fields: dict[str, Any]) -> None:
        self._now_ms += 10
        value = orjson.dumps({"agent_id": AGENT, **fields} if topic != REVIEWS.name else fields)
        self._lane.take(self._gate, Message(topic, 0, AGENT.encode(), value), self._now_ms)


@dataclass(slots=True)
class Evidence:
    """The audit records with the values of their sources, and the cleared records; changed by hand in tests."""

    audit: list[tuple[dict[str, Any], dict[str, Any] | None]]
    cleared: list[dict[str, Any]]
    verdict: Verdict = field(default_factory=Verdict)

    def judge(self) -> Verdict:
        """What the books say of it."""
        turns = Turns(0, self.verdict)
        for record, source in self.audit:
            turns.audit(record, None if source is None else orjson.dumps(source))
        for value in self.cleared:
            turns.clear(value)
        turns.close()
        return self.verdict

    def at(self, kind: str, action_id: str) -> int:
        """Where the audit first has a record of a kind about an action."""
        return next(
            number
            for number, (record, _) in enumerate(self.audit)
            if record["kind"] == kind and record.get("action_id") == action_id
        )

    def record(self, kind: str, action_id: str) -> dict[str, Any]:
        """The first record of a kind about an action."""
        return self.audit[self.at(kind, action_id)][0]

    def source(self, kind: str, action_id: str) -> dict[str, Any]:
        """The value of the input record that it came from."""
        source = self.audit[self.at(kind, action_id)][1]
        assert source is not None
        return source

    def move(self, kind: str, action_id: str, *, before: int) -> None:
        """Put a record earlier."""
        self.audit.insert(before, self.audit.pop(self.at(kind, action_id)))


def small() -> Story:
    """A small refund that goes its way."""
    return Story().propose(BEGIN, LOOK).tell(LOOK, amount=LARGE - 1).propose(PAY).tell(PAY).propose(TELL)


def large() -> Story:
    """A large refund that is to be paid."""
    return Story().propose(BEGIN, LOOK).tell(LOOK, amount=LARGE).propose(PAY)


def approved() -> Story:
    """A large refund to which a person said yes."""
    return large().decide("approve")


def denied() -> Story:
    """One to which a person said no; its payment is proposed again."""
    return large().decide("deny").propose(PAY, suffix=" again")


def expired() -> Story:
    """One about which nobody said anything."""
    return large().wait(PERSON_S).propose(PAY, suffix=" again")


def left_open() -> Story:
    """A refund of which the look does not say how large it is; a person says yes."""
    return Story().propose(BEGIN, LOOK).tell(LOOK).propose(PAY).decide("approve")


def denied_while_open() -> Story:
    """One to which a person said no; its payment is proposed again."""
    return Story().propose(BEGIN, LOOK).tell(LOOK).propose(PAY).decide("deny").propose(PAY, suffix=" again")


def overdue() -> Story:
    """A refund whose payment takes too long; a person lets it pass."""
    return Story().propose(BEGIN, LOOK).tell(LOOK, amount=1).propose(PAY).wait(PAY_S).propose(TELL).decide("approve")


def found_too_late() -> Story:
    """A refund whose look takes too long."""
    return Story().propose(BEGIN, LOOK).wait(LOOK_S).tell(LOOK, amount=1).propose(PAY)


def in_no_order() -> Story:
    """Steps that are too early."""
    return Story().propose(LOOK, BEGIN, PAY, TELL)


@pytest.mark.parametrize(
    ("story", "cleared", "turns"),
    [
        (small, [BEGIN, LOOK, PAY, TELL], {f"{PAY} free", f"{TELL} free"}),
        (approved, [BEGIN, LOOK, PAY], {f"{PAY} by people", "approved"}),
        (denied, [BEGIN, LOOK], {"rejected", "workflow_out_of_order"}),
        (expired, [BEGIN, LOOK], {"rejected", "workflow_out_of_order"}),
        (denied_while_open, [BEGIN, LOOK], {"rejected", "workflow_undecided", "workflow_out_of_order"}),
        (left_open, [BEGIN, LOOK, PAY], {f"{PAY} undecided", "chosen"}),
        (overdue, [BEGIN, LOOK, PAY, TELL], {f"{TELL} by people", "overdue"}),
        (found_too_late, [BEGIN, LOOK], {"failed"}),
        (in_no_order, [BEGIN], {"workflow_not_started", "workflow_out_of_order"}),
    ],
)
def test_what_the_gate_does_is_in_turn(story: Callable[[], Story], cleared: list[str], turns: set[str]) -> None:
    evidence = story().evidence()
    verdict = evidence.judge()
    assert verdict.is_clean, verdict.told
    assert [value["action"]["topic"] for value in evidence.cleared] == cleared
    assert turns <= verdict.turns.keys()


def _pay_before_the_look_has_succeeded(found: Evidence) -> None:
    found.move("decision", PAY, before=found.at("outcome", LOOK))


def _forget_the_look(found: Evidence) -> None:
    del found.audit[found.at("outcome", LOOK)]


def _fail_the_look(found: Evidence) -> None:
    found.record("outcome", LOOK)["status"] = "failure"


def _hear_of_the_look_too_late(found: Evidence) -> None:
    found.record("outcome", LOOK)["at_ms"] = found.record("decision", LOOK)["at_ms"] + LOOK_S * 1000


def _never_release_the_look(found: Evidence) -> None:
    found.record("outcome", LOOK)["released"] = False


def _find_a_large_amount(found: Evidence) -> None:
    found.source("outcome", LOOK)["result"] = {"amount": LARGE}


def _find_nothing(found: Evidence) -> None:
    del found.source("outcome", LOOK)["result"]


def _look_in_another_session(found: Evidence) -> None:
    found.source("decision", LOOK)["session_id"] = "s-2"


def _begin_after_the_look(found: Evidence) -> None:
    found.move("decision", LOOK, before=found.at("decision", BEGIN))


def _tell_before_the_payment_has_succeeded(found: Evidence) -> None:
    found.move("decision", TELL, before=found.at("outcome", PAY))


def _tell_after_a_failure(found: Evidence) -> None:
    record, source = found.audit[found.at("outcome", PAY)]
    found.audit.insert(found.at("decision", TELL), ({**record, "status": "incident"}, source))


def _pay_twice(found: Evidence) -> None:
    record, source = found.audit[found.at("decision", PAY)]
    again = {**record, "decision": {**record["decision"], "decision_id": "other"}}
    found.audit.insert(found.at("decision", TELL), (again, source))


def _clear_in_another_order(found: Evidence) -> None:
    found.cleared[1], found.cleared[2] = found.cleared[2], found.cleared[1]


def _clear_again(found: Evidence) -> None:
    found.cleared.append(found.cleared[-1])


def _clear_nothing_for_an_audit_record(found: Evidence) -> None:
    del found.cleared[-1]


def _clear_without_an_audit_record(found: Evidence) -> None:
    del found.audit[found.at("decision", TELL)]


def _clear_for_another_session(found: Evidence) -> None:
    found.cleared[-1]["action"]["session_id"] = "s-2"


SMALL_DAMAGES: list[tuple[Callable[[Evidence], None], str]] = [
    (_pay_before_the_look_has_succeeded, f"{PAY} goes out before what it depends on"),
    (_forget_the_look, f"{PAY} goes out before what it depends on"),
    (_fail_the_look, f"{PAY} goes out before what it depends on"),
    (_hear_of_the_look_too_late, f"{PAY} goes out before what it depends on"),
    (_never_release_the_look, f"{PAY} goes out before what it depends on"),
    (_find_a_large_amount, f"{PAY} goes out without a person's yes"),
    (_find_nothing, f"{PAY} goes out without a person's yes"),
    (_look_in_another_session, f"{LOOK} goes out in a session without a refund"),
    (_begin_after_the_look, f"{LOOK} goes out in a session without a refund"),
    (_tell_before_the_payment_has_succeeded, f"{TELL} goes out before what it depends on"),
    (_tell_after_a_failure, f"{TELL} goes out before what it depends on"),
    (_pay_twice, f"{PAY} goes out again"),
    (_clear_in_another_order, "were not cleared as they were audited"),
    (_clear_again, "were not cleared as they were audited"),
    (_clear_nothing_for_an_audit_record, "were not cleared as they were audited"),
    (_clear_without_an_audit_record, "were not cleared as they were audited"),
    (_clear_for_another_session, "was cleared as a step that nobody proposed"),
]


@pytest.mark.parametrize(("damage", "text"), SMALL_DAMAGES)
def test_damage_is_found(damage: Callable[[Evidence], None], text: str) -> None:
    evidence = small().evidence()
    damage(evidence)
    verdict = evidence.judge()
    assert verdict.faults[Fault.OUT_OF_TURN]
    assert any(text in told for told in verdict.told), verdict.told


def test_large_payment_that_no_person_released_is_found() -> None:
    evidence = approved().evidence()
    evidence.record("review", PAY)["decision"]["decided_by"] = {"kind": "deadline"}
    assert f"{PAY} goes out without a person's yes" in evidence.judge().told[0]


def test_late_payment_that_nobody_was_asked_about_is_found() -> None:
    evidence = overdue().evidence()
    evidence.record("review", TELL)["decision"]["decided_by"] = {"kind": "rule"}
    assert f"{TELL} goes out without a person's yes" in evidence.judge().told[0]


@pytest.mark.parametrize("story", [denied, expired, denied_while_open])
def test_payment_that_a_person_releases_after_people_refused_it_is_found(story: Callable[[], Story]) -> None:
    evidence = story().evidence()
    yes = approved().evidence()
    record, source = yes.audit[yes.at("decision", PAY)]
    hold_id = "asked again"
    evidence.audit.append(({**record, "decision": {**record["decision"], "decision_id": hold_id}}, source))
    review, said = yes.audit[yes.at("review", PAY)]
    decision = {**review["decision"], "decision_id": hold_id}
    evidence.audit.append(({**review, "hold_id": hold_id, "decision": decision}, said))
    cleared = yes.cleared[-1]
    evidence.cleared.append({**cleared, "decision": {**cleared["decision"], "decision_id": hold_id}})
    verdict = evidence.judge()
    assert verdict.faults == {Fault.OUT_OF_TURN: 1}
    assert f"{PAY} goes out although people refused it" in verdict.told[0]
