"""What held actions hold: opened with the console's key only when a page may show it, and what was found in it.

Contents are never kept: only the types of findings are, by policy and digest, so that a list of many need not open all
of them at each look.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from detectors.limits import ScanError
from detectors.scanner import Scanner
from penstock.console.readmodel.rows import Payload
from penstock.opened_action import OpenedAction, opened_action
from policies.bundle import Bundle
from streams.sealing import Sealer, hold_context

# Digests whose findings are remembered; a hundred bytes each.
MAX_REMEMBERED: Final = 50_000
# What is searched of an action: what it would do, and what the agent gave along.
SEARCHED: Final = ("arguments", "context", "reasoning")


class Contents:
    """Opens and searches payloads of held actions; safe to share between threads."""

    def __init__(self, sealer: Sealer | None, scanner: Scanner) -> None:
        self._sealer = sealer
        self.scanner = scanner
        self._found: OrderedDict[tuple[str, str], tuple[str, ...] | None] = OrderedDict()
        self._lock = threading.Lock()

    def opened(self, hold_id: str, digest: str | None, payload: Payload) -> OpenedAction:
        """The action that a request carried under this digest, or why there is none to show."""
        record = {"action": payload.action, "payload": payload.box}
        return opened_action(self._sealer, record, context=hold_context(hold_id, digest or ""), digest=digest)

    def action(self, hold_id: str, digest: str | None, payload: Payload) -> dict[str, Any] | None:
        """The same, None when there is none to show."""
        return self.opened(hold_id, digest, payload).action

    def scanner_for(self, bundle: Bundle | None, tenant: str | None) -> Scanner:
        """The scanner with the words that policy names, for what belongs to `tenant`; without a policy as it is."""
        return self.scanner if bundle is None else bundle.dictionaries.extend_for(self.scanner, tenant)

    def found(
        self, hold_id: str, digest: str | None, payload: Payload, *, bundle: Bundle | None = None
    ) -> tuple[str, ...] | None:
        """The types of findings in the action, one entry for each finding; None when it cannot be opened or scanned."""
        key = ("" if bundle is None else bundle.snapshot, digest or "")
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        opened = self.action(hold_id, digest, payload)
        if opened is None:
            return None
        types = self._types(opened, self.scanner_for(bundle, opened.get("tenant_id")))
        with self._lock:
            self._found[key] = types
            while len(self._found) > MAX_REMEMBERED:
                self._found.popitem(last=False)
        return types

    def _types(self, action: Mapping[str, Any], scanner: Scanner) -> tuple[str, ...] | None:
        shown = {name: action[name] for name in SEARCHED if action.get(name) is not None}
        try:
            return tuple(finding.type for finding in scanner.scan_json(shown, names=True))
        except ScanError:
            return None
