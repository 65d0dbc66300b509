"""From the files of a bundle to checked documents, or to every problem at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from detectors.custom import MAX_TERMS
from policies.decisions import Derived
from policies.documents import Document, count_terms
from policies.errors import PolicyLoadError, Problem, ProblemCode
from policies.globs import quoted
from policies.json_nodes import parse_json
from policies.nodes import MAX_DEPTH, Node, SourceError, parse_yaml
from policies.parse_activation import parse_activation
from policies.parse_approvals import SECTIONS, approvals_of, contradictions, parse_approvals
from policies.parse_autonomy import CONDUCT_SECTIONS, parse_autonomy_records, parse_circuit_breakers
from policies.parse_cases import Case, is_case_document, parse_cases, parse_state
from policies.parse_dictionaries import parse_dictionaries, parse_tenant_identifiers, parse_terms
from policies.parse_facts import parse_action_classes, parse_audit, parse_defaults
from policies.parse_outputs import parse_field_rules, parse_output_rules
from policies.parse_rules import parse_autonomy, parse_rule_list
from policies.parse_tasks import parse_quadrants, parse_workflow
from policies.reader import Problems, Reader

MAX_DOCUMENTS = 256
MAX_RULES = 20_000  # rules of all kinds in one bundle; twice the largest measured
MAX_CANONICAL_CHARS = 64_000_000  # of a whole bundle
SUFFIXES = (".yaml", ".yml", ".json")
_CANONICAL_KEY = "penstock_bundle"
_CANONICAL_VERSION = 1

_KNOWN = (
    "version", "description", "rules", "invariants", "autonomy_levels", "promotion_criteria", "demotion_triggers",
    "audit", "action_classes", "defaults", "output_rules", "field_rules", "quadrants", "name", "trigger", "steps",
    "activation", "dictionaries", "commitments", "tenant_identifiers",
    *CONDUCT_SECTIONS, *SECTIONS,
)  # fmt: skip


def read_sources(sources: Mapping[str, str]) -> tuple[tuple[Document, ...], str]:
    """The documents of a bundle in the order of their names, and the bundle's canonical text.

    Raises: PolicyLoadError with every problem found.
    """
    problems = Problems()
    trees: dict[str, tuple[str, Node]] = {}
    if len(sources) > MAX_DOCUMENTS:
        message = f"a bundle has at most {MAX_DOCUMENTS} documents, got {len(sources)}"
        raise PolicyLoadError([Problem("bundle", 0, 0, ProblemCode.LIMIT, message)])
    for file in sorted(sources):
        tree = _parse_file(file, sources[file], problems)
        if tree is None:
            continue
        if is_case_document(tree):
            parse_cases(Reader(file, problems), tree)  # checked with the bundle, and no part of it
            continue
        name = _stem(file)
        if name in trees:
            message = f"document {quoted(name)} exists already as {quoted(trees[name][0])}"
            problems.add(Problem(file, 1, 1, ProblemCode.DUPLICATE_ID, message))
            continue
        trees[name] = (file, tree)
    return _read_trees(trees, problems)


def read_cases(sources: Mapping[str, str]) -> tuple[Case, ...]:
    """The cases among the files of a bundle, in the order of files and lines.

    Raises: PolicyLoadError with every problem found in documents of cases, or that keeps a file from being read.
    """
    problems = Problems()
    found: list[Case] = []
    for file in sorted(sources):
        tree = _parse_file(file, sources[file], problems)
        if tree is not None and is_case_document(tree):
            found.extend(parse_cases(Reader(file, problems), tree))
    if problems.found:
        raise PolicyLoadError(sorted(problems.found))
    return tuple(found)


def read_state(text: str) -> Derived:
    """What the gate would know of an action's agent, from JSON in the shape of a case's `state`.

    Raises: PolicyLoadError with every problem found.
    """
    problems = Problems()
    tree = _parse_file("state.json", text, problems)
    derived = parse_state(Reader("state", problems), tree)
    if problems.found:
        raise PolicyLoadError(sorted(problems.found))
    return derived


def read_canonical(text: str) -> tuple[tuple[Document, ...], str]:
    """The documents of a canonical text, and that text again.

    Raises: PolicyLoadError when the text is none, or a document in it does not load.
    """
    problems = Problems()
    file = "canonical"
    try:
        root = parse_json(text, max_chars=MAX_CANONICAL_CHARS, max_depth=MAX_DEPTH + 2)
    except SourceError as error:
        raise PolicyLoadError([Problem(file, error.line, error.column, error.code, error.message)]) from None
    reader = Reader(file, problems)
    fields = reader.fields(root, what="canonical bundle", known=(_CANONICAL_KEY, "documents"), required=("documents",))
    version = (fields or {}).get(_CANONICAL_KEY)
    if version is None or version.value != _CANONICAL_VERSION:
        reader.report(root, ProblemCode.UNKNOWN_WORD, f"{_CANONICAL_KEY} must be {_CANONICAL_VERSION}")
    documents = reader.mapping(fields["documents"], what="documents") if fields and "documents" in fields else None
    return _read_trees({name: (name, tree) for name, tree in sorted((documents or {}).items())}, problems)


def _parse_file(file: str, text: str, problems: Problems) -> Node | None:
    if not file.endswith(SUFFIXES) or not _stem(file):
        message = f"a policy document ends in {', '.join(SUFFIXES)}"
        problems.add(Problem(file, 0, 0, ProblemCode.OUT_OF_RANGE, message))
        return None
    parse: Callable[[str], Node] = parse_json if file.endswith(".json") else parse_yaml
    try:
        return parse(text.removeprefix("\ufeff"))
    except SourceError as error:
        problems.add(Problem(file, error.line, error.column, error.code, error.message))
        return None


def _stem(file: str) -> str:
    return file.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]


def _read_trees(trees: Mapping[str, tuple[str, Node]], problems: Problems) -> tuple[tuple[Document, ...], str]:
    documents: list[Document] = []
    for name in sorted(trees):
        file, tree = trees[name]
        reader = Reader(file, problems)
        if len(name) > 128 or any(c.isspace() or not c.isprintable() for c in name):
            reader.report(
                tree, ProblemCode.OUT_OF_RANGE, "a document's name has up to 128 characters and no white space"
            )
        documents.append(_read_document(reader, tree, name=name))
    files = {name: file for name, (file, _) in trees.items()}
    _check_bundle(documents, files, problems)
    if problems.found:
        raise PolicyLoadError(sorted(problems.found))
    canonical = {name: _canonical_document(tree) for name, (_, tree) in trees.items()}
    bundle = {_CANONICAL_KEY: _CANONICAL_VERSION, "documents": canonical}
    return tuple(documents), json.dumps(bundle, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _canonical_document(tree: Node) -> object:
    plain = tree.plain()
    return {"version": "v1", **plain} if isinstance(plain, dict) else {"version": "v1"}


def _read_document(reader: Reader, tree: Node, *, name: str) -> Document:
    if tree.value is None:
        return Document(name)
    fields = reader.fields(tree, what="document", known=_KNOWN)
    if fields is None:
        return Document(name)
    get = fields.get
    if "version" in fields:
        reader.word(fields["version"], what="version", known={"v1": "v1"})
    reader.text(get("description"), what="description", max_chars=4_000)
    lists = [
        parse_rule_list(reader, fields[kind], document=name, kind=kind)
        for kind in ("invariants", "rules")
        if kind in fields
    ]
    return Document(
        name=name,
        rule_lists=tuple(lists),
        autonomy=parse_autonomy(reader, fields, document=name),
        audit=parse_audit(reader, get("audit"), document=name),
        action_classes=parse_action_classes(reader, get("action_classes")),
        defaults=parse_defaults(reader, get("defaults")),
        output_rules=parse_output_rules(reader, get("output_rules"), document=name),
        field_rules=parse_field_rules(reader, get("field_rules"), document=name),
        dictionaries=parse_dictionaries(reader, get("dictionaries")),
        commitments=parse_terms(reader, get("commitments"), what="commitments"),
        tenant_identifiers=parse_tenant_identifiers(reader, get("tenant_identifiers")),
        approvals=parse_approvals(reader, fields),
        autonomy_records=parse_autonomy_records(reader, fields),
        circuit_breakers=parse_circuit_breakers(reader, get("circuit_breakers"), document=name),
        quadrants=parse_quadrants(reader, get("quadrants"), document=name),
        workflow=parse_workflow(reader, fields, document=name),
        activation=parse_activation(reader, get("activation")),
    )


def rule_ids(document: Document) -> Iterable[str]:
    """The ids of all rules of a document, in order."""
    lists = (*document.rule_lists, *(document.autonomy.levels if document.autonomy else ()))
    for rule_list in lists:
        for rule in rule_list.rules:
            yield rule.id
    for output_rule in (*(document.output_rules or ()), *(document.field_rules or ())):
        yield output_rule.id
    for quadrant in document.quadrants or ():
        yield quadrant.rule.id


def _check_bundle(documents: Sequence[Document], files: Mapping[str, str], problems: Problems) -> None:
    seen: dict[str, str] = {}
    sections: dict[str, str] = {}
    for document in documents:
        file = files[document.name]

        def report(code: ProblemCode, message: str, file: str = file) -> None:
            problems.add(Problem(file, 1, 1, code, message))

        for rule_id in rule_ids(document):
            if rule_id in seen:
                report(ProblemCode.DUPLICATE_ID, f"rule id {quoted(rule_id)} stands already in {quoted(seen[rule_id])}")
            seen[rule_id] = file
        for section, value in (
            ("autonomy_levels", document.autonomy),
            ("audit", document.audit),
            ("action_classes", document.action_classes),
            ("quadrants", document.quadrants),
            ("activation", document.activation),
            *(((f"workflow {document.workflow.name}", document.workflow),) if document.workflow else ()),
            ("commitments", document.commitments),
            *((f"dictionary {quoted(entry.name)}", entry) for entry in document.dictionaries or ()),
            *((f"tenant_identifiers of {quoted(tenant)}", tenant) for tenant in document.tenant_identifiers or ()),
            *((f"defaults.{name}", name) for name in document.defaults),
            *((key, getattr(document, part)) for key, part in CONDUCT_SECTIONS.items()),
            *((f"circuit breaker {quoted(entry.id)}", entry) for entry in document.circuit_breakers or ()),
            *((key, getattr(document.approvals, part)) for key, part in SECTIONS.items() if document.approvals),
        ):
            if value is None:
                continue
            if section in sections:
                report(ProblemCode.DUPLICATE_ID, f"{section} stands already in {quoted(sections[section])}")
            sections[section] = file
    terms = sum(count_terms(document) for document in documents)
    if terms > MAX_TERMS:
        problems.add(Problem("bundle", 0, 0, ProblemCode.LIMIT, f"a bundle has at most {MAX_TERMS} terms, got {terms}"))
    approvals = approvals_of(tuple(documents))
    for message in contradictions(approvals) if approvals else ():
        place = next(files[document.name] for document in documents if document.approvals)
        problems.add(Problem(place, 1, 1, ProblemCode.CONTRADICTION, message))
    if len(seen) > MAX_RULES:
        problems.add(
            Problem("bundle", 0, 0, ProblemCode.LIMIT, f"a bundle has at most {MAX_RULES} rules, got {len(seen)}")
        )
