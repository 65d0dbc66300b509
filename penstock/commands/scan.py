"""`penstock scan`: files through the detectors, for a terminal, a build, a commit or a pipe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.commands.options import Json

if TYPE_CHECKING:
    from detectors import Scanner
    from penstock.scanning import Place, Scanned

Files = Annotated[
    list[str] | None,
    typer.Argument(metavar="FILE", help="Files or folders, also .gz; - for standard input, also without."),
]
FileFormat = Annotated[
    str | None, typer.Option("--format", metavar="FORM", help="text, json or jsonl; by the file's name without.")
]
Families = Annotated[
    list[str] | None,
    typer.Option("--family", metavar="NAME", help="Look for this family only; may be repeated."),
]
Without = Annotated[
    list[str] | None, typer.Option("--without", metavar="TYPE", help="Leave this type out; may be repeated.")
]
Informational = Annotated[bool, typer.Option("--informational", help="Report addresses of pages, dates and UUIDs too.")]
MinScore = Annotated[
    float, typer.Option("--min-score", metavar="N", min=0, max=1, help="Leave findings below this score out.")
]
AllowedHosts = Annotated[
    list[str] | None,
    typer.Option("--allow-host", metavar="HOST", help="Links may carry data to HOST or *.HOST; may be repeated."),
]
BaselineFile = Annotated[
    Path | None, typer.Option("--baseline", metavar="FILE", help="Accept the findings that FILE knows.")
]
UpdateBaseline = Annotated[
    bool, typer.Option("--update-baseline", help="Write all findings to the baseline and accept them.")
]
BaselineKey = Annotated[
    Path | None,
    typer.Option("--baseline-key", metavar="FILE", help="Key of the baseline, hex; kept in the baseline without."),
]
PlanCache = Annotated[
    Path | None,
    typer.Option("--plan-cache", metavar="FILE", help="Keep the compiled detectors in FILE for the next start."),
]
Sarif = Annotated[bool, typer.Option("--sarif", help="Print one SARIF 2.1.0 log.")]
Redacted = Annotated[bool, typer.Option("--redact", help="Print the one FILE without its findings.")]
ShowProgress = Annotated[
    bool | None, typer.Option("--progress/--no-progress", help="Show progress; only on a terminal by default.")
]


def scan(
    files: Files = None,
    format_: FileFormat = None,
    family: Families = None,
    without: Without = None,
    informational: Informational = False,
    min_score: MinScore = 0.0,
    allow_host: AllowedHosts = None,
    baseline: BaselineFile = None,
    update_baseline: UpdateBaseline = False,
    baseline_key: BaselineKey = None,
    plan_cache: PlanCache = None,
    sarif: Sarif = False,
    redact: Redacted = False,
    progress: ShowProgress = None,
    json: Json = False,
) -> None:
    """Find credentials, personal and internal data in files, and never print them. Exit 1 when there is a finding."""
    from penstock.scan_files import STDIN, Format, expand

    if sum((sarif, redact, json)) > 1:
        raise typer.BadParameter("one of --json, --sarif and --redact", param_hint="--sarif")
    if (update_baseline or baseline_key is not None) and baseline is None:
        raise typer.BadParameter("is needed with --update-baseline and --baseline-key", param_hint="--baseline")
    try:
        how = None if format_ is None else Format(format_)
    except ValueError:
        raise typer.BadParameter("one of text, json and jsonl", param_hint="--format") from None
    sources = expand(files or [STDIN])
    scanner = _scanner(family or [], without or [], allow_host or [], informational, plan_cache)
    if redact:
        if len(sources) != 1 or baseline is not None or min_score > 0:
            raise typer.BadParameter("takes one FILE, no --baseline and no --min-score", param_hint="--redact")
        _print_redacted(scanner, sources[0], how)
        return
    scanned = _scan_all(scanner, sources, how, min_score, progress)
    if update_baseline and baseline is not None:
        _update(scanned, baseline, baseline_key)
        return
    shown, accepted = scanned.places, 0
    if baseline is not None:
        shown, accepted = _unknown(scanned.places, baseline, baseline_key)
    _print_all(scanned, shown, accepted, as_json=json, as_sarif=sarif)
    if shown or scanned.problems:
        raise typer.Exit(1)


def _scanner(
    families: list[str], without: list[str], hosts: list[str], informational: bool, plan_cache: Path | None
) -> Scanner:
    from detectors import Family, Profile, Scanner
    from detectors.pii.table import INFORMATIONAL
    from penstock.scanning import LIMITS
    from streams.plan_cache import read_plan, write_plan
    from streams.recognizers import read_recognizers
    from streams.settings import load_settings

    extra = read_recognizers(load_settings().presidio_file)
    try:
        wanted = frozenset(map(Family, families)) or frozenset(Family)
    except ValueError:
        raise typer.BadParameter(f"one of {', '.join(Family)}", param_hint="--family") from None
    if without and set(without) - Scanner(extra=extra).types:
        raise typer.BadParameter("names a type that no detector has; see docs/detectors.md", param_hint="--without")
    left_out = frozenset(without) | (frozenset() if informational else INFORMATIONAL)
    profile = Profile(families=wanted, without=left_out, allowed_hosts=frozenset(hosts))
    kept = None if plan_cache is None else read_plan(plan_cache)
    scanner = Scanner(profile, limits=LIMITS, plan=kept, extra=extra)
    if plan_cache is not None:
        write_plan(plan_cache, scanner.plan_bytes(), before=kept)
    return scanner


def _scan_all(scanner: Scanner, sources: list[str], how: object, min_score: float, progress: bool | None) -> Scanned:
    from penstock.progress import bar
    from penstock.scan_files import Format
    from penstock.scanning import Scanned, scan_file

    scanned = Scanned()
    is_shown = len(sources) > 1 and sys.stderr.isatty() if progress is None else progress
    with bar("files scanned", total=len(sources), is_shown=is_shown) as advance:
        for source in sources:
            scan_file(scanner, source, how if isinstance(how, Format) else None, scanned)
            advance()
    scanned.places = [place for place in scanned.places if place.finding.score >= min_score]
    return scanned


def _unknown(places: list[Place], baseline: Path, key: Path | None) -> tuple[list[Place], int]:
    from penstock.printing import note
    from penstock.scan_baseline import load_baseline, read_key

    known = load_baseline(baseline, None if key is None else read_key(key))
    shown, gone = known.unknown(places)
    if gone:
        note(f"{gone} findings of the baseline were not there any more; --update-baseline forgets them")
    return shown, len(places) - len(shown)


def _update(scanned: Scanned, baseline: Path, key: Path | None) -> None:
    from penstock.printing import note
    from penstock.scan_baseline import make_baseline, read_key, save_baseline
    from penstock.scan_report import problem_line

    made, refused = make_baseline(scanned.places, None if key is None else read_key(key))
    save_baseline(made, baseline)
    note(f"{len(scanned.places) - refused} findings accepted in {baseline}")
    for problem in scanned.problems:
        note(problem_line(problem))
    if refused:
        note(f"{refused} findings cannot be accepted, because their value has no text of its own")
    if refused or scanned.problems:
        raise typer.Exit(1)


def _print_all(scanned: Scanned, shown: list[Place], accepted: int, *, as_json: bool, as_sarif: bool) -> None:
    from importlib.metadata import version

    from penstock import scan_report
    from penstock.printing import note, print_json, print_line, table

    if as_sarif:
        print_json(scan_report.sarif(shown, scanned.problems, version=version("penstock")))
    elif as_json:
        for place in shown:
            print_json(scan_report.place_json(place))
        for problem in scanned.problems:
            print_json(scan_report.problem_json(problem))
    else:
        for line in table(scan_report.rows(shown)):
            print_line(line)
    if not as_json and not as_sarif:
        for problem in scanned.problems:
            note(scan_report.problem_line(problem))
    note(scan_report.summary(scanned, shown, accepted))


def _print_redacted(scanner: Scanner, source: str, how: object) -> None:
    from penstock.printing import note
    from penstock.scan_files import Format
    from penstock.scan_redaction import redacted_pieces

    count = 0
    for piece, found in redacted_pieces(scanner, source, how if isinstance(how, Format) else None):
        sys.stdout.buffer.write(piece)
        count += found
    sys.stdout.buffer.flush()
    note(f"{count} findings redacted")
    if count:
        raise typer.Exit(1)
