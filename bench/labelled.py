"""How much the detectors find in labelled records, and how often they cry wolf.

    python -m bench.labelled FOLDER

FOLDER holds `NAME.jsonl.gz` (or `.jsonl`): one record a line, with `text` and `spans`, each with `start` and `end` as
character offsets; records without spans hold nothing that should be found. Records that say `"core": false`, or whose
find depends on a `path`, are left out, and so are those of a `category` that nobody agrees about. Mentions of links and
dates count as nothing. In files called `cred...` credentials and personal numbers count, in others every family but
what is only internal or suspicious, in files called `internal...` every finding.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Run as a file, this folder would stand before the package of the same name.
sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != Path(__file__).parent]
sys.path.insert(0, str(Path(__file__).parents[1]))

from detectors import Family, Finding, Scanner

_MENTIONS = frozenset({"URL", "DATE_TIME"})
# What code and configuration may rightly hold.
_HARMLESS_IN_CODE = _MENTIONS | {"EMAIL_ADDRESS", "IP_ADDRESS", "MAC_ADDRESS", "PHONE_NUMBER", "PERSON", "LOCATION"}
# Categories of CredData whose members are secrets to some and not to others.
_UNDECIDED = frozenset({"UUID", "Nonce", "Salt", "Firebase Domain", "AWS S3 Bucket"})


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one file: of the records with spans and of those without. A share of no records is 0."""

    name: str
    positives: int
    recall: float
    covered: float
    negatives: int
    alerts: float


def counts(name: str) -> Callable[[Finding], bool]:
    """Which findings count in a file."""
    if name.startswith("internal"):
        return lambda finding: finding.type not in _MENTIONS
    harmless = _HARMLESS_IN_CODE if name.startswith("cred") else _MENTIONS
    return lambda finding: finding.type not in harmless and finding.family not in (Family.INTERNAL, Family.SUSPICIOUS)


def records(file: Path) -> Iterator[Mapping[str, Any]]:
    """The records of a file that take part."""
    text = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    for line in text.decode("utf-8").split("\n"):
        if not line:
            continue
        record: dict[str, Any] = json.loads(line)
        if record.get("core", True) and not record.get("path") and not record.get("other_gitleaks_rules_fire"):
            categories = record.get("category")
            if categories is None or set(categories) - _UNDECIDED:
                yield record


def figures(file: Path, scanner: Scanner) -> Row:
    """The figures of one file."""
    name = file.name.partition(".")[0]
    is_counted = counts(name)
    positives = negatives = hits = whole = alerts = 0
    for record in records(file):
        found = [finding for finding in scanner.scan(record["text"]) if is_counted(finding)]
        places = {place for finding in found for place in range(finding.start, finding.end)}
        spans = [range(span["start"], span["end"]) for span in record.get("spans") or ()]
        if spans:
            positives += 1
            hits += any(not places.isdisjoint(span) for span in spans)
            whole += all(sum(place in places for place in span) >= 0.9 * len(span) for span in spans)
        elif not name.endswith("_tp"):
            negatives += 1
            alerts += bool(found)
    share = 1 / max(1, positives)
    return Row(name, positives, hits * share, whole * share, negatives, alerts / max(1, negatives))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    scanner = Scanner()
    print(f"{'':28}{'with spans':>11}{'found':>8}{'covered':>9}{'without':>9}{'alerts':>8}")
    for file in sorted(parser.parse_args().folder.glob("*.jsonl*")):
        row = figures(file, scanner)
        left = f"{row.positives:11}{row.recall:8.3f}{row.covered:9.3f}" if row.positives else f"{'':28}"
        right = f"{row.negatives:9}{row.alerts:8.4f}" if row.negatives else ""
        print(f"{row.name:28}{left}{right}")


if __name__ == "__main__":
    main()
