"""The quarantine pages: masked by default, and decided by whoever may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from penstock.console.person import Permission
from penstock.console.readmodel.statements import Statement
from penstock.console.web.quarantine import ROUTES
from policies.approval_documents import Role
from streams.sealing import Sealer
from streams.settings import load_settings
from streams.topics import OUTPUTS_CLEARED, QUARANTINE
from tests.penstock.console.fakes import a_person
from tests.penstock.console.web.live_gate import LiveGate, running
from tests.penstock.console.web.quarantine_desk import CANARY, REVIEWER, SENIOR, form, held, send, settled
from tests.streams.approval_samples import audited
from tests.streams.samples import bundle_of, gate_of

RETENTION_MS = round(load_settings({}).verdict_retention_s * 1000)


def review_of(gate: LiveGate, quarantine_id: str) -> dict[str, Any]:
    """A rejection that goes past the console."""
    record = next(r for r in gate.lane.values(QUARANTINE.name) if r["quarantine_id"] == quarantine_id)
    return {
        "review_id": "past-the-console",
        "target": {"kind": "output", "id": quarantine_id},
        "verdict": "reject",
        "reviewer": {"id": "zoe", "roles": ["senior_reviewer"]},
        "digest": record["digest"],
        "policy_snapshot": record["policy_snapshot"],
        "reason": "late",
    }


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[LiveGate]:
    with running(LiveGate(tmp_path)) as made:
        made.activate(bundle_of())
        yield made


# ---- what is shown before anything is revealed -------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_no_role_sees_what_was_found_without_a_reveal(role: Role, gate: LiveGate) -> None:
    quarantine_id = held(gate)
    client = gate.client(a_person(role), ROUTES)
    for path in ("", f"/{quarantine_id}", f"/{quarantine_id}/act", f"/{quarantine_id}/redacted", "?state=all"):
        answer = client.get(f"/quarantine{path}")
        assert CANARY not in answer.text
        assert CANARY[4:20] not in answer.text
        assert answer.status_code in (200, 403)


def test_an_item_shows_shape_and_lengths(gate: LiveGate) -> None:
    text = gate.client(REVIEWER, ROUTES).get(f"/quarantine/{held(gate)}").text
    assert "GITHUB_TOKEN" in text
    assert '<span class="name">note</span>' in text
    assert "13 characters" in text
    assert f"#1 GITHUB_TOKEN {len(CANARY)} characters" in text
    assert "the token is" not in text


def test_a_viewer_sees_what_is_about_an_output_and_nothing_of_it(gate: LiveGate) -> None:
    text = gate.client(a_person(Role.VIEWER), ROUTES).get(f"/quarantine/{held(gate)}").text
    assert "GITHUB_TOKEN" in text
    assert "not the output" in text
    assert '<span class="name">note</span>' not in text
    assert "<textarea" not in text


def test_the_list_is_filtered_by_its_address(gate: LiveGate) -> None:
    held(gate, "o1", agent="bot-1", tenant_id="t-1")
    held(gate, "o2", agent="bot-2", audience="partner", topic="job.sales.mail")
    client = gate.client(REVIEWER, ROUTES)

    def shown(query: str) -> set[str]:
        return set(re.findall(r'data-name="Output"><a [^>]*>(\w+)</a>', client.get(f"/quarantine?{query}").text))

    assert shown("") == {"o1", "o2"}
    assert shown("agent=bot-1") == {"o1"}
    assert shown("audience=partner") == {"o2"}
    assert shown("topic=job.sales.*") == {"o2"}
    assert shown("tenant=t-1") == {"o1"}
    assert shown("finding=GITHUB_TOKEN") == {"o1"}  # the other could not be redacted, and says nothing of why
    assert shown("finding=US_SSN") == set()
    assert shown("state=rejected") == set()
    assert shown("state=all") == {"o1", "o2"}


def test_a_name_that_does_not_look_like_one_is_told_by_its_length(gate: LiveGate) -> None:
    quarantine_id = held(gate, "o1", {"my dog is called Rex": {"key": CANARY}})
    text = gate.client(a_person(Role.VIEWER), ROUTES).get(f"/quarantine/{quarantine_id}").text
    assert "<code>[a name of 20 characters].key</code>" in text
    assert "Rex" not in gate.client(SENIOR, ROUTES).get(f"/quarantine/{quarantine_id}").text


def test_who_is_bound_to_tenants_knows_of_no_other(gate: LiveGate) -> None:
    own, other, none = held(gate, "o1", tenant_id="t-1"), held(gate, "o2", tenant_id="t-2"), held(gate, "o3")
    client = gate.client(a_person(Role.SENIOR_REVIEWER, tenants=("t-1",)), ROUTES)
    listed = client.get("/quarantine").text
    assert own in listed
    assert other not in listed
    assert none not in listed
    assert client.get(f"/quarantine/{own}").status_code == 200
    assert [client.get(f"/quarantine/{hidden}").status_code for hidden in (other, none, "0" * 32)] == [404] * 3
    assert client.post(f"/quarantine/{other}/act", data=form(other, gate, "reject", reason="x")).status_code == 404


def test_hostile_names_and_reasons_stay_text(gate: LiveGate) -> None:
    nasty = "<script>alert(1)</script>\u202e"
    quarantine_id = held(gate, "o1", {nasty: CANARY, "ok": nasty}, topic="a</title><script>1</script>")
    send(gate, quarantine_id, "reveal", finding="1", reason=nasty)
    text = gate.client(SENIOR, ROUTES).get(f"/quarantine/{quarantine_id}").text
    assert "<script>alert" not in text
    assert "<script>1" not in text
    assert "\u202e" not in text
    assert "U+202E" in text


# ---- until when ---------------------------------------------------------------------------------------------------


def test_an_item_says_until_when_it_can_be_decided(gate: LiveGate) -> None:
    quarantine_id = held(gate)
    client = gate.client(SENIOR, ROUTES)
    text = client.get(f"/quarantine/{quarantine_id}").text
    assert "after that it stays held back for good" in text
    assert "7 days left" in text
    assert "7 days left" in client.get("/quarantine").text


def test_nothing_is_offered_and_nothing_is_taken_when_the_gate_has_let_go_of_it(gate: LiveGate) -> None:
    quarantine_id = held(gate)
    path, late = f"/quarantine/{quarantine_id}", gate.client(SENIOR, ROUTES)
    gate.lane.now_ms += RETENTION_MS
    assert 'value="reject"' in late.get(path).text
    gate.lane.now_ms += 1
    late = gate.client(SENIOR, ROUTES)

    text = late.get(path).text
    assert "Nobody can decide it any more" in text
    assert not re.search(r'name="act"|href="[^"]*/redacted', text)
    assert 'value="redact"' not in late.get(f"{path}/redacted").text
    for act in ("release", "redact", "reject", "reveal"):
        refused = send(gate, quarantine_id, act, reason="late", finding="1")
        assert (refused.status_code, "unknown_quarantine" in refused.text, CANARY in refused.text) == (409, True, False)
    assert settled(gate, quarantine_id) == []
    gate.lane.gate.forget(gate.lane.state, gate.lane.now_ms)
    answered = gate.lane.give(review_of(gate, quarantine_id))
    assert audited(answered)["code"] == "unknown_quarantine"


def test_what_the_gate_has_let_go_of_is_in_a_list_of_its_own(gate: LiveGate) -> None:
    old = held(gate, "o1", tenant_id="t-1")
    gate.lane.now_ms += RETENTION_MS + 1
    new = held(gate, "o2", tenant_id="t-1")
    for person in (SENIOR, a_person(Role.SENIOR_REVIEWER, tenants=("t-1",))):
        client = gate.client(person, ROUTES)
        waiting, gone, everything = (
            client.get(f"/quarantine{query}").text for query in ("", "?state=forgotten", "?state=all")
        )
        assert (old in waiting, new in waiting) == (False, True)
        assert (old in gone, new in gone) == (True, False)
        assert old in everything and new in everything
        assert 'Held <span class="quiet-text">1</span>' in waiting
        assert 'Forgotten <span class="quiet-text">1</span>' in waiting


def test_what_newer_ones_have_pushed_out_is_not_offered(gate: LiveGate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penstock.console.web.quarantine_time.MAX_PER_AGENT", 2)
    first = held(gate, "o1")
    gate.lane.now_ms += 1
    held(gate, "o2")
    client = gate.client(SENIOR, ROUTES)
    assert "Nobody can decide" not in client.get(f"/quarantine/{first}").text
    gate.lane.now_ms += 1
    held(gate, "o3")
    assert "The gate let it go for newer ones" in client.get(f"/quarantine/{first}").text


# ---- deciding ----------------------------------------------------------------------------------------------------


def test_a_redacted_release_lets_out_what_the_preview_showed(gate: LiveGate) -> None:
    quarantine_id = held(gate)
    preview = gate.client(REVIEWER, ROUTES).get(f"/quarantine/{quarantine_id}/redacted")
    assert preview.status_code == 200
    assert "the token is [REDACTED], keep it" in preview.text
    assert CANARY not in preview.text
    answer = send(gate, quarantine_id, "redact", person=REVIEWER)
    assert answer.status_code == 303
    assert settled(gate, quarantine_id) == ["redact"]
    (cleared,) = gate.lane.values(OUTPUTS_CLEARED.name)
    assert cleared["content"] == {"note": "the token is [REDACTED], keep it", "sum": 7}
    assert "redacted" in gate.client(REVIEWER, ROUTES).get(f"/quarantine/{quarantine_id}").text


def test_a_release_as_it_is_needs_a_senior_with_a_fresh_sign_in_and_a_reason(gate: LiveGate) -> None:
    quarantine_id = held(gate)
    assert send(gate, quarantine_id, "release", person=REVIEWER, reason="it is mine").status_code == 403
    assert send(gate, quarantine_id, "release", is_fresh=False, reason="it is mine").status_code == 303
    assert send(gate, quarantine_id, "release", reason=" ").status_code == 422
    assert settled(gate, quarantine_id) == []
    assert gate.lane.values(OUTPUTS_CLEARED.name) == []
    assert send(gate, quarantine_id, "release", reason="it is a test token").status_code == 303
    assert settled(gate, quarantine_id) == ["release"]
    (cleared,) = gate.lane.values(OUTPUTS_CLEARED.name)
    assert cleared["content"]["note"] == f"the token is {CANARY}, keep it"


def test_a_rejection_needs_a_reason_and_releases_nothing(gate: LiveGate) -> None:
    quarantine_id = held(gate)
    assert send(gate, quarantine_id, "reject", person=REVIEWER).status_code == 422
    assert send(gate, quarantine_id, "reject", person=REVIEWER, reason="a leak").status_code == 303
    assert settled(gate, quarantine_id) == ["reject"]
    assert gate.lane.values(OUTPUTS_CLEARED.name) == []


@pytest.mark.parametrize("role", [role for role in Role if not a_person(role).may(Permission.RELEASE_REDACTED)])
@pytest.mark.parametrize("act", ["redact", "release", "reject"])
def test_who_may_not_decide_is_refused(act: str, role: Role, gate: LiveGate) -> None:
    quarantine_id = held(gate)
    assert send(gate, quarantine_id, act, person=a_person(role), reason="I want to").status_code == 403
    assert settled(gate, quarantine_id) == []


def test_what_was_decided_or_changed_meanwhile_is_a_conflict(gate: LiveGate) -> None:
    quarantine_id = held(gate)
    stale = send(gate, quarantine_id, "reject", reason="a leak", digest="0" * 64)
    assert (stale.status_code, "digest_mismatch" in stale.text) == (409, True)
    send(gate, quarantine_id, "reject", reason="a leak")
    assert settled(gate, quarantine_id) == ["reject"]
    late = send(gate, quarantine_id, "redact")
    assert (late.status_code, "already_decided" in late.text) == (409, True)


def test_the_next_output_follows_in_the_list_that_one_came_from(gate: LiveGate) -> None:
    first = held(gate, "o1", agent="bot-1")
    gate.lane.now_ms += 1_000
    held(gate, "o2", agent="bot-2")
    gate.lane.now_ms += 1_000
    third = held(gate, "o3", agent="bot-1")
    client = gate.client(REVIEWER, ROUTES)
    target = f"/quarantine/{first}/act?agent=bot-1"
    answer = client.post(target, data=form(first, gate, "reject", reason="a leak"))
    assert answer.headers["location"] == f"/quarantine/{third}?agent=bot-1"
    last = client.post(f"/quarantine/{third}/act?agent=bot-1", data=form(third, gate, "reject", reason="a leak"))
    assert last.headers["location"] == "/quarantine?agent=bot-1"


def test_what_is_on_its_way_is_not_asked_for_again(tmp_path: Path) -> None:
    with running(LiveGate(tmp_path, undo_ms=60_000)) as gate:
        first, second = held(gate, "o1"), held(gate, "o2")
        answer = send(gate, second, "reject", reason="a leak")
        assert "on its way" in gate.client(SENIOR, ROUTES).get(f"/quarantine/{second}").text
        assert send(gate, first, "reject", reason="a leak").headers["location"] == "/quarantine"
        assert (answer.status_code, send(gate, second, "redact").status_code) == (303, 409)


def test_a_piece_of_a_stream_can_only_be_rejected(gate: LiveGate) -> None:
    quarantine_id = held(gate, "o1", '{"a": 1}', sequence=0)
    page = gate.client(SENIOR, ROUTES).get(f"/quarantine/{quarantine_id}").text
    assert "cannot be released" in page
    assert 'value="release"' not in page
    for act in ("redact", "release"):
        answer = send(gate, quarantine_id, act, reason="let it go")
        assert (answer.status_code, "chunk_of_stream" in answer.text) == (409, True)
    assert send(gate, quarantine_id, "reject", reason="a leak").status_code == 303


def test_an_act_that_does_not_exist_is_a_bad_request(gate: LiveGate) -> None:
    assert send(gate, held(gate), "forget").status_code == 400


# ---- keys and boxes ----------------------------------------------------------------------------------------------


def test_without_the_gates_key_there_is_metadata_only(tmp_path: Path) -> None:
    with running(LiveGate(tmp_path, gate=gate_of(is_sealing=False))) as gate:
        quarantine_id = held(gate)
        text = gate.client(SENIOR, ROUTES).get(f"/quarantine/{quarantine_id}").text
        assert "The gate has no payload key" in text
        assert 'value="reveal"' not in text
        answer = send(gate, quarantine_id, "redact")
        assert (answer.status_code, "payload_unreadable" in answer.text) == (409, True)
        assert send(gate, quarantine_id, "reveal", finding="1", reason="I ask").status_code == 422


@pytest.mark.parametrize(
    ("sealer", "text"), [(None, "This console has no payload key"), (Sealer(b"o" * 32), "sealed with another key")]
)
def test_a_console_without_the_right_key_says_so(sealer: Sealer | None, text: str, gate: LiveGate) -> None:
    quarantine_id = held(gate)
    client = gate.client(SENIOR, ROUTES, console=gate.console(sealer=sealer))
    for path in ("", "/redacted"):
        answer = client.get(f"/quarantine/{quarantine_id}{path}")
        assert (answer.status_code, text in answer.text) == (200, True)


def test_a_box_of_another_output_is_not_shown(gate: LiveGate) -> None:
    first, second = held(gate, "o1"), held(gate, "o2")
    with gate.store.read() as db:
        (payload,) = db.execute("SELECT payload FROM quarantine WHERE quarantine_id = ?", (second,)).fetchone()
    swapped = "UPDATE quarantine SET payload = ? WHERE quarantine_id = ?"
    gate.store.write([Statement(swapped, (payload, first))])
    text = gate.client(SENIOR, ROUTES).get(f"/quarantine/{first}").text
    assert "not what was held back" in text
    assert send(gate, first, "reveal", finding="1", reason="I ask").status_code == 422
