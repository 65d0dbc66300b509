"""The samples pages: one decision at a time, blind, and what all judgements say together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from httpx2 import Response

from penstock.console.person import Permission, Person
from penstock.console.readmodel.statements import Statement
from penstock.console.web.samples import DEFECTS, ROUTES
from policies.approval_documents import Role
from streams.sealing import Sealer, sample_context
from streams.topics import SAMPLES
from tests.penstock.console.fakes import a_person
from tests.penstock.console.web.live_gate import LiveGate, running
from tests.streams.samples import AUDIT, PAYLOAD_KEY, action, bundle_of, gate_of

ALL_SAMPLED = bundle_of(audit=AUDIT.replace("rate: 0.5", "rate: 1"))
ADA, EVE = a_person(Role.REVIEWER), a_person(Role.REVIEWER, id="eve", name="Eve")
AUDITOR = a_person(Role.AUDITOR, id="aud", name="Aud")
CANARY = "canary-order-4711"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[LiveGate]:
    with running(LiveGate(tmp_path, gate=gate_of(ALL_SAMPLED))) as made:
        yield made


def drawn(gate: LiveGate, action_id: str = "a1", **more: str) -> str:
    """A decision that was sampled; gives the sample's id."""
    gate.lane.now_ms += 1_000
    gate.give(action(action_id, arguments={"order": CANARY}, reasoning="because I say so", **more))
    return str(gate.lane.values(SAMPLES.name)[-1]["sample_id"])


def say(
    gate: LiveGate, sample_id: str, verdict: str, *, person: Person = ADA, query: str = "", **more: str
) -> Response:
    form = judgement(gate, sample_id, verdict, **more)
    return gate.client(person, ROUTES).post(f"/samples/{sample_id}/act{query}", data=form)


def judgement(gate: LiveGate, sample_id: str, verdict: str, **more: str) -> dict[str, str]:
    record = next(r for r in gate.lane.values(SAMPLES.name) if r["sample_id"] == sample_id)
    return {
        "csrf": "csrf-token",
        "verdict": verdict,
        "digest": record["decision"]["action_digest"],
        "rendered_at": str(gate.lane.now_ms),
        **more,
    }


def settled(gate: LiveGate, sample_id: str) -> list[tuple[str, str, str | None]]:
    """What the gate has recorded about a sample, after everything was sent."""
    for status in gate.outbox.of_target(sample_id):
        gate.outbox.wait(status.act_id, timeout_s=5)
    found = [r for r in gate.audited() if r["kind"] == "sample_review" and r["sample_id"] == sample_id]
    return [(record["reviewer"], record["verdict"], record["defect"]) for record in found]


def listed(gate: LiveGate, person: Person, query: str = "") -> list[str]:
    text = gate.client(person, ROUTES).get(f"/samples{query}").text
    return re.findall(r'<tr data-row="([^"]+)"', text)


def test_the_queue_shows_stratum_chance_and_team(gate: LiveGate) -> None:
    sample_id = drawn(gate)
    text = gate.client(ADA, ROUTES).get("/samples").text
    assert sample_id in text
    assert "first_time" in text
    assert "100.0 %" in text
    assert "ops-review" in text
    assert CANARY not in text


def test_a_sample_shows_the_decision_and_what_it_was_about(gate: LiveGate) -> None:
    text = gate.client(ADA, ROUTES).get(f"/samples/{drawn(gate)}").text
    assert CANARY in text
    assert "because I say so" in text
    assert "Was the decision right?" in text
    assert "job.crm.read" in text


def test_verdicts_are_recorded_and_the_next_sample_follows(gate: LiveGate) -> None:
    first, second, third = drawn(gate, "a1"), drawn(gate, "a2"), drawn(gate, "a3")
    answer = say(gate, first, "correct")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/samples/{second}")
    assert settled(gate, first) == [("ada", "correct", None)]
    answer = say(gate, second, "wrong", defect="too_mild", reason="it should have been held")
    assert answer.headers["location"] == f"/samples/{third}"
    assert settled(gate, second) == [("ada", "wrong", "too_mild")]
    assert say(gate, third, "unsure").headers["location"] == "/samples"
    assert settled(gate, third) == [("ada", "unsure", None)]
    assert listed(gate, ADA) == []
    assert listed(gate, ADA, "?tab=mine") == [third, second, first]


def test_nobody_sees_what_others_said_before_they_have_spoken(gate: LiveGate) -> None:
    sample_id = drawn(gate)
    say(gate, sample_id, "wrong", defect="other", reason="the secret opinion of ada")
    assert settled(gate, sample_id) == [("ada", "wrong", "other")]
    assert listed(gate, EVE) == []
    assert listed(gate, EVE, "?tab=second") == [sample_id]
    eve = gate.client(EVE, ROUTES)
    for path in ("/samples?tab=second", f"/samples/{sample_id}"):
        text = eve.get(path).text
        assert "secret opinion" not in text
        assert re.search(r"\bada\b", text, re.IGNORECASE) is None
        assert "is-bad" not in text
    say(gate, sample_id, "correct", person=EVE)
    assert settled(gate, sample_id) == [("ada", "wrong", "other"), ("eve", "correct", None)]
    text = eve.get(f"/samples/{sample_id}").text
    assert "the secret opinion of ada" in text
    assert "Was the decision right?" not in text


def test_a_second_word_of_the_same_person_is_a_conflict(gate: LiveGate) -> None:
    sample_id = drawn(gate)
    say(gate, sample_id, "correct")
    assert settled(gate, sample_id) == [("ada", "correct", None)]
    again = say(gate, sample_id, "wrong", defect="too_mild", person=a_person(Role.REVIEWER, id=" ADA"))
    assert (again.status_code, "duplicate_vote" in again.text) == (409, True)


def test_a_word_on_its_way_is_not_asked_for_again(tmp_path: Path) -> None:
    with running(LiveGate(tmp_path, gate=gate_of(ALL_SAMPLED), undo_ms=60_000)) as gate:
        first, second = drawn(gate, "a1"), drawn(gate, "a2")
        say(gate, first, "correct")
        assert "on its way" in gate.client(ADA, ROUTES).get(f"/samples/{first}").text
        assert say(gate, second, "correct").headers["location"] == "/samples"


@pytest.mark.parametrize("more", [{}, {"defect": "made_up"}, {"defect": "other"}, {"defect": "other", "reason": " "}])
def test_what_is_wrong_has_to_be_said(more: dict[str, Any], gate: LiveGate) -> None:
    sample_id = drawn(gate)
    assert say(gate, sample_id, "wrong", **more).status_code == 422
    assert settled(gate, sample_id) == []


def test_unknown_verdicts_digests_and_samples_change_nothing(gate: LiveGate) -> None:
    sample_id = drawn(gate)
    assert say(gate, sample_id, "approve").status_code == 400
    assert say(gate, sample_id, "correct", digest="0" * 64).status_code == 409
    assert gate.client(ADA, ROUTES).get(f"/samples/{'0' * 32}").status_code == 404
    assert settled(gate, sample_id) == []


@pytest.mark.parametrize("role", [role for role in Role if not a_person(role).may(Permission.JUDGE_SAMPLES)])
def test_samples_are_for_those_who_judge_them(role: Role, gate: LiveGate) -> None:
    sample_id = drawn(gate)
    client = gate.client(a_person(role), ROUTES)
    for path in ("/samples", f"/samples/{sample_id}", "/samples/summary"):
        answer = client.get(path)
        assert (answer.status_code, CANARY in answer.text) == (403, False)
    assert say(gate, sample_id, "correct", person=a_person(role)).status_code == 403
    assert settled(gate, sample_id) == []


def test_who_is_bound_to_tenants_judges_none(gate: LiveGate) -> None:
    sample_id = drawn(gate, tenant_id="t-1")
    bound = gate.client(a_person(Role.REVIEWER, tenants=("t-1",)), ROUTES)
    assert [bound.get(path).status_code for path in ("/samples", f"/samples/{sample_id}", "/samples/summary")] == [
        403
    ] * 3


def test_an_auditor_judges(gate: LiveGate) -> None:
    sample_id = drawn(gate)
    assert say(gate, sample_id, "correct", person=AUDITOR).status_code == 303
    assert settled(gate, sample_id) == [("aud", "correct", None)]


def test_filters_and_what_follows_them_stand_in_the_address(gate: LiveGate) -> None:
    first = drawn(gate, "a1", agent_id="bot-1")
    drawn(gate, "a2", agent_id="bot-2")
    third = drawn(gate, "a3", agent_id="bot-1")
    assert listed(gate, ADA, "?agent=bot-1") == [first, third]
    assert listed(gate, ADA, "?stratum=nowhere") == []
    assert listed(gate, ADA, "?route=ops-review&agent=bot-2") != []
    answer = say(gate, first, "correct", query="?agent=bot-1")
    assert answer.headers["location"] == f"/samples/{third}?agent=bot-1"


def test_a_console_without_the_key_shows_the_decision_and_no_arguments(gate: LiveGate) -> None:
    sample_id = drawn(gate)
    text = gate.client(ADA, ROUTES, console=gate.console(sealer=None)).get(f"/samples/{sample_id}").text
    assert "no key that opens it" in text
    assert CANARY not in text
    assert 'value="correct"' not in text
    refused = gate.client(ADA, ROUTES, console=gate.console(sealer=None)).post(
        f"/samples/{sample_id}/act", data=judgement(gate, sample_id, "correct")
    )
    assert (refused.status_code, "not_shown" in refused.text) == (409, True)


@pytest.mark.parametrize("is_sealed", [True, False])
def test_contents_that_are_not_those_of_the_decision_are_not_shown(is_sealed: bool, gate: LiveGate) -> None:
    sample_id = drawn(gate)
    other = orjson.dumps(action("a1", arguments={"order": "another-canary"}, reasoning="another-canary"))
    payload = orjson.dumps(Sealer(PAYLOAD_KEY).seal(other, context=sample_context(sample_id))) if is_sealed else other
    put = "UPDATE samples SET payload = ?, is_sealed = ? WHERE sample_id = ?"
    gate.store.write([Statement(put, (payload.decode(), int(is_sealed), sample_id))])

    text = gate.client(ADA, ROUTES).get(f"/samples/{sample_id}").text

    assert "is not what its record names" in text
    assert "another-canary" not in text
    assert 'value="correct"' not in text
    refused = say(gate, sample_id, "correct")
    assert (refused.status_code, "not_shown" in refused.text) == (409, True)
    say(gate, sample_id, "unsure", reason="nothing is shown")
    assert settled(gate, sample_id) == [("ada", "unsure", None)]


# ---- the summary -------------------------------------------------------------------------------------------------


def test_the_summary_says_when_there_is_too_little_to_say_anything(gate: LiveGate) -> None:
    assert "nothing can be said" in gate.client(ADA, ROUTES).get("/samples/summary").text
    for number in range(4):
        sample_id = drawn(gate, f"a{number}")
        if number < 3:
            say(gate, sample_id, "correct")
            assert settled(gate, sample_id)
    text = gate.client(ADA, ROUTES).get("/samples/summary").text
    assert "2 reviews are too few to say anything" in text
    assert "the reviews are too few to say anything over all strata" in text
    assert "estimated: what was picked, divided by its chance" in text


def test_the_summary_gives_rates_with_intervals_defects_and_agreement(gate: LiveGate) -> None:
    for number in range(12):
        sample_id = drawn(gate, f"a{number}", agent_id=f"bot-{number}")
        for person in (ADA, EVE):
            if number == 0:
                say(gate, sample_id, "wrong", person=person, defect="too_mild")
            else:
                say(gate, sample_id, "unsure" if number == 11 else "correct", person=person)
        assert len(settled(gate, sample_id)) == 2
    text = gate.client(ADA, ROUTES).get("/samples/summary").text
    assert "9.09 %" in text
    assert re.search(r'data-name="Interval">0\.2\d* % to 4\d\.\d %', text)
    assert "1 × It let pass what it should have held or denied" in text
    assert "11 samples were reviewed twice: 100 % agree" in text
    assert "1 sample was looked at by people who could not tell" in text


def test_the_summary_counts_the_time_that_is_asked_for(gate: LiveGate) -> None:
    sample_id = drawn(gate)
    say(gate, sample_id, "wrong", defect="too_mild")
    assert settled(gate, sample_id)
    gate.lane.now_ms += 20 * 86_400_000
    client = gate.client(ADA, ROUTES)
    assert "nothing can be said" in client.get("/samples/summary?days=7").text
    assert "nothing can be said" not in client.get("/samples/summary?days=30").text
    assert "nothing can be said" not in client.get("/samples/summary?days=8").text  # not offered, so: all


def test_kinds_of_defects_are_documented() -> None:
    text = (Path(__file__).parents[4] / "docs/reviewing.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name, _ in DEFECTS)
