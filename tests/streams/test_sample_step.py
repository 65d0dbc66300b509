"""Verdicts on samples: one word of each person about each sample, on the record and nowhere else."""

from __future__ import annotations

import orjson
import pytest

from streams.state import LaneState
from streams.topics import AUDIT
from tests.streams.approval_samples import audited
from tests.streams.quarantine_samples import DIGEST, SAMPLE_ID, Hearing
from tests.streams.samples import NOW_MS, topics_of


@pytest.mark.parametrize("name", ["ana", "sen", "ada", "aud", "adm"])
@pytest.mark.parametrize("verdict", ["correct", "wrong", "unsure"])
def test_verdict_on_a_sample_is_one_audit_record_and_nothing_else(name: str, verdict: str) -> None:
    step = Hearing().review(name, verdict, defect="wrong amount")

    assert topics_of(step) == [AUDIT.name]
    assert ("review", verdict) in step.facts
    record = audited(step)
    assert record["kind"] == "sample_review"
    assert {key: record[key] for key in ("agent_id", "sample_id", "reviewer", "verdict", "digest")} == {
        "agent_id": "agent-1",
        "sample_id": SAMPLE_ID,
        "reviewer": name,
        "verdict": verdict,
        "digest": DIGEST,
    }
    # A kind of defect says something about a wrong decision only.
    assert record["defect"] == ("wrong amount" if verdict == "wrong" else None)
    assert step.effects[0].key == b"agent-1"


def test_who_owns_nothing_need_not_say_whose_decision_it_was() -> None:
    step = Hearing().review("ada", "correct", subject=None)

    assert (audited(step)["kind"], audited(step)["agent_id"]) == ("sample_review", None)
    assert step.effects[0].key == b"review"


def test_sample_of_a_release_by_timeout_is_judged_apart() -> None:
    hearing = Hearing()
    hearing.review("ada", "correct")

    step = hearing.review("ada", "wrong", target={"kind": "sample", "id": f"{SAMPLE_ID}-timeout"})

    assert audited(step)["kind"] == "sample_review"


def test_several_people_judge_one_sample() -> None:
    hearing = Hearing()

    kinds = [audited(hearing.review(name, "correct"))["kind"] for name in ("ada", "ana", "sen")]

    assert kinds == ["sample_review"] * 3


def test_word_about_a_sample_that_is_played_again_is_a_duplicate() -> None:
    hearing = Hearing()
    fields = hearing.fields("ada")
    hearing.lane.give(fields)

    assert audited(hearing.lane.give(fields))["kind"] == "duplicate"


def test_words_about_samples_are_remembered_after_a_restart() -> None:
    hearing = Hearing()
    hearing.review("ada", "correct")
    restored = LaneState(0)
    for key, value in hearing.lane.state.take_changes(NOW_MS):
        restored.restore(key, value, orjson.loads)
    hearing.lane.state = restored

    assert hearing.refusal("ada", "wrong") == "duplicate_vote"


def test_reviewers_words_stay_out_of_the_audit() -> None:
    step = Hearing().review("ada", "wrong", reason="the customer Jane Roe was charged twice", defect="double charge")

    assert b"Jane" not in (step.effects[0].value or b"")
