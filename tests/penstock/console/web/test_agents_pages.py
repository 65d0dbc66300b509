"""The agents pages: what each did, how far it is trusted, and what people do about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from penstock.console.person import Permission, Person
from penstock.console.web.agents import ROUTES
from policies.approval_documents import Role
from policies.bundle import Bundle, load_bundle
from tests.penstock.console.fakes import a_person
from tests.penstock.console.web.live_gate import LiveGate, running
from tests.streams.samples import action, gate_of, outcome, output

DAY_MS = 86_400_000
LEVELS = """
autonomy_levels:
  level_0: {name: supervised, rules: [{match: {topics: ["*"]}, decision: allow}]}
  level_1: {name: assisted, rules: [{match: {topics: ["*"]}, decision: allow}]}
promotion_criteria: {min_successful_actions: 3, max_error_rate: 0.5, review_period_days: 1}
demotion_triggers: [policy_violation, safety_incident, {error_rate_above: 0.5}]
"""
BY_CLASS = LEVELS + "autonomy_records: {per: action_class, evidence: true}\n"
INVARIANT = """
invariants: [{id: never, match: {topics: ["job.*.drop"]}, decision: deny, reason: nobody drops}]
"""
BREAKERS = """
circuit_breakers: [{id: storms, match: {classes: [crm]}, velocity: {max: 2, window_sec: 60}, open_sec: 600}]
"""
HOLDS = "rules: [{id: hold-all, match: {topics: ['job.mail.*']}, decision: require_approval}]"
SENIOR, ADMIN = a_person(Role.SENIOR_REVIEWER), a_person(Role.ADMIN, id="max", name="Max")
NASTY = "<script>alert(1)</script>"


def bundle(*texts: str) -> Bundle:
    return load_bundle({f"d{number}.yaml": text for number, text in enumerate(texts)})


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[LiveGate]:
    with started(tmp_path, LEVELS, INVARIANT, HOLDS) as made:
        yield made


def started(folder: Path, *texts: str) -> Any:
    policy = bundle(*texts)
    gate = LiveGate(folder, gate=gate_of(policy))
    gate.activate(policy)
    return running(gate)


def work(
    gate: LiveGate, count: int, *, status: str = "success", topic: str = "job.crm.read", agent: str = "agent-1"
) -> None:
    """Actions with their outcomes, half a day apart."""
    for _ in range(count):
        gate.lane.now_ms += DAY_MS // 2
        action_id = f"w{gate.lane.now_ms}"
        gate.give(action(action_id, topic, agent=agent), outcome(action_id, status, agent=agent))


def send(
    gate: LiveGate, act: str, *, agent: str = "agent-1", person: Person = SENIOR, is_fresh: bool = True, **more: str
) -> Response:
    form = {"csrf": "csrf-token", "act": act, "rendered_at": str(gate.lane.now_ms), **more}
    return gate.client(person, ROUTES, is_fresh=is_fresh).post(f"/agents/{agent}/act", data=form)


def asked(gate: LiveGate) -> dict[str, Any]:
    """The form of the promotion that waits."""
    request = [r for r in gate.lane.values("gate.approvals.requested.v1") if "promotion_id" in r][-1]
    return {"promotion_id": request["promotion_id"], "digest": request["digest"]}


def settled(gate: LiveGate, kind: str) -> list[tuple[str, str]]:
    """Who did what, as the audit has it, after everything was sent."""
    for person in ("ada", "max"):
        for status in gate.outbox.of_person(person):
            gate.outbox.wait(status.act_id, timeout_s=5)
    return [(record["reviewer"], record["verdict"]) for record in gate.audited() if record["kind"] == kind]


def text_of(gate: LiveGate, path: str = "/agents/agent-1", *, person: Person = SENIOR, **more: Any) -> str:
    answer = gate.client(person, ROUTES, **more).get(path)
    assert answer.status_code == 200
    return answer.text


# ---- the list ----------------------------------------------------------------------------------------------------


def test_the_list_counts_what_agents_did(gate: LiveGate) -> None:
    work(gate, 2)
    work(gate, 1, status="failure")
    gate.give(action("h1", "job.mail.send"), action("d1", "job.crm.drop"), output("o1", agent="agent-1"))
    row = re.search(r'<tr data-row="agent-1">.*?</tr>', text_of(gate, "/agents"), re.DOTALL)
    assert row is not None
    cells = dict(re.findall(r'data-name="([^"]+)"[^>]*>(.*?)</td>', row[0]))
    assert [cells[name] for name in ("Allowed", "Held", "Denied", "Open holds")] == ["3", "1", "1", "1"]
    assert cells["Errors"].startswith("33.3 %")
    assert "running" in cells["State"]


def test_filters_and_order_stand_in_the_address(gate: LiveGate) -> None:
    work(gate, 1, agent="bot-a")
    work(gate, 1, agent="bot-b", status="failure")
    work(gate, 1, agent="other")

    def listed(query: str) -> list[str]:
        return re.findall(r'<tr data-row="([^"]+)">', text_of(gate, f"/agents?{query}"))

    assert listed("") == ["other", "bot-b", "bot-a"]
    assert listed("q=BOT&order=name") == ["bot-a", "bot-b"]
    assert listed("order=errors")[0] == "bot-b"
    assert listed("level=0") == ["other", "bot-b", "bot-a"]
    assert listed("level=3") == []
    assert listed("stopped=1") == listed("breaker=1") == listed("promotion=1") == []
    send(gate, "stop", agent="bot-a", reason="it misbehaves")
    assert settled(gate, "agent_review") == [("ada", "stop")]
    assert listed("stopped=1") == ["bot-a"]


@pytest.mark.parametrize("role", list(Role))
def test_everybody_sees_agents_and_only_some_may_act(role: Role, gate: LiveGate) -> None:
    work(gate, 1)
    person = a_person(role)
    text = text_of(gate, person=person)
    assert ('value="stop"' in text) is person.may(Permission.STOP_AGENTS)
    assert ("/audit/" in text) is person.may(Permission.SEE_AUDIT)


def test_agents_are_not_divided_by_tenants(gate: LiveGate) -> None:
    work(gate, 1)
    bound = gate.client(a_person(Role.SENIOR_REVIEWER, tenants=("t-1",)), ROUTES)
    assert [bound.get(path).status_code for path in ("/agents", "/agents/agent-1")] == [403, 403]


def test_an_unknown_agent_is_not_found(gate: LiveGate) -> None:
    assert gate.client(SENIOR, ROUTES).get("/agents/nobody").status_code == 404
    assert send(gate, "stop", agent="nobody", reason="who?").status_code == 404


@pytest.mark.parametrize("agent_id", ["team/a b", "50%?", NASTY, "x/act"])
def test_any_name_of_an_agent_leads_to_its_page_and_stays_text(agent_id: str, gate: LiveGate) -> None:
    work(gate, 1, agent=agent_id)
    listing = text_of(gate, "/agents")
    assert "<script>alert" not in listing
    (link,) = re.findall(r'<a href="(/agents/[^"]+)"', listing)
    page = text_of(gate, link)
    assert "<script>alert" not in page
    (target,) = set(re.findall(r'action="(/agents/[^"]+)"', page))
    form = {"csrf": "csrf-token", "act": "stop", "reason": "it has an odd name"}
    assert gate.client(SENIOR, ROUTES).post(target, data=form).status_code == 303
    assert settled(gate, "agent_review") == [("ada", "stop")]


# ---- records and promotions --------------------------------------------------------------------------------------


def test_the_page_says_what_a_promotion_still_needs(gate: LiveGate) -> None:
    work(gate, 2)
    text = text_of(gate)
    assert "level 0 (supervised)" in text
    assert "1 more" in text
    assert "Then a person signs." in text
    assert "Counted here from the audit" in text


def test_a_promotion_is_signed_by_a_senior_with_a_reason_and_a_fresh_sign_in(gate: LiveGate) -> None:
    work(gate, 4)
    text = text_of(gate)
    assert "The evidence of the request, as it was asked" in text
    assert "Sign the promotion" in text
    assert "promotion waits" in text_of(gate, "/agents?promotion=1")
    form = asked(gate)
    assert send(gate, "approve", person=ADMIN, reason="good", **form).status_code == 403
    assert send(gate, "approve", is_fresh=False, reason="good", **form).status_code == 303
    assert send(gate, "approve", reason=" ", **form).status_code == 422
    assert settled(gate, "promotion") == []
    assert send(gate, "approve", reason="clean for two days", **form).headers["location"] == "/agents/agent-1"
    assert settled(gate, "promotion") == [("ada", "approve")]
    after = text_of(gate)
    assert "level 1 (assisted)" in after
    assert "clean for two days" in after
    assert "Earlier requests for promotion" in after
    assert send(gate, "approve", reason="again", **form).status_code == 409


def test_promotions_that_wait_stand_in_a_list_of_their_own(gate: LiveGate) -> None:
    assert "No agent waits" in text_of(gate, "/promotions")
    work(gate, 4)
    text = text_of(gate, "/promotions")
    assert 'href="/agents/agent-1"' in text
    assert "0 → 1" in text


def test_a_promotion_is_declined_without_a_fresh_sign_in(gate: LiveGate) -> None:
    work(gate, 4)
    assert send(gate, "deny", is_fresh=False, reason="too early", **asked(gate)).status_code == 303
    assert settled(gate, "promotion") == [("ada", "deny")]
    assert "declined" in text_of(gate)


@pytest.mark.parametrize("wait_ms", [DAY_MS // 2, 0])
def test_a_new_error_makes_the_evidence_on_the_screen_stale(wait_ms: int, gate: LiveGate) -> None:
    """Half a day later the request is withdrawn, at once it is renewed; neither is what was on the screen."""
    work(gate, 4)
    form = asked(gate)
    gate.lane.now_ms += wait_ms
    gate.give(action("bad", "job.crm.read"), outcome("bad", "failure"))
    assert ("Sign the promotion" in text_of(gate)) is (wait_ms == 0)
    answer = send(gate, "approve", reason="clean", **form)
    assert (answer.status_code, "stale_evidence" in answer.text) == (409, True)
    assert settled(gate, "promotion") == []


def test_records_by_class_are_counted_by_class(tmp_path: Path) -> None:
    with started(tmp_path, BY_CLASS) as gate:
        work(gate, 3)
        work(gate, 2, topic="job.mail.send")
        text = text_of(gate)
        assert "topic:crm" in text
        assert "topic:mail" in text
        crm, mail = text.split("topic:crm: level")[1].split("topic:mail: level")[:2]
        assert "Test value" in crm
        assert "1 more" not in crm.split("Error rate")[0]
        assert "1 more" in mail.split("Error rate")[0]
        assert "more actions without an error" in mail


def test_a_demotion_is_told_with_its_trigger(gate: LiveGate) -> None:
    work(gate, 4)
    send(gate, "approve", reason="clean", **asked(gate))
    assert settled(gate, "promotion") == [("ada", "approve")]
    work(gate, 1, status="incident")
    text = text_of(gate)
    assert "level 1 → 0" in text
    assert "because of safety incident" in text
    assert "runs for 7 days" in text


def test_the_last_weeks_are_a_picture_and_a_table(gate: LiveGate) -> None:
    work(gate, 4)
    work(gate, 1, status="failure")
    text = text_of(gate)
    assert '<svg class="chart history"' in text
    assert "30 days: 5 outcomes, 1 of them errors; level 0" in text
    assert text.count('class="bar-error"') == 1


def test_without_a_policy_the_page_says_so(tmp_path: Path) -> None:
    with running(LiveGate(tmp_path, gate=gate_of(bundle(LEVELS)))) as gate:
        work(gate, 1)
        assert "keeps no levels of autonomy" in text_of(gate)


# ---- acts --------------------------------------------------------------------------------------------------------


def test_an_agent_is_stopped_and_goes_on_again(gate: LiveGate) -> None:
    work(gate, 1)
    assert send(gate, "stop", person=ADMIN, reason="it loops").status_code == 303
    assert settled(gate, "agent_review") == [("max", "stop")]
    text = text_of(gate)
    assert "max stopped this agent" in text
    assert "it loops" in text
    assert send(gate, "stop", reason="again").status_code == 409
    gate.give(action("late", "job.crm.read"))
    assert gate.audited()[-1]["decision"]["decision"] == "DENY"
    assert send(gate, "resume", reason="fixed").status_code == 303
    assert settled(gate, "agent_review") == [("max", "stop"), ("ada", "resume")]
    assert "stopped this agent" not in text_of(gate)


def test_a_level_is_lowered(gate: LiveGate) -> None:
    work(gate, 4)
    send(gate, "approve", reason="clean", **asked(gate))
    assert settled(gate, "promotion") == [("ada", "approve")]
    assert send(gate, "demote", level="0", reason="not yet").status_code == 303
    assert settled(gate, "agent_review") == [("ada", "demote")]
    assert "because of by person" in text_of(gate)


def test_an_open_breaker_is_closed(tmp_path: Path) -> None:
    with started(tmp_path, LEVELS, BREAKERS) as gate:
        for number in range(4):
            gate.give(action(f"a{number}"))
        text = text_of(gate)
        assert 'data-row="agent-1"' in text_of(gate, "/agents?breaker=1")
        assert 'value="close_breaker"' in text
        (action_class,) = re.findall(r'name="action_class" value="([^"]+)"', text)
        assert send(gate, "close_breaker", action_class="class:other", reason="ok").status_code == 409
        assert send(gate, "close_breaker", action_class=action_class, reason="the storm is over").status_code == 303
        assert settled(gate, "agent_review") == [("ada", "close_breaker")]
        after = text_of(gate)
        assert 'value="close_breaker"' not in after
        assert "the storm is over" in after


@pytest.mark.parametrize("role", [role for role in Role if not a_person(role).may(Permission.STOP_AGENTS)])
@pytest.mark.parametrize("act", ["stop", "resume", "demote", "close_breaker"])
def test_who_may_not_act_is_refused(act: str, role: Role, gate: LiveGate) -> None:
    work(gate, 1)
    assert send(gate, act, person=a_person(role), reason="I want to").status_code == 403
    assert settled(gate, "agent_review") == []


@pytest.mark.parametrize("act", ["stop", "demote"])
def test_every_act_needs_a_reason(act: str, gate: LiveGate) -> None:
    work(gate, 1)
    assert send(gate, act, reason="  ").status_code == 422
    assert settled(gate, "agent_review") == []


def test_an_act_that_does_not_exist_is_a_bad_request(gate: LiveGate) -> None:
    work(gate, 1)
    assert send(gate, "promote", reason="please").status_code == 400


def test_reasons_of_others_are_for_those_who_see_payload(gate: LiveGate) -> None:
    work(gate, 1)
    send(gate, "stop", reason=f"see {NASTY}")
    assert settled(gate, "agent_review") == [("ada", "stop")]
    assert "&lt;script&gt;alert" in text_of(gate)
    assert "alert(1)" not in text_of(gate, person=a_person(Role.VIEWER))
