"""Expressions: what they mean, what is refused, and that no text and no event breaks them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.decisions import Decision, ReasonCode
from policies.expression_types import check_condition
from policies.expression_values import Expression
from policies.expressions import ExpressionError, parse_expression
from tests.policies.samples import derived, event, rules_bundle

FIELDS: dict[str, object] = {
    "n": 5, "half": 0.5, "exact": Decimal("0.1"), "word": "prod", "yes": True, "no": False, "null": None,
    "deep": {"er": {"n": 7}}, "many": [1],
}  # fmt: skip


def _expression(text: str) -> Expression:
    term = parse_expression(text)
    check_condition(term)
    return Expression.of(text, term)


def _value(text: str, fields: Mapping[str, object] = FIELDS) -> bool | None:
    def lookup(names: tuple[str, ...]) -> object:
        value: object = fields
        for name in names:
            if value is None:
                return None
            if not isinstance(value, Mapping):
                raise TypeError("no fields")
            value = value.get(name)
        return value

    return _expression(text).holds(lookup)


VALUES: tuple[tuple[str, bool | None], ...] = (
    ("n < 5", False), ("n <= 5", True), ("n > 4.9", True), ("n >= 5.0", True), ("n == 5", True), ("n != 5", False),
    ("exact > 0.1", False), ("exact == 0.1", True), ("0.1 + 0.2 == 0.3", True), ("half * 2 == 1", True),
    ("n - 2 - 1 == 2", True), ("2 + 3 * 4 == 14", True), ("(2 + 3) * 4 == 20", True), ("-n < 0", True),
    ("n % 2 == 1", True), ("n / 2 == 2.5", True), ("- -n == 5", True),
    ("word == 'prod'", True), ('word != "prod"', False), ("word IN ['a', 'prod']", True),
    ("word NOT IN ['a']", True), ("n IN [1, -5]", False), ("yes IN [TRUE]", True),
    ("yes", True), ("NOT no", True), ("not no and yes", True), ("yes == TRUE", True),
    ("no AND yes OR yes", True), ("no AND (yes OR yes)", False), ("NOT yes OR yes", True), ("NOT (yes OR yes)", False),
    ("deep.er.n == 7", True), ("word == 'it\\'s'", False),
    ("absent > 1", None), ("null == 1", None), ("absent", None), ("NOT absent", None), ("absent IN [1]", None),
    ("no AND absent", False), ("absent AND no", False), ("yes AND absent", None), ("absent AND yes", None),
    ("yes OR absent", True), ("absent OR yes", True), ("no OR absent", None), ("absent + 1 > 0", None),
    ("deep.absent.n > 1", None), ("absent.n == 'x'", None),
    ("absent IS MISSING", True), ("null IS MISSING", True), ("n IS MISSING", False), ("n IS NOT MISSING", True),
    ("no AND word > 1", False),
)  # fmt: skip


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_an_expression_has_the_value_that_three_valued_logic_gives_it(text: str, value: bool | None) -> None:
    assert _value(text) is value


@pytest.mark.parametrize(
    "text",
    ["word > 1", "n == 'prod'", "yes == 1", "n", "NOT n", "yes AND word", "absent OR word", "n / (n - 5) > 1",
     "n % 0.0 == many", "many == 1", "many", "deep == 1", "word.x == 1", "word + absent > 1", "n IN ['a']",
     "yes IN [1]"],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_an_error_and_not_false(text: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        Expression.of(text, parse_expression(text)).holds(lambda names: _raw(names))


def _raw(names: tuple[str, ...]) -> object:
    value: object = FIELDS
    for name in names:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise TypeError("no fields")
        value = value.get(name)
    return value


@pytest.mark.parametrize("number", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity"), 10**400])
def test_a_number_that_is_not_finite_is_an_error(number: object) -> None:
    with pytest.raises(ValueError):
        _value("n > 1", {"n": number})


REFUSED = (
    ("", 0, "expected a value"), ("n <", 3, "the end"), ("n < 1 < 2", 6, "join two with AND"), ("n = 1", 2, "mean =="),
    ("a && b", 2, "mean AND"), ("a || b", 2, "mean OR"), ("!a", 0, "mean NOT"), ("(a", 2, '")"'), ("a)", 1, "the end"),
    ("f(1)", 1, "no functions"), ("a IN b", 5, '"["'), ("a IN []", 6, "expected a number"), ("a.", 2, "a name"),
    ("'a", 0, "quote"), ("a ~ b", 2, "unexpected"), ("1 IS MISSING", 5, "only a field"), ("a AND", 5, "the end"),
    ("AND", 0, "expected a value"), ("1a > 2", 0, "unexpected"), ("1.2.3 > 1", 0, "unexpected"),
    ("n > 1234567890123456", 4, "significant digits"), ("n > 1e999", 4, "too large"), ("a NOT b", 6, '"IN"'),
    ("1", 0, "expected true or false"), ("'a' < 'b'", 0, "compares numbers"), ("a AND 1", 6, "expected true"),
    ("amount_usd == 'x'", 11, "never equals"), ("customer_facing > 1", 0, "compares numbers"),
    ("tool IN [1]", 5, "never one of"), ("a IN [1, 'b']", 2, "one type"), ("NOT 5", 4, "expected true"),
    ("n / 0 > 1", 2, "division by zero"), ("tool.name == 'x'", 0, "no fields"), ("amount_usd", 0, "expected true"),
    ("risk_tags == 'x'", 0, "write the condition"), ("-'a' > 1", 1, "expected a number"), ("a + TRUE > 1", 4, "number"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "at", "words"), REFUSED)
def test_what_is_no_expression_is_refused_at_its_character(text: str, at: int, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        check_condition(parse_expression(text))

    assert (caught.value.at, words in caught.value.message) == (at, True), caught.value.message


LIMITS = (
    " " * 4_097, "(" * 40 + "a" + ")" * 40, "NOT " * 40 + "a", "-" * 40 + "1 > 0", " AND ".join(["a"] * 300),
    ".".join("a" * 17) + " > 1", "a IN [" + ",".join(["1"] * 300) + "]", "(" * 4_000,
)  # fmt: skip


@pytest.mark.parametrize("text", LIMITS)
def test_an_expression_over_a_limit_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        check_condition(parse_expression(text))

    assert caught.value.code.value == "P011"


words = st.sampled_from(
    ("AND", "OR", "NOT", "IN", "IS", "MISSING", "TRUE", "false", "n", "word", "yes", "absent", "deep.er", "1", "0.5",
     "'x'", "(", ")", "[", "]", ",", "<", ">=", "==", "!=", "+", "-", "*", "/", "%", ".", "many", "amount_usd")
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(words, max_size=14).map(" ".join)))
def test_no_text_does_anything_but_load_or_be_refused(text: str) -> None:
    try:
        expression = _expression(text)
    except ExpressionError as error:
        assert 0 <= error.at <= len(text) and "\n" not in error.message
        return
    with contextlib.suppress(TypeError, ValueError):
        assert expression.holds(_raw) in (True, False, None)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(words, min_size=3, max_size=9).map(" ".join),
    st.dictionaries(
        st.sampled_from(("n", "word", "yes", "absent", "amount_usd")),
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.lists(st.integers())),
    ),
)
def test_no_event_makes_an_expression_raise_anything_unexpected(text: str, fields: dict[str, object]) -> None:
    try:
        expression = _expression(text)
    except ExpressionError:
        return
    try:
        result = expression.holds(lambda names: fields.get(names[0]) if len(names) == 1 else None)
    except (TypeError, ValueError):
        return
    assert result in (True, False, None)


def test_time_to_parse_and_evaluate_grows_with_length_only() -> None:
    def took(parts: int) -> float:
        text = " OR ".join(["absent > 1"] * parts)
        best = 1.0
        for _ in range(5):
            began = time.perf_counter()
            for _ in range(20):
                _value(text)
            best = min(best, time.perf_counter() - began)
        return best

    assert took(80) < 40 * took(10)


def test_an_expression_that_fails_denies_whatever_the_rule_decides() -> None:
    text = 'rules: [{match: {topics: ["*"], when: "arguments.n > 1"}, decision: allow}]'
    bundle = rules_bundle(text)

    verdicts = [bundle.decide(event(arguments={"n": value}), derived()) for value in (2, 1, None, "2")]

    assert [verdict.decision for verdict in verdicts] == [Decision.ALLOW, *[Decision.DENY] * 3]
    assert [verdict.reason_code for verdict in verdicts[1:]] == [
        ReasonCode.NO_RULE_MATCHED, ReasonCode.FIELD_MISSING, ReasonCode.EVALUATION_FAILED,
    ]  # fmt: skip
    assert verdicts[2].missing == ("arguments.n",)
