"""From document trees to output rules and field rules."""

from __future__ import annotations

from collections.abc import Mapping

from detectors.severity import Severity
from policies.decisions import FindingAction, OutputDecision
from policies.documents import OutputMatch, OutputRule
from policies.errors import ProblemCode
from policies.nodes import Node
from policies.paths import PathPattern, parse_pattern
from policies.reader import Reader

AUDIENCES = ("internal", "customer", "partner", "public")
OUTPUT_WORDS: Mapping[str, OutputDecision] = {decision.value.lower(): decision for decision in OutputDecision}
_FIELD_WORDS = {word: decision for word, decision in OUTPUT_WORDS.items() if decision is not OutputDecision.ALLOW}
_ACTION_WORDS = {action.value: action for action in FindingAction}
MAX_CHUNKS = 1_000_000
_SEVERITIES = {severity.value: severity for severity in Severity}
_FIELD_MATCH_FIELDS = ("audiences", "topics", "fields", "tenants")
_MATCH_FIELDS = ("findings", "severities", *_FIELD_MATCH_FIELDS, "chunk_limit")


def parse_output_rules(reader: Reader, node: Node | None, *, document: str) -> tuple[OutputRule, ...] | None:
    """The output rules of a document in order, None when it has no such section."""
    if node is None:
        return None
    items = reader.items(node, what="output_rules", may_be_empty=True) or ()
    rules = (
        _parse_rule(reader, item, document=document, default_id=f"{document}/output_rules/{index}")
        for index, item in enumerate(items)
    )
    return tuple(rule for rule in rules if rule is not None)


def _parse_rule(reader: Reader, node: Node, *, document: str, default_id: str) -> OutputRule | None:
    known = ("id", "match", "decision", "reason", "action")
    fields = reader.fields(node, what="output rule", known=known, required=("match", "decision"))
    if fields is None:
        return None
    rule_id = reader.name(fields.get("id"), what="id") or default_id
    match = _parse_match(reader, fields["match"], known=_MATCH_FIELDS) if "match" in fields else None
    decision = reader.word(fields.get("decision"), what="decision", known=OUTPUT_WORDS)
    action = reader.word(fields.get("action"), what="action", known=_ACTION_WORDS)
    reason = reader.text(fields.get("reason"), what="reason")
    if decision is None or match is None:
        return None
    if decision is not OutputDecision.REDACT and "action" in fields:
        message = f"action has no effect beside decision {decision.value.lower()}"
        reader.report_key(node, "action", ProblemCode.CONTRADICTION, message)
    if match.is_about_output and decision is not OutputDecision.QUARANTINE:
        message = "chunk_limit without findings or severities judges the output itself, which can only be quarantined"
        reader.report_key(node, "decision", ProblemCode.CONTRADICTION, message)
    if decision is OutputDecision.REDACT:
        action = action or FindingAction.MASK
    return OutputRule(rule_id, document, match, decision, action, reason or f"rule {rule_id} matched")


def parse_field_rules(reader: Reader, node: Node | None, *, document: str) -> tuple[OutputRule, ...] | None:
    """The field rules of a document, None when it has no such section."""
    if node is None:
        return None
    rules: list[OutputRule] = []
    for index, item in enumerate(reader.items(node, what="field_rules", may_be_empty=True) or ()):
        known = ("id", "match", "decision", "reason")
        fields = reader.fields(item, what="field rule", known=known, required=("match", "reason"))
        if fields is None or "match" not in fields:
            continue
        rule_id = reader.name(fields.get("id"), what="id") or f"{document}/field_rules/{index}"
        match = _parse_match(reader, fields["match"], known=_FIELD_MATCH_FIELDS, required=("fields",))
        decision = reader.word(fields.get("decision"), what="decision of a field rule", known=_FIELD_WORDS)
        reason = reader.text(fields.get("reason"), what="reason")
        if match is not None and match.fields and reason is not None:
            decision = decision or OutputDecision.REDACT
            action = FindingAction.REMOVE_FIELD if decision is OutputDecision.REDACT else None
            rules.append(OutputRule(rule_id, document, match, decision, action, reason))
    return tuple(rules)


def _parse_match(
    reader: Reader, node: Node, *, known: tuple[str, ...], required: tuple[str, ...] = ()
) -> OutputMatch | None:
    fields = reader.fields(node, what="match", known=known, required=required)
    if fields is None:
        return None
    if node.value == {}:
        message = 'match is empty and would match everything; write findings: ["*"] when that is meant'
        reader.report(node, ProblemCode.MISSING_KEY, message)
        return None

    def read_audience(item: Node) -> str | None:
        return reader.word(item, what="audience", known={name: name for name in AUDIENCES})

    def read_severity(item: Node) -> Severity | None:
        return reader.word(item, what="severity", known=_SEVERITIES)

    def read_pattern(item: Node) -> PathPattern | None:
        text = reader.text(item, what="an item of fields", max_chars=256)
        if text is None:
            return None
        try:
            return parse_pattern(text)
        except ValueError as error:
            reader.report(item, ProblemCode.BAD_GLOB, str(error))
            return None

    limit = reader.number(fields.get("chunk_limit"), what="chunk_limit", low=1, high=MAX_CHUNKS, is_whole=True)
    return OutputMatch(
        findings=reader.globs(fields.get("findings"), what="findings"),
        severities=reader.each(fields.get("severities"), read_severity, what="severities"),
        audiences=reader.each(fields.get("audiences"), read_audience, what="audiences"),
        topics=reader.globs(fields.get("topics"), what="topics", dotted=True),
        fields=reader.each(fields.get("fields"), read_pattern, what="fields"),
        tenants=reader.globs(fields.get("tenants"), what="tenants"),
        chunk_limit=None if limit is None else int(limit),
    )
