"""Random workflows, the plain meaning of what may begin, and a lane's part in a run without a lane."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from policies.bundle import Bundle, load_bundle
from policies.decisions import Decision, Derived, Stage, Verdict
from policies.documents import Step, Workflow
from policies.errors import PolicyLoadError
from policies.workflow_progress import Grant, Progress, StepState
from policies.workflow_runs import Run, RunMachine

TRIGGER = "case.opened"
ALLOW_ALL = {"rules": [{"match": {"topics": ["*"]}, "decision": "allow"}]}
# Branches that are true of some numbers and not of others, so that none, one or two of a step hold.
WHENS = ("result.n < 5", "result.n >= 5", "result.n > 2", "level == 'low'", "TRUE", "result.m < 1")
_MEANING: dict[str, Callable[[Any, Any], bool]] = {
    "result.n < 5": lambda n, _: n < 5,
    "result.n >= 5": lambda n, _: n >= 5,
    "result.n > 2": lambda n, _: n > 2,
    "level == 'low'": lambda _, level: level == "low",
    "level == 'high'": lambda _, level: level == "high",
    "TRUE": lambda _n, _level: True,
}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A workflow document; most of them load."""
    count = draw(st.integers(2, 7))
    names = draw(st.permutations("abcdefg"[:count]))
    steps: dict[str, Any] = {}
    for place, name in enumerate(names):
        kinds = ("action", "action", "approval", "condition") if place < count - 1 else ("action",)
        kind = draw(st.sampled_from(kinds))
        step: dict[str, Any] = {"type": kind}
        if place:
            step["depends_on"] = draw(st.lists(st.sampled_from(names[:place]), max_size=2, unique=True))
        if kind == "condition":
            branches = draw(st.lists(st.sampled_from(WHENS), min_size=1, max_size=3, unique=True))
            step["branches"] = {
                f"w{number}": {"when": when, "next": draw(st.sampled_from(names[place + 1 :]))}
                for number, when in enumerate(branches)
            }
        elif draw(st.booleans()):
            step["timeout_sec"] = draw(st.sampled_from((10, 60)))
            step["on_timeout"] = draw(st.sampled_from(("deny", "escalate")))
        if kind == "action":
            step["topic"] = f"job.{name}"
            if draw(st.booleans()):
                step["constraints"] = {"max_runtime_sec": draw(st.integers(1, 9))}
        steps[name] = {key: value for key, value in step.items() if value != []}
    return {"name": "case", "trigger": TRIGGER, "steps": steps}


def loaded(document: Mapping[str, Any]) -> Bundle | None:
    """A bundle that allows everything but what the workflow has a word in; None for one that does not load."""
    try:
        return load_bundle({"flow.json": json.dumps(document), "rules.json": json.dumps(ALLOW_ALL)})
    except PolicyLoadError:
        return None


@dataclass(slots=True)
class Told:
    """What happened in a run, as the plain meaning reads it: no states, only what was done and said."""

    event: Mapping[str, object] = field(default_factory=dict)
    released: set[str] = field(default_factory=set)
    succeeded: dict[str, object] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    granted: set[Grant] = field(default_factory=set)


class Meaning:
    """The plain meaning of a workflow, one sentence after the other."""

    def __init__(self, workflow: Workflow, told: Told) -> None:
        self._steps, self._told = workflow.steps, told

    def may_begin(self, name: str) -> bool:
        """Whether everything before a step is through, and no condition that was reached sent the run elsewhere."""
        step = self._steps[name]
        if name in self._told.refused:
            return False
        if not all(self._passes(other, step) for other in step.depends_on):
            return False
        naming = self._naming(name)
        chose = [other for other in naming if self._chosen(other) == name]
        if not naming or (chose and step.kind == "approval"):
            return True
        return bool(chose) and not self._against(name, chose)

    def _naming(self, name: str) -> list[str]:
        return [
            other for other in self._steps if self._names(other, name) and other not in self._steps[name].depends_on
        ]

    def _against(self, name: str, chose: list[str]) -> list[str]:
        """The conditions that name a step and have a word against it: reached or open yet, and not on the way to it."""
        way = set().union(*(self._way_to(other) for other in chose))
        return [
            other for other in self._naming(name) if other not in {*chose, *way} and not self._is_passed_over(other)
        ]

    def _way_to(self, name: str) -> set[str]:
        """What the run passed on its way to a step that may begin."""
        found: set[str] = set()
        for other in self._steps:
            if other in self._steps[name].depends_on or (self._names(other, name) and self._chosen(other) == name):
                found |= {other} | self._way_to(other)
                if (following := self._chosen(other)) not in (None, name):
                    assert following is not None
                    found |= {following} | self._way_to(following)
        return found

    def _is_passed_over(self, name: str) -> bool:
        """Whether the run goes past a step, whatever still happens."""
        if any(self._turns_from(other, name) for other in self._steps[name].depends_on):
            return True
        naming = self._naming(name)
        chose = [other for other in naming if self._chosen(other) == name]
        if chose and self._steps[name].kind == "approval":
            return False
        sent = self._against(name, chose) if chose else naming
        return bool(sent) and all(self._turns_from(other, name) for other in sent)

    def _turns_from(self, before: str, name: str) -> bool:
        if self._is_passed_over(before):
            return True
        following = self._chosen(before)
        if following is None or following == name:
            return False
        kind = self._steps[following].kind
        if before not in self._steps[name].depends_on or (self._names(before, name) and kind != "approval"):
            return True
        return self._is_passed_over(following) or (kind == "condition" and self._chosen(following) not in (None, name))

    def _names(self, condition: str, name: str) -> bool:
        return any(branch.next == name for branch in self._steps[condition].branches)

    def _passes(self, before: str, step: Step) -> bool:
        if self._steps[before].kind != "condition":
            return self._through(before)
        following = self._chosen(before)
        if following is None or following == step.name:
            return following is not None
        if before not in step.depends_on:
            return False
        if self._names(before, step.name) and self._steps[following].kind != "approval":
            return False
        if self._steps[following].kind == "condition":
            return self._chosen(following) == step.name
        return self._through(following)

    def _through(self, name: str) -> bool:
        if not self.may_begin(name):
            return False
        if Grant(name) in self._told.granted:
            return name not in self._told.failed
        return self._steps[name].kind == "action" and name in self._told.succeeded and name not in self._told.failed

    def _chosen(self, name: str) -> str | None:
        """The step that a condition lets on: the one of its one true branch, or what a person chose instead."""
        step = self._steps[name]
        if step.kind != "condition" or not self.may_begin(name):
            return None
        given = [self._told.succeeded[other] for other in step.depends_on if other in self._told.succeeded]
        values = {value["n"] for value in given if isinstance(value, dict) and "n" in value}
        holds: dict[str, bool | None] = {}
        for branch in step.branches:
            when = branch.when.text
            if "result" in when:
                is_known = "m" not in when and len(values) == 1
                holds[branch.name] = _MEANING[when](next(iter(values)), None) if is_known else None
            else:
                level = self._told.event.get("level")
                holds[branch.name] = None if "level" in when and level is None else _MEANING[when](0, level)
        if len(values) > 1:
            holds = dict.fromkeys(holds)
        true = [name for name, value in holds.items() if value]
        if len(true) == 1 and None not in holds.values():
            return next(branch.next for branch in step.branches if branch.name == true[0])
        chosen = [branch.next for branch in step.branches if Grant(name, branch.name) in self._told.granted]
        return chosen[0] if chosen else None


@dataclass(slots=True)
class Session:
    """One session of an agent: proposes, holds, releases and hears as the gate does, and writes down what happened."""

    bundle: Bundle
    now_ms: int = 0
    run: Run | None = None
    told: Told = field(default_factory=Told)
    held: dict[str, Stage] = field(default_factory=dict)
    number: int = 0
    released: list[tuple[str, str]] = field(default_factory=list)

    @property
    def machine(self) -> RunMachine:
        """What changes the runs of the one workflow."""
        return self.bundle.workflow_order.machines["case"]

    @property
    def workflow(self) -> Workflow:
        """The one workflow."""
        return self.machine.planner.workflow

    def judge(self, topic: str, progress: Progress | None = None) -> Verdict:
        """What the bundle says about an action of this topic."""
        event = {"topic": topic, "agent_id": "a", "tool": "t"}
        return self.bundle.decide(event, self.derived(progress))

    def derived(self, progress: Progress | None = None) -> Derived:
        """What the gate knows."""
        known = progress or (self.run.progress if self.run else None)
        runs = {} if known is None else {"case": known}
        return Derived(0, first_time=False, retry_count=0, workflows=runs)

    def begin(self, level: str | None) -> None:
        """Propose the trigger."""
        if self.judge(TRIGGER).decision is Decision.ALLOW:
            event = {} if level is None else {"level": level}
            self.run, _ = self.machine.begin("run", agent_id="a", event=event, at_ms=self.now_ms)
            self.told, self.released = Told(event), []

    def propose(self, name: str) -> Verdict:
        """Propose an action of a step, and hold or release it as decided."""
        verdict = self.judge(f"job.{name}")
        stage = verdict.stage
        assert stage is not None
        if verdict.decision is Decision.DENY:
            return verdict
        self.number += 1
        key = str(self.number)
        assert self.run is not None
        if verdict.decision is Decision.REQUIRE_APPROVAL:
            grants = [Grant(*grant) for grant in stage.grants]
            self.run, _ = self.machine.propose(self.run, name, action_key=key, grants=grants, at_ms=self.now_ms)
            self.held[key] = stage
        else:
            self._release(key, name, ())
        return verdict

    def answer(self, number: int, verdict: str) -> None:
        """Let people decide one of the held actions, as far as the gate still lets them."""
        if not self.held:
            return
        key = sorted(self.held, key=int)[number % len(self.held)]
        stage = self.held.pop(key)
        if self.run is None or key not in self.run.actions:
            return
        name = self.run.actions[key].step
        fresh = self.judge(f"job.{name}", self.run.without(key))
        now = fresh.stage
        assert now is not None
        if verdict != "yes" or fresh.decision is Decision.DENY or not {*now.grants} <= {*stage.grants}:
            if verdict == "no" and stage.grants:
                asked = {grant.step for grant in self.run.actions[key].grants if grant.branch is None}
                settled = {*self.told.succeeded, *(grant.step for grant in self.told.granted)}
                self.told.refused |= {name} | asked - settled
            self.run, _ = self.machine.refuse(self.run, action_key=key, is_no=verdict == "no", at_ms=self.now_ms)
            return
        self._release(key, name, tuple(Grant(*grant) for grant in now.grants))

    def _release(self, key: str, name: str, grants: tuple[Grant, ...]) -> None:
        assert self.run is not None
        self.told.granted |= {*grants}
        assert name not in self.told.released, "a step was given to two actions"
        assert Meaning(self.workflow, self.told).may_begin(name), (name, self.told, self.run)
        self.run, _ = self.machine.release(self.run, name, action_key=key, grants=grants, at_ms=self.now_ms)
        self.told.released.add(name)
        self.released.append((key, name))

    def hear(self, number: int, is_success: bool, value: int) -> None:
        """An executor says what became of one of the released actions."""
        if not self.released or self.run is None:
            return
        key, name = self.released[number % len(self.released)]
        before = self.run
        self.run, _ = self.machine.outcome(
            before, action_key=key, is_success=is_success, result={"n": value, "x": [1]}, at_ms=self.now_ms
        )
        if not is_success:
            self.told.failed.add(name)
        elif name not in self.told.succeeded and before.progress.states[name] is not StepState.APPROVED:
            self.told.succeeded[name] = {"n": value}

    def wait(self, seconds: int) -> None:
        """Let time pass; a step that is over its time and not escalated has failed."""
        self.now_ms += seconds * 1000
        if self.run is None:
            return
        late = [name for name, due in self.run.deadlines.items() if due <= self.now_ms]
        self.run, _ = self.machine.pass_time(self.run, self.now_ms)
        self.told.failed |= {name for name in late if self.workflow.steps[name].on_timeout != "escalate"}

    def restart(self) -> None:
        """Read the run back from what is kept of it."""
        if self.run is not None:
            kept = json.loads(json.dumps(self.run.to_json()))
            read = Run.from_json(self.run.run_id, kept)
            assert read == replace(self.run)
            self.run = read
