"""The samples pages: decisions that chance picked, judged one by one and blind, and what the judgements say together.

# INVARIANT: nobody is shown what others said about a sample before they have said what they think.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from penstock.console.acts.act import Act
from penstock.console.person import ForbiddenError, Permission, Person
from penstock.console.readmodel.samples_queries import (
    Place,
    SampleDetail,
    SampleFilter,
    SampleTab,
    choices,
    counts,
    following,
    judged,
    queue,
    sample,
)
from penstock.console.web.acting import (
    Form,
    Problem,
    back_to,
    missing,
    not_shown,
    outbox_of,
    reason_of,
    refused,
    rendered_ms,
    submit,
    with_form,
)
from penstock.console.web.action_view import ActionView, action_view, facts_of
from penstock.console.web.console_state import console_of
from penstock.console.web.defects import summary_of
from penstock.console.web.forms import link as address
from penstock.console.web.forms import number_of, text_of
from penstock.console.web.render import page
from penstock.console.web.words import DAY_MS
from streams.events import ReviewVerdict, TargetKind
from streams.sealing import sample_context

PATH: Final = "/samples"
# What can be wrong with a decision: the word that goes on record, and what it means.
DEFECTS: Final = (
    ("too_mild", "It let pass what it should have held or denied"),
    ("too_strict", "It held or denied what it should have let pass"),
    ("wrong_constraints", "It let pass with the wrong constraints"),
    ("wrong_class", "It was taken for another kind of action than it is"),
    ("missing_facts", "It was decided without something that mattered"),
    ("other", "Something else; the note says what"),
)
# Times that the summary can be asked about, days; 0 is everything.
PERIODS: Final = (7, 30, 90, 0)
_VERDICTS: Final = {
    "correct": ReviewVerdict.CORRECT,
    "wrong": ReviewVerdict.WRONG,
    "unsure": ReviewVerdict.UNSURE,
}
_FILTERS: Final = ("tab", "route", "stratum", "agent")


def _require(request: Request) -> Person:
    """Who may judge samples. A sample's id tells no tenant, so the gate takes none from who is bound to some."""
    person: Person = request.state.person
    person.require(Permission.JUDGE_SAMPLES)
    if person.tenants:
        raise ForbiddenError("samples are not divided by tenants")
    return person


def _filter(person: Person, query: QueryParams) -> SampleFilter:
    tab = query.get("tab", "")
    return SampleFilter(
        person_id=person.id,
        tab=SampleTab(tab) if tab in set(SampleTab) else SampleTab.OPEN,
        route=text_of(query, "route"),
        stratum=text_of(query, "stratum"),
        agent_id=text_of(query, "agent"),
    )


def _kept(query: QueryParams) -> dict[str, str]:
    return {name: query[name] for name in _FILTERS if query.get(name)}


def sample_list(request: Request) -> Response:
    """The samples that the filters in the URL ask for."""
    person = _require(request)
    query = request.query_params
    wanted = _filter(person, query)
    after_ms, after_id = number_of(query, "after_ms"), text_of(query, "after_id")
    with console_of(request).store.read() as db:
        after = None if after_ms is None or after_id is None else Place(after_ms, after_id)
        found, known, numbers = queue(db, wanted, after=after), choices(db), counts(db, person.id)
    kept = _kept(query)
    later = None
    if found.after is not None:
        later = address(PATH, {**kept, "after_ms": found.after.at_ms, "after_id": found.after.id})
    context = {
        "rows": found.rows,
        "tab": wanted.tab.value,
        "tabs": [(tab.value, _TABS[tab], numbers[tab], address(PATH, {**kept, "tab": tab.value})) for tab in SampleTab],
        "choices": known,
        "query": kept,
        "paths": {row.sample_id: address(f"{PATH}/{row.sample_id}", kept) for row in found.rows},
        "later": later,
    }
    return page(request, "samples/list.html", context)


_TABS: Final = {SampleTab.OPEN: "To judge", SampleTab.SECOND: "Second opinions", SampleTab.MINE: "Judged by you"}


def _sample(request: Request, person: Person) -> SampleDetail:
    with console_of(request).store.read() as db:
        found = sample(db, request.path_params["sample_id"], person_id=person.id)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return found


def one_sample(request: Request) -> Response:
    """One sample, to be judged."""
    return _page(request, _sample(request, _require(request)))


def _page(
    request: Request, found: SampleDetail, *, problem: Problem | None = None, form: Form | None = None
) -> Response:
    person: Person = request.state.person
    row = found.row
    kept = _kept(request.query_params)
    context: dict[str, Any] = {
        "sample": found,
        "row": row,
        "view": _view(request, found),
        "defects": DEFECTS,
        "facts": facts_of(found.summary),
        "problem": problem,
        "form": form or {},
        "is_sent": _is_under_way(request, row.sample_id, person),
        "act_path": address(f"{PATH}/{row.sample_id}/act", kept),
        "list_path": address(PATH, kept),
        "see_audit": person.may(Permission.SEE_AUDIT),
    }
    return page(request, "samples/sample.html", context, status=problem.status if problem else HTTPStatus.OK)


def _view(request: Request, found: SampleDetail) -> ActionView:
    row = found.row
    facts = {"agent_id": row.agent_id, "topic": row.topic, "tool": row.tool, **found.summary}
    return action_view(request, found.payload, context=sample_context(row.sample_id), digest=row.digest, facts=facts)


def _is_under_way(request: Request, target_id: str, person: Person) -> bool:
    return any(
        status.state.is_open and status.is_by(person.id)
        for status in outbox_of(request).of_target(target_id, kind=TargetKind.SAMPLE)
    )


async def judge(request: Request) -> Response:
    """What a person says about a sample."""
    return await with_form(request, _judge)


def _judge(request: Request, form: Form) -> Response:
    person = _require(request)
    found = _sample(request, person)
    verdict = _VERDICTS.get(form.get("verdict", ""))
    if verdict is None:
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    problem = _hindrance(found, form, verdict)
    if problem is None and verdict is ReviewVerdict.CORRECT and not _view(request, found).is_shown:
        problem = not_shown("say that you are unsure, or wrong where the decision shows it; tell an operator")
    if problem is None:
        taken = submit(request, _act(request, person, found, form, verdict))
        problem = taken if isinstance(taken, Problem) else None
    if problem is not None:
        return _page(request, found, problem=problem, form=form)
    kept = _kept(request.query_params)
    after = _next(request, person, found)
    return back_to(address(PATH if after is None else f"{PATH}/{after}", kept))


def _next(request: Request, person: Person, found: SampleDetail) -> str | None:
    """The sample that follows in the list that the page came from, which is not on its way already."""
    wanted, behind = _filter(person, request.query_params), found.row.place
    if wanted.tab is SampleTab.MINE:
        return None
    with console_of(request).store.read() as db:
        for _ in range(len(outbox_of(request).of_person(person.id)) + 1):
            after = following(db, wanted, behind=behind)
            if after is None or not _is_under_way(request, after, person):
                return after
            row = sample(db, after, person_id=person.id)
            if row is None:
                return None
            behind = row.row.place
    return None


def _hindrance(found: SampleDetail, form: Form, verdict: ReviewVerdict) -> Problem | None:
    """Why the gate would refuse it, as far as this page knows."""
    if found.row.own is not None:
        return refused("duplicate_vote")
    if form.get("digest") != found.row.digest:
        return refused("digest_mismatch")
    defect = form.get("defect", "")
    if verdict is ReviewVerdict.WRONG and defect not in {name for name, _ in DEFECTS}:
        return missing("what is wrong with it has to be said", "choose the kind of defect")
    if verdict is ReviewVerdict.WRONG and defect == "other" and reason_of(form) is None:
        return missing("a defect of another kind needs a note")
    return None


def _act(request: Request, person: Person, found: SampleDetail, form: Form, verdict: ReviewVerdict) -> Act:
    row = found.row
    return Act(
        person=person,
        target=TargetKind.SAMPLE,
        target_id=row.sample_id,
        partition=row.partition,
        key=row.agent_id,
        verdict=verdict,
        digest=row.digest,
        snapshot=row.snapshot or "-",
        rendered_at_ms=rendered_ms(request, form),
        reason=reason_of(form),
        defect=form.get("defect") if verdict is ReviewVerdict.WRONG else None,
        subject={"agent_id": row.agent_id, "action_id": row.action_id},
        trace=row.trace,
        label=f"the decision on {row.topic or 'an action'} by {row.agent_id}",
    )


def summary(request: Request) -> Response:
    """How often decisions were wrong, with intervals."""
    person: Person = request.state.person
    person.require(Permission.JUDGE_SAMPLES)
    if person.tenants:
        raise ForbiddenError("samples are not divided by tenants")
    console = console_of(request)
    days = number_of(request.query_params, "days")
    chosen = days if days in PERIODS else 0
    with console.store.read() as db:
        found = judged(db, since_ms=console.clock() - chosen * DAY_MS if chosen else 0)
    context = {
        "summary": summary_of(found),
        "defects": [(dict(DEFECTS).get(name, name), count) for name, count in found.defects.items()],
        "periods": [(period, address(f"{PATH}/summary", {"days": period or None})) for period in PERIODS],
        "days": chosen,
    }
    return page(request, "samples/summary.html", context)


ROUTES: Final = (
    Route(PATH, sample_list),
    Route("/samples/summary", summary),
    Route("/samples/{sample_id}", one_sample),
    Route("/samples/{sample_id}/act", judge, methods=["POST"]),
)
