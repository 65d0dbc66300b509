"""A record of a topic of ours as a person or a program may see it: everything but payload.

What producers send is shown field by field from a list of names, so that a field nobody thought of stays hidden. What
the gate writes is shown whole, less the places where it carries a producer's data on.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from streams.effects import timestamp
from streams.events import Kind
from streams.intake import KIND_OF_TOPIC
from streams.policy_feed import BUNDLE_PREFIX
from streams.state import AGENT_PREFIX, HOLD_PREFIX, LANE_KEY, STOP_PREFIX
from streams.topics import DEADLETTERS, POLICIES, STATE, Topic


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Fields of events that say what kind of thing it is, and nothing of what is in it.
_SHOWN: Final[dict[Kind, frozenset[str]]] = {
    Kind.ACTION: _names(
        "kind action_id agent_id topic tool risk_tags confidence anomaly_score retry_count amount_usd affected_users "
        "customer_facing reversible environment tenant_id session_id model proposed_at deadline "
        "withdrawn_at"
    ),
    Kind.OUTCOME: _names("kind action_id agent_id status session_id finished_at"),
    Kind.OUTPUT: _names(
        "kind output_id job_id agent_id topic audience tenant_id session_id model content_type produced_at sequence "
        "final"
    ),
    Kind.REVIEW: _names(
        "kind agent_id review_id target verdict reviewer digest policy_snapshot reason rendered_at decided_at"
    ),
}
# What the gate carries on: an action inside a larger record, an output's content, a sealed payload.
_CARRIED: Final = frozenset({"content", "payload", "arguments"})
_HEADERS: Final = ("ce_", "gate.", "gate-", "content-type", "traceparent")


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record to show. `withheld` are the paths of what is not in `value`."""

    topic: str
    partition: int
    offset: int
    timestamp: str
    key: str | None
    headers: dict[str, str]
    value: Any
    withheld: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The view as a JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}


def view_record(topic: Topic, record: Any, *, with_payload: bool) -> RecordView:
    """A record of `topic`, as aiokafka gives it."""
    key = None if record.key is None else record.key.decode("utf-8", "replace")
    headers = {
        name: (value or b"").decode("utf-8", "replace")
        for name, value in record.headers
        if with_payload or name.startswith(_HEADERS)
    }
    value, withheld = _value(topic, key or "", record.value, with_payload=with_payload)
    return RecordView(
        topic=topic.name,
        partition=record.partition,
        offset=record.offset,
        timestamp=timestamp(record.timestamp),
        key=key,
        headers=headers,
        value=value,
        withheld=withheld,
    )


def _value(topic: Topic, key: str, raw: bytes | None, *, with_payload: bool) -> tuple[Any, tuple[str, ...]]:
    if raw is None:
        return None, ()
    if with_payload:
        return _readable(raw), ()
    is_opaque = (
        topic is DEADLETTERS
        or (topic is POLICIES and key.startswith(BUNDLE_PREFIX))
        or (topic is STATE and key != LANE_KEY and not key.startswith((HOLD_PREFIX, AGENT_PREFIX, STOP_PREFIX)))
    )
    if is_opaque:
        return {"bytes": len(raw)}, ("$",)
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        return {"bytes": len(raw)}, ("$",)
    withheld: list[str] = []
    kind = KIND_OF_TOPIC.get(topic.name)
    shown = _carried(value, withheld) if kind is None else _of_producer(value, kind, "", withheld)
    return shown, tuple(withheld)


def _readable(raw: bytes) -> Any:
    """JSON as it is, else text, else base64."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}


def _of_producer(value: Mapping[str, Any], kind: Kind, path: str, withheld: list[str]) -> dict[str, Any]:
    shown = _SHOWN[kind]
    unknown = 0
    for name in value:
        if name in shown:
            continue
        if len(name) <= 64 and name.isidentifier() and name in _KNOWN:
            withheld.append(path + name)
        else:
            unknown += 1
    if unknown:
        withheld.append(f"{path}({unknown} more)")
    return {name: item for name, item in value.items() if name in shown}


# Names of withheld fields that may be told; any other name is a producer's own text.
_KNOWN: Final = frozenset({"arguments", "reasoning", "context", "labels", "detail", "content", "signature"})


def _carried(value: Mapping[str, Any], withheld: list[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, item in value.items():
        if name == "action" and isinstance(item, dict):
            shown[name] = _of_producer(item, Kind.ACTION, "action.", withheld)
        elif name in _CARRIED and item is not None:
            withheld.append(name)
        else:
            shown[name] = item
    return shown


def line_of(view: RecordView) -> str:
    """The view in one line: time, place, agent, what."""
    where = f"{view.partition}:{view.offset}"
    return f"{view.timestamp} {where:>10} {(view.key or '-')[:80]} {_what(view)}".rstrip()


def _what(view: RecordView) -> str:
    value, headers = view.value, view.headers
    if view.topic == DEADLETTERS.name:
        source = "/".join(headers.get(f"gate.errors.{name}", "?") for name in ("topic", "partition", "offset"))
        return f"dead letter {headers.get('gate.errors.code', '?')} from {source}"
    if value is None:
        return "removed"
    if not isinstance(value, dict):
        return "not JSON"
    if "seq" in value and "prev" in value:
        return _words(f"#{value['seq']}", value.get("kind"), _subject(value), _decided(value), value.get("code"))
    return _words(_decided(value), _subject(value), value.get("status"), value.get("verdict"), _state(value))


def _decided(value: dict[str, Any]) -> str:
    decision = value.get("decision")
    if isinstance(decision, dict):
        rule = decision.get("rule_id")
        return _words(
            decision.get("decision"), decision.get("reason_code"), f"rule={rule}" if rule else None, _quoted(decision)
        )
    if "output_safety_decision" in value:
        count = value.get("original_fields_redacted")
        return _words(
            value["output_safety_decision"],
            value.get("reason_code"),
            f"{count} redacted" if count else None,
            _quoted(value),
        )
    return ""


def _quoted(value: dict[str, Any]) -> str | None:
    reason = value.get("reason")
    return f'"{reason}"' if reason else None


def _subject(value: dict[str, Any]) -> str:
    parts = (value.get("action"), value.get("summary"))
    inner = next((part for part in parts if isinstance(part, dict)), value)
    names = ("action_id", "output_id", "hold_id", "review_id", "promotion_id", "topic", "tool", "id")
    told = [(name, inner.get(name)) for name in names]
    if inner is not value:
        told += [(name, value.get(name)) for name in ("hold_id", "second_review_id", "sample_id")]
    return " ".join(f"{name.removesuffix('_id')}={found}" for name, found in told if isinstance(found, str))


def _state(value: dict[str, Any]) -> str | None:
    if "snapshot" in value and "activated_by" in value:
        return f"{value['short']} by {value['activated_by']}: {value.get('reason')}"
    if "audit_seq" in value:
        return f"audit_seq={value['audit_seq']} head={str(value.get('audit_head'))[:12]}"
    if set(value) == {"bytes"}:
        return f"{value['bytes']} bytes"
    return None


def _words(*parts: object) -> str:
    return " ".join(str(part) for part in parts if part not in (None, ""))
