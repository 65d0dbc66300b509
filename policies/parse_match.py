"""From document trees to the conditions of rules."""

from __future__ import annotations

from typing import Final

from policies.documents import MATCH_FIELDS, AtLeast, Match, Velocity
from policies.errors import ProblemCode
from policies.expression_types import check_condition
from policies.expression_values import Expression
from policies.expressions import ExpressionError, parse_expression
from policies.globs import quoted
from policies.nodes import Node
from policies.reader import Reader

# The longest window of a velocity condition, seconds: the gate keeps the times of actions that long.
MAX_WINDOW_S: Final = 7 * 24 * 60 * 60
# The most actions that a velocity condition lets pass: the gate keeps that many times for an agent and class.
MAX_VELOCITY: Final = 10_000
VELOCITY_FIELDS: Final = ("max", "window_sec")
AT_LEAST_FIELDS: Final = ("count", "of")


def parse_match(reader: Reader, node: Node, *, what: str = "match") -> Match | None:
    """The conditions of a rule; an empty mapping is a problem, for it would match every action."""
    fields = reader.fields(node, what=what, known=MATCH_FIELDS)
    if fields is None:
        return None
    if node.value == {}:
        message = f'{what} is empty and would match every action; write topics: ["*"] when that is meant'
        reader.report(node, ProblemCode.MISSING_KEY, message)
        return None
    get = fields.get
    return Match(
        topics=reader.globs(get("topics"), what="topics", dotted=True),
        risk_tags=reader.names(get("risk_tags"), what="risk_tags"),
        risk_tags_all=reader.names(get("risk_tags_all"), what="risk_tags_all"),
        agents=reader.globs(get("agents"), what="agents"),
        tenants=reader.globs(get("tenants"), what="tenants"),
        tools=reader.globs(get("tools"), what="tools"),
        environments=reader.globs(get("environments"), what="environments"),
        labels=_parse_labels(reader, get("labels")),
        confidence_below=reader.number(get("confidence_below"), what="confidence_below", high=1),
        anomaly_score_above=reader.number(get("anomaly_score_above"), what="anomaly_score_above", high=1),
        retry_count_above=reader.number(get("retry_count_above"), what="retry_count_above", is_whole=True),
        amount_usd_above=reader.number(get("amount_usd_above"), what="amount_usd_above"),
        affected_users_above=reader.number(get("affected_users_above"), what="affected_users_above", is_whole=True),
        first_time_action=reader.flag(get("first_time_action"), what="first_time_action"),
        customer_facing=reader.flag(get("customer_facing"), what="customer_facing"),
        reversible=reader.flag(get("reversible"), what="reversible"),
        session_tainted=reader.flag(get("session_tainted"), what="session_tainted"),
        velocity=_parse_velocity(reader, get("velocity")),
        at_least=_parse_at_least(reader, get("at_least")),
        when=parse_when(reader, get("when")),
    )


def _parse_labels(reader: Reader, node: Node | None) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
    if node is None:
        return None
    names = reader.mapping(node, what="labels")
    if names is None:
        return None
    if not names:
        reader.report(node, ProblemCode.OUT_OF_RANGE, "labels is empty, which says nothing; leave it out")
        return None
    pairs: list[tuple[str, tuple[str, ...]]] = []
    for name, child in sorted(names.items()):
        listed = Node((child,), child.line, child.column) if isinstance(child.value, str) else child
        values = reader.globs(listed, what=f"label {quoted(name)}")
        if values:
            pairs.append((name, values))
    return tuple(pairs)


def _parse_velocity(reader: Reader, node: Node | None) -> Velocity | None:
    if node is None:
        return None
    fields = reader.fields(node, what="velocity", known=VELOCITY_FIELDS, required=VELOCITY_FIELDS) or {}
    most = reader.number(fields.get("max"), what="max", high=MAX_VELOCITY, is_whole=True)
    window = reader.number(fields.get("window_sec"), what="window_sec", low=1, high=MAX_WINDOW_S, is_whole=True)
    return None if most is None or window is None else Velocity(int(most), int(window))


def _parse_at_least(reader: Reader, node: Node | None) -> AtLeast | None:
    if node is None:
        return None
    fields = reader.fields(node, what="at_least", known=AT_LEAST_FIELDS, required=AT_LEAST_FIELDS) or {}
    count = reader.number(fields.get("count"), what="count", low=1, is_whole=True)
    items = reader.items(fields["of"], what="of") if "of" in fields else None
    matches = [parse_match(reader, item, what="an item of at_least") for item in items or ()]
    if count is None or items is None or None in matches:
        return None
    if count > len(items):
        message = f"at_least asks for {count} of {len(items)}, which never holds"
        reader.report(fields["count"], ProblemCode.CONTRADICTION, message)
        return None
    return AtLeast(int(count), tuple(match for match in matches if match is not None))


def parse_when(reader: Reader, node: Node | None, *, what: str = "when") -> Expression | None:
    """The expression of a `when`, checked; problems stand at the character where they are."""
    if node is None:
        return None
    if not isinstance(node.value, str):
        reader.wrong_type(node, what=what, expected="text")
        return None
    try:
        term = parse_expression(node.value)
        check_condition(term)
    except ExpressionError as error:
        # In a text over several lines only the beginning has a place; the message counts on from there.
        is_one_line = "\n" not in node.value
        column = node.column + node.is_quoted + error.at if is_one_line and node.line else node.column
        message = f"{what}: {error.message} (character {error.at + 1})"
        reader.report(Node(None, node.line, column), error.code, message)
        return None
    return Expression.of(node.value, term)
