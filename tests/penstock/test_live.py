"""The live view as a terminal shows it."""

from __future__ import annotations

import io
from random import Random

import pytest
from rich.console import Console

from penstock.fleet import Fleet
from penstock.live import LiveView, plain_line, render, summary
from penstock.live_model import GateStatus, LiveModel
from policies.decisions import Decision, OutputDecision
from tests.penstock.test_fleet import NOW_MS, OfflineGate, audits

READY = GateStatus(is_ready=True, problems=(), snapshot="v1:abcdef", lanes=4, lag=3, holds_pending=7, holds_oldest_s=61)


def busy_model() -> LiveModel:
    model, fleet, gate = LiveModel(), Fleet(Random(4), run="run"), OfflineGate()
    for number in range(400):
        at_ms = NOW_MS + number * 50
        event = fleet.next(at_ms)
        model.note_sent(event.event_id, event.subject, at_ms)
        for record in audits(gate.take(event)):
            model.take(record, at_ms)
    return model


@pytest.fixture(scope="module")
def view() -> LiveView:
    return LiveView(busy_model(), READY, "127.0.0.1:23456", NOW_MS, NOW_MS + 20_000)


def picture(view: LiveView, width: int, height: int) -> list[str]:
    console = Console(width=width, height=height, file=io.StringIO(), record=True, color_system=None)
    console.print(render(view, width=width, height=height))
    return console.export_text().splitlines()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 30), (120, 40), (200, 60), (40, 12)])
def test_picture_fills_the_terminal_and_no_more(view: LiveView, width: int, height: int) -> None:
    lines = picture(view, width, height)
    assert len(lines) == height
    assert all(len(line) <= width for line in lines)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_picture_names_every_decision_and_what_waits(view: LiveView, width: int, height: int) -> None:
    text = "\n".join(picture(view, width, height))
    for word in (*Decision, *OutputDecision, "v1:abcdef", "127.0.0.1:23456", "ready, 4 lanes", "wait, oldest 1:01"):
        assert word in text
    for word in ("EMAIL_ADDRESS", "duplicates", "audit samples", "dead: ", "lag 3", "penstock review list --bootstrap"):
        assert word in text


def test_audit_records_that_cannot_be_read_are_told() -> None:
    model = busy_model()
    model.unreadable = 2
    shown = LiveView(model, READY, "127.0.0.1:23456", NOW_MS, NOW_MS + 20_000)

    assert "unreadable" in "\n".join(picture(shown, 120, 40))


def test_latest_decision_stands_first(view: LiveView) -> None:
    lines = picture(view, 120, 40)
    row = next(index for index, line in enumerate(lines) if "latest decisions" in line) + 1
    latest = view.model.recent[-1]
    for part in (latest.agent_id, latest.subject, latest.decision.value, latest.reason):
        assert part in lines[row]


def test_more_decisions_on_a_taller_terminal(view: LiveView) -> None:
    assert sum("agent-" in line for line in picture(view, 120, 40)) > sum(
        "agent-" in line for line in picture(view, 120, 24)
    )


def test_dead_worker_is_told_in_one_line_with_its_log() -> None:
    ended = "the gate worker ended with status 3; its log: data/logs/gate.log"
    view = LiveView(LiveModel(), GateStatus(problems=("ended",), ended=ended), "127.0.0.1:1", NOW_MS, NOW_MS)
    assert ended in picture(view, 80, 24)[-1]
    assert "gate=ended" in plain_line(view)


def test_nothing_decided_yet_is_said() -> None:
    view = LiveView(LiveModel(), GateStatus(), "127.0.0.1:1", NOW_MS, NOW_MS)
    text = "\n".join(picture(view, 80, 24))
    assert "waiting for the first decision" in text
    assert "gate starting" in text


def test_ids_of_others_cannot_drive_the_terminal() -> None:
    model = LiveModel()
    body = {"decision_id": "d", "decision": "ALLOW", "reason": "a\x1b[2Jb\nc", "sampled": False}
    model.take(
        {"kind": "decision", "agent_id": "[red]x\x07", "action_id": "a", "at_ms": NOW_MS, "decision": body}, NOW_MS
    )
    lines = picture(LiveView(model, READY, "127.0.0.1:1", NOW_MS, NOW_MS), 120, 24)
    assert len(lines) == 24
    assert not any("\x1b" in line or "\x07" in line for line in lines)
    assert any("[red]x" in line for line in lines)


def test_plain_line_is_pairs_on_one_line(view: LiveView) -> None:
    pairs = dict(pair.split("=", 1) for pair in plain_line(view).split(" "))
    assert pairs["gate"] == "ready"
    assert int(pairs["decided"]) == view.model.decided
    assert int(pairs["output_redact"]) == view.model.outputs[OutputDecision.REDACT]


def test_summary_tells_totals_and_where_data_stay(view: LiveView) -> None:
    console = Console(width=100, file=io.StringIO(), record=True)
    console.print(summary(view, kept_in="here/kafka", log="here/gate.log", first_decision_s=4.21))
    text = console.export_text()
    for word in ("here/kafka", "here/gate.log", "4.2 s after the start", f"DENY {view.model.decisions[Decision.DENY]}"):
        assert word in text
