"""What an agent's conduct has earned it: plain data that goes to JSON and back, small and bounded.

One record per agent holds a *standing* per action class (or one for the whole agent), and which of its released actions
are still out or came back lately. Nothing here decides; `policies.autonomy` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

# Outcomes that the error rate for a demotion looks at. Source: docs/autonomy.md, where the choice is reasoned.
ERROR_WINDOW: Final = 200
# Parts of a review period that are counted apart, so that old outcomes leave the count.
PERIOD_PARTS: Final = 8
# Classes with a standing of their own. Agents name topics, so there must be a limit; past it a class stands at level 0.
MAX_CLASSES: Final = 64
# Released actions remembered per agent, those without an outcome longest; so many are let go at a time.
MAX_RELEASED: Final = 128
_THINNED_BY: Final = 32


class Cause(StrEnum):
    """Why a level changed or did not, and why evidence began anew; each has an entry in docs/autonomy.md."""

    SAFETY_INCIDENT = "safety_incident"
    POLICY_VIOLATION = "policy_violation"
    ERROR_RATE = "error_rate"
    SIGNED_OFF = "signed_off"
    CRITERIA_MET = "criteria_met"
    DECLINED = "declined"
    MODEL_CHANGED = "model_changed"
    POLICY_CHANGED = "policy_changed"
    NEW_ERROR = "new_error"
    BY_PERSON = "by_person"


class OfferState(StrEnum):
    """What became of a request for promotion."""

    PENDING = "pending"
    WITHDRAWN = "withdrawn"
    DECIDED = "decided"


class Offer(NamedTuple):
    """The latest request for promotion: the digest of its evidence, 64 hex digits, and what became of it."""

    digest: str
    at_ms: int
    state: OfferState


class Part(NamedTuple):
    """What was counted in one part of a review period."""

    number: int
    successes: int
    errors: int


class Standing(NamedTuple):
    """An agent's level in one class, and the counts since it began there. Times in milliseconds.

    A named tuple, because one is made for every outcome. `successes` and `errors` are those since the counts began,
    the `..._before` those from before that, which still burden the agent. `errors_lately` has a bit for each of the
    last `outcomes_lately` outcomes, the newest lowest, set for an error. `number` counts all outcomes ever, `epoch` how
    often counts began anew.
    """

    level: int
    since_ms: int
    counted_from_ms: int
    model: str | None
    snapshot: str
    successes: int = 0
    errors: int = 0
    successes_before: int = 0
    errors_before: int = 0
    errors_lately: int = 0
    outcomes_lately: int = 0
    parts: tuple[Part, ...] = ()
    cool_off_until_ms: int = 0
    cause: Cause | None = None
    number: int = 0
    epoch: int = 0
    offer: Offer | None = None

    @property
    def is_offered(self) -> bool:
        """Whether a request for promotion waits for a person."""
        return self.offer is not None and self.offer.state is OfferState.PENDING

    def to_json(self) -> dict[str, Any]:
        """The standing as a JSON object."""
        offer = self.offer
        return {
            **self._asdict(),
            "errors_lately": f"{self.errors_lately:x}",
            "parts": [[*part] for part in self.parts],
            "cause": None if self.cause is None else self.cause.value,
            "offer": None if offer is None else [offer.digest, offer.at_ms, offer.state.value],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Standing:
        """The standing that `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: the value is none.
        """
        offer, cause = value["offer"], value["cause"]
        return cls(**value)._replace(
            errors_lately=int(value["errors_lately"], 16),
            parts=tuple(Part(*part) for part in value["parts"]),
            cause=None if cause is None else Cause(cause),
            offer=None if offer is None else Offer(offer[0], offer[1], OfferState(offer[2])),
        )


class Status(StrEnum):
    """What became of a released action, best first; a later and worse one corrects an earlier one."""

    OUT = "out"
    SUCCESS = "success"
    FAILURE = "failure"
    INCIDENT = "incident"

    @property
    def rank(self) -> int:
        """0 for an action whose outcome has not come."""
        return _RANKS[self]

    @property
    def is_error(self) -> bool:
        """Whether it counts against the agent."""
        return self in (Status.FAILURE, Status.INCIDENT)


_RANKS: Final = {status: rank for rank, status in enumerate(Status)}


_LETTERS: Final = {status.value[0]: status for status in Status}
_OUT: Final = f"{Status.OUT.value[0]}."


class Released(NamedTuple):
    """A released action: its class, the epoch of the standing then, its status, its number among the outcomes."""

    action_class: str
    epoch: int
    status: Status = Status.OUT
    number: int = 0

    def to_text(self) -> str:
        """The entry as a short text, because there are many of them."""
        return f"{self.status.value[0]}.{self.epoch:x}.{self.number:x}.{self.action_class}"

    @classmethod
    def from_text(cls, text: str) -> Released:
        """The entry that `to_text` gave.

        Raises:
            KeyError, ValueError: the text is none.
        """
        letter, epoch, number, action_class = text.split(".", 3)
        return cls(action_class, int(epoch, 16), _LETTERS[letter], int(number, 16))


def _thinned(released: Mapping[str, str]) -> dict[str, str]:
    # Several at a time: a dictionary that loses its first key at each step is slow to find the next first one.
    out = [key for key, text in released.items() if text.startswith(_OUT)]
    done = [key for key, text in released.items() if not text.startswith(_OUT)]
    dropped = frozenset([*done, *out][: len(released) - MAX_RELEASED + _THINNED_BY])
    return {key: text for key, text in released.items() if key not in dropped}


_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Record(NamedTuple):
    """All that is kept of an agent's autonomy.

    `start_level` is the level of a class without a standing; None leaves it to the gate's settings. `released` goes by
    the action's key, a short text that the caller derives from its id, and has entries as text (`Released.to_text`).
    """

    agent_id: str
    start_level: int | None = None
    standings: Mapping[str, Standing] = _NOTHING
    released: Mapping[str, str] = _NOTHING

    def with_standing(self, action_class: str, standing: Standing) -> Record:
        """The record with a standing put in."""
        return self._replace(standings={**self.standings, action_class: standing})

    def with_released(self, action_key: str, entry: Released) -> Record:
        """The record with an action put in; past the limit the oldest that came back go, then the oldest of all."""
        released = dict(self.released)
        released[action_key] = entry.to_text()
        return self._replace(released=_thinned(released) if len(released) > MAX_RELEASED else released)

    def entry_of(self, action_key: str) -> Released | None:
        """What is known of a released action, None when it is not known (any more)."""
        text = self.released.get(action_key)
        return None if text is None else Released.from_text(text)

    def to_json(self) -> dict[str, Any]:
        """The record as a JSON object, without the agent's id."""
        return {
            "start_level": self.start_level,
            "standings": {name: standing.to_json() for name, standing in self.standings.items()},
            "released": dict(self.released),
        }

    @classmethod
    def from_json(cls, agent_id: str, value: Mapping[str, Any]) -> Record:
        """The record that `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: the value is none.
        """
        return cls(
            agent_id,
            value["start_level"],
            {name: Standing.from_json(entry) for name, entry in value["standings"].items()},
            # Read once here, so that damage shows when the state is restored and not in the middle of a step.
            {key: Released.from_text(text).to_text() for key, text in value["released"].items()},
        )
