"""Tables about the audit log: each record as it stands, and sums by the hour for charts."""

from __future__ import annotations

from typing import Final

AUDIT_TABLES: Final = """
-- gate.audit.v1: every record.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,          -- partition * 2^40 + seq: the same after a rebuild
  partition INTEGER NOT NULL,
  seq INTEGER NOT NULL,            -- number in the partition's chain, from 1
  "offset" INTEGER NOT NULL,       -- Kafka's
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  agent_id TEXT,
  action_id TEXT,                  -- the agent's own id of the action or output
  subject TEXT,                    -- the gate's id of what it is about: hold, quarantine, sample or promotion
  person TEXT,                     -- reviewer or activator
  code TEXT,                       -- conflict, dead letter or reason code
  decision TEXT,                   -- ALLOW, DENY, ..., REDACT, ...; or how a hold ended
  rule_id TEXT,
  topic TEXT,                      -- class of the action or output
  source_topic TEXT,               -- the input record, null where time or a policy was the cause
  source_partition INTEGER,
  source_offset INTEGER,
  value BLOB NOT NULL,             -- the exact bytes of the record
  prev TEXT NOT NULL,              -- SHA-256 of the record before, as the record says
  sha256 TEXT NOT NULL             -- of `value`: must be the next record's `prev`
) STRICT;
CREATE INDEX audit_at ON audit (at_ms, id);
CREATE INDEX audit_kind ON audit (kind, at_ms);
CREATE INDEX audit_agent ON audit (agent_id, at_ms);
CREATE INDEX audit_action ON audit (action_id) WHERE action_id IS NOT NULL;
CREATE INDEX audit_subject ON audit (subject) WHERE subject IS NOT NULL;
CREATE INDEX audit_person ON audit (person, at_ms) WHERE person IS NOT NULL;

-- Names and ids of an audit record for search, under audit.id; nothing else of the record is in it.
CREATE VIRTUAL TABLE audit_text USING fts5(names, content = '', tokenize = "unicode61 remove_diacritics 2");

-- gate.audit.v1: how many records of a kind and result there were in an hour.
CREATE TABLE hourly (
  hour_ms INTEGER NOT NULL,        -- beginning of the hour
  kind TEXT NOT NULL,              -- kind of the audit record
  result TEXT NOT NULL,            -- decision, resolution, status or code; empty when there is none
  rule_id TEXT NOT NULL,           -- empty when no rule decided
  records INTEGER NOT NULL,
  PRIMARY KEY (hour_ms, kind, result, rule_id)
) STRICT, WITHOUT ROWID;
"""
