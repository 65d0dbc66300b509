"""A whole house for browser tests: topics, a policy, a gate and a console in processes, people, things to review."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from penstock.connections import producer
from penstock.console.people.logins_file import LoginsFile
from penstock.console.people.passwords import Hasher
from penstock.console.people.users import Users
from policies.approval_documents import Role
from streams.clock import wall_clock_ms
from streams.review_signing import ReviewKeys, ReviewSigner, TrustedKey
from streams.settings import Settings, load_settings
from streams.topics import ACTIONS_OUTCOMES, ACTIONS_PROPOSED, OUTPUTS_PRODUCED, Topic, TopicNames
from tests.integration.deployment import DEADLINE_S, Deployment, deployed

Result = TypeVar("Result")

SIGNING_KEY = "7b" * 32
PASSWORD = "correct horse battery staple of the tests"
UNDO_S = 1
# Planted into payloads: none of them may show anywhere before a reveal is on the log.
CANARY_TOKEN = "ghp_" + "Cn4Ry0" * 6
CANARY_MAIL = "canary.person@example.com"

POLICY = {
    "classes.yaml": """
action_classes:
  - {match: {topics: [job.pay]}, class: payments, owner: finance, risk: low, reversible: true, customer_facing: false,
     derive: {amount_usd: arguments.amount}}
  - {match: {topics: [job.wipe]}, class: wipes, owner: data, risk: high, reversible: false}
defaults: {anomaly_score: 0, confidence: 1}
""",
    "rules.yaml": """
rules:
  - {id: reads, match: {topics: [job.read]}, decision: allow, reason: Reading changes nothing}
  - {id: payments, match: {topics: [job.pay]}, decision: require_approval, reason: People look at payments,
     constraints: {max_amount_usd: 1000}}
  - {id: wipes, match: {topics: [job.wipe]}, decision: require_approval, reason: Wiping cannot be undone}
""",
    "approvals.yaml": """
approval_queue_policy: {target_median_wait_sec: 300, target_p95_wait_sec: 900, max_open_requests_per_reviewer: 40}
routing: {payments: finance, wipes: data, default: finance}
teams: {finance: {escalates_to: data}, data: {}}
approval_classes:
  - {match: {topics: [job.pay]}, class: queue}
  - {match: {topics: [job.wipe]}, class: explicit}
evidence_contract: {required_fields: [policy_snapshot, job_hash, approver_id, decision_ts, signature]}
""",
    "audit.yaml": "audit: {sampling: {rate: 1.0, strategy: uniform}, routing: {default: finance}}\n",
    "outputs.yaml": """
output_rules:
  - {id: credentials, match: {findings: [credential]}, decision: quarantine, reason: Credentials never leave}
  - {id: mask, match: {findings: [pii]}, decision: redact, action: mask, reason: Personal data stays inside}
  - {id: rest, match: {findings: ['*']}, decision: allow}
""",
}


# Agents rise and fall here, each release is decided once more, and an agent that fails is kept back.
CAREFUL_POLICY = {
    "agents.yaml": """
autonomy_levels:
  level_0:
    rules: [{match: {topics: ["job.*.read"]}, decision: allow}, {match: {topics: ["*"]}, decision: require_approval}]
  level_1: {rules: [{match: {topics: ["*"]}, decision: allow}]}
promotion_criteria:
  {min_successful_actions: 2, max_error_rate: 0.5, review_period_days: 0, requires_human_sign_off: true}
demotion_triggers: [safety_incident]
action_classes: [{class: refund, match: {topics: [job.support.refund]}, reversible: true, customer_facing: false}]
fatigue_controls: {sampled_second_review_rate: 1}
approval_classes: [{match: {topics: [job.support.refund]}, class: queue}]
routing: {default: finance}
teams: {finance: {}}
""",
}


def find_chromium() -> str | None:
    """The system's own Chromium; nothing downloads a browser."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass
class House:
    """One deployment with its console. `url` is where the console is while it runs, `told` what it said at its start.

    `settings` are the console's own, over those that every console here has.
    """

    deployment: Deployment
    folder: Path
    url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    console: subprocess.Popen[bytes] | None = None
    _starts: int = field(default=0)

    @property
    def environ(self) -> dict[str, str]:
        """The console's environment."""
        return {
            **self.deployment.environ,
            "PENSTOCK_DATA_DIR": str(self.folder),
            "PENSTOCK_REVIEW_SIGNING_KEY": SIGNING_KEY,
            "PENSTOCK_CONSOLE_LOCAL_USERS": "true",
            "PENSTOCK_CONSOLE_PORT": "0" if not self.url else self.url.rsplit(":", 1)[1],
            "PENSTOCK_CONSOLE_UNDO_S": str(UNDO_S),
            **self.settings,
        }

    def add_person(self, name: str, *roles: Role, teams: tuple[str, ...] = ("finance", "data")) -> None:
        """Somebody with the tests' password."""
        file = LoginsFile(self.folder / "logins.sqlite")
        try:
            users = Users(file, hasher=Hasher(), clock=wall_clock_ms)
            users.add(name, roles=roles, teams=teams, by="tests")
            users.set_password(name, PASSWORD, address=None)
        finally:
            file.close()

    def start_console(self) -> None:
        """Start the console and wait until it says where it is."""
        self._starts += 1
        log = (self.folder / f"console-{self._starts}.log").open("wb")
        command = [sys.executable, "-m", "penstock", "console"]
        self.console = subprocess.Popen(
            command, env=self.environ, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
        log.close()
        assert self.console.stdout is not None
        for raw in self.console.stdout:
            line = raw.decode()
            self.told.append(line.strip())
            if line.startswith("console: "):
                self.url = line.removeprefix("console: ").strip()
                return
        raise AssertionError((self.folder / f"console-{self._starts}.log").read_text()[-3000:])

    def kill_console(self) -> None:
        """Kill -9."""
        if self.console is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.console.pid, signal.SIGKILL)
            self.console.wait(10)
            if self.console.stdout is not None:
                self.console.stdout.close()
            self.console = None

    @contextmanager
    def another_console(self, folder: Path, **settings: str) -> Iterator[House]:
        """A second console on the same gate and Kafka, with a folder and settings of its own, and nobody in it."""
        made = House(self.deployment, folder, settings=settings)
        try:
            made.start_console()
            yield made
        finally:
            made.kill_console()

    def produce(self, *events: dict[str, Any]) -> None:
        """Send events as agents and executors do."""
        topics = {"output": OUTPUTS_PRODUCED, "outcome": ACTIONS_OUTCOMES}

        async def send() -> None:
            async with producer(self._settings) as client:
                for event in events:
                    topic = topics.get(event["kind"], ACTIONS_PROPOSED)
                    name = TopicNames(self.deployment.prefix).on_broker(topic.name)
                    await client.send_and_wait(name, json.dumps(event).encode(), key=event["agent_id"].encode())

        in_a_thread(send)

    @property
    def _settings(self) -> Settings:
        return load_settings({}, bootstrap=self.deployment.bootstrap, topic_prefix=self.deployment.prefix)

    def topic(self, topic: Topic) -> list[dict[str, Any]]:
        """The values of a topic, as a plain read_committed reader has them."""
        return in_a_thread(lambda: self.deployment.read_json(topic.name))

    def until(self, topic: Topic, wanted: dict[str, Any]) -> dict[str, Any]:
        """The first value of a topic that has all of `wanted`, as `a.b` paths.

        Raises:
            AssertionError: not within the deadline.
        """
        until = time.monotonic() + DEADLINE_S
        while time.monotonic() < until:
            for value in self.topic(topic):
                if all(_at(value, path) == expected for path, expected in wanted.items()):
                    return value
            time.sleep(0.2)
        raise AssertionError(f"{topic.name} never had {wanted}")


def in_a_thread(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run a coroutine in a loop of its own: the browser's has this thread."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(work())).result()


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def payment(number: int | str, amount: float = 42, **more: Any) -> dict[str, Any]:
    """An action that waits for a person of the queue class."""
    return {
        "kind": "action",
        "action_id": f"pay-{number}",
        "agent_id": more.pop("agent_id", "billing-1"),
        "topic": "job.pay",
        "tool": "payments.send",
        "arguments": {"amount": amount, "to": "account 7", **more.pop("arguments", {})},
        "reasoning": more.pop("reasoning", "the customer asked for it"),
        "session_id": "session-1",
        **more,
    }


def wipe(number: int | str, **more: Any) -> dict[str, Any]:
    """An action that wants a senior person's written reason."""
    return {
        "kind": "action",
        "action_id": f"wipe-{number}",
        "agent_id": "data-1",
        "topic": "job.wipe",
        "tool": "warehouse.wipe",
        "arguments": {"table": f"customers_{number}"},
        "reasoning": "the retention period is over",
        **more,
    }


def output(number: int | str, content: Any, **more: Any) -> dict[str, Any]:
    """What an agent says to a customer."""
    return {
        "kind": "output",
        "output_id": f"out-{number}",
        "job_id": "job-1",
        "agent_id": "writer-1",
        "topic": "job.reply",
        "audience": "customer",
        "content": content,
        **more,
    }


@contextmanager
def a_house(
    bootstrap: str,
    prefix: str,
    folder: Path,
    *,
    policy: Path | None = None,
    documents: Mapping[str, str] = POLICY,
    extra: Mapping[str, str] | None = None,
    gates: int = 1,
) -> Iterator[House]:
    """A house with so many gates and a console that run, under the policy of a folder or else of `documents`.

    `extra` are settings of the gate. Everything is ended afterwards.
    """
    keys = folder / "review-keys.json"
    keys.write_bytes(ReviewKeys([TrustedKey(ReviewSigner(bytes.fromhex(SIGNING_KEY)).public)]).to_jwks())
    if policy is None:
        policy = folder / "policy"
        policy.mkdir()
        for name, text in documents.items():
            (policy / name).write_text(text)
    settings = {"PENSTOCK_REVIEW_KEYS_FILE": str(keys), **(extra or {})}
    with deployed(bootstrap, prefix, folder, policy=policy, extra=settings) as deployment:
        house = House(deployment, folder)
        try:
            for _ in range(gates):
                deployment.start_worker()
            house.add_person("root", Role.SENIOR_REVIEWER, Role.POLICY_AUTHOR, Role.ADMIN)
            house.start_console()
            yield house
        finally:
            house.kill_console()
