"""From document trees to what operators know: action classes, defaults, the audit document."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from policies.documents import ActionClass, Audit, Derivation, Match, Sampling
from policies.errors import ProblemCode
from policies.globs import quoted
from policies.nodes import Node
from policies.parse_match import parse_match
from policies.parse_rules import APPROVAL_WORDS
from policies.paths import parse_pattern
from policies.reader import Reader

_LEVELS = {"low": "low", "high": "high"}
_CLASS_FIELDS = (
    "match", "class", "risk_tags", "owner", "risk", "ambiguity", "reversible", "customer_facing", "derive", "facts",
    "approval", "kpis", "taints_for_sec",
)  # fmt: skip
FACT_NAMES = ("amount_usd", "affected_users", "environment", "customer_facing", "reversible")

# Longest taint, seconds: 30 days.
MAX_TAINT_S = 30 * 86_400

_ReadFact = Callable[[Reader, Node, str], object]


def _number(reader: Reader, node: Node, what: str) -> object:
    return reader.number(node, what=what)


def _share(reader: Reader, node: Node, what: str) -> object:
    return reader.number(node, what=what, high=1)


def _flag(reader: Reader, node: Node, what: str) -> object:
    return reader.flag(node, what=what)


def _name(reader: Reader, node: Node, what: str) -> object:
    return reader.name(node, what=what)


def _names(reader: Reader, node: Node, what: str) -> object:
    if node.value == ():
        return ()
    return reader.names(node, what=what)


_FACTS: Mapping[str, _ReadFact] = {
    "amount_usd": _number,
    "affected_users": _number,
    "environment": _name,
    "customer_facing": _flag,
    "reversible": _flag,
}
_DEFAULTS: Mapping[str, _ReadFact] = {
    **_FACTS,
    "confidence": _share,
    "anomaly_score": _share,
    "risk_tags": _names,
    "tenant_id": _name,
}

DEFAULT_FIELDS = tuple(_DEFAULTS)


def parse_defaults(reader: Reader, node: Node | None) -> Mapping[str, object]:
    """What absence of a field means in this bundle."""
    if node is None:
        return {}
    later = {"retry_count": "the gate counts retries itself and needs no default"}
    fields = reader.fields(node, what="defaults", known=tuple(_DEFAULTS), later=later) or {}
    values = {name: _DEFAULTS[name](reader, child, name) for name, child in sorted(fields.items())}
    return {name: value for name, value in values.items() if value is not None}


def parse_action_classes(reader: Reader, node: Node | None) -> tuple[ActionClass, ...] | None:
    """The action classes of a document, in order; None when it has no such section."""
    if node is None:
        return None
    items = reader.items(node, what="action_classes", may_be_empty=True) or ()
    classes = (_parse_class(reader, item) for item in items)
    return tuple(entry for entry in classes if entry is not None)


def _parse_class(reader: Reader, node: Node) -> ActionClass | None:
    fields = reader.fields(node, what="action class", known=_CLASS_FIELDS, required=("match", "class"))
    if fields is None:
        return None
    name = reader.name(fields.get("class"), what="class")
    topics, tools = None, None
    if "match" in fields:
        match = reader.fields(fields["match"], what="match of an action class", known=("topics", "tools")) or {}
        if fields["match"].value == {}:
            reader.report(fields["match"], ProblemCode.MISSING_KEY, "match of an action class needs topics or tools")
        topics = reader.globs(match.get("topics"), what="topics", dotted=True)
        tools = reader.globs(match.get("tools"), what="tools")
    tags = _names(reader, fields["risk_tags"], "risk_tags") if "risk_tags" in fields else None
    facts = _parse_facts(reader, fields)
    derive = _parse_derive(reader, fields.get("derive"), facts)
    owner = reader.name(fields.get("owner"), what="owner")
    risk = reader.word(fields.get("risk"), what="risk", known=_LEVELS)
    ambiguity = reader.word(fields.get("ambiguity"), what="ambiguity", known=_LEVELS)
    approval = reader.word(fields.get("approval"), what="approval", known=APPROVAL_WORDS)
    kpis = reader.names(fields.get("kpis"), what="kpis") or ()
    taints = reader.number(fields.get("taints_for_sec"), what="taints_for_sec", low=1, high=MAX_TAINT_S)
    if name is None:
        return None
    return ActionClass(
        name=name,
        topics=topics,
        tools=tools,
        risk_tags=tags if isinstance(tags, tuple) else None,
        owner=owner,
        risk=risk,
        ambiguity=ambiguity,
        facts=facts,
        derive=derive,
        approval=approval,
        kpis=kpis,
        taints_for_s=taints,
    )


def _parse_facts(reader: Reader, fields: Mapping[str, Node]) -> Mapping[str, object]:
    given: dict[str, Node] = {}
    if "facts" in fields:
        given.update(reader.fields(fields["facts"], what="facts", known=FACT_NAMES) or {})
    for name in ("reversible", "customer_facing"):
        if name in fields:
            if name in given:
                reader.report(given[name], ProblemCode.DUPLICATE_KEY, f"{name} stands in the class and in its facts")
            given[name] = fields[name]
    values = {name: _FACTS[name](reader, node, name) for name, node in sorted(given.items())}
    return {name: value for name, value in values.items() if value is not None}


def _parse_derive(reader: Reader, node: Node | None, facts: Mapping[str, object]) -> tuple[Derivation, ...]:
    if node is None:
        return ()
    derived: list[Derivation] = []
    for name, child in sorted((reader.fields(node, what="derive", known=FACT_NAMES) or {}).items()):
        if name in facts:
            reader.report(child, ProblemCode.DUPLICATE_KEY, f"{name} is a constant fact and derived too")
        path = reader.text(child, what=name, max_chars=256)
        if path is None:
            continue
        try:
            parts = parse_pattern(path).parts
        except ValueError as error:
            reader.report(child, ProblemCode.OUT_OF_RANGE, str(error))
            continue
        if any(part.kind == "any" or (part.kind == "key" and "*" in part.text) for part in parts):
            message = f'{quoted(path)}: a fact is read by exact names; only "[*]" may select several items'
            reader.report(child, ProblemCode.BAD_GLOB, message)
        elif parts[0].text != "arguments" or len(parts) < 2:
            message = f"{quoted(path)} must begin with arguments: facts are derived from what would be carried out"
            reader.report(child, ProblemCode.OUT_OF_RANGE, message)
        elif any(part.text == "*" and part.kind == "index" for part in parts) and _FACTS[name] is not _number:
            reader.report(child, ProblemCode.BAD_GLOB, f'"[*]" adds numbers up, and {name} is no number')
        else:
            derived.append(Derivation(name, path, parts[1:]))
    return tuple(derived)


def parse_audit(reader: Reader, node: Node | None, *, document: str) -> Audit | None:
    """The audit section of a document, None when it has none."""
    if node is None:
        return None
    fields = reader.fields(node, what="audit", known=("sampling", "mandatory", "routing"), required=("sampling",))
    if fields is None:
        return None
    sampling = _parse_sampling(reader, fields["sampling"]) if "sampling" in fields else None
    mandatory: list[Match] = []
    if "mandatory" in fields:
        for item in reader.items(fields["mandatory"], what="mandatory", may_be_empty=True) or ():
            entry = reader.fields(item, what="mandatory entry", known=("match",), required=("match",)) or {}
            match = parse_match(reader, entry["match"]) if "match" in entry else None
            if match is not None:
                mandatory.append(match)
    routing: dict[str, str] = {}
    if "routing" in fields:
        names = reader.mapping(fields["routing"], what="routing") or {}
        if "default" not in names:
            reader.report(fields["routing"], ProblemCode.MISSING_KEY, 'routing lacks "default"')
        for name, child in sorted(names.items()):
            team = reader.name(child, what=f"routing {quoted(name)}")
            if team is not None:
                routing[name] = team
    return Audit(document, sampling, tuple(mandatory), routing) if sampling is not None else None


def _parse_sampling(reader: Reader, node: Node) -> Sampling | None:
    fields = reader.fields(node, what="sampling", known=("rate", "strategy", "weights"), required=("rate", "strategy"))
    if fields is None:
        return None
    rate = reader.number(fields.get("rate"), what="rate", high=1)
    strategy = reader.word(
        fields.get("strategy"), what="strategy", known={"uniform": "uniform", "stratified": "stratified"}
    )
    weights: dict[str, int | float] = {}
    if "weights" in fields:
        inner = reader.fields(fields["weights"], what="weights", known=("risk_tags",), required=("risk_tags",)) or {}
        tags = reader.mapping(inner["risk_tags"], what="risk_tags weights") if "risk_tags" in inner else None
        for tag, child in sorted((tags or {}).items()):
            weight = reader.number(child, what=f"weight of {quoted(tag)}")
            if weight is not None:
                weights[tag] = weight
        if strategy == "uniform":
            message = "weights have no effect beside strategy uniform; did you mean stratified?"
            reader.report(fields["weights"], ProblemCode.CONTRADICTION, message)
    if rate is None or strategy is None:
        return None
    return Sampling(rate, strategy == "stratified", weights)
