"""Which held actions may be decided at once. Pure.

# INVARIANT: a selection that may be approved together is of the queue, reversible, of one fingerprint, one policy and
one shape of arguments, opened by this console, and at most `MAX_APPROVED`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from penstock.console.readmodel.fingerprints import template
from penstock.console.readmodel.rows import HoldRow
from policies.approval_documents import ApprovalClass
from streams.events import ReviewVerdict

# Held actions that may be approved at once: as many as a person can compare on one page.
MAX_APPROVED: Final = 25
# Held actions that may be denied or claimed at once.
MAX_SELECTED: Final = 100
# What may be done to several at once.
BATCH_VERDICTS: Final = frozenset({ReviewVerdict.APPROVE, ReviewVerdict.DENY, ReviewVerdict.CLAIM})


class Candidate(NamedTuple):
    """A selected hold; `arguments` is None where this console cannot open them."""

    row: HoldRow
    arguments: Mapping[str, Any] | None


def batch_problem(selected: Sequence[Candidate], verdict: ReviewVerdict) -> str | None:
    """Why the selection cannot be decided at once, None when it can."""
    if verdict not in BATCH_VERDICTS:
        return "several at once can be approved, denied or claimed"
    if not selected:
        return "nothing is selected"
    if len({candidate.row.hold_id for candidate in selected}) != len(selected):
        return "something is selected twice"
    limit = MAX_APPROVED if verdict is ReviewVerdict.APPROVE else MAX_SELECTED
    if len(selected) > limit:
        return f"{len(selected)} are selected, at most {limit} can be decided at once"
    if any(not candidate.row.is_open for candidate in selected):
        return "some of the selected are decided already; select again"
    return _approval_problem(selected) if verdict is ReviewVerdict.APPROVE else None


def _approval_problem(selected: Sequence[Candidate]) -> str | None:
    rows = [candidate.row for candidate in selected]
    if any(row.approval_class != ApprovalClass.QUEUE.value for row in rows):
        return "only what is of the class queue can be approved at once"
    if any(row.reversible is not True for row in rows):
        return "only what is known to be reversible can be approved at once"
    if any(not row.allows_batch for row in rows):
        return "the gate allows some of the selected only by themselves"
    if any(row.is_changed or row.question_by is not None for row in rows):
        return "what was changed, or asked about, is decided by itself"
    if any(not row.digest or not row.snapshot or not row.fingerprint for row in rows):
        return "not everything is known about some of the selected yet"
    if len({row.fingerprint for row in rows}) > 1:
        return "the selected differ in rule, tool, destination or policy; approve those that are equal"
    if len({row.snapshot for row in rows}) > 1:
        return "the selected are held by different policies; approve those of one"
    if any(candidate.arguments is None for candidate in selected):
        return "this console cannot show the arguments of all of them"
    shapes = {orjson.dumps(template(candidate.arguments), option=orjson.OPT_SORT_KEYS) for candidate in selected}
    if len(shapes) > 1:
        return "the arguments of the selected are not of one shape; approve those that are"
    return None
