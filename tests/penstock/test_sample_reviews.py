"""A verdict on a sample as the command line writes it is one that the gate takes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from penstock.errors import CommandError, ExitCode, exit_code_of
from penstock.opened_action import Unopened
from penstock.sample_reviews import find_sample, opened_sample, sample_lines, sample_review
from policies.bundle import load_bundle
from streams.events import ReviewVerdict
from streams.review_signing import ReviewKeys, ReviewSigner, TrustedKey
from streams.sealing import Sealer, sample_context, sealer_of
from streams.topics import SAMPLES
from tests.streams.approval_samples import Desk, audited, bundle_with
from tests.streams.samples import PAYLOAD_KEY, OneLane, action, gate_of, opened

SIGNER = ReviewSigner(bytes(range(32)))
POLICY = """
rules: [{match: {topics: ["*"]}, decision: allow}]
audit: {sampling: {rate: 1, strategy: uniform}}
"""


def sampled(lane: OneLane) -> dict[str, Any]:
    """A sample that the lane drew."""
    lane.give(action("a1", arguments={"secret": "of the customer"}))
    return lane.values(SAMPLES.name)[-1]


def said(sample: dict[str, Any], verdict: str, **more: Any) -> dict[str, Any]:
    """The review as the command line makes it."""
    made = {"reviewer": "zoe", "roles": ["auditor"], "defect": "refunded twice", "reason": None, "rendered_at": None}
    return sample_review(sample, verdict=ReviewVerdict(verdict), **{**made, **more})


@pytest.mark.parametrize("verdict", ["correct", "wrong", "unsure"])
def test_verdict_of_the_command_line_is_taken(verdict: str) -> None:
    lane = OneLane(gate_of(load_bundle({"p.yaml": POLICY})))
    sample = sampled(lane)

    record = audited(lane.give(said(sample, verdict)))

    assert (record["kind"], record["verdict"], record["agent_id"]) == ("sample_review", verdict, "agent-1")
    assert record["defect"] == ("refunded twice" if verdict == "wrong" else None)


def test_signed_verdict_on_a_release_by_timeout_is_taken() -> None:
    audit = bundle_with(rules=("rules:", "audit: {sampling: {rate: 0, strategy: uniform}}\nrules:"))
    desk = Desk(audit, keys=ReviewKeys([TrustedKey(SIGNER.public)]))
    desk.hold(topic="job.note.add")
    desk.wait(10 * 60_000)
    sample = desk.lane.values(SAMPLES.name)[-1]
    assert sample["sample_id"].endswith("-timeout")

    record = audited(desk.lane.give(SIGNER.sign(said(sample, "wrong", reviewer="aud"))))

    assert (record["kind"], record["sample_id"]) == ("sample_review", sample["sample_id"])


@pytest.mark.parametrize(
    ("is_sealing", "key", "is_shown"),
    [(True, PAYLOAD_KEY, True), (True, None, False), (True, bytes(32), False), (False, None, True)],
)
def test_whoever_judges_sees_the_action_where_its_box_opens(
    is_sealing: bool, key: bytes | None, is_shown: bool
) -> None:
    sample = sampled(OneLane(gate_of(load_bundle({"p.yaml": POLICY}), is_sealing=is_sealing)))

    lines = sample_lines(sample, sealer_of(key))

    assert any(line.startswith("decision") and line.endswith("ALLOW") for line in lines)
    assert ("of the customer" in str(lines)) == is_shown
    assert ("sealed; with PENSTOCK_PAYLOAD_KEY_FILE" in lines[-1]) == (not is_shown)


def test_what_is_not_the_decided_action_is_not_shown() -> None:
    sample = sampled(OneLane(gate_of(load_bundle({"p.yaml": POLICY}))))
    other = {**opened(sample), "arguments": {"secret": "another-canary"}}
    box = Sealer(PAYLOAD_KEY).seal(orjson.dumps(other), context=sample_context(sample["sample_id"]))

    for forged in ({**sample, "payload": box}, {**sample, "payload": None, "action": other}):
        lines = sample_lines(forged, Sealer(PAYLOAD_KEY))
        assert "is not what its record names" in lines[-1] and "another-canary" not in str(lines)
        assert opened_sample(forged, Sealer(PAYLOAD_KEY)) == (None, Unopened.OTHER_CONTENTS)


def test_sample_is_found_by_the_beginning_of_its_id_or_not_at_all() -> None:
    sample = sampled(OneLane(gate_of(load_bundle({"p.yaml": POLICY}))))

    assert find_sample([sample], sample["sample_id"][:6]) is sample
    with pytest.raises(CommandError) as caught:
        find_sample([sample], "no-such-sample")
    assert (caught.value.code, exit_code_of(caught.value)) == ("SAMPLE_NOT_FOUND", ExitCode.FINDINGS)
