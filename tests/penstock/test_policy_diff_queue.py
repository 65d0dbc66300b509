"""`penstock diff --reviewers N`: what recorded traffic does to the queue of reviewers, by Erlang's formula.

The reference values are four digits of Erlang C at a load of 10, as tables print them: 0.6821 for 11 people, 0.1741 for
14.
"""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from math import exp, factorial, log
from pathlib import Path
from typing import Any

import pytest

from tests.penstock.test_cli import EXAMPLES, Penstock, penstock, write_policy
from tests.penstock.test_policy_diff import TRAFFIC, action, traffic

__all__ = ["penstock", "traffic"]

ALLOWING = 'rules: [{id: all, match: {topics: ["job.*"]}, decision: allow}]\n'
HOLDING = ALLOWING.replace('"job.*"', "job.other").replace(
    "[{id", "[{id: ask, match: {topics: [job.pay]}, decision: require_approval}, {id"
)
TARGETS = "approval_queue_policy: {target_median_wait_sec: 100, target_p95_wait_sec: 2000}\n"
PUBLISHED = [(11, 0.6821), (14, 0.1741)]
# 60 holds within an hour, of ten minutes each: ten people's work.
HOLDS, SPAN_S, REVIEW_S = 60, 3600, 600.0
SHOWN = "  wait, "


@pytest.fixture
def recorded(tmp_path: Path) -> str:
    """An hour of traffic: a payment a minute, and at its end something else."""
    file = tmp_path / "recorded.jsonl"
    times = [f"2027-01-15T{8 + minute // 60:02}:{minute % 60:02}:00Z" for minute in range(HOLDS + 1)]
    lines = [action(number, proposed_at=time) for number, time in enumerate(times)]
    lines[-1]["topic"] = "job.other"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return str(file)


def folders(tmp_path: Path, old: str, new: str) -> tuple[str, str]:
    """Two policies."""
    return write_policy(tmp_path / "old", old), write_policy(tmp_path / "new", new)


def queue_of(penstock: Penstock, *args: str) -> dict[str, Any]:
    """The queue that `penstock diff --json` forecasts."""
    objects = penstock("diff", *args, "--json").objects()
    found: dict[str, Any] = objects[-1]["queue"]
    return found


def closed_form(reviewers: int, load: float) -> float:
    """Erlang C as it is written down, without the recursion."""
    waiting = load**reviewers / factorial(reviewers) * reviewers / (reviewers - load)
    return waiting / (sum(load**n / factorial(n) for n in range(reviewers)) + waiting)


def assert_forecast(found: dict[str, Any], *, reviewers: int, review_s: float, published: float) -> None:
    """A forecast at ten people's work is the published one, and its waits follow from it."""
    assert found["load"] == pytest.approx(10)
    assert found["busy"] == pytest.approx(published, abs=5e-5)
    assert found["busy"] == pytest.approx(closed_form(reviewers, 10), rel=1e-9)
    scale_s = review_s / (reviewers - 10)
    assert found["mean_wait_s"] == pytest.approx(published * scale_s, rel=1e-3)
    for share, wait_s in ((0.5, found["median_wait_s"]), (0.95, found["p95_wait_s"])):
        assert wait_s == pytest.approx(max(0.0, scale_s * log(published / (1 - share))), rel=1e-3)
        assert published * exp(-wait_s / scale_s) <= (1 - share) * 1.001


@pytest.mark.parametrize(("reviewers", "published"), PUBLISHED)
def test_wait_of_recorded_holds_is_the_published_one(
    penstock: Penstock, tmp_path: Path, recorded: str, reviewers: int, published: float
) -> None:
    dirs = folders(tmp_path, HOLDING, ALLOWING.replace("allow", "require_approval"))

    queue = queue_of(penstock, *dirs, "--events", recorded, "--reviewers", str(reviewers), "--review-sec", "600")

    assert (queue["reviewers"], queue["review_sec"], queue["span_sec"]) == (reviewers, REVIEW_S, SPAN_S)
    assert_forecast(queue["before"], reviewers=reviewers, review_s=REVIEW_S, published=published)
    assert queue["after"]["load"] == pytest.approx((HOLDS + 1) / SPAN_S * REVIEW_S)


def test_wait_is_told_against_the_targets_of_the_newer_policy(
    penstock: Penstock, tmp_path: Path, recorded: str
) -> None:
    dirs = folders(tmp_path, ALLOWING, HOLDING + TARGETS)

    few = penstock("diff", *dirs, "--events", recorded, "--reviewers", "11", "--review-sec", "600").out.splitlines()
    more = penstock("diff", *dirs, "--events", recorded, "--reviewers", "14", "--review-sec", "600").out.splitlines()

    # 600 ln(.6821 / .5) and 600 ln(.6821 / .05); with 14 people 150 ln(.1741 / .05).
    assert few[-4:] == [
        "queue of 11 reviewers, 600 s a decision: 0.00 at work before, 10.00 after",
        "  wait, median: 0 s before, 186 s after, target 100 s",
        "  wait, 95 %: 0 s before, 1568 s after, target 2000 s",
        "  over target",
    ]
    assert more[-2:] == [
        "  wait, median: 0 s before, 0 s after, target 100 s",
        "  wait, 95 %: 0 s before, 187 s after, target 2000 s",
    ]


@pytest.mark.parametrize("reviewers", ["10", "9", "1"])
def test_queue_with_no_more_people_than_work_grows_without_bound(
    penstock: Penstock, tmp_path: Path, recorded: str, reviewers: str
) -> None:
    dirs = folders(tmp_path, ALLOWING, HOLDING)
    asked = (*dirs, "--events", recorded, "--reviewers", reviewers, "--review-sec", "600")

    out, queue = penstock("diff", *asked).out, queue_of(penstock, *asked)

    assert out.splitlines()[-1] == "  the queue grows without bound: more comes than people can decide"
    assert f"{SHOWN}median: 0 s before, without end after" in out
    assert queue["is_over_target"] is True
    assert [queue["after"][name] for name in ("busy", "mean_wait_s", "median_wait_s", "p95_wait_s")] == [
        1.0, None, None, None,
    ]  # fmt: skip


def test_queue_that_grew_without_bound_and_no_longer_does_is_not_over_target(
    penstock: Penstock, tmp_path: Path, recorded: str
) -> None:
    dirs = folders(tmp_path, HOLDING, ALLOWING)
    asked = (*dirs, "--events", recorded, "--reviewers", "2", "--review-sec", "600")

    out = penstock("diff", *asked).out

    assert f"{SHOWN}95 %: without end before, 0 s after" in out
    assert "without bound" not in out
    assert queue_of(penstock, *asked)["is_over_target"] is False


def test_where_nothing_is_held_there_is_nothing_to_wait_for(penstock: Penstock, tmp_path: Path, recorded: str) -> None:
    asked = (*folders(tmp_path, ALLOWING, ALLOWING), "--events", recorded, "--reviewers", "1")

    out, queue = penstock("diff", *asked).out, queue_of(penstock, *asked)

    assert out.splitlines()[-1] == "queue of 1 reviewer: nothing is held, so there is nothing to wait for"
    assert SHOWN not in out
    empty = {"load": 0.0, "busy": 0.0, "mean_wait_s": 0.0, "median_wait_s": 0.0, "p95_wait_s": 0.0}
    assert queue["before"] == queue["after"] == empty


def test_actions_at_one_moment_are_no_time_to_forecast_by(penstock: Penstock, tmp_path: Path) -> None:
    file = tmp_path / "recorded.jsonl"
    file.write_text(json.dumps(action(1, proposed_at="2027-01-15T08:00:00Z")) + "\n", "utf-8")
    ran = penstock("diff", *folders(tmp_path, ALLOWING, HOLDING), "--events", str(file), "--reviewers", "3")

    assert (ran.code, "queue of" in ran.out) == (0, False)


@pytest.mark.skipif(not TRAFFIC, reason="recorded traffic is not here; PENSTOCK_TRAFFIC names its folder")
@pytest.mark.parametrize(("reviewers", "published"), [*PUBLISHED, (10, None)])
def test_wait_of_recorded_traffic_is_the_published_one(
    penstock: Penstock, traffic: Path, tmp_path: Path, reviewers: int, published: float | None
) -> None:
    airline, file = str(EXAMPLES / "airline"), tmp_path / "actions.jsonl"
    with gzip.open(traffic / "airline_events.jsonl.gz", "rt", encoding="utf-8") as lines:
        events = [event for event in map(json.loads, lines) if event["kind"] == "action"]
    # Outputs wait for nobody here, and take most of the time.
    file.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")
    times = [datetime.fromisoformat(event["proposed_at"]) for event in events]
    span_s = (max(times) - min(times)).total_seconds()
    total = penstock("diff", airline, airline, "--events", str(file), "--json").objects()[-1]
    holds = round(total["held_share_after"] * len(times))
    assert 0 < holds < len(times)
    review_s = 10 * span_s / holds
    asked = ("--events", str(file), "--reviewers", str(reviewers), "--review-sec", repr(review_s))

    queue = queue_of(penstock, airline, airline, *asked)

    assert queue["span_sec"] == span_s and queue["before"] == queue["after"]
    if published is None:
        assert queue["after"]["load"] == pytest.approx(10)
        assert queue["after"]["busy"] == pytest.approx(1.0)
    else:
        assert_forecast(queue["after"], reviewers=reviewers, review_s=review_s, published=published)
