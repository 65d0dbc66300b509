"""Floors of what is found in labelled records, and of false alerts; the records are not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.labelled import figures, records
from detectors import Scanner

DATA = os.environ.get("PENSTOCK_EVAL_DATA")
SCANNER = Scanner()
#: File, least share of records in which the value is found, most records with an alert where there is nothing.
FLOORS = (
    ("cred_gitleaks_tp", 0.99, 1.0),
    ("cred_gitleaks_fp", 0.0, 0.03),
    ("cred_creddata_tp", 0.85, 1.0),
    ("cred_creddata_fp", 0.0, 0.06),
    ("cred_credsweeper_tp", 0.85, 1.0),
    ("cred_kingfisher_tp", 0.80, 1.0),
    ("internal_pos", 0.95, 1.0),
    ("internal_neg", 0.0, 0.01),
    ("pii_structured_pos", 0.96, 1.0),
    ("pii_secret_hardneg", 0.0, 0.005),
    ("agent_outputs_5pct", 0.97, 0.003),
)


@pytest.mark.skipif(DATA is None, reason="labelled records are not here; PENSTOCK_EVAL_DATA names their folder")
@pytest.mark.parametrize(("name", "recall", "alerts"), FLOORS)
def test_labelled_records_are_judged_within_the_floors(name: str, recall: float, alerts: float) -> None:
    row = figures(Path(DATA or "") / f"{name}.jsonl.gz", SCANNER)

    assert row.positives + row.negatives > 20
    assert row.recall >= recall
    assert row.alerts <= alerts


def test_records_with_and_without_spans_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "made_up.jsonl"
    file.write_text(
        '{"text": "ssn 219-09-9999", "spans": [{"start": 4, "end": 15}]}\n'
        '{"text": "ssn two one nine", "spans": [{"start": 4, "end": 16}]}\n'
        '{"text": "see https://example.com", "spans": []}\n'
        '{"text": "write to a.doe@acme.com", "spans": []}\n'
        '{"text": "left out", "core": false}\n'
    )
    row = figures(file, SCANNER)

    assert len(list(records(file))) == 4
    assert (row.positives, row.recall, row.covered, row.negatives, row.alerts) == (2, 0.5, 0.5, 2, 0.5)
