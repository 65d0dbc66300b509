"""JSON Schemas of what Penstock reads, made from the models: `python -m penstock.schemas docs/schemas` writes them.

A schema is for producers who check before they send. The gate is stricter in what a schema cannot say (keys that stand
twice, numbers beyond 64 bits, nesting, size) and reads amounts and times by rules of its own; both stand in the text
of each schema.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from streams.codec import MAX_DEPTH
from streams.events import AgentOutput, Outcome, ProposedAction, Review, WireModel, Withdrawal

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
# File names of the schemas, and the models they are made from.
MODELS: Final[Mapping[str, type[WireModel]]] = {
    "proposed-action.schema.json": ProposedAction,
    "withdrawal.schema.json": Withdrawal,
    "outcome.schema.json": Outcome,
    "agent-output.schema.json": AgentOutput,
    "review.schema.json": Review,
}
_COMMENT: Final = (
    "Generated from the pydantic models; do not edit. Beyond this schema the gate refuses keys that stand twice, "
    f"numbers beyond 64 bits, nesting deeper than {MAX_DEPTH} and values larger than its setting max_event_bytes. "
    "A time begins with a date as in RFC 3339 and has an offset; an amount is a finite decimal of at most 64 "
    "characters, and one of 1e15 or more is a string. Unknown fields are ignored; null counts as absent."
)


def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema in the file `name`.

    Raises:
        KeyError: there is no such file.
    """
    schema = MODELS[name].model_json_schema(mode="validation")
    return {
        "$schema": DIALECT,
        "$id": f"urn:penstock:{name.removesuffix('.schema.json')}:v1",
        "$comment": _COMMENT,
        **schema,
    }


def schema_text(name: str) -> str:
    """The file `name` as it is committed."""
    return json.dumps(schema_of(name), indent=2, sort_keys=True, ensure_ascii=True) + "\n"


def write_schemas(folder: Path) -> None:
    """Write every schema into `folder`."""
    for name in MODELS:
        (folder / name).write_text(schema_text(name), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write the schemas into the folder that the one argument names; gives the exit status."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("usage: python -m penstock.schemas FOLDER\n")
        return 2
    write_schemas(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
