"""What goes out about an action: the release to executors, the refusal to its agent, the sample to those who audit."""

from __future__ import annotations

from typing import Any, Final

import orjson

from policies.sampling import Sample
from streams.codec import DIGEST_FIELDS
from streams.effects import Step
from streams.events import EventType
from streams.sealing import Sealer, carried, sample_context
from streams.topics import ACTIONS_CLEARED, ACTIONS_REFUSED, SAMPLES

# What an executor gets of an action: what the digest binds, and what names it. Claims, context and reasoning were
# judged as claims only, and are not in the digest: a retry may carry others.
RELEASED_FIELDS: Final = ("action_id", *DIGEST_FIELDS, "session_id", "deadline")


def emit_cleared(
    step: Step, action: dict[str, Any], decision: dict[str, Any] | orjson.Fragment, *, decision_id: str
) -> None:
    """Release an action: the one way in which anything reaches an executor. `decision` may be encoded already."""
    released = {name: action[name] for name in RELEASED_FIELDS if name in action}
    step.emit(
        ACTIONS_CLEARED.name,
        EventType.ACTION_CLEARED,
        {"action": released, "decision": decision},
        key=action["agent_id"],
        event_id=decision_id,
    )


def emit_refused(step: Step, decision: dict[str, Any]) -> None:
    """Tell the agent that its action will not happen, why, and what would help."""
    step.emit(
        ACTIONS_REFUSED.name,
        EventType.ACTION_REFUSED,
        {"action_id": decision["action_id"], "agent_id": decision["agent_id"], "decision": decision},
        key=decision["agent_id"],
        event_id=decision["decision_id"],
    )


def drawn(sample: Sample) -> dict[str, Any]:
    """The draw, picked or not: an estimate over samples needs the probability of every decision."""
    return {"selected": sample.selected, "probability": sample.probability, "stratum": sample.stratum}


def emit_sample(
    step: Step,
    sample: Sample,
    action: dict[str, Any],
    *,
    decision: dict[str, Any],
    summary: dict[str, Any],
    sealer: Sealer | None,
    suffix: str = "",
) -> None:
    """Give a decision to those who audit; `suffix` tells a second draw for the same action from the first."""
    identity = f"{decision['decision_id']}{suffix}"
    step.emit(
        SAMPLES.name,
        EventType.SAMPLE,
        {
            "sample_id": identity,
            "partition": step.state.partition,
            "inclusion_probability": sample.probability,
            "stratum": sample.stratum,
            "route": sample.route,
            "summary": summary,
            **carried(sealer, action, context=sample_context(identity)),
            "decision": decision,
        },
        key=action["agent_id"],
        event_id=f"sample-{identity}",
    )
    step.count("sample")
