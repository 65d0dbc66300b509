"""From a document tree to what putting a policy in force takes."""

from __future__ import annotations

from typing import Final

from policies.documents import Activation
from policies.nodes import Node
from policies.reader import Reader

ACTIVATION_FIELDS: Final = ("second_person_for_loosening",)


def parse_activation(reader: Reader, node: Node | None) -> Activation | None:
    """The activation section of a document; None when it has none."""
    if node is None:
        return None
    fields = reader.fields(node, what="activation", known=ACTIVATION_FIELDS, required=ACTIVATION_FIELDS) or {}
    is_needed = reader.flag(fields.get("second_person_for_loosening"), what="second_person_for_loosening")
    return None if is_needed is None else Activation(is_needed)
