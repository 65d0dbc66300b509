"""What the topics say about the audit sample: who was picked with which chance, and what reviewers said.

Read from records' values, in whatever order they come: samples, and of the audit log the decisions, which tell how many
a stratum has, and the verdicts on samples that the gate took. A review as it was sent counts for nothing: it may be
forged, or its reviewer may not say it. Everything that cannot be used is counted, never passed over in silence.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import orjson

from penstock.errors import CommandError
from penstock.event_files import STDIN, open_lines
from policies.estimators import Stratum
from policies.people import identity


class Unusable(StrEnum):
    """Why a record was not used."""

    OTHER_RECORD = "other_record"
    DAMAGED = "damaged"
    NO_SAMPLE = "no_sample"
    OTHER_DIGEST = "other_digest"
    SELF_REVIEW = "self_review"
    UNSURE = "unsure"


# What a reviewer's verdict says about the decision that was sampled; None when it says nothing.
_IS_WRONG: Final[dict[str, bool | None]] = {"correct": False, "wrong": True, "unsure": None}


@dataclass(frozen=True, slots=True)
class Picked:
    """A decision that was picked: by which chance, in which stratum, and the digest that a reviewer must have seen."""

    agent_id: str
    stratum: str
    probability: float
    digest: str | None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one reviewer said about one sample."""

    sample_id: str
    reviewer: str
    digest: str
    is_wrong: bool | None


@dataclass(slots=True)
class SampleBook:
    """All records taken in so far. A reviewer's later verdict replaces the earlier one."""

    picked: dict[str, Picked] = field(default_factory=dict)
    drawn: Counter[tuple[str, float]] = field(default_factory=Counter)
    undrawn: int = 0
    unusable: Counter[Unusable] = field(default_factory=Counter)
    _opinions: dict[tuple[str, str], Opinion] = field(default_factory=dict)

    def take(self, value: object) -> None:
        """Take one record's value in."""
        if not isinstance(value, dict):
            self.unusable[Unusable.DAMAGED] += 1
        elif "inclusion_probability" in value:
            self._take_sample(value)
        elif value.get("kind") == "sample_review":
            self._take_review(value)
        elif value.get("kind") == "decision" and "sample" in value:
            self._take_decision(value)
        else:
            self.unusable[Unusable.OTHER_RECORD] += 1

    def _take_sample(self, value: dict[str, Any]) -> None:
        decision = value.get("decision")
        sample_id, known = value.get("sample_id"), decision if isinstance(decision, dict) else {}
        self._pick(
            sample_id,
            stratum=value.get("stratum"),
            probability=value.get("inclusion_probability"),
            agent_id=known.get("agent_id"),
            digest=known.get("action_digest"),
        )

    def _take_decision(self, value: dict[str, Any]) -> None:
        sample, decision = value["sample"], value.get("decision")
        if sample is None:
            self.undrawn += 1
            return
        if not isinstance(sample, dict) or not isinstance(decision, dict):
            self.unusable[Unusable.DAMAGED] += 1
            return
        stratum, probability = sample.get("stratum"), _probability(sample.get("probability"))
        if not isinstance(stratum, str) or probability is None:
            self.unusable[Unusable.DAMAGED] += 1
            return
        self.drawn[stratum, probability] += 1
        if sample.get("selected") is True:
            self._pick(
                decision.get("decision_id"),
                stratum=stratum,
                probability=probability,
                agent_id=decision.get("agent_id"),
                digest=decision.get("action_digest"),
            )

    def _pick(
        self, sample_id: object, *, stratum: object, probability: object, agent_id: object, digest: object
    ) -> None:
        chance = _probability(probability)
        is_whole = isinstance(sample_id, str) and isinstance(stratum, str) and isinstance(agent_id, str)
        if not is_whole or not chance:
            self.unusable[Unusable.DAMAGED] += 1
            return
        seen = digest if isinstance(digest, str) else None
        self.picked[str(sample_id)] = Picked(str(agent_id), str(stratum), chance, seen)

    def _take_review(self, value: dict[str, Any]) -> None:
        names = ("sample_id", "reviewer", "digest", "verdict")
        sample_id, reviewer, digest, verdict = (value.get(name) for name in names)
        is_whole = isinstance(sample_id, str) and isinstance(digest, str) and isinstance(reviewer, str)
        if not is_whole or not str(reviewer).strip() or str(verdict) not in _IS_WRONG:
            self.unusable[Unusable.DAMAGED] += 1
            return
        person = identity(str(reviewer))
        opinion = Opinion(str(sample_id), person, str(digest), _IS_WRONG[str(verdict)])
        self._opinions[opinion.sample_id, person] = opinion

    def opinions(self) -> tuple[dict[str, list[bool]], Counter[Unusable]]:
        """Per sample whether each reviewer found it wrong, in the order of their first words; and what was left out."""
        found: dict[str, list[bool]] = {}
        left_out: Counter[Unusable] = Counter()
        for opinion in self._opinions.values():
            picked = self.picked.get(opinion.sample_id)
            if picked is None:
                left_out[Unusable.NO_SAMPLE] += 1
            elif opinion.reviewer == identity(picked.agent_id):
                left_out[Unusable.SELF_REVIEW] += 1
            elif picked.digest is not None and opinion.digest != picked.digest:
                left_out[Unusable.OTHER_DIGEST] += 1
            elif opinion.is_wrong is None:
                left_out[Unusable.UNSURE] += 1
            else:
                found.setdefault(opinion.sample_id, []).append(opinion.is_wrong)
        return found, left_out

    def strata(self, opinions: dict[str, list[bool]]) -> list[Stratum]:
        """The strata in the order of their names; a sample is wrong when any reviewer says so.

        Where the audit log was not read, a stratum's size is estimated as its samples over their chance.
        """
        sampled: Counter[tuple[str, float]] = Counter()
        reviewed: Counter[tuple[str, float]] = Counter()
        defects: Counter[tuple[str, float]] = Counter()
        for sample_id, picked in self.picked.items():
            group = (picked.stratum, picked.probability)
            sampled[group] += 1
            if sample_id in opinions:
                reviewed[group] += 1
                defects[group] += any(opinions[sample_id])
        groups = sorted(sampled.keys() | self.drawn.keys())
        return [
            Stratum(
                name=group[0],
                probability=group[1],
                population=max(self.drawn[group], sampled[group]) if self.drawn else sampled[group] / group[1],
                sampled=sampled[group],
                reviewed=reviewed[group],
                defects=defects[group],
            )
            for group in groups
        ]


def _probability(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)


def value_of(line: object) -> object:
    """The record's value in a line: the line itself, or what `penstock tail --json` and `audit export` wrap it in.

    Raises:
        orjson.JSONDecodeError: the wrapped value is not JSON.
    """
    if isinstance(line, dict) and "offset" in line and "partition" in line and "value" in line:
        inner = line["value"]
        return orjson.loads(inner) if isinstance(inner, str) else inner
    return line


def read_files(sources: list[str]) -> SampleBook:
    """All records in files of JSON lines, also `.gz`, `-` for standard input.

    Raises:
        EventFileError: a file cannot be opened or is damaged.
        CommandError: a line is not JSON, or a file is named twice.
    """
    named = [source if source == STDIN else str(Path(source).resolve()) for source in sources]
    if len(set(named)) < len(named):
        raise CommandError("a file is named twice", code="USAGE", advice="its decisions would count twice")
    book = SampleBook()
    for source in sources:
        with open_lines(source) as chunks:
            for chunk in chunks:
                for line in chunk:
                    try:
                        parsed = orjson.loads(line.raw)
                        if isinstance(parsed, dict) and "checkpoint" in parsed and len(parsed) == 1:
                            continue
                        value = value_of(parsed)
                    except orjson.JSONDecodeError:
                        raise CommandError(
                            f"{source}:{line.number}: not JSON",
                            code="FILE_UNREADABLE",
                            advice="FILE is JSON lines of samples and audit records",
                        ) from None
                    book.take(value)
    return book
