"""Two policies over recorded events: the gate's own step runs with each, and what they decide is compared.

Where audit records of the same actions are given, their derived inputs (level, first time, retries, taint, velocity)
replace those that the run would count anew, so that each action is judged as it was when it happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from detectors import Scanner
from penstock.audit_samples import value_of
from penstock.errors import CommandError
from penstock.evaluating import ZERO_KEY, Evaluation
from penstock.event_files import BadLine, Line, open_lines, parse_line
from penstock.policy_queue import Span
from penstock.printing import table
from policies.bundle import Bundle
from policies.decisions import Decision, Derived, OutputDecision, Verdict
from policies.diff import Change
from policies.transitions import Changed, Direction, Outcome, Transitions
from policies.workflow_progress import Progress
from streams.clock import wall_clock_ms
from streams.events import Kind

# Changed decisions shown on a terminal; JSON has all that are kept.
SHOWN: Final = 20


@dataclass(slots=True)
class Replay:
    """What a comparison over events found, and over what time.

    `bad_lines` are no events; `undecided` gave no decision with a bundle.
    """

    transitions: Transitions = field(default_factory=Transitions)
    bad_lines: int = 0
    undecided: int = 0
    recorded: int = 0
    span: Span = field(default_factory=Span)

    @property
    def has_loosened(self) -> bool:
        """Whether a decision became looser."""
        return self.transitions.directions[Direction.LOOSER] > 0


DerivedByAction = dict[tuple[str, str], Derived]


def read_derived(source: str) -> DerivedByAction:
    """The derived inputs of every decision in a file of audit records, by agent and action; the first one counts.

    Raises:
        EventFileError: the file cannot be opened or is damaged.
        CommandError: a line is not JSON, or a decision's inputs are damaged.
    """
    found: DerivedByAction = {}
    with open_lines(source) as chunks:
        for chunk in chunks:
            for line in chunk:
                try:
                    value = value_of(orjson.loads(line.raw))
                    if isinstance(value, dict) and value.get("kind") == "decision" and "derived" in value:
                        key = (str(value["agent_id"]), str(value["action_id"]))
                        found.setdefault(key, _derived(value["derived"]))
                except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError):
                    raise CommandError(
                        f"{source}:{line.number}: no audit record",
                        code="FILE_UNREADABLE",
                        advice="FILE is what `penstock audit export` wrote",
                    ) from None
    return found


def _derived(value: dict[str, Any]) -> Derived:
    level, first_time, retries = value["autonomy_level"], value["first_time"], value["retry_count"]
    tainted = value.get("session_tainted")
    velocity = tuple((window, count) for window, count in value.get("velocity") or ())
    numbers = (level, retries, *(part for pair in velocity for part in pair))
    if any(isinstance(part, bool) or not isinstance(part, int) for part in numbers):
        raise TypeError("a count is no number")
    if not isinstance(first_time, bool) or not (tainted is None or isinstance(tainted, bool)):
        raise TypeError("a flag is neither true nor false")
    workflows = {str(name): Progress.from_json(run) for name, run in (value.get("workflows") or {}).items()}
    return Derived(level, first_time, retries, tainted, velocity, workflows)


class Comparison:
    """One run of both bundles over events in their order."""

    def __init__(
        self,
        old: Bundle,
        new: Bundle,
        *,
        level: int,
        max_event_bytes: int,
        recorded: DerivedByAction,
        scanner: Scanner | None = None,
    ) -> None:
        self._bundles = (old, new)
        self._runs = tuple(
            Evaluation(
                bundle,
                sample_key=ZERO_KEY,
                level=level,
                max_event_bytes=max_event_bytes,
                now_ms=None,
                clock=wall_clock_ms,
                scanner=scanner,
            )
            for bundle in self._bundles
        )
        self._recorded = recorded
        self.replay = Replay()

    def take(self, line: Line) -> None:
        """Judge one line with both bundles."""
        before, after = (list(run.lines([line])) for run in self._runs)
        parsed = parse_line(line)
        if isinstance(parsed, BadLine):
            self.replay.bad_lines += 1
            return
        if parsed.kind not in (Kind.ACTION, Kind.OUTPUT):
            return
        event, shown = parsed.event, (before[0], after[0])
        if any(entry.get("kind") == "dead_letter" for entry in shown):
            self.replay.undecided += 1
            return
        agent, topic = str(event.get("agent_id")), str(event.get("topic"))
        if parsed.kind is Kind.OUTPUT:
            outcomes = [_output_outcome(entry) for entry in shown]
            event_id = str(event.get("output_id"))
        else:
            event_id = str(event.get("action_id"))
            self.replay.span.take(event)
            derived = self._recorded.get((agent, event_id))
            if derived is None:
                outcomes = [_action_outcome(entry) for entry in shown]
            else:
                self.replay.recorded += 1
                outcomes = [_verdict_outcome(bundle.decide(event, derived)) for bundle in self._bundles]
        self.replay.transitions.take(event_id, agent_id=agent, topic=topic, before=outcomes[0], after=outcomes[1])


def _action_outcome(decision: dict[str, Any]) -> Outcome:
    return Outcome(Decision(decision["decision"]), decision.get("rule_id"), decision.get("constraints") or {})


def _verdict_outcome(verdict: Verdict) -> Outcome:
    return Outcome(verdict.decision, verdict.rule_id, dict(verdict.constraints))


def _output_outcome(result: dict[str, Any]) -> Outcome:
    decision = OutputDecision(result["output_safety_decision"])
    details = result.get("redaction_details") or ()
    return Outcome(decision, result.get("rule_id"), redacted=frozenset(str(entry["field"]) for entry in details))


def compare_events(
    old: Bundle,
    new: Bundle,
    source: str,
    *,
    level: int,
    max_event_bytes: int,
    recorded: DerivedByAction,
    scanner: Scanner | None = None,
) -> Replay:
    """Every event of a file decided by both bundles.

    Raises:
        EventFileError: the file cannot be opened or is damaged.
    """
    comparison = Comparison(old, new, level=level, max_event_bytes=max_event_bytes, recorded=recorded, scanner=scanner)
    with open_lines(source) as chunks:
        for chunk in chunks:
            for line in chunk:
                comparison.take(line)
    return comparison.replay


def change_lines(changes: Sequence[Change]) -> Iterator[str]:
    """Each change of a rule or section, those that may loosen marked."""
    for change in changes:
        yield f"{'may loosen' if change.may_loosen else 'no looser '}  {change}"
    if not changes:
        yield "the policies are the same"


def replay_lines(replay: Replay, *, shown: int = SHOWN) -> Iterator[str]:
    """The transitions as a table, the changed decisions with loosening first, and what people would have to decide."""
    found = replay.transitions
    for kinds, counts in ((tuple(Decision), found.actions), (tuple(OutputDecision), found.outputs)):
        if not counts:
            continue
        rows = [("before \\ after", *(kind.value for kind in kinds))]
        rows += [(one.value, *(str(counts[one, other]) for other in kinds)) for one in kinds]  # type: ignore[index]
        yield from table(rows)
    changed = found.changed()
    for change in changed[:shown]:
        yield changed_line(change)
    total = found.directions[Direction.LOOSER] + found.directions[Direction.STRICTER]
    if total > shown:
        yield f"... and {total - min(shown, len(changed))} more"
    yield f"{found.directions[Direction.LOOSER]} looser, {found.directions[Direction.STRICTER]} stricter"
    actions = found.actions.total()
    if actions:
        before, after = found.held_before, found.held_after
        yield f"held for a person: {before / actions:.1%} before, {after / actions:.1%} after ({after - before:+d})"


def changed_line(change: Changed) -> str:
    """One changed decision on one line."""
    before, after = (
        f"{outcome.decision.value} ({outcome.rule_id or 'no rule'})" for outcome in (change.before, change.after)
    )
    more = ""
    if change.before.decision == change.after.decision:
        what = "constraints" if isinstance(change.after.decision, Decision) else "redactions"
        more = f", other {what}"
    return f"{change.direction.value:<8}  {change.event_id} {change.agent_id} {change.topic}: {before} -> {after}{more}"


def replay_objects(replay: Replay) -> Iterator[dict[str, Any]]:
    """Each changed decision, then the counts."""
    found = replay.transitions
    for change in found.changed():
        yield {
            "direction": change.direction.value,
            "event_id": change.event_id,
            "agent_id": change.agent_id,
            "topic": change.topic,
            **{
                name: {
                    "decision": outcome.decision.value,
                    "rule_id": outcome.rule_id,
                    "constraints": dict(outcome.constraints),
                    "redacted": sorted(outcome.redacted),
                }
                for name, outcome in (("before", change.before), ("after", change.after))
            },
        }
    actions = found.actions.total()
    yield {
        "transitions": {
            name: [
                {"before": one.value, "after": other.value, "count": count}
                for (one, other), count in sorted(counts.items(), key=str)
            ]
            for name, counts in (("actions", found.actions), ("outputs", found.outputs))
        },
        "looser": found.directions[Direction.LOOSER],
        "stricter": found.directions[Direction.STRICTER],
        "same": found.directions[Direction.SAME],
        "held_share_before": found.held_before / actions if actions else None,
        "held_share_after": found.held_after / actions if actions else None,
        "recorded_inputs": replay.recorded,
        "undecided": replay.undecided,
        "bad_lines": replay.bad_lines,
    }
