"""What may be shown of a quarantined content by what the detectors and the policy in force find today. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from detectors.limits import ScanError
from detectors.paths import ROOT
from detectors.scanner import Scanner
from penstock.console.web.masking import HIDDEN, Found, Masking

# What the path of a name has, and no other path; see `detectors.paths.key_position`.
_KEY: Final = "{key "


def stricter(masking: Masking, content: Any, findings: Sequence[Found], *, scanner: Scanner) -> Masking:
    """The masking for what is found today: policy may name words since the gate held the content back.

    Nothing is clear where the scan fails or finds something in other names than the gate did: a name with a finding has
    another path, and so has all that it holds.
    """
    if masking == HIDDEN:
        return masking
    try:
        now = scanner.scan(content) if isinstance(content, str) else scanner.scan_json(content, names=True)
    except ScanError:
        return HIDDEN
    known = {found.field or ROOT for found in findings}
    fields = frozenset(found.field or ROOT for found in now)
    if any(_KEY in field for field in fields ^ known):
        return HIDDEN
    return masking._replace(found_now=fields)
