"""The scanner: one text or JSON value in, findings out, or an error that means "hold it".

# INVARIANT: a scan gives all findings or raises. A budget, a pattern that runs out of time, a value that is no JSON or
any failure inside a detector ends in a `ScanError`; nothing partial is ever returned.

A text is folded (detectors.folding), searched by the plan of all detectors (detectors.plan), and what they claim is
decided where it overlaps (detectors.overlaps).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from itertools import chain, islice
from threading import Lock
from typing import Any

from detectors import internal, key_names
from detectors.credentials.detector import CredentialDetector
from detectors.credentials.table import DETECTORS
from detectors.declaration import Declaration
from detectors.declared import built_in
from detectors.disguises import PLACED, SIGNALS, views
from detectors.embedded import claims_in
from detectors.errors import GateError
from detectors.finding import Family, Finding
from detectors.folding import fold
from detectors.gate import ENGINES
from detectors.leaves import Node, is_container, text_of, walk
from detectors.limits import Limits, ScanError, ScanLimitError, SensitiveKeyError
from detectors.marks import Marks
from detectors.overlaps import Claim, Strength, resolve
from detectors.pii.table import INFORMATIONAL
from detectors.plan import Plan, claim_of

# A key without any of these holds no identifier and no credential: the common case, decided at once.
_KEY_OF_INTEREST = re.compile(r"[\d@:/+]|.{20}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a scanner looks for: all families unless narrowed, without the types in `without`.

    A link to one of `allowed_hosts` carries nothing away; `*.acme.com` stands for every host below acme.com.

    >>> Profile(families=frozenset({Family.PII})).wants(Family.CREDENTIAL)
    False
    """

    families: frozenset[Family] = frozenset(Family)
    without: frozenset[str] = frozenset()
    allowed_hosts: frozenset[str] = frozenset()

    def wants(self, family: Family) -> bool:
        """Whether the profile has this family."""
        return family in self.families


# The scan stops at so many claims for each finding that it may report.
CLAIMS_PER_FINDING = 8

# How much of a field's name stands before each of its leaves, characters: as far back as context is looked for. More of
# it would be scanned again with every leaf below.
MAX_LABEL_CHARS = 64


class Scanner:
    """Finds credentials, personal data and internal data; built once, safe to share between threads.

    The plan is compiled at the first scan, or by `warm()`: seconds, or a millisecond from `plan`, the bytes that
    `plan_bytes()` gave before. The caller keeps them; bytes that do not fit are ignored.

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
        extra: Iterable[Declaration] = (),
        plan: bytes | None = None,
        engines: Sequence[str] = ENGINES,
    ) -> None:
        self._profile = profile or Profile()
        self._limits = limits
        declared = built_in(
            credentials=detectors,
            private_addresses=self._profile.wants(Family.INTERNAL),
            allowed_hosts=self._profile.allowed_hosts,
        )
        self._declarations = tuple(item for item in (*declared, *extra) if self._is_wanted(item.type, item.family))
        self._raw = tuple(item for item in self._declarations if item.is_raw)
        named = [(item.type, item.family) for item in key_names.EVIDENCE]
        named += [(kind, Family.INTERNAL) for kind in (internal.INTERNAL_FIELD, internal.PRIVATE_IP)]
        self._types = frozenset(
            {item.type for item in self._declarations}
            | {kind for kind, family in named if self._is_wanted(kind, family)}
        )
        self._engines = tuple(engines)
        self._compiled = plan
        self._plan: Plan | None = None
        self._loading = Lock()
        # What `extended` adds: detectors without triggers, beside a plan that is shared.
        self._base: Scanner = self
        self._added: tuple[Declaration, ...] = ()
        self._is_passed: Callable[[Finding], bool] | None = None

    def warm(self) -> None:
        """Loads and compiles what is otherwise loaded and compiled at the first scan."""
        self._ready()

    def extended(self, extra: Iterable[Declaration], *, without: Callable[[Finding], bool] | None = None) -> Scanner:
        """This scanner with dictionaries (detectors.custom) in place of those that it was extended with before.

        The compiled plan is shared, so this costs nothing but the dictionaries themselves. They are looked for whatever
        the profile says. Findings for which `without` is true are left out.

        >>> from detectors.custom import dictionary
        >>> scanner = Scanner().extended([dictionary("birds", ["blue heron"])])
        >>> [finding.type for finding in scanner.scan("the Blue Heron plan")]
        ['DICTIONARY_TERM']

        Raises:
            ValueError: for a detector with triggers, which a plan would have to be compiled for.
        """
        added = tuple(extra)
        if any(item.triggers or item.also or item.is_raw for item in added):
            raise ValueError("a scanner is extended with detectors that have no triggers")
        if not added:
            return self._base
        scanner = copy(self._base)
        scanner._base = self._base
        scanner._added = added
        scanner._is_passed = without
        scanner._types = self._base._types | {item.type for item in added}
        return scanner

    def plan_bytes(self) -> bytes:
        """The compiled plan, for `plan` of another scanner with the same detectors; empty when there is no such form.

        Raises:
            ValueError: when no engine takes the triggers.
        """
        return self._ready().dump()

    @property
    def engine(self) -> str:
        """The engine that searches the triggers: `hyperscan`, `re2` or `re`."""
        return self._ready().engine

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """The detectors of this scanner."""
        return (*self._declarations, *self._added)

    @property
    def types(self) -> frozenset[str]:
        """All types that its findings can have."""
        return self._types

    def _ready(self) -> Plan:
        if self._base is not self:
            return self._base._ready()
        if self._plan is None:
            with self._loading:
                if self._plan is None:
                    self._plan = Plan(
                        (item for item in self._declarations if not item.is_raw),
                        signals=SIGNALS,
                        placed=PLACED,
                        engines=self._engines,
                        compiled=self._compiled,
                    )
                    self._compiled = None
        return self._plan

    def _is_wanted(self, kind: str, family: Family) -> bool:
        return self._profile.wants(family) and kind not in self._profile.without

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
        if self._is_internal(node) and not self._is_cleaned(text) and not _is_below(node.path, marked):
            marked[:] = [node.path]
            marker = Finding(internal.INTERNAL_FIELD, Family.INTERNAL, 0, len(text), 0.9, "internal_field")
            claims.append(Claim(marker, Strength.GENERIC))
        if is_container(node.value) or node.value is None or isinstance(node.value, bool):
            return [replace(claim.finding, field=node.path) for claim in claims]
        claims.extend(self._labelled_claims(node, text))
        if isinstance(node.value, str):
            claims.extend(claims_in(node, self._limits, self._inner_claims))
        marks = [claim.finding for claim in claims if claim.finding.type == internal.INTERNAL_FIELD]
        others = resolve(claim for claim in claims if claim.finding.type != internal.INTERNAL_FIELD)
        return [replace(finding, field=node.path) for finding in (*marks, *others)]

    def _inner_claims(self, node: Node, text: str) -> Iterator[Claim]:
        """What a value of an embedded document claims."""
        if text and self._is_internal(node) and not self._is_cleaned(text):
            yield Claim(
                Finding(internal.INTERNAL_FIELD, Family.INTERNAL, 0, len(text), 0.9, "internal_field"), Strength.GENERIC
            )
        if not is_container(node.value) and node.value is not None:
            yield from self._labelled_claims(node, text)

    def _is_cleaned(self, text: str) -> bool:
        return text != "" and Marks(text, self._types).cover(0, len(text))

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
        if not name.isascii() or _KEY_OF_INTEREST.search(name):
            claims = self._claims(name)
        elif self._added:
            claims = self._added_claims(name)
        else:
            return []
        # A date or a link in a name is a mention, and paths may quote it.
        return [finding for finding in resolve(claims) if finding.type not in INFORMATIONAL]

    def _claims(self, text: str) -> Iterator[Claim]:
        if "[" in text or "<" in text or "****" in text:
            text = Marks(text, self._types).without()
        # Claims overlap, so there are more of them than findings; a text with very many is not judged to its end.
        most = CLAIMS_PER_FINDING * self._limits.max_findings
        claims = list(islice(self._all_claims(text), most + 1))
        if len(claims) > most:
            raise ScanLimitError(f"more than {self._limits.max_findings} findings", code="SCAN_TOO_MANY_FINDINGS")
        return iter(claims)

    def _all_claims(self, text: str) -> Iterator[Claim]:
        folded = fold(text)
        if folded.mapping is not None:
            for declaration in self._raw:
                for found in declaration.find(text, 0, len(text)):
                    yield found if isinstance(found, Claim) else claim_of(declaration, found)
        plan, max_hits = self._ready(), self._limits.max_hits
        search = plan.search(folded.text, max_hits=max_hits)
        for claim in chain(self._wanted(plan.claims(search)), self._added_claims(folded.text)):
            yield claim if folded.mapping is None else _moved(claim, folded.mapping.span(*_span(claim)))
        signals = plan.signals(search)
        if not signals:
            return
        for view in views(folded.text, signals):
            claims = self._wanted(plan.claims(plan.search(view.text, max_hits=max_hits)))
            for claim in chain(claims, self._added_claims(view.text)):
                span = view.original_span(*_span(claim))
                if span is not None:
                    yield _moved(claim, folded.original_span(*span))

    def _added_claims(self, text: str) -> Iterator[Claim]:
        """What the dictionaries find in a text that was folded."""
        for declaration in self._added:
            for found in declaration.find(text, 0, len(text)):
                claim = found if isinstance(found, Claim) else claim_of(declaration, found)
                if self._is_passed is None or not self._is_passed(claim.finding):
                    yield claim

    def _wanted(self, claims: Iterable[Claim]) -> Iterator[Claim]:
        # A detector may give its claims a type or family of their own.
        return (claim for claim in claims if self._is_wanted(claim.finding.type, claim.finding.family))

    def _checked_count(self, findings: list[Finding], *, already: int = 0) -> list[Finding]:
        if len(findings) + already > self._limits.max_findings:
            raise ScanLimitError(f"more than {self._limits.max_findings} findings", code="SCAN_TOO_MANY_FINDINGS")
        return findings


def _span(claim: Claim) -> tuple[int, int]:
    return claim.finding.start, claim.finding.end


def _moved(claim: Claim, span: tuple[int, int]) -> Claim:
    return replace(claim, finding=replace(claim.finding, start=span[0], end=span[1]))


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
