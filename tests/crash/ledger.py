"""Books on one lane that need no replay: the chain, each source once, each release once, each hold resolved once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from streams.effects import Emit
from streams.state import GENESIS
from streams.topics import ACTIONS_CLEARED, OUTPUTS_CLEARED
from tests.crash.verdict import Fault, Verdict


def _short(*parts: str) -> bytes:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).digest()


class Ledger:
    """Books of lane `lane`; faults go to `verdict`."""

    def __init__(self, lane: int, verdict: Verdict) -> None:
        self._lane, self._verdict = lane, verdict
        self._released: set[bytes] = set()
        self._opened: set[str] = set()
        self._resolved: set[str] = set()
        self.seq = 0
        self.head = GENESIS

    def audit(self, value: bytes, record: Mapping[str, Any]) -> None:
        """Book one audit record: its place in the chain, and the hold it opens or resolves."""
        where = f"lane {self._lane} audit {record['seq']}"
        if record["seq"] != self.seq + 1 or record["prev"] != self.head or record["partition"] != self._lane:
            self._verdict.blame(Fault.FORK, f"{where} does not follow {self.seq}")
        self.seq, self.head = record["seq"], hashlib.sha256(value).hexdigest()
        self._verdict.audited += 1
        kind = record["kind"]
        self._verdict.kinds[kind] += 1
        if kind == "decision" and record["decision"]["decision"] == "REQUIRE_APPROVAL":
            hold_id = record["decision"]["decision_id"]
            if hold_id in self._opened:
                self._verdict.blame(Fault.TWICE, f"{where} holds {hold_id} again")
            self._opened.add(hold_id)
        elif "hold_id" in record and "decision" in record:
            hold_id = record["hold_id"]
            if hold_id in self._resolved:
                self._verdict.blame(Fault.TWICE, f"{where} resolves {hold_id} again")
            if hold_id not in self._opened:
                self._verdict.blame(Fault.CONTRADICTION, f"{where} resolves {hold_id}, which was never held")
            self._resolved.add(hold_id)

    def release(self, topic: str, offset: int, value: Mapping[str, Any], key: bytes) -> None:
        """Book one record of a cleared topic."""
        if topic == ACTIONS_CLEARED.name:
            name = _short("action", value["action"]["agent_id"], value["action"]["action_id"])
        elif topic == OUTPUTS_CLEARED.name:
            name = _short("output", key.decode(), f"{value['output_id']} {value.get('sequence', '')}")
        else:
            return
        if name in self._released:
            self._verdict.blame(Fault.TWICE, f"lane {self._lane} releases again at {topic} offset {offset}")
        self._released.add(name)

    def pending(self) -> set[str]:
        """Holds that were opened and not resolved."""
        return self._opened - self._resolved


def same(record: Any, emit: Emit) -> bool:
    """Whether a record on a topic is byte for byte what a step emits."""
    return bool(record.key == emit.key and record.value == emit.value and tuple(record.headers) == tuple(emit.headers))
