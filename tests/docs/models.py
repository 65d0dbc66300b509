"""The fields of the models that Penstock reads, in words, from their JSON Schemas."""

from __future__ import annotations

from typing import Any, Final

from streams.events import (
    AgentOutput,
    Outcome,
    ProposedAction,
    Review,
    Reviewer,
    ReviewSubject,
    ReviewTarget,
    WireModel,
    Withdrawal,
)

MODELS: Final[dict[str, type[WireModel]]] = {
    "proposed-action": ProposedAction,
    "withdrawal": Withdrawal,
    "outcome": Outcome,
    "agent-output": AgentOutput,
    "review": Review,
    "review-target": ReviewTarget,
    "reviewer": Reviewer,
    "review-subject": ReviewSubject,
}


def field_rows(model: type[WireModel]) -> tuple[tuple[str, ...], ...]:
    """Name, type in words, and whether it is required, for each field of a model."""
    schema = model.model_json_schema(mode="validation")
    required, defs = set(schema.get("required", ())), schema.get("$defs", {})
    return tuple(
        (f"`{name}`", in_words(field, defs), "yes" if name in required else "no")
        for name, field in schema["properties"].items()
    )


def in_words(field: dict[str, Any], defs: dict[str, Any]) -> str:
    """A JSON Schema of one field in words; what may be left out may also be null, and that is not said."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        members = defs[name].get("enum")
        return f"`{name}`" if members is None else " or ".join(f"`{member}`" for member in members)
    if "anyOf" in field:
        found = [in_words(option, defs) for option in field["anyOf"] if option.get("type") != "null"]
        return " or ".join(found)
    return _SIMPLE.get(field.get("type", ""), _any)(field, defs)


def _any(_field: dict[str, Any], _defs: dict[str, Any]) -> str:
    return "any JSON"


def _string(field: dict[str, Any], _defs: dict[str, Any]) -> str:
    if field.get("format") == "date-time":
        return "time, RFC 3339 with offset"
    if "minLength" in field:
        return f"text of {field['minLength']} to {field['maxLength']} characters"
    return f"text of up to {field['maxLength']:,} characters" if "maxLength" in field else "decimal as text"


def _number(field: dict[str, Any], _defs: dict[str, Any]) -> str:
    word = "integer" if field["type"] == "integer" else "number"
    return f"{word} {field['minimum']} to {field['maximum']}" if "maximum" in field else word


def _array(field: dict[str, Any], defs: dict[str, Any]) -> str:
    bound = f"up to {field['maxItems']} of " if "maxItems" in field else ""
    return f"list, {bound}{in_words(field['items'], defs)}"


def _object(field: dict[str, Any], defs: dict[str, Any]) -> str:
    values = field.get("additionalProperties")
    if not isinstance(values, dict):
        return "object"
    bound = f"up to {field['maxProperties']} of " if "maxProperties" in field else ""
    return f"object, {bound}{in_words(values, defs)}"


def _boolean(_field: dict[str, Any], _defs: dict[str, Any]) -> str:
    return "true or false"


_SIMPLE: Final = {
    "string": _string,
    "number": _number,
    "integer": _number,
    "array": _array,
    "object": _object,
    "boolean": _boolean,
}
