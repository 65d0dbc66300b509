"""From document trees to the sections on agents' conduct: `autonomy_records` and `circuit_breakers`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policies.autonomy_documents import (
    DEFAULT_COOL_OFF_DAYS,
    DEFAULT_ERROR_PROBABILITY,
    DEFAULT_MIN_COUNT,
    DEFAULT_OPEN_S,
    DEFAULT_PROBES,
    DEFAULT_WINDOW_S,
    PER_WORDS,
    AutonomyRecords,
    CircuitBreaker,
    RecordsPer,
)
from policies.errors import ProblemCode
from policies.nodes import Node
from policies.reader import Reader

# Keys of a document that this module reads, and the field of `Document` that each fills.
CONDUCT_SECTIONS: Final[Mapping[str, str]] = {
    "autonomy_records": "autonomy_records",
    "circuit_breakers": "circuit_breakers",
}
RECORDS_FIELDS: Final = ("per", "evidence", "evidence_error_probability", "cool_off_days")
BREAKER_FIELDS: Final = (
    "id", "match", "error_rate_above", "denial_rate_above", "velocity", "window_sec", "min_count", "open_sec", "probes",
)  # fmt: skip
BREAKER_MATCH_FIELDS: Final = ("agents", "classes")
VELOCITY_FIELDS: Final = ("max", "window_sec")
_TRIGGERS: Final = ("error_rate_above", "denial_rate_above", "velocity")
# Limits of what a document may ask for: a year; a day of window, because state is kept for it; counts that a window of
# a day can reach.
MAX_DAYS: Final = 366
MAX_WINDOW_S: Final = 86_400
MAX_COUNT: Final = 1_000_000
MAX_PROBES: Final = 100
# Below this no record of a bearable length suffices. Source: the sum of `policies.evidence` ends at 1e12.
MIN_ERROR_PROBABILITY: Final = 1e-6


def parse_autonomy_records(reader: Reader, sections: Mapping[str, Node]) -> AutonomyRecords | None:
    """The `autonomy_records` of a document, None when it has none."""
    node = sections.get("autonomy_records")
    if node is None:
        return None
    if "autonomy_levels" not in sections:
        message = 'autonomy_records stands in the document that has "autonomy_levels"'
        reader.report(node, ProblemCode.MISSING_KEY, message)
    given = reader.fields(node, what="autonomy_records", known=RECORDS_FIELDS) or {}
    get = given.get
    per = reader.word(get("per"), what="per", known=PER_WORDS)
    needs_evidence = reader.flag(get("evidence"), what="evidence")
    error_probability = reader.number(
        get("evidence_error_probability"), what="evidence_error_probability", low=MIN_ERROR_PROBABILITY, high=0.5
    )
    cool_off = reader.number(get("cool_off_days"), what="cool_off_days", high=MAX_DAYS)
    if "evidence_error_probability" in given and not needs_evidence:
        message = "evidence_error_probability has no effect without evidence: true"
        reader.report_key(node, "evidence_error_probability", ProblemCode.CONTRADICTION, message)
    if needs_evidence:
        _check_provable(reader, sections.get("promotion_criteria"))
    return AutonomyRecords(
        per=per or RecordsPer.AGENT,
        needs_evidence=bool(needs_evidence),
        error_probability=DEFAULT_ERROR_PROBABILITY if error_probability is None else error_probability,
        cool_off_days=DEFAULT_COOL_OFF_DAYS if cool_off is None else cool_off,
    )


def _check_provable(reader: Reader, criteria: Node | None) -> None:
    """No number of clean actions shows a rate of 0, and every agent has one of at most 1."""
    rate = criteria.value.get("max_error_rate") if criteria is not None and isinstance(criteria.value, dict) else None
    if rate is not None and rate.value in (0, 1) and not isinstance(rate.value, bool):
        message = f"no evidence can show a max_error_rate of {rate.value}; write a rate between 0 and 1"
        reader.report(rate, ProblemCode.CONTRADICTION, message)


def parse_circuit_breakers(reader: Reader, node: Node | None, *, document: str) -> tuple[CircuitBreaker, ...] | None:
    """The `circuit_breakers` of a document, in order; None when it has no such section."""
    if node is None:
        return None
    items = reader.items(node, what="circuit_breakers", may_be_empty=True) or ()
    breakers = (
        _parse_breaker(reader, item, default_id=f"{document}/circuit_breakers/{index}")
        for index, item in enumerate(items)
    )
    return tuple(entry for entry in breakers if entry is not None)


def _parse_breaker(reader: Reader, node: Node, *, default_id: str) -> CircuitBreaker | None:
    fields = reader.fields(node, what="circuit breaker", known=BREAKER_FIELDS, required=("match",))
    if fields is None:
        return None
    get = fields.get
    agents = classes = None
    if "match" in fields:
        match = reader.fields(fields["match"], what="match of a circuit breaker", known=BREAKER_MATCH_FIELDS) or {}
        if fields["match"].value == {}:
            message = 'match of a circuit breaker needs agents or classes; write classes: ["*"] when all are meant'
            reader.report(fields["match"], ProblemCode.MISSING_KEY, message)
        agents = reader.globs(match.get("agents"), what="agents")
        classes = reader.globs(match.get("classes"), what="classes")
    if not any(name in fields for name in _TRIGGERS):
        message = f"a circuit breaker needs one of {', '.join(_TRIGGERS)}, else it never opens"
        reader.report(node, ProblemCode.MISSING_KEY, message)
    window = reader.number(get("window_sec"), what="window_sec", low=1, high=MAX_WINDOW_S)
    count = reader.number(get("min_count"), what="min_count", low=1, high=MAX_COUNT, is_whole=True)
    open_s = reader.number(get("open_sec"), what="open_sec", low=1, high=MAX_DAYS * 86_400)
    probes = reader.number(get("probes"), what="probes", low=1, high=MAX_PROBES, is_whole=True)
    breaker = CircuitBreaker(
        id=reader.name(get("id"), what="id") or default_id,
        agents=agents,
        classes=classes,
        error_rate_above=reader.number(get("error_rate_above"), what="error_rate_above", high=1),
        denial_rate_above=reader.number(get("denial_rate_above"), what="denial_rate_above", high=1),
        velocity=_parse_velocity(reader, get("velocity")),
        window_s=DEFAULT_WINDOW_S if window is None else window,
        min_count=DEFAULT_MIN_COUNT if count is None else int(count),
        open_s=DEFAULT_OPEN_S if open_s is None else open_s,
        probes=DEFAULT_PROBES if probes is None else int(probes),
    )
    if not any(name in fields for name in _TRIGGERS[:2]):
        for name in ("window_sec", "min_count"):
            if name in fields:
                message = f"{name} has no effect without error_rate_above or denial_rate_above"
                reader.report_key(node, name, ProblemCode.CONTRADICTION, message)
    return breaker


def _parse_velocity(reader: Reader, node: Node | None) -> tuple[int, int | float] | None:
    if node is None:
        return None
    fields = reader.fields(node, what="velocity", known=VELOCITY_FIELDS, required=VELOCITY_FIELDS) or {}
    most = reader.number(fields.get("max"), what="max", high=MAX_COUNT, is_whole=True)
    window = reader.number(fields.get("window_sec"), what="window_sec", low=1, high=MAX_WINDOW_S)
    return None if most is None or window is None else (int(most), window)
