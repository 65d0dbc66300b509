"""JSON Schema of policy documents, for editors: completion, hints and most mistakes while typing.

Names come from the tables that the parsers read by, so a key that a parser knows and the schema does not fails a test.
The schema accepts what loads; loading checks more (globs, expressions, ids over all documents).
Source: JSON Schema draft-07, the newest that the YAML language server reads in full.
"""

from __future__ import annotations

from policies.approval_documents import ALLOWED_TIMEOUTS, EvidenceField, Risk, Role
from policies.autonomy_documents import PER_WORDS
from policies.decisions import ReasonCode
from policies.parse_activation import ACTIVATION_FIELDS
from policies.parse_approvals import MAX_APPROVERS, MAX_WAIT_S
from policies.parse_facts import MAX_TAINT_S
from policies.parse_match import MAX_VELOCITY, MAX_WINDOW_S
from policies.parse_rules import DECISION_WORDS
from policies.parse_tasks import LEVELS, MAX_AUDIT_WEIGHT, STEP_KINDS, TREATMENTS
from policies.schema_outputs import outputs
from policies.schema_parts import (
    APPROVAL,
    COUNT,
    EXACT,
    FLAG,
    GLOB,
    GLOBS,
    NAME,
    NUMBER,
    RULES,
    SECONDS,
    SHARE,
    TEXT,
    WHEN,
    Schema,
    described,
    list_of,
    names_to,
    object_of,
    ref,
    words,
)
from policies.workflow_progress import StepState


def _match() -> Schema:
    window = {"type": "integer", "minimum": 1, "maximum": MAX_WINDOW_S}
    most = {"type": "integer", "minimum": 0, "maximum": MAX_VELOCITY}
    return object_of(
        {
            "topics": described(GLOBS, "a glob matches the topic; * crosses dots"),
            "risk_tags": described(EXACT, "one of these tags is there"),
            "risk_tags_all": described(EXACT, "all of these tags are there"),
            "agents": described(GLOBS, "a glob matches the agent's id"),
            "tenants": described(GLOBS, "a glob matches the tenant's id"),
            "tools": described(GLOBS, "a glob matches the tool"),
            "environments": described(GLOBS, "a glob matches the environment"),
            "labels": described(
                {**names_to({"anyOf": [GLOB, GLOBS]}), "minProperties": 1}, "every named label matches one of its globs"
            ),
            "confidence_below": described(SHARE, "the confidence is below this; equality does not fire"),
            "anomaly_score_above": described(SHARE, "the anomaly score is above this"),
            "retry_count_above": described(COUNT, "the larger of counted and claimed retries is above this"),
            "amount_usd_above": described(NUMBER, "the amount in US dollars is above this"),
            "affected_users_above": described(COUNT, "more users than this are affected"),
            "first_time_action": described(FLAG, "whether the gate has not seen agent, tool and topic together"),
            "customer_facing": described(FLAG, "whether a customer sees the action"),
            "reversible": described(FLAG, "whether the action can be undone"),
            "session_tainted": described(FLAG, "whether the agent has just read untrusted or sensitive content"),
            "velocity": described(
                object_of({"max": most, "window_sec": window}, required=("max", "window_sec")),
                "this is more than the max-th action of the agent and class within the window",
            ),
            "at_least": described(
                object_of(
                    {"count": {"type": "integer", "minimum": 1}, "of": list_of(ref("match"))}, required=("count", "of")
                ),
                "at least so many of these hold",
            ),
            "when": described(WHEN, "an expression over the event is true"),
        },
        at_least_one=True,
    )


def _rule() -> Schema:
    return object_of(
        {
            "id": described(NAME, "unique in the bundle; document/rules/0 when it is not given"),
            "match": described(ref("match"), "all of these hold"),
            "decision": described(words(DECISION_WORDS), "what the rule votes for"),
            "reason": described(TEXT, "why, for people"),
            "constraints": described(ref("constraints"), "travel with the cleared action"),
            "remediation": described(TEXT, "what the agent or its owner can do about it"),
            "approval": described(APPROVAL, "how much attention a person owes it"),
        },
        required=("match", "decision"),
    )


def _action_class() -> Schema:
    facts = {
        "amount_usd": NUMBER, "affected_users": NUMBER, "environment": NAME, "customer_facing": FLAG,
        "reversible": FLAG,
    }  # fmt: skip
    path = {"type": "string", "pattern": r"^arguments[.\[]", "maxLength": 256}
    return object_of(
        {
            "match": object_of({"topics": GLOBS, "tools": GLOBS}, at_least_one=True),
            "class": described(NAME, "the class of the actions that match"),
            "risk_tags": described(list_of(NAME, may_be_empty=True), "the tags that count for certain"),
            "owner": NAME,
            "risk": words(LEVELS),
            "ambiguity": words(LEVELS),
            "reversible": FLAG,
            "customer_facing": FLAG,
            "derive": described(object_of(dict.fromkeys(facts, path)), "facts read from the arguments"),
            "facts": described(object_of(facts), "facts that are always so"),
            "approval": APPROVAL,
            "kpis": EXACT,
            "taints_for_sec": described(
                {"type": "number", "minimum": 1, "maximum": MAX_TAINT_S}, "how long it taints the agent"
            ),
        },
        required=("match", "class"),
    )


def _quadrant() -> Schema:
    return object_of(
        {
            "risk": words(LEVELS),
            "ambiguity": words(LEVELS),
            "treatment": described(words(TREATMENTS), "what happens when no list decides"),
            "approval": APPROVAL,
            "constraints": ref("constraints"),
            "reason": TEXT,
            "owner_role": NAME,
            "kpis": EXACT,
            "audit_weight": described({"type": "number", "minimum": 1, "maximum": MAX_AUDIT_WEIGHT}, "times the rate"),
        },
        required=("risk", "ambiguity"),
    )


def _step() -> Schema:
    branch = object_of({"when": WHEN, "next": NAME}, required=("when", "next"))
    return object_of(
        {
            "type": words(STEP_KINDS),
            "topic": GLOB,
            "depends_on": EXACT,
            "branches": {**names_to(branch), "minProperties": 1},
            "reason": TEXT,
            "timeout_sec": SECONDS,
            "on_timeout": words(("deny", "escalate")),
            "constraints": ref("constraints"),
        },
        required=("type",),
    )


def _autonomy() -> dict[str, Schema]:
    level = object_of({"name": TEXT, "rules": RULES}, required=("rules",))
    levels = {
        "type": "object", "minProperties": 1, "additionalProperties": False,
        "patternProperties": {"^level_(0|[1-9][0-9]{0,2})$": level},
    }  # fmt: skip
    criteria = {
        "min_successful_actions": {"type": "integer", "minimum": 1}, "max_error_rate": SHARE,
        "review_period_days": NUMBER, "requires_human_sign_off": FLAG,
    }  # fmt: skip
    trigger = {
        "anyOf": [
            words(("policy_violation", "safety_incident")),
            object_of({"error_rate_above": SHARE}, required=("error_rate_above",)),
        ]
    }
    records = {
        "per": words(PER_WORDS), "evidence": FLAG, "cool_off_days": NUMBER,
        "evidence_error_probability": {"type": "number", "exclusiveMinimum": 0, "maximum": 0.5},
    }  # fmt: skip
    breaker = {
        "id": NAME,
        "match": object_of({"agents": GLOBS, "classes": GLOBS}, at_least_one=True),
        "error_rate_above": SHARE,
        "denial_rate_above": SHARE,
        "velocity": object_of({"max": COUNT, "window_sec": SECONDS}, required=("max", "window_sec")),
        "window_sec": SECONDS,
        "min_count": {"type": "integer", "minimum": 1},
        "open_sec": SECONDS,
        "probes": {"type": "integer", "minimum": 1},
    }
    return {
        "autonomy_levels": described(levels, "the lists of agents by level"),
        "promotion_criteria": object_of(criteria, required=tuple(criteria)[:3]),
        "demotion_triggers": list_of(trigger, may_be_empty=True),
        "autonomy_records": object_of(records),
        "circuit_breakers": list_of(object_of(breaker, required=("match",)), may_be_empty=True),
    }


def _approvals() -> dict[str, Schema]:
    wait = {"type": "number", "minimum": 1, "maximum": MAX_WAIT_S}
    timeouts = {
        risk.value: object_of(
            {"after_sec": wait, "on_timeout": words(sorted(ALLOWED_TIMEOUTS[risk]))}, required=("on_timeout",)
        )
        for risk in Risk
    }
    approvers = {"type": "integer", "minimum": 1, "maximum": MAX_APPROVERS}
    team = {"members": EXACT, "escalates_to": NAME, "shares_with": EXACT}
    person = {"roles": list_of(words(Role)), "agents": GLOBS, "tenants": GLOBS}
    return {
        "approval_queue_policy": object_of(
            {
                "target_median_wait_sec": wait,
                "target_p95_wait_sec": wait,
                "max_open_requests_per_reviewer": {"type": "integer", "minimum": 1},
                "escalate_after_sec": wait,
            }
        ),
        "routing": {**names_to(NAME), "required": ["default"]},
        "fatigue_controls": object_of(
            {
                "auto_rebalance": FLAG,
                "cooldown_after_approvals": {"type": "integer", "minimum": 1},
                "cooldown_sec": wait,
                "sampled_second_review_rate": SHARE,
            }
        ),
        "evidence_contract": object_of(
            {"required_fields": list_of(words(EvidenceField)), "reject_if_incomplete": FLAG},
            required=("required_fields",),
        ),
        "approval_timeouts": object_of(timeouts),
        "approval_classes": list_of(
            object_of({"match": ref("match"), "class": APPROVAL, "approvers": approvers}, required=("match", "class")),
            may_be_empty=True,
        ),
        "teams": names_to(object_of(team)),
        "reviewers": names_to(object_of(person, required=("roles",))),
    }


def _audit() -> Schema:
    sampling = {
        "rate": SHARE,
        "strategy": words(("uniform", "stratified")),
        "weights": object_of({"risk_tags": names_to(NUMBER)}, required=("risk_tags",)),
    }
    entry = object_of({"match": ref("match")}, required=("match",))
    return object_of(
        {
            "sampling": object_of(sampling, required=("rate", "strategy")),
            "mandatory": list_of(entry, may_be_empty=True),
            "routing": {**names_to(NAME), "required": ["default"]},
        },
        required=("sampling",),
    )


def _defaults() -> Schema:
    return object_of(
        {
            "amount_usd": NUMBER, "affected_users": NUMBER, "environment": NAME, "customer_facing": FLAG,
            "reversible": FLAG, "confidence": SHARE, "anomaly_score": SHARE, "tenant_id": NAME,
            "risk_tags": list_of(NAME, may_be_empty=True),
        }
    )  # fmt: skip


def _case() -> Schema:
    velocity = object_of({"window_sec": COUNT, "count": COUNT}, required=("window_sec", "count"))
    values: Schema = {"type": "object"}
    progress = {"event": values, "states": names_to(words(StepState)), "results": values, "choices": names_to(NAME)}
    state = {
        "autonomy_level": COUNT, "first_time": FLAG, "retry_count": COUNT, "session_tainted": FLAG,
        "velocity": list_of(velocity), "workflows": names_to(object_of(progress)),
    }  # fmt: skip
    expect = {
        "decision": words(DECISION_WORDS), "rule": NAME, "reason_code": words(ReasonCode),
        "constraints": {"type": "object"}, "missing": list_of(NAME, may_be_empty=True), "approval": APPROVAL,
        "class": NAME,
    }  # fmt: skip
    return object_of(
        {
            "name": TEXT,
            "event": {"type": "object"},
            "state": object_of(state),
            "expect": object_of(expect, required=("decision",)),
        },
        required=("name", "event", "expect"),
    )


def document_schema() -> Schema:
    """The schema of one document, of policy or of cases."""
    properties: dict[str, Schema] = {
        "version": {"const": "v1"},
        "description": {"type": "string", "minLength": 1, "maxLength": 4_000},
        "rules": described(RULES, "a first-match list that votes"),
        "invariants": described(RULES, "a list that votes and never grants"),
        "audit": described(_audit(), "which decisions are sampled for review"),
        "action_classes": list_of(_action_class(), may_be_empty=True),
        "quadrants": list_of(_quadrant()),
        "defaults": described(_defaults(), "what absence of a field means"),
        "name": NAME,
        "trigger": described(GLOB, "the topic that begins the workflow"),
        "steps": described({**names_to(_step()), "minProperties": 1}, "the steps of a workflow"),
        "activation": object_of(dict.fromkeys(ACTIVATION_FIELDS, FLAG), required=ACTIVATION_FIELDS),
        "cases": described(list_of(_case()), "cases that test the bundle; no policy stands beside them"),
        **_autonomy(),
        **outputs(),
        **_approvals(),
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Penstock policy document",
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": dict(sorted(properties.items())),
        "definitions": {
            "match": _match(),
            "rule": _rule(),
            "constraints": {
                "type": "object",
                "description": "JSON values by name; the name says how two of them merge",
            },
        },
    }
