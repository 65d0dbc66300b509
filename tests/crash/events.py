"""What the agents of a run send: a deterministic stream of records from a seed, with everything that goes wrong in it.

Pure. Retries and first uses keep coming for as long as the stream is read, duplicates and conflicts refer to ids that
were sent before, and every kind of record that the gate puts aside or sends on appears.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson

from streams.intake import FORWARDED_HEADER
from streams.routing import partition_of
from streams.topics import ACTIONS_OUTCOMES, ACTIONS_PROPOSED, OUTPUTS_PRODUCED, REVIEWS
from tests.crash.policy import TOPICS
from tests.crash.refunds import Refunds

# Records of earlier actions and outputs that duplicates, conflicts and outcomes refer to.
RECENT: Final = 2000
# After so many actions agents take up a tool that they never used.
TOOL_EVERY: Final = 400
FORGED: Final = b"forged"
_TEXTS: Final = (
    "The order has been shipped.",
    "Please call me at +49 30 1234567 today.",
    "Write to anna.schmidt@example.org for the invoice.",
    "Card 4111 1111 1111 1111 was charged.",
    "key AKIAIOSFODNN7EXAMPLE secret wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
)

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A record to produce. `topic` is a name of the topic table."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Load:
    """The stream. `agents` and the run's name keep ids apart; `lanes` is the partition count.

    `refunds` are under way at once: the fewer, the sooner one gets its next step.
    """

    def __init__(self, seed: int, *, lanes: int, agents: int = 40, refunds: int = 24) -> None:
        self._random = random.Random(seed)
        self._lanes = lanes
        self._agents = [f"agent-{number:03d}" for number in range(agents)]
        self._count = 0
        self._actions: deque[dict[str, Any]] = deque(maxlen=RECENT)
        self._outputs: deque[dict[str, Any]] = deque(maxlen=RECENT)
        self._chunks: list[dict[str, Any]] = []
        self._refunds = Refunds(self._random, self._agents, most=refunds)
        self._kinds: dict[Callable[[], Message], float] = {
            self._action: 62,
            self._retry: 10,
            self._duplicate: 5,
            self._conflict: 3,
            self._outcome: 9,
            self._refund: 6,
            self._withdrawal: 2,
            self._agent_act: 2,
            self._output: 3,
            self._output_again: 1,
            self._chunk: 4,
            self._bad: 2,
            self._stray: 4,
            self._misrouted: 1,
        }

    def next(self) -> Message:
        """The next record."""
        self._count += 1
        if not self._actions or not self._outputs:
            return self._output() if self._actions else self._action()
        (kind,) = self._random.choices(list(self._kinds), weights=list(self._kinds.values()))
        return kind()

    def _message(self, topic: str, fields: dict[str, Any], *, headers: Headers = ()) -> Message:
        agent = fields["agent_id"]
        home = partition_of(agent, self._lanes)
        return Message(topic, home, agent.encode(), orjson.dumps(fields), headers)

    def _new_action(self) -> dict[str, Any]:
        newest = self._count // TOOL_EVERY
        fields = {
            "action_id": f"a{self._count}",
            "agent_id": self._random.choice(self._agents),
            "topic": self._random.choice(TOPICS),
            "tool": f"tool-{max(0, newest - self._random.randrange(3))}",
            "arguments": {"n": self._random.randrange(300)},
            "amount_usd": self._random.randrange(1000),
            "confidence": round(self._random.random(), 2),
        }
        dice = self._random.random()
        if dice < 0.02:
            fields["deadline"] = "2020-01-01T00:00:00Z"
        elif dice < 0.04:
            fields["deadline"] = "2099-01-01T00:00:00Z"
        self._actions.append(fields)
        return fields

    def _trace(self) -> Headers:
        if self._random.random() < 0.5:
            return ()
        trace = f"00-{self._random.getrandbits(128):032x}-{self._random.getrandbits(64):016x}-01"
        return (("traceparent", trace.encode()),)

    def _action(self) -> Message:
        return self._message(ACTIONS_PROPOSED.name, self._new_action(), headers=self._trace())

    def _refund(self) -> Message:
        """The next step of a refund, out of an agent that does not look."""
        fields = {"action_id": f"a{self._count}", **self._refunds.next()}
        self._actions.append(fields)
        return self._message(ACTIONS_PROPOSED.name, fields, headers=self._trace())

    def _retry(self) -> Message:
        """A new id for an effect that was proposed before."""
        fields = {**self._random.choice(self._actions), "action_id": f"a{self._count}"}
        self._actions.append(fields)
        return self._message(ACTIONS_PROPOSED.name, fields)

    def _duplicate(self) -> Message:
        fields = {**self._random.choice(self._actions), "reasoning": f"sent again, {self._count}"}
        return self._message(ACTIONS_PROPOSED.name, fields, headers=self._trace())

    def _conflict(self) -> Message:
        fields = {**self._random.choice(self._actions), "arguments": {"other": self._count}}
        return self._message(ACTIONS_PROPOSED.name, fields)

    def _outcome(self) -> Message:
        action = self._random.choice(self._actions)
        status = self._random.choice(("success", "success", "failure", "incident"))
        fields = {"action_id": action["action_id"], "agent_id": action["agent_id"], "status": status}
        return self._message(ACTIONS_OUTCOMES.name, fields)

    def _withdrawal(self) -> Message:
        """An agent that takes a proposal back, held or not."""
        fields = self._random.choice((self._actions[-1], self._random.choice(self._actions)))
        named = {name: fields[name] for name in ("action_id", "agent_id")}
        return self._message(ACTIONS_PROPOSED.name, {"kind": "withdrawal", **named})

    def _agent_act(self) -> Message:
        """Somebody who stops an agent or lets it go on, in any partition and not always with a reason."""
        agent = self._agents[0]
        review = {
            "review_id": f"g{self._count}",
            "target": {"kind": "agent", "id": agent},
            "verdict": self._random.choice(("stop", "resume")),
            "reviewer": {"id": "person-0", "roles": ["admin"]},
            "digest": "-",
            "policy_snapshot": "-",
            "reason": self._random.choice(("an incident", "an incident", "an incident", "")),
        }
        return Message(REVIEWS.name, self._random.randrange(self._lanes), agent.encode(), orjson.dumps(review))

    def _output(self) -> Message:
        fields: dict[str, Any] = {
            "output_id": f"o{self._count}",
            "job_id": f"j{self._count}",
            "agent_id": self._random.choice(self._agents),
            "topic": "job.reply",
            "audience": "customer",
            "content": self._random.choice(_TEXTS),
        }
        if self._random.random() < 0.05:
            fields["sequence"] = 0
        self._outputs.append(fields)
        return self._message(OUTPUTS_PRODUCED.name, fields)

    def _chunk(self) -> Message:
        """The next chunk of an open stream, or of a new one; some come out of order, and some streams never end."""
        if not self._chunks:
            output_id, agent_id = f"s{self._count}", self._random.choice(self._agents)
            parts = [self._random.choice(_TEXTS) + " " for _ in range(self._random.randrange(2, 7))]
            chunks = [
                {
                    "output_id": output_id,
                    "job_id": output_id,
                    "agent_id": agent_id,
                    "topic": "job.reply",
                    "audience": "customer",
                    "content": text,
                    "sequence": number,
                }
                for number, text in enumerate(parts)
            ]
            if self._random.random() < 0.9:
                chunks[-1]["final"] = True
            if self._random.random() < 0.3:
                self._random.shuffle(chunks)
            self._chunks.extend(chunks)
        return self._message(OUTPUTS_PRODUCED.name, self._chunks.pop(0))

    def _output_again(self) -> Message:
        fields = dict(self._random.choice(self._outputs))
        if self._random.random() < 0.5:
            fields["content"] = f"something else {self._count}"
        return self._message(OUTPUTS_PRODUCED.name, fields)

    def _bad(self) -> Message:
        """A record that becomes a dead letter."""
        topic = self._random.choice((ACTIONS_PROPOSED.name, ACTIONS_OUTCOMES.name, OUTPUTS_PRODUCED.name))
        agent = self._random.choice(self._agents).encode()
        values: tuple[bytes | None, ...] = (
            None,
            b"{",
            b"[1, 2]",
            b'{"action_id": "x", "action_id": "y"}',
            b'{"agent_id": 7}',
            b"\xff\xfe",
            b'{"deep": ' + b"[" * 80 + b"]" * 80 + b"}",
            orjson.dumps({"action_id": f"b{self._count}", "agent_id": "somebody else", "topic": "job.crm.read"}),
        )
        return Message(topic, self._random.randrange(self._lanes), agent, self._random.choice(values))

    def _stray(self) -> Message:
        """A good record, in a partition that is not its agent's, or without a key."""
        message = self._random.choice((self._action, self._action, self._output, self._outcome))()
        key = message.key if self._random.random() < 0.5 else None
        return Message(message.topic, self._random.randrange(self._lanes), key, message.value, message.headers)

    def _misrouted(self) -> Message:
        """A record that claims to have been forwarded already."""
        message = self._action()
        partition = self._random.randrange(self._lanes)
        return Message(message.topic, partition, message.key, message.value, ((FORWARDED_HEADER, FORGED),))
