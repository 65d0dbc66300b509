"""The report's intervals over recorded traffic whose truth is known: they cover it as often as they say."""

from __future__ import annotations

import gzip
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from penstock.audit_report import report_of
from penstock.audit_samples import SampleBook
from policies.bundle import load_bundle
from policies.decisions import Derived
from policies.sampling import draw
from tests.penstock.audit_sample_records import DIGEST, review, sample

SEEDS = 1_000
NOMINAL = 0.95
AUDIT = """
audit:
  sampling:
    rate: 0.1
    strategy: stratified
    weights: {risk_tags: {financial: 3.0, delete: 6.0, pii: 5.0, write: 1.0}}
"""
EXAMPLES = Path(__file__).parents[2] / "policies" / "examples" / "airline"


class Known(NamedTuple):
    """A recorded change of production: its number, its decision, and whether it was wrong."""

    number: int
    action_id: str
    verdict: Any
    is_wrong: bool


def _lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path) as stream:
        return [orjson.loads(line) for line in stream]


@pytest.fixture(scope="module")
def traffic() -> Path:
    """The folder of recorded traffic; tests that need it are skipped without."""
    folder = os.environ.get("PENSTOCK_TRAFFIC")
    if not folder:
        pytest.skip("recorded traffic is not here; PENSTOCK_TRAFFIC names its folder")
    return Path(folder)


def _bundle() -> Any:
    sources = {path.name: path.read_text("utf-8") for path in EXAMPLES.iterdir() if path.suffix == ".yaml"}
    return load_bundle({**sources, "audit.yaml": AUDIT})


@pytest.mark.parametrize("has_audit_log", [True, False])
def test_intervals_cover_the_known_truth_over_a_thousand_seeds(traffic: Path, has_audit_log: bool) -> None:
    bundle, derived = _bundle(), Derived(0, False, 0)
    labels = {label["action_id"]: not label["expected"] for label in _lines(traffic / "airline_labels.jsonl.gz")}
    events = [
        e for e in _lines(traffic / "airline_events.jsonl.gz") if e["kind"] == "action" and e["action_id"] in labels
    ]
    actions = [
        Known(number, event["action_id"], bundle.decide(event, derived), labels[event["action_id"]])
        for number, event in enumerate(events)
    ]
    truth = sum(action.is_wrong for action in actions) / len(actions)
    assert (len(actions), sum(action.is_wrong for action in actions)) == (149, 112)

    covered = claimed = 0
    by_stratum: dict[str, list[bool]] = {}
    for seed in range(SEEDS):
        book, wrong = SampleBook(), dict[str, list[bool]]()
        for action in actions:
            drawn = draw(bundle, action.action_id, derived=derived, verdict=action.verdict, key=b"seed-%d" % seed)
            assert drawn is not None
            _take(book, action, drawn._asdict(), has_audit_log=has_audit_log)
            wrong.setdefault(drawn.stratum, []).append(action.is_wrong)
        report = report_of(book, confidence=NOMINAL)
        assert report.overall is not None
        covered += report.overall.interval.low <= truth <= report.overall.interval.high
        claimed += report.overall.upper >= truth
        for stratum in report.strata:
            rate = sum(wrong[stratum.name]) / len(wrong[stratum.name])
            interval = stratum.interval(error=1 - NOMINAL)
            by_stratum.setdefault(stratum.name, []).append(interval.low <= rate <= interval.high)
    assert covered >= NOMINAL * SEEDS
    assert claimed >= NOMINAL * SEEDS
    assert len(by_stratum) >= 3
    assert all(sum(found) >= NOMINAL * len(found) for found in by_stratum.values())


def _take(book: SampleBook, action: Known, drawn: Mapping[str, Any], *, has_audit_log: bool) -> None:
    if has_audit_log:
        decision = {"decision_id": f"s{action.number}", "agent_id": "agent-1", "action_digest": DIGEST}
        book.take({"kind": "decision", "decision": decision, "sample": drawn})
    if drawn["selected"]:
        book.take(sample(action.number, stratum=drawn["stratum"], probability=drawn["probability"]))
        book.take(review(action.number, "wrong" if action.is_wrong else "correct"))
