"""Takes findings and whole fields out of a JSON value; the rest keeps its shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from detectors.embedded import bare_spans
from detectors.finding import Finding
from detectors.internal import INTERNAL_FIELD
from detectors.leaves import is_container
from detectors.paths import ROOT, child_index, child_name, child_position, key_position
from detectors.redaction import (
    Action,
    Choice,
    RedactionDetail,
    RedactionError,
    default_reason,
    redact_leaf,
)

_REMOVED: Any = object()


@dataclass(frozen=True, slots=True)
class RedactionJson:
    """A redacted JSON value and what was done.

    >>> RedactionJson({"status": "ok"}, ()).original_fields_redacted
    0
    """

    value: Any
    details: tuple[RedactionDetail, ...]

    @property
    def original_fields_redacted(self) -> int:
        """How many distinct fields were redacted."""
        return len({detail.field for detail in self.details})


def redact_json(
    value: Any,
    findings: Iterable[Finding],
    *,
    action: Action | Callable[[Finding], Action] = Action.MASK,
    remove_fields: Sequence[tuple[str, str]] = (),
    reason: Callable[[Finding], str] = default_reason,
    token_key: bytes | None = None,
    typed: bool = False,
) -> RedactionJson:
    """A new value without the findings and without the fields of `remove_fields` (path, reason); one detail per field.

    A number, a boolean or a container with a finding is replaced as a whole; in JSON that stands in a field as text, by
    a string, so that it stays JSON. A path of `remove_fields` that the value
    does not have removes nothing. Findings inside a removed field go with it. A finding in a field name changes the
    name; when two names become equal the later one gets a number. With `typed` masks name the type.

    >>> finding = Finding("US_SSN", "pii", 0, 11, 0.9, "presidio", field="customer.ssn")
    >>> done = redact_json({"customer": {"ssn": "219-09-9999"}}, [finding])
    >>> done.value
    {'customer': {'ssn': '[REDACTED]'}}
    >>> done.details[0].field, done.details[0].reason, done.details[0].action
    ('customer.ssn', 'PII detected', 'replaced with [REDACTED]')

    Raises:
        RedactionError: when a finding names no field of the value or lies outside it, or a token is wanted without a
            key.
    """
    work = _Work(findings, dict(remove_fields), Choice(action, reason, token_key, typed))
    result = work.run(value)
    return RedactionJson(result, tuple(work.details))


class _Work:
    """One pass over one value, in document order, with its own stack."""

    def __init__(self, findings: Iterable[Finding], removals: dict[str, str], choice: Choice) -> None:
        self.details: list[RedactionDetail] = []
        self._choice = choice
        self._removals = removals
        self._by_field: dict[str, list[Finding]] = {}
        for finding in sorted(findings, key=lambda finding: (finding.start, finding.end)):
            self._by_field.setdefault(finding.field or ROOT, []).append(finding)
        self._missing = set(self._by_field)
        self._gone: list[str] = []

    def run(self, value: Any) -> Any:
        """The redacted value."""
        top = "" if is_container(value) else ROOT
        result = self._visit(value, top)
        if result is _REMOVED:
            result = None
        # Each entry: the copy being filled and the children still to come. Children are taken one at a time, so that
        # details come in document order.
        stack = [(result, self._children(value, top))] if is_container(value) and is_container(result) else []
        while stack:
            copy, children = stack[-1]
            entry = next(children, None)
            if entry is None:
                stack.pop()
                continue
            name, path, child, key_path = entry
            if key_path is not None:
                name = self._new_name(name, key_path, path)
            visited = _REMOVED if name is _REMOVED else self._visit(child, path)
            if visited is _REMOVED:
                continue
            if isinstance(copy, dict):
                copy[_free_name(copy, name) if key_path else name] = visited
            else:
                copy.append(visited)
            if is_container(child) and is_container(visited):
                stack.append((visited, self._children(child, path)))
        unmatched = [path for path in self._missing if not path.startswith(tuple(self._gone) or ("\x00",))]
        if unmatched:
            raise RedactionError(
                f"{len(unmatched)} findings name fields that the value does not have", code="REDACTION_FIELD_MISSING"
            )
        return result

    def _visit(self, value: Any, path: str) -> Any:
        findings = self._by_field.get(path, [])
        self._missing.discard(path)
        if path in self._removals:
            return self._remove(path, self._removals[path])
        if is_container(value):
            return self._whole(path, findings) if findings else ({} if isinstance(value, dict) else [])
        if not findings:
            return value
        if not isinstance(value, str) or any(_is_about_all(finding, value) for finding in findings):
            return self._whole(path, findings)
        text, action, chosen = redact_leaf(value, findings, self._choice, bare=bare_spans(value))
        if text is None:
            return self._remove(path, self._choice.reason(chosen))
        self._note(path, action, chosen)
        return text

    def _whole(self, path: str, findings: list[Finding]) -> Any:
        action, chosen = self._choice.strictest(findings)
        if action is Action.REMOVE_FIELD:
            return self._remove(path, self._choice.reason(chosen))
        # A part of a number is no number, and a digest of a container says nothing: both become the mask.
        self._note(path, Action.MASK, chosen)
        self._forget_below(path)
        return self._choice.mask_of(chosen)

    def _remove(self, path: str, reason: str) -> Any:
        self.details.append(RedactionDetail(path or ROOT, reason, Action.REMOVE_FIELD.words))
        self._forget_below(path)
        return _REMOVED

    def _forget_below(self, path: str) -> None:
        self._gone.extend((f"{path}.", f"{path}[", f"{path}{{"))

    def _note(self, path: str, action: Action, chosen: Finding) -> None:
        words = self._choice.words_of(action, chosen)
        self.details.append(RedactionDetail(path or ROOT, self._choice.reason(chosen), words))

    def _new_name(self, name: str, key_path: str, path: str) -> Any:
        """The name without its findings; `_REMOVED` when the member goes with it."""
        self._missing.discard(key_path)
        text, action, chosen = redact_leaf(name, self._by_field[key_path], self._choice)
        self._note(key_path, action, chosen)
        if text is None:
            self._missing.discard(path)
            self._forget_below(path)
            return _REMOVED
        return text

    def _children(self, value: Any, path: str) -> Iterator[tuple[Any, str, Any, str | None]]:
        """The name, path, value and, where the name holds a finding, the path of the name of each child."""
        if not isinstance(value, dict):
            for index, child in enumerate(value):
                yield None, child_index(path, index), child, None
            return
        for position, (name, child) in enumerate(value.items()):
            key_path = key_position(path, position)
            if key_path in self._by_field:
                yield name, child_position(path, position), child, key_path
            else:
                yield name, child_name(path, name), child, None


def _is_about_all(finding: Finding, text: str) -> bool:
    """Whether a field itself is internal, and not one of the JSON that stands in it as text."""
    return finding.type == INTERNAL_FIELD and (finding.start, finding.end) == (0, len(text))


def _free_name(taken: dict[str, Any], name: str) -> str:
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name} {number}"
    return candidate
