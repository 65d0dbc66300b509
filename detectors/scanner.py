"""The scanner: one text or JSON value in, findings out, or an error that means "hold it".

# INVARIANT: a scan gives all findings or raises. A budget, a pattern that runs out of time, a value that is no JSON or
any failure inside a detector ends in a `ScanError`; nothing partial is ever returned.

Every detector stands behind a cheap test (a keyword, a digit), so a text that holds none of them costs microseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from detectors import internal, key_names, pii
from detectors.context import words_of
from detectors.credentials.detector import CredentialDetector
from detectors.credentials.table import DETECTORS
from detectors.errors import GateError
from detectors.finding import Family, Finding
from detectors.folding import fold
from detectors.internal_text import internal_spans
from detectors.leaves import Node, is_container, text_of, walk
from detectors.limits import Limits, ScanError, ScanLimitError, SensitiveKeyError
from detectors.overlaps import Claim, Strength, resolve
from detectors.pii import Hit, PiiRule
from detectors.pii_rules import RULES
from detectors.pii_values import is_private_address

if TYPE_CHECKING:
    from detectors.presidio import PresidioAnalyzer

# Presidio sees windows of this size, so that none of its patterns or loops can grow with the text ...
WINDOW_CHARS = 4_096
# ... with so much of the neighbours that the longest value (an e-mail of 254) is whole in one of them.
OVERLAP_CHARS = 320

# A key without any of these holds no identifier and no credential: the common case, decided at once.
_KEY_OF_INTEREST = re.compile(r"[\d@:/+]|.{20}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a scanner looks for: all families unless narrowed, without the types in `without`.

    >>> Profile(families=frozenset({Family.PII})).wants(Family.CREDENTIAL)
    False
    """

    families: frozenset[Family] = frozenset(Family)
    without: frozenset[str] = frozenset()

    def wants(self, family: Family) -> bool:
        """Whether the profile has this family."""
        return family in self.families


# How much of a field's name stands before each of its leaves, characters: as far back as context is looked for. More of
# it would be scanned again with every leaf below.
MAX_LABEL_CHARS = 64


class Scanner:
    """Finds credentials, personal data and internal data; built once, safe to share between threads.

    Presidio is loaded (about a second) at the first text that needs it, unless `warm()` was called.

    >>> [finding.type for finding in Scanner().scan("no secrets here")]
    []
    >>> [(f.type, f.start, f.end) for f in Scanner().scan("ssn: 219-09-9999")]
    [('US_SSN', 5, 16)]
    """

    def __init__(
        self,
        profile: Profile | None = None,
        *,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        detectors: tuple[CredentialDetector, ...] = DETECTORS,
    ) -> None:
        self._profile = profile or Profile()
        self._limits = limits
        self._credentials: tuple[CredentialDetector, ...] = tuple(
            detector
            for detector in detectors
            if self._profile.wants(Family.CREDENTIAL) and detector.type not in self._profile.without
        )
        self._keywords = _places(self._credentials)
        self._rules = tuple(
            rule for rule in RULES if self._profile.wants(Family.PII) and rule.entity not in self._profile.without
        )
        self._presidio: PresidioAnalyzer | None = None
        self._loading = Lock()

    def warm(self) -> None:
        """Loads what is otherwise loaded at the first text that needs it."""
        self._analyzer()

    def scan(self, text: str) -> tuple[Finding, ...]:
        """The findings in a text, in text order; where claims overlap, the winners cover all that was claimed.

        Raises:
            ScanLimitError: past a budget of `Limits`.
            ScanError: when a detector failed.
        """
        try:
            _check_bytes(_utf8_bytes(text), self._limits)
            return tuple(self._checked_count(resolve(self._claims(text))))
        except GateError:
            raise
        except Exception as error:
            # The boundary of the detectors: whatever went wrong, the text counts as not scanned, and an exception that
            # could quote it is not passed on.
            raise _failure(error) from None

    def scan_json(self, value: Any, *, names: bool = False) -> tuple[Finding, ...]:
        """The findings in a JSON value, in document order, each with its `field`.

        Each leaf is scanned together with the name of its field. A container whose name marks it as internal gives one
        finding with `start == end == 0`; what is inside is scanned all the same.

        A field name that holds a finding is an error, because paths would quote it; with `names` it is a finding whose
        field is `balances{key 0}` and whose value has the path `balances{0}`.

        >>> [(f.type, f.field) for f in Scanner().scan_json({"customer": {"ssn": "219-09-9999"}})]
        [('US_SSN', 'customer.ssn')]

        Raises:
            ScanLimitError: past a budget of `Limits`.
            SensitiveKeyError: when a field name holds a finding and `names` is not set.
            ScanError: when a detector failed, or the value is no JSON.
        """
        try:
            return tuple(self._json_findings(value, with_names=names))
        except GateError:
            raise
        except Exception as error:  # as in scan
            raise _failure(error) from None

    def _json_findings(self, value: Any, *, with_names: bool) -> Iterator[Finding]:
        size_bytes = count = 0
        marked: list[str] = []
        names: dict[str, list[Finding]] = {}

        def is_sensitive(name: str) -> bool:
            if name not in names:
                _check_bytes(_utf8_bytes(name), self._limits)
                names[name] = self._name_findings(name)
            if names[name] and not with_names:
                types = tuple(sorted({finding.type for finding in names[name]}))
                raise SensitiveKeyError(f"a field name holds {', '.join(types)}", types=types)
            return bool(names[name])

        for node in walk(value, self._limits, is_sensitive=is_sensitive):
            text = "" if is_container(node.value) else text_of(node.value)
            size_bytes += _utf8_bytes(text) + (_utf8_bytes(node.name) if node.is_member else 0)
            _check_bytes(size_bytes, self._limits)
            findings = self._node_findings(node, text, marked)
            if node.key_path is not None:
                findings = [replace(finding, field=node.key_path) for finding in names[node.name]] + findings
            yield from self._checked_count(findings, already=count)
            count += len(findings)

    def _node_findings(self, node: Node, text: str, marked: list[str]) -> list[Finding]:
        claims: list[Claim] = []
        if self._is_internal(node) and not _is_below(node.path, marked):
            marked[:] = [node.path]
            marker = Finding(internal.INTERNAL_FIELD, Family.INTERNAL, 0, len(text), 0.9, "internal_field")
            claims.append(Claim(marker, Strength.GENERIC))
        if is_container(node.value) or node.value is None or isinstance(node.value, bool):
            return [replace(claim.finding, field=node.path) for claim in claims]
        claims.extend(self._labelled_claims(node, text))
        marks = [claim.finding for claim in claims if claim.finding.type == internal.INTERNAL_FIELD]
        others = resolve(claim for claim in claims if claim.finding.type != internal.INTERNAL_FIELD)
        return [replace(finding, field=node.path) for finding in (*marks, *others)]

    def _is_internal(self, node: Node) -> bool:
        return (
            node.is_member
            and self._profile.wants(Family.INTERNAL)
            and internal.INTERNAL_FIELD not in self._profile.without
            and internal.is_internal_name(node.name)
        )

    def _labelled_claims(self, node: Node, text: str) -> Iterator[Claim]:
        if not text:
            return
        label = _label(node)
        shift = len(label)
        for claim in self._claims(label + text):
            finding = claim.finding
            if finding.end > shift:
                moved = replace(finding, start=max(0, finding.start - shift), end=finding.end - shift)
                yield replace(claim, finding=moved)
        evidence = key_names.evidence_for(node.name, text)
        if evidence is not None and self._profile.wants(evidence.family) and evidence.type not in self._profile.without:
            start, end = len(text) - len(text.lstrip()), len(text.rstrip())
            named = Finding(evidence.type, evidence.family, start, end, 0.8, "key_name")
            yield Claim(named, Strength.GENERIC)

    def _name_findings(self, name: str) -> list[Finding]:
        if name.isascii() and _KEY_OF_INTEREST.search(name) is None:
            return []
        return resolve(self._claims(name))

    def _claims(self, text: str) -> Iterator[Claim]:
        folded = fold(text)
        for claim in self._folded_claims(folded.text):
            if folded.origins is not None:
                start, end = folded.original_span(claim.finding.start, claim.finding.end)
                claim = replace(claim, finding=replace(claim.finding, start=start, end=end))
            yield claim

    def _folded_claims(self, text: str) -> Iterator[Claim]:
        lowered = text.lower()
        yield from self._credential_claims(text, lowered)
        if self._profile.wants(Family.INTERNAL):
            for kind, start, end in internal_spans(text, lowered):
                if kind not in self._profile.without:
                    finding = Finding(kind, Family.INTERNAL, start, end, 0.8, kind.lower())
                    yield Claim(finding, Strength.FORMAT)
        if self._rules and pii.GATE.search(text) is not None:
            yield from self._pii_claims(text)

    def _credential_claims(self, text: str, lowered: str) -> Iterator[Claim]:
        present = {place for keyword, places in self._keywords if keyword in lowered for place in places}
        for place in sorted(present):
            detector = self._credentials[place]
            for start, end in detector.find(text):
                finding = Finding(detector.type, Family.CREDENTIAL, start, end, detector.score, detector.name)
                yield Claim(finding, detector.strength)

    def _pii_claims(self, text: str) -> Iterator[Claim]:
        words = words_of(text)
        for start in range(0, len(text), WINDOW_CHARS):
            base = max(0, start - OVERLAP_CHARS)
            window = text[base : start + WINDOW_CHARS + OVERLAP_CHARS]
            rules = [rule for rule in self._rules if rule.wants(window, words)]
            for hit in self._hits(window, rules):
                first, last = base + hit.start, base + hit.end
                if not start <= first < start + WINDOW_CHARS:
                    continue
                verdict = hit.rule.judge(text, first, last, score=hit.score)
                if verdict is not None:
                    detector = hit.rule.recognizer or hit.rule.entity.lower()
                    kind, family = self._kind(hit.rule.entity, text[first:last])
                    yield Claim(Finding(kind, family, first, last, verdict[0], detector), verdict[1])

    def _kind(self, entity: str, value: str) -> tuple[str, Family]:
        # An address of a private network belongs to nobody outside: it shows the house, not a person.
        is_internal = entity == "IP_ADDRESS" and self._profile.wants(Family.INTERNAL) and is_private_address(value)
        return (internal.PRIVATE_IP, Family.INTERNAL) if is_internal else (entity, Family.PII)

    def _hits(self, window: str, rules: list[PiiRule]) -> Iterator[Hit]:
        for rule in rules:
            for start, end, score in rule.hits(window):
                yield Hit(rule, start, end, score)
        theirs = [rule for rule in rules if rule.recognizer != pii.OWN]
        if theirs:
            yield from self._analyzer().analyze(window, theirs)

    def _analyzer(self) -> PresidioAnalyzer:
        if self._presidio is None:
            with self._loading:
                if self._presidio is None:
                    from detectors.presidio import PresidioAnalyzer

                    self._presidio = PresidioAnalyzer(self._rules)
        return self._presidio

    def _checked_count(self, findings: list[Finding], *, already: int = 0) -> list[Finding]:
        if len(findings) + already > self._limits.max_findings:
            raise ScanLimitError(f"more than {self._limits.max_findings} findings", code="SCAN_TOO_MANY_FINDINGS")
        return findings


def _places(detectors: tuple[CredentialDetector, ...]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Each keyword once, with the places of the detectors that it wakes."""
    by_keyword: dict[str, list[int]] = {}
    for place, detector in enumerate(detectors):
        for keyword in detector.keywords:
            by_keyword.setdefault(keyword, []).append(place)
    return tuple((keyword, tuple(places)) for keyword, places in by_keyword.items())


def _label(node: Node) -> str:
    """The field names above a leaf as text before it, so that they are context and assignment alike."""
    if not node.name:
        return ""
    owner = f"{node.owner[-MAX_LABEL_CHARS:]} " if node.owner else ""
    return f"{owner}{node.name[-MAX_LABEL_CHARS:]}: "


def _is_below(path: str, marked: list[str]) -> bool:
    # In document order only the last marked container can hold what comes next.
    return bool(marked) and path.startswith((f"{marked[0]}.", f"{marked[0]}[", f"{marked[0]}{{"))


def _utf8_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _check_bytes(size_bytes: int, limits: Limits) -> None:
    if size_bytes > limits.max_bytes:
        raise ScanLimitError(f"more than {limits.max_bytes} bytes")


def _failure(error: Exception) -> ScanError:
    return ScanError(f"a detector failed with {type(error).__name__}")
