"""Ways around a workflow: a tool that a step guards, and that is also granted under another topic than the step's.

A workflow owns topics, and the topic is the agent's word. Which tools a step guards, rules and action classes say that
name its topic: those that name it without a star, else those whose globs match it. Where none of them names tools, the
step guards whatever tool, and only what grants every tool leads around it. The topic of a later step of the same
workflow leads nowhere, because that step waits for this one.

What is granted is looked for in rules, levels of autonomy and the treatment of quadrants, less what an earlier rule of
the list, or another list, denies or shows to a person, and less what the tool's action class shuts out. So a finding
may be wrong where several rules together keep a tool from an agent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from policies.containment import contains, implies, overlaps
from policies.decisions import Decision
from policies.documents import ActionClass, Match, RuleList, Step, Workflow
from policies.globs import matches, quoted
from policies.lint_findings import Finding, LintCode, Place, Subject
from policies.lint_reach import Guards
from policies.lint_rules import is_all, may_be

_PERMISSIVE: Final = (Decision.ALLOW, Decision.ALLOW_WITH_CONSTRAINTS)
_EVERY: Final = ("*",)


@dataclass(frozen=True, slots=True)
class _Grant:
    """What permits actions without a person: a rule at its place in its list, or a class by its quadrant."""

    what: str
    place: Place
    match: Match
    entry: RuleList | None = None
    number: int = 0


def lint_detours(subject: Subject) -> Iterator[Finding]:
    """One finding for each grant and workflow that it leads around."""
    bundle = subject.bundle
    levels = bundle.autonomy.levels if bundle.autonomy else ()
    lists = [entry for document in bundle.documents for entry in document.rule_lists]
    every = (*lists, *levels)
    search = _Search(bundle.resolver.classes, Guards(lists, Decision.REQUIRE_APPROVAL))
    guarded = [
        (workflow, {step.name: _guarded(subject, every, step) for step in workflow.steps.values()})
        for workflow in bundle.workflows
    ]
    for grant in (*_rules(subject, every), *_treatments(subject)) if guarded else ():
        for workflow, tools in guarded:
            topics = {name: search.topic(grant, workflow, workflow.steps[name], tools=tools[name]) for name in tools}
            found = {name: topic for name, topic in topics.items() if topic is not None}
            if found:
                yield subject.at(grant.place, LintCode.DETOUR, _told(grant, workflow, found))


def _told(grant: _Grant, workflow: Workflow, found: Mapping[str, str]) -> str:
    """What is said of a grant that leads around some steps; `found` gives the topic for each of them."""
    topics = ", ".join(quoted(topic) for topic in dict.fromkeys(found.values()))
    names = ", ".join(quoted(name) for name in found)
    steps = f"step {names} of workflow {quoted(workflow.name)} guards"
    if len(found) > 1:
        steps = f"steps {names} of workflow {quoted(workflow.name)} guard"
    return f"{grant.what} permits under {topics} what {steps}: an agent that names that topic goes around the workflow"


def _rules(subject: Subject, lists: Sequence[RuleList]) -> Iterator[_Grant]:
    for entry in lists:
        for number, rule in enumerate(entry.rules):
            if entry.kind != "invariants" and rule.decision in _PERMISSIVE:
                what = f"rule {quoted(rule.id)}"
                yield _Grant(what, subject.places.of_rule(rule.id), rule.match, entry, number)


def _treatments(subject: Subject) -> Iterator[_Grant]:
    """The action classes whose quadrant permits what no list grants."""
    permissive = {(q.risk, q.ambiguity) for q in subject.bundle.quadrants if q.rule.decision in _PERMISSIVE}
    for document in subject.bundle.documents:
        for number, known in enumerate(document.action_classes or ()):
            if (known.risk, known.ambiguity) in permissive:
                place = subject.places.of_section(document.name, "action_classes", str(number))
                yield _Grant(f"class {quoted(known.name)}", place, Match(topics=known.topics, tools=known.tools))


def _guarded(subject: Subject, lists: Sequence[RuleList], step: Step) -> tuple[str, ...]:
    """The tools that a step guards, as globs; nothing where nothing grants its topic."""
    if step.topic is None:
        return ()
    granted = [rule.match for entry in lists for rule in entry.rules if rule.decision is not Decision.DENY]
    naming = [(match.topics, match.tools) for match in granted]
    naming += [(known.topics, known.tools) for known in subject.bundle.resolver.classes if known.topics is not None]
    by_name = [tools for topics, tools in naming if step.topic in (topics or ())]
    by_glob = [tools for topics, tools in naming if any(matches(glob, step.topic) for glob in topics or _EVERY)]
    for found in (by_name, by_glob):
        tools = tuple(dict.fromkeys(tool for given in found for tool in given or ()))
        if tools or (found and None in found):
            return tools or _EVERY
    return ()


class _Search:
    """Looks for the topics under which a grant permits what a step guards."""

    def __init__(self, classes: Sequence[ActionClass], guards: Guards) -> None:
        self._classes = classes
        self._guards = guards

    def topic(self, grant: _Grant, workflow: Workflow, step: Step, *, tools: Sequence[str]) -> str | None:
        """The first of them; None when there is none."""
        for topic in grant.match.topics or _EVERY:
            if "*" not in topic and (topic == step.topic or _is_later(workflow, topic, step)):
                continue
            for tool, own in product(grant.match.tools or _EVERY, tools):
                if not overlaps(tool, own) or (own == "*" and tool != "*"):
                    continue
                shared = own if contains(tool, own) else tool
                if self._is_open(grant, replace(grant.match, topics=(topic,), tools=(shared,))):
                    return topic
        return None

    def _is_open(self, grant: _Grant, match: Match) -> bool:
        """Whether a grant permits what this part of it holds for, with nothing stricter in its way."""
        earlier = grant.entry.rules[: grant.number] if grant.entry is not None else ()
        if any(rule.decision not in _PERMISSIVE and implies(match, rule.match) for rule in earlier):
            return False
        if self._guards.against(match, but=grant.entry) is not None:
            return False
        for known in self._classes:
            if may_be(known, match):
                if _may_grant(known, match):
                    return True
                if is_all(known, match):
                    return False
        return True


def _is_later(workflow: Workflow, topic: str, step: Step) -> bool:
    """Whether every step of this topic waits for another, whatever branches are taken."""
    owners = [other for other in workflow.steps.values() if other.topic == topic]
    return bool(owners) and all(step.name in _all_before(workflow, other) for other in owners)


def _all_before(workflow: Workflow, step: Step) -> set[str]:
    found: set[str] = set()
    left = [step.name]
    while left:
        new = [other for other in workflow.steps[left.pop()].depends_on if other not in found]
        found.update(new)
        left += new
    return found


def _may_grant(known: ActionClass, match: Match) -> bool:
    """Whether what an operator knows of a class leaves room for a match that grants; claims add nothing to it."""
    for name in ("customer_facing", "reversible"):
        wanted, fact = getattr(match, name), known.facts.get(name)
        if wanted is not None and fact is not None and wanted != fact:
            return False
    if known.risk_tags is None:
        return True
    tags = set(known.risk_tags)
    return (match.risk_tags is None or not tags.isdisjoint(match.risk_tags)) and tags >= set(match.risk_tags_all or ())
