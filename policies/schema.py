"""JSON Schema of policy documents, for editors: completion, hints and most mistakes while typing.

Names come from the tables that the parsers read by, so a key that a parser knows and the schema does not fails a test.
The schema accepts what loads; loading checks more (globs, expressions, ids over all documents).
Source: JSON Schema draft-07, the newest that the YAML language server reads in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from policies.approval_documents import ALLOWED_TIMEOUTS, ApprovalClass, EvidenceField, Risk, Role
from policies.autonomy_documents import PER_WORDS
from policies.decisions import FindingAction, OutputDecision, ReasonCode
from policies.expressions import MAX_EXPRESSION_CHARS
from policies.parse_activation import ACTIVATION_FIELDS
from policies.parse_approvals import MAX_APPROVERS, MAX_WAIT_S
from policies.parse_facts import MAX_TAINT_S
from policies.parse_match import MAX_VELOCITY, MAX_WINDOW_S
from policies.parse_outputs import AUDIENCES
from policies.parse_rules import DECISION_WORDS
from policies.parse_tasks import LEVELS, MAX_AUDIT_WEIGHT, STEP_KINDS, TREATMENTS
from policies.workflow_progress import StepState

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 1_000}
_NAME: Final[Schema] = {"type": "string", "pattern": r"^\S+$", "maxLength": 128}
_FLAG: Final[Schema] = {"type": "boolean"}
_NUMBER: Final[Schema] = {"type": "number", "minimum": 0}
_SHARE: Final[Schema] = {"type": "number", "minimum": 0, "maximum": 1}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_SECONDS: Final[Schema] = {"type": "number", "minimum": 1}
_GLOB: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 256}
_WHEN: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": MAX_EXPRESSION_CHARS}


def _words(words: Iterable[str]) -> Schema:
    return {"enum": [str(word) for word in words]}


def _list(item: Schema, *, may_be_empty: bool = False) -> Schema:
    return {"type": "array", "items": item} | ({} if may_be_empty else {"minItems": 1})


def _names(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def _object(properties: Mapping[str, Schema], *, required: Iterable[str] = (), at_least_one: bool = False) -> Schema:
    found: Schema = {"type": "object", "additionalProperties": False, "properties": dict(properties)}
    if tuple(required):
        found["required"] = list(required)
    if at_least_one:
        found["minProperties"] = 1
    return found


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _described(schema: Schema, text: str) -> Schema:
    return {**schema, "description": text}


_GLOBS: Final = _list(_GLOB)
_EXACT: Final = _list(_NAME)
_APPROVAL: Final = _words(ApprovalClass)
_RULES: Final = _list(_ref("rule"), may_be_empty=True)


def _match() -> Schema:
    window = {"type": "integer", "minimum": 1, "maximum": MAX_WINDOW_S}
    most = {"type": "integer", "minimum": 0, "maximum": MAX_VELOCITY}
    return _object(
        {
            "topics": _described(_GLOBS, "a glob matches the topic; * crosses dots"),
            "risk_tags": _described(_EXACT, "one of these tags is there"),
            "risk_tags_all": _described(_EXACT, "all of these tags are there"),
            "agents": _described(_GLOBS, "a glob matches the agent's id"),
            "tenants": _described(_GLOBS, "a glob matches the tenant's id"),
            "tools": _described(_GLOBS, "a glob matches the tool"),
            "environments": _described(_GLOBS, "a glob matches the environment"),
            "labels": _described(
                {**_names({"anyOf": [_GLOB, _GLOBS]}), "minProperties": 1}, "every named label matches one of its globs"
            ),
            "confidence_below": _described(_SHARE, "the confidence is below this; equality does not fire"),
            "anomaly_score_above": _described(_SHARE, "the anomaly score is above this"),
            "retry_count_above": _described(_COUNT, "the larger of counted and claimed retries is above this"),
            "amount_usd_above": _described(_NUMBER, "the amount in US dollars is above this"),
            "affected_users_above": _described(_COUNT, "more users than this are affected"),
            "first_time_action": _described(_FLAG, "whether the gate has not seen agent, tool and topic together"),
            "customer_facing": _described(_FLAG, "whether a customer sees the action"),
            "reversible": _described(_FLAG, "whether the action can be undone"),
            "session_tainted": _described(_FLAG, "whether the agent has just read untrusted or sensitive content"),
            "velocity": _described(
                _object({"max": most, "window_sec": window}, required=("max", "window_sec")),
                "this is more than the max-th action of the agent and class within the window",
            ),
            "at_least": _described(
                _object(
                    {"count": {"type": "integer", "minimum": 1}, "of": _list(_ref("match"))}, required=("count", "of")
                ),
                "at least so many of these hold",
            ),
            "when": _described(_WHEN, "an expression over the event is true"),
        },
        at_least_one=True,
    )


def _rule() -> Schema:
    return _object(
        {
            "id": _described(_NAME, "unique in the bundle; document/rules/0 when it is not given"),
            "match": _described(_ref("match"), "all of these hold"),
            "decision": _described(_words(DECISION_WORDS), "what the rule votes for"),
            "reason": _described(_TEXT, "why, for people"),
            "constraints": _described(_ref("constraints"), "travel with the cleared action"),
            "remediation": _described(_TEXT, "what the agent or its owner can do about it"),
            "approval": _described(_APPROVAL, "how much attention a person owes it"),
        },
        required=("match", "decision"),
    )


def _action_class() -> Schema:
    facts = {
        "amount_usd": _NUMBER, "affected_users": _NUMBER, "environment": _NAME, "customer_facing": _FLAG,
        "reversible": _FLAG,
    }  # fmt: skip
    path = {"type": "string", "pattern": r"^arguments[.\[]", "maxLength": 256}
    return _object(
        {
            "match": _object({"topics": _GLOBS, "tools": _GLOBS}, at_least_one=True),
            "class": _described(_NAME, "the class of the actions that match"),
            "risk_tags": _described(_list(_NAME, may_be_empty=True), "the tags that count for certain"),
            "owner": _NAME,
            "risk": _words(LEVELS),
            "ambiguity": _words(LEVELS),
            "reversible": _FLAG,
            "customer_facing": _FLAG,
            "derive": _described(_object(dict.fromkeys(facts, path)), "facts read from the arguments"),
            "facts": _described(_object(facts), "facts that are always so"),
            "approval": _APPROVAL,
            "kpis": _EXACT,
            "taints_for_sec": _described(
                {"type": "number", "minimum": 1, "maximum": MAX_TAINT_S}, "how long it taints the agent"
            ),
        },
        required=("match", "class"),
    )


def _quadrant() -> Schema:
    return _object(
        {
            "risk": _words(LEVELS),
            "ambiguity": _words(LEVELS),
            "treatment": _described(_words(TREATMENTS), "what happens when no list decides"),
            "approval": _APPROVAL,
            "constraints": _ref("constraints"),
            "reason": _TEXT,
            "owner_role": _NAME,
            "kpis": _EXACT,
            "audit_weight": _described({"type": "number", "minimum": 1, "maximum": MAX_AUDIT_WEIGHT}, "times the rate"),
        },
        required=("risk", "ambiguity"),
    )


def _step() -> Schema:
    branch = _object({"when": _WHEN, "next": _NAME}, required=("when", "next"))
    return _object(
        {
            "type": _words(STEP_KINDS),
            "topic": _GLOB,
            "depends_on": _EXACT,
            "branches": {**_names(branch), "minProperties": 1},
            "reason": _TEXT,
            "timeout_sec": _SECONDS,
            "on_timeout": _words(("deny", "escalate")),
            "constraints": _ref("constraints"),
        },
        required=("type",),
    )


def _outputs() -> dict[str, Schema]:
    where = {
        "audiences": _list(_words(AUDIENCES)), "topics": _GLOBS, "fields": _list(_TEXT), "tenants": _GLOBS,
    }  # fmt: skip
    decisions = [entry.value.lower() for entry in OutputDecision]
    rule = _object(
        {
            "id": _NAME,
            "match": _object({"findings": _GLOBS, **where}, at_least_one=True),
            "decision": _words(decisions),
            "reason": _TEXT,
            "action": _words(FindingAction),
        },
        required=("match", "decision"),
    )
    field_rule = _object(
        {
            "id": _NAME,
            "match": _object(where, required=("fields",)),
            "decision": _words(decisions[1:]),
            "reason": _TEXT,
        },
        required=("match", "reason"),
    )
    return {
        "output_rules": _described(_list(rule, may_be_empty=True), "a first-match list over findings in outputs"),
        "field_rules": _described(_list(field_rule, may_be_empty=True), "fields that leave outputs by name"),
    }


def _autonomy() -> dict[str, Schema]:
    level = _object({"name": _TEXT, "rules": _RULES}, required=("rules",))
    levels = {
        "type": "object", "minProperties": 1, "additionalProperties": False,
        "patternProperties": {"^level_(0|[1-9][0-9]{0,2})$": level},
    }  # fmt: skip
    criteria = {
        "min_successful_actions": {"type": "integer", "minimum": 1}, "max_error_rate": _SHARE,
        "review_period_days": _NUMBER, "requires_human_sign_off": _FLAG,
    }  # fmt: skip
    trigger = {
        "anyOf": [
            _words(("policy_violation", "safety_incident")),
            _object({"error_rate_above": _SHARE}, required=("error_rate_above",)),
        ]
    }
    records = {
        "per": _words(PER_WORDS), "evidence": _FLAG, "cool_off_days": _NUMBER,
        "evidence_error_probability": {"type": "number", "exclusiveMinimum": 0, "maximum": 0.5},
    }  # fmt: skip
    breaker = {
        "id": _NAME,
        "match": _object({"agents": _GLOBS, "classes": _GLOBS}, at_least_one=True),
        "error_rate_above": _SHARE,
        "denial_rate_above": _SHARE,
        "velocity": _object({"max": _COUNT, "window_sec": _SECONDS}, required=("max", "window_sec")),
        "window_sec": _SECONDS,
        "min_count": {"type": "integer", "minimum": 1},
        "open_sec": _SECONDS,
        "probes": {"type": "integer", "minimum": 1},
    }
    return {
        "autonomy_levels": _described(levels, "the lists of agents by level"),
        "promotion_criteria": _object(criteria, required=tuple(criteria)[:3]),
        "demotion_triggers": _list(trigger, may_be_empty=True),
        "autonomy_records": _object(records),
        "circuit_breakers": _list(_object(breaker, required=("match",)), may_be_empty=True),
    }


def _approvals() -> dict[str, Schema]:
    wait = {"type": "number", "minimum": 1, "maximum": MAX_WAIT_S}
    timeouts = {
        risk.value: _object(
            {"after_sec": wait, "on_timeout": _words(sorted(ALLOWED_TIMEOUTS[risk]))}, required=("on_timeout",)
        )
        for risk in Risk
    }
    approvers = {"type": "integer", "minimum": 1, "maximum": MAX_APPROVERS}
    team = {"members": _EXACT, "escalates_to": _NAME, "shares_with": _EXACT}
    person = {"roles": _list(_words(Role)), "agents": _GLOBS, "tenants": _GLOBS}
    return {
        "approval_queue_policy": _object(
            {
                "target_median_wait_sec": wait,
                "target_p95_wait_sec": wait,
                "max_open_requests_per_reviewer": {"type": "integer", "minimum": 1},
                "escalate_after_sec": wait,
            }
        ),
        "routing": {**_names(_NAME), "required": ["default"]},
        "fatigue_controls": _object(
            {
                "auto_rebalance": _FLAG,
                "cooldown_after_approvals": {"type": "integer", "minimum": 1},
                "cooldown_sec": wait,
                "sampled_second_review_rate": _SHARE,
            }
        ),
        "evidence_contract": _object(
            {"required_fields": _list(_words(EvidenceField)), "reject_if_incomplete": _FLAG},
            required=("required_fields",),
        ),
        "approval_timeouts": _object(timeouts),
        "approval_classes": _list(
            _object({"match": _ref("match"), "class": _APPROVAL, "approvers": approvers}, required=("match", "class")),
            may_be_empty=True,
        ),
        "teams": _names(_object(team)),
        "reviewers": _names(_object(person, required=("roles",))),
    }


def _audit() -> Schema:
    sampling = {
        "rate": _SHARE,
        "strategy": _words(("uniform", "stratified")),
        "weights": _object({"risk_tags": _names(_NUMBER)}, required=("risk_tags",)),
    }
    entry = _object({"match": _ref("match")}, required=("match",))
    return _object(
        {
            "sampling": _object(sampling, required=("rate", "strategy")),
            "mandatory": _list(entry, may_be_empty=True),
            "routing": {**_names(_NAME), "required": ["default"]},
        },
        required=("sampling",),
    )


def _defaults() -> Schema:
    return _object(
        {
            "amount_usd": _NUMBER, "affected_users": _NUMBER, "environment": _NAME, "customer_facing": _FLAG,
            "reversible": _FLAG, "confidence": _SHARE, "anomaly_score": _SHARE, "tenant_id": _NAME,
            "risk_tags": _list(_NAME, may_be_empty=True),
        }
    )  # fmt: skip


def _case() -> Schema:
    velocity = _object({"window_sec": _COUNT, "count": _COUNT}, required=("window_sec", "count"))
    values: Schema = {"type": "object"}
    progress = {"event": values, "states": _names(_words(StepState)), "results": values, "choices": _names(_NAME)}
    state = {
        "autonomy_level": _COUNT, "first_time": _FLAG, "retry_count": _COUNT, "session_tainted": _FLAG,
        "velocity": _list(velocity), "workflows": _names(_object(progress)),
    }  # fmt: skip
    expect = {
        "decision": _words(DECISION_WORDS), "rule": _NAME, "reason_code": _words(ReasonCode),
        "constraints": {"type": "object"}, "missing": _list(_NAME, may_be_empty=True), "approval": _APPROVAL,
        "class": _NAME,
    }  # fmt: skip
    return _object(
        {
            "name": _TEXT,
            "event": {"type": "object"},
            "state": _object(state),
            "expect": _object(expect, required=("decision",)),
        },
        required=("name", "event", "expect"),
    )


def document_schema() -> Schema:
    """The schema of one document, of policy or of cases."""
    properties: dict[str, Schema] = {
        "version": {"const": "v1"},
        "description": {"type": "string", "minLength": 1, "maxLength": 4_000},
        "rules": _described(_RULES, "a first-match list that votes"),
        "invariants": _described(_RULES, "a list that votes and never grants"),
        "audit": _described(_audit(), "which decisions are sampled for review"),
        "action_classes": _list(_action_class(), may_be_empty=True),
        "quadrants": _list(_quadrant()),
        "defaults": _described(_defaults(), "what absence of a field means"),
        "name": _NAME,
        "trigger": _described(_GLOB, "the topic that begins the workflow"),
        "steps": _described({**_names(_step()), "minProperties": 1}, "the steps of a workflow"),
        "activation": _object(dict.fromkeys(ACTIVATION_FIELDS, _FLAG), required=ACTIVATION_FIELDS),
        "cases": _described(_list(_case()), "cases that test the bundle; no policy stands beside them"),
        **_autonomy(),
        **_outputs(),
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
