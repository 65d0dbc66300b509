"""What the policy in force names is found on every page that shows contents, and hidden where they are masked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from penstock.console.readmodel.rows import Payload
from penstock.console.web import quarantine, samples
from penstock.console.web.contents import Contents
from penstock.console.web.masking import HIDDEN, Found, Masking, mask
from penstock.console.web.masking_now import stricter
from policies.approval_documents import Role
from policies.bundle import load_bundle
from streams.codec import action_digest
from tests.penstock.console.acts.samples import SCANNER
from tests.penstock.console.fakes import a_person
from tests.penstock.console.web.approval_desk import a_reviewer, an_office
from tests.penstock.console.web.live_gate import LiveGate, running
from tests.penstock.console.web.quarantine_desk import CANARY, held
from tests.streams.approval_samples import DOCUMENTS, Desk
from tests.streams.samples import AUDIT, action, bundle_of, gate_of

WORDS = """
dictionaries: {projects: {terms: [bluebird]}}
tenant_identifiers: {t-1: [acme-7], t-2: [zeta-9]}
"""
HELD_BACK = "output_rules: [{id: t, match: {findings: [GITHUB_TOKEN]}, decision: quarantine, reason: a token}]\n"
MARK = '<mark title="DICTIONARY_TERM">bluebird'
BUNDLE = load_bundle({"words.yaml": WORDS})


def test_held_actions_are_marked_and_counted_by_the_words_of_policy(tmp_path: Path) -> None:
    bundle = load_bundle({**DOCUMENTS, "words.yaml": WORDS})
    with an_office(tmp_path, desk=Desk(bundle)) as office:
        ids = [office.held("bluebird"), office.held("acme-7", tenant_id="t-1"), office.held("zeta-9", tenant_id="t-1")]
        browser = office.browser(a_reviewer())
        own, named, foreign = (browser.get(f"/approvals/{hold_id}").text for hold_id in (ids[1], ids[0], ids[2]))
        queue = browser.get("/approvals").text
        batch = browser.get("/approvals/batch?verdict=deny&" + "&".join(f"id={hold_id}" for hold_id in ids)).text

    assert MARK in named
    assert ("CROSS_TENANT_ID" in own, "CROSS_TENANT_ID" in foreign) == (False, True)
    assert "DICTIONARY_TERM" in queue
    assert MARK in batch
    assert '<mark title="CROSS_TENANT_ID">zeta-9' in batch and '<mark title="CROSS_TENANT_ID">acme-7' not in batch


def test_what_was_found_is_looked_for_anew_under_another_policy() -> None:
    contents = Contents(None, SCANNER)
    proposed = action("a1", arguments={"note": "bluebird"})
    payload, digest = Payload(None, proposed), action_digest(proposed)

    assert contents.found("h1", digest, payload) == ()
    assert contents.found("h1", digest, payload, bundle=BUNDLE) == ("DICTIONARY_TERM",)
    assert contents.found("h1", digest, payload) == ()


def test_samples_are_marked_by_the_words_of_policy(tmp_path: Path) -> None:
    bundle = bundle_of(audit=AUDIT.replace("rate: 0.5", "rate: 1"))
    with running(LiveGate(tmp_path, gate=gate_of(bundle))) as gate:
        gate.give(action("a1", arguments={"order": "bluebird"}))
        sample_id = gate.lane.values("gate.samples.v1")[-1]["sample_id"]
        client = gate.client(a_person(Role.REVIEWER), samples.ROUTES)
        before = client.get(f"/samples/{sample_id}").text
        gate.activate(BUNDLE)
        after = client.get(f"/samples/{sample_id}").text

    assert (MARK in before, MARK in after) == (False, True)


def test_masked_outputs_hide_what_policy_names_by_now(tmp_path: Path) -> None:
    bundle = bundle_of(outputs=HELD_BACK)
    with running(LiveGate(tmp_path, gate=gate_of(bundle))) as gate:
        said = {"note": f"the token is {CANARY}", "code": "bluebird", "state": "fine"}
        quarantine_id = held(gate, content=said, audience="internal")
        client = gate.client(a_person(Role.REVIEWER), quarantine.ROUTES)
        before = client.get(f"/quarantine/{quarantine_id}").text
        gate.activate(BUNDLE)
        after = client.get(f"/quarantine/{quarantine_id}").text

    assert ("bluebird" in before, "bluebird" in after) == (True, False)
    assert "fine" in after


def shown(content: Any, *, findings: tuple[Found, ...] = (), masking: Masking = Masking(12)) -> str:  # noqa: B008
    """Everything that the layout puts on a page after policy named its words."""
    scanner = BUNDLE.dictionaries.extend_for(SCANNER, None)
    return str(mask(content, findings, masking=stricter(masking, content, findings, scanner=scanner)))


@pytest.mark.parametrize(
    ("content", "is_hidden", "is_clear"),
    [
        ({"a": "bluebird", "b": "fine"}, "bluebird", "fine"),
        ({"a": {"b": ["fine", "bluebird"]}}, "bluebird", "fine"),
        ("bluebird", "bluebird", "text"),
        ("fine", "bluebird", "fine"),
        # A name: nothing is clear any more, names least of all.
        ({"bluebird": "fine", "other": "ok"}, "bluebird", "object"),
        ({"bluebird": "fine", "other": "ok"}, "fine", "object"),
    ],
)
def test_only_what_policy_does_not_name_is_clear(content: Any, is_hidden: str, is_clear: str) -> None:
    written = shown(content)
    assert is_hidden not in written and is_clear in written


def test_name_that_the_gate_found_and_nobody_finds_today_hides_everything() -> None:
    found = Found("US_SSN", "{key 0}", 0, 3, 0.9, "us_ssn")
    assert "fine" not in shown({"abc": "fine", "d": "fine"}, findings=(found,))


def test_nothing_is_clear_that_cannot_be_scanned() -> None:
    deep: Any = "fine"
    for _ in range(300):
        deep = [deep]
    content = {"a": "fine", "b": deep}
    assert stricter(Masking(12), content, (), scanner=SCANNER) == HIDDEN
    assert orjson.dumps(str(mask(content, (), masking=HIDDEN))).count(b"fine") == 0
