"""From an output's findings and content to a verdict.

Each document's output rules are one first-match list that judges every finding for itself; the strictest vote over
the documents wins, and a finding that no rule covers is quarantined. A rule with nothing but a limit of chunks (and
whom the output is for) judges the output itself. Field rules are no list: each that applies takes its fields out of the
content, or quarantines it. As for actions, an absent field decides as its strictest value.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from detectors.embedded import is_document
from detectors.severity import severity_of
from policies.decisions import (
    FieldRemoval,
    FindingLike,
    FindingVerdict,
    OutputDecision,
    OutputVerdict,
    ReasonCode,
)
from policies.documents import OutputRule
from policies.fields import MAX_CONTENT_DEPTH, MAX_CONTENT_VALUES, ContentLimitError, FieldIndex
from policies.globs import matches_any
from policies.paths import PathPattern, parse_steps

_Vote = tuple[int, int]


class OutputEvaluator:
    """Judges outputs by the output documents of a bundle; one per bundle, built once."""

    def __init__(
        self, rule_lists: Sequence[Sequence[OutputRule]], field_rules: Sequence[OutputRule], *, has_policy: bool
    ) -> None:
        self._lists = tuple(tuple(rules) for rules in rule_lists)
        self._output_rules = tuple(rule for rules in self._lists for rule in rules if rule.match.is_about_output)
        self._field_rules = tuple(field_rules)
        self._fields = FieldIndex(field_rules)
        self._has_policy = has_policy

    def decide(self, output: Mapping[str, object], findings: Sequence[FindingLike]) -> OutputVerdict:
        """The verdict on an output; an error while evaluating is a quarantine of its own kind."""
        if not self._has_policy:
            return _quarantine("there is no output policy", ReasonCode.NO_POLICY)
        try:
            return self._decide(output, findings)
        except ContentLimitError:
            return _quarantine("the content is too large or too deep to look through", ReasonCode.LIMIT_EXCEEDED)
        except Exception as error:  # the boundary: whatever went wrong quarantines, and its type is recorded
            return _quarantine(f"evaluation failed: {type(error).__name__}", ReasonCode.EVALUATION_FAILED)

    def _decide(self, output: Mapping[str, object], findings: Sequence[FindingLike]) -> OutputVerdict:
        scope = _Scope(output)
        verdicts = tuple(self._judge(scope, finding) for finding in findings)
        applying = {rule.id for rule in self._field_rules if scope.holds(rule) is not False}
        content = output.get("content")
        hidden = frozenset(finding.field for finding in findings if finding.field and finding.field.endswith("}"))
        hits = self._fields.find(content, applying, hidden=hidden) if applying else []
        removals: list[FieldRemoval] = []
        all_verdicts = [*verdicts, *self._judge_output(scope)]
        for path, rule in hits:
            vote = FindingVerdict(
                rule.decision, rule.action, rule.reason, ReasonCode.FIELD_RULE_MATCHED, rule.id, rule.document
            )
            all_verdicts.append(vote)
            if rule.decision is OutputDecision.REDACT:
                removals.append(FieldRemoval(path, rule.reason))
        if applying:
            inside = self._field_in_text(content, applying, hidden=hidden, outside={path for path, _ in hits})
            if inside is not None:
                reason, code = f"{inside.reason}, inside JSON that was sent as text", ReasonCode.FIELDS_IN_TEXT
                vote = FindingVerdict(OutputDecision.QUARANTINE, None, reason, code, inside.id, inside.document)
                all_verdicts.append(vote)
        if not all_verdicts:
            return OutputVerdict(OutputDecision.ALLOW, "nothing was found", ReasonCode.NO_FINDINGS)
        best = max(all_verdicts, key=lambda vote: vote.decision.strictness)
        ranked = sorted(all_verdicts, key=lambda vote: -vote.decision.strictness)
        reasons = tuple(dict.fromkeys(vote.reason for vote in ranked))
        return OutputVerdict(
            best.decision,
            best.reason,
            best.reason_code,
            best.rule_id,
            best.document,
            verdicts,
            tuple(removals),
            reasons,
        )

    def _judge_output(self, scope: _Scope) -> Iterator[FindingVerdict]:
        """What rules about the output itself say; they only quarantine."""
        for rule in self._output_rules:
            holds = scope.holds(rule)
            if holds is not False:
                code = ReasonCode.RULE_MATCHED if holds else ReasonCode.FIELD_MISSING
                yield FindingVerdict(rule.decision, rule.action, rule.reason, code, rule.id, rule.document)

    def _field_in_text(
        self, content: object, applying: Collection[str], *, hidden: frozenset[str], outside: Collection[str]
    ) -> OutputRule | None:
        """The rule whose field stands in JSON that was sent as text: no path can take it out of there.

        `outside` are the fields that the rules select in the content as it is.
        """
        whole = _with_documents(content)
        if whole is content:
            return None
        hits = self._fields.find(whole, applying, hidden=hidden)
        return next((rule for path, rule in hits if path not in outside), None)

    def _judge(self, scope: _Scope, finding: FindingLike) -> FindingVerdict:
        """What happens to one finding: the strictest vote over all documents."""
        sure: list[OutputRule] = []
        unsure: list[OutputRule] = []
        is_covered = False
        for rules in self._lists:
            candidates: list[OutputRule] = []
            certain = False
            for rule in rules:
                holds = scope.holds(rule, finding)
                if holds is False:
                    continue
                candidates.append(rule)
                if holds:
                    certain = True
                    break
            is_covered = is_covered or certain
            (sure if certain and len(candidates) == 1 else unsure).extend(candidates)
        if not is_covered:
            code = ReasonCode.FIELD_MISSING if unsure else ReasonCode.NO_RULE_MATCHED
            reason = (
                "decided without the output's audience, topic or tenant" if unsure else "no rule covers the finding"
            )
            return FindingVerdict(OutputDecision.QUARANTINE, None, reason, code)
        rule = max((*sure, *unsure), key=_strictness)
        is_sure = bool(sure) and max(map(_strictness, sure)) == _strictness(rule)
        code = ReasonCode.RULE_MATCHED if is_sure else ReasonCode.FIELD_MISSING
        return FindingVerdict(rule.decision, rule.action, rule.reason, code, rule.id, rule.document)


def _strictness(rule: OutputRule) -> _Vote:
    return rule.decision.strictness, rule.action.strictness if rule.action else -1


def _quarantine(reason: str, code: ReasonCode) -> OutputVerdict:
    return OutputVerdict(OutputDecision.QUARANTINE, reason, code, reasons=(reason,))


class _Scope:
    """The fields of an output that rules read, checked once."""

    def __init__(self, output: Mapping[str, object]) -> None:
        self.audience = _text(output.get("audience"))
        self.topic = _text(output.get("topic"))
        self.tenant = _text(output.get("tenant_id"))
        #: The chunk's number, counted from 0; None for a whole output, infinite for a chunk without a number.
        self.chunk: float | None = math.inf if "sequence" in output or "final" in output else None
        sequence = output.get("sequence")
        if isinstance(sequence, int) and not isinstance(sequence, bool):
            self.chunk = sequence

    def holds(self, rule: OutputRule, finding: FindingLike | None = None) -> bool | None:
        """Whether a rule's conditions hold; None when only an absent field of the output leaves it open."""
        match = rule.match
        result: bool | None = True
        if match.chunk_limit is not None and (self.chunk is None or self.chunk < match.chunk_limit):
            return False
        if finding is not None:
            if match.severities is not None and severity_of(finding) not in match.severities:
                return False
            if match.findings is not None and not (
                matches_any(match.findings, finding.type) or matches_any(match.findings, finding.family)
            ):
                return False
            result = True if match.fields is None else _in_fields(match.fields, finding.field)
            if result is False:
                return False
        for globs, value in (
            (match.audiences, self.audience),
            (match.topics, self.topic),
            (match.tenants, self.tenant),
        ):
            if globs is None:
                continue
            if value is None:
                result = None
            elif not matches_any(globs, value):
                return False
        return result


def _with_documents(content: object) -> object:
    """The content with the JSON that stands in it as text read, one layer; the content itself when there is none."""
    if isinstance(content, str):
        return _read(content)
    # Copies of containers are made for those alone that hold such a text, from the inside out.
    copies: dict[int, object] = {}
    for container in reversed(_containers(content)):
        items: Iterable[tuple[object, object]] = (
            container.items() if isinstance(container, Mapping) else enumerate(container)
        )
        changed = {}
        for step, child in items:
            after = _read(child) if isinstance(child, str) else copies.get(id(child), child)
            if after is not child:
                changed[step] = after
        if changed and isinstance(container, Mapping):
            copies[id(container)] = {**container, **changed}
        elif changed:
            copies[id(container)] = [changed.get(place, child) for place, child in enumerate(container)]
    return copies.get(id(content), content)


def _containers(content: object) -> list[Mapping[object, object] | Sequence[object]]:
    found: list[Mapping[object, object] | Sequence[object]] = []
    waiting = [(content, 0)]
    while waiting:
        value, depth = waiting.pop()
        if not isinstance(value, (Mapping, list, tuple)):
            continue
        found.append(value)
        if len(found) > MAX_CONTENT_VALUES or depth > MAX_CONTENT_DEPTH:
            raise ContentLimitError
        waiting.extend((child, depth + 1) for child in (value.values() if isinstance(value, Mapping) else value))
    return found


def _read(text: str) -> object:
    if not is_document(text):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
    except RecursionError:
        raise ContentLimitError from None


def _text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("not text")
    return value


def _in_fields(patterns: Sequence[PathPattern], field: str | None) -> bool | None:
    """Whether a finding lies in one of the fields; None when that depends on a name that its path hides."""
    if not field:
        return False  # a finding in plain text lies in no field
    steps = parse_steps(field)
    results = [pattern.selects(steps) for pattern in patterns]
    if True in results:
        return True
    return None if None in results else False
