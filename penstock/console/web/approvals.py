"""The queue of held actions: tabs, filters in the address, what is equal, and what is left of the time."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from penstock.console.acts.ledger import ActStatus
from penstock.console.acts.wording import verb_of
from penstock.console.person import Permission, Person
from penstock.console.policy_in_force import bundle_in_force
from penstock.console.readmodel.approval_queries import carried, kept_blind
from penstock.console.readmodel.hold_queries import PAGE_ROWS, counts, equal_items, queue_page
from penstock.console.readmodel.rows import Cursor, EqualItems, HoldFilter, HoldRow, Tab
from penstock.console.web.acting import outbox_of
from penstock.console.web.console_state import console_of
from penstock.console.web.contents import Contents
from penstock.console.web.hold_filter import NAMES, QUEUE, filter_of, hold_link, list_link, query_of
from penstock.console.web.render import page
from penstock.console.web.sentence import headline
from streams.events import TargetKind

# Groups of equal items that are shown above the list.
MAX_GROUPS: Final = 5
# Findings that a row names; more are counted.
MAX_TYPES: Final = 3
TABS: Final[Mapping[Tab, str]] = {
    Tab.PENDING: "Pending",
    Tab.MINE: "Mine",
    Tab.NEEDS_SECOND: "Needs second",
    Tab.DECIDED: "Decided",
    Tab.EXPIRED: "Expired",
}
RISKS: Final = ("high", "medium", "low")
CLASSES: Final = ("explicit", "queue", "auto")


class TabLink(NamedTuple):
    """A tab, where it leads and how many it has."""

    name: str
    href: str
    holds: int
    is_current: bool


class Item(NamedTuple):
    """A row as the list shows it.

    `found` are the types of findings with how often each was found, None where nobody can tell; `status` is the
    reader's own act on it that is under way; `is_blind` keeps how it ended from whom it will be asked again.
    """

    row: HoldRow
    href: str
    title: str
    found: tuple[tuple[str, int], ...] | None
    equal: int
    equal_href: str
    status: str | None
    is_claimed: bool
    is_mine: bool
    is_blind: bool


class Group(NamedTuple):
    """Open holds that are decided alike."""

    items: EqualItems
    title: str
    href: str


def contents_of(request: Request) -> Contents:
    """What opens held actions."""
    contents: Contents = (console_of(request).parts or {})["contents"]
    return contents


def queue(request: Request) -> Response:
    """A page of the list that the address asks for."""
    person: Person = request.state.person
    person.require(Permission.SEE)
    console = console_of(request)
    now_ms = console.clock()
    wanted = filter_of(request.query_params, person)
    after = Cursor.parse(request.query_params.get("after"))
    with console.store.read() as db:
        found = queue_page(db, wanted, now_ms=now_ms, after=after, rows=PAGE_ROWS)
        totals = counts(db, wanted, now_ms=now_ms)
        is_open = wanted.tab.stage == "open"
        groups = equal_items(db, wanted, now_ms=now_ms, groups=MAX_GROUPS) if is_open and after is None else ()
        items = _items(request, db, found.rows, wanted, groups)
    context: dict[str, Any] = {
        "items": items,
        "tabs": [
            TabLink(name, _tab_link(wanted, tab), totals.tabs.get(tab, 0), tab is wanted.tab)
            for tab, name in TABS.items()
        ],
        "teams": sorted(team for team in totals.teams if team),
        "risks": RISKS,
        "classes": CLASSES,
        "query": dict.fromkeys(NAMES, "") | query_of(wanted),
        "is_filtered": any(getattr(wanted, field) for field in NAMES.values()),
        "is_open": is_open,
        "tab": wanted.tab.value,
        "groups": [
            Group(group, headline(group.example), list_link(wanted, group=group.fingerprint)) for group in groups
        ],
        "group": wanted.fingerprint,
        "max_types": MAX_TYPES,
        "clear_href": list_link(replace(HoldFilter(), tab=wanted.tab)),
        "first_href": list_link(wanted) if after is not None else None,
        "later_href": list_link(wanted, after=str(found.after)) if found.after is not None else None,
        "may_decide": person.may(Permission.DECIDE) and is_open,
        "may_second": person.may(Permission.DECIDE),
        "may_promote": person.may(Permission.PROMOTE),
    }
    return page(request, "approvals/queue.html", context)


def _tab_link(wanted: HoldFilter, tab: Tab) -> str:
    # Groups of equal items are open ones; on other tabs the filter would show nothing.
    return list_link(replace(wanted, tab=tab, fingerprint=None))


def _items(
    request: Request,
    db: sqlite3.Connection,
    rows: tuple[HoldRow, ...],
    wanted: HoldFilter,
    groups: tuple[EqualItems, ...],
) -> list[Item]:
    person: Person = request.state.person
    now_ms, contents = console_of(request).clock(), contents_of(request)
    ids = [row.hold_id for row in rows]
    payloads = carried(db, ids) if person.may(Permission.SEE_PAYLOAD) else {}
    blind = kept_blind(db, ids, person.id) if wanted.tab.stage == "decided" else frozenset()
    equal = {group.fingerprint: group.holds for group in groups}
    acts, bundle = under_way(request), bundle_in_force(db)
    items = []
    for row in rows:
        held = payloads.get(row.hold_id)
        found = None if held is None else contents.found(row.hold_id, held.digest, held.payload, bundle=bundle)
        status = acts.get(row.hold_id)
        is_mine = row.claimed_by is not None and row.claimed_by.casefold() == person.id.casefold()
        items.append(
            Item(
                row,
                hold_link(row.hold_id, wanted),
                headline(row),
                None if found is None else _counted(found),
                equal.get(row.fingerprint or "", 0),
                list_link(wanted, group=row.fingerprint),
                None if status is None else f"{verb_of(status.act.verdict.value)}: under way",
                row.is_claimed(now_ms),
                is_mine,
                row.hold_id in blind and person.may(Permission.DECIDE),
            )
        )
    return items


def under_way(request: Request) -> Mapping[str, ActStatus]:
    """The reader's own acts on held actions that are not on the record yet, by hold."""
    person: Person = request.state.person
    acts = outbox_of(request).of_person(person.id)
    return {
        status.act.target_id: status
        for status in acts
        if status.act.target is TargetKind.ACTION and status.state.is_open
    }


def _counted(types: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    numbers = {kind: types.count(kind) for kind in dict.fromkeys(types)}
    return tuple(sorted(numbers.items(), key=lambda entry: -entry[1]))


ROUTES: Final = (Route(QUEUE, queue),)
