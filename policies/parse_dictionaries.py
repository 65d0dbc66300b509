"""From document trees to dictionaries, promises that nobody may make, and the identifiers of tenants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from detectors.custom import term_problem
from policies.documents import Dictionary
from policies.errors import ProblemCode
from policies.globs import quoted
from policies.nodes import Node
from policies.reader import Reader

DEFAULT_TYPE: Final = "DICTIONARY_TERM"
MAX_DICTIONARIES: Final = 64  # in one document
MAX_TENANTS: Final = 20_000  # in one document
MAX_TERMS: Final = 100_000  # of one dictionary or tenant; a document has at most 4,000,000 characters
MAX_TERM_CHARS: Final = 512
# A dictionary's name stands in its findings as `dictionary_NAME`, its type as their type.
NAME_PATTERN: Final = "^[a-z][a-z0-9_]{0,63}$"
TYPE_PATTERN: Final = "^[A-Z][A-Z0-9_]{0,63}$"
DICTIONARY_FIELDS: Final = ("type", "terms")


def parse_dictionaries(reader: Reader, node: Node | None) -> tuple[Dictionary, ...] | None:
    """The dictionaries of a document, None when it has none."""
    if node is None:
        return None
    entries = _entries(reader, node, what="dictionaries", most=MAX_DICTIONARIES)
    found: list[Dictionary] = []
    for name, entry in entries.items():
        if re.match(NAME_PATTERN, name) is None:
            message = f"a dictionary's name is lower_case, 64 characters at most, got {quoted(name)}"
            reader.report_key(node, name, ProblemCode.OUT_OF_RANGE, message)
        fields = reader.fields(entry, what="dictionary", known=DICTIONARY_FIELDS, required=("terms",)) or {}
        kind = reader.text(fields.get("type"), what="type") or DEFAULT_TYPE
        if re.match(TYPE_PATTERN, kind) is None:
            message = f"the type of a dictionary's findings is UPPER_CASE, 64 characters at most, got {quoted(kind)}"
            reader.report(fields["type"], ProblemCode.OUT_OF_RANGE, message)
        terms = parse_terms(reader, fields.get("terms"), what="terms")
        if terms is not None:
            found.append(Dictionary(name, kind, terms))
    return tuple(found)


def parse_tenant_identifiers(reader: Reader, node: Node | None) -> Mapping[str, tuple[str, ...]] | None:
    """The identifiers of each tenant of a document, None when it has none."""
    if node is None:
        return None
    found: dict[str, tuple[str, ...]] = {}
    for tenant, entry in _entries(reader, node, what="tenant_identifiers", most=MAX_TENANTS).items():
        if not tenant.strip() or len(tenant) > MAX_TERM_CHARS:
            message = f"a tenant's id has from 1 to {MAX_TERM_CHARS} characters"
            reader.report_key(node, tenant, ProblemCode.OUT_OF_RANGE, message)
        terms = parse_terms(reader, entry, what="identifiers of a tenant")
        if terms is not None:
            found[tenant] = terms
    return found


def parse_terms(reader: Reader, node: Node | None, *, what: str) -> tuple[str, ...] | None:
    """A list of terms without those that had a problem; None for no node. Messages do not quote a term."""
    if node is None:
        return None
    items = reader.items(node, what=what, most=MAX_TERMS)
    if items is None:
        return None
    found: dict[str, None] = {}
    for item in items:
        term = reader.text(item, what=f"an item of {what}", max_chars=MAX_TERM_CHARS)
        problem = None if term is None else term_problem(term)
        if problem is not None:
            reader.report(item, ProblemCode.OUT_OF_RANGE, f"an item of {what} {problem}, so it would be found nowhere")
        elif term is not None:
            found[term] = None
    return tuple(found)


def _entries(reader: Reader, node: Node, *, what: str, most: int) -> Mapping[str, Node]:
    entries = reader.mapping(node, what=what)
    if entries is None:
        return {}
    if not entries:
        reader.report(node, ProblemCode.OUT_OF_RANGE, f"{what} is empty, which would find nothing; leave it out")
    if len(entries) > most:
        reader.report(node, ProblemCode.LIMIT, f"{what} has at most {most} entries, got {len(entries)}")
        return {}
    # The order of keys has no meaning: findings that name a tenant by its number are the same in every replay.
    return dict(sorted(entries.items()))
