"""Two bundles whose verdicts depend on what the gate remembers of an agent, and the activation of either.

A worker that decided without the stored state (first time, retries, how far a workflow is) would give other verdicts,
and the replay shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from policies.bundle import Bundle, load_bundle

_OUTPUTS: Final = """
output_rules:
  - id: hold-credentials
    match: {findings: [credential]}
    decision: quarantine
    reason: "credentials never leave"
  - id: redact-personal-data
    match: {findings: [pii]}
    decision: redact
    action: mask
    reason: "personal data stays inside"
"""

_AUDIT: Final = """
audit:
  sampling: {rate: 0.05, strategy: uniform}
"""

# Short enough for a run: what nobody decides has gone through both teams before the run is checked.
_PEOPLE: Final = """
action_classes:
  - {class: refund, match: {topics: ["job.pay.refund"]}, reversible: true, customer_facing: false, approval: auto}
approval_classes:
  - {match: {topics: ["job.pay.refund"]}, class: auto}
  - {match: {topics: ["job.pay.invoice"], amount_usd_above: 950}, class: queue, approvers: 2}
  - {match: {topics: ["job.pay.invoice"]}, class: queue}
  - {match: {topics: ["job.crm.*", "job.wipe.*", "mail.*"]}, class: explicit}
approval_timeouts:
  low: {after_sec: 3, on_timeout: release}
  medium: {after_sec: 2.5, on_timeout: escalate}
routing: {default: first}
approval_queue_policy: {max_open_requests_per_reviewer: 2, escalate_after_sec: 2, target_median_wait_sec: 1}
fatigue_controls: {auto_rebalance: true, cooldown_after_approvals: 3, cooldown_sec: 2, sampled_second_review_rate: 0.5}
teams:
  first: {members: [person-0], escalates_to: second, shares_with: [second]}
  second: {members: [person-1]}
"""

# The topics of a refund that goes by a workflow, in their order.
BEGIN: Final = "flow.refund.begin"
LOOK: Final = "flow.refund.look"
PAY: Final = "flow.refund.pay"
TELL: Final = "flow.refund.tell"
REFUND: Final[Sequence[str]] = (BEGIN, LOOK, PAY, TELL)
# How long a step may take, seconds: a look that takes longer has failed, a payment that does is for a person. And how
# long a person may take. A lane that is down for a while must not make all of them too late.
LOOK_S: Final = 20
PAY_S: Final = 1
PERSON_S: Final = 15
# A refund of this and more is for a person.
LARGE: Final = 100

# Each step has an end, so that every run has one and its session can begin another.
_FLOW: Final = f"""
name: refund
trigger: {BEGIN}
steps:
  look:
    type: action
    topic: {LOOK}
    timeout_sec: {LOOK_S}
  decide:
    type: condition
    depends_on: [look]
    branches:
      small:
        when: "result.amount < {LARGE}"
        next: pay
      large:
        when: "result.amount >= {LARGE}"
        next: person
  person:
    type: approval
    reason: "a large refund"
    timeout_sec: {PERSON_S}
  pay:
    type: action
    topic: {PAY}
    depends_on: [decide]
    timeout_sec: {PAY_S}
    on_timeout: escalate
    constraints: {{max_amount_usd: 950}}
  tell:
    type: action
    topic: {TELL}
    depends_on: [pay]
    timeout_sec: 5
"""

_CALM: Final = """
rules:
  - id: again-and-again
    match: {topics: ["job.*"], retry_count_above: 2}
    decision: deny
    reason: "tried again and again"
    remediation: "ask a person"
  - id: first-payment
    match: {topics: ["job.pay.*"], first_time_action: true}
    decision: require_approval
    reason: "never paid this way before"
  - id: retried
    match: {topics: ["job.*"], retry_count_above: 0}
    decision: allow_with_constraints
    reason: "a retry, on a short leash"
    constraints: {max_runtime_sec: 30}
  - id: large
    match: {topics: ["job.pay.*"], amount_usd_above: 900}
    decision: require_approval
    reason: "a large amount"
  - id: refunds
    match: {topics: ["flow.*"]}
    decision: allow
    reason: "the workflow says when"
  - id: rest
    match: {topics: ["job.*"]}
    decision: allow
    reason: "nothing against it"
"""

_STRICT: Final = """
rules:
  - id: first-anything
    match: {topics: ["job.*"], first_time_action: true}
    decision: require_approval
    reason: "never seen before"
  - id: retried
    match: {topics: ["job.*"], retry_count_above: 1}
    decision: deny
    reason: "tried too often"
  - id: no-wiping
    match: {topics: ["job.wipe.*"]}
    decision: deny
    reason: "not now"
  - id: large
    match: {topics: ["job.pay.*"], amount_usd_above: 600}
    decision: require_approval
    reason: "a large amount"
  - id: refunds
    match: {topics: ["flow.*"]}
    decision: allow
    reason: "the workflow says when"
  - id: rest
    match: {topics: ["job.*"]}
    decision: allow
    reason: "nothing against it"
"""


def bundles() -> tuple[Bundle, Bundle]:
    """The bundle that a run starts with, and the one it switches to and back from.

    The second has the workflow in other words: a switch ends the runs that go on.
    """
    shared = {"audit.yaml": _AUDIT, "outputs.yaml": _OUTPUTS}
    calm = load_bundle({**shared, "actions.yaml": _CALM, "people.yaml": _PEOPLE, "flow.yaml": _FLOW})
    fewer, flow = _PEOPLE.replace("approvers: 2", "approvers: 1"), _FLOW.replace("950", "900")
    strict = load_bundle({**shared, "actions.yaml": _STRICT, "people.yaml": fewer, "flow.yaml": flow})
    return calm, strict


TOPICS: Final[Sequence[str]] = (
    "job.pay.invoice",
    "job.pay.refund",
    "job.crm.read",
    "job.crm.write",
    "job.wipe.disk",
    "mail.send",
)
