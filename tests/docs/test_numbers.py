"""Numbers and roles in the text are those of the code."""

from __future__ import annotations

import re
from inspect import signature
from pathlib import Path
from typing import Any, Final

import pytest

from streams.codec import MAX_DEPTH, MAX_NUMBER_CHARS
from streams.events import MAX_AMOUNT_NUMBER
from streams.gate_app import FINISH_TIMEOUT_S
from streams.intake import MAX_HEADERS, MAX_HEADERS_BYTES
from streams.lane import FENCED_PAUSE_S, LATENCY_SAMPLES, PAUSE_ABOVE, RESUME_UNDER
from streams.memory import DIGEST_BYTES, ENTRY_BYTES, ID_BYTES, VerdictMemory
from streams.scan_pool import POOL_ABOVE_BYTES
from streams.settings import Settings
from streams.topics import DAY_MS, OUTPUTS_PRODUCED, QUARANTINE, TOPICS, Role
from streams.transaction import SLICE_RECORDS
from tests.docs.pages import DOCS, ROOT, cells, text_of

README: Final = ROOT / "README.md"
ARCHITECTURE: Final = DOCS / "architecture.md"
DEAD_LETTERS: Final = DOCS / "reference" / "dead-letters.md"
SEGMENTS: Final = DOCS / "decisions" / "0002-verdict-memory-in-segments.md"
SEALING: Final = DOCS / "decisions" / "0009-deterministic-sealing.md"
STRICT: Final = DOCS / "decisions" / "0010-strict-json.md"
WORDS: Final = {7: "seven", 30: "thirty"}


def default(name: str) -> Any:
    """The default of a setting."""
    return Settings.model_fields[name].default


def days(topic_days: int) -> str:
    """A number of days in words."""
    return WORDS[topic_days // DAY_MS]


CLAIMS: Final[tuple[tuple[Path, str], ...]] = (
    (README, f"remembered for {default('verdict_retention_s') / 86400:g} days"),
    (README, f"holds {default('verdict_most'):,} newer ones"),
    (ARCHITECTURE, f"{default('batch_records'):,} records, {default('batch_bytes') // 2**20} MiB written"),
    (ARCHITECTURE, f"or {default('batch_ms')} ms of work"),
    (ARCHITECTURE, f"take turns of {SLICE_RECORDS} records"),
    (ARCHITECTURE, f"more than {POOL_ABOVE_BYTES // 1024} KiB"),
    (ARCHITECTURE, f"Above {PAUSE_ABOVE:,} queued records"),
    (ARCHITECTURE, f"below {RESUME_UNDER:,} it is resumed"),
    (ARCHITECTURE, f"gets {FINISH_TIMEOUT_S:g} s to finish"),
    (ARCHITECTURE, f"waits {FENCED_PAUSE_S:g} s"),
    (DEAD_LETTERS, f"more than {MAX_HEADERS} headers, or more than {MAX_HEADERS_BYTES // 1024} KiB"),
    (DEAD_LETTERS, f"nested deeper than {MAX_DEPTH}"),
    (DEAD_LETTERS, f"more than {MAX_NUMBER_CHARS} characters"),
    (DOCS / "reference" / "events.md", f"From {MAX_AMOUNT_NUMBER:.0e}".replace("e+", "e") + " on"),
    (DOCS / "reference" / "metrics.md", f"about {LATENCY_SAMPLES} records"),
    (DOCS / "reference" / "metrics.md", f"127.0.0.1:{default('health_port')}/metrics"),
    (SEGMENTS, f"{ENTRY_BYTES} bytes for each verdict: {ID_BYTES} of the id's hash, {DIGEST_BYTES} of the content"),
    (SEGMENTS, f"at most {signature(VerdictMemory.forget).parameters['limit'].default} per transaction"),
    (SEALING, f"keeps it for {days(OUTPUTS_PRODUCED.retention_ms)} days"),
    (SEALING, f"up to {days(QUARANTINE.retention_ms)}"),
    (STRICT, f"more than {MAX_NUMBER_CHARS} characters, NaN and Infinity, nesting deeper than {MAX_DEPTH}"),
)


@pytest.mark.parametrize(("page", "claim"), CLAIMS, ids=[f"{page.name}: {claim}" for page, claim in CLAIMS])
def test_number_in_the_text_is_that_of_the_code(page: Path, claim: str) -> None:
    assert claim in re.sub(r"\s+", " ", text_of(page))


PEOPLE: Final = frozenset({Role.CONSOLE, Role.OPERATOR, Role.AUDITOR})
ROLES: Final = {
    Role.AGENT.value: frozenset({Role.AGENT}),
    Role.EXECUTOR.value: frozenset({Role.EXECUTOR}),
    Role.DOWNSTREAM.value: frozenset({Role.DOWNSTREAM}),
    "reviewers, security, operations": PEOPLE,
}


def test_who_reads_and_writes_what_is_that_of_the_topic_table() -> None:
    rows = [row for row in cells(text_of(README)) if row[0] in ROLES]
    assert len(rows) == len(ROLES)
    for who, writes, reads in rows:
        written = {topic.name for topic in TOPICS if ROLES[who] & set(topic.writers)}
        read = {topic.name for topic in TOPICS if ROLES[who] & set(topic.readers)} - written
        assert set(re.findall(r"`([^`]+)`", writes)) == written
        assert set(re.findall(r"`([^`]+)`", reads)) == read
