"""The state of one lane: all that a decision depends on besides the event, the policy and the time.

Rebuilt only from committed records of the compacted state topic. The gate changes it in place and marks what it
touched; `take_changes` gives the touched parts as records once per transaction, so that a thousand events of one agent
cost one record. After a failure the whole object is thrown away and read back.

Keys on the state topic: `lane` (positions, audit chain, policy), `hold/<hold_id>`, `agent/<agent_id>` (conduct: levels
and circuit breakers), `stop/<agent_id>` (who stopped it), `seen/<agent_id>` (first-time memory), `times/<agent_id>`
(times of actions, where policy asks for their velocity), `taint/<agent_id>` (until when it counts as tainted),
`reviewer/<id>` (a person's claims and approvals in a row), `second/<hold_id>` (a release that somebody looks at again),
`stream/<hash>` (an output that comes in chunks), `quarantine/<id>` (an output that was held back), `run/<id>` (a run
of a workflow), `verdicts/<n>`. What every action changes is only in the verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, Final

from policies.conduct import Conduct
from policies.promotion import promotion_ids
from policies.reviewers import NO_RECORD, ReviewerRecord
from policies.second_review import SecondReview
from policies.supervision import Stop
from streams.codec import encode, sha256_hex
from streams.deadlines import Deadlines
from streams.held import Hold
from streams.memory import SEGMENT_PREFIX, VerdictMemory
from streams.quarantined import Quarantined, QuarantineMemory
from streams.run_store import RUN_PREFIX, RunStore

GENESIS: Final = "0" * 64
LANE_KEY: Final = "lane"
HOLD_PREFIX: Final = "hold/"
AGENT_PREFIX: Final = "agent/"
SEEN_PREFIX: Final = "seen/"
TIMES_PREFIX: Final = "times/"
TAINT_PREFIX: Final = "taint/"
STREAM_PREFIX: Final = "stream/"
REVIEWER_PREFIX: Final = "reviewer/"
SECOND_PREFIX: Final = "second/"
STOP_PREFIX: Final = "stop/"
QUARANTINE_PREFIX: Final = "quarantine/"
# First-time memory per agent, entries. Past it the oldest is forgotten, and seen again counts as first again: stricter.
MAX_SEEN: Final = 512
# Second reviews that wait. Past it the oldest is let go: they say how often people agree, and decide nothing.
MAX_SECONDS: Final = 10_000

DecodeJson = Callable[[bytes], Any]


# Agents choose tool and topic, so this cache is bounded; an entry is some 200 bytes.
@lru_cache(maxsize=8192)
def seen_key(tool: str | None, topic: str) -> str:
    """What stands for a tool and topic in an agent's first-time memory."""
    return sha256_hex(f"{tool or ''}\0{topic}".encode())[:24]


@dataclass(slots=True)
class LaneState:
    """State of the partition `partition`.

    `positions` are the next offsets to read, by topic name; `audited_ms` is the time of the last audit record. What
    `looked_ms` says, when the queues were last looked at, is for the lane's clock alone and decides nothing.
    """

    partition: int
    positions: dict[str, int] = field(default_factory=dict)
    audit_seq: int = 0
    audit_head: str = GENESIS
    snapshot: str | None = None
    verdicts: VerdictMemory = field(default_factory=VerdictMemory)
    holds: dict[str, Hold] = field(default_factory=dict)
    kill: str | None = None
    audited_ms: int = 0
    looked_ms: int = 0
    agents: dict[str, Conduct] = field(default_factory=dict)
    times: dict[str, Mapping[str, Sequence[int]]] = field(default_factory=dict)
    seen: dict[str, dict[str, None]] = field(default_factory=dict)
    tainted: dict[str, int] = field(default_factory=dict)
    streams: dict[str, dict[str, Any]] = field(default_factory=dict)
    reviewers: dict[str, ReviewerRecord] = field(default_factory=dict)
    seconds: dict[str, SecondReview] = field(default_factory=dict)
    stops: dict[str, Stop] = field(default_factory=dict)
    quarantines: QuarantineMemory = field(default_factory=QuarantineMemory)
    runs: RunStore = field(default_factory=RunStore)
    held: dict[tuple[str, str], str] = field(default_factory=dict)
    _open_holds: dict[str, int] = field(default_factory=dict)
    _due: Deadlines = field(init=False)
    _promotions: dict[str, str] = field(default_factory=dict)
    _open_streams: dict[str, int] = field(default_factory=dict)
    _stream_due: Deadlines = field(init=False)
    _touched: dict[str, None] = field(default_factory=dict)
    _forgotten: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Tell deadlines where they are looked up."""
        self._due, self._stream_due = Deadlines(self._hold_due_ms), Deadlines(self._stream_due_ms)

    def put_agent(self, conduct: Conduct) -> None:
        """Keep an agent's conduct, and mark it as changed."""
        agent_id = conduct.record.agent_id
        self._add_agent(conduct)
        self._touched[AGENT_PREFIX + agent_id] = None

    def agent_of_promotion(self, wanted: str) -> Conduct | None:
        """The conduct of the agent whose request for promotion has this id, or None."""
        agent_id = self._promotions.get(wanted)
        return None if agent_id is None else self.agents[agent_id]

    def _add_agent(self, conduct: Conduct) -> None:
        agent_id = conduct.record.agent_id
        self.agents[agent_id] = conduct
        self._promotions.update(dict.fromkeys(promotion_ids(conduct.record), agent_id))

    def put_times(self, agent_id: str, times: Mapping[str, Sequence[int]]) -> None:
        """Keep the times of an agent's actions by class, and mark them as changed."""
        self.times[agent_id] = times
        self._touched[TIMES_PREFIX + agent_id] = None

    def is_first(self, agent_id: str, tool: str | None, topic: str) -> bool:
        """Whether the agent has not used this tool and topic before."""
        seen = self.seen.get(agent_id)
        return seen is None or seen_key(tool, topic) not in seen

    def note_seen(self, agent_id: str, tool: str | None, topic: str) -> None:
        """Remember that the agent used tool and topic; its oldest goes when there are too many."""
        seen = self.seen.setdefault(agent_id, {})
        seen[seen_key(tool, topic)] = None
        if len(seen) > MAX_SEEN:
            del seen[next(iter(seen))]
        self._touched[SEEN_PREFIX + agent_id] = None

    def put_taint(self, agent_id: str, until_ms: int) -> None:
        """Keep an agent as tainted until a time; a longer taint stays."""
        if until_ms > self.tainted.get(agent_id, 0):
            self.tainted[agent_id] = until_ms
            self._touched[TAINT_PREFIX + agent_id] = None

    def put_stream(self, name: str, stream: dict[str, Any]) -> None:
        """Keep an output that comes in chunks, as `OutputStream.to_json` gives it, until its `due_ms`."""
        self._add_stream(name, stream)
        self._touched[STREAM_PREFIX + name] = None

    def close_stream(self, name: str) -> None:
        """Let go of an output that came in chunks; one that is not there is fine."""
        if self._take_stream(name):
            self._touched[STREAM_PREFIX + name] = None

    def _add_stream(self, name: str, stream: dict[str, Any]) -> None:
        if name not in self.streams:
            agent_id = stream["agent_id"]
            self._open_streams[agent_id] = self.open_streams(agent_id) + 1
        self.streams[name] = stream
        self._stream_due.push(stream["due_ms"], name)

    def _take_stream(self, name: str) -> bool:
        stream = self.streams.pop(name, None)
        if stream is None:
            return False
        agent_id = stream["agent_id"]
        left = self._open_streams.pop(agent_id) - 1
        if left:
            self._open_streams[agent_id] = left
        return True

    def open_streams(self, agent_id: str) -> int:
        """How many chunked outputs of an agent are open."""
        return self._open_streams.get(agent_id, 0)

    def due_streams(self, now_ms: int, most: int) -> list[str]:
        """Streams whose deadline has come, earliest first, at most `most`; they stay until closed."""
        return self._stream_due.due(now_ms, most)

    def _stream_due_ms(self, name: str) -> int | None:
        return self.streams[name]["due_ms"] if name in self.streams else None

    def reviewer(self, name: str) -> ReviewerRecord:
        """What is kept of a reviewer, by identity."""
        return self.reviewers.get(name, NO_RECORD)

    def put_reviewer(self, name: str, record: ReviewerRecord) -> None:
        """Keep what a reviewer did; nothing is kept of one who did nothing."""
        if record == self.reviewer(name):
            return
        self.reviewers[name] = record
        if record == NO_RECORD:
            del self.reviewers[name]
        self._touched[REVIEWER_PREFIX + name] = None

    def put_stop(self, agent_id: str, stop: Stop | None) -> None:
        """Keep that an agent is stopped, or that it goes on."""
        self.stops.pop(agent_id, None)
        if stop is not None:
            self.stops[agent_id] = stop
        self._touched[STOP_PREFIX + agent_id] = None

    def put_second(self, second: SecondReview) -> None:
        """Keep a second review until somebody decides it; the oldest goes when there are too many."""
        key = SECOND_PREFIX + second.hold_id
        # Both move to the end, so that the order is the same after a restart.
        self.seconds.pop(second.hold_id, None)
        self.seconds[second.hold_id] = second
        self._touch_last(key)
        if len(self.seconds) > MAX_SECONDS:
            self.close_second(next(iter(self.seconds)))

    def close_second(self, hold_id: str) -> None:
        """Let go of a second review."""
        del self.seconds[hold_id]
        self._touched[SECOND_PREFIX + hold_id] = None

    def put_quarantined(self, entry: Quarantined) -> None:
        """Keep an output that was held back, or who decided it; the oldest go when there are too many."""
        self._touch_last(QUARANTINE_PREFIX + entry.quarantine_id)
        for gone in self.quarantines.put(entry):
            self._touched[QUARANTINE_PREFIX + gone] = None

    def _touch_last(self, key: str) -> None:
        """Mark a part as the latest one changed: the order of the log is the order in which such parts are let go."""
        self._touched.pop(key, None)
        self._touched[key] = None

    def put_hold(self, hold: Hold) -> None:
        """Hold an action, or keep what became of a held one, until `hold.next_due_ms`."""
        self._add_hold(hold)
        self._touched[HOLD_PREFIX + hold.hold_id] = None

    def close_hold(self, hold_id: str) -> Hold:
        """Take a hold out.

        Raises:
            KeyError: no such hold.
        """
        hold = self._take_hold(hold_id)
        self._touched[HOLD_PREFIX + hold_id] = None
        return hold

    def open_holds(self, agent_id: str) -> int:
        """How many holds of an agent are open."""
        return self._open_holds.get(agent_id, 0)

    def hold_of(self, agent_id: str, action_id: str) -> Hold | None:
        """The open hold of an action, or None."""
        hold_id = self.held.get((agent_id, action_id))
        return None if hold_id is None else self.holds[hold_id]

    def _take_hold(self, hold_id: str) -> Hold:
        hold = self.holds.pop(hold_id)
        del self.held[hold.agent_id, hold.action["action_id"]]
        left = self._open_holds[hold.agent_id] - 1
        if left:
            self._open_holds[hold.agent_id] = left
        else:
            del self._open_holds[hold.agent_id]
        return hold

    def _add_hold(self, hold: Hold) -> None:
        known = self.holds.get(hold.hold_id)
        if known is None:
            self._open_holds[hold.agent_id] = self.open_holds(hold.agent_id) + 1
        self.holds[hold.hold_id] = hold
        self.held[hold.agent_id, hold.action["action_id"]] = hold.hold_id
        if known is None or known.next_due_ms != hold.next_due_ms:
            self._due.push(hold.next_due_ms, hold.hold_id)

    def next_due_ms(self) -> int | None:
        """When time next changes a hold, a stream or a run, or None."""
        times = (self._due.next_ms(), self._stream_due.next_ms(), self.runs.next_due_ms())
        return min((due_ms for due_ms in times if due_ms is not None), default=None)

    def due(self, now_ms: int, most: int) -> list[Hold]:
        """Holds for which something is due, earliest first, at most `most`; they stay as they are."""
        return [self.holds[hold_id] for hold_id in self._due.due(now_ms, most)]

    def _hold_due_ms(self, hold_id: str) -> int | None:
        hold = self.holds.get(hold_id)
        return None if hold is None else hold.next_due_ms

    def forget(self, *, before_ms: int, most: int) -> int:
        """Forget verdicts and quarantined outputs past their retention; gives how many segments went."""
        for gone in self.quarantines.forget(before_ms=before_ms):
            self._touched[QUARANTINE_PREFIX + gone] = None
        forgotten = self.verdicts.forget(before_ms=before_ms, most=most)
        self._forgotten += forgotten
        return len(forgotten)

    def take_changes(self, now_ms: int) -> list[tuple[str, bytes | None]]:
        """What changed since the last call, as keys and values for the state topic; the position comes last."""
        changes: list[tuple[str, bytes | None]] = [(key, None) for key in self._forgotten]
        changes += [*((key, self._part(key)) for key in self._touched), *self.runs.take_changes()]
        segment = self.verdicts.close_segment(now_ms)
        if segment is not None:
            changes.append(segment)
        self._touched.clear()
        self._forgotten.clear()
        changes.append((LANE_KEY, encode(self.position())))
        return changes

    def _part(self, key: str) -> bytes | None:
        """The value under a key of the state topic, None when it is gone."""
        kind, _, name = key.partition("/")
        if kind == "seen":
            return encode(list(self.seen[name]))
        if kind == "times":
            return encode(self.times[name])
        if kind == "taint":
            return encode(self.tainted[name])
        if kind == "stream":
            return encode(self.streams[name]) if name in self.streams else None
        places: dict[str, Mapping[str, Hold | Conduct | ReviewerRecord | SecondReview | Quarantined | Stop]] = {
            "hold": self.holds,
            "agent": self.agents,
            "reviewer": self.reviewers,
            "second": self.seconds,
            "stop": self.stops,
            "quarantine": self.quarantines.entries,
        }
        part = places[kind].get(name)
        return None if part is None else encode(part.to_json())

    def position(self) -> dict[str, Any]:
        """Positions, audit chain and policy: the checkpoint of the lane."""
        return {
            "positions": self.positions,
            "audit_seq": self.audit_seq,
            "audit_head": self.audit_head,
            "snapshot": self.snapshot,
            "kill": self.kill,
            "audited_ms": self.audited_ms,
            # Compaction may leave no segment at all, and a number must not be used twice.
            "next_segment": self.verdicts.next_segment,
        }

    def restore(self, key: str, value: bytes | None, decode: DecodeJson) -> None:
        """Take one record of the state topic in, in offset order; a record without value removes.

        Raises:
            ValueError: a key or value that this version does not know; restoring half a state would be worse.
        """
        if key.startswith(SEGMENT_PREFIX):
            number = int(key.removeprefix(SEGMENT_PREFIX))
            if value is None:
                self.verdicts.forget_segment(number)
            else:
                self.verdicts.restore_segment(number, value)
        elif key == LANE_KEY and value is not None:
            lane = decode(value)
            self.positions, self.snapshot = dict(lane["positions"]), lane["snapshot"]
            self.audit_seq, self.audit_head, self.kill = lane["audit_seq"], lane["audit_head"], lane["kill"]
            self.verdicts.next_segment, self.audited_ms = lane["next_segment"], lane.get("audited_ms", 0)
        else:
            self._restore_part(key, None if value is None else decode(value))

    def _restore_part(self, key: str, value: Any) -> None:
        kind, slash, name = key.partition("/")
        if kind + slash == HOLD_PREFIX:
            if value is not None:
                self._add_hold(Hold.from_json(value))
            elif name in self.holds:
                self._take_hold(name)
            return
        if kind + slash == STREAM_PREFIX:
            self._take_stream(name)
            if value is not None:
                self._add_stream(name, value)
            return
        if kind + slash == RUN_PREFIX:
            self.runs.restore(name, value)
            return
        if kind + slash == QUARANTINE_PREFIX:
            self.quarantines.drop(name)
            if value is not None:
                self.quarantines.add(Quarantined.from_json(value))
            return
        if kind + slash == AGENT_PREFIX and value is not None:
            self._add_agent(Conduct.from_json(name, value))
            return
        parts: dict[str, tuple[dict[str, Any], Callable[[Any], Any]]] = {
            AGENT_PREFIX: (self.agents, partial(Conduct.from_json, name)),
            SEEN_PREFIX: (self.seen, dict.fromkeys),
            TIMES_PREFIX: (self.times, dict),
            TAINT_PREFIX: (self.tainted, int),
            REVIEWER_PREFIX: (self.reviewers, ReviewerRecord.from_json),
            SECOND_PREFIX: (self.seconds, SecondReview.from_json),
            STOP_PREFIX: (self.stops, Stop.from_json),
        }
        if kind + slash not in parts:
            raise ValueError(f"unknown state key {kind!r}")
        place, read = parts[kind + slash]
        place.pop(name, None)
        if value is not None:
            place[name] = read(value)
