"""An action as samples and second reviews show it: one sentence, and its contents laid out for whoever may see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from starlette.requests import Request

from penstock.console.person import Permission, Person
from penstock.console.readmodel.rows import Payload
from penstock.console.web.acting import scanner_for
from penstock.console.web.console_state import console_of
from penstock.console.web.marked import Marked, Piece, marked, marked_text
from penstock.console.web.sentence import Deed, Phrase, sentence
from penstock.console.web.words import amount
from penstock.opened_action import Unopened, opened_action

# What policy judged by, as a reader calls it; in the order of a page.
_FACTS: Final = (
    ("environment", "Environment"),
    ("tenant_id", "Tenant"),
    ("action_class", "Class of the operator"),
    ("owner", "Owner"),
    ("risk", "Risk"),
    ("risk_tags", "Risk tags"),
    ("amount_usd", "Amount"),
    ("affected_users", "Affected people"),
    ("customer_facing", "Customers see it"),
    ("reversible", "Can be undone"),
    ("first_time", "First time"),
    ("session_tainted", "Session tainted"),
    ("confidence", "Confidence"),
    ("anomaly_score", "Anomaly score"),
    ("retry_count", "Retries"),
    ("autonomy_level", "Level of autonomy"),
    ("model", "Model"),
    ("session_id", "Session"),
)


def facts_of(summary: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """What policy knew of an action, as names and texts; None for what nobody knows."""
    return [(title, _text(name, summary.get(name))) for name, title in _FACTS]


def _text(name: str, value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(entry) for entry in value) or "none"
    return amount(value) if name == "amount_usd" else str(value)


class ActionView(NamedTuple):
    """What a page shows of an action. `why_not` says in words why its contents are not there; empty when they are."""

    sentence: tuple[Phrase, ...]
    arguments: Marked | None
    context: Marked | None
    reasoning: tuple[Piece, ...]
    why_not: str

    @property
    def is_shown(self) -> bool:
        """Whether the page shows what the action holds."""
        return not self.why_not


def action_view(
    request: Request, payload: Payload, *, context: str, digest: str | None, facts: Mapping[str, Any]
) -> ActionView:
    """The action in `payload`, whose box is bound to `context`, if it has the `digest` that its record names.

    `facts` are those that policy judged by.
    """
    person: Person = request.state.person
    deed, scanner = Deed.of(facts), scanner_for(request, facts.get("tenant_id"))
    if not person.may(Permission.SEE_PAYLOAD):
        return ActionView(sentence(deed, None), None, None, (), "Your roles show no arguments.")
    record = {"action": payload.action, "payload": payload.box}
    action, unopened = opened_action(console_of(request).sealer, record, context=context, digest=digest)
    if action is None or scanner is None:
        return ActionView(sentence(deed, None), None, None, (), (unopened or Unopened.NO_KEY).value)
    arguments, given, reasoning = (action.get(name) for name in ("arguments", "context", "reasoning"))
    return ActionView(
        sentence(deed, arguments if isinstance(arguments, dict) else {}),
        None if arguments is None else marked(scanner, arguments),
        None if given is None else marked(scanner, given),
        marked_text(scanner, reasoning) if isinstance(reasoning, str) and reasoning else (),
        "",
    )
