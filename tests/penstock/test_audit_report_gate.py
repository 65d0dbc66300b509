"""The report reads what the gate writes: its samples, its audit log, and the verdicts on samples that it took."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from detectors import Scanner
from penstock.audit_report import report_of
from penstock.audit_samples import SampleBook, Unusable
from penstock.sample_reviews import sample_review
from policies.bundle import load_bundle
from streams.events import ReviewVerdict
from streams.gate import Gate
from streams.intake import Position, Reader
from streams.review_signing import ReviewKeys, ReviewSigner, TrustedKey
from streams.state import LaneState
from streams.terms import Terms
from streams.topics import ACTIONS_PROPOSED, AUDIT, REVIEWS, SAMPLES

POLICY = """
rules: [{match: {topics: ["*"]}, decision: allow}]
audit:
  sampling: {rate: 0.2, strategy: stratified, weights: {risk_tags: {prod: 3}}}
reviewers:
  ana: {roles: [auditor]}
  bo: {roles: [reviewer]}
  own: {roles: [reviewer], agents: ["agent-1"]}
  vic: {roles: [viewer]}
"""
SIGNER, FORGER = ReviewSigner(bytes(range(32))), ReviewSigner(bytes(32))


class Court:
    """One lane, its samples and audit records, and people who judge the samples."""

    def __init__(self, actions: int) -> None:
        terms = Terms(
            load_bundle({"p.yaml": POLICY}),
            Scanner(),
            b"k" * 32,
            review_keys=ReviewKeys([TrustedKey(SIGNER.public)]),
        )
        self._gate, self._state, self._reader = Gate(terms), LaneState(0), Reader(1, 100_000)
        self._offset = 0
        self.written: dict[str, list[dict[str, Any]]] = {SAMPLES.name: [], AUDIT.name: []}
        for number in range(actions):
            self._give(
                ACTIONS_PROPOSED.name,
                {
                    "action_id": f"a{number}",
                    "agent_id": f"agent-{number % 3}",
                    "topic": "job.crm.update",
                    "tool": "update",
                    "risk_tags": ["prod"] if number % 4 == 0 else [],
                },
            )

    def _give(self, topic: str, fields: dict[str, Any]) -> None:
        self._offset += 1
        position = Position(topic, 0, self._offset)
        event = self._reader.read(position, key=None, value=orjson.dumps(fields), headers=())
        for effect in self._gate.step(self._state, event, 1_700_000_000_000 + self._offset).effects:
            if effect.topic in self.written and effect.value is not None:
                self.written[effect.topic].append(orjson.loads(effect.value))

    @property
    def samples(self) -> list[dict[str, Any]]:
        """The samples so far."""
        return self.written[SAMPLES.name]

    @property
    def log(self) -> list[dict[str, Any]]:
        """The audit log so far."""
        return self.written[AUDIT.name]

    def judge(
        self,
        sample: dict[str, Any],
        verdict: ReviewVerdict,
        *,
        by: str = "ana",
        signer: ReviewSigner = SIGNER,
        word: str | None = None,
        **more: Any,
    ) -> None:
        """Somebody's verdict on a sample, as the command line sends it; `word` is put in its place."""
        review = sample_review(
            sample, verdict=verdict, reviewer=by, roles=["auditor"], defect="too mild", reason=None, rendered_at=None
        )
        self._give(REVIEWS.name, signer.sign({**review, "verdict": word or verdict.value, **more}))


def book_of(*records: dict[str, Any]) -> SampleBook:
    """The records as the report takes them in."""
    book = SampleBook()
    for value in records:
        book.take(value)
    return book


def test_samples_and_audit_log_of_the_gate_give_the_same_strata_together_and_apart() -> None:
    court = Court(400)
    for number, sample in enumerate(court.samples):
        court.judge(sample, ReviewVerdict.WRONG if number % 10 == 0 else ReviewVerdict.CORRECT)

    report = report_of(book_of(*court.samples, *court.log), confidence=0.95)

    assert report.strata == report_of(book_of(*court.log), confidence=0.95).strata
    assert {stratum.name for stratum in report.strata} == {"first_time", "risk_tag:prod", "base"}
    assert sum(stratum.population for stratum in report.strata) == 400
    assert (report.sampled, report.reviewed) == (len(court.samples), len(court.samples))
    assert sum(stratum.defects for stratum in report.strata) == -(-len(court.samples) // 10)
    assert report.unusable == {}
    assert next(stratum for stratum in report.strata if stratum.name == "first_time").is_census


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("forged", {"signer": FORGER}),
        ("by somebody whom nobody knows", {"by": "mallory"}),
        ("by somebody who may only look", {"by": "vic"}),
        ("about another digest", {"digest": "0" * 64}),
        ("with another verdict", {"word": "approve"}),
    ],
)
def test_verdict_that_the_gate_refuses_does_not_count(name: str, more: dict[str, Any]) -> None:
    court = Court(40)
    court.judge(court.samples[0], ReviewVerdict.WRONG, **more)

    assert court.log[-1]["kind"] == "review_conflict", name
    assert report_of(book_of(*court.log), confidence=0.95).reviewed == 0


def test_owner_judges_others_agents_only() -> None:
    court = Court(40)
    own = next(sample for sample in court.samples if sample["decision"]["agent_id"] == "agent-1")
    other = next(sample for sample in court.samples if sample["decision"]["agent_id"] != "agent-1")
    court.judge(own, ReviewVerdict.CORRECT, by="own")
    court.judge(other, ReviewVerdict.CORRECT, by="own")

    assert report_of(book_of(*court.log), confidence=0.95).reviewed == 1


def test_who_is_unsure_has_reviewed_nothing_and_a_second_word_is_refused() -> None:
    court = Court(40)
    sample = court.samples[0]
    court.judge(sample, ReviewVerdict.UNSURE)
    court.judge(sample, ReviewVerdict.WRONG)
    assert court.log[-1]["code"] == "duplicate_vote"
    unsure = report_of(book_of(*court.log), confidence=0.95)
    court.judge(sample, ReviewVerdict.WRONG, by="bo")

    report = report_of(book_of(*court.log), confidence=0.95)

    assert (unsure.reviewed, dict(unsure.unusable).get(Unusable.UNSURE)) == (0, 1)
    assert (report.reviewed, sum(stratum.defects for stratum in report.strata)) == (1, 1)
