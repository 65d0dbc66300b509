"""Recorded agents under the state machine: classes in which they err are never offered a promotion."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from policies.autonomy_record import Status
from policies.autonomy_rules import Change, ChangeKind
from policies.bundle import load_bundle
from policies.conduct import Conduct, ConductPlan, new_conduct
from tests.policies.samples import EXAMPLES, sources

AUTONOMY = """
autonomy_levels:
  level_0: {rules: [{match: {topics: ["*"]}, decision: require_approval}]}
  level_1: {rules: [{match: {topics: ["*"]}, decision: allow}]}
promotion_criteria: {min_successful_actions: 50, max_error_rate: 0.02, review_period_days: 0}
demotion_triggers: [safety_incident]
autonomy_records: {per: action_class}
"""


def _lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


@pytest.fixture(scope="module")
def traffic() -> Path:
    """The folder of recorded traffic; tests that need it are skipped without."""
    folder = os.environ.get("PENSTOCK_TRAFFIC")
    if not folder:
        pytest.skip("recorded traffic is not here; PENSTOCK_TRAFFIC names its folder")
    return Path(folder)


def test_recorded_agents_earn_trust_where_they_look_things_up_and_none_where_they_change_them(traffic: Path) -> None:
    bundle = load_bundle({**sources(EXAMPLES / "airline"), "autonomy.yaml": AUTONOMY})
    plan = ConductPlan(bundle, default_level=0)
    is_wrong = {line["action_id"]: not line["expected"] for line in _lines(traffic / "airline_labels.jsonl.gz")}
    conducts: dict[str, Conduct] = {}
    offered: set[tuple[str, str]] = set()
    done: Counter[tuple[str, str]] = Counter()
    errors: Counter[tuple[str, str]] = Counter()
    actions = [event for event in _lines(traffic / "airline_events.jsonl.gz") if event["kind"] == "action"]
    for now_ms, event in enumerate(actions):
        key, agent = event["action_id"], event["agent_id"]
        conduct = conducts.get(agent) or new_conduct(agent)
        classes = plan.classes_of(event, bundle.resolver)
        conduct, _ = plan.released(conduct, classes, action_key=key, model=event.get("model"), at_ms=now_ms)
        status = Status.FAILURE if is_wrong.get(key) else Status.SUCCESS
        conduct, facts = plan.outcome(conduct, action_key=key, status=status, at_ms=now_ms)
        conducts[agent] = conduct
        done[agent, classes[0]] += 1
        errors[agent, classes[0]] += status.is_error
        offered.update(
            (agent, fact.action_class) for fact in facts if isinstance(fact, Change) and fact.kind is ChangeKind.OFFERED
        )

    assert len(conducts) == 4
    assert errors.total() == 112
    assert offered == {pair for pair, count in done.items() if count >= 50 and not errors[pair]}
    assert {action_class for _, action_class in offered} == {"class:lookup", "class:search"}
