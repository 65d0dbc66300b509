"""What the judgements of samples say together: rates of wrong decisions with intervals, in the words of the report."""

from __future__ import annotations

from typing import Final, NamedTuple

from penstock.audit_report import AuditReport, agreement_line, caution, claims, percent
from penstock.console.readmodel.samples_queries import Judged
from policies.estimators import SAYS_NOTHING_WIDTH, Stratum, agreement, combine

# The chance that a bound misses the truth, as in `penstock audit report`.
ERROR: Final = 0.05


class StratumRow(NamedTuple):
    """A stratum as the page shows it; `caution` says so where little is known of it."""

    name: str
    chance: str
    decisions: str
    picked: int
    reviewed: int
    wrong: int
    rate: str
    interval: str
    caution: str | None


class Summary(NamedTuple):
    """Rows of strata, and sentences over all of them; neither without a sample."""

    rows: tuple[StratumRow, ...]
    sentences: tuple[str, ...]
    unsure: int


def summary_of(judged: Judged, *, error: float = ERROR) -> Summary:
    """The summary; sizes of strata are estimated from what was picked."""
    if not judged.strata:
        return Summary((), (), judged.unsure)
    pairs = sum(judged.pairs.values())
    table = [[judged.pairs.get((one, other), 0) for other in (False, True)] for one in (False, True)]
    overall = combine(judged.strata, error=error)
    report = AuditReport(
        error=error,
        strata=judged.strata,
        overall=overall,
        total=None,
        agreement=agreement(table) if pairs else None,
        pairs=pairs,
        # The page says itself how the sizes were found.
        is_size_known=True,
        outside=0,
        unusable={},
    )
    sentences = [*claims(report, overall)]
    if overall.interval.high - overall.interval.low > SAYS_NOTHING_WIDTH:
        sentences.insert(0, "the reviews are too few to say anything over all strata")
    if report.agreement is not None:
        sentences.append(agreement_line(report))
    return Summary(tuple(_row(stratum, error) for stratum in judged.strata), tuple(sentences), judged.unsure)


def _row(stratum: Stratum, error: float) -> StratumRow:
    interval = stratum.interval(error=error)
    return StratumRow(
        name=stratum.name,
        chance=percent(stratum.probability),
        decisions=f"about {stratum.population:,.0f}",
        picked=stratum.sampled,
        reviewed=stratum.reviewed,
        wrong=stratum.defects,
        rate="none" if stratum.rate is None else percent(stratum.rate),
        interval="exact" if stratum.is_census else f"{percent(interval.low)} to {percent(interval.high)}",
        caution=caution(stratum, error),
    )
