"""The kill switch: what each entry stops, and that damage never lets anything pass."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.bundle import load_bundle
from policies.kill import KillEntry, KillEntryError, KillSwitch, Scope, kill_entry, read_entry

BUNDLE = load_bundle(
    {"doc.yaml": "action_classes: [{class: payout, match: {topics: ['job.pay.*'], tools: [send_money]}}]\n"}
)
EVENT = {"topic": "job.support.refund", "tool": "issue_refund", "agent_id": "bot-1", "tenant_id": "acme"}


def _entry(scope: str, pattern: str | None = None) -> KillEntry:
    return kill_entry(scope, pattern, reason="it runs wild", by="ana", at_ms=5)


def _stops(scope: str, pattern: str | None = None, **fields: object) -> bool:
    event = {name: value for name, value in {**EVENT, **fields}.items() if value is not None}
    return KillSwitch([_entry(scope, pattern)]).match(event, BUNDLE.resolver) is not None


@pytest.mark.parametrize(
    ("scope", "pattern", "fields"),
    [
        ("everything", None, {}),
        ("tenant", "acme", {}),
        ("tenant", "ac*", {}),
        ("agent", "bot-1", {}),
        ("agent", "bot-*", {}),
        ("action_class", "support", {}),
        ("action_class", "topic:support", {}),
        ("action_class", "job.support.*", {}),
        ("action_class", "payout", {"topic": "job.pay.out", "tool": "send_money"}),
        ("action_class", "class:payout", {"topic": "job.pay.out", "tool": "send_money"}),
        ("action_class", "job.pay.*", {"topic": "job.pay.out", "tool": "send_money"}),
    ],
)
def test_an_entry_stops_what_it_names(scope: str, pattern: str | None, fields: dict[str, object]) -> None:
    assert _stops(scope, pattern, **fields)


@pytest.mark.parametrize(
    ("scope", "pattern"),
    [
        ("tenant", "acm"),
        ("tenant", "Acme"),
        ("agent", "bot-10"),
        ("action_class", "refund"),
        ("action_class", "payout"),
        ("action_class", "class:support"),
    ],
)
def test_an_entry_stops_nothing_else(scope: str, pattern: str) -> None:
    assert not _stops(scope, pattern)


@pytest.mark.parametrize(
    ("scope", "pattern", "fields"),
    [
        ("tenant", "other", {"tenant_id": None}),
        ("agent", "other", {"agent_id": None}),
        ("action_class", "payout", {"topic": "job.pay.out", "tool": None}),
        ("action_class", "payout", {"topic": None}),
        ("action_class", "payout", {"topic": "x" * 300}),
        ("action_class", "payout", {"topic": 7}),
    ],
)
def test_what_an_event_does_not_say_might_be_what_is_stopped(
    scope: str, pattern: str, fields: dict[str, object]
) -> None:
    assert _stops(scope, pattern, **fields)


def test_outputs_have_no_tool_and_go_by_their_topic() -> None:
    switch = KillSwitch([_entry("action_class", "payout"), _entry("action_class", "job.pay.*")])
    output = {"topic": "job.support.reply", "agent_id": "bot-1", "tenant_id": "acme"}

    assert switch.match(output, None) is None
    assert switch.match({**output, "topic": "job.pay.reply"}, None) == _entry("action_class", "job.pay.*")


def test_the_widest_entry_is_named() -> None:
    switch = KillSwitch([_entry("action_class", "support"), _entry("everything"), _entry("tenant", "acme")])

    found = switch.match(EVENT, BUNDLE.resolver)

    assert found is not None and found.scope is Scope.EVERYTHING
    assert [entry.scope for entry in switch.entries] == [Scope.EVERYTHING, Scope.TENANT, Scope.ACTION_CLASS]


def test_without_entries_nothing_is_stopped() -> None:
    assert not KillSwitch()
    assert KillSwitch().match(EVENT, BUNDLE.resolver) is None


@pytest.mark.parametrize(
    ("scope", "pattern", "reason", "by", "part"),
    [
        ("evrything", None, "r", "ana", "known are"),
        ("everything", "bot", "r", "ana", "no pattern"),
        ("agent", None, "r", "ana", "needs an id"),
        ("agent", "", "r", "ana", "needs an id"),
        ("agent", "x" * 300, "r", "ana", "characters"),
        ("agent", "*a" * 9, "r", "ana", "stars"),
        ("agent", "a", "  ", "ana", "reason"),
        ("agent", "a", "r", " ", "person"),
    ],
)
def test_a_wrong_entry_is_refused(scope: str, pattern: str | None, reason: str, by: str, part: str) -> None:
    with pytest.raises(KillEntryError, match=part):
        kill_entry(scope, pattern, reason=reason, by=by, at_ms=0)


_ids = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="*"), min_size=1, max_size=40)


@given(st.sampled_from(["tenant", "agent"]), _ids)
def test_every_id_can_be_stopped_and_its_record_read_back(scope: str, pattern: str) -> None:
    entry = _entry(scope, pattern)
    again = read_entry(entry.key, json.loads(json.dumps(entry.to_json())), at_ms=9)

    assert again == entry
    assert _stops(scope, pattern, **{f"{scope}_id": pattern})


@given(
    st.sampled_from(["tenant", "agent", "action_class"]),
    st.one_of(st.none(), st.integers(), st.text(), st.dictionaries(st.text(), st.integers()), st.just({"reason": 1})),
)
def test_an_entry_with_a_damaged_value_stops_what_its_key_names(scope: str, value: object) -> None:
    entry = read_entry(f"kill/{scope}/bot-1", value, at_ms=9)

    assert (entry.scope, entry.pattern, entry.by) == (Scope(scope), "bot-1", "unknown")


@given(st.one_of(st.text(), st.sampled_from(["kill/", "kill/agent", "kill/agent/", "kill/x/y", "agent/bot-1"])))
def test_an_entry_with_a_damaged_key_stops_everything(key: str) -> None:
    entry = read_entry(key, {}, at_ms=9)

    assert entry.scope is Scope.EVERYTHING
    assert KillSwitch([entry]).match({}, None) == entry
