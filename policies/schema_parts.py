"""The parts that schemas of policy documents are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from policies.approval_documents import ApprovalClass
from policies.expressions import MAX_EXPRESSION_CHARS

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 1_000}
NAME: Final[Schema] = {"type": "string", "pattern": r"^\S+$", "maxLength": 128}
FLAG: Final[Schema] = {"type": "boolean"}
NUMBER: Final[Schema] = {"type": "number", "minimum": 0}
SHARE: Final[Schema] = {"type": "number", "minimum": 0, "maximum": 1}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
SECONDS: Final[Schema] = {"type": "number", "minimum": 1}
GLOB: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 256}
WHEN: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": MAX_EXPRESSION_CHARS}


def words(words: Iterable[str]) -> Schema:
    """One of these words."""
    return {"enum": [str(word) for word in words]}


def list_of(item: Schema, *, may_be_empty: bool = False) -> Schema:
    """A list of such items."""
    return {"type": "array", "items": item} | ({} if may_be_empty else {"minItems": 1})


def names_to(values: Schema) -> Schema:
    """A mapping from any name."""
    return {"type": "object", "additionalProperties": values}


def object_of(properties: Mapping[str, Schema], *, required: Iterable[str] = (), at_least_one: bool = False) -> Schema:
    """A mapping with these keys and no other."""
    found: Schema = {"type": "object", "additionalProperties": False, "properties": dict(properties)}
    if tuple(required):
        found["required"] = list(required)
    if at_least_one:
        found["minProperties"] = 1
    return found


def ref(name: str) -> Schema:
    """What the document's schema defines under a name."""
    return {"$ref": f"#/definitions/{name}"}


def described(schema: Schema, text: str) -> Schema:
    """A schema with a text for people."""
    return {**schema, "description": text}


GLOBS: Final = list_of(GLOB)
EXACT: Final = list_of(NAME)
APPROVAL: Final = words(ApprovalClass)
RULES: Final = list_of(ref("rule"), may_be_empty=True)
