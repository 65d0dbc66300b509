"""A held action in plain words, made from what would be carried out and never from what the agent says about it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.console.web.sentence import MAX_VALUE_CHARS, Deed, Stress, plain_text, sentence

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def told(arguments: dict[str, Any] | None = None, **facts: Any) -> str:
    """The sentence about a refund, with some facts."""
    given_facts: dict[str, Any] = {"agent_id": "billing-bot", "topic": "job.support.refund", "tool": "refund_order"}
    return plain_text(sentence(Deed(**given_facts | facts), arguments))


def test_sentence_says_who_what_whom_how_much_and_whether_it_can_be_undone() -> None:
    assert told(
        {"order": "9", "amount": 420},
        amount_usd="420",
        environment="prod",
        customer_facing=True,
        reversible=False,
        affected_users=3,
    ) == (
        "billing-bot wants to refund order (tool refund_order, class job.support.refund): order 9, USD 420.00 as its"
        " arguments say, in prod; it affects 3 people; customers see it; it cannot be undone."
    )


@pytest.mark.parametrize(
    ("tool", "topic", "words"),
    [
        ("cancelReservation", "job.air.x", "cancel reservation"),
        ("crm", "job.crm.delete", "delete"),
        ("crm", "job.crm.nothing", "use the tool crm"),
        (None, "job.crm.nothing", "do something of the class job.crm.nothing"),
        ("DELETE_USER", "job.crm.read", "delete user"),
    ],
)
def test_verb_comes_from_the_tool_or_the_class_and_from_nowhere_else(tool: str | None, topic: str, words: str) -> None:
    assert f"wants to {words} (" in told(tool=tool, topic=topic)


@pytest.mark.parametrize(
    ("reversible", "words", "stress"),
    [
        (True, "it can be undone", Stress.PLAIN),
        (False, "it cannot be undone", Stress.WARNING),
        (None, "nobody has said whether it can be undone", Stress.WARNING),
    ],
)
def test_what_is_not_known_to_be_reversible_is_never_called_so(
    reversible: bool | None, words: str, stress: Stress
) -> None:
    phrases = sentence(Deed("a", "t.x", reversible=reversible), {})

    assert [phrase.stress for phrase in phrases if words in phrase.text] == [stress]


@pytest.mark.parametrize("amount", [420, "420", "420.00", 420.0, "$420", "-420", "0420"])
def test_amount_that_an_argument_has_is_told_as_such(amount: object) -> None:
    assert "USD 420.00 as its arguments say" in told({"deep": [{"amount": amount}]}, amount_usd="420.00")


@pytest.mark.parametrize("arguments", [{}, {"amount": 42}, {"amount": True}, {"amount": "4 20"}, {"amount": "420x"}])
def test_amount_that_no_argument_has_is_told_as_a_claim(arguments: dict[str, Any]) -> None:
    assert "its arguments do not say it" in told(arguments, amount_usd="420")


def test_amount_without_arguments_in_view_claims_nothing_about_them() -> None:
    assert "arguments" not in told(None, amount_usd="420")


def test_targets_are_named_the_most_telling_first_and_the_rest_is_counted() -> None:
    arguments = {"note": "x", "order_id": "o1", "user_id": "u1", "to": ["a@b.c", "d@e.f"], "host": "h", "project": "p"}

    assert ": to a@b.c and 1 more, user_id u1, order_id o1 and 2 more named below" in told(arguments)


def test_without_a_telling_name_the_first_arguments_are_told() -> None:
    assert ": origin JFK, seats 2" in told({"origin": "JFK", "is_flexible": True, "seats": 2, "note": None})


def test_long_value_is_cut() -> None:
    assert f"to {'x' * MAX_VALUE_CHARS}…" in told({"to": "x" * 500})


def test_nothing_of_the_payload_is_told_without_it() -> None:
    assert told(None) == (
        "billing-bot wants to refund order (tool refund_order, class job.support.refund);"
        " nobody has said whether it can be undone."
    )


@given(arguments=st.dictionaries(st.text(max_size=12), JSON, max_size=5), claims=st.dictionaries(st.text(), JSON))
def test_any_arguments_give_a_sentence_and_claims_change_nothing(
    arguments: dict[str, Any], claims: dict[str, Any]
) -> None:
    summary = {"agent_id": "a", "topic": "job.x.read", "reversible": False}
    facts = {"agent_id", "topic", "tool", "amount_usd", "affected_users", "customer_facing"}
    facts |= {"reversible", "environment", "tenant_id"}
    others = {name: value for name, value in claims.items() if name not in facts}

    text = plain_text(sentence(Deed.of(summary), arguments))

    assert plain_text(sentence(Deed.of(summary | others), arguments)) == text
    assert text.startswith("a wants to read (class job.x.read)")
    assert text.endswith("it cannot be undone.")


@given(JSON)
def test_summary_of_any_shape_gives_a_sentence(value: Any) -> None:
    summary = dict.fromkeys(
        ("tool", "amount_usd", "affected_users", "customer_facing", "reversible", "environment", "tenant_id"), value
    )
    assert plain_text(sentence(Deed.of(summary | {"agent_id": "a", "topic": "b"}), {})).endswith(".")
