"""A simulated fleet of agents: what they propose and say, drawn from a seed. Pure; `fleet_traffic` carries it.

Support agents read tickets, refund and answer customers; operations agents deploy, restart and write logs; data agents
query, export, delete and report. Now and then an event comes twice, a claim is false, something secret slips into a
text, or a record cannot be read at all. An executor says what became of cleared actions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from penstock import fleet_texts
from streams.codec import encode
from streams.topics import ACTIONS_OUTCOMES, ACTIONS_PROPOSED, OUTPUTS_PRODUCED

SUPPORT_AGENTS: Final = tuple(f"support-agent-{number}" for number in range(1, 7))
OPS_AGENTS: Final = tuple(f"ops-agent-{number}" for number in range(1, 4))
DATA_AGENTS: Final = tuple(f"data-agent-{number}" for number in range(1, 4))

# One event in so many is sent a second time, cannot be read, or is one of a series of equal attempts.
_DUPLICATE_SHARE: Final = 0.02
_BAD_SHARE: Final = 0.008
_LOOP_SHARE: Final = 0.01
# Events from which a duplicate is taken.
_RECENT_EVENTS: Final = 64

_MODELS: Final = ("model-large", "model-small")


@dataclass(frozen=True, slots=True)
class FleetEvent:
    """A record to produce. `topic` is a name of the topic table, `subject` the class of the action or output.

    `event_id` and `subject` are None for a record that cannot be read.
    """

    topic: str
    key: bytes
    value: bytes
    event_id: str | None
    subject: str | None


class Fleet:
    """The agents. Equal seeds, runs and times give equal events; ids begin with `run`."""

    def __init__(self, random: Random, *, run: str) -> None:
        self._random = random
        self._run = run
        self._count = 0
        self._recent: deque[FleetEvent] = deque(maxlen=_RECENT_EVENTS)
        self._kinds: Final[tuple[tuple[Callable[[str], FleetEvent], float], ...]] = (
            (self._read_ticket, 17),
            (self._refund, 15),
            (self._customer_reply, 20),
            (self._deploy, 9),
            (self._restart, 4),
            (self._log, 8),
            (self._query, 10),
            (self._export, 6),
            (self._delete, 4),
            (self._report, 7),
        )
        self._weights = [weight for _, weight in self._kinds]

    def next(self, now_ms: int) -> FleetEvent:
        """The next event at `now_ms` (milliseconds since 1970)."""
        at = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds")
        draw = self._random.random()
        if draw < _DUPLICATE_SHARE and self._recent:
            return self._random.choice(self._recent)
        if draw < _DUPLICATE_SHARE + _BAD_SHARE:
            return self._unreadable()
        if draw < _DUPLICATE_SHARE + _BAD_SHARE + _LOOP_SHARE:
            event = self._stuck_restart(at)
        else:
            event = self._random.choices(self._kinds, self._weights)[0][0](at)
        self._recent.append(event)
        return event

    def _action(
        self, at: str, topic: str, *, agent: str, tool: str, arguments: dict[str, Any], **fields: Any
    ) -> FleetEvent:
        random = self._random
        action_id = self._next_id("a")
        value = {
            "action_id": action_id,
            "agent_id": agent,
            "topic": topic,
            "tool": tool,
            "arguments": arguments,
            "confidence": round(random.uniform(0.3, 0.59) if random.random() < 0.04 else random.uniform(0.7, 1), 2),
            "session_id": f"{self._run}-s{self._count // 10}",
            "tenant_id": "demo",
            "model": random.choice(_MODELS),
            "proposed_at": at,
            **fields,
        }
        if random.random() < 0.05:
            value["anomaly_score"] = round(random.uniform(0.2, 1), 2)
        return FleetEvent(ACTIONS_PROPOSED.name, agent.encode(), encode(value), action_id, topic)

    def _output(self, at: str, topic: str, *, agent: str, audience: str, content: Any) -> FleetEvent:
        output_id = self._next_id("o")
        value = {
            "output_id": output_id,
            "job_id": f"{self._run}-j{self._count}",
            "agent_id": agent,
            "topic": topic,
            "audience": audience,
            "tenant_id": "demo",
            "content": content,
            "produced_at": at,
        }
        return FleetEvent(OUTPUTS_PRODUCED.name, agent.encode(), encode(value), output_id, topic)

    def _next_id(self, letter: str) -> str:
        self._count += 1
        return f"{self._run}-{letter}{self._count:06d}"

    def _ticket(self) -> str:
        return f"T-{self._run}-{self._count + 1}"

    def _read_ticket(self, at: str) -> FleetEvent:
        agent = self._random.choice(SUPPORT_AGENTS)
        return self._action(at, "job.support.read", agent=agent, tool="desk.read", arguments={"ticket": self._ticket()})

    def _refund(self, at: str) -> FleetEvent:
        random = self._random
        low, high = random.choices(((5, 50), (51, 500), (501, 2400)), (60, 28, 12))[0]
        amount = round(random.uniform(low, high), 2)
        claims = {"amount_usd": 20.0} if amount > 500 and random.random() < 0.5 else {"amount_usd": amount}
        return self._action(
            at,
            "job.support.refund",
            agent=random.choice(SUPPORT_AGENTS),
            tool="payments.refund",
            arguments={"ticket": self._ticket(), "amount": amount, "currency": "USD"},
            **claims,
        )

    def _customer_reply(self, at: str) -> FleetEvent:
        random = self._random
        text = fleet_texts.reply(random)
        draw = random.random()
        content: Any = text
        if draw < 0.2:
            content = f"{text} {fleet_texts.personal_sentence(random)}"
        elif draw < 0.26:
            content = f"{text}\n{fleet_texts.stack_trace(random.choice(fleet_texts.SERVICES))}"
        elif draw < 0.36:
            content = {"reply": text, "customer": {"email": fleet_texts.email(random)}, "internal_notes": "asked twice"}
        elif draw < 0.39:
            content = f"{text} {fleet_texts.secret_sentence(random)}"
        agent = random.choice(SUPPORT_AGENTS)
        return self._output(at, "job.support.reply", agent=agent, audience="customer", content=content)

    def _deploy(self, at: str) -> FleetEvent:
        random = self._random
        environment = random.choices(("staging", "prod"), (65, 35))[0]
        arguments = {
            "service": random.choice(fleet_texts.SERVICES),
            "version": f"1.{self._count + 1}.0",
            "environment": environment,
        }
        agent = random.choice(OPS_AGENTS)
        return self._action(
            at, "job.ops.deploy", agent=agent, tool="deployer.roll_out", arguments=arguments, environment=environment
        )

    def _restart(self, at: str) -> FleetEvent:
        random = self._random
        arguments = {
            "service": random.choice(fleet_texts.SERVICES),
            "environment": "prod",
            "incident": f"I-{self._count + 1}",
        }
        agent = random.choice(OPS_AGENTS)
        return self._action(at, "job.ops.restart", agent=agent, tool="cluster.restart", arguments=arguments)

    def _stuck_restart(self, at: str) -> FleetEvent:
        """The same restart over and over, each under an id of its own."""
        arguments = {"service": "search", "environment": "prod", "incident": f"I-{self._run}"}
        return self._action(at, "job.ops.restart", agent=OPS_AGENTS[0], tool="cluster.restart", arguments=arguments)

    def _log(self, at: str) -> FleetEvent:
        random = self._random
        service = random.choice(fleet_texts.SERVICES)
        line = fleet_texts.log_line(random, service)
        draw = random.random()
        if draw < 0.15:
            line = f"{line}\n{fleet_texts.secret_sentence(random)}"
        elif draw < 0.3:
            line = f"{line}\n{fleet_texts.stack_trace(service)}"
        return self._output(at, "job.ops.log", agent=random.choice(OPS_AGENTS), audience="internal", content=line)

    def _query(self, at: str) -> FleetEvent:
        arguments = {"table": self._random.choice(fleet_texts.TABLES), "page": self._count + 1}
        agent = self._random.choice(DATA_AGENTS)
        return self._action(at, "job.data.query", agent=agent, tool="warehouse.query", arguments=arguments)

    def _export(self, at: str) -> FleetEvent:
        random = self._random
        tool = random.choices(("warehouse.export", "warehouse.publish"), (80, 20))[0]
        arguments = {"table": random.choice(fleet_texts.TABLES), "batch": self._count + 1}
        return self._action(at, "job.data.export", agent=random.choice(DATA_AGENTS), tool=tool, arguments=arguments)

    def _delete(self, at: str) -> FleetEvent:
        random = self._random
        users = random.choices((random.randrange(1, 100), random.randrange(101, 5000)), (60, 40))[0]
        arguments = {"table": random.choice(fleet_texts.TABLES), "users": users, "request": f"D-{self._count + 1}"}
        agent = random.choice(DATA_AGENTS)
        return self._action(at, "job.data.delete", agent=agent, tool="warehouse.delete", arguments=arguments)

    def _report(self, at: str) -> FleetEvent:
        random = self._random
        text = fleet_texts.report(random, random.choice(fleet_texts.TABLES))
        content: Any = {"summary": text, "rows": random.randrange(1000, 90000)}
        draw = random.random()
        if draw < 0.2:
            content["contact"] = fleet_texts.email(random)
        elif draw < 0.35:
            content["debug_trace"] = {"step": random.randrange(9), "worker": "w-2"}
        elif draw < 0.4:
            content["log"] = fleet_texts.secret_sentence(random)
        audience = random.choice(("partner", "public", "internal"))
        agent = random.choice(DATA_AGENTS)
        return self._output(at, "job.data.report", agent=agent, audience=audience, content=content)

    def _unreadable(self) -> FleetEvent:
        """A record of a broken producer."""
        agent = self._random.choice(SUPPORT_AGENTS)
        value = self._random.choice(
            (
                b'{"action_id": "cut off',
                encode({"action_id": self._next_id("a"), "agent_id": agent}),
                encode([self._next_id("a"), agent]),
                b'{"agent_id":"%s","agent_id":"%s"}' % (agent.encode(), SUPPORT_AGENTS[0].encode()),
            )
        )
        return FleetEvent(ACTIONS_PROPOSED.name, agent.encode(), value, None, None)


def outcome_of(random: Random, action: dict[str, Any], *, now_ms: int) -> FleetEvent:
    """What the simulated executor says about a cleared action: most succeed."""
    status = random.choices(("success", "failure", "incident"), (93, 5.5, 1.5))[0]
    finished_at = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds")
    agent, action_id = str(action["agent_id"]), str(action["action_id"])
    value = {"action_id": action_id, "agent_id": agent, "status": status, "finished_at": finished_at}
    return FleetEvent(ACTIONS_OUTCOMES.name, agent.encode(), encode(value), action_id, None)
