"""The generated tables, by the name of their block."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Final, get_args

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from penstock.console.people.journal import Event
from penstock.console.person import GRANTS, Permission
from penstock.tailing import ALIASES
from policies.approval_documents import Role
from policies.approval_events import EventKind
from policies.approval_table import LEADS_TO, TABLE, Step
from policies.approvals import HoldState, Resolution
from policies.conflicts import Conflict
from policies.decisions import ReasonCode
from policies.kill import kill_entry
from streams.audit_chain import Tampering
from streams.codec import DeadLetterCode
from streams.events import EventType, WireModel
from streams.metrics import Metrics
from streams.reasons import GateReason
from streams.review_signing import SignatureProblem
from streams.settings import PREFIX, Settings
from streams.topics import (
    ACTIONS_CLEARED,
    ACTIONS_REFUSED,
    APPROVALS_REQUESTED,
    DAY_MS,
    OUTPUTS_CLEARED,
    QUARANTINE,
    SAMPLES,
    TOPICS,
    Cleanup,
    Topic,
)
from tests.docs.models import MODELS, field_rows
from tests.docs.pages import Table
from tests.docs.written import activations, audit_records, observed_fields, values_of

# Fields that every audit record has; each kind adds its own.
COMMON_AUDIT_FIELDS: Final = ("seq", "prev", "partition", "at", "at_ms", "kind", "source")


def code(text: object) -> str:
    """Text as Markdown code."""
    return f"`{text}`"


def topics() -> Table:
    """Every topic of the table."""
    aliases = {topic.name: alias for alias, topic in ALIASES.items()}
    rows = tuple(
        (
            code(topic.name),
            code(aliases[topic.name]),
            topic.key.value,
            "one per lane" if topic.is_lane else "1",
            _kept(topic),
            ", ".join(topic.writers),
            ", ".join(topic.readers),
            topic.note,
        )
        for topic in TOPICS
    )
    return Table(("topic", "alias", "key", "partitions", "kept", "written by", "read by", "what"), rows)


def _kept(topic: Topic) -> str:
    if topic.cleanup is Cleanup.COMPACT:
        return "compacted"
    return "for ever" if topic.retention_ms == -1 else f"{topic.retention_ms // DAY_MS} days"


def topic_configs() -> Table:
    """The Kafka configuration of each topic."""
    rows = tuple(
        (code(topic.name), ", ".join(code(f"{name}={value}") for name, value in sorted(topic.config().items())))
        for topic in TOPICS
    )
    return Table(("topic", "configuration"), rows)


def settings() -> Table:
    """Every setting of a worker."""
    rows = tuple(
        (code(PREFIX + name.upper()), _type_of(field), _range_of(field), _default_of(field), field.description or "")
        for name, field in Settings.model_fields.items()
    )
    return Table(("variable", "type", "range", "default", "meaning"), rows)


def _type_of(field: FieldInfo) -> str:
    kinds = [kind for kind in get_args(field.annotation) if kind is not type(None)] or [field.annotation]
    if all(isinstance(kind, str) for kind in kinds):
        return "one of " + ", ".join(code(kind) for kind in kinds)
    words = {str: "text", Path: "path", int: "integer", float: "number", bool: "true or false"}
    return words.get(kinds[0], "secret") if isinstance(kinds[0], type) else "secret"


def _range_of(field: FieldInfo) -> str:
    found = {}
    for item in field.metadata:
        for name in ("ge", "gt", "le", "lt", "pattern"):
            value = getattr(item, name, None)
            if value is not None:
                found[name] = value
    if "pattern" in found:
        return code(found["pattern"])
    low = f"{found['ge']:g}" if "ge" in found else f"above {found['gt']:g}" if "gt" in found else ""
    return f"{low} to {found['le']:.15g}" if low and "le" in found else low


def _default_of(field: FieldInfo) -> str:
    value = None if field.default is PydanticUndefined else field.default
    if value is None:
        return "none"
    if isinstance(value, bool):
        return code(str(value).lower())
    return code(f"{value:.15g}") if isinstance(value, float) else code(value) if value != "" else "empty"


def metrics() -> Table:
    """Every metric of a worker as Prometheus shows it."""
    made = Metrics()
    rows = []
    for metric in vars(made).values():
        if metric is made.registry:
            continue
        (family,) = metric.describe()
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = ", ".join(code(label) for label in metric._labelnames) or "-"
        rows.append((code(name), family.type, labels, family.documentation))
    return Table(("metric", "type", "labels", "what it counts or shows"), tuple(rows))


def _enum(members: type[StrEnum], *columns: str) -> Table:
    rows = tuple((code(member.value),) for member in members)
    return Table(("code", *columns), rows, written=len(columns))


def event_types() -> Table:
    """Every CloudEvents type."""
    rows = tuple((code(member.value),) for member in EventType)
    return Table(("`ce_type`", "topic"), rows, written=1)


def written(values: Iterable[dict[str, Any]], *, without: Iterable[str] = ()) -> Table:
    """The fields of what the gate writes."""
    left_out = set(without)
    rows = tuple((code(name), types) for name, types in observed_fields(values).items() if name not in left_out)
    return Table(("field", "type", "meaning"), rows, written=1)


def decision() -> Table:
    """The decision object, wherever it stands."""
    topics_with = (ACTIONS_CLEARED, ACTIONS_REFUSED, SAMPLES)
    decided = [value for topic in topics_with for value in values_of(topic.name)]
    return written(value["decision"] for value in (*decided, *requests("hold_id")))


def requests(identity: str) -> list[dict[str, Any]]:
    """What people are asked for, of the kind that has this id."""
    return [value for value in values_of(APPROVALS_REQUESTED.name) if identity in value]


def summary() -> Table:
    """What requests and samples tell of an action in clear."""
    return written(
        v["summary"] for topic in (APPROVALS_REQUESTED, SAMPLES) for v in values_of(topic.name) if "summary" in v
    )


def released_action() -> Table:
    """The action as an executor gets it."""
    return written(value["action"] for value in values_of(ACTIONS_CLEARED.name))


def finding() -> Table:
    """A finding of an output."""
    return written(f for topic in (OUTPUTS_CLEARED, QUARANTINE) for v in values_of(topic.name) for f in v["findings"])


def sealed() -> Table:
    """A sealed payload."""
    return written(value["payload"] for value in values_of(QUARANTINE.name) if value["payload"] is not None)


def audit_common() -> Table:
    """What every audit record has."""
    records = [record for found in audit_records().values() for record in found]
    return written([{name: record[name] for name in COMMON_AUDIT_FIELDS} for record in records])


def audit_kinds() -> Table:
    """Every kind of audit record with its own fields."""
    rows = []
    for kind, records in sorted(audit_records().items()):
        own = [name for name in observed_fields(records) if name not in COMMON_AUDIT_FIELDS]
        rows.append((code(kind), ", ".join(code(name) for name in own)))
    return Table(("kind", "fields of its own", "when"), tuple(rows), written=1)


def model(which: type[WireModel]) -> Table:
    """The fields of a model that is read."""
    return Table(("field", "type", "required", "meaning"), field_rows(which), written=1)


def hold_table() -> Table:
    """What every event means in every state of a held action; conflicts as code, steps as words."""
    rows = []
    for event in EventKind:
        entries = [TABLE[state][event] for state in HoldState]
        rows.append((code(event.value), *(e.value if isinstance(e, Step) else code(e.value) for e in entries)))
    return Table(("event", *(state.value for state in HoldState)), tuple(rows))


def hold_steps() -> Table:
    """Where each step leads."""
    rows = tuple(
        (step.value, ", ".join(state.value for state in HoldState if state in LEADS_TO[step])) for step in Step
    )
    return Table(("step", "leads to", "what is done"), rows, written=1)


def resolutions() -> Table:
    """How a hold ends."""
    rows = tuple((code(entry.value), entry.state.value, code(entry.reason_code)) for entry in Resolution)
    return Table(("resolution", "state", "`reason_code`", "when"), rows, written=1)


def roles() -> Table:
    """What each role may do in the console."""
    rows = tuple(
        (code(permission.value), permission.text, *("x" if permission in GRANTS[role] else "" for role in Role))
        for permission in Permission
    )
    return Table(("permission", "allows to", *(code(role.value) for role in Role)), rows)


TABLES: Final[dict[str, Callable[[], Table]]] = {
    "topics": topics,
    "topic-configs": topic_configs,
    "settings": settings,
    "metrics": metrics,
    "event-types": event_types,
    "decision": decision,
    "cleared-action": released_action,
    "refused": lambda: written(values_of(ACTIONS_REFUSED.name)),
    "approval": lambda: written(requests("hold_id")),
    "promotion": lambda: written(requests("promotion_id")),
    "second-review": lambda: written(requests("second_review_id")),
    "summary": summary,
    "sample": lambda: written(values_of(SAMPLES.name)),
    "result": lambda: written(values_of(OUTPUTS_CLEARED.name)),
    "quarantined": lambda: written(
        values_of(QUARANTINE.name), without=observed_fields(values_of(OUTPUTS_CLEARED.name))
    ),
    "finding": finding,
    "sealed": sealed,
    "kill-entry": lambda: written([kill_entry("agent", "a-1", reason="why", by="ana", at_ms=0).to_json()]),
    "activation": lambda: written(activations()),
    "audit-common": audit_common,
    "audit-kinds": audit_kinds,
    "gate-reasons": lambda: _enum(GateReason, "meaning", "what to do"),
    "policy-reasons": lambda: _enum(ReasonCode, "meaning", "what to do"),
    "conflicts": lambda: _enum(Conflict, "meaning", "what to do"),
    "signature-problems": lambda: _enum(SignatureProblem, "when"),
    "hold-table": hold_table,
    "hold-steps": hold_steps,
    "resolutions": resolutions,
    "roles": roles,
    "journal-events": lambda: _enum(Event, "when"),
    "dead-letters": lambda: _enum(DeadLetterCode, "meaning", "what to do"),
    "tampering": lambda: _enum(Tampering, "meaning", "what to do"),
    **{name: partial(model, which) for name, which in MODELS.items()},
}
