"""Takes findings out of a text and says in words what was done.

# INVARIANT: the union of all spans is replaced and no other character changes.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from enum import StrEnum

from detectors.errors import GateError
from detectors.finding import Family, Finding
from detectors.paths import ROOT

MASK = "[REDACTED]"

#: Fewer letters and digits than this and the last four would give away too much, so the value is masked.
_PARTIAL_LEAST_CHARS = 9


class Action(StrEnum):
    """What happens to a finding.

    `mask` puts `[REDACTED]`, or the type (`<EMAIL_ADDRESS>`) where `typed` asks for it, `partial` keeps the last four
    letters or digits (values shorter than nine are masked), `token` puts a keyed digest that is equal for equal values,
    `remove_field` drops the whole field (a plain text becomes empty).

    >>> Action("mask").words
    'replaced with [REDACTED]'
    """

    MASK = "mask"
    PARTIAL = "partial"
    TOKEN = "token"  # noqa: S105 - the name of an action
    REMOVE_FIELD = "remove_field"

    @property
    def words(self) -> str:
        """The action as it stands in `redaction_details`."""
        return _WORDS[self]


_WORDS = {
    Action.MASK: f"replaced with {MASK}",
    Action.PARTIAL: "replaced with last four",
    Action.TOKEN: "replaced with token",
    Action.REMOVE_FIELD: "field removed",
}
# Where findings with different actions overlap or share a field, the stricter action holds.
_STRICTNESS = {Action.PARTIAL: 0, Action.TOKEN: 1, Action.MASK: 2, Action.REMOVE_FIELD: 3}

_REASONS = {
    Family.PII: "PII detected",
    Family.CREDENTIAL: "Credential detected",
    Family.INTERNAL: "System internals exposed",
    Family.SUSPICIOUS: "Suspicious content detected",
    Family.CUSTOM: "Custom rule matched",
}


class RedactionError(GateError):
    """Findings do not fit the value that they are to be taken out of; nothing was redacted, hold the output.

    `code` is REDACTION_SPAN_INVALID, REDACTION_FIELD_MISSING or REDACTION_KEY_MISSING.

    >>> RedactionError("a finding lies outside the text", code="REDACTION_SPAN_INVALID").code
    'REDACTION_SPAN_INVALID'
    """

    code = "REDACTION_SPAN_INVALID"
    advice = "hold the output for review"


@dataclass(frozen=True, slots=True)
class RedactionDetail:
    """One redacted field: its path, why, and what was done, in words.

    >>> RedactionDetail("content", "PII detected", Action.MASK.words).action
    'replaced with [REDACTED]'
    """

    field: str
    reason: str
    action: str


@dataclass(frozen=True, slots=True)
class Redaction:
    """A redacted text and what was done.

    >>> Redaction("clean", ()).original_fields_redacted
    0
    """

    text: str
    details: tuple[RedactionDetail, ...]

    @property
    def original_fields_redacted(self) -> int:
        """How many distinct fields were redacted."""
        return len({detail.field for detail in self.details})


def default_reason(finding: Finding) -> str:
    """The reason that a finding gives when no rule says otherwise.

    >>> default_reason(Finding("US_SSN", Family.PII, 0, 11, 0.9, "presidio"))
    'PII detected'
    """
    return _REASONS[finding.family]


@dataclass(frozen=True, slots=True)
class Choice:
    """How findings are treated: the action and reason for each, the key of tokens, and whether masks name the type."""

    action: Action | Callable[[Finding], Action]
    reason: Callable[[Finding], str]
    token_key: bytes | None
    is_typed: bool = False

    def mask_of(self, finding: Finding) -> str:
        """What stands for a masked finding."""
        return f"<{finding.type}>" if self.is_typed else MASK

    def words_of(self, action: Action, finding: Finding) -> str:
        """What was done, as it stands in `redaction_details`."""
        return f"replaced with {self.mask_of(finding)}" if action is Action.MASK else action.words

    def action_of(self, finding: Finding) -> Action:
        """The action for one finding."""
        return self.action if isinstance(self.action, Action) else Action(self.action(finding))

    def strictest(self, findings: Iterable[Finding]) -> tuple[Action, Finding]:
        """The strictest action over some findings, and the first finding that asks for it."""
        first, *rest = findings
        action, chosen = self.action_of(first), first
        for finding in rest:
            candidate = self.action_of(finding)
            if _STRICTNESS[candidate] > _STRICTNESS[action]:
                action, chosen = candidate, finding
        return action, chosen


def redact(
    text: str,
    findings: Iterable[Finding],
    *,
    action: Action | Callable[[Finding], Action] = Action.MASK,
    reason: Callable[[Finding], str] = default_reason,
    token_key: bytes | None = None,
    typed: bool = False,
) -> Redaction:
    """The text without its findings; overlapping findings are replaced as one. With `typed` masks name the type.

    >>> finding = Finding("US_SSN", Family.PII, 4, 15, 0.9, "presidio")
    >>> redact("ssn 219-09-9999", [finding]).text
    'ssn [REDACTED]'
    >>> redact("ssn 219-09-9999", [finding], action=Action.PARTIAL).text
    'ssn ****9999'
    >>> redact("ssn 219-09-9999", [finding], typed=True).text
    'ssn <US_SSN>'

    Raises:
        RedactionError: when a finding lies outside the text or names a field, or a token is wanted without a key.
    """
    ordered = sorted(findings, key=lambda finding: (finding.start, finding.end))
    if not ordered:
        return Redaction(text, ())
    for finding in ordered:
        if finding.field not in (None, ROOT):
            raise RedactionError(
                "a finding in a field cannot be taken out of a plain text", code="REDACTION_FIELD_MISSING"
            )
    choice = Choice(action, reason, token_key, typed)
    redacted, done, chosen = redact_leaf(text, ordered, choice)
    return Redaction(redacted or "", (RedactionDetail(ROOT, reason(chosen), choice.words_of(done, chosen)),))


def redact_leaf(
    text: str, ordered: list[Finding], choice: Choice, *, bare: Container[tuple[int, int]] = ()
) -> tuple[str | None, Action, Finding]:
    """The text without the findings (None: remove the field), the strictest action done, and the finding behind it.

    `ordered` is sorted by start and not empty. What takes the place of one of the spans of `bare` stands in quotes.
    """
    for finding in ordered:
        if not 0 <= finding.start <= finding.end <= len(text):
            raise RedactionError("a finding lies outside the text")
    strictest, chosen = choice.strictest(ordered)
    if strictest is Action.REMOVE_FIELD:
        return None, strictest, chosen
    pieces: list[str] = []
    done: list[tuple[Action, Finding]] = []
    position = 0
    for group in _overlapping(ordered):
        start, end = group[0].start, max(finding.end for finding in group)
        action, finding = choice.strictest(group)
        replacement, action = _replacement(text[start:end], finding, action, choice)
        done.append((action, finding))
        if (start, end) in bare:
            replacement = f'"{replacement}"'
        pieces += (text[position:start], replacement)
        position = end
    pieces.append(text[position:])
    action, chosen = max(done, key=lambda entry: _STRICTNESS[entry[0]])
    return "".join(pieces), action, chosen


def _overlapping(ordered: list[Finding]) -> list[list[Finding]]:
    groups: list[list[Finding]] = []
    reach = -1
    for finding in ordered:
        if not groups or finding.start >= reach:
            groups.append([])
        groups[-1].append(finding)
        reach = max(reach, finding.end)
    return groups


def _replacement(value: str, finding: Finding, action: Action, choice: Choice) -> tuple[str, Action]:
    if action is Action.TOKEN:
        return token(value, finding.type, choice.token_key), action
    if action is Action.PARTIAL:
        kept = [character for character in value if character.isalnum()]
        if len(kept) >= _PARTIAL_LEAST_CHARS:
            return "****" + "".join(kept[-4:]), action
    return choice.mask_of(finding), Action.MASK


def token(value: str, type: str, token_key: bytes | None) -> str:  # noqa: A002
    """A stand-in that is equal for equal values of one type under one key, and tells nothing without the key.

    Case, spaces and dashes do not count. Source: HMAC-SHA256 (RFC 2104), eight hex digits of it.

    Raises:
        RedactionError: without a key.
    """
    if not token_key:
        raise RedactionError("tokens need a key", code="REDACTION_KEY_MISSING", advice="pass token_key")
    normal = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", value).casefold())
    digest = hmac.new(token_key, f"{type}\x00{normal}".encode("utf-8", "surrogatepass"), "sha256").hexdigest()
    return f"[{type}:{digest[:8]}]"
