"""Where the built-in detectors are declared: one line per module."""

from __future__ import annotations

from detectors.declaration import Declaration
from detectors.internal.table import DECLARATIONS as INTERNAL
from detectors.suspicious import table as suspicious


def declarations(allowed_hosts: frozenset[str] = frozenset()) -> tuple[Declaration, ...]:
    """The detectors of internal data and suspicious output; links to `allowed_hosts` carry nothing away."""
    return (*INTERNAL, *suspicious.declarations(allowed_hosts))


#: Modules of the internal, suspicious and custom families offer `DECLARATIONS`, and stand here.
DECLARATIONS: tuple[Declaration, ...] = declarations()
