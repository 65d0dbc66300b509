"""The facts of an action: what the operator knows first, then what the gate counted, then what the agent claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from policies.bits import bits_of
from policies.columns import tag_tuple
from policies.decisions import Amount, Derived, Facts
from policies.documents import ActionClass, Derivation
from policies.globs import MAX_TOPIC_CHARS, matches_any
from policies.numbers import finite_number
from policies.paths import read_values
from policies.topics import TopicIndex

_NO_CLASS = ActionClass(name="", topics=None, tools=None)


def checked_text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("not text")
    return value


def _flag(value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise TypeError("not true or false")
    return value


class FactResolver:
    """Turns events into facts by a bundle's action classes and defaults."""

    def __init__(self, classes: Sequence[ActionClass], defaults: Mapping[str, object]) -> None:
        self._classes = tuple(classes)
        self._defaults = dict(defaults)
        self._topics = TopicIndex([entry.topics for entry in self._classes])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FactResolver) and self._classes == other._classes and self._defaults == other._defaults

    __hash__ = None  # type: ignore[assignment]  # equality by content, never a key

    @property
    def defaults(self) -> Mapping[str, object]:
        """What absence of a field means."""
        return self._defaults

    @property
    def classes(self) -> tuple[ActionClass, ...]:
        """The bundle's action classes, in order."""
        return self._classes

    def classes_for(self, event: Mapping[str, object]) -> tuple[ActionClass, ...]:
        """The classes an action may belong to, in order: one, or more when it lacks the tool that would tell."""
        topic = checked_topic(event)
        tool = checked_text(event.get("tool"))
        if not self._classes:
            return (_NO_CLASS,)
        possible: list[ActionClass] = []
        for index in bits_of(self._topics.mask(topic)):
            candidate = self._classes[index]
            if candidate.tools is None or (tool is not None and matches_any(candidate.tools, tool)):
                return (*possible, candidate) if possible else (candidate,)
            if tool is None:
                possible.append(candidate)
        return (*possible, _NO_CLASS)

    def tags(
        self, event: Mapping[str, object], known: ActionClass
    ) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
        """All tags of an action, and those that can satisfy a condition for certain.

        Raises: TypeError for what is no list of texts.
        """
        claimed = event.get("risk_tags")
        tags = certain = tag_tuple(self._defaults.get("risk_tags") if claimed is None else claimed)
        if known.risk_tags is not None:
            certain = known.risk_tags
            extra = tuple(dict.fromkeys(tag for tag in tags or () if tag not in certain))
            tags = certain + extra if extra else certain
        return tags, certain

    def resolve(self, event: Mapping[str, object], derived: Derived, known: ActionClass) -> Facts:
        """The facts of an action that belongs to a class.

        Raises: TypeError or ValueError for an event whose fields have not the types of the wire.
        """
        get = event.get
        absent = [name for name in self._defaults if get(name) is None]
        if absent:
            get = {**event, **{name: self._defaults[name] for name in absent}}.get
        amount, users = get("amount_usd"), get("affected_users")
        environment, facing, reversible = get("environment"), get("customer_facing"), get("reversible")
        if known.facts or known.derive:
            facts = known.facts
            derive = {entry.fact: read_derived(entry, event) for entry in known.derive} if known.derive else _NOTHING
            amount = _outranked("amount_usd", amount, facts, derive)
            users = _outranked("affected_users", users, facts, derive)
            environment = _outranked("environment", environment, facts, derive)
            facing = _outranked("customer_facing", facing, facts, derive)
            reversible = _outranked("reversible", reversible, facts, derive)
        tags, certain = self.tags(event, known)
        labels = get("labels")
        if labels is not None and not isinstance(labels, Mapping):
            raise TypeError("labels is no mapping")
        confidence, anomaly = get("confidence"), get("anomaly_score")
        # The usual type first: this runs for every action, and a call costs more than the test it makes.
        if type(confidence) is not float or not 0.0 <= confidence <= 1.0:
            confidence = finite_number(confidence)
        if type(anomaly) is not float or not 0.0 <= anomaly <= 1.0:
            anomaly = finite_number(anomaly)
        retries = get("retry_count")
        tool, agent, tenant = get("tool"), get("agent_id"), get("tenant_id")
        return Facts(
            checked_topic(event),
            tool if type(tool) is str else checked_text(tool),
            agent if type(agent) is str else checked_text(agent),
            tenant if type(tenant) is str else checked_text(tenant),
            environment if type(environment) is str else checked_text(environment),
            tags,
            certain,
            confidence,
            anomaly,
            derived.retry_count if retries is None else max(finite_number(retries) or 0, derived.retry_count),
            amount if type(amount) is int else finite_number(amount),
            users if type(users) is int else finite_number(users),
            derived.first_time,
            _flag(facing),
            _flag(reversible),
            _flag(derived.session_tainted),
            derived.velocity,
            labels,
            known.name or None,
            known.owner,
            known.risk,
            known.ambiguity,
            event,
        )


_NOTHING: Mapping[str, object] = {}


def checked_topic(event: Mapping[str, object]) -> str:
    topic = event.get("topic")
    if not isinstance(topic, str) or not topic or len(topic) > MAX_TOPIC_CHARS:
        raise ValueError(f"a topic is text of 1 to {MAX_TOPIC_CHARS} characters")
    return topic


def _outranked(name: str, claimed: object, facts: Mapping[str, object], derived: Mapping[str, object]) -> object:
    """The operator's value where the class has one (None when its path is absent), else the claim."""
    if name in facts:
        return facts[name]
    return derived.get(name, claimed)


def read_derived(entry: Derivation, event: Mapping[str, object]) -> object:
    """The fact read from the arguments, None (unknown) when it is absent or of the wrong type."""
    values = read_values(entry.parts, event.get("arguments"))
    if values is None:
        return None
    if entry.fact in ("customer_facing", "reversible"):
        return values[0] if isinstance(values[0], bool) else None
    if entry.fact == "environment":
        return values[0] if isinstance(values[0], str) and values[0] else None
    total: Amount = 0
    for value in values:
        try:
            part = finite_number(value)
        except (TypeError, ValueError):
            return None
        # A negative part could pull a sum below a threshold that another part alone would cross.
        if part is None or part < 0:
            return None
        total = _add(total, part) if len(values) > 1 else part
    return total


def _add(left: Amount, right: Amount) -> Amount:
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    return _decimal(left) + _decimal(right)


def _decimal(value: Amount) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value))
