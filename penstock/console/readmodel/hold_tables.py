"""Tables about held actions: holds, their requests, votes and events, second reviews, and reviews as they were sent."""

from __future__ import annotations

from typing import Final

_HOLDS: Final = """
-- One row per held action. From gate.approvals.requested.v1: the summary and `asked_*`; the latest request counts.
-- From gate.audit.v1: everything below the second line.
CREATE TABLE holds (
  id INTEGER PRIMARY KEY,          -- number for full text; another one after a rebuild, so never shown or linked
  hold_id TEXT NOT NULL UNIQUE,
  -- in both topics, with the same value
  partition INTEGER NOT NULL,      -- the lane; a review of the hold must go there
  agent_id TEXT,
  action_id TEXT,
  topic TEXT,                      -- class of the action, dotted
  tool TEXT,
  rule_id TEXT,                    -- the rule that holds it, null when none did (a circuit breaker)
  document TEXT,                   -- the rule's document
  reason TEXT,                     -- the policy's words
  reason_code TEXT,
  opened_ms INTEGER,               -- when it was held
  -- gate.approvals.requested.v1 ----------------------------------------------------------------------------------
  asked_ms INTEGER,                -- time of the latest request; null while only the audit knows the hold
  cause TEXT,                      -- requested | modified | escalated | reassigned | votes_reset
  requests INTEGER NOT NULL DEFAULT 0,  -- how often people were asked
  digest TEXT,                     -- what a review must name as `digest`
  asked_snapshot TEXT,             -- full policy snapshot of the latest request; see `snapshot`
  asked_team TEXT,                 -- team of the latest request; see `team`
  approval_class TEXT,             -- auto | queue | explicit
  approvers INTEGER,               -- how many different people have to approve
  allows_batch INTEGER,            -- 1 when it may be approved together with others
  due_ms INTEGER,                  -- when the present team's time is over
  escalate_ms INTEGER,             -- when the next team gets it, null when none does
  policy TEXT,                     -- short snapshot of the decision that holds it, for people
  constraints TEXT,                -- JSON object: the constraints that a release has by now
  decision TEXT,                   -- JSON object: the whole decision that holds it
  environment TEXT,
  tenant_id TEXT,
  session_id TEXT,
  model TEXT,
  action_class TEXT,               -- the operator's class
  owner TEXT,                      -- who owns that class
  risk TEXT,                       -- low | medium | high
  risk_tags TEXT,                  -- JSON list, claimed and derived
  confidence REAL,
  anomaly_score REAL,
  retry_count INTEGER,
  amount_usd TEXT,                 -- decimal as text
  affected_users INTEGER,
  customer_facing INTEGER,
  reversible INTEGER,
  session_tainted INTEGER,
  first_time INTEGER,
  autonomy_level INTEGER,
  proposed_ms INTEGER,             -- the agent's claim of when
  deadline_ms INTEGER,             -- the action's own deadline
  proposed_digest TEXT,            -- after an edit: digest of what the agent proposed; null without one
  proposed_by TEXT,                -- after an edit: who edited it last, as the request says
  payload TEXT,                    -- PAYLOAD as it came: JSON of the sealed box, or of the action
  is_sealed INTEGER,               -- 1 when `payload` is a sealed box
  trace TEXT,                      -- W3C traceparent of the latest request; a review goes on with it
  fingerprint TEXT,                -- equal for items that are decided alike: see fingerprints.py
  -- gate.audit.v1 ------------------------------------------------------------------------------------------------
  opened_seq INTEGER,              -- number of the audit record that held it
  touched_ms INTEGER,              -- when people, time or policy last did something to it
  votes INTEGER NOT NULL DEFAULT 0,  -- approvals that count now; who gave them stands in hold_votes
  claimed_by TEXT,                 -- who says to be at it
  claimed_until_ms INTEGER,        -- until when that counts
  question_by TEXT,                -- who asked and has no answer; null without an open question
  question_review TEXT,            -- the asking review's id: its words stand in reviews
  question_ms INTEGER,
  edits INTEGER NOT NULL DEFAULT 0,  -- how often reviewers changed it
  edited_by TEXT,                  -- who did so last
  bound_snapshot TEXT,             -- full snapshot of the last policy that judged it anew; see `snapshot`
  bound_ms INTEGER,
  resolution TEXT,                 -- approved | approved_with_constraints | modified | denied | superseded | expired |
                                   -- released_by_timeout | withdrawn; null while it is open
  ended_ms INTEGER,
  ended_team TEXT,                 -- whose turn it was
  ended_by_kind TEXT,              -- reviewer | deadline | policy
  ended_by TEXT,                   -- JSON list of the people whose decision ended it; [] for time and policy
  ended_seq INTEGER,               -- number of the audit record that ended it
  ended_decision TEXT,             -- JSON object: the decision as it went out
  rendered_ms INTEGER,             -- when the deciding reviewer was shown it, by their clock
  chosen_ms INTEGER,               -- when they decided, by their clock
  shown_chars INTEGER,             -- how much there was to read
  is_drawn INTEGER NOT NULL DEFAULT 0,  -- 1 when a blind second review was asked for
  -- put together --------------------------------------------------------------------------------------------------
  state TEXT GENERATED ALWAYS AS (  -- what people see; `incomplete` has no request yet and is in no list
    CASE resolution
      WHEN 'approved_with_constraints' THEN 'approved' WHEN 'modified' THEN 'approved'
      ELSE coalesce(resolution,
        CASE WHEN asked_ms IS NULL THEN 'incomplete' WHEN question_by IS NOT NULL THEN 'asked' ELSE 'pending' END)
    END) VIRTUAL,
  stage TEXT GENERATED ALWAYS AS (  -- which list it is in: open | decided | expired | incomplete
    CASE WHEN resolution IN ('expired', 'released_by_timeout') THEN 'expired' WHEN resolution IS NOT NULL THEN 'decided'
      WHEN asked_ms IS NULL THEN 'incomplete' ELSE 'open' END) VIRTUAL,
  team TEXT GENERATED ALWAYS AS (coalesce(ended_team, asked_team)) VIRTUAL,
  snapshot TEXT GENERATED ALWAYS AS (  -- what a review must name as `policy_snapshot`
    CASE WHEN bound_ms > asked_ms THEN bound_snapshot ELSE coalesce(asked_snapshot, bound_snapshot) END) VIRTUAL
) STRICT;
CREATE INDEX holds_due ON holds (stage, due_ms, hold_id);
CREATE INDEX holds_team_due ON holds (stage, team, due_ms, hold_id);
CREATE INDEX holds_equal ON holds (stage, fingerprint, team, due_ms);
CREATE INDEX holds_ended ON holds (stage, ended_ms, hold_id);
CREATE INDEX holds_agent ON holds (agent_id, opened_ms);
CREATE INDEX holds_session ON holds (session_id, opened_ms) WHERE session_id IS NOT NULL;
CREATE INDEX holds_rule ON holds (rule_id, stage, due_ms, hold_id);
CREATE INDEX holds_opened ON holds (opened_ms);
CREATE INDEX holds_claimed ON holds (claimed_by) WHERE claimed_by IS NOT NULL;
CREATE INDEX holds_question ON holds (question_by) WHERE question_by IS NOT NULL;
CREATE INDEX holds_voted ON holds (due_ms, hold_id) WHERE votes > 0 AND resolution IS NULL;
CREATE INDEX holds_tenant ON holds (tenant_id, stage);

-- gate.approvals.requested.v1: names and ids of a hold for search, under holds.id; never payload.
CREATE VIRTUAL TABLE holds_text USING fts5(names, tokenize = "unicode61 remove_diacritics 2");
"""

_ABOUT_HOLDS: Final = """
-- gate.approvals.requested.v1: each time people were asked about a hold, for what changed between them.
CREATE TABLE hold_requests (
  hold_id TEXT NOT NULL,
  "offset" INTEGER NOT NULL,       -- in its topic partition: later requests have greater ones
  cause TEXT NOT NULL,
  asked_ms INTEGER NOT NULL,
  digest TEXT NOT NULL,            -- another one after an edit; the sealed box's context needs it
  snapshot TEXT NOT NULL,
  team TEXT,
  approval_class TEXT,
  approvers INTEGER,
  due_ms INTEGER,
  constraints TEXT,                -- JSON object
  payload TEXT,                    -- PAYLOAD as it came, of the first request with a digest that was edited since;
                                   -- what has the latest digest stands on the hold
  is_sealed INTEGER,
  PRIMARY KEY (hold_id, "offset")
) STRICT, WITHOUT ROWID;

-- gate.audit.v1: approvals of a hold that count now; an edit or another verdict of policy drops them.
CREATE TABLE hold_votes (
  hold_id TEXT NOT NULL,
  seq INTEGER NOT NULL,            -- number of the audit record
  reviewer TEXT NOT NULL,
  review_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  constraints TEXT,                -- JSON object: what the approver added
  PRIMARY KEY (hold_id, seq)
) STRICT, WITHOUT ROWID;

-- gate.audit.v1: what happened to a hold, in order; one audit record may tell several facts.
CREATE TABLE hold_events (
  hold_id TEXT NOT NULL,
  partition INTEGER NOT NULL,      -- of the audit record; another lane's when a review went astray
  seq INTEGER NOT NULL,            -- number of the audit record in its partition
  n INTEGER NOT NULL,              -- place within the record
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,              -- requested, claimed, voted, modified, asked, answered, escalated, reassigned,
                                   -- rebound, votes_reset, resolved, second_review_due; conflict; second_review
  person TEXT,                     -- who did it, null for time, policy and the gate
  verdict TEXT,                    -- the review's verdict, if a review did it
  code TEXT,                       -- the conflict's code
  review_offset INTEGER,           -- the review in `reviews` (same partition), whose reason belongs to it
  details TEXT NOT NULL,           -- JSON object: the fact's own details
  PRIMARY KEY (hold_id, partition, seq, n)
) STRICT, WITHOUT ROWID;

-- Blind second reviews. Until somebody has answered, a page shows the reader nothing of the first decision.
CREATE TABLE second_reviews (
  second_review_id TEXT PRIMARY KEY NOT NULL,  -- the hold's id
  -- gate.approvals.requested.v1
  partition INTEGER,
  asked_ms INTEGER,
  agent_id TEXT,
  topic TEXT,
  tool TEXT,
  tenant_id TEXT,
  risk TEXT,
  team TEXT,
  digest TEXT,                     -- what a review must name
  snapshot TEXT,
  summary TEXT,                    -- JSON object, as the request has it
  trace TEXT,                      -- W3C traceparent
  held TEXT,                       -- JSON object: the hold without what tells how it was decided
  payload TEXT,                    -- PAYLOAD: JSON of the sealed box, or of the action as it was released
  is_sealed INTEGER,
  -- gate.audit.v1
  excluded TEXT,                   -- JSON list: who decided or edited the hold and may not answer
  answered_ms INTEGER,
  reviewer TEXT,
  verdict TEXT,                    -- approve | deny
  agrees INTEGER,
  answered_seq INTEGER,
  state TEXT GENERATED ALWAYS AS (
    CASE WHEN answered_ms IS NOT NULL THEN 'answered' WHEN asked_ms IS NULL THEN 'incomplete' ELSE 'open' END) VIRTUAL
) STRICT, WITHOUT ROWID;
CREATE INDEX second_reviews_open ON second_reviews (state, asked_ms);

-- Reviews as they were sent, and what the gate made of each. The record's place is its identity: anybody who may write
-- the topic could repeat an id.
CREATE TABLE reviews (
  partition INTEGER NOT NULL,
  "offset" INTEGER NOT NULL,
  -- gate.reviews.v1; null when the topic no longer has it, or it cannot be read
  review_id TEXT,
  reviewer TEXT,
  target_kind TEXT,                -- action | output | sample | promotion | second_review | agent
  target_id TEXT,
  verdict TEXT,
  digest TEXT,
  reason TEXT,                     -- the person's words: shown with the payload's permission, never searched
  constraints TEXT,                -- JSON object
  to_team TEXT,
  defect TEXT,                     -- kind of defect, on samples
  batch_id TEXT,
  has_arguments INTEGER,           -- 1 when it changes the arguments; they are payload and stand in the next request
  rendered_ms INTEGER,
  chosen_ms INTEGER,               -- `decided_at`, by the reviewer's clock
  sent_ms INTEGER,                 -- Kafka's time of the record
  -- gate.audit.v1; null until the gate has recorded it
  recorded_kind TEXT,              -- kind of the audit record: review, review_conflict, duplicate, dead_letter, ...
  recorded_seq INTEGER,            -- its number in the same partition: "recorded, audit #n"
  recorded_ms INTEGER,
  recorded_code TEXT,              -- conflict or dead letter code, null when it counted
  recorded_resolution TEXT,        -- how the hold ended by it
  PRIMARY KEY (partition, "offset")
) STRICT, WITHOUT ROWID;
CREATE INDEX reviews_id ON reviews (review_id);
CREATE INDEX reviews_target ON reviews (target_id);
CREATE INDEX reviews_reviewer ON reviews (reviewer, sent_ms);
"""

HOLD_TABLES: Final = _HOLDS + _ABOUT_HOLDS
