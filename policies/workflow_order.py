"""In which order the steps of a workflow can be settled, and which of them wait for each other."""

from __future__ import annotations

from collections.abc import Mapping

from policies.documents import Step


def followers(step: Step) -> tuple[str, ...]:
    """The steps that the branches of a step name, each once."""
    return tuple(dict.fromkeys(branch.next for branch in step.branches))


def order_of(steps: Mapping[str, Step]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the steps, each behind all that its standing is made from; and those that wait for each other."""
    waiting = _waiting(steps)
    order: list[str] = []
    while ready := [name for name, others in waiting.items() if not others]:
        for name in ready:
            del waiting[name]
        for others in waiting.values():
            others.difference_update(ready)
        order += ready
    return tuple(order), tuple(sorted(waiting))


def _waiting(steps: Mapping[str, Step]) -> dict[str, set[str]]:
    """What each step waits for: what it depends on, the conditions that name it, and what those may choose instead.

    A step that depends on a condition also waits for the step that the condition chooses, where that is an approval or
    where no branch names the step itself (see `workflows`).
    """
    waiting = {name: {other for other in step.depends_on if other in steps} for name, step in steps.items()}
    for step in steps.values():
        for following in followers(step):
            if following in waiting:
                waiting[following].add(step.name)
    for name, step in steps.items():
        for other in step.depends_on:
            if other not in steps:
                continue
            named = followers(steps[other])
            for following in named:
                is_awaited = name not in named or (following in steps and steps[following].kind == "approval")
                if following != name and following in steps and is_awaited:
                    waiting[name].add(following)
    return waiting
