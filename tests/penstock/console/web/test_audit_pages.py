"""The audit pages: found by who, what and when; one record with its place in the chain."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from penstock.console.readmodel.audit_queries import match_of
from penstock.console.readmodel.statements import Statement
from penstock.console.readmodel.store import Store
from penstock.console.web.audit import ROUTES
from policies.approval_documents import Role
from tests.penstock.console.fakes import NOW_MS, a_console, a_person, client_of

INSERT = (
    'INSERT INTO audit (id, partition, seq, "offset", at_ms, kind, agent_id, subject, person, value, prev, sha256)'
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
PARTITION_IDS = 2**40


def chain(count: int, *, partition: int = 1, hostile: str = "") -> list[Statement]:
    """Records of a partition as the gate chains them."""
    prev, made = "0" * 64, []
    for seq in range(1, count + 1):
        agent = f"agent-{seq % 3}{hostile}"
        value = orjson.dumps({"seq": seq, "prev": prev, "kind": "decision", "agent_id": agent})
        sha256 = hashlib.sha256(value).hexdigest()
        row_id, at_ms, subject = partition * PARTITION_IDS + seq, NOW_MS + seq, f"action-{seq}"
        values = (row_id, partition, seq, seq * 2, at_ms, "decision", agent, subject, None, value, prev, sha256)
        made.append(Statement(INSERT, values))
        made.append(
            Statement("INSERT INTO audit_text (rowid, names) VALUES (?, ?)", (row_id, f"{agent} {subject} decision"))
        )
        prev = sha256
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "model.sqlite")
    yield made
    made.close()


def auditor(store: Store, **more: Any) -> TestClient:
    return client_of(a_console(store), a_person(Role.AUDITOR, **more), routes=ROUTES)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("agent=agent-1", {"1-1", "1-4", "1-7"}),
        ("subject=action-2", {"1-2"}),
        ("kind=decision&agent=agent-2", {"1-2", "1-5", "1-8"}),
        ("q=action-3", {"1-3"}),
        ("q=ACTION-3+agent-0", {"1-3"}),
        ("since=2026-03-02T09:00:00&until=2026-03-02T09:00:01&subject=action-1", {"1-1"}),
        ("until=2026-03-01T00:00", set()),
        ("since=rubbish&agent=agent-1", {"1-1", "1-4", "1-7"}),
        ("q=%22+OR+agent-1+*", set()),
    ],
)
def test_records_are_found_by_agent_action_kind_time_and_words(query: str, found: set[str], store: Store) -> None:
    store.write(chain(9))
    text = auditor(store).get(f"/audit?{query}").text
    assert {f"1-{seq}" for seq in range(1, 10) if f'"/audit/1/{seq}"' in text} == found


def test_an_action_that_passed_at_once_is_found_by_its_id(store: Store) -> None:
    store.write(chain(21))
    store.write([Statement("UPDATE audit SET subject = NULL", ())])
    text = auditor(store).get("/audit?subject=action-2").text
    assert {seq for seq in range(1, 22) if f'"/audit/1/{seq}"' in text} == {2}


def test_a_word_that_is_query_language_is_only_a_word() -> None:
    assert match_of('x" OR 1 NEAR(a b) *') == '"x"* "OR"* "1"* "NEAR"* "a"* "b"*'
    assert match_of("()") is None


def test_pages_go_on_where_the_last_one_ended(store: Store) -> None:
    store.write(chain(120))
    client, path, seen = auditor(store), "/audit", []
    while path:
        text = client.get(path).text
        seen += [int(part.split('"')[0]) for part in text.split('href="/audit/1/')[1:]]
        path = text.split('rel="next"')[0].split('<a href="')[-1].split('"')[0].replace("&amp;", "&")
        path = path if 'rel="next"' in text else ""
    assert seen == list(range(120, 0, -1))


def test_a_record_shows_that_the_chain_holds_before_and_behind_it(store: Store) -> None:
    store.write(chain(5))
    text = auditor(store).get("/audit/1/2").text
    assert "it names the digest of the record before" in text
    assert "the record behind names its digest" in text
    assert "3 records hang on it without a gap, up to number 5" in text
    assert "not checked" not in text


def test_a_record_that_was_changed_shows_as_broken_on_both_sides(store: Store) -> None:
    store.write(chain(5))
    store.write([Statement("UPDATE audit SET sha256 = ? WHERE seq = 3", ("f" * 64,))])
    client = auditor(store)
    assert "the record behind names another digest" in client.get("/audit/1/3").text
    assert "the record before has another digest" in client.get("/audit/1/4").text
    assert "1 records hang on it without a gap, up to number 3" in client.get("/audit/1/2").text


def test_a_gap_is_not_called_whole(store: Store) -> None:
    store.write(chain(5))
    store.write([Statement("DELETE FROM audit WHERE seq = 3", ())])
    text = auditor(store).get("/audit/1/4").text
    assert "the record before is not in the read model" in text
    assert "in part" in auditor(store).get("/audit/1/2").text


def test_the_exact_bytes_hash_to_what_the_next_record_names(store: Store) -> None:
    store.write(chain(3))
    client = auditor(store)
    digest = hashlib.sha256(client.get("/audit/1/2/value").content).hexdigest()
    assert client.get("/audit/1/3/value").headers["penstock-prev"] == digest


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_who_may_not_see_the_audit_sees_no_record(role: Role, store: Store) -> None:
    store.write(chain(3))
    client = client_of(a_console(store), a_person(role), routes=ROUTES)
    for path in ("/audit", "/audit/1/2", "/audit/1/2/value"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "action-2" not in answer.text


def test_who_is_bound_to_a_tenant_sees_nothing_of_a_log_that_is_not_divided(store: Store) -> None:
    store.write(chain(3))
    assert auditor(store, tenants=("acme",)).get("/audit").status_code == 403


def test_what_is_not_there_is_not_found(store: Store) -> None:
    client = auditor(store)
    assert client.get("/audit/1/99").status_code == 404
    assert client.get("/audit/1/x").status_code == 404
    assert "No record is like this" in client.get("/audit?agent=nobody").text


def test_hostile_names_stay_text(store: Store) -> None:
    store.write(chain(2, hostile="<img src=x onerror=alert(1)>\u202e"))
    for path in ("/audit", "/audit/1/1"):
        text = auditor(store).get(path).text
        assert "<img" not in text
        assert "U+202E" in text
