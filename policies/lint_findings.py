"""What a linter says about a bundle that loads: codes, how much each matters, and where in the files it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from policies.bundle import Bundle
from policies.documents import Document
from policies.json_nodes import parse_json
from policies.nodes import Node, SourceError, parse_yaml
from policies.parse_cases import Case, is_case_document


class LintCode(StrEnum):
    """The kinds of finding; each has an entry with an example in docs/lifecycle.md."""

    SUBSUMED = "L101"
    UNREACHABLE = "L102"
    MASKED = "L103"
    CLAIMS_ONLY = "L104"
    EMPTY_CONSTRAINTS = "L105"
    NO_GRANT = "L106"
    INNER_STAR = "L107"
    BRANCHES = "L108"
    LIGHT_WEIGHT = "L109"
    NO_DEFAULT = "L110"
    NO_CLASS = "L111"
    TIMER = "L112"
    UNPROVABLE = "L113"
    UNTESTED = "L114"
    NO_OWNER = "L115"
    IRREVERSIBLE = "L116"
    APPROVAL_SHARE = "L117"
    NEVER_PERMISSIVE = "L118"
    CONFLICT = "L119"
    UNCOVERED_TERMS = "L120"
    UNKNOWN_FINDING = "L121"
    DETOUR = "L122"


class Severity(StrEnum):
    """How much a finding matters: an error is never meant, a warning may be."""

    ERROR = "error"
    WARNING = "warning"


_ERRORS: Final = frozenset({LintCode.MASKED})


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One finding; `line` and `column` count from 1, and are 0 for what concerns no single place."""

    file: str
    line: int
    column: int
    code: LintCode
    message: str

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return Severity.ERROR if self.code in _ERRORS else Severity.WARNING

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.code.value} {self.severity.value}: {self.message}"


Place = tuple[str, int, int]
NOWHERE: Final[Place] = ("bundle", 0, 0)
_LISTS: Final = ("invariants", "rules", "output_rules", "field_rules")


@dataclass(frozen=True, slots=True)
class Places:
    """Where rules and sections stand: rules by id, sections by (document, key, part)."""

    rules: Mapping[str, Place] = field(default_factory=dict)
    sections: Mapping[tuple[str, str, str], Place] = field(default_factory=dict)

    def of_rule(self, rule_id: str) -> Place:
        """Where a rule stands."""
        return self.rules.get(rule_id, NOWHERE)

    def of_section(self, document: str, key: str, part: str = "") -> Place:
        """Where a part of a section stands, else the section."""
        return self.sections.get((document, key, part)) or self.sections.get((document, key, ""), NOWHERE)

    def of_key(self, key: str, part: str) -> Place:
        """Where a part stands of a section that a bundle has once."""
        found = [place for (_, section, name), place in self.sections.items() if (section, name) == (key, part)]
        return found[0] if found else NOWHERE


@dataclass(frozen=True, slots=True)
class Subject:
    """What is linted."""

    bundle: Bundle
    cases: tuple[Case, ...]
    places: Places

    def at(self, place: Place, code: LintCode, message: str) -> Finding:
        """A finding at a place."""
        return Finding(*place, code, message)


def places_of(sources: Mapping[str, str], bundle: Bundle) -> Places:
    """Where everything of a bundle stands in the files that it was loaded from."""
    rules: dict[str, Place] = {}
    sections: dict[tuple[str, str, str], Place] = {}
    documents = {document.name: document for document in bundle.documents}
    for file, text in sources.items():
        tree = _tree(file, text)
        if tree is None or not isinstance(tree.value, dict) or is_case_document(tree):
            continue
        name = file.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
        for key, node in tree.value.items():
            sections[(name, key, "")] = (file, *tree.keys.get(key, (node.line, node.column)))
            for part, child in _parts(node):
                sections[(name, key, part)] = (file, child.line, child.column)
        if name in documents:
            rules.update((rule, (file, node.line, node.column)) for rule, node in _rules(documents[name], tree))
    return Places(rules, sections)


def _tree(file: str, text: str) -> Node | None:
    try:
        return parse_json(text) if file.endswith(".json") else parse_yaml(text.removeprefix("\ufeff"))
    except SourceError:
        return None


def _parts(node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node.value, dict):
        yield from node.value.items()
    elif isinstance(node.value, tuple):
        yield from ((str(number), child) for number, child in enumerate(node.value))


def _rules(document: Document, tree: Node) -> Iterator[tuple[str, Node]]:
    """The rules of a document beside their nodes: both are in the order of the file."""
    fields = tree.value if isinstance(tree.value, dict) else {}
    ids: dict[str, Sequence[str]] = {entry.kind: [rule.id for rule in entry.rules] for entry in document.rule_lists}
    ids["output_rules"] = [rule.id for rule in document.output_rules or ()]
    ids["field_rules"] = [rule.id for rule in document.field_rules or ()]
    for key in _LISTS:
        yield from zip(ids.get(key, ()), _items(fields.get(key)), strict=False)
    for node in _items(fields.get("quadrants")):
        parts = {name: child.value for name, child in node.value.items()} if isinstance(node.value, dict) else {}
        yield f"{document.name}/quadrants/{parts.get('risk')}_{parts.get('ambiguity')}", node
    levels = fields.get("autonomy_levels")
    for entry in document.autonomy.levels if document.autonomy else ():
        level = levels.value.get(f"level_{entry.level}") if levels and isinstance(levels.value, dict) else None
        inner = level.value.get("rules") if level is not None and isinstance(level.value, dict) else None
        yield from zip((rule.id for rule in entry.rules), _items(inner), strict=False)


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.value if node is not None and isinstance(node.value, tuple) else ()
