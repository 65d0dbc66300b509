"""The agents pages: how far each agent is trusted, what it did, what a promotion needs, and what stops it."""

from __future__ import annotations

import sqlite3
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from penstock.console.acts.act import NOTHING_BOUND, Act
from penstock.console.people.fresh import is_fresh, link, require_fresh
from penstock.console.person import ForbiddenError, Permission, Person
from penstock.console.policy_in_force import bundle_in_force, snapshot_in_force
from penstock.console.readmodel.agents_queries import (
    PAGE_ROWS,
    AgentFilter,
    AgentRow,
    BreakerRow,
    Order,
    Promotion,
    agent,
    agents,
    breakers,
    class_levels,
    days,
    events,
    level_changes,
    promotions,
    recent,
    reports,
    stopping_entries,
)
from penstock.console.web.acting import (
    Form,
    Problem,
    back_to,
    missing,
    reason_of,
    refused,
    rendered_ms,
    submit,
    with_form,
)
from penstock.console.web.agent_record import DAY_MS, SHOWN_DAYS, ClassRecord, Told, class_records, days_of
from penstock.console.web.console_state import console_of
from penstock.console.web.forms import link as address
from penstock.console.web.forms import number_of, text_of
from penstock.console.web.history import picture
from penstock.console.web.render import page
from policies.action_class import classes_of
from policies.autonomy_rules import AutonomyRules, autonomy_rules
from policies.bundle import Bundle
from streams.events import ReviewVerdict, TargetKind

PATH: Final = "/agents"
_FILTERS: Final = ("q", "level", "stopped", "breaker", "promotion", "order")
_DEEDS: Final = {
    "stop": ReviewVerdict.STOP,
    "resume": ReviewVerdict.RESUME,
    "demote": ReviewVerdict.DEMOTE,
    "close_breaker": ReviewVerdict.CLOSE_BREAKER,
}
_SIGNING: Final = {"approve": ReviewVerdict.APPROVE, "deny": ReviewVerdict.DENY}


def _require(request: Request) -> Person:
    """Who may know of agents. An agent serves every tenant, so who is bound to some sees none."""
    person: Person = request.state.person
    person.require(Permission.SEE)
    if person.tenants:
        raise ForbiddenError("agents are not divided by tenants")
    return person


def path_of(agent_id: str) -> str:
    """The page of an agent."""
    return f"{PATH}/{quote(agent_id, safe='')}"


def _filter(query: QueryParams) -> AgentFilter:
    order = query.get("order", "")
    return AgentFilter(
        text=text_of(query, "q"),
        level=number_of(query, "level"),
        is_stopped=query.get("stopped") == "1",
        has_open_breaker=query.get("breaker") == "1",
        has_promotion=query.get("promotion") == "1",
        order=Order(order) if order in set(Order) else Order.SEEN,
    )


def agent_list(request: Request) -> Response:
    """The agents that the filters in the URL ask for."""
    _require(request)
    query = request.query_params
    wanted, first = _filter(query), number_of(query, "first") or 0
    with console_of(request).store.read() as db:
        rows, has_more = agents(db, wanted, first=first)
        waiting = promotions(db)
    kept = {name: query[name] for name in _FILTERS if query.get(name)}
    context = {
        "rows": rows,
        "paths": {row.agent_id: path_of(row.agent_id) for row in rows},
        "waiting": [(entry, path_of(entry.agent_id)) for entry in waiting],
        "query": kept,
        "orders": [(order.value, _ORDERS[order]) for order in Order],
        "order": wanted.order.value,
        "earlier": address(PATH, {**kept, "first": max(0, first - PAGE_ROWS) or None}) if first else None,
        "later": address(PATH, {**kept, "first": first + PAGE_ROWS}) if has_more else None,
    }
    return page(request, "agents/list.html", context)


_ORDERS: Final = {
    Order.SEEN: "last seen",
    Order.ERRORS: "error rate",
    Order.HELD: "open holds",
    Order.LEVEL: "level",
    Order.NAME: "name",
}


def promotion_list(request: Request) -> Response:
    """The requests for promotion that wait for a person, the newest first."""
    _require(request)
    with console_of(request).store.read() as db:
        rows = [(entry, path_of(entry.agent_id)) for entry in promotions(db)]
    return page(
        request, "agents/promotions.html", {"rows": rows, "may_sign": request.state.person.may(Permission.PROMOTE)}
    )


class Policy(NamedTuple):
    """What the policy in force says of agents; `rules` is None without an autonomy document."""

    bundle: Bundle | None
    rules: AutonomyRules | None
    snapshot: str | None


class Screen(NamedTuple):
    """An agent as its page shows it."""

    row: AgentRow
    policy: Policy
    told: Told
    records: tuple[ClassRecord, ...]
    breakers: tuple[BreakerRow, ...]
    stopping: tuple[str, ...]


def _policy(request: Request, db: sqlite3.Connection) -> Policy:
    bundle, settings = bundle_in_force(db), console_of(request).settings
    rules = None
    if bundle is not None:
        rules = autonomy_rules(bundle, default_level=settings.default_autonomy_level, always_evidence=settings.strict)
    return Policy(bundle, rules, snapshot_in_force(db))


def _screen(request: Request, db: sqlite3.Connection) -> Screen:
    """The agent that the address names.

    Raises:
        HTTPException: 404 for one of which nothing is known.
    """
    agent_id: str = request.path_params["agent_id"]
    row = agent(db, agent_id)
    if row is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    policy = _policy(request, db)
    with_class = policy.rules is not None and not policy.rules.is_per_agent
    told = Told(
        row,
        class_levels(db, agent_id),
        level_changes(db, agent_id),
        reports(db, agent_id, with_class=with_class) if policy.rules is not None else (),
        promotions(db, agent_id),
    )
    return Screen(
        row,
        policy,
        told,
        _records(policy, told, console_of(request).clock()),
        tuple(breakers(db, agent_id)),
        tuple(stopping_entries(db, agent_id)),
    )


def _records(policy: Policy, told: Told, now_ms: int) -> tuple[ClassRecord, ...]:
    bundle, rules = policy.bundle, policy.rules
    if bundle is None or rules is None:
        return ()
    known: dict[tuple[str | None, str | None], tuple[str, ...]] = {}

    def found(topic: str | None, tool: str | None) -> tuple[str, ...]:
        if (topic, tool) not in known:
            fields = {name: value for name, value in (("topic", topic), ("tool", tool)) if value is not None}
            known[topic, tool] = classes_of(fields, bundle.resolver)
        return known[topic, tool]

    return class_records(rules, told, lambda report: found(report.topic, report.tool), now_ms=now_ms)


def one_agent(request: Request) -> Response:
    """One agent."""
    _require(request)
    with console_of(request).store.read() as db:
        return _page(request, db, _screen(request, db))


def _page(
    request: Request,
    db: sqlite3.Connection,
    screen: Screen,
    *,
    problem: Problem | None = None,
    form: Form | None = None,
) -> Response:
    person: Person = request.state.person
    row, policy, now_ms = screen.row, screen.policy, console_of(request).clock()
    agent_id, path = row.agent_id, path_of(row.agent_id)
    is_per_agent = policy.rules is None or policy.rules.is_per_agent
    counts = days(db, agent_id, since_ms=now_ms - SHOWN_DAYS * DAY_MS)
    level = screen.records[0].level if is_per_agent and screen.records else row.level if is_per_agent else None
    history = days_of(counts, screen.told.changes, row=row, level=level, now_ms=now_ms)
    context: dict[str, Any] = {
        "row": row,
        "records": screen.records,
        "rules": policy.rules,
        "is_per_agent": is_per_agent,
        "is_counted": screen.told.reports is not None,
        "levels": _levels(policy),
        "picture": picture(history, highest_level=policy.rules.highest if policy.rules else 3),
        "days": [(now_ms - (len(history) - 1 - place) * DAY_MS, day) for place, day in enumerate(history)],
        "events": events(db, agent_id),
        "breakers": screen.breakers,
        "stopping": screen.stopping,
        "recent": recent(db, agent_id),
        "promotions": [entry for entry in screen.told.promotions if entry.state != "open"],
        "problem": problem,
        "form": form or {},
        "may_stop": person.may(Permission.STOP_AGENTS),
        "may_sign": person.may(Permission.PROMOTE),
        "may_see_words": person.may(Permission.SEE_PAYLOAD),
        "see_audit": person.may(Permission.SEE_AUDIT),
        "is_fresh": is_fresh(request),
        "fresh_link": link(request, path),
        "act_path": f"{path}/act",
        "holds_path": address("/approvals", {"agent": agent_id}),
    }
    return page(request, "agents/agent.html", context, status=problem.status if problem else HTTPStatus.OK)


def _levels(policy: Policy) -> dict[int, str]:
    """The levels that the document defines, with their names."""
    autonomy = None if policy.bundle is None else policy.bundle.autonomy
    levels = autonomy.levels if autonomy else ()
    return {entry.level: entry.name or "" for entry in levels if entry.level is not None}


async def act(request: Request) -> Response:
    """What a person does about an agent, or says to its promotion."""
    return await with_form(request, _act)


def _act(request: Request, form: Form) -> Response:
    person = _require(request)
    name = form.get("act", "")
    with console_of(request).store.read() as db:
        screen = _screen(request, db)
        if name in _DEEDS:
            person.require(Permission.STOP_AGENTS)
            made = _deed(request, screen, form, _DEEDS[name])
        elif name in _SIGNING:
            person.require(Permission.PROMOTE)
            if name == "approve":
                require_fresh(request)
            made = _signature(request, screen, form, _SIGNING[name])
        else:
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        taken = made if isinstance(made, Problem) else submit(request, made)
        if isinstance(taken, Problem):
            return _page(request, db, screen, problem=taken, form=form)
    return back_to(path_of(screen.row.agent_id))


def _deed(request: Request, screen: Screen, form: Form, verdict: ReviewVerdict) -> Act | Problem:
    """An act about the agent itself, or why the gate would refuse it, as far as this page knows."""
    row = screen.row
    action_class = form.get("action_class", "").strip() or None
    level = number_of(form, "level") if verdict is ReviewVerdict.DEMOTE else None
    is_nothing = (
        (verdict is ReviewVerdict.STOP and row.is_stopped)
        or (verdict is ReviewVerdict.RESUME and not row.is_stopped)
        or (verdict is ReviewVerdict.CLOSE_BREAKER and not _is_open(screen, action_class))
    )
    if is_nothing:
        return refused("nothing_to_change")
    if reason_of(form) is None:
        return missing("a written reason is needed")
    return Act(
        person=request.state.person,
        target=TargetKind.AGENT,
        target_id=row.agent_id,
        partition=row.partition,
        key=row.agent_id,
        verdict=verdict,
        digest=NOTHING_BOUND,
        snapshot=screen.policy.snapshot or NOTHING_BOUND,
        rendered_at_ms=rendered_ms(request, form),
        reason=reason_of(form),
        level=level,
        action_class=action_class if verdict in (ReviewVerdict.DEMOTE, ReviewVerdict.CLOSE_BREAKER) else None,
        label=row.agent_id,
    )


def _is_open(screen: Screen, action_class: str | None) -> bool:
    return any(entry.state != "closed" and entry.action_class == action_class for entry in screen.breakers)


def _signature(request: Request, screen: Screen, form: Form, verdict: ReviewVerdict) -> Act | Problem:
    """A person's word on a request for promotion, or why it cannot count."""
    asked = _asked(screen, form.get("promotion_id", ""))
    if asked is None and _is_decided(screen, form.get("digest", "")):
        return refused("already_decided")
    if asked is None or form.get("digest") != asked.digest:
        return refused("stale_evidence")
    if reason_of(form) is None:
        return missing("a written reason is needed")
    return Act(
        person=request.state.person,
        target=TargetKind.PROMOTION,
        target_id=asked.promotion_id,
        partition=asked.partition,
        key=asked.agent_id,
        verdict=verdict,
        digest=asked.digest,
        snapshot=asked.snapshot,
        rendered_at_ms=rendered_ms(request, form),
        reason=reason_of(form),
        trace=asked.trace,
        label=f"the promotion of {asked.agent_id} to level {asked.to_level}",
    )


def _asked(screen: Screen, promotion_id: str) -> Promotion | None:
    """The request of that id that waits."""
    return next(
        (entry for entry in screen.told.promotions if entry.promotion_id == promotion_id and entry.state == "open"),
        None,
    )


def _is_decided(screen: Screen, digest: str) -> bool:
    return any(entry.digest == digest and entry.state in ("approved", "declined") for entry in screen.told.promotions)


ROUTES: Final = (
    Route(PATH, agent_list),
    Route("/promotions", promotion_list),
    # Agents choose their ids, so an id may have slashes in it.
    Route("/agents/{agent_id:path}/act", act, methods=["POST"]),
    Route("/agents/{agent_id:path}", one_agent),
)
