"""The policy pages: what is in force on each lane, who activated it and why, and what an activation changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from http import HTTPStatus
from typing import Final, NamedTuple

import yaml
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from penstock.console.person import Permission
from penstock.console.policy_in_force import bundle_of, snapshot_in_force
from penstock.console.readmodel.policy_queries import activation, history, kill_entries, lanes
from penstock.console.web.console_state import console_of
from penstock.console.web.render import page
from policies.bundle import Bundle
from policies.diff import compare

# Lines around a change that are shown with it.
CONTEXT_LINES: Final = 3
# Lines of a difference that are shown; a page with more is read by nobody.
MAX_LINES: Final = 2_000


class DiffLine(NamedTuple):
    """One line of a difference; `kind` is same, added, removed or hunk."""

    kind: str
    text: str


def policy_overview(request: Request) -> Response:
    """What is in force, what was before, and the kill switch."""
    request.state.person.require(Permission.SEE_POLICY)
    with console_of(request).store.read() as connection:
        in_force = snapshot_in_force(connection)
        by_lane = lanes(connection)
        context = {
            "in_force": in_force,
            "bundle": bundle_of(connection, in_force),
            "lanes": by_lane,
            "is_mixed": len({lane.snapshot for lane in by_lane}) > 1,
            "history": history(connection),
            "kills": kill_entries(connection),
        }
    return page(request, "policy/overview.html", context)


def policy_activation(request: Request) -> Response:
    """One activation, and what it changed against the policy before."""
    request.state.person.require(Permission.SEE_POLICY)
    with console_of(request).store.read() as connection:
        found = activation(connection, request.path_params["offset"])
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        new, old = bundle_of(connection, found.snapshot), bundle_of(connection, found.previous)
    lines = list(difference(old, new)) if new is not None else []
    context = {
        "activation": found,
        "is_known": new is not None,
        "has_before": old is not None,
        "changes": compare(old, new) if old is not None and new is not None else (),
        "lines": lines[:MAX_LINES],
        "left_out": max(0, len(lines) - MAX_LINES),
    }
    return page(request, "policy/activation.html", context)


def policy_text(request: Request) -> Response:
    """The documents of the policy in force, as the gate has them."""
    request.state.person.require(Permission.SEE_POLICY)
    with console_of(request).store.read() as connection:
        bundle = bundle_of(connection, snapshot_in_force(connection))
    if bundle is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return page(request, "policy/text.html", {"short": bundle.short, "text": as_yaml(bundle)})


def as_yaml(bundle: Bundle | None) -> str:
    """The canonical documents as YAML, for people; comments and order of the files they came from are gone."""
    if bundle is None:
        return ""
    # JSON is YAML, and the canonical form is strict JSON.
    return yaml.safe_dump(yaml.safe_load(bundle.canonical()), allow_unicode=True, sort_keys=True, width=110)


def difference(old: Bundle | None, new: Bundle | None) -> Iterator[DiffLine]:
    """What differs between the documents, line by line."""
    before, after = as_yaml(old).splitlines(), as_yaml(new).splitlines()
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT_LINES):
        yield DiffLine("hunk", f"line {group[0][3] + 1}")
        for tag, first, last, begin, end in group:
            if tag == "equal":
                yield from (DiffLine("same", line) for line in before[first:last])
                continue
            yield from (DiffLine("removed", line) for line in before[first:last])
            yield from (DiffLine("added", line) for line in after[begin:end])


ROUTES: Final = (
    Route("/policy", policy_overview),
    Route("/policy/text", policy_text),
    Route("/policy/{offset:int}", policy_activation),
)
