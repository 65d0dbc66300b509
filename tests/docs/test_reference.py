"""What the reference says about kinds, headers, keys, labels and variables is what the code has."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from streams.events import EventType
from streams.memory import SEGMENT_PREFIX
from streams.metrics import Metrics
from streams.policy_feed import ACTIVE_KEY, BUNDLE_PREFIX
from streams.settings import OTHER_VARIABLES, PREFIX, Settings
from streams.state import AGENT_PREFIX, HOLD_PREFIX, LANE_KEY, STOP_PREFIX
from tests.docs.pages import DOCS, ROOT, text_of
from tests.docs.written import audit_records, story

REFERENCE = DOCS / "reference"
SOURCES = sorted((ROOT / "streams").glob("*.py"))


def _first_arguments(method: str) -> set[str]:
    """The words that the gate's modules pass as the first argument of a method."""
    found: set[str] = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
                found |= (
                    {str(c.value) for c in ast.walk(node.args[0]) if isinstance(c, ast.Constant)}
                    if node.args
                    else set()
                )
    return found


def test_story_has_every_kind_of_audit_record() -> None:
    kinds = set(audit_records())
    assert _first_arguments("audit") <= kinds
    assert kinds - _first_arguments("audit") <= {"duplicate", "conflict"}


def test_story_has_every_type_of_event_that_the_gate_writes() -> None:
    seen = {value.decode() for emit in story() for name, value in emit.headers if name == "ce_type"}
    read = {"ACTION_PROPOSED", "ACTION_WITHDRAWN", "ACTION_OUTCOME", "OUTPUT_PRODUCED", "REVIEW"}
    by_command = {"POLICY_ACTIVATED", "KILL_SWITCH_CHANGED"}
    assert seen == {member.value for member in EventType if member.name not in read | by_command}


def test_every_kind_of_audit_record_is_named_on_the_page_of_events() -> None:
    _, _, section = text_of(REFERENCE / "events.md").partition("### Audit record")
    sentence, _, _ = section.partition("fields and chain")
    assert set(re.findall(r"`(\w+)`", sentence)) == set(audit_records())


def test_every_header_of_a_dead_letter_has_its_row_and_no_other() -> None:
    in_code = set(re.findall(r'"(gate\.errors\.\w+)"', (ROOT / "streams" / "gate.py").read_text(encoding="utf-8")))
    in_page = set(re.findall(r"^\| `(gate\.errors\.\w+)` \|", text_of(REFERENCE / "dead-letters.md"), re.MULTILINE))
    assert in_code == in_page


def test_every_header_of_the_gate_has_its_row() -> None:
    page = text_of(REFERENCE / "events.md")
    names = {name for emit in story() for name, _ in emit.headers if not name.startswith("gate.errors.")}
    assert all(f"| `{name}` |" in page for name in names)


@pytest.mark.parametrize(
    "key", [LANE_KEY, HOLD_PREFIX, AGENT_PREFIX, STOP_PREFIX, SEGMENT_PREFIX, ACTIVE_KEY, BUNDLE_PREFIX]
)
def test_every_key_of_the_compacted_topics_has_its_row(key: str) -> None:
    assert re.search(rf"^\| `gate\.\w+\.v1` \| `{re.escape(key)}", text_of(REFERENCE / "topics.md"), re.MULTILINE)


def test_every_label_has_its_row_and_no_other() -> None:
    made = Metrics()
    in_code = {label for metric in vars(made).values() if metric is not made.registry for label in metric._labelnames}
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| [^|]+\|$", text_of(REFERENCE / "metrics.md"), re.MULTILINE)
    assert {label for row in rows for label in re.findall(r"\w+", row)} == in_code


def test_every_metric_is_registered_where_the_page_takes_it_from() -> None:
    made = Metrics()
    named = {metric._name for metric in vars(made).values() if metric is not made.registry}
    assert named == {family.name for family in made.registry.collect()}


def test_no_page_names_a_setting_that_is_none() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | OTHER_VARIABLES
    pages = [*REFERENCE.glob("*.md"), DOCS / "architecture.md", DOCS / "threat-model.md", ROOT / "README.md"]
    named = {(page.name, word) for page in pages for word in re.findall(r"PENSTOCK_[A-Z_]+", text_of(page))}
    assert {word for _, word in named} <= known


@pytest.mark.parametrize("variable", sorted(OTHER_VARIABLES))
def test_every_variable_that_is_no_setting_has_its_row(variable: str) -> None:
    assert f"| `{variable}` |" in text_of(REFERENCE / "settings.md")


def test_every_page_of_the_reference_is_linked_from_the_readme() -> None:
    text = text_of(ROOT / "README.md")
    assert all(f"docs/reference/{page.name}" in text for page in REFERENCE.glob("*.md"))


def test_reference_has_its_pages() -> None:
    names = {"topics", "events", "settings", "metrics", "reason-codes", "dead-letters", "audit"}
    assert names <= {Path(page).stem for page in REFERENCE.glob("*.md")}
