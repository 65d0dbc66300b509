"""Where the built-in detectors are declared: one line per module."""

from __future__ import annotations

from detectors.declaration import Declaration
from detectors.internal.table import DECLARATIONS as INTERNAL

#: Modules of the internal, suspicious and custom families offer `DECLARATIONS`, and stand here.
DECLARATIONS: tuple[Declaration, ...] = INTERNAL
