"""The committed JSON Schemas are those of the models, and say what the models say."""

from __future__ import annotations

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from pydantic import ValidationError

from penstock.schemas import MODELS, main, schema_of, schema_text
from streams.topics import APPROVALS_REQUESTED
from tests.docs.pages import DOCS
from tests.streams.samples import OneLane, action, outcome, output, review, withdrawal

FOLDER = DOCS / "schemas"


def _good() -> dict[str, dict[str, Any]]:
    lane = OneLane()
    lane.give(action("h", "job.support.refund"))
    return {
        "proposed-action.schema.json": action("a", amount_usd="12.50", proposed_at="2030-01-01T00:00:00Z", reason=None),
        "withdrawal.schema.json": withdrawal(),
        "outcome.schema.json": outcome(),
        "agent-output.schema.json": output(content={"any": [1, None]}),
        "review.schema.json": review(lane.values(APPROVALS_REQUESTED.name)[0]),
    }


BAD = [
    ("proposed-action.schema.json", {"action_id": ""}),
    ("proposed-action.schema.json", {"agent_id": "a\nb"}),
    ("proposed-action.schema.json", {"confidence": 1.5}),
    ("proposed-action.schema.json", {"confidence": "high"}),
    ("proposed-action.schema.json", {"risk_tags": "prod"}),
    ("proposed-action.schema.json", {"reversible": "yes"}),
    ("withdrawal.schema.json", {"action_id": ""}),
    ("outcome.schema.json", {"status": "fine"}),
    ("agent-output.schema.json", {"audience": "everybody"}),
    ("agent-output.schema.json", {"sequence": -1}),
    ("review.schema.json", {"target": {"kind": "action"}}),
    ("review.schema.json", {"verdict": "maybe"}),
]


@pytest.mark.parametrize("name", sorted(MODELS))
def test_committed_schema_is_that_of_the_model(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == schema_text(name), "run `python -m tests.docs`"


def test_there_is_no_other_schema() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(MODELS)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_schema_is_one_and_takes_what_the_model_takes(name: str) -> None:
    schema = schema_of(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    event = json.loads(json.dumps(_good()[name]))
    MODELS[name].model_validate(event)
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(event)) == []


@pytest.mark.parametrize(("name", "change"), BAD)
def test_schema_refuses_what_the_model_refuses(name: str, change: dict[str, Any]) -> None:
    event = {**_good()[name], **change}
    with pytest.raises(ValidationError):
        MODELS[name].model_validate(event)
    assert not jsonschema.Draft202012Validator(schema_of(name)).is_valid(event)


def test_program_without_a_folder_says_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
