"""Decisions per second: ours, the naive evaluator and Cedar's Python binding on the same rules; one step of the gate.

    python -m bench.policy [--rules 100 1000 10000]

*Warm* decides events whose topics come back; *unique* gives every event a topic of its own under the common prefix,
after the bounded memo of topics is full, which is what an agent that wants to slow the gate would send. The machine
may be shared and noisy, so a rate is that of the best of many short chunks.

Cedar knows permit and forbid: `allow` and `allow_with_constraints` become permit, the others forbid, and numbers are
scaled to its integers; it answers less than ours does (no levels, no constraints, no unknown fields), on conditions of
the same shape. It is measured when it is installed (dependency group `bench`); without it the column says so.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import random
import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench.load import actions, bundle_sources
from detectors import Scanner
from policies.bundle import Bundle, load_bundle
from policies.decisions import Derived
from streams.gate import Gate
from streams.intake import Position, Reader
from streams.native_step import is_built, outgoing
from streams.state import LaneState
from streams.terms import Terms
from streams.topics import ACTIONS_PROPOSED
from tests.policies import reference

try:
    import cedarpy
except ImportError:
    cedarpy = None

AREAS = ("support", "billing", "crm", "deploy", "data", "search", "ticket", "catalog", "report", "mail")
VERBS = ("read", "list", "update", "create", "close", "send", "export", "sync", "merge", "assign")
TAGS = ("prod", "write", "read", "delete", "secrets", "egress", "pii", "financial")
DECISIONS = ("allow", "allow", "allow_with_constraints", "require_approval", "deny")
DERIVED = Derived(0, first_time=False, retry_count=0)
EVENTS = 20_000
_CENTS = 100  # Cedar has integers only: shares and amounts in hundredths
_MAX_BYTES = 512 * 1024
NOW_MS = 1_767_225_600_000

Rule = dict[str, Any]
Event = dict[str, Any]


def rules_of(count: int, *, seed: int) -> list[Rule]:
    """Rules about areas and verbs, with thresholds and tags; the last one allows the rest."""
    rng = random.Random(seed)
    spread = max(1, count // 40)
    optional: tuple[tuple[str, float, Callable[[], Any]], ...] = (
        ("risk_tags", 0.4, lambda: rng.sample(TAGS, 2)),
        ("confidence_below", 0.3, lambda: round(rng.random(), 2)),
        ("anomaly_score_above", 0.3, lambda: round(rng.random(), 2)),
        ("amount_usd_above", 0.2, lambda: rng.randrange(10_000)),
        ("environments", 0.2, lambda: [rng.choice(("prod", "stage"))]),
    )
    found: list[Rule] = []
    for index in range(count - 1):
        area, verb = f"{rng.choice(AREAS)}{rng.randrange(spread)}", rng.choice(VERBS)
        globs = (f"job.{area}.{verb}", f"job.{area}.*", f"job.*.{verb}{rng.randrange(spread)}", f"job.{area}.*.{verb}")
        match: dict[str, Any] = {"topics": [rng.choice(globs)]}
        match |= {name: make() for name, share, make in optional if rng.random() < share}
        rule: Rule = {"id": f"r{index}", "match": match, "decision": rng.choice(DECISIONS)}
        if rule["decision"] in ("allow_with_constraints", "require_approval"):
            rule["constraints"] = {"max_runtime_sec": rng.randrange(100)}
        found.append(rule)
    return [*found, {"id": "rest", "match": {"topics": ["*"]}, "decision": "allow"}]


def sources_of(rules: Sequence[Rule]) -> dict[str, str]:
    """The rules as three documents, so that three lists vote."""
    third = len(rules) // 3
    parts = (rules[:third], rules[third : 2 * third], rules[2 * third :])
    return {f"part{number}.json": json.dumps({"rules": part}) for number, part in enumerate(parts)}


def events_of(count: int, rules: int, *, seed: int, is_unique: bool = False) -> list[Event]:
    """Plain events; `is_unique` gives each a topic that no other has."""
    rng = random.Random(seed)
    spread = max(1, rules // 40)
    return [
        {
            "action_id": str(index),
            "agent_id": f"agent-{rng.randrange(200)}",
            "topic": ".".join(
                (
                    "job",
                    f"{rng.choice(AREAS)}{rng.randrange(spread)}",
                    *((f"u{index}",) if is_unique else ()),
                    rng.choice(VERBS),
                )
            ),
            "tool": "crm_call",
            "arguments": {"customer_id": f"C{rng.randrange(10**8):08d}"},
            "risk_tags": rng.sample(TAGS, rng.randrange(3)),
            "confidence": round(rng.random(), 3),
            "anomaly_score": round(rng.random(), 3),
            "amount_usd": rng.randrange(12_000),
            "environment": rng.choice(("prod", "stage", "dev")),
            "tenant_id": "acme",
        }
        for index in range(count)
    ]


def rate(decide_all: Callable[[Sequence[Event]], None], events: Sequence[Event], *, chunk: int = 500) -> float:
    """Decisions per second of the best chunk."""
    best = float("inf")
    gc.collect()
    gc.disable()
    for start in range(0, len(events) - chunk + 1, chunk):
        part = events[start : start + chunk]
        began = time.perf_counter()
        decide_all(part)
        best = min(best, time.perf_counter() - began)
    gc.enable()
    return chunk / best


def ours(rules: Sequence[Rule]) -> dict[str, float]:
    """Rates, compile time and memory of the compiled evaluator."""
    loaded = load_bundle(sources_of(rules))
    canonical = loaded.canonical()
    took = []
    for _ in range(3):
        began = time.perf_counter()
        Bundle(loaded.documents, canonical)
        took.append(time.perf_counter() - began)
    tracemalloc.start()
    bundle = Bundle(loaded.documents, canonical)
    compiled = tracemalloc.get_traced_memory()[0]
    warm, unique = (
        events_of(EVENTS, len(rules), seed=2),
        events_of(3 * EVENTS, len(rules), seed=3, is_unique=True),
    )
    before = tracemalloc.get_traced_memory()[0]
    _deciding(bundle)((*warm, *unique))
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    fresh, flooded = Bundle(loaded.documents, canonical), Bundle(loaded.documents, canonical)
    _deciding(fresh)(warm)
    _deciding(flooded)(unique[:EVENTS])
    return {
        "warm": max(rate(_deciding(fresh), warm) for _ in range(3)),
        "unique": rate(_deciding(flooded), unique[EVENTS:]),
        "compile_ms": 1e3 * min(took),
        "compiled_mib": compiled / 2**20,
        "kept_mib": kept / 2**20,
    }


def _deciding(bundle: Bundle) -> Callable[[Sequence[Event]], None]:
    def decide_all(events: Sequence[Event]) -> None:
        decide = bundle.decide
        for event in events:
            decide(event, DERIVED)

    return decide_all


def naive(rules: Sequence[Rule]) -> float:
    """The rate of the plain reference: every condition of every rule, one after the other."""
    bundle = load_bundle(sources_of(rules))
    count = max(20, 20_000 // len(rules))
    events = events_of(3 * count, len(rules), seed=2)

    def decide_all(part: Sequence[Event]) -> None:
        for event in part:
            reference.decide(bundle, event, DERIVED)

    return rate(decide_all, events, chunk=count)


def cedar_policy(rule: Rule) -> str:
    """A rule in Cedar's language."""
    match = rule["match"]
    wanted = [" || ".join(f'context.topic like "{glob}"' for glob in match["topics"])]
    if "risk_tags" in match:
        wanted.append(f"context.risk_tags.containsAny({json.dumps(match['risk_tags'])})")
    for name, field, operator in (
        ("confidence_below", "confidence", "<"),
        ("anomaly_score_above", "anomaly_score", ">"),
        ("amount_usd_above", "amount_usd", ">"),
    ):
        if name in match:
            wanted.append(f"context.{field} {operator} {round(_CENTS * match[name])}")
    if "environments" in match:
        wanted.append(f"{json.dumps(match['environments'])}.contains(context.environment)")
    effect = "permit" if rule["decision"].startswith("allow") else "forbid"
    conditions = " && ".join(f"({condition})" for condition in wanted)
    return f'@id("{rule["id"]}") {effect}(principal, action, resource) when {{ {conditions} }};'


def cedar(rules: Sequence[Rule]) -> float | None:
    """The rate of Cedar's binding with the policies parsed before; None when it is not installed."""
    if cedarpy is None:
        return None
    policies = cedarpy.PolicySet.from_str("\n".join(cedar_policy(rule) for rule in rules))
    entities = cedarpy.Entities.from_json_str("[]")
    count = max(20, 20_000 // len(rules))
    requests = [
        {
            "principal": {"type": "Agent", "id": event["agent_id"]},
            "action": {"type": "Action", "id": "propose"},
            "resource": {"type": "Tool", "id": event["tool"]},
            "context": {
                "topic": event["topic"],
                "risk_tags": event["risk_tags"],
                "confidence": round(_CENTS * event["confidence"]),
                "anomaly_score": round(_CENTS * event["anomaly_score"]),
                "amount_usd": _CENTS * event["amount_usd"],
                "environment": event["environment"],
            },
        }
        for event in events_of(3 * count, len(rules), seed=2)
    ]
    answer = cedarpy.is_authorized(requests[0], policies, entities)
    if answer.diagnostics.errors:
        raise RuntimeError(f"cedar could not evaluate the rules: {answer.diagnostics.errors[:1]}")

    def decide_all(part: Sequence[Event]) -> None:
        for request in part:
            cedarpy.is_authorized(request, policies, entities)

    return rate(decide_all, requests, chunk=count)


def gate_step(*, is_compiled: bool, count: int = 20_000) -> float:
    """Steps per second from the record's bytes to the effects, with 100 rules, in one process.

    Every action belongs to the lane: one of another lane would only be sent on, which costs half.
    """
    gate = Gate(Terms(load_bundle(bundle_sources()), Scanner(), bytes(32)))
    reader, state = Reader(1, _MAX_BYTES), LaneState(0)
    plain = gate.compiled(reader) if is_compiled else None
    new = partial(outgoing, NOW_MS)
    records: list[Any] = [
        SimpleNamespace(offset=offset, key=agent.encode(), value=value, headers=())
        for offset, (agent, value) in enumerate(actions(count, seed=4, run="bench"))
    ]
    best, chunk = float("inf"), 40
    gc.collect()
    gc.freeze()  # as a worker does once it has started
    for start in range(0, count, chunk):
        began, at, end = time.perf_counter(), start, start + chunk
        targets = None if plain is None else (new(), new(), new(), new())
        while at < end:
            if plain is not None and targets is not None:
                at += plain.run(state, 0, records[at:end], NOW_MS, _MAX_BYTES, targets)[0]
            if at < end:
                position = Position(ACTIONS_PROPOSED.name, 0, at)
                intake = reader.read(position, key=records[at].key, value=records[at].value, headers=())
                gate.step(state, intake, NOW_MS)
                at += 1
        best = min(best, time.perf_counter() - began)
        state.take_changes(NOW_MS)
    gc.unfreeze()
    return chunk / best


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rules", type=int, nargs="+", default=[100, 1_000, 10_000])
    args = parser.parse_args()
    print(f"{_processor()}, Python {platform.python_version()}, one process")
    print("rules    warm/s  unique/s   naive/s   cedar/s   x cedar   compile ms   index MiB   memos MiB")
    for count in args.rules:
        rules = rules_of(count, seed=1)
        found, plain, peer = ours(rules), naive(rules), cedar(rules)
        shown, ratio = ("absent", "") if peer is None else (f"{peer:,.0f}", f"{found['warm'] / peer:,.0f}")
        print(
            f"{count:<6,} {found['warm']:>9,.0f} {found['unique']:>9,.0f} {plain:>9,.0f} {shown:>9} {ratio:>9}"
            f" {found['compile_ms']:>12.1f} {found['compiled_mib']:>11.2f} {found['kept_mib']:>11.2f}"
        )
    if cedarpy is None:
        print("cedar is absent: install the dependency group bench to see it")
    print(f"gate step, 100 rules, in Python: {gate_step(is_compiled=False):,.0f}/s")
    compiled = f"{gate_step(is_compiled=True):,.0f}/s" if is_built() else "not built"
    print(f"gate step, 100 rules, compiled short way: {compiled}")


if __name__ == "__main__":
    main()
