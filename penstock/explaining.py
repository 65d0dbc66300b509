"""Why an event would be decided as it would: one event, one bundle, no Kafka and no memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from detectors import Scanner
from penstock.errors import CommandError
from penstock.evaluating import ZERO_KEY
from penstock.event_files import STDIN
from policies.bundle import Bundle
from policies.cases import load_state
from policies.decisions import Derived
from streams.events import Kind
from streams.intake import TOPIC_OF_KIND, Event, Position, Reader
from streams.output_step import finding_event, judge
from streams.terms import Terms, gate_scanner


def read_event(source: str, *, max_event_bytes: int) -> Event:
    """The action or output in a file, on standard input for `-`, or in `source` itself when it begins with a brace.

    Raises:
        CommandError: it cannot be read, or is no valid action or output.
    """
    raw = _raw(source).strip()
    try:
        kind = Kind(orjson.loads(raw).get("kind", Kind.ACTION))
    except (orjson.JSONDecodeError, AttributeError, ValueError):
        # The gate's own reading says what is wrong.
        kind = Kind.ACTION
    if kind not in (Kind.ACTION, Kind.OUTPUT):
        raise _unreadable(f"an event of kind {kind.value} is not decided by policy")
    intake = Reader(1, max_event_bytes).read(Position(TOPIC_OF_KIND[kind], 0, 0), key=None, value=raw, headers=())
    if not isinstance(intake, Event):
        raise _unreadable(f"{getattr(intake, 'code', 'misrouted')} {getattr(intake, 'detail', '')}")
    return intake


def read_given_state(source: str) -> Derived:
    """What the gate would know of the agent, in a file or in `source` itself when it begins with a brace.

    Raises:
        CommandError: it cannot be read.
        PolicyLoadError: it is no state as cases have it.
    """
    try:
        return load_state(_raw(source).decode())
    except UnicodeDecodeError:
        raise CommandError("STATE is no UTF-8", code="FILE_UNREADABLE", advice="STATE is JSON as in a case") from None


def _raw(source: str) -> bytes:
    if source.lstrip().startswith("{"):
        return source.encode("utf-8", "surrogateescape")
    if source == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as exc:
        raise CommandError(
            f"cannot read {source[:200]}: {exc.strerror}",
            code="FILE_UNREADABLE",
            advice="it is a JSON file, - or a JSON object",
        ) from None


def _unreadable(what: str) -> CommandError:
    return CommandError(what, code="EVENT_UNREADABLE", advice="EVENT is one JSON action or output")


def explain_event(bundle: Bundle, event: Event, derived: Derived, *, scanner: Scanner | None = None) -> dict[str, Any]:
    """Every rule considered and the verdict; for an output every finding, never its text, and what becomes of it.

    `scanner` is the gate's; without one it is that of a gate without recognizers of the operator's own.
    """
    if event.kind is Kind.ACTION:
        return bundle.explain(event.fields, derived)
    # The gate's own judgement: a scan that fails or a redaction that cannot be done ends in quarantine here too.
    judged = judge(Terms(bundle, scanner or gate_scanner(), ZERO_KEY), event)
    verdict = bundle.decide_output(event.fields, judged.findings)
    return {
        "policy_snapshot": bundle.short,
        "findings": [
            {
                **finding_event(finding),
                "decision": one.decision.value,
                "action": None if one.action is None else one.action.value,
                "reason": one.reason,
                "reason_code": one.reason_code.value,
                "rule_id": one.rule_id,
            }
            for finding, one in zip(judged.findings, verdict.findings, strict=True)
        ],
        "remove_fields": [{"field": removal.path, "reason": removal.reason} for removal in verdict.remove_fields],
        "verdict": {
            "decision": judged.decision.value,
            "reason": judged.reason,
            "reason_code": judged.reason_code,
            "rule_id": judged.rule_id,
            "document": judged.document,
        },
    }


def explanation_lines(explanation: dict[str, Any]) -> Iterator[str]:
    """An explanation for a person: the verdict, then what led to it."""
    verdict = explanation["verdict"]
    rule = f" by {verdict['document']}/{verdict['rule_id']}" if verdict["rule_id"] else ""
    yield f"{verdict['decision']}{rule}: {verdict['reason']} ({verdict['reason_code']})"
    if verdict.get("constraints"):
        yield f"  constraints: {orjson.dumps(verdict['constraints']).decode()}"
    if verdict.get("remediation"):
        yield f"  remediation: {verdict['remediation']}"
    if verdict.get("missing"):
        yield f"  missing: {', '.join(verdict['missing'])}"
    for considered in explanation.get("considered", ()):
        yield from _considered(considered)
    for flow in explanation.get("workflows", ()):
        yield from _flow(flow)
    for finding in explanation.get("findings", ()):
        place = finding["field"] or "text"
        action = f" {finding['action']}" if finding["action"] else ""
        yield (
            f"  {finding['type']} in {place} {finding['start']}-{finding['end']} score {finding['score']}: "
            f"{finding['decision']}{action}, {finding['reason']} ({finding['rule_id'] or finding['reason_code']})"
        )
    for removal in explanation.get("remove_fields", ()):
        yield f"  {removal['field']}: removed, {removal['reason']}"


def _flow(flow: dict[str, Any]) -> Iterator[str]:
    """Where a workflow stands that the action concerns."""
    name = f"  workflow {flow['document']} {flow['workflow']}"
    if not flow["is_begun"]:
        yield f"{name}: not begun in this session"
        return
    yield f"{name}: {'over' if flow['is_over'] else 'begun'}"
    for step, standing in flow["steps"].items():
        chosen, why = flow["chosen"].get(step), flow["open"].get(step)
        more = f", chose {chosen}" if chosen is not None else f", {why}" if why is not None else ""
        yield f"      {standing:<11} {step}{more}"


def _considered(considered: dict[str, Any]) -> Iterator[str]:
    if "error" in considered:
        yield f"  cannot be evaluated: {considered['error']}"
        return
    yield f"  as class {considered['class'] or 'unknown'}:"
    for entry in considered["lists"]:
        level = f" level {entry['level']}" if entry["level"] is not None else ""
        vote = entry["vote"]
        voted = "abstains" if vote is None else f"votes {', '.join(vote['rule_ids'])}"
        if vote is not None and vote["may_abstain"]:
            voted += " or abstains"
        yield f"    {entry['document']} {entry['kind']}{level}: {voted}"
        for rule in entry["rules"]:
            yield f"      {rule['result']:<11} {rule['id']} -> {rule['decision']}"
            for because in rule["because"]:
                wanted, value = orjson.dumps(because["wanted"]).decode(), orjson.dumps(because["value"]).decode()
                yield (
                    f"                    {because['condition']} {wanted}: {because['field']} is {value}, "
                    f"{because['result']}"
                )
