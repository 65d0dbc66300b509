"""How often the gate decided wrongly: the audit sample with its reviews, as rates with intervals, in words and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from penstock.audit_samples import SampleBook, Unusable
from penstock.printing import table
from penstock.topic_records import committed_records
from policies.estimators import (
    Agreement,
    Overall,
    Stratum,
    Weighted,
    agreement,
    clean_reviews_needed,
    combine,
    horvitz_thompson,
)
from streams.settings import Settings
from streams.topics import AUDIT, SAMPLES

# The rate for which the report says how many clean reviews would show it.
EXAMPLE_RATE: Final = 0.05


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Rates of wrong decisions; `error` is the chance that a bound misses the truth.

    `overall` is None without decisions. `total` is the estimated number of wrong decisions, None while a sample is not
    reviewed.
    """

    error: float
    strata: tuple[Stratum, ...]
    overall: Overall | None
    total: Weighted | None
    agreement: Agreement | None
    pairs: int
    is_size_known: bool
    outside: int
    unusable: Mapping[Unusable, int]

    @property
    def sampled(self) -> int:
        """How many decisions were picked."""
        return sum(stratum.sampled for stratum in self.strata)

    @property
    def reviewed(self) -> int:
        """How many of them were reviewed."""
        return sum(stratum.reviewed for stratum in self.strata)


def report_of(book: SampleBook, *, confidence: float) -> AuditReport:
    """The report on everything that was taken in."""
    error = 1 - confidence
    opinions, left_out = book.opinions()
    strata = tuple(book.strata(opinions))
    is_complete = all(stratum.reviewed == stratum.sampled for stratum in strata)
    pairs = [(first, second) for first, second, *_ in (found for found in opinions.values() if len(found) > 1)]
    seen = Counter(pairs)
    return AuditReport(
        error=error,
        strata=strata,
        overall=combine(strata, error=error) if strata else None,
        total=_total(strata) if strata and is_complete else None,
        agreement=agreement([[seen[one, other] for other in (False, True)] for one in (False, True)])
        if pairs
        else None,
        pairs=len(pairs),
        is_size_known=bool(book.drawn),
        outside=book.undrawn,
        unusable={kind: count for kind, count in (book.unusable + left_out).items() if count},
    )


def _total(strata: tuple[Stratum, ...]) -> Weighted:
    return horvitz_thompson((1.0, stratum.probability) for stratum in strata for _ in range(stratum.defects))


async def read_live(settings: Settings) -> SampleBook:
    """Everything that the topics hold about the audit sample now.

    Raises:
        KafkaUnreachableError, TopicsError, ReadStalledError: they cannot be read.
    """
    book = SampleBook()
    async for record in committed_records(settings, SAMPLES, AUDIT):
        try:
            value: object = orjson.loads(record.value or b"null")
        except orjson.JSONDecodeError:
            value = None
        book.take(value)
    return book


def lines_of(report: AuditReport) -> Iterator[str]:
    """The report for people."""
    if report.overall is None:
        yield "no decision was picked for audit, so nothing can be said"
    else:
        yield from table(_rows(report))
        yield ""
        yield from claims(report, report.overall)
    for stratum in report.strata:
        note = caution(stratum, report.error)
        if note is not None:
            yield f"{_label(stratum)}: {note}"
    if report.agreement is not None:
        yield agreement_line(report)
    if report.outside:
        yield f"{report.outside} decisions were made under a policy without an audit document; the rates leave them out"
    for kind, count in sorted(report.unusable.items()):
        if kind is not Unusable.OTHER_RECORD:
            yield f"{count} records were not used: {_UNUSABLE_WORDS[kind]}"


_UNUSABLE_WORDS: Final = {
    Unusable.DAMAGED: "they lack what a sample, a review or a decision must have",
    Unusable.NO_SAMPLE: "reviews of samples that are not here",
    Unusable.OTHER_DIGEST: "reviews of something else than what was decided",
    Unusable.SELF_REVIEW: "reviews by the agent itself",
    Unusable.UNSURE: "reviews that could not tell",
}


def _rows(report: AuditReport) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("stratum", "chance", "decisions", "picked", "reviewed", "wrong", "rate", f"{1 - report.error:g} interval")
    ]
    for stratum in report.strata:
        interval = stratum.interval(error=report.error)
        size = f"{stratum.population:.0f}"
        rows.append(
            (
                stratum.name,
                f"{stratum.probability:g}",
                size if report.is_size_known else f"~{size}",
                str(stratum.sampled),
                str(stratum.reviewed),
                str(stratum.defects),
                "-" if stratum.rate is None else percent(stratum.rate),
                "exact" if stratum.is_census else f"{percent(interval.low)} to {percent(interval.high)}",
            )
        )
    return rows


def claims(report: AuditReport, overall: Overall) -> Iterator[str]:
    """Sentences about the rate over all strata."""
    confidence = f"{1 - report.error:g}"
    whole = sum(stratum.population for stratum in report.strata)
    rate = "" if overall.rate is None else f", estimated {percent(overall.rate)}"
    yield f"at most {percent(overall.upper)} of {whole:.0f} decisions were wrong{rate} (confidence {confidence})"
    yield f"between {percent(overall.interval.low)} and {percent(overall.interval.high)}, two-sided, same confidence"
    if report.total is not None:
        yield f"estimated {report.total.total:.0f} wrong decisions, standard error {report.total.standard_error:.0f}"
    missing = report.sampled - report.reviewed
    if missing:
        yield (
            f"{missing} of {report.sampled} picked decisions are not reviewed: the rates take them to be like the "
            f"others; if all of them were wrong, the bound would be {percent(overall.worst_upper)}"
        )
    if not report.is_size_known:
        yield "sizes of strata are estimated from the samples; give the audit log too, and they are counted"


def caution(stratum: Stratum, error: float) -> str | None:
    """A sentence about a stratum of which little is known; None when enough is."""
    if stratum.sampled == 0:
        return "none of its decisions was picked, so it counts as if all could be wrong"
    if stratum.reviewed == 0:
        return f"none of its {stratum.sampled} samples is reviewed, so it counts as if all could be wrong"
    if not stratum.is_census and stratum.says_nothing(error=error):
        needed = clean_reviews_needed(EXAMPLE_RATE, error=error)
        return (
            f"{stratum.reviewed} reviews are too few to say anything; "
            f"{needed} without a wrong decision would show at most {percent(EXAMPLE_RATE)}"
        )
    return None


def agreement_line(report: AuditReport) -> str:
    """A sentence about how far two reviewers agree; empty where no sample was reviewed twice."""
    found = report.agreement
    if found is None:
        return ""
    beyond = ", ".join(
        f"{name} {value:.3f}" for name, value in (("kappa", found.kappa), ("AC1", found.ac1)) if value is not None
    )
    return f"{report.pairs} samples were reviewed twice: {percent(found.observed)} agree" + (beyond and f", {beyond}")


def _label(stratum: Stratum) -> str:
    return f"{stratum.name} (chance {stratum.probability:g})"


def percent(share: float) -> str:
    """A share as a percentage with three figures."""
    return f"{100 * share:.3g} %"


def objects_of(report: AuditReport) -> Iterator[dict[str, Any]]:
    """The report for programs: one object per stratum, then one over all."""
    for stratum in report.strata:
        interval = stratum.interval(error=report.error)
        yield {
            "stratum": stratum.name,
            "probability": stratum.probability,
            "decisions": stratum.population,
            "picked": stratum.sampled,
            "reviewed": stratum.reviewed,
            "coverage": stratum.coverage,
            "wrong": stratum.defects,
            "rate": stratum.rate,
            "low": interval.low,
            "high": interval.high,
            "upper": stratum.upper(error=report.error),
            "worst_upper": stratum.worst_upper(error=report.error),
            "is_census": stratum.is_census,
            "says_nothing": not stratum.is_census and stratum.says_nothing(error=report.error),
        }
    overall, total = report.overall, report.total
    yield {
        "overall": None
        if overall is None
        else {
            "rate": overall.rate,
            "low": overall.interval.low,
            "high": overall.interval.high,
            "upper": overall.upper,
            "worst_upper": overall.worst_upper,
        },
        "confidence": round(1 - report.error, 12),
        "picked": report.sampled,
        "reviewed": report.reviewed,
        "sizes_are_counted": report.is_size_known,
        "outside_audit": report.outside,
        "wrong_total": None if total is None else {"estimate": total.total, "standard_error": total.standard_error},
        "agreement": None if report.agreement is None else {"samples": report.pairs, **report.agreement._asdict()},
        "unusable": {kind.value: count for kind, count in report.unusable.items()},
    }
