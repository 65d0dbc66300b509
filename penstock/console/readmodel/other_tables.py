"""Tables about quarantined outputs, samples, agents, policies, the kill switch and dead letters."""

from __future__ import annotations

from typing import Final

_QUARANTINE: Final = """
-- Outputs that were held back.
CREATE TABLE quarantine (
  quarantine_id TEXT PRIMARY KEY NOT NULL,
  -- gate.quarantine.v1
  partition INTEGER,               -- the lane; a review must go there
  "offset" INTEGER,
  quarantined_ms INTEGER,          -- null while only the audit knows of it
  agent_id TEXT,
  output_id TEXT,
  job_id TEXT,
  topic TEXT,
  audience TEXT,                   -- null is judged as the strictest
  tenant_id TEXT,
  session_id TEXT,
  reason TEXT,                     -- for people
  reason_code TEXT,
  rule_id TEXT,
  document TEXT,
  policy TEXT,                     -- short snapshot
  digest TEXT,                     -- what a review must name
  sequence INTEGER,                -- number of a piece of a streamed output
  is_final INTEGER,
  findings INTEGER,                -- how many; they stand in quarantine_findings
  source_topic TEXT,               -- where the original stands
  source_partition INTEGER,
  source_offset INTEGER,
  trace TEXT,                      -- W3C traceparent
  payload TEXT,                    -- PAYLOAD: JSON of the sealed box, unchanged; null when the gate has no key
  -- gate.audit.v1
  resolution TEXT,                 -- release | redact | reject; null while it is held
  decided_ms INTEGER,
  decided_by TEXT,
  decided_seq INTEGER,
  decision TEXT,                   -- JSON object: what went out
  reveals INTEGER NOT NULL DEFAULT 0,  -- how often somebody was shown it
  state TEXT GENERATED ALWAYS AS (
    CASE resolution WHEN 'release' THEN 'released' WHEN 'redact' THEN 'redacted' WHEN 'reject' THEN 'rejected'
      ELSE CASE WHEN quarantined_ms IS NULL THEN 'incomplete' ELSE 'held' END END) VIRTUAL
) STRICT, WITHOUT ROWID;
CREATE INDEX quarantine_state ON quarantine (state, quarantined_ms);
CREATE INDEX quarantine_agent ON quarantine (agent_id, quarantined_ms);

-- gate.quarantine.v1: where and what was found, never the text.
CREATE TABLE quarantine_findings (
  quarantine_id TEXT NOT NULL,
  n INTEGER NOT NULL,              -- place in the record's list
  type TEXT NOT NULL,
  field TEXT,                      -- path, null in plain text
  start INTEGER NOT NULL,
  "end" INTEGER NOT NULL,
  score REAL NOT NULL,
  detector TEXT NOT NULL,
  PRIMARY KEY (quarantine_id, n)
) STRICT, WITHOUT ROWID;

-- gate.audit.v1: each review of a quarantined output that counted, reveals among them.
CREATE TABLE quarantine_acts (
  partition INTEGER NOT NULL,
  seq INTEGER NOT NULL,            -- number of the audit record
  quarantine_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  reviewer TEXT NOT NULL,
  verdict TEXT NOT NULL,           -- reveal | release | redact | reject
  review_offset INTEGER,           -- the review in `reviews` (same partition), with its reason
  PRIMARY KEY (partition, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX quarantine_acts_of ON quarantine_acts (quarantine_id, at_ms);
"""

_SAMPLES: Final = """
-- gate.samples.v1: decisions picked for audit.
CREATE TABLE samples (
  sample_id TEXT PRIMARY KEY NOT NULL,
  partition INTEGER,               -- the lane; a review must go there
  "offset" INTEGER,
  sampled_ms INTEGER,              -- null while only the audit knows of it
  probability REAL,                -- chance that the decision had to be picked
  stratum TEXT,
  route TEXT,                      -- team to look at it
  agent_id TEXT,
  action_id TEXT,
  topic TEXT,
  tool TEXT,
  tenant_id TEXT,
  session_id TEXT,
  risk TEXT,
  rule_id TEXT,
  outcome TEXT,                    -- the decision: ALLOW, DENY, ...
  digest TEXT,                     -- what a review must name: the action's
  snapshot TEXT,                   -- short snapshot of the decision
  decision TEXT,                   -- JSON object
  summary TEXT,                    -- JSON object, null without one
  trace TEXT,                      -- W3C traceparent
  payload TEXT,                    -- PAYLOAD: JSON of the sealed box, or of the action
  is_sealed INTEGER,
  -- gate.audit.v1: the latest verdict; all stand in sample_verdicts
  verdict TEXT,                    -- correct | wrong | unsure
  defect TEXT,
  reviewer TEXT,
  reviewed_ms INTEGER,
  state TEXT GENERATED ALWAYS AS (
    CASE WHEN sampled_ms IS NULL THEN 'incomplete' WHEN verdict IS NULL THEN 'open' ELSE 'reviewed' END) VIRTUAL
) STRICT, WITHOUT ROWID;
CREATE INDEX samples_state ON samples (state, sampled_ms);
CREATE INDEX samples_agent ON samples (agent_id, sampled_ms);
CREATE INDEX samples_session ON samples (session_id, sampled_ms) WHERE session_id IS NOT NULL;

-- gate.audit.v1: what people said about samples.
CREATE TABLE sample_verdicts (
  partition INTEGER NOT NULL,
  seq INTEGER NOT NULL,            -- number of the audit record
  sample_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  reviewer TEXT NOT NULL,
  verdict TEXT NOT NULL,           -- correct | wrong | unsure
  defect TEXT,
  review_offset INTEGER,           -- the review in `reviews` (same partition), with its note
  PRIMARY KEY (partition, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX sample_verdicts_of ON sample_verdicts (sample_id, at_ms);
"""

_AGENTS: Final = """
-- gate.audit.v1: what each agent did; all columns.
CREATE TABLE agents (
  agent_id TEXT PRIMARY KEY NOT NULL,
  partition INTEGER NOT NULL,      -- the agent's lane; a review of the agent must go there
  first_ms INTEGER NOT NULL,       -- first and last time that the agent itself did something
  last_ms INTEGER NOT NULL,
  level INTEGER,                   -- level of autonomy of its latest decision; null where policy was not asked
  allowed INTEGER NOT NULL DEFAULT 0,
  constrained INTEGER NOT NULL DEFAULT 0,
  held INTEGER NOT NULL DEFAULT 0,
  denied INTEGER NOT NULL DEFAULT 0,
  approved INTEGER NOT NULL DEFAULT 0,        -- holds that people released as proposed
  changed INTEGER NOT NULL DEFAULT 0,         -- holds that people released with a change or a constraint
  rejected INTEGER NOT NULL DEFAULT 0,        -- holds that people denied
  superseded INTEGER NOT NULL DEFAULT 0,
  expired INTEGER NOT NULL DEFAULT 0,
  released_by_timeout INTEGER NOT NULL DEFAULT 0,
  withdrawn INTEGER NOT NULL DEFAULT 0,
  succeeded INTEGER NOT NULL DEFAULT 0,       -- outcomes of released actions
  failed INTEGER NOT NULL DEFAULT 0,
  incidents INTEGER NOT NULL DEFAULT 0,
  passed INTEGER NOT NULL DEFAULT 0,          -- outputs: ALLOW, REDACT, QUARANTINE
  redacted INTEGER NOT NULL DEFAULT 0,
  quarantined INTEGER NOT NULL DEFAULT 0,
  conflicts INTEGER NOT NULL DEFAULT 0,       -- ids that came again with other content
  stopped_ms INTEGER,              -- since when a person has stopped it; null when nobody has
  stopped_by TEXT,
  stopped_seq INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX agents_last ON agents (last_ms);

-- gate.audit.v1: the level of an agent in a class of actions, after its last change; without a change there is none.
CREATE TABLE agent_levels (
  agent_id TEXT NOT NULL,
  action_class TEXT NOT NULL,      -- empty for all that the agent does
  level INTEGER NOT NULL,
  kind TEXT NOT NULL,              -- promoted, demoted, restrained, offered, withdrawn, declined, restarted
  cause TEXT,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (agent_id, action_class)
) STRICT, WITHOUT ROWID;

-- gate.audit.v1: circuit breakers, after their last change.
CREATE TABLE agent_breakers (
  agent_id TEXT NOT NULL,
  action_class TEXT NOT NULL,
  breaker_id TEXT NOT NULL,
  state TEXT NOT NULL,             -- closed | open | half_open
  cause TEXT,
  at_ms INTEGER NOT NULL,
  by TEXT,                         -- the person who closed it
  PRIMARY KEY (agent_id, action_class, breaker_id)
) STRICT, WITHOUT ROWID;

-- gate.audit.v1: changes of levels and breakers, and what people did to the agent.
CREATE TABLE agent_events (
  partition INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  n INTEGER NOT NULL,              -- place within the audit record
  agent_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,              -- a kind of agent_levels, breaker, or a verdict: stop, resume, demote, close_breaker
  action_class TEXT,
  person TEXT,
  review_offset INTEGER,           -- the review in `reviews` (same partition), with its reason
  details TEXT NOT NULL,           -- JSON object: the change as the audit has it
  PRIMARY KEY (partition, seq, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX agent_events_of ON agent_events (agent_id, at_ms);

-- gate.audit.v1: what became of released actions.
CREATE TABLE outcomes (
  agent_id TEXT NOT NULL,
  action_id TEXT NOT NULL,
  status TEXT NOT NULL,            -- success | failure | incident
  at_ms INTEGER NOT NULL,
  released INTEGER NOT NULL,       -- 0 when the gate had not released the action
  PRIMARY KEY (agent_id, action_id, status)
) STRICT, WITHOUT ROWID;

-- Requests for promotion: one row per request; the id is the same for each request of an agent in a class.
CREATE TABLE promotions (
  promotion_id TEXT NOT NULL,
  digest TEXT NOT NULL,            -- of the evidence; a review must name it
  -- gate.approvals.requested.v1
  partition INTEGER,
  "offset" INTEGER,
  asked_ms INTEGER,                -- null while only the audit knows of it
  agent_id TEXT,
  action_class TEXT,
  level INTEGER,
  to_level INTEGER,
  evidence TEXT,                   -- JSON object
  snapshot TEXT,                   -- full snapshot; a review must name it
  trace TEXT,                      -- W3C traceparent
  -- gate.audit.v1
  offered_seq INTEGER,             -- number of the audit record that offered it
  verdict TEXT,                    -- approve | deny, or withdrawn when the agent lost what it had earned
  reviewer TEXT,
  decided_ms INTEGER,
  decided_seq INTEGER,
  state TEXT GENERATED ALWAYS AS (
    CASE verdict WHEN 'approve' THEN 'approved' WHEN 'deny' THEN 'declined' WHEN 'withdrawn' THEN 'withdrawn'
      ELSE CASE WHEN asked_ms IS NULL THEN 'incomplete' ELSE 'open' END END) VIRTUAL,
  PRIMARY KEY (promotion_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX promotions_state ON promotions (state, asked_ms);
CREATE INDEX promotions_agent ON promotions (agent_id, asked_ms);
"""

_POLICY: Final = """
-- gate.policies.v1: each activation that the topic still had when it was read, the latest is in force for the gate.
CREATE TABLE activations (
  "offset" INTEGER PRIMARY KEY,
  snapshot TEXT NOT NULL,          -- full
  short TEXT,
  previous TEXT,                   -- full snapshot to fall back on
  reason TEXT,
  activated_by TEXT,
  activated_ms INTEGER,            -- as the activation says
  second_person TEXT,
  written_ms INTEGER NOT NULL      -- Kafka's time of the record
) STRICT;

-- gate.policies.v1: bundles that the topic has.
CREATE TABLE bundles (
  snapshot TEXT PRIMARY KEY NOT NULL,  -- full
  documents TEXT NOT NULL,         -- the canonical documents, as the record has them
  written_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- gate.audit.v1: which policy each lane decides by, and since when; all changes.
CREATE TABLE lane_policies (
  partition INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  snapshot TEXT NOT NULL,
  before TEXT,
  activated_by TEXT,
  PRIMARY KEY (partition, seq)
) STRICT, WITHOUT ROWID;

-- gate.policies.v1: entries of the kill switch; a lifted one stays until its key is written again.
CREATE TABLE kills (
  key TEXT PRIMARY KEY NOT NULL,
  scope TEXT NOT NULL,             -- everything | tenant | agent | action_class
  pattern TEXT NOT NULL,           -- glob
  reason TEXT,
  by TEXT,
  at_ms INTEGER,
  is_active INTEGER NOT NULL,
  written_ms INTEGER NOT NULL      -- when it was written, or lifted
) STRICT, WITHOUT ROWID;

-- gate.audit.v1: which entries each lane decides under.
CREATE TABLE lane_kills (
  partition INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  entries TEXT NOT NULL,           -- JSON list
  digest TEXT,
  PRIMARY KEY (partition, seq)
) STRICT, WITHOUT ROWID;

-- gate.deadletters.v1: headers only; the value is never kept.
CREATE TABLE deadletters (
  partition INTEGER NOT NULL,
  "offset" INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  source_topic TEXT,
  source_partition INTEGER,
  source_offset INTEGER,
  stage TEXT,                      -- intake | step
  code TEXT,
  sha256 TEXT,                     -- of the original value
  value_bytes INTEGER NOT NULL,    -- of what the dead letter has; 0 when it was too large
  PRIMARY KEY (partition, "offset")
) STRICT, WITHOUT ROWID;
CREATE INDEX deadletters_at ON deadletters (at_ms);
"""

OTHER_TABLES: Final = _QUARANTINE + _SAMPLES + _AGENTS + _POLICY
