"""Random bundles and events over a vocabulary small enough that they meet."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from decimal import Decimal

from hypothesis import strategies as st

from policies.bundle import Bundle, load_bundle
from policies.decisions import NO_RUNS, Derived

TOPICS = ("job.a.read", "job.a.write", "job.b.read", "job.b.x.write", "job", "a.read", "job.a.read.b")
GLOBS = ("job.*", "*.read", "job.a.*", "job.*.write", "*", "job.a.read", "*b*", "job.b*.w*e", "a.*")
TAGS = ("prod", "write", "read", "delete")
CUTS = (0.1, 0.3, 0.5, 0.7)
AMOUNTS = (0.1, 10, 99.5, 100, 5000)
NAMES = ("n1", "n2", "x1")
NAME_GLOBS = ("n1", "n*", "x1", "*1")
WHENS = (
    "amount_usd > 50 AND arguments.amount < 100",
    "NOT (reversible OR customer_facing)",
    "tool IN ['n1', 'n2'] OR confidence * 2 > anomaly_score",
    "arguments.undo",
    "arguments.amount IS MISSING",
    "labels.k1 == 'n1' AND retry_count != 2",
    "arguments.amount / affected_users > 10",
)
_NOTHING: dict[str, st.SearchStrategy[object]] = {}
DECISIONS = ("allow", "allow_with_constraints", "require_approval", "deny")


def _some(values: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)


CONDITIONS: dict[str, st.SearchStrategy[object]] = {
    "topics": _some(GLOBS),
    "risk_tags": _some(TAGS),
    "risk_tags_all": _some(TAGS),
    "agents": _some(NAME_GLOBS),
    "tenants": _some(NAMES),
    "tools": _some(NAME_GLOBS),
    "environments": _some(NAMES),
    "labels": st.dictionaries(st.sampled_from(("k1", "k2")), _some(NAME_GLOBS), min_size=1, max_size=2),
    "confidence_below": st.sampled_from(CUTS),
    "anomaly_score_above": st.sampled_from(CUTS),
    "retry_count_above": st.integers(0, 3),
    "amount_usd_above": st.sampled_from(AMOUNTS),
    "affected_users_above": st.integers(0, 3),
    "first_time_action": st.booleans(),
    "customer_facing": st.booleans(),
    "reversible": st.booleans(),
    "session_tainted": st.booleans(),
    "velocity": st.fixed_dictionaries({"max": st.integers(0, 3), "window_sec": st.sampled_from((60, 3600))}),
    "when": st.sampled_from(WHENS),
}
CONDITIONS["at_least"] = st.lists(
    st.sampled_from(sorted(CONDITIONS)).flatmap(lambda name: st.fixed_dictionaries({name: CONDITIONS[name]})),
    min_size=2,
    max_size=3,
).map(lambda of: {"count": 2, "of": of})

constraints: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    _NOTHING,
    optional={
        "max_runtime_sec": st.integers(0, 5),
        "max_amount_usd": st.sampled_from(AMOUNTS),
        "network_allowlist": _some(NAMES),
        "region": st.sampled_from(("eu", "us")),
        "read_only": st.booleans(),
    },
)


@st.composite
def rules(draw: st.DrawFn) -> dict[str, object]:
    """One rule; few conditions, so that rules often match."""
    names = draw(st.lists(st.sampled_from(sorted(CONDITIONS)), min_size=1, max_size=3, unique=True))
    match = {name: draw(CONDITIONS[name]) for name in names}
    rule: dict[str, object] = {"match": match, "decision": draw(st.sampled_from(DECISIONS))}
    if rule["decision"] in ("allow_with_constraints", "require_approval"):
        rule["constraints"] = draw(constraints)
    return rule


classes: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {
        "match": st.fixed_dictionaries({"topics": _some(GLOBS)}, optional={"tools": _some(NAME_GLOBS)}),
        "class": st.sampled_from(("c1", "c2")),
    },
    optional={
        "risk_tags": st.lists(st.sampled_from(TAGS), max_size=2, unique=True),
        "risk": st.sampled_from(("low", "high")),
        "ambiguity": st.sampled_from(("low", "high")),
        "approval": st.sampled_from(("auto", "queue", "explicit")),
        "customer_facing": st.booleans(),
        "facts": st.just({"environment": "n1"}),
        "derive": st.just({"amount_usd": "arguments.amount", "reversible": "arguments.undo"}),
    },
)


deriveds = st.builds(
    Derived,
    autonomy_level=st.integers(0, 3),
    first_time=st.booleans(),
    retry_count=st.integers(0, 3),
    session_tainted=st.none() | st.booleans(),
    velocity=st.sampled_from(((), ((60, 1),), ((60, 0), (3600, 3)))),
    workflows=st.just(NO_RUNS),
)


@st.composite
def documents(draw: st.DrawFn, *, with_classes: bool = True) -> dict[str, dict[str, object]]:
    """The documents of a bundle, name -> JSON data."""
    found: dict[str, dict[str, object]] = {"one": {"rules": draw(st.lists(rules(), min_size=1, max_size=5))}}
    if draw(st.booleans()):
        found["two"] = {"rules": draw(st.lists(rules(), min_size=1, max_size=4))}
    if draw(st.booleans()):
        found["three"] = {"invariants": draw(st.lists(rules(), min_size=1, max_size=2))}
    if draw(st.booleans()):
        levels = {f"level_{n}": {"rules": draw(st.lists(rules(), min_size=1, max_size=3))} for n in (0, 2)}
        found["levels"] = {"autonomy_levels": levels}
    if with_classes and draw(st.booleans()):
        found["classes"] = {"action_classes": draw(st.lists(classes, max_size=2))}
        if draw(st.booleans()):
            found["classes"]["quadrants"] = [
                {"risk": "low", "ambiguity": "low"},
                {"risk": "high", "ambiguity": "low", "constraints": {"max_amount_usd": 100}},
                {"risk": "high", "ambiguity": "high", "approval": "queue"},
            ]
    return found


def load(data: dict[str, dict[str, object]]) -> Bundle:
    """The bundle of documents given as JSON data."""
    return load_bundle({f"{name}.json": json.dumps(document) for name, document in data.items()})


events: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {"topic": st.sampled_from(TOPICS)},
    optional={
        "risk_tags": st.lists(st.sampled_from((*TAGS, "other")), max_size=3, unique=True),
        "agent_id": st.sampled_from(NAMES),
        "tenant_id": st.sampled_from(NAMES),
        "tool": st.sampled_from(NAMES),
        "environment": st.sampled_from(NAMES),
        "labels": st.dictionaries(st.sampled_from(("k1", "k2")), st.sampled_from(NAMES), max_size=2),
        "confidence": st.sampled_from((0.0, 0.1, 0.3, 0.4, 0.7, 1.0)),
        "anomaly_score": st.sampled_from((0.0, 0.1, 0.3, 0.6, 1.0)),
        "retry_count": st.integers(0, 4),
        "amount_usd": st.one_of(st.sampled_from((0, 0.1, 10, 99.5, 100, 100.5, 9000)), st.decimals(0, 200, places=2)),
        "affected_users": st.integers(0, 4),
        "customer_facing": st.booleans(),
        "reversible": st.booleans(),
        "arguments": st.fixed_dictionaries(
            _NOTHING, optional={"amount": st.sampled_from((1, 100, "100.5", -3, True)), "undo": st.booleans()}
        ),
    },
)


def random_event(rng: random.Random) -> dict[str, object]:
    """An event over the same vocabulary, drawn plainly: hypothesis takes a millisecond for one."""
    fields: dict[str, object] = {
        "risk_tags": rng.sample((*TAGS, "other"), rng.randrange(4)),
        "agent_id": rng.choice(NAMES),
        "tenant_id": rng.choice(NAMES),
        "tool": rng.choice(NAMES),
        "environment": rng.choice(NAMES),
        "labels": {name: rng.choice(NAMES) for name in ("k1", "k2") if rng.random() < 0.6},
        "confidence": rng.choice((0.0, 0.1, 0.3, 0.4, 0.7, 1.0, 1)),
        "anomaly_score": rng.choice((0.0, 0.1, 0.3, 0.6, 1.0)),
        "retry_count": rng.randrange(5),
        "amount_usd": rng.choice((0, 0.1, 10, 99.5, 100, 100.5, 9000, "0.1", "99.51", Decimal("10.00"))),
        "affected_users": rng.randrange(5),
        "customer_facing": rng.random() < 0.5,
        "reversible": rng.random() < 0.5,
        "arguments": {
            name: value
            for name, value in (("amount", rng.choice((1, 100, "100.5", -3, True))), ("undo", rng.random() < 0.5))
            if rng.random() < 0.7
        },
    }
    chance = rng.choice((0.0, 0.2, 0.6))
    return {"topic": rng.choice(TOPICS)} | {name: value for name, value in fields.items() if rng.random() >= chance}
