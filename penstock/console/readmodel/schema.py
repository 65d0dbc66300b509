"""The tables of the read model, and the number that says with which tables a file was made.

Theory of operation. Order between topics is not given: the audit of a decision may be read before the request that it
answers. So each column is written from one topic only, named at its table (`asked_*` columns from the requests,
`ended_*` and the like from the audit), and what comes from two topics is put together by a generated column when it is
read. Within a topic partition order is given, and everything about one hold, output, sample or agent stands in one.
A column that two topics write has the same value in both.

# INVARIANT: no column's value depends on which of two topics was read first.

Times are milliseconds since 1970 (`*_ms`), flags 0 or 1, JSON is text. Payloads stand only in columns named `payload`,
as they came: a sealed box, or the action's own JSON where the gate has no key. Full text covers names and ids only.
"""

from __future__ import annotations

from typing import Final

from penstock.console.readmodel.audit_tables import AUDIT_TABLES
from penstock.console.readmodel.hold_tables import HOLD_TABLES
from penstock.console.readmodel.other_tables import OTHER_TABLES

# Changed whenever a table changes or a record is folded otherwise: a file of another number is made anew.
SCHEMA_VERSION: Final = 1

_FEED_TABLES: Final = """
-- Where reading goes on, written in the transaction of the rows themselves.
CREATE TABLE positions (
  topic TEXT NOT NULL,             -- name of the topic table, without a deployment's prefix
  partition INTEGER NOT NULL,
  next_offset INTEGER NOT NULL,    -- first offset that is not in the tables
  last_offset INTEGER,             -- offset of the last record taken in, null before the first
  last_sha256 BLOB,                -- SHA-256 of that record's key and value: another one there means another topic
  last_ms INTEGER,                 -- Kafka's time of that record
  PRIMARY KEY (topic, partition)
) STRICT, WITHOUT ROWID;

-- Records that changed nothing because they are not what their topic holds; a number each, never their content.
CREATE TABLE unread (
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  records INTEGER NOT NULL,
  last_offset INTEGER NOT NULL,
  PRIMARY KEY (topic, partition)
) STRICT, WITHOUT ROWID;
"""

SCHEMA: Final = _FEED_TABLES + HOLD_TABLES + OTHER_TABLES + AUDIT_TABLES
