"""One quarantined output as its page shows it: masked, and what a redacted release would let out."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from penstock.console.acts.act import Act
from penstock.console.people.fresh import is_fresh, link
from penstock.console.person import Permission, Person
from penstock.console.policy_in_force import bundle_in_force
from penstock.console.readmodel.quarantine_queries import QuarantineItem, item
from penstock.console.web.acting import Form, Problem, outbox_of, rendered_ms, scanner_for, scanner_of
from penstock.console.web.console_state import console_of
from penstock.console.web.forms import link as address
from penstock.console.web.masking import HIDDEN, Found, Masking, findings_of, mask, masking_for, shown_field
from penstock.console.web.masking_now import stricter
from penstock.console.web.quarantine_time import kept_of
from penstock.console.web.release_preview import Preview, preview_of
from penstock.console.web.render import page
from penstock.console.web.sealed_output import Opened, opened
from streams.events import ReviewVerdict, TargetKind

PATH: Final = "/quarantine"
# How long a revealed text stays on the screen, milliseconds.
SHOWN_FOR_MS: Final = 60_000
_FILTERS: Final = ("state", "audience", "topic", "agent", "finding", "tenant")


def kept_filters(query: QueryParams) -> dict[str, str]:
    """The filters of the list, for addresses that lead back to it."""
    return {name: query[name] for name in _FILTERS if query.get(name)}


class Revealed(NamedTuple):
    """What one reveal shows: of which finding (0: of all), its text, and under which audit record it stands."""

    number: int
    text: str
    is_cut: bool
    audit: tuple[int, int] | None


def item_of(request: Request) -> QuarantineItem:
    """The output that the address names.

    Raises:
        HTTPException: 404 when there is none that the person may know of.
    """
    person: Person = request.state.person
    person.require(Permission.SEE)
    with console_of(request).store.read() as db:
        found = item(db, request.path_params["quarantine_id"], tenants=person.tenants)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return found


def quarantine_item(request: Request) -> Response:
    """One output, masked."""
    return item_page(request, item_of(request))


def opened_of(request: Request, found: QuarantineItem) -> Opened:
    """The output as far as this person may see it."""
    person: Person = request.state.person
    if not person.may(Permission.SEE_PAYLOAD):
        return Opened(None, "Your roles allow what is about an output, not the output.")
    return opened(console_of(request).sealer, found)


def item_page(
    request: Request,
    found: QuarantineItem,
    *,
    problem: Problem | None = None,
    revealed: Revealed | None = None,
    form: Form | None = None,
) -> Response:
    """The page of an output: masked but for what was `revealed`, with what kept an act back if anything did."""
    person: Person = request.state.person
    payload = opened_of(request, found)
    findings = findings_of(list(found.findings))
    masking = _masking(request, found, payload, findings)
    kept_by_gate = kept_of(request, found.row)
    kept = kept_filters(request.query_params)
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
        "is_chunk": is_chunk(found, payload),
        "is_sent": found.row.quarantine_id in under_way(request),
        "kept": kept_by_gate,
        "may": {
            "reveal": person.may(Permission.REVEAL) and payload.output is not None and not kept_by_gate.is_over,
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


def _masking(request: Request, found: QuarantineItem, payload: Opened, findings: Sequence[Found]) -> Masking:
    """What may be shown in clear: nothing without a scanner, nor what the policy in force names by now."""
    masking = masking_for(audience=found.row.audience, reason_code=found.row.reason_code)
    if payload.output is None:
        return masking
    scanner = scanner_for(request, payload.output.get("tenant_id"))
    return HIDDEN if scanner is None else stricter(masking, payload.content, findings, scanner=scanner)


def quarantine_preview(request: Request) -> Response:
    """What a redacted release would let out, and the form that does it."""
    person: Person = request.state.person
    person.require(Permission.RELEASE_REDACTED)
    found = item_of(request)
    payload = opened_of(request, found)
    console = console_of(request)
    preview = Preview(None, why_not=payload.why_not)
    if payload.output is not None and is_chunk(found, payload):
        preview = Preview(None, why_not="A piece of a streamed output cannot be released.")
    elif payload.output is not None:
        with console.store.read() as db:
            bundle = bundle_in_force(db)
        preview = preview_of(bundle, scanner_of(request), payload.output)
    kept = kept_filters(request.query_params)
    path = f"{PATH}/{found.row.quarantine_id}"
    context = {
        "row": found.row,
        "preview": preview,
        "is_chunk": is_chunk(found, payload),
        "is_over": kept_of(request, found.row).is_over,
        "act_path": address(f"{path}/act", kept),
        "item_path": address(path, kept),
    }
    answer = page(request, "quarantine/preview.html", context)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def is_chunk(found: QuarantineItem, payload: Opened) -> bool:
    """Whether it is a piece of a streamed output; its record need not say so, but the piece does."""
    return found.row.is_chunk or bool({"sequence", "final"} & (payload.output or {}).keys())


def under_way(request: Request) -> frozenset[str]:
    """What the person has decided, and the gate has not recorded yet."""
    person: Person = request.state.person
    return frozenset(
        status.act.target_id
        for status in outbox_of(request).of_person(person.id)
        if status.state.is_open
        and status.act.target is TargetKind.OUTPUT
        and status.act.verdict is not ReviewVerdict.REVEAL
    )


def act_of(request: Request, found: QuarantineItem, form: Form, *, verdict: ReviewVerdict, reason: str | None) -> Act:
    """An act about an output, from what was on the screen."""
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
