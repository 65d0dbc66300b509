"""One held action: what it would do, what it holds, why it is held, who did what about it, and the forms to decide."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from penstock.console.acts.act import MAX_REASON_CHARS
from penstock.console.acts.ledger import ActStatus
from penstock.console.acts.wording import state_text_of, text_of
from penstock.console.people.fresh import is_fresh, link
from penstock.console.person import Permission, Person
from penstock.console.policy_in_force import bundle_in_force, bundle_of
from penstock.console.readmodel.approval_queries import kept_blind
from penstock.console.readmodel.hold_queries import hold_detail
from penstock.console.readmodel.rows import HoldDetail, HoldFilter
from penstock.console.web.acting import outbox_of
from penstock.console.web.approvals import contents_of
from penstock.console.web.console_state import console_of
from penstock.console.web.difference import Line, difference
from penstock.console.web.editing import ADDED_CONSTRAINTS, CONSTRAINT_FIELD, editable
from penstock.console.web.escalation import is_last_team
from penstock.console.web.hold_filter import QUEUE, filter_of, list_link, query_of
from penstock.console.web.marked import Marked, Piece, marked, marked_text
from penstock.console.web.objections import DECIDING, Objection
from penstock.console.web.render import page
from penstock.console.web.rule_text import rule_text
from penstock.console.web.sentence import sentence
from penstock.console.web.timeline import Entry, entries_of, since
from policies.approval_documents import ApprovalClass
from policies.bundle import Bundle
from policies.people import Principal, is_among
from streams.events import TargetKind

# How long a decision that was sent keeps the forms away while the gate has not answered, milliseconds.
ANSWER_MS: Final = 60_000
Form = Mapping[str, str]
# Fields of the forms that a browser may leave out.
_NOTHING_TYPED: Final = {"reason": "", "arguments": "", "to_team": ""}


@dataclass(frozen=True, slots=True)
class Standing:
    """Who the person is to the policy in force, and which teams there are; None where the console cannot tell."""

    by: Principal | None = None
    teams: tuple[str, ...] = ()


class Opened(NamedTuple):
    """What the action holds, laid out; everything is None or empty for who may not see it, or when it cannot be shown.

    `why_not` says in words why it cannot.
    """

    action: Mapping[str, Any] | None
    arguments: Marked | None
    context: Marked | None
    reasoning: tuple[Piece, ...]
    changes: tuple[Line, ...]
    edit: str
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Screen:
    """A held action as it is now, for one person. `opened.action` is what would be carried out.

    `blind` are the actions named on the page whose decision the person must not see yet. `rule` is the text of the rule
    that holds it, None where this console does not have the policy. `is_last_team` says that it cannot be escalated.
    """

    detail: HoldDetail
    wanted: HoldFilter
    standing: Standing
    opened: Opened
    rule: str | None
    is_last_team: bool
    blind: frozenset[str]
    now_ms: int

    @property
    def is_blind(self) -> bool:
        """Whether the person must not see how this one was decided."""
        return self.detail.row.hold_id in self.blind


@dataclass(frozen=True, slots=True)
class Refusal:
    """An act that was not taken: why, with what was typed, and what changed while the person looked."""

    objection: Objection
    form: Form = field(default_factory=dict)
    changed: tuple[Entry, ...] = ()
    status: int = HTTPStatus.CONFLICT


def screen_of(request: Request, db: sqlite3.Connection, hold_id: str) -> Screen:
    """The held action of that id as this person may know it.

    Raises:
        HTTPException: 404 when there is none that the person may know of.
    """
    person: Person = request.state.person
    person.require(Permission.SEE)
    now_ms = console_of(request).clock()
    detail = hold_detail(db, hold_id, tenants=person.tenants)
    if detail is None or detail.row.asked_ms is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    lately = detail.agent.lately if detail.agent else ()
    named = [hold_id, *(step.id for step in (*detail.earlier, *lately))]
    return Screen(
        detail,
        filter_of(request.query_params, person),
        standing_of(db, person),
        _opened(request, detail, bundle_in_force(db)),
        rule_text(bundle_of(db, detail.row.snapshot), detail.row.document, detail.row.rule_id),
        is_last_team(detail, bundle_of(db, detail.requests[0].snapshot) if detail.requests else None),
        kept_blind(db, named, person.id) if person.may(Permission.DECIDE) else frozenset(),
        now_ms,
    )


def standing_of(db: sqlite3.Connection, person: Person) -> Standing:
    """Who the person is to the policy in force: by its directory, or as their reviews would say where it has none."""
    bundle = bundle_in_force(db)
    if bundle is None:
        return Standing()
    directory = bundle.approvals.directory
    roles = [role.value for role in person.roles]
    by = directory.principal(person.id, roles=roles, teams=person.teams) or Principal(person.id)
    return Standing(by, tuple(sorted(bundle.approvals.team_names or ())))


def _opened(request: Request, detail: HoldDetail, bundle: Bundle | None) -> Opened:
    person: Person = request.state.person
    contents, row = contents_of(request), detail.row
    action, unopened = None, None
    if person.may(Permission.SEE_PAYLOAD):
        action, unopened = contents.opened(row.hold_id, row.digest, detail.payload)
    if action is None:
        return Opened(None, None, None, (), (), "", "" if unopened is None else unopened.value)
    arguments, context, reasoning = (action.get(name) for name in ("arguments", "context", "reasoning"))
    scanner = contents.scanner_for(bundle, row.tenant_id)
    return Opened(
        action,
        None if arguments is None else marked(scanner, arguments),
        None if context is None else marked(scanner, context),
        marked_text(scanner, reasoning) if isinstance(reasoning, str) and reasoning else (),
        _changes(request, detail, action),
        editable(arguments or {}),
    )


def _changes(request: Request, detail: HoldDetail, action: Mapping[str, Any]) -> tuple[Line, ...]:
    """What reviewers changed of what the agent had proposed."""
    row = detail.row
    if row.proposed_digest is None:
        return ()
    for asked in detail.requests:
        if asked.digest == row.proposed_digest:
            before = contents_of(request).action(row.hold_id, asked.digest, asked.payload)
            return () if before is None else difference(before.get("arguments"), action.get("arguments"))
    return ()


def hold(request: Request) -> Response:
    """The page of a held action."""
    with console_of(request).store.read() as db:
        screen = screen_of(request, db, request.path_params["hold_id"])
    return hold_page(request, screen)


def hold_page(request: Request, screen: Screen, refusal: Refusal | None = None) -> Response:
    """The page of a held action, with what kept an act back if anything did."""
    status = HTTPStatus.OK if refusal is None else refusal.status
    return page(request, "approvals/hold.html", _context(request, screen, refusal), status=status)


def _context(request: Request, screen: Screen, refusal: Refusal | None) -> dict[str, Any]:
    person: Person = request.state.person
    detail, row = screen.detail, screen.detail.row
    may_see = person.may(Permission.SEE_PAYLOAD)
    arguments = None if screen.opened.action is None else screen.opened.action.get("arguments") or {}
    entries = () if screen.is_blind else entries_of(detail.events)
    is_explicit = row.approval_class == ApprovalClass.EXPLICIT.value
    may_approve = person.may(Permission.DECIDE_EXPLICIT if is_explicit else Permission.DECIDE)
    return {
        "row": row,
        "detail": detail,
        "sentence": sentence(row, arguments),
        "opened": screen.opened,
        "rule": screen.rule,
        "is_blind": screen.is_blind,
        "may_see": may_see,
        "entries": entries,
        "earlier": detail.earlier,
        "lately": detail.agent.lately if detail.agent else (),
        "blind": screen.blind,
        "acts": _own_acts(request, row.hold_id),
        "list_href": list_link(screen.wanted),
        "group_href": list_link(HoldFilter(fingerprint=row.fingerprint)) if row.fingerprint else None,
        "act_href": _act_link(row.hold_id, screen.wanted),
        "rendered_at": screen.now_ms,
        "may_decide": person.may(Permission.DECIDE) and row.is_open,
        "may_approve": may_approve and row.is_open and screen.opened.action is not None,
        "is_being_decided": _is_being_decided(request, screen),
        "may_reassign": person.may(Permission.REASSIGN) and row.is_open,
        "is_explicit": is_explicit,
        "needs_fresh": is_explicit and may_approve and row.is_open and not is_fresh(request),
        "fresh_href": fresh_link(request),
        "is_claimed": row.is_claimed(screen.now_ms),
        "is_mine": row.claimed_by is not None and is_among(person.id, (row.claimed_by,)),
        "teams": [team for team in screen.standing.teams if team != row.team],
        "is_other_team": _is_other_team(screen),
        "is_last_team": screen.is_last_team,
        "held": [
            (name, f"{CONSTRAINT_FIELD}{name}", orjson.dumps(given).decode())
            for name, given in detail.constraints.items()
        ],
        "added": range(1, ADDED_CONSTRAINTS + 1),
        "max_reason": MAX_REASON_CHARS,
        "problem": None if refusal is None else refusal.objection,
        "changed": () if refusal is None else refusal.changed,
        "typed": _NOTHING_TYPED | dict(refusal.form if refusal else {}),
        "tried": "" if refusal is None else refusal.form.get("verdict", ""),
    }


def _act_link(hold_id: str, wanted: HoldFilter) -> str:
    query = list_link(wanted).partition("?")[2]
    return f"{QUEUE}/{hold_id}/act" + (f"?{query}" if query_of(wanted) else "")


def _is_other_team(screen: Screen) -> bool:
    by, team = screen.standing.by, screen.detail.row.team
    return by is not None and team is not None and team not in by.teams


def _is_being_decided(request: Request, screen: Screen) -> bool:
    """Whether a decision of the reader's own is on its way, so that another one would only get in its way."""
    person: Person = request.state.person
    for status in outbox_of(request).of_target(screen.detail.row.hold_id, kind=TargetKind.ACTION):
        is_young = status.state.is_open and screen.now_ms - status.at_ms < ANSWER_MS
        if status.is_by(person.id) and status.act.verdict in DECIDING and (status.state.is_unsent or is_young):
            return True
    return False


def _own_acts(request: Request, hold_id: str) -> list[tuple[str, str, str]]:
    """The reader's own acts on it: what, where it stands in words, and the state itself."""
    person: Person = request.state.person
    found: tuple[ActStatus, ...] = outbox_of(request).of_target(hold_id, kind=TargetKind.ACTION)
    return [(text_of(status), state_text_of(status), status.state.value) for status in found if status.is_by(person.id)]


def fresh_link(request: Request) -> str:
    """Where to sign in again and come back to this action."""
    path = request.url.path.removesuffix("/act")
    return link(request, f"{path}?{request.url.query}" if request.url.query else path)


def changed_since(screen: Screen, rendered_ms: int) -> tuple[Entry, ...]:
    """What happened to the action after the person's page was made."""
    return () if screen.is_blind else since(entries_of(screen.detail.events), rendered_ms)
