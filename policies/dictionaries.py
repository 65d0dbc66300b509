"""The terms that a bundle names, as detectors beside the built-in ones.

Dictionaries, promises that nobody may make and the identifiers of tenants are compiled once for a bundle. They need no
triggers, so a gate that switches bundles compiles nothing else: the built-in plan stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from detectors import Scanner
from detectors.custom import CROSS_TENANT_ID, FORBIDDEN_COMMITMENT, Tenants, commitments, dictionary
from detectors.declaration import Declaration
from policies.documents import Document


class Dictionaries:
    """The dictionaries of a bundle, compiled."""

    def __init__(self, documents: Iterable[Document]) -> None:
        """Compile what the documents name.

        Raises:
            DictionaryError: for terms that loading a bundle refuses.
        """
        promises: list[str] = []
        identifiers: dict[str, list[str]] = {}
        declarations: list[Declaration] = []
        for document in documents:
            entries = document.dictionaries or ()
            declarations.extend(dictionary(entry.name, entry.terms, type=entry.type) for entry in entries)
            promises.extend(document.commitments or ())
            for tenant, terms in (document.tenant_identifiers or {}).items():
                identifiers.setdefault(tenant, []).extend(terms)
        if promises:
            declarations.append(commitments(promises))
        self._tenants = Tenants(identifiers) if identifiers else None
        if self._tenants is not None:
            declarations.append(self._tenants.declaration)
        self._declarations = tuple(declarations)

    def extend(self, scanner: Scanner) -> Scanner:
        """The scanner with these dictionaries, and without those of another bundle; every tenant is a foreign one."""
        return scanner.extended(self._declarations)

    def extend_for(self, scanner: Scanner, tenant: str | None) -> Scanner:
        """As `extend`, for an output that is for `tenant`: what belongs to that tenant is no finding.

        With None nobody's identifiers are let through.
        """
        own = None if self._tenants is None else partial(self._tenants.is_own, tenant=tenant)
        return scanner.extended(self._declarations, without=own)

    @property
    def has_tenants(self) -> bool:
        """Whether the tenant that an output is for makes a difference."""
        return self._tenants is not None


def types_of(document: Document) -> Iterable[tuple[str, str, str]]:
    """Each section of terms of a document with the part of it and the type of its findings."""
    for entry in document.dictionaries or ():
        yield "dictionaries", entry.name, entry.type
    if document.commitments is not None:
        yield "commitments", "", FORBIDDEN_COMMITMENT
    if document.tenant_identifiers is not None:
        yield "tenant_identifiers", "", CROSS_TENANT_ID
