"""What the workflows of a bundle say about one action: a vote beside those of the lists, which can only be stricter.

Theory of operation. A workflow owns the topics of its action steps. Such an action goes out in a session in which the
workflow's trigger went out before, once its step is next, and once only; what people have to settle first makes it wait
for them; everything else is denied under a code of its own. The gate says where the runs of the session stand
(`Derived.workflows`); a workflow of which it says nothing has no run there. Where several workflows own a topic, one
whose run wants it is enough.

# INVARIANT: the vote of a step that is not ready is a denial, or asks people to settle what is before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from policies.approval_documents import ApprovalClass
from policies.constraints import ConstraintConflictError, exceeds, merge
from policies.decisions import NO_CONSTRAINTS, NO_SOURCES, Decision, Derived, ReasonCode, Stage, Verdict
from policies.documents import Step, Workflow
from policies.facts import FactResolver
from policies.slices import AMOUNT_CONSTRAINT, conflict_reason, propose_again
from policies.workflow_progress import Grant, Progress, StepState
from policies.workflow_runs import RunMachine
from policies.workflows import Plan, Planner, Standing, TimeoutAction, timeout_action

_WHY: Final = {
    Standing.RUNNING: "it runs already",
    Standing.THROUGH: "it is done already",
    Standing.WAITING: "what comes before it is not done",
    Standing.SKIPPED: "the workflow went another way",
    Standing.STOPPED: "it, or what comes before it, failed or was refused",
    Standing.HELD: "it took longer than its time",
}
_REMEDIES: Final = {
    Standing.WAITING: "propose it again, under an id of its own, when the steps before it have succeeded",
    Standing.STOPPED: "begin the workflow anew with its trigger",
}


class Workflows:
    """The workflows of a bundle, ready to vote; false when there are none."""

    def __init__(self, workflows: Sequence[tuple[Workflow, str]], resolver: FactResolver) -> None:
        """Each workflow comes with a name for its text, by which its runs are known."""
        self.machines: dict[str, RunMachine] = {}
        self._by_trigger: dict[str, list[str]] = {}
        self._by_topic: dict[str, list[tuple[str, str]]] = {}
        self._resolver = resolver
        for workflow, definition in workflows:
            self.machines[workflow.name] = RunMachine(Planner(workflow), definition=definition)
            self._by_trigger.setdefault(workflow.trigger, []).append(workflow.name)
            for step in workflow.steps.values():
                if step.topic is not None:
                    self._by_topic.setdefault(step.topic, []).append((workflow.name, step.name))

    def __bool__(self) -> bool:
        return bool(self.machines)

    def concerned(self, topic: object) -> tuple[str, ...]:
        """The names of the workflows that a topic begins or that own it."""
        if not isinstance(topic, str):
            return ()
        owning = (name for name, _ in self._by_topic.get(topic, ()))
        return tuple(dict.fromkeys((*self._by_trigger.get(topic, ()), *owning)))

    def begun_by(self, topic: str) -> tuple[str, ...]:
        """The names of the workflows that a topic begins."""
        return tuple(self._by_trigger.get(topic, ()))

    def judge(self, verdict: Verdict, event: Mapping[str, object], derived: Derived) -> Verdict:
        """The verdict of the lists with what workflows make of it; raises what facts raise."""
        topic = event.get("topic")
        if not isinstance(topic, str):
            return verdict
        stages = [
            stage
            for stage in (self._begins(topic, derived.workflows), self._owns(topic, derived.workflows))
            if stage is not None
        ]
        for stage in stages:
            verdict = self._with_stage(verdict, stage, event, derived)
        return verdict

    def explain(self, topic: object, runs: Mapping[str, Progress]) -> Iterator[dict[str, object]]:
        """Where each workflow stands that a topic concerns, as JSON data."""
        for name in self.concerned(topic):
            machine, progress = self.machines[name], runs.get(name)
            workflow = machine.planner.workflow
            found = {"workflow": name, "document": workflow.document, "is_begun": progress is not None}
            if progress is None:
                yield found
                continue
            current = machine.planner.plan(progress)
            yield {
                **found,
                "steps": {step: standing.value for step, standing in current.standings.items()},
                "chosen": dict(current.chosen),
                "open": dict(current.held),
                "is_over": current.is_over,
            }

    def _begins(self, topic: str, runs: Mapping[str, Progress]) -> Stage | None:
        """What the workflows say that this topic begins: one that runs in the session does not begin again."""
        for name in self._by_trigger.get(topic, ()):
            machine = self.machines[name]
            stage = Stage(name, machine.planner.workflow.document, None)
            if name in runs and not machine.planner.plan(runs[name]).is_over:
                return stage._replace(
                    decision=Decision.DENY,
                    reason=f"workflow {name} runs already in this session",
                    reason_code=ReasonCode.WORKFLOW_IN_PROGRESS,
                    remediation="go on with its steps, or begin it in another session",
                )
        return None

    def _owns(self, topic: str, runs: Mapping[str, Progress]) -> Stage | None:
        """The mildest that the workflows say that own the topic; a run says more than none."""
        entries = self._by_topic.get(topic)
        if entries is None:
            return None
        stages = [self._stage(name, step, runs.get(name)) for name, step in entries]
        return min(stages, key=lambda stage: (stage.decision.strictness, stage.reason_code is _NOT_STARTED))

    def _stage(self, name: str, step_name: str, progress: Progress | None) -> Stage:
        planner = self.machines[name].planner
        step = planner.workflow.steps[step_name]
        stage = Stage(name, planner.workflow.document, step_name)
        what = f"step {step_name} of workflow {name}"
        if progress is None:
            return stage._replace(
                decision=Decision.DENY,
                reason=f"{what}: the workflow was not begun in this session",
                reason_code=_NOT_STARTED,
                remediation=f"begin the workflow with {planner.workflow.trigger}",
            )
        current = planner.plan(progress)
        is_taken = progress.states.get(step_name) is StepState.PROPOSED
        standing = Standing.RUNNING if is_taken else current.standings[step_name]
        grants = None if is_taken else planner.grants(progress, step_name)
        if grants is None:
            return stage._replace(
                decision=Decision.DENY,
                reason=f"{what}: {_WHY[standing]}",
                reason_code=ReasonCode.WORKFLOW_OUT_OF_ORDER,
                remediation=_REMEDIES.get(standing),
            )
        approvals = [planner.workflow.steps[grant.step] for grant in grants if grant.branch is None]
        for grant in grants:
            progress = progress.with_grant(grant)
        passed = (planner.workflow.steps[other] for other in planner.approvals_before(progress, step_name))
        try:
            constraints = merge([other.constraints for other in (step, *passed, *approvals) if other.constraints])
        except ConstraintConflictError as error:
            reason, code = conflict_reason(error), ReasonCode.CONSTRAINT_CONFLICT
            return stage._replace(decision=Decision.DENY, reason=reason, reason_code=code)
        stage = stage._replace(constraints=constraints)
        return _asked(stage, current, grants, approvals) if grants else stage

    def _with_stage(self, verdict: Verdict, stage: Stage, event: Mapping[str, object], derived: Derived) -> Verdict:
        verdict = verdict._replace(stage=stage)
        if verdict.decision is Decision.DENY:
            return verdict
        if stage.decision is Decision.DENY:
            return _named(verdict, stage, reason=stage.reason, code=stage.reason_code)
        if stage.constraints:
            try:
                constraints = merge([part for part in (verdict.constraints, stage.constraints) if part])
            except ConstraintConflictError as error:
                return _denied(verdict, stage, reason=conflict_reason(error), code=ReasonCode.CONSTRAINT_CONFLICT)
            refused = self._over_limit(verdict, stage, constraints, event=event, derived=derived)
            if refused is not None:
                return refused
            sources = {
                name: (*verdict.constraint_sources.get(name, ()), *((stage.rule_id,) * (name in stage.constraints)))
                for name in constraints
            }
            verdict = verdict._replace(constraints=constraints, constraint_sources=sources)
            if verdict.decision is Decision.ALLOW:
                verdict = verdict._replace(decision=Decision.ALLOW_WITH_CONSTRAINTS)
        if stage.decision is not Decision.REQUIRE_APPROVAL:
            return verdict
        # What a workflow asks people for needs a written reason, whatever class a rule names for it.
        verdict = verdict._replace(approval=ApprovalClass.EXPLICIT)
        if verdict.decision is Decision.REQUIRE_APPROVAL:
            return verdict
        return _named(verdict, stage, reason=stage.reason, code=stage.reason_code)

    def _over_limit(
        self,
        verdict: Verdict,
        stage: Stage,
        constraints: Mapping[str, object],
        *,
        event: Mapping[str, object],
        derived: Derived,
    ) -> Verdict | None:
        """The denial of an amount that is over what the workflow lets through, or that nobody knows."""
        limit = constraints.get(AMOUNT_CONSTRAINT)
        if AMOUNT_CONSTRAINT not in stage.constraints or not isinstance(limit, (int, float)):
            return None
        for known in self._resolver.classes_for(event):
            amount = self._resolver.resolve(event, derived, known).amount_usd
            if amount is None:
                missing = tuple(dict.fromkeys((*verdict.missing, "amount_usd")))
                names = ", ".join(missing)
                refused = _denied(verdict, stage, reason=f"decided without {names}", code=ReasonCode.FIELD_MISSING)
                return refused._replace(missing=missing, remediation=propose_again(names))
            if exceeds(amount, limit):
                reason = f"the amount is over {AMOUNT_CONSTRAINT} of {limit}"
                return _denied(verdict, stage, reason=reason, code=ReasonCode.CONSTRAINT_EXCEEDED)
        return None


_NOT_STARTED: Final = ReasonCode.WORKFLOW_NOT_STARTED


def _asked(stage: Stage, current: Plan, grants: Sequence[Grant], approvals: Sequence[Step]) -> Stage:
    """The stage of a step that waits for people only."""
    is_open = any(grant.branch is not None or grant.step in current.held for grant in grants)
    why = [current.held[grant.step] for grant in grants if grant.step in current.held]
    why += [step.reason for step in approvals if step.reason is not None]
    timed = [step for step in approvals if step.timeout_s is not None]
    people = sum(step.kind == "approval" for step in approvals)
    names = ", ".join(grant.step for grant in grants)
    return stage._replace(
        decision=Decision.REQUIRE_APPROVAL,
        reason=f"step {stage.step} of workflow {stage.workflow} needs {names}: {'; '.join(why) or 'a person decides'}",
        reason_code=ReasonCode.WORKFLOW_UNDECIDED if is_open else ReasonCode.WORKFLOW_APPROVAL,
        grants=tuple(grants),
        approvers=max(1, people),
        timeout_s=min((step.timeout_s for step in timed if step.timeout_s is not None), default=None),
        escalates=bool(timed) and all(timeout_action(step) is TimeoutAction.ESCALATE for step in timed),
    )


def _named(verdict: Verdict, stage: Stage, *, reason: str, code: ReasonCode) -> Verdict:
    """The verdict with the workflow's decision in place of the lists'."""
    if stage.decision is Decision.DENY:
        return _denied(verdict, stage, reason=reason, code=code)
    return verdict._replace(
        decision=stage.decision,
        reason=reason,
        reason_code=code,
        rule_id=stage.rule_id,
        document=stage.document,
        remediation=stage.remediation,
    )


def _denied(verdict: Verdict, stage: Stage, *, reason: str, code: ReasonCode) -> Verdict:
    return verdict._replace(
        decision=Decision.DENY,
        reason=reason,
        reason_code=code,
        rule_id=stage.rule_id,
        document=stage.document,
        constraints=NO_CONSTRAINTS,
        constraint_sources=NO_SOURCES,
        remediation=stage.remediation,
        approval=None,
    )
