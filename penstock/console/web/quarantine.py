"""The quarantine pages: what was held back, masked; one finding revealed on the record; and what becomes of an output.

# INVARIANT: what a finding says stands in no answer but the one to its own reveal, and in that one only after the audit
has the reveal.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final, NamedTuple

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from penstock.console.acts.act import Act
from penstock.console.acts.ledger import ActState
from penstock.console.people.fresh import is_fresh, link, require_fresh
from penstock.console.person import Permission, Person
from penstock.console.policy_in_force import bundle_in_force
from penstock.console.readmodel.quarantine_queries import (
    Place,
    QuarantineFilter,
    QuarantineItem,
    choices,
    counts,
    following,
    item,
    listed,
)
from penstock.console.web.acting import (
    Form,
    Problem,
    back_to,
    missing,
    outbox_of,
    reason_of,
    refused,
    rendered_ms,
    scanner_of,
    submit,
    with_form,
)
from penstock.console.web.console_state import console_of
from penstock.console.web.forms import link as address
from penstock.console.web.forms import number_of, text_of
from penstock.console.web.masking import Found, findings_of, mask, masking_for, shown, shown_field, text_at
from penstock.console.web.release_preview import Preview, preview_of
from penstock.console.web.render import page
from penstock.console.web.sealed_output import Opened, opened
from streams.events import ReviewVerdict, TargetKind

PATH: Final = "/quarantine"
STATES: Final = ("held", "released", "redacted", "rejected")
# How long a revealed text stays on the screen, milliseconds.
SHOWN_FOR_MS: Final = 60_000
# How long a reveal waits for its audit record, seconds, unless `parts` has `record_wait_s`; past it nothing is shown.
RECORD_WAIT_S: Final = 10.0
# Longest text that one reveal shows, characters.
MAX_REVEALED_CHARS: Final = 20_000
# The number that stands for the whole output instead of one finding.
WHOLE: Final = 0
_FILTERS: Final = ("state", "audience", "topic", "agent", "finding", "tenant")


def _filter(person: Person, query: QueryParams) -> QuarantineFilter:
    state = text_of(query, "state") or "held"
    return QuarantineFilter(
        state=None if state == "all" else state if state in STATES else "held",
        audience=text_of(query, "audience"),
        topic=text_of(query, "topic"),
        agent_id=text_of(query, "agent"),
        finding=text_of(query, "finding"),
        tenant_id=text_of(query, "tenant"),
        tenants=person.tenants,
    )


def _kept(query: QueryParams) -> dict[str, str]:
    """The filters of the list, for addresses that lead back to it."""
    return {name: query[name] for name in _FILTERS if query.get(name)}


def quarantine_list(request: Request) -> Response:
    """What the filters in the URL ask for."""
    person: Person = request.state.person
    person.require(Permission.SEE)
    query = request.query_params
    after_ms, after_id = number_of(query, "after_ms"), text_of(query, "after_id")
    wanted = _filter(person, query)
    with console_of(request).store.read() as db:
        after = None if after_ms is None or after_id is None else Place(after_ms, after_id)
        found, known, numbers = listed(db, wanted, after=after), choices(db), counts(db, person.tenants)
    kept = _kept(query)
    later = None
    if found.after is not None:
        later = address(PATH, {**kept, "after_ms": found.after.at_ms, "after_id": found.after.quarantine_id})
    context = {
        "rows": found.rows,
        "choices": known,
        "counts": numbers,
        "state": wanted.state or "all",
        "states": (*STATES, "all"),
        "query": kept,
        "links": {state: address(PATH, {**kept, "state": state}) for state in (*STATES, "all")},
        "paths": {row.quarantine_id: address(f"{PATH}/{row.quarantine_id}", kept) for row in found.rows},
        "later": later,
    }
    return page(request, "quarantine/list.html", context)


class Revealed(NamedTuple):
    """What one reveal shows: of which finding (0: of all), the text, and until when by this console's clock."""

    number: int
    text: str
    is_cut: bool
    audit: tuple[int, int] | None


def _item(request: Request) -> QuarantineItem:
    person: Person = request.state.person
    person.require(Permission.SEE)
    with console_of(request).store.read() as db:
        found = item(db, request.path_params["quarantine_id"], tenants=person.tenants)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return found


def quarantine_item(request: Request) -> Response:
    """One output, masked."""
    return _page(request, _item(request))


def _opened(request: Request, found: QuarantineItem) -> Opened:
    person: Person = request.state.person
    if not person.may(Permission.SEE_PAYLOAD):
        return Opened(None, "Your roles allow what is about an output, not the output.")
    return opened(console_of(request).sealer, found)


def _page(
    request: Request,
    found: QuarantineItem,
    *,
    problem: Problem | None = None,
    revealed: Revealed | None = None,
    form: Form | None = None,
) -> Response:
    person: Person = request.state.person
    payload = _opened(request, found)
    findings = findings_of(list(found.findings))
    masking = masking_for(audience=found.row.audience, reason_code=found.row.reason_code)
    kept = _kept(request.query_params)
    path = f"{PATH}/{found.row.quarantine_id}"
    context: dict[str, Any] = {
        "item": found,
        "row": found.row,
        "findings": findings,
        "fields": [None if found.field is None else shown_field(found.field) for found in findings],
        "masked": None if payload.output is None else mask(payload.content, findings, masking=masking),
        "why_not": payload.why_not,
        "problem": problem,
        "revealed": revealed,
        "shown_for_ms": SHOWN_FOR_MS,
        "form": form or {},
        "is_chunk": _is_chunk(found, payload),
        "is_sent": found.row.quarantine_id in _under_way(request),
        "may": {
            "reveal": person.may(Permission.REVEAL) and payload.output is not None,
            "redact": person.may(Permission.RELEASE_REDACTED),
            "release": person.may(Permission.RELEASE_AS_IS),
            "see_words": person.may(Permission.SEE_PAYLOAD),
            "see_audit": person.may(Permission.SEE_AUDIT) and not person.tenants,
        },
        "is_fresh": is_fresh(request),
        "fresh_link": link(request, address(path, kept)),
        "act_path": address(f"{path}/act", kept),
        "preview_path": address(f"{path}/redacted", kept),
        "list_path": address(PATH, kept),
    }
    status = problem.status if problem else HTTPStatus.OK
    answer = page(request, "quarantine/item.html", context, status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def quarantine_preview(request: Request) -> Response:
    """What a redacted release would let out, and the form that does it."""
    person: Person = request.state.person
    person.require(Permission.RELEASE_REDACTED)
    found = _item(request)
    payload = _opened(request, found)
    console = console_of(request)
    preview = Preview(None, why_not=payload.why_not)
    if payload.output is not None and _is_chunk(found, payload):
        preview = Preview(None, why_not="A piece of a streamed output cannot be released.")
    elif payload.output is not None:
        with console.store.read() as db:
            bundle = bundle_in_force(db)
        preview = preview_of(bundle, scanner_of(request), payload.output)
    kept = _kept(request.query_params)
    path = f"{PATH}/{found.row.quarantine_id}"
    context = {
        "row": found.row,
        "preview": preview,
        "is_chunk": _is_chunk(found, payload),
        "act_path": address(f"{path}/act", kept),
        "item_path": address(path, kept),
    }
    answer = page(request, "quarantine/preview.html", context)
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def quarantine_act(request: Request) -> Response:
    """What a person does with an output."""
    return await with_form(request, _act)


_ACTS: Final = {
    "redact": (ReviewVerdict.REDACT, Permission.RELEASE_REDACTED),
    "release": (ReviewVerdict.RELEASE, Permission.RELEASE_AS_IS),
    "reject": (ReviewVerdict.REJECT, Permission.RELEASE_REDACTED),
}


def _act(request: Request, form: Form) -> Response:
    name = form.get("act", "")
    if name == "reveal":
        return _reveal(request, form)
    if name not in _ACTS:
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    verdict, permission = _ACTS[name]
    person: Person = request.state.person
    person.require(permission)
    found = _item(request)
    if verdict is ReviewVerdict.RELEASE:
        require_fresh(request)
    problem = _hindrance(found, form, verdict, is_chunk=_is_chunk(found, _opened(request, found)))
    if problem is None:
        taken = submit(request, _act_of(request, found, form, verdict=verdict, reason=reason_of(form)))
        problem = taken if isinstance(taken, Problem) else None
    if problem is not None:
        return _page(request, found, problem=problem, form=form)
    after = _next(request, person, found)
    return back_to(address(PATH if after is None else f"{PATH}/{after}", _kept(request.query_params)))


def _next(request: Request, person: Person, found: QuarantineItem) -> str | None:
    """The output that follows in the list that the page came from, and that the person has not just decided."""
    wanted, decided, behind = _filter(person, request.query_params), _under_way(request), found.row.place
    with console_of(request).store.read() as db:
        for _ in range(len(decided) + 1):
            after = following(db, wanted, behind=behind)
            if after is None or after.quarantine_id not in decided:
                return None if after is None else after.quarantine_id
            behind = after.place
    return None


def _under_way(request: Request) -> frozenset[str]:
    """What the person has decided, and the gate has not recorded yet."""
    person: Person = request.state.person
    return frozenset(
        status.act.target_id
        for status in outbox_of(request).of_person(person.id)
        if status.state.is_open
        and status.act.target is TargetKind.OUTPUT
        and status.act.verdict is not ReviewVerdict.REVEAL
    )


def _is_chunk(found: QuarantineItem, payload: Opened) -> bool:
    """Whether it is a piece of a streamed output; its record need not say so, but the piece does."""
    return found.row.is_chunk or bool({"sequence", "final"} & (payload.output or {}).keys())


def _hindrance(found: QuarantineItem, form: Form, verdict: ReviewVerdict, *, is_chunk: bool) -> Problem | None:
    """Why the gate would refuse it, as far as this page knows; the gate decides."""
    row = found.row
    if row.state != "held":
        return refused("already_decided")
    if form.get("digest") != row.digest:
        return refused("digest_mismatch")
    is_release = verdict is not ReviewVerdict.REJECT
    if is_release and is_chunk:
        return refused("chunk_of_stream")
    if is_release and found.box is None:
        return refused("payload_unreadable")
    if verdict is not ReviewVerdict.REDACT and reason_of(form) is None:
        return missing("a written reason is needed")
    return None


def _act_of(request: Request, found: QuarantineItem, form: Form, *, verdict: ReviewVerdict, reason: str | None) -> Act:
    row = found.row
    is_release = verdict in (ReviewVerdict.RELEASE, ReviewVerdict.REDACT)
    return Act(
        person=request.state.person,
        target=TargetKind.OUTPUT,
        target_id=row.quarantine_id,
        partition=row.partition,
        key=row.agent_id,
        verdict=verdict,
        digest=row.digest,
        snapshot=row.policy or "-",
        rendered_at_ms=rendered_ms(request, form),
        reason=reason,
        sealed=found.box if is_release else None,
        trace=row.trace,
        label=f"{row.topic or 'output'} by {row.agent_id}",
    )


def _reveal(request: Request, form: Form) -> Response:
    """Show one finding, once, after the audit has it that this person asked to see it."""
    person: Person = request.state.person
    person.require(Permission.REVEAL)
    found = _item(request)
    require_fresh(request)
    findings = findings_of(list(found.findings))
    number = number_of(form, "finding")
    if number is None or number > len(findings):
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    if number == WHOLE:
        # Whoever sees everything can as well release it; nobody else needs to.
        person.require(Permission.RELEASE_AS_IS)
    payload = _opened(request, found)
    written = reason_of(form)
    if written is None:
        return _page(request, found, problem=missing("a written reason is needed to reveal"), form=form)
    text = _text(payload, findings, number)
    if text is None:
        return _page(request, found, problem=missing(payload.why_not or "the finding stands nowhere in the output"))
    act = _act_of(request, found, form, verdict=ReviewVerdict.REVEAL, reason=f"{_what(findings, number)}: {written}")
    if _is_repeated(request, act):
        again = Problem(
            "this was shown once and is masked again", "shown_once", "ask to reveal it again, with a reason"
        )
        return _page(request, found, problem=again)
    taken = submit(request, act)
    if isinstance(taken, Problem):
        return _page(request, found, problem=taken, form=form)
    wait_s = (console_of(request).parts or {}).get("record_wait_s", RECORD_WAIT_S)
    status = outbox_of(request).wait(taken, timeout_s=wait_s)
    if status is not None and status.state is ActState.REFUSED:
        return _page(request, found, problem=refused(status.code or "refused"), form=form)
    if status is None or status.state is not ActState.RECORDED:
        return _page(request, found, problem=_unrecorded(), form=form)
    answer = status.answer
    shown_text = Revealed(
        number,
        text[:MAX_REVEALED_CHARS],
        len(text) > MAX_REVEALED_CHARS,
        None if answer is None else (answer.partition, answer.seq),
    )
    return _page(request, found, revealed=shown_text)


def _text(payload: Opened, findings: tuple[Found, ...], number: int) -> str | None:
    if payload.output is None:
        return None
    return shown(payload.content) if number == WHOLE else text_at(payload.content, findings, number)


def _what(findings: tuple[Found, ...], number: int) -> str:
    """What is revealed, for the audit's side of the reason; types only, never a path that an agent may have named."""
    return "the whole output" if number == WHOLE else f"finding {number} ({findings[number - 1].type})"


def _is_repeated(request: Request, act: Act) -> bool:
    """Whether a browser sends the same form again, as it does when the answer is reloaded."""
    return any(
        status.act.rendered_at_ms == act.rendered_at_ms
        and status.act.reason == act.reason
        and status.state is ActState.RECORDED
        and status.is_by(act.person.id)
        for status in outbox_of(request).of_target(act.target_id, kind=TargetKind.OUTPUT)
        if status.act.verdict is ReviewVerdict.REVEAL
    )


def _unrecorded() -> Problem:
    return Problem(
        "the audit does not have the reveal yet, so nothing is shown",
        "not_recorded",
        "try again when the gate answers; your request may still be recorded",
        HTTPStatus.SERVICE_UNAVAILABLE,
    )


ROUTES: Final = (
    Route(PATH, quarantine_list),
    Route("/quarantine/{quarantine_id}", quarantine_item),
    Route("/quarantine/{quarantine_id}/redacted", quarantine_preview),
    # A page that shows what was revealed has this address: asked for anew, it is the masked page.
    Route("/quarantine/{quarantine_id}/act", quarantine_item, methods=["GET"]),
    Route("/quarantine/{quarantine_id}/act", quarantine_act, methods=["POST"]),
)
