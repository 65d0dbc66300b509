"""Revealing: one finding, once, after it is on the record; and where what was found must never be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from penstock.console.web.quarantine import ROUTES
from policies.approval_documents import Role
from tests.penstock.console.fakes import a_person
from tests.penstock.console.web.live_gate import LiveGate, running
from tests.penstock.console.web.quarantine_desk import CANARY, REVIEWER, SENIOR, form, held, send, settled
from tests.streams.samples import bundle_of, gate_of

NOT_ALLOWED = [Role.VIEWER, Role.AUDITOR, Role.POLICY_AUTHOR, Role.ADMIN]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[LiveGate]:
    with running(LiveGate(tmp_path)) as made:
        made.activate(bundle_of())
        yield made


def test_a_reveal_shows_the_finding_once_and_stands_in_the_audit_before(gate: LiveGate) -> None:
    quarantine_id = held(gate)
    answer = send(gate, quarantine_id, "reveal", person=REVIEWER, finding="1", reason="a customer asked")
    assert answer.status_code == 200
    assert CANARY in answer.text
    assert "keep it" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    (record,) = [r for r in gate.audited() if r["kind"] == "quarantine_review"]
    assert (record["verdict"], record["reviewer"], record["quarantine_id"]) == ("reveal", "ada", quarantine_id)
    assert f"audit #0-{record['seq']}" in answer.text
    client = gate.client(REVIEWER, ROUTES)
    for path in (f"/quarantine/{quarantine_id}", f"/quarantine/{quarantine_id}/act", "/quarantine"):
        assert CANARY not in client.get(path).text
    assert "finding 1 (GITHUB_TOKEN): a customer asked" in client.get(f"/quarantine/{quarantine_id}").text


def test_a_reveal_ends_by_itself(gate: LiveGate) -> None:
    answer = send(gate, held(gate), "reveal", finding="1", reason="a customer asked")
    assert 'data-expires-after-ms="60000"' in answer.text


def test_the_same_form_again_shows_nothing(gate: LiveGate) -> None:
    quarantine_id = held(gate)
    first = send(gate, quarantine_id, "reveal", finding="1", reason="a customer asked")
    again = send(gate, quarantine_id, "reveal", finding="1", reason="a customer asked")
    assert (first.status_code, again.status_code) == (200, 409)
    assert CANARY not in again.text
    assert settled(gate, quarantine_id) == ["reveal"]
    gate.lane.now_ms += 5_000
    assert CANARY in send(gate, quarantine_id, "reveal", finding="1", reason="a customer asked").text


@pytest.mark.parametrize("role", NOT_ALLOWED)
def test_who_may_not_reveal_is_refused_and_sends_nothing(role: Role, gate: LiveGate) -> None:
    quarantine_id = held(gate)
    answer = send(gate, quarantine_id, "reveal", person=a_person(role), finding="1", reason="curious")
    assert answer.status_code == 403
    assert CANARY not in answer.text
    assert settled(gate, quarantine_id) == []


def test_a_reveal_needs_a_sign_in_of_the_last_minutes(gate: LiveGate) -> None:
    quarantine_id = held(gate)
    answer = send(gate, quarantine_id, "reveal", is_fresh=False, finding="1", reason="a customer asked")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in/again")
    assert settled(gate, quarantine_id) == []
    page = gate.client(SENIOR, ROUTES, is_fresh=False).get(f"/quarantine/{quarantine_id}").text
    assert "Confirm who you are" in page
    assert 'name="act" value="reveal"' not in page


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_reveal_needs_a_reason(reason: str, gate: LiveGate) -> None:
    quarantine_id = held(gate)
    answer = send(gate, quarantine_id, "reveal", finding="1", reason=reason)
    assert answer.status_code == 422
    assert CANARY not in answer.text
    assert settled(gate, quarantine_id) == []


@pytest.mark.parametrize("finding", ["2", "-1", "x", ""])
def test_only_findings_that_are_there_can_be_revealed(finding: str, gate: LiveGate) -> None:
    quarantine_id = held(gate)
    assert send(gate, quarantine_id, "reveal", finding=finding, reason="a customer asked").status_code == 400
    assert settled(gate, quarantine_id) == []


@pytest.mark.parametrize("fault", ["is_away", "is_behind"])
def test_nothing_is_shown_while_the_audit_does_not_have_the_reveal(fault: str, gate: LiveGate) -> None:
    quarantine_id = held(gate)
    setattr(gate, fault, True)
    client = gate.client(SENIOR, ROUTES, console=gate.console(record_wait_s=1.5))
    answer = client.post(
        f"/quarantine/{quarantine_id}/act", data=form(quarantine_id, gate, "reveal", finding="1", reason="I ask")
    )
    assert answer.status_code == 503
    assert CANARY not in answer.text
    assert "nothing is shown" in answer.text


def test_a_reveal_that_the_gate_refuses_shows_nothing(tmp_path: Path) -> None:
    people = "reviewers: {bo: {roles: [reviewer]}}"
    with running(LiveGate(tmp_path, gate=gate_of(bundle_of(people=people)))) as gate:
        quarantine_id = held(gate)
        answer = send(gate, quarantine_id, "reveal", finding="1", reason="a customer asked")
        assert answer.status_code == 409
        assert CANARY not in answer.text
        assert "not_eligible" in answer.text


def test_the_whole_output_is_for_those_who_may_release_it(gate: LiveGate) -> None:
    quarantine_id = held(gate)
    refused = send(gate, quarantine_id, "reveal", person=REVIEWER, finding="0", reason="all of it")
    assert refused.status_code == 403
    shown = send(gate, quarantine_id, "reveal", finding="0", reason="all of it")
    assert shown.status_code == 200
    assert f"the token is {CANARY}, keep it" in shown.text
    assert settled(gate, quarantine_id) == ["reveal"]


def test_what_is_revealed_cannot_write_html(gate: LiveGate) -> None:
    quarantine_id = held(gate, "o1", f"<script>alert(1)</script>\u202e {CANARY}")
    text = send(gate, quarantine_id, "reveal", finding="0", reason="all of it").text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    assert "U+202E" in text


def test_the_canary_is_in_no_log_no_address_and_no_file(gate: LiveGate, tmp_path: Path) -> None:
    with capture_logs() as logs:
        quarantine_id = held(gate)
        client = gate.client(SENIOR, ROUTES)
        answers = [client.get(f"/quarantine/{quarantine_id}"), client.get(f"/quarantine/{quarantine_id}/redacted")]
        answers.append(send(gate, quarantine_id, "reveal", finding="1", reason=f"is it {CANARY}?"))
        answers.append(send(gate, quarantine_id, "redact", reason=f"was {CANARY}"))
        assert settled(gate, quarantine_id) == ["reveal", "redact"]
    said = [CANARY in answer.text for answer in answers]
    assert said == [False, False, True, False]
    addresses = [str(answer.url) + answer.headers.get("location", "") for answer in answers]
    assert not any(CANARY in address for address in addresses)
    assert CANARY not in str(logs)
    kept = [path for path in tmp_path.iterdir() if path.is_file()]
    assert kept
    assert not [path.name for path in kept if CANARY.encode() in path.read_bytes()]
