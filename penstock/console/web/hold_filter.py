"""The filters of the approvals pages, as they stand in an address: a link says everything about a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from penstock.console.person import Person
from penstock.console.readmodel.rows import HoldFilter, Tab
from penstock.console.web.forms import link, text_of

QUEUE: Final = "/approvals"
# Name in the address and field of the filter.
NAMES: Final = {
    "team": "team",
    "risk": "risk",
    "class": "approval_class",
    "agent": "agent_id",
    "rule": "rule_id",
    "tool": "tool",
    "topic": "topic",
    "group": "fingerprint",
    "q": "text",
}
_TABS: Final = {tab.value: tab for tab in Tab}


def filter_of(query: Mapping[str, str], person: Person) -> HoldFilter:
    """The list that an address asks for; what it does not understand asks for nothing."""
    given = {field: text_of(query, name) for name, field in NAMES.items()}
    return HoldFilter(
        tab=_TABS.get(query.get("tab", ""), Tab.PENDING), person_id=person.id, tenants=person.tenants, **given
    )


def query_of(wanted: HoldFilter) -> dict[str, str]:
    """The filters as they stand in an address; those that ask for nothing are left out."""
    given = {name: getattr(wanted, field) for name, field in NAMES.items()}
    query = {name: value for name, value in given.items() if value}
    return query if wanted.tab is Tab.PENDING else {"tab": wanted.tab.value, **query}


def list_link(wanted: HoldFilter, **more: object) -> str:
    """The address of a list; `more` replaces or adds parts, None takes them out."""
    return link(QUEUE, {**query_of(wanted), **more})


def hold_link(hold_id: str, wanted: HoldFilter) -> str:
    """The address of a held action that remembers from which list it was opened."""
    return link(f"{QUEUE}/{hold_id}", query_of(wanted))
