"""A bundle: checked policy documents, compiled, with one name for all of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Protocol

from policies.approval_plan import ApprovalPlanner
from policies.decisions import Decision, Derived, FindingLike, OutputVerdict, ReasonCode, Verdict
from policies.dictionaries import Dictionaries
from policies.documents import ActionClass, Audit, Autonomy, Document, Number, Quadrant, RuleList, Workflow
from policies.evaluation import Evaluator
from policies.explanation import explain
from policies.facts import FactResolver
from policies.loading import read_canonical, read_sources
from policies.outputs import OutputEvaluator
from policies.parse_approvals import approvals_of
from policies.reads import Reads
from policies.sampling import AuditPlan
from policies.velocity import Window, windows_of
from policies.workflow_votes import Workflows

_VERSION = "v1"
# Hex digits, for people. Two of 1,000 bundles are alike with 3 %, so code compares `snapshot`.
# Source: birthday bound, 1 - exp(-1000^2 / (2 * 16^6)).
_SHORT_DIGITS = 6
# Hex digits that tell two texts of one workflow apart.
_DEFINITION_DIGITS = 32


class Decide(Protocol):
    """Gives the verdict on a proposed action; never raises."""

    def __call__(self, event: Mapping[str, object], derived: Derived) -> Verdict: ...


class Bundle:
    """The policy of a moment; immutable, and equal to any bundle of the same snapshot."""

    def __init__(self, documents: Sequence[Document], canonical: str) -> None:
        self._canonical = canonical
        self._documents = tuple(documents)
        self._snapshot = hashlib.sha256(canonical.encode("ascii")).hexdigest()
        self._short = f"{_VERSION}:{self._snapshot[:_SHORT_DIGITS]}"
        self._autonomy = next((d.autonomy for d in documents if d.autonomy), None)
        self._audit = next((d.audit for d in documents if d.audit), None)
        self._approvals = ApprovalPlanner(approvals_of(self._documents))
        self._rule_lists = tuple(entry for document in documents for entry in document.rule_lists)
        defaults = {name: value for document in documents for name, value in document.defaults.items()}
        classes = next((d.action_classes for d in documents if d.action_classes is not None), ())
        self._quadrants = next((d.quadrants for d in documents if d.quadrants is not None), ())
        self._audit_plan = AuditPlan(self._audit, _audit_weights(classes, self._quadrants)) if self._audit else None
        self._resolver = FactResolver(_owned(classes, self._quadrants), defaults)
        evaluator = Evaluator(
            self._rule_lists, self._autonomy, self._resolver, audit=self._audit, quadrants=self._quadrants
        )
        # The evaluator's own method: a call through another one would cost a tenth of a decision.
        self.decide: Decide = evaluator.decide
        self.decide_alone: Decide = evaluator.decide
        self._reads = evaluator.reads
        self._in_order = Workflows(_defined(self.workflows, canonical), self._resolver)
        if self._in_order:
            self.decide = self._decide_in_order
        self._velocity_windows = windows_of(documents)
        with_outputs = [d for d in documents if d.output_rules is not None or d.field_rules is not None]
        self._outputs = OutputEvaluator(
            [d.output_rules or () for d in with_outputs],
            [rule for d in with_outputs for rule in d.field_rules or ()],
            has_policy=bool(with_outputs),
        )

    @property
    def snapshot(self) -> str:
        """SHA-256 over the canonical documents, 64 hex digits: what is compared."""
        return self._snapshot

    @property
    def short(self) -> str:
        """`v1:` and six hex digits: what people see."""
        return self._short

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents in the order of their names."""
        return self._documents

    @property
    def autonomy(self) -> Autonomy | None:
        """The autonomy document, None when the bundle has none."""
        return self._autonomy

    @property
    def audit(self) -> Audit | None:
        """The audit document, None when the bundle has none."""
        return self._audit

    @property
    def audit_plan(self) -> AuditPlan | None:
        """The compiled audit document, for sampling."""
        return self._audit_plan

    @property
    def quadrants(self) -> tuple[Quadrant, ...]:
        """How tasks are treated that no list decides, by risk and ambiguity."""
        return self._quadrants

    @property
    def workflows(self) -> tuple[Workflow, ...]:
        """The workflows of the bundle, in the order of their documents."""
        return tuple(document.workflow for document in self._documents if document.workflow is not None)

    @property
    def workflow_order(self) -> Workflows:
        """The workflows as they vote; false where there are none, and `Derived.workflows` is not read."""
        return self._in_order

    def _decide_in_order(self, event: Mapping[str, object], derived: Derived) -> Verdict:
        """The verdict of the lists with what workflows make of it; an error while they vote denies."""
        verdict = self.decide_alone(event, derived)
        try:
            return self._in_order.judge(verdict, event, derived)
        except Exception as error:  # the boundary, as that of the lists
            reason = f"evaluation failed: {type(error).__name__}"
            return Verdict(Decision.DENY, reason, ReasonCode.EVALUATION_FAILED, derived.autonomy_level)

    @property
    def velocity_windows(self) -> tuple[Window, ...]:
        """The windows for which `Derived.velocity` has to hold counts; empty when no condition asks."""
        return self._velocity_windows

    @property
    def reads(self) -> Reads | None:
        """What of an action its verdict depends on, workflows apart; None where that cannot be listed."""
        return self._reads

    @property
    def approvals(self) -> ApprovalPlanner:
        """How people decide what this bundle holds; without approval documents, explicitly and one by one."""
        return self._approvals

    @cached_property
    def dictionaries(self) -> Dictionaries:
        """The terms that are looked for in outputs, compiled when they are asked for first."""
        return Dictionaries(self._documents)

    def canonical(self) -> str:
        """The bundle as ASCII JSON from which `load_canonical` gives an equal bundle."""
        return self._canonical

    def decide_output(self, output: Mapping[str, object], findings: Sequence[FindingLike]) -> OutputVerdict:
        """The verdict on an output with what detectors found in it; never raises."""
        return self._outputs.decide(output, findings)

    def explain(self, event: Mapping[str, object], derived: Derived) -> dict[str, object]:
        """Every rule considered, every vote and the verdict, as JSON data."""
        return explain(self, event, derived)

    @property
    def resolver(self) -> FactResolver:
        """How this bundle turns an event into facts."""
        return self._resolver

    def lists_for(self, level: int) -> tuple[RuleList, ...]:
        """The lists that vote on an action of an agent of this level: invariants, rules, then the level's own."""
        ordered = sorted(self._rule_lists, key=lambda entry: (entry.kind != "invariants", entry.document))
        current = self._autonomy.level_for(level) if self._autonomy else None
        return (*ordered, current) if current else tuple(ordered)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bundle) and other._snapshot == self._snapshot

    def __hash__(self) -> int:
        return hash(self._snapshot)

    def __repr__(self) -> str:
        return f"Bundle({self.short}, {len(self._documents)} documents)"


def _defined(workflows: Sequence[Workflow], canonical: str) -> list[tuple[Workflow, str]]:
    """Each workflow with a digest of its text: a run goes on only under the text that it began with."""
    if not workflows:
        return []
    documents = json.loads(canonical)["documents"]
    found: list[tuple[Workflow, str]] = []
    for workflow in workflows:
        text = json.dumps([documents[workflow.document].get(key) for key in ("trigger", "steps")], sort_keys=True)
        found.append((workflow, hashlib.sha256(text.encode()).hexdigest()[:_DEFINITION_DIGITS]))
    return found


def _audit_weights(classes: Sequence[ActionClass], quadrants: Sequence[Quadrant]) -> dict[str, Number]:
    """How many times as often the actions of a class are sampled, where its quadrant says so."""
    weights = {(entry.risk, entry.ambiguity): entry.audit_weight for entry in quadrants}
    found: dict[str, Number] = {}
    for entry in classes:
        # Classes of one name may stand in several quadrants: the largest weight counts.
        weight = weights.get((entry.risk or "", entry.ambiguity or ""), 1)
        found[entry.name] = max(weight, found.get(entry.name, 1))
    return found


def _owned(classes: Sequence[ActionClass], quadrants: Sequence[Quadrant]) -> tuple[ActionClass, ...]:
    """The classes, those without an owner with the owner of their quadrant."""
    owners = {(entry.risk, entry.ambiguity): entry.owner_role for entry in quadrants}
    return tuple(
        replace(entry, owner=owners.get((entry.risk or "", entry.ambiguity or ""))) if entry.owner is None else entry
        for entry in classes
    )


def load_bundle(sources: Mapping[str, str]) -> Bundle:
    """The bundle that files make, given as file name -> text; no files make a bundle that denies everything.

    Raises: PolicyLoadError with every problem found, as `file:line:col: CODE message`.
    """
    return Bundle(*read_sources(sources))


def load_canonical(text: str) -> Bundle:
    """The bundle that `Bundle.canonical` wrote; places in files are lost.

    Raises: PolicyLoadError when the text is no canonical bundle or does not load any more.
    """
    return Bundle(*read_canonical(text))
