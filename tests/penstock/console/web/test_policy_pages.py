"""The policy pages: what is in force where, who said so, and what it changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.console.readmodel.statements import Statement
from penstock.console.readmodel.store import Store
from penstock.console.web.policy import ROUTES, difference
from policies.approval_documents import Role
from policies.bundle import Bundle, load_bundle
from tests.penstock.console.fakes import NOW_MS, a_console, a_person, client_of

HOLDS = (
    "rules: [{id: pay, match: {topics: ['job.pay']}, decision: require_approval, reason: 'People look at payments'}]"
)
ALLOWS = HOLDS.replace("require_approval", "allow").replace("People look at", "Nobody looks at")
OLD, NEW = load_bundle({"pay.yaml": HOLDS}), load_bundle({"pay.yaml": ALLOWS})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "model.sqlite")
    yield made
    made.close()


def activate(store: Store, offset: int, bundle: Bundle, before: Bundle | None, *, reason: str = "because") -> None:
    """What the policy topic and four lanes say of an activation."""
    store.write(
        [
            Statement("INSERT OR REPLACE INTO bundles VALUES (?, ?, ?)", (bundle.snapshot, bundle.canonical(), NOW_MS)),
            Statement(
                "INSERT INTO activations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    offset,
                    bundle.snapshot,
                    bundle.short,
                    None if before is None else before.snapshot,
                    reason,
                    "ana",
                    NOW_MS + offset,
                    "bo",
                    NOW_MS + offset,
                ),
            ),
            *(
                Statement(
                    "INSERT INTO lane_policies VALUES (?, ?, ?, ?, ?, ?)",
                    (lane, offset, NOW_MS + offset, bundle.snapshot, None, "ana"),
                )
                for lane in range(4)
            ),
        ]
    )


def test_nothing_in_force_says_that_everything_is_denied(store: Store) -> None:
    text = client_of(a_console(store), a_person(Role.VIEWER), routes=ROUTES).get("/policy").text
    assert "everything is denied" in text


def test_the_page_says_what_is_in_force_who_activated_it_and_why(store: Store) -> None:
    activate(store, 1, OLD, None, reason="first")
    activate(store, 2, NEW, OLD, reason="too <b>slow</b>")
    text = client_of(a_console(store), a_person(Role.VIEWER), routes=ROUTES).get("/policy").text
    assert f"In force: {NEW.short}" in text
    assert "too &lt;b&gt;slow" in text
    assert "ana" in text
    assert "bo" in text
    assert 'href="/policy/1"' in text
    assert "different policies" not in text


def test_lanes_that_differ_are_a_warning(store: Store) -> None:
    activate(store, 1, OLD, None)
    store.write(
        [Statement("INSERT INTO lane_policies VALUES (2, 9, ?, ?, ?, 'ana')", (NOW_MS + 9, NEW.snapshot, OLD.snapshot))]
    )
    text = client_of(a_console(store), a_person(Role.VIEWER), routes=ROUTES).get("/policy").text
    assert "Lanes decide by different policies" in text


def test_an_activation_shows_what_it_loosened_line_by_line(store: Store) -> None:
    activate(store, 1, OLD, None)
    activate(store, 2, NEW, OLD)
    text = client_of(a_console(store), a_person(Role.VIEWER), routes=ROUTES).get("/policy/2").text
    assert "may let more happen" in text
    assert "changed rule pay/pay" in text
    assert "require_approval</del>" in text
    assert "allow</ins>" in text


def test_documents_that_are_gone_or_do_not_match_explain_nothing(store: Store) -> None:
    activate(store, 1, OLD, None)
    store.write([Statement("UPDATE bundles SET documents = ?", (NEW.canonical(),))])
    client = client_of(a_console(store), a_person(Role.VIEWER), routes=ROUTES)
    assert "not on the policy topic any more" in client.get("/policy").text
    assert client.get("/policy/text").status_code == 404
    assert client.get("/policy/77").status_code == 404


def test_the_policy_in_force_can_be_read(store: Store) -> None:
    activate(store, 1, OLD, None)
    text = client_of(a_console(store), a_person(Role.VIEWER), routes=ROUTES).get("/policy/text").text
    assert "People look at payments" in text


def test_the_kill_switch_shows_what_is_stopped(store: Store) -> None:
    values = ("kill/agent/rogue", "agent", "rogue", "INC-1", "ana", NOW_MS, 1, NOW_MS)
    store.write([Statement("INSERT INTO kills VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)])
    text = client_of(a_console(store), a_person(Role.VIEWER), routes=ROUTES).get("/policy").text
    assert "rogue" in text
    assert "stopped" in text


def test_the_difference_of_a_policy_to_itself_is_empty() -> None:
    assert list(difference(OLD, OLD)) == []
    assert {line.kind for line in difference(None, OLD)} == {"hunk", "added"}
