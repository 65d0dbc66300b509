"""Reviewers at work: how much one has open, when one must pause, whose turn it is, and which team takes work over.

All of it is plain data and time as an argument. A record is a fold over what the reviewer did, so that whoever reads
the same log (a lane, a console, a report) has the same record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from policies.approval_checks import conflict_of
from policies.approval_documents import FatigueControls, QueuePolicy, Team
from policies.approval_events import APPROVING, Act, EventKind, Load
from policies.approvals import Approval
from policies.people import Principal, is_among

# Holds moved at once, so that one look at the queue stays one small transaction.
MAX_MOVES: Final = 200


@dataclass(frozen=True, slots=True)
class ReviewerRecord:
    """What one reviewer has claimed (hold id to the end of the claim) and how many approvals came in a row.

    Times are milliseconds since 1970.
    """

    claims: Mapping[str, int] = field(default_factory=dict)
    approvals_in_row: int = 0
    last_approval_ms: int = 0
    cooldown_until_ms: int = 0

    def to_json(self) -> dict[str, Any]:
        """The record as a JSON object."""
        return {
            "claims": dict(self.claims),
            "approvals_in_row": self.approvals_in_row,
            "last_approval_ms": self.last_approval_ms,
            "cooldown_until_ms": self.cooldown_until_ms,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ReviewerRecord:
        """The record that `to_json` gave."""
        return cls(**value)


NO_RECORD: Final = ReviewerRecord()


def load_of(record: ReviewerRecord, queue: QueuePolicy, now_ms: int) -> Load:
    """How busy a reviewer is now, as an act carries it; claims that ran out do not count."""
    claims = sum(until_ms > now_ms for until_ms in record.claims.values())
    return Load(claims, queue.max_open_per_reviewer, record.cooldown_until_ms)


def after_act(
    record: ReviewerRecord, act: Act, approval: Approval, *, fatigue: FatigueControls, now_ms: int
) -> ReviewerRecord:
    """The record after an act of this reviewer that was not refused; `approval` is the hold as the act left it.

    A row of approvals ends with anything else that is decided, and with a pause as long as a cooldown.
    """
    claims = {hold_id: until_ms for hold_id, until_ms in record.claims.items() if until_ms > now_ms}
    claims.pop(approval.hold_id, None)
    if act.kind is EventKind.CLAIM and approval.claim is not None:
        claims[approval.hold_id] = approval.claim.until_ms
        return replace(record, claims=claims)
    if act.kind not in APPROVING:
        is_break = act.kind in (EventKind.DENY, EventKind.MODIFY, EventKind.ASK)
        return replace(record, claims=claims, approvals_in_row=0 if is_break else record.approvals_in_row)
    pause_ms = round(fatigue.cooldown_s * 1000)
    is_rested = now_ms - record.last_approval_ms >= pause_ms
    in_row = 1 if is_rested else record.approvals_in_row + 1
    limit = fatigue.cooldown_after_approvals
    if limit is not None and in_row >= limit:
        return ReviewerRecord(claims, 0, now_ms, now_ms + pause_ms)
    return ReviewerRecord(claims, in_row, now_ms, record.cooldown_until_ms)


def after_close(record: ReviewerRecord, hold_id: str) -> ReviewerRecord:
    """The record after a hold that the reviewer may have claimed has ended or gone to another team."""
    if hold_id not in record.claims:
        return record
    return replace(record, claims={name: until_ms for name, until_ms in record.claims.items() if name != hold_id})


def queue_for(by: Principal, holds: Iterable[Approval], now_ms: int) -> tuple[Approval, ...]:
    """The open holds that this person may decide and nobody else has claimed, the most urgent first."""
    act = Act(EventKind.CLAIM, by, "queue")
    mine = [
        hold
        for hold in holds
        if hold.state.is_open and not _is_claimed(hold, by, now_ms) and conflict_of(hold, act, now_ms) is None
        if not is_among(by.id, (vote.reviewer for vote in hold.votes))
    ]
    return tuple(sorted(mine, key=lambda hold: (hold.due_ms, hold.opened_ms, hold.hold_id)))


def _is_claimed(hold: Approval, by: Principal, now_ms: int) -> bool:
    claim = hold.claim
    return claim is not None and claim.until_ms > now_ms and not is_among(by.id, (claim.reviewer,))


class Waits(NamedTuple):
    """Waiting times, milliseconds, by nearest rank; None without any."""

    number: int
    median_ms: int | None
    p95_ms: int | None


def waits_of(waits_ms: Iterable[int]) -> Waits:
    """Median and 95th percentile of waiting times: of what is open, its age; of what was decided, how long it took."""
    ordered = sorted(waits_ms)
    return Waits(len(ordered), quantile(ordered, 0.5), quantile(ordered, 0.95))


def quantile(ordered: Sequence[int], share: float) -> int | None:
    """The nearest-rank quantile of sorted values, None without any."""
    if not ordered:
        return None
    rank = -(-len(ordered) * round(share * 1000) // 1000)
    return ordered[max(rank, 1) - 1]


def is_over_target(waits: Waits, queue: QueuePolicy) -> bool:
    """Whether the median or the 95th percentile has passed its target."""
    return _is_past(waits.median_ms, queue.target_median_wait_s) or _is_past(waits.p95_ms, queue.target_p95_wait_s)


def _is_past(wait_ms: int | None, target_s: float | None) -> bool:
    return wait_ms is not None and target_s is not None and wait_ms > target_s * 1000


class Waiting(NamedTuple):
    """An open hold, as far as the queue reads it; `is_seen` says that somebody did something about it."""

    hold_id: str
    team: str | None
    opened_ms: int
    is_seen: bool


class Move(NamedTuple):
    """A hold that goes to another team."""

    hold_id: str
    to_team: str


def can_rebalance(teams: Mapping[str, Team] | None, *, queue: QueuePolicy, fatigue: FatigueControls) -> bool:
    """Whether there is any queue in which `rebalance` moves something."""
    has_target = queue.target_median_wait_s is not None or queue.target_p95_wait_s is not None
    return fatigue.auto_rebalance and has_target and any(team.shares_with for team in (teams or {}).values())


def rebalance(
    holds: Iterable[Waiting],
    teams: Mapping[str, Team],
    *,
    queue: QueuePolicy,
    fatigue: FatigueControls,
    now_ms: int,
    most: int = MAX_MOVES,
) -> tuple[Move, ...]:
    """Which holds go to which team, where a team's waiting passed its target and a team it shares with has room.

    Only what nobody has looked at moves, the youngest first: it would wait longest, and the oldest is next anyway. A
    hold moves as long as the giving team has more per member than the taking one; a team that is over its own target,
    or full, takes nothing. The same holds and time give the same moves.
    """
    if not can_rebalance(teams, queue=queue, fatigue=fatigue):
        return ()
    by_team: dict[str, list[Waiting]] = {name: [] for name in teams}
    for hold in holds:
        if hold.team in by_team:
            by_team[hold.team].append(hold)
    over = {
        name for name, mine in by_team.items() if is_over_target(waits_of(now_ms - h.opened_ms for h in mine), queue)
    }
    counts = {name: len(mine) for name, mine in by_team.items()}
    moves: list[Move] = []
    for name in sorted(over):
        unseen = [hold for hold in by_team[name] if not hold.is_seen]
        for hold in sorted(unseen, key=lambda entry: (-entry.opened_ms, entry.hold_id)):
            taker = _taker(teams, name, counts, over=over, queue=queue)
            if taker is None or len(moves) >= most:
                break
            moves.append(Move(hold.hold_id, taker))
            counts[name] -= 1
            counts[taker] += 1
    return tuple(moves)


def _taker(
    teams: Mapping[str, Team], giver: str, counts: Mapping[str, int], *, over: set[str], queue: QueuePolicy
) -> str | None:
    """The team that has least per member of those that share with the giver, None when none is better off."""
    limit = queue.max_open_per_reviewer
    able = [
        name
        for name in teams[giver].shares_with
        if name in teams and name not in over and (limit is None or counts[name] < limit * _size(teams[name]))
    ]
    if not able:
        return None
    best = min(able, key=lambda name: (counts[name] / _size(teams[name]), name))
    # Once moved it must still be better off there, else the two would pass it to and fro.
    is_better = (counts[best] + 1) / _size(teams[best]) < counts[giver] / _size(teams[giver])
    return best if is_better else None


def _size(team: Team) -> int:
    """People in a team; a team whose members are not listed counts as one."""
    return max(1, len(team.members))
