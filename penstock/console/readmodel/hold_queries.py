"""Questions about held actions. Each takes a connection of `Store.read`, and gives typed rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

import orjson

from penstock.console.readmodel.hold_filters import Where, following, order, where, within
from penstock.console.readmodel.rows import (
    AgentRecord,
    Counts,
    Cursor,
    EarlierAction,
    EqualItems,
    HoldDetail,
    HoldEvent,
    HoldFilter,
    HoldRequest,
    HoldRow,
    Payload,
    QueuePage,
    Tab,
    Vote,
)

# Rows of a page.
PAGE_ROWS: Final = 50
# Earlier actions of the same session, and decided holds of the same agent, that a hold's page shows.
EARLIER_ROWS: Final = 20
LATELY_ROWS: Final = 10

_NAMES: Final = tuple(entry.name for entry in fields(HoldRow))
_FLAG_PLACES: Final = tuple(
    _NAMES.index(name)
    for name in (
        "allows_batch",
        "customer_facing",
        "reversible",
        "session_tainted",
        "first_time",
        "is_sealed",
    )
)
_LIST_PLACES: Final = tuple(_NAMES.index(name) for name in ("risk_tags", "ended_by"))
_OUTCOME: Final = """(
  SELECT status FROM outcomes
  WHERE outcomes.agent_id = holds.agent_id AND outcomes.action_id = holds.action_id AND released
  ORDER BY CASE status WHEN 'incident' THEN 0 WHEN 'failure' THEN 1 ELSE 2 END LIMIT 1) AS outcome"""
# Columns in the order of the row's fields; flags that no request has set yet are false.
_MADE: Final = {"outcome": _OUTCOME, **{name: f"coalesce({name}, 0)" for name in ("allows_batch", "is_sealed")}}
_COLUMNS: Final = ", ".join(_MADE.get(name, name) for name in _NAMES)


def queue_page(
    db: sqlite3.Connection, wanted: HoldFilter, *, now_ms: int, after: Cursor | None = None, rows: int = PAGE_ROWS
) -> QueuePage:
    """A page of a list: what is open by due time, what is over by when it ended, the latest first."""
    found = _rows(db, wanted, now_ms=now_ms, after=after, rows=rows + 1)
    return QueuePage(found[:rows], found[rows - 1].cursor if len(found) > rows else None)


def next_hold(db: sqlite3.Connection, wanted: HoldFilter, *, behind: Cursor, now_ms: int) -> str | None:
    """The hold that follows in the list, for "next item"; None at its end."""
    found = _rows(db, wanted, now_ms=now_ms, after=behind, rows=1)
    return found[0].hold_id if found else None


def _rows(
    db: sqlite3.Connection, wanted: HoldFilter, *, now_ms: int, after: Cursor | None, rows: int
) -> tuple[HoldRow, ...]:
    conditions = where(wanted, now_ms=now_ms)
    if after is not None:
        more = following(after, wanted.tab)
        conditions = Where(f"{conditions.sql} AND {more.sql}", [*conditions.values, *more.values])
    # Conditions are made of constants of this package, and parameters.
    query = f"SELECT {_COLUMNS} FROM holds WHERE {conditions.sql} ORDER BY {order(wanted)} LIMIT ?"  # noqa: S608
    return tuple(_row(found) for found in db.execute(query, [*conditions.values, rows]))


def counts(db: sqlite3.Connection, wanted: HoldFilter, *, now_ms: int) -> Counts:
    """How many holds each tab and team has under the filter; the filter's own tab and team play no part."""
    tabs = {tab: _number(db, where(replace(wanted, tab=tab), now_ms=now_ms)) for tab in Tab}
    pending = where(replace(wanted, tab=Tab.PENDING), now_ms=now_ms, is_for_every_team=True)
    query = f"SELECT coalesce(team, '') AS name, count(*) AS holds FROM holds WHERE {pending.sql} GROUP BY team"  # noqa: S608
    teams = {row["name"]: row["holds"] for row in db.execute(query, pending.values)}
    return Counts(tabs, teams)


def _number(db: sqlite3.Connection, conditions: Where) -> int:
    query = f"SELECT count(*) FROM holds WHERE {conditions.sql}"  # noqa: S608
    found: int = db.execute(query, conditions.values).fetchone()[0]
    return found


def equal_items(db: sqlite3.Connection, wanted: HoldFilter, *, now_ms: int, groups: int = 20) -> tuple[EqualItems, ...]:
    """Groups of at least two open holds that are decided alike, the largest first."""
    conditions = where(replace(wanted, tab=Tab.PENDING), now_ms=now_ms)
    query = (
        "SELECT fingerprint, team, count(*) AS holds, min(due_ms) AS first_due_ms FROM holds"  # noqa: S608
        f" WHERE {conditions.sql} GROUP BY fingerprint, team HAVING count(*) > 1"
        " ORDER BY holds DESC, first_due_ms, fingerprint LIMIT ?"
    )
    found = []
    for row in db.execute(query, [*conditions.values, groups]).fetchall():
        same = replace(wanted, tab=Tab.PENDING, fingerprint=row["fingerprint"], team=row["team"] or "")
        example = _rows(db, same, now_ms=now_ms, after=None, rows=1)[0]
        group = (row["fingerprint"], row["team"], row["holds"], row["first_due_ms"])
        found.append(EqualItems(*group, example.allows_batch, example))
    return tuple(found)


def hold_detail(db: sqlite3.Connection, hold_id: str, *, tenants: tuple[str, ...] = ()) -> HoldDetail | None:
    """One hold with all about it; None when there is none that a person bound to these tenants may know of."""
    seen = [Where("hold_id = ?", (hold_id,)), Where("stage <> 'incomplete'", ()), *within(tenants)]
    sql, values = " AND ".join(part.sql for part in seen), [value for part in seen for value in part.values]
    columns = f"{_COLUMNS}, decision, constraints, payload, is_sealed AS is_box"
    found = db.execute(f"SELECT {columns} FROM holds WHERE {sql}", values).fetchone()  # noqa: S608
    if found is None:
        return None
    row, payload = _row(found), _payload(found["payload"], found["is_box"])
    return HoldDetail(
        row=row,
        decision=_object(found["decision"]),
        constraints=_object(found["constraints"]),
        payload=payload,
        requests=_requests(db, hold_id, {row.digest: payload}),
        votes=_votes(db, hold_id),
        events=_events(db, hold_id),
        earlier=_earlier(db, row, tenants),
        agent=_agent(db, row, tenants),
        equal=_number(db, Where("stage = 'open' AND fingerprint = ? AND team IS ?", (row.fingerprint, row.team))),
    )


def _requests(db: sqlite3.Connection, hold_id: str, latest: Mapping[str | None, Payload]) -> tuple[HoldRequest, ...]:
    """The requests in order, each with the payload of its digest; that of the latest stands on the hold."""
    carried, found = dict(latest), []
    for row in db.execute('SELECT * FROM hold_requests WHERE hold_id = ? ORDER BY "offset"', (hold_id,)):
        if row["payload"] is not None:
            carried[row["digest"]] = _payload(row["payload"], row["is_sealed"])
        request = HoldRequest(
            offset=row["offset"],
            cause=row["cause"],
            asked_ms=row["asked_ms"],
            digest=row["digest"],
            snapshot=row["snapshot"],
            team=row["team"],
            approval_class=row["approval_class"],
            approvers=row["approvers"],
            due_ms=row["due_ms"],
            constraints=_object(row["constraints"]),
            payload=carried.get(row["digest"], Payload(None, None)),
        )
        found.append(request)
    return tuple(found)


def _votes(db: sqlite3.Connection, hold_id: str) -> tuple[Vote, ...]:
    query = "SELECT reviewer, review_id, at_ms, constraints FROM hold_votes WHERE hold_id = ? ORDER BY seq"
    found = db.execute(query, (hold_id,))
    return tuple(Vote(r["reviewer"], r["review_id"], r["at_ms"], _object(r["constraints"])) for r in found)


def _events(db: sqlite3.Connection, hold_id: str) -> tuple[HoldEvent, ...]:
    query = """
      SELECT e.seq, e.at_ms, e.kind, e.person, e.verdict, e.code, e.details, r.reason
      FROM hold_events e LEFT JOIN reviews r ON r.partition = e.partition AND r."offset" = e.review_offset
      WHERE e.hold_id = ? ORDER BY e.at_ms, e.partition, e.seq, e.n
    """
    found = []
    for row in db.execute(query, (hold_id,)):
        who = (row["seq"], row["at_ms"], row["kind"], row["person"], row["verdict"], row["code"])
        found.append(HoldEvent(*who, _object(row["details"]), row["reason"]))
    return tuple(found)


def _earlier(db: sqlite3.Connection, hold: HoldRow, tenants: tuple[str, ...]) -> tuple[EarlierAction, ...]:
    """What was held or drawn before in the same session, the latest first; the console knows of no other actions."""
    if hold.session_id is None:
        return ()
    seen = next(within(tenants), Where("true", ()))
    query = f"""
      SELECT 'hold' AS what, hold_id AS id, action_id, opened_ms AS at_ms, topic, tool, state, {_OUTCOME}
      FROM holds WHERE session_id = ? AND opened_ms <= ? AND stage <> 'incomplete' AND hold_id <> ? AND {seen.sql}
      UNION ALL
      SELECT 'sample', sample_id, action_id, sampled_ms, topic, tool, outcome, NULL
      FROM samples WHERE session_id = ? AND sampled_ms <= ? AND state <> 'incomplete' AND {seen.sql}
        AND NOT EXISTS (SELECT 1 FROM holds WHERE holds.agent_id = samples.agent_id
          AND holds.action_id = samples.action_id)
      ORDER BY at_ms DESC, id LIMIT ?
    """  # noqa: S608
    session = (hold.session_id, hold.opened_ms)
    values = (*session, hold.hold_id, *seen.values, *session, *seen.values, EARLIER_ROWS)
    return tuple(EarlierAction(*row) for row in db.execute(query, values))


def _agent(db: sqlite3.Connection, hold: HoldRow, tenants: tuple[str, ...]) -> AgentRecord | None:
    """What the agent did; its latest decided holds are those that the person may know of."""
    found = db.execute("SELECT * FROM agents WHERE agent_id = ?", (hold.agent_id,)).fetchone()
    if found is None:
        return None
    seen = next(within(tenants), Where("true", ()))
    query = f"""
      SELECT 'hold', hold_id, action_id, opened_ms, topic, tool, state, {_OUTCOME} FROM holds
      WHERE agent_id = ? AND resolution IS NOT NULL AND hold_id <> ? AND {seen.sql}
      ORDER BY opened_ms DESC, hold_id LIMIT ?
    """  # noqa: S608
    lately = db.execute(query, (hold.agent_id, hold.hold_id, *seen.values, LATELY_ROWS))
    names = [entry.name for entry in fields(AgentRecord) if entry.name not in ("is_stopped", "lately")]
    return AgentRecord(
        **{name: found[name] for name in names},
        is_stopped=found["stopped_ms"] is not None,
        lately=tuple(EarlierAction(*row) for row in lately),
    )


def _row(found: sqlite3.Row) -> HoldRow:
    given: list[Any] = list(found[: len(_NAMES)])
    for place in _FLAG_PLACES:
        if given[place] is not None:
            given[place] = given[place] != 0
    for place in _LIST_PLACES:
        given[place] = tuple(orjson.loads(given[place])) if given[place] else ()
    return HoldRow(*given)


def _object(text: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {} if text is None else orjson.loads(text)
    return found


def _payload(text: str | None, is_sealed: int | None) -> Payload:
    if text is None:
        return Payload(None, None)
    return Payload(orjson.loads(text), None) if is_sealed else Payload(None, orjson.loads(text))
