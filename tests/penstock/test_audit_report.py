"""The report on the audit sample: what counts, what does not, and what it says about how little is known."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from penstock.audit_report import AuditReport, lines_of, objects_of, report_of
from penstock.audit_samples import SampleBook, Unusable, read_files
from penstock.cli import app
from penstock.errors import CommandError, ExitCode, exit_code_of
from tests.penstock.audit_sample_records import DIGEST, decision, review, sample, write


def report(*values: object, confidence: float = 0.95) -> AuditReport:
    """The report on these records."""
    book = SampleBook()
    for value in values:
        book.take(value)
    return report_of(book, confidence=confidence)


def text(*values: object) -> str:
    """What people read about these records."""
    return "\n".join(lines_of(report(*values)))


def reviewed(count: int, *, wrong: int = 0, start: int = 0, **fields: Any) -> list[dict[str, Any]]:
    """So many samples with their reviews."""
    numbers = range(start, start + count)
    verdicts = ["wrong"] * wrong + ["correct"] * (count - wrong)
    return [
        *(sample(number, **fields) for number in numbers),
        *(review(number, verdict) for number, verdict in zip(numbers, verdicts, strict=True)),
    ]


def test_a_stratum_has_its_counts_and_its_interval() -> None:
    found = report(*reviewed(100, wrong=3), *(decision(number) for number in range(1_000)))

    (stratum,) = found.strata
    assert (stratum.population, stratum.sampled, stratum.reviewed, stratum.defects) == (1_000, 100, 100, 3)
    assert found.overall is not None
    assert found.overall.rate == pytest.approx(0.03)
    assert found.overall.interval == pytest.approx((0.0062, 0.0852), abs=5e-5)
    assert found.total is not None and found.total.total == pytest.approx(30)


def test_strata_of_one_name_under_two_policies_stay_apart() -> None:
    found = report(*reviewed(5), *reviewed(5, start=5, probability=0.5))

    assert [(entry.name, entry.probability) for entry in found.strata] == [("base", 0.1), ("base", 0.5)]


def test_without_the_audit_log_sizes_are_estimated_and_the_report_says_so() -> None:
    found = report(*reviewed(30))

    assert found.strata[0].population == pytest.approx(300)
    assert "~300" in text(*reviewed(30))
    assert "sizes of strata are estimated" in text(*reviewed(30))


def test_the_audit_log_alone_has_the_samples_too() -> None:
    records = [decision(number, is_selected=number < 20) for number in range(200)]

    found = report(*records, *(review(number) for number in range(20)))

    assert (found.strata[0].population, found.strata[0].sampled, found.strata[0].reviewed) == (200, 20, 20)


def test_records_count_once_whichever_topics_they_come_from() -> None:
    records = [decision(number, is_selected=number < 20) for number in range(200)]

    assert report(*reviewed(20), *records).strata == report(*records, *reviewed(20), *reviewed(20)).strata


def test_a_sample_that_one_of_two_reviewers_finds_wrong_is_wrong_and_they_are_compared() -> None:
    values = [
        *reviewed(20),
        *(review(number, "wrong" if number == 0 else "correct", reviewer="bo") for number in range(20)),
    ]

    found = report(*values)

    assert found.strata[0].defects == 1
    assert found.pairs == 20 and found.agreement is not None
    assert found.agreement.observed == pytest.approx(0.95)
    assert "20 samples were reviewed twice: 95 % agree" in text(*values)


def test_a_reviewers_later_word_replaces_the_earlier_one() -> None:
    found = report(sample(1), review(1, "wrong"), review(1, "correct"), sample(2), review(2), review(2, "wrong"))

    assert (found.strata[0].reviewed, found.strata[0].defects, found.pairs) == (2, 1, 0)


def test_unreviewed_samples_are_told_with_the_worst_that_they_could_be() -> None:
    values = [*reviewed(60), *(sample(number) for number in range(60, 100))]

    assert "40 of 100 picked decisions are not reviewed" in text(*values)
    found = report(*values)
    assert found.total is None and found.overall is not None
    assert found.overall.worst_upper > 0.4 > 0.1 > found.overall.upper


def test_a_stratum_without_a_review_counts_as_if_all_could_be_wrong() -> None:
    values = [*reviewed(60), sample(99, stratum="risk_tag:prod")]

    assert "none of its 1 samples is reviewed, so it counts as if all could be wrong" in text(*values)
    found = report(*values)
    assert found.overall is not None and found.overall.rate is None


def test_a_stratum_of_which_nothing_was_picked_counts_as_if_all_could_be_wrong() -> None:
    values = [*reviewed(60), *(decision(1_000 + number, stratum="uniform", probability=0.0) for number in range(40))]

    assert "none of its decisions was picked" in text(*values)


def test_too_few_reviews_are_said_to_say_nothing() -> None:
    assert "3 reviews are too few to say anything; 59 without a wrong decision would show at most 5 %" in text(
        *reviewed(3)
    )
    assert "too few" not in text(*reviewed(60))


def test_a_census_is_exact() -> None:
    values = [*reviewed(4, wrong=1, stratum="mandatory", probability=1.0)]

    assert "exact" in text(*values)
    found = report(*values)
    assert found.overall is not None and found.overall.upper == pytest.approx(0.25)


def test_nothing_at_all_says_that_nothing_can_be_said() -> None:
    assert text() == "no decision was picked for audit, so nothing can be said"
    (overall,) = objects_of(report())
    assert overall["overall"] is None


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([review(9)], Unusable.NO_SAMPLE),
        ([sample(1), review(1, digest="e" * 64)], Unusable.OTHER_DIGEST),
        ([sample(1), review(1, reviewer=" Agent-1")], Unusable.SELF_REVIEW),
        ([sample(1), review(1, "unsure")], Unusable.UNSURE),
        ([sample(1) | {"stratum": 7}], Unusable.DAMAGED),
        ([sample(1) | {"inclusion_probability": 0}], Unusable.DAMAGED),
        ([sample(1) | {"inclusion_probability": 1.5}], Unusable.DAMAGED),
        ([sample(1) | {"inclusion_probability": True}], Unusable.DAMAGED),
        ([decision(1) | {"sample": {}}], Unusable.DAMAGED),
        ([decision(1) | {"decision": None}], Unusable.DAMAGED),
        ([review(1) | {"reviewer": {"id": "ana"}}], Unusable.DAMAGED),
        ([review(1) | {"reviewer": " "}], Unusable.DAMAGED),
        ([review(1) | {"digest": None}], Unusable.DAMAGED),
        ([sample(1), review(1, "perhaps")], Unusable.DAMAGED),
        ([7], Unusable.DAMAGED),
        ([{"kind": "outcome"}], Unusable.OTHER_RECORD),
        ([{"review_id": "r1", "target": {"kind": "sample", "id": "s1"}, "verdict": "wrong"}], Unusable.OTHER_RECORD),
    ],
)
def test_what_cannot_be_used_is_counted(values: list[object], kind: Unusable) -> None:
    found = report(*values)

    assert found.unusable == {kind: 1}
    assert found.reviewed == 0
    assert ("were not used" in text(*values)) == (kind is not Unusable.OTHER_RECORD)


def test_json_counts_what_was_not_used_too() -> None:
    *_, overall = objects_of(report(sample(1), review(1, "unsure"), review(9)))

    assert orjson.loads(orjson.dumps(overall))["unusable"] == {"unsure": 1, "no_sample": 1}


def test_decisions_without_an_audit_document_are_left_out_and_told() -> None:
    values = [*reviewed(10), decision(50) | {"sample": None}]

    assert "1 decisions were made under a policy without an audit document" in text(*values)


def test_lines_of_tail_and_of_an_export_are_read_as_well_as_plain_values(tmp_path: Path) -> None:
    tail = {"topic": "gate.samples.v1", "partition": 0, "offset": 3, "key": "agent-1", "value": sample(1)}
    exported = {"partition": 0, "offset": 4, "value": orjson.dumps(decision(1, is_selected=True)).decode()}
    checkpoint = {"checkpoint": {"partition": 0, "seq": 1, "head": DIGEST}}
    file = write(tmp_path / "all.jsonl", tail, exported, checkpoint, review(1))

    book = read_files([file])

    assert (len(book.picked), book.drawn.total(), dict(book.unusable)) == (1, 1, {})


def test_packed_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl.gz"
    path.write_bytes(gzip.compress(orjson.dumps(sample(1)) + b"\n"))

    assert len(read_files([str(path)]).picked) == 1


def test_a_line_that_is_no_json_ends_the_report_at_its_place(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"kind": "x"}\n{\n')

    with pytest.raises(CommandError, match=r"bad\.jsonl:2: not JSON") as caught:
        read_files([str(path)])
    assert exit_code_of(caught.value) is ExitCode.USAGE


def test_a_file_named_twice_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", sample(1))

    with pytest.raises(CommandError, match="twice"):
        read_files([file, str(tmp_path / "." / "a.jsonl")])


def test_the_command_prints_a_table_and_json_lines(tmp_path: Path) -> None:
    file = write(tmp_path / "all.jsonl", *reviewed(60, wrong=1), *(decision(number) for number in range(600)))

    shown = CliRunner().invoke(app, ["audit", "report", file])
    as_json = CliRunner().invoke(app, ["audit", "report", file, "--json", "--confidence", "0.9"])

    assert (shown.exit_code, as_json.exit_code) == (0, 0)
    assert shown.stdout.splitlines()[0].split() == [
        "stratum", "chance", "decisions", "picked", "reviewed", "wrong", "rate", "0.95", "interval",
    ]  # fmt: skip
    assert "of 600 decisions were wrong, estimated 1.67 % (confidence 0.95)" in shown.stdout
    stratum, overall = (orjson.loads(line) for line in as_json.stdout.splitlines())
    assert (stratum["decisions"], stratum["wrong"], stratum["coverage"]) == (600, 1, 1.0)
    assert overall["confidence"] == 0.9
    assert overall["overall"]["low"] < 1 / 60 < overall["overall"]["upper"]


def test_names_of_strata_cannot_drive_a_terminal(tmp_path: Path) -> None:
    file = write(tmp_path / "all.jsonl", sample(1, stratum="risk_tag:\x1b[2J"))

    shown = CliRunner().invoke(app, ["audit", "report", file])

    assert shown.exit_code == 0
    assert "\x1b" not in shown.stdout
