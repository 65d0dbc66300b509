"""What people are told about their acts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from penstock.console.acts.conflict_words import WORDS, words_of
from penstock.console.acts.ledger import ActState, ActStatus, Answer
from penstock.console.acts.wording import lines_of, state_text_of, verb_of
from policies.conflicts import Conflict
from policies.promotion import PromotionConflict
from policies.supervision import AgentConflict
from streams.events import ReviewVerdict
from tests.penstock.console.acts.samples import act

WAITING = ActStatus("r1", act(label="refund by bot-1"), ActState.WAITING, 0, 5_000)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (WAITING, "is sent after 5 s unless undone"),
        (replace(WAITING, state=ActState.SENDING, attempts=1), "being sent"),
        (replace(WAITING, state=ActState.SENDING, attempts=3), "Kafka does not answer; attempt 3"),
        (replace(WAITING, state=ActState.SENT), "sent; the gate has not recorded it yet"),
        (replace(WAITING, state=ActState.UNDONE), "undone; nothing was sent"),
        (replace(WAITING, state=ActState.RECORDED, answer=Answer(3, 17)), "recorded, audit #3-17"),
        (
            replace(WAITING, state=ActState.RECORDED, answer=Answer(3, 17, None, "approved")),
            "recorded, audit #3-17; it is released",
        ),
        (
            replace(WAITING, state=ActState.REFUSED, code="expired", answer=Answer(0, 2, "expired")),
            "changed nothing (audit #0-2): its time was over",
        ),
        (
            replace(WAITING, state=ActState.SENT, redacted=("EMAIL_ADDRESS",)),
            "sent; the gate has not recorded it yet; taken out of the reason: EMAIL_ADDRESS",
        ),
    ],
)
def test_each_state_is_told_in_words(status: ActStatus, text: str) -> None:
    assert state_text_of(status) == text


def test_failed_act_is_not_called_decided() -> None:
    assert "nothing was decided" in state_text_of(replace(WAITING, state=ActState.FAILED))


def test_batch_is_one_line_that_can_be_undone_while_anything_of_it_waits() -> None:
    members = [
        replace(WAITING, act_id=f"r{number}", act=act(f"h{number}", batch_id="b1"), state=state)
        for number, state in enumerate((ActState.RECORDED, ActState.REFUSED, ActState.WAITING))
    ]
    batch, single = lines_of([*members, replace(WAITING, act_id="s", at_ms=-1)])

    assert (batch.act_id, batch.text, batch.can_undo) == ("b1", "Approve 3 held actions", True)
    assert batch.state == "refused"
    assert batch.state_text == "1 waiting, 1 recorded, 1 refused"
    assert single.text == "Approve refund by bot-1"


@pytest.mark.parametrize("conflict", [*Conflict, *PromotionConflict, *AgentConflict])
def test_every_conflict_has_words_and_advice(conflict: Conflict | PromotionConflict | AgentConflict) -> None:
    assert conflict.value in WORDS
    assert all(words_of(conflict.value))


def test_unknown_conflict_is_told_as_it_is() -> None:
    assert words_of("brand_new").text == "the gate refused it (brand_new)"


@pytest.mark.parametrize("verdict", list(ReviewVerdict))
def test_every_verdict_has_a_verb(verdict: ReviewVerdict) -> None:
    assert verb_of(verdict.value)[0].isupper()


def test_conflicts_that_the_documentation_names_are_known_here() -> None:
    text = (Path(__file__).parents[4] / "docs" / "reviewing.md").read_text("utf-8")
    table = text.partition("<!-- generated: conflicts -->")[2].partition("<!-- end: conflicts -->")[0]
    codes = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}

    assert codes
    assert codes <= set(WORDS)
