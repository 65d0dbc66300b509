"""Several held actions at once: first a page that shows where they differ, then one act each, then a result for each.

# INVARIANT: each act of a batch names the digest and snapshot that the comparing page showed for that very item.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from penstock.console.acts.act import MAX_REASON_CHARS, Act, new_id
from penstock.console.acts.ledger import ActState, ActStatus
from penstock.console.acts.wording import state_text_of, verb_of
from penstock.console.person import Permission, Person
from penstock.console.policy_in_force import bundle_in_force
from penstock.console.readmodel.approval_queries import carried
from penstock.console.readmodel.hold_queries import hold_detail
from penstock.console.readmodel.rows import HoldDetail, HoldRow
from penstock.console.web.acting import Problem, back_to, outbox_of, reason_of, rendered_ms, submit
from penstock.console.web.approvals import contents_of
from penstock.console.web.compared import Comparison, compared
from penstock.console.web.console_state import console_of
from penstock.console.web.eligibility import BATCH_VERDICTS, MAX_SELECTED, Candidate, batch_problem
from penstock.console.web.hold import Standing, standing_of
from penstock.console.web.hold_filter import QUEUE
from penstock.console.web.objections import Intent, Objection, Seen, objection, objection_to
from penstock.console.web.render import page
from penstock.console.web.sentence import Phrase, headline, sentence
from policies.conflicts import Conflict
from streams.events import ReviewVerdict, TargetKind

# Places that are shown as equal in all items; the rest is counted.
MAX_EQUAL_PLACES: Final = 40
_ID: Final = "id"


class Chosen(NamedTuple):
    """A selected hold with what was opened of it."""

    detail: HoldDetail
    candidate: Candidate
    trace: str | None

    @property
    def row(self) -> HoldRow:
        """The hold's row."""
        return self.candidate.row


class Shown(NamedTuple):
    """A selected hold on the comparing page; `objection` is why an act on it would change nothing."""

    row: HoldRow
    sentence: tuple[Phrase, ...]
    objection: Objection | None


class Result(NamedTuple):
    """What became of one item of a batch."""

    hold_id: str
    label: str
    state: ActState
    text: str


def compare(request: Request) -> Response:
    """The selected side by side, and the form that decides them."""
    verdict = _verdict(request.query_params.get("verdict"))
    ids = request.query_params.getlist(_ID)
    return _compared(request, ids, verdict)


def nothing(request: Request) -> Response:
    """The comparing page without a selection."""
    return _compared(request, [], ReviewVerdict.DENY)


def _verdict(text: str | None) -> ReviewVerdict:
    found = next((verdict for verdict in BATCH_VERDICTS if verdict.value == text), None)
    if found is None:
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    return found


def _chosen(request: Request, db: sqlite3.Connection, ids: Sequence[str]) -> list[Chosen]:
    """The selected holds that the person may know of, in the order of the selection."""
    person: Person = request.state.person
    contents, some = contents_of(request), list(dict.fromkeys(ids))[: MAX_SELECTED + 1]
    requests = carried(db, some)
    chosen = []
    for hold_id in some:
        detail = hold_detail(db, hold_id, tenants=person.tenants)
        if detail is None or detail.row.asked_ms is None:
            continue
        action = None
        if person.may(Permission.SEE_PAYLOAD):
            action = contents.action(hold_id, detail.row.digest, detail.payload)
        arguments = None if action is None else action.get("arguments") or {}
        chosen.append(Chosen(detail, Candidate(detail.row, arguments), requests[hold_id].trace))
    return chosen


def _compared(
    request: Request,
    ids: Sequence[str],
    verdict: ReviewVerdict,
    *,
    refused: str | None = None,
    typed: str = "",
    status: int = HTTPStatus.OK,
) -> Response:
    person: Person = request.state.person
    person.require(Permission.DECIDE)
    now_ms = console_of(request).clock()
    with console_of(request).store.read() as db:
        chosen, standing, bundle = _chosen(request, db, ids), standing_of(db, person), bundle_in_force(db)
    candidates = [entry.candidate for entry in chosen]
    shown = [_shown(entry, verdict, person, standing) for entry in chosen]
    opened = [candidate.arguments for candidate in candidates]
    found = Comparison()
    if verdict is not ReviewVerdict.CLAIM and opened and all(arguments is not None for arguments in opened):
        scanners = [contents_of(request).scanner_for(bundle, entry.row.tenant_id) for entry in chosen]
        found = compared(scanners, opened)
    problem = refused or batch_problem(candidates, verdict)
    context: dict[str, Any] = {
        "items": shown,
        "verdict": verdict.value,
        "verb": verb_of(verdict.value),
        "problem": problem,
        "is_refused": refused is not None,
        "is_possible": batch_problem(candidates, verdict) is None,
        "differ": found.differ,
        "equal": found.equal[:MAX_EQUAL_PLACES],
        "equal_more": max(0, len(found.equal) - MAX_EQUAL_PLACES),
        "types": found.types,
        "is_whole": found.is_whole,
        "needs_reason": verdict is ReviewVerdict.DENY,
        "max_reason": MAX_REASON_CHARS,
        "typed": typed,
        "rendered_at": now_ms,
        "lost": len(set(ids)) - len(chosen),
    }
    return page(request, "approvals/batch.html", context, status=status)


def _shown(entry: Chosen, verdict: ReviewVerdict, person: Person, standing: Standing) -> Shown:
    row = entry.row
    intent = Intent(
        verdict,
        person.id,
        Seen(row.digest or "", row.snapshot or ""),
        reason="given below",
        is_batch=True,
        by=standing.by,
    )
    against = objection_to(row, [vote.reviewer for vote in entry.detail.votes], intent)
    return Shown(row, sentence(row, entry.candidate.arguments), against)


async def decide(request: Request) -> Response:
    """Take one act for each item of the form."""
    form = await request.form()
    ids = [value for value in form.getlist(_ID) if isinstance(value, str)]
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    return await run_in_threadpool(_decide, request, ids, fields)


def _decide(request: Request, ids: list[str], form: Mapping[str, str]) -> Response:
    person: Person = request.state.person
    person.require(Permission.DECIDE)
    verdict = _verdict(form.get("verdict"))
    reason = reason_of(form)
    with console_of(request).store.read() as db:
        chosen, standing = _chosen(request, db, ids), standing_of(db, person)
    problem = batch_problem([entry.candidate for entry in chosen], verdict)
    if problem is None and len(chosen) != len(ids):
        problem = "some of the selected are not there any more; select again"
    if problem is None and verdict is ReviewVerdict.DENY and reason is None:
        problem = "a written reason is needed"
    changed = None if problem is not None else _changed(chosen, form)
    if problem is not None or changed is not None:
        typed = form.get("reason", "")
        return _compared(request, ids, verdict, refused=problem or changed, typed=typed, status=HTTPStatus.CONFLICT)
    batch_id, shown_ms = new_id(), rendered_ms(request, form)
    refused: dict[str, Objection] = {}
    for entry in chosen:
        against = _submit(
            request, entry, verdict, standing=standing, reason=reason, batch_id=batch_id, shown_ms=shown_ms
        )
        if against is not None:
            refused[entry.row.hold_id] = against
    if len(refused) == len(chosen):
        first = next(iter(refused.values()))
        return _compared(
            request, ids, verdict, refused=first.text, typed=form.get("reason", ""), status=HTTPStatus.CONFLICT
        )
    return back_to(_results_link(batch_id, refused))


def _changed(chosen: Sequence[Chosen], form: Mapping[str, str]) -> str | None:
    """What changed since the comparing page was made: then nothing of the batch is sent, and the page shows it anew."""
    for entry in chosen:
        seen = (form.get(f"digest:{entry.row.hold_id}"), form.get(f"snapshot:{entry.row.hold_id}"))
        if seen != (entry.row.digest, entry.row.snapshot):
            return f"{headline(entry.row)} changed after your page was made; compare again"
    return None


def _submit(
    request: Request,
    entry: Chosen,
    verdict: ReviewVerdict,
    *,
    standing: Standing,
    reason: str | None,
    batch_id: str,
    shown_ms: int,
) -> Objection | None:
    """Put one act on its way; gives why it was not taken."""
    person: Person = request.state.person
    row = entry.row
    seen = Seen(row.digest or "", row.snapshot or "")
    intent = Intent(verdict, person.id, seen, reason=reason or "", is_batch=True, by=standing.by)
    against = objection_to(row, [vote.reviewer for vote in entry.detail.votes], intent)
    if against is not None:
        return against
    taken = submit(
        request,
        Act(
            person=person,
            target=TargetKind.ACTION,
            target_id=row.hold_id,
            partition=row.partition,
            key=row.agent_id,
            verdict=verdict,
            digest=seen.digest,
            snapshot=seen.snapshot,
            rendered_at_ms=shown_ms,
            reason=reason,
            batch_id=batch_id,
            trace=entry.trace,
            label=headline(row),
        ),
    )
    return Objection(taken.code, taken.text, taken.advice) if isinstance(taken, Problem) else None


def _results_link(batch_id: str, refused: Mapping[str, Objection]) -> str:
    codes = "&".join(f"not={hold_id}:{against.code}" for hold_id, against in refused.items())
    return f"{QUEUE}/batches/{batch_id}" + (f"?{codes}" if codes else "")


def results(request: Request) -> Response:
    """What became of each item of a batch of the reader's own."""
    person: Person = request.state.person
    batch_id: str = request.path_params["batch_id"]
    found = [status for status in outbox_of(request).of_batch(batch_id) if status.is_by(person.id)]
    if not found:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    context = {
        "batch_id": batch_id,
        "verb": verb_of(found[0].act.verdict.value),
        "results": [_result(status) for status in found],
        "not_taken": [_not_taken(text) for text in request.query_params.getlist("not")[:MAX_SELECTED]],
        "can_undo": any(status.state is ActState.WAITING for status in found),
    }
    return page(request, "approvals/results.html", context)


def _result(status: ActStatus) -> Result:
    return Result(status.act.target_id, status.act.label, status.state, state_text_of(status))


def _not_taken(text: str) -> tuple[str, str]:
    """A hold that was left out of a batch, and why; a code that is no conflict says nothing."""
    hold_id, _, code = text.rpartition(":")
    known = next((conflict for conflict in Conflict if conflict.value == code), None)
    return hold_id, "not taken" if known is None else objection(known).text


ROUTES: Final = (
    Route(f"{QUEUE}/batch", compare),
    Route(f"{QUEUE}/batch/act", decide, methods=["POST"]),
    # Where a refused batch leaves the browser, so that the page can be fetched anew there.
    Route(f"{QUEUE}/batch/act", nothing),
    Route(f"{QUEUE}/batches/{{batch_id}}", results),
)
