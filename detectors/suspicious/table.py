"""Every detector of suspicious output, by module: adding one is a module, a line here and its examples."""

from __future__ import annotations

from detectors.declaration import Declaration
from detectors.suspicious import hidden_text, injection, links

#: The examples of `name` are in tests/detectors/examples/suspicious_`name`.py.
MODULES: dict[str, tuple[Declaration, ...]] = {
    "hidden_text": hidden_text.DECLARATIONS,
    "injection": injection.DECLARATIONS,
    "links": links.DECLARATIONS,
}


def declarations(allowed_hosts: frozenset[str] = frozenset()) -> tuple[Declaration, ...]:
    """All of them; links to `allowed_hosts` carry nothing away (`*.acme.com` stands for any host below it)."""
    return (*hidden_text.DECLARATIONS, *injection.DECLARATIONS, *links.declarations(allowed_hosts))
