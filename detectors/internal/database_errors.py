"""Errors of databases and object mappers: they name tables, columns, constraints and statements.

Source: https://www.postgresql.org/docs/current/errcodes-appendix.html (messages and SQLSTATE),
https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html, https://docs.oracle.com/en/error-help/db/
(ORA-nnnnn),
https://learn.microsoft.com/en-us/sql/relational-databases/errors-events/ (Msg, Level, State),
https://www.sqlite.org/rescode.html,
https://www.mongodb.com/docs/manual/reference/error-codes/ (E11000), https://www.ibm.com/docs/en/db2 (SQLCODE),
https://docs.sqlalchemy.org/en/20/errors.html, https://www.prisma.io/docs/orm/reference/error-reference (P1000 to P6008)
"""

from __future__ import annotations

from detectors.declaration import Declaration, Reach, regex
from detectors.internal.form import form

DATABASE_ERROR = "DATABASE_ERROR"

# An error is a line or two, and its statement may follow.
_REACH = Reach(200, 600)
_NAME = r"[\"'`\u201c\u201d\u2018\u2019\\\[\]]{1,3}"
_REST = r"[^\n]{0,300}"

DECLARATIONS: tuple[Declaration, ...] = (
    form(
        "sqlstate",
        DATABASE_ERROR,
        triggers=(
            regex(r"\bsqlstate[\[=: (]{1,3}[0-9a-z]{5}"),
            regex(r"\bsqlcode[=: ]{1,3}-?[0-9]"),
            regex(r"\b(?:ORA|PLS|TNS)-[0-9]{5}"),
        ),
        pattern=(
            rf"(?i)\bSQLSTATE(?:\[|[=: (]{{1,3}})[0-9A-Z]{{5}}\]?{_REST}"
            rf"|\b(?:DB2 SQL Error: )?SQLCODE[=: ]{{1,3}}-?\d{{1,5}}{_REST}"
            rf"|\b(?:ORA|PLS|TNS)-\d{{5}}(?:: {_REST})?(?:\nORA-\d{{5}}: {_REST}){{0,6}}"
        ),
        reach=_REACH,
    ),
    form(
        "postgres_error",
        DATABASE_ERROR,
        triggers=(
            "does not exist",
            regex(r"\bviolates (?:unique|foreign key|check|not-null|exclusion) constraint\b"),
            *("syntax error at or near", "deadlock detected", "password authentication failed for user"),
            *("no pg_hba.conf entry", "current transaction is aborted", "asyncpg.exceptions."),
            regex(r"\bpermission denied for (?:table|relation|schema|sequence|database)"),
            regex(r"\bpsycopg2?\.[a-z]"),
            regex(r"\bpg::[a-z]{6}"),
        ),
        pattern=(
            rf"(?i)(?:(?:psycopg2?\.|asyncpg\.exceptions\.|PG::)[\w.]{{3,60}}: )?(?:\b(?:ERROR|FATAL|PANIC): {{1,3}})?"
            rf"(?:\b(?:relation|column|schema|function|role|database|type|operator|constraint"
            rf"|table) {_NAME}[^\n]{{1,80}}? does not exist\b"
            rf"|\b(?:\w[\w ]{{1,60}} (?:in|on) (?:table"
            rf"|relation) {_NAME}[\w.]{{1,63}}{_NAME} )?(?:duplicate key value )?violates (?:unique|foreign key|check"
            rf"|not-null|exclusion) constraint\b(?: on table)?(?: {_NAME}?[\w.]{{1,63}}{_NAME}?)?"
            rf"|\bsyntax error at or near {_NAME}[^\n]{{1,80}}?{_NAME}|\bpermission denied for (?:table|relation"
            rf"|schema|sequence|database) {_NAME}?[\w.]{{1,63}}{_NAME}?"
            rf"|\bdeadlock detected\b|\bpassword authentication failed for user {_NAME}[^\n\"]{{1,63}}{_NAME}"
            rf"|\bno pg_hba\.conf entry for host{_REST}|\bcurrent transaction is aborted, commands ignored{_REST})"
            rf"(?:\s{{1,4}}(?:DETAIL|HINT|LINE \d{{1,4}}|CONTEXT|STATEMENT|SQL state): {_REST}){{0,4}}"
            rf"|\b(?:psycopg2?\.(?:errors\.)?|asyncpg\.exceptions\.|PG::)[A-Z]\w{{3,60}}(?:: {_REST})?"
        ),
        reach=_REACH,
    ),
    form(
        "mysql_error",
        DATABASE_ERROR,
        triggers=(
            "you have an error in your sql syntax",
            regex(r"\bunknown (?:column|table|database) ['`\"\\]"),
            regex(r"\bdoesn[^ ]{1,3}t (?:exist|have a default value)"),
            regex(r"\bduplicate entry ['`\"\\]"),
            regex(r"\bcannot (?:be null|add or update a child|delete or update a parent)"),
            regex(r"\baccess denied for user ['`\"\\]"),
            regex(r"\berror [0-9]{4} \([0-9a-z]{5}\)"),
            regex(r"\bER_[A-Z]{2}", caseless=False),
        ),
        pattern=(
            rf"(?i)(?:\bERROR \d{{4}} \([0-9A-Z]{{5}}\)(?: at line \d{{1,6}})?: {_REST})"
            rf"|\bYou have an error in your SQL syntax{_REST}"
            rf"|\bUnknown (?:column|table|database) {_NAME}[^\n'`\"]{{1,130}}{_NAME}(?: in"
            rf" {_NAME}?[\w ]{{1,40}}{_NAME}?)?"
            rf"|\bTable {_NAME}[^\n'`\"]{{1,130}}{_NAME} doesn.{{1,3}}t exist\b"
            rf"|\bDuplicate entry {_NAME}[^\n]{{1,190}}? for key {_NAME}[^\n'`\"]{{1,130}}{_NAME}"
            rf"|\bCannot (?:add or update|delete or update) a (?:child"
            rf"|parent) row: a foreign key constraint fails{_REST}"
            rf"|\bAccess denied for user {_NAME}[^\n'`\"]{{0,80}}{_NAME}@{_NAME}[^\n'`\"]{{1,130}}{_NAME}(?: \(using"
            rf" password: \w{{2,3}}\))?"
            rf"|(?-i:\bER_[A-Z]{{2,20}}(?:_[A-Z]{{2,20}}){{1,6}}\b)(?:: {_REST})?"
            rf"|\b(?:Field|Column) {_NAME}\w{{1,63}}{_NAME} (?:doesn.{{1,3}}t have a default value|cannot be null)\b"
        ),
        reach=_REACH,
    ),
    form(
        "server_error",
        DATABASE_ERROR,
        triggers=(
            regex(r"\bmsg [0-9]{1,6}, level [0-9]"),
            regex(r"\binvalid (?:object|column) name ['\"]"),
            regex(r"\bincorrect syntax near\b"),
            regex(r"\bunclosed quotation mark after"),
            regex(r"\bviolation of (?:primary|unique) key constraint\b"),
            regex(r"\bconflicted with the (?:foreign key|check|reference) constraint\b"),
            regex(r"\b(?:no such (?:table|column): ?\w|unique constraint failed: ?\w|not null constraint failed: ?\w)"),
            regex(r"\bsqlite_[a-z]{4}"),
            regex(r"\be11000 duplicate key"),
            regex(r"\bmongo(?:server|network|bulkwrite|parse)?error: "),
            regex(r"\blogin failed for user ['\"]"),
        ),
        pattern=(
            rf"(?i)\bMsg \d{{1,6}}, Level \d{{1,3}}, State \d{{1,3}}(?:, {_REST})?(?:\n{_REST})?"
            rf"|\bInvalid (?:object|column) name {_NAME}[^\n'\"]{{1,130}}{_NAME}"
            rf"|\bIncorrect syntax near (?:the keyword )?{_NAME}[^\n]{{1,80}}?{_NAME}"
            rf"|\bUnclosed quotation mark after the character string{_REST}|\bViolation of (?:PRIMARY"
            rf"|UNIQUE) KEY constraint {_REST}"
            rf"|\bThe (?:INSERT|UPDATE|DELETE|MERGE) statement conflicted with the (?:FOREIGN KEY|CHECK"
            rf"|REFERENCE)[^\n]{{1,300}}"
            rf"|\b(?:no such (?:table|column): ?|(?:UNIQUE|NOT NULL|FOREIGN KEY"
            rf"|CHECK) constraint failed: ?)[\w.]{{1,130}}(?:, [\w.]{{1,130}}){{0,4}}"
            rf"|\bSQLITE_(?:ERROR|CONSTRAINT|BUSY|LOCKED|READONLY|CORRUPT|CANTOPEN|MISMATCH|MISUSE|FULL|IOERR|AUTH"
            rf"|NOTADB)\w{{0,30}}(?:: {_REST})?"
            rf"|\b(?:Mongo\w{{0,20}}Error: )?E11000 duplicate key error{_REST}|\bMongo(?:Server|Network|BulkWrite"
            rf"|Parse)?Error: {_REST}"
            rf"|\bLogin failed for user {_NAME}[^\n'\"]{{1,80}}{_NAME}"
        ),
        reach=_REACH,
    ),
    form(
        "mapper_error",
        DATABASE_ERROR,
        triggers=(
            *(
                "sqlalchemy.exc.",
                "sqlalchemy.orm.",
                "django.db.",
                "peewee.",
                "tortoise.",
                "pymysql.",
                "mysql.connector.",
            ),
            *("cx_oracle.", "oracledb.", "pyodbc.", "sqlite3.", "mysqldb.", "org.hibernate.", "org.springframework."),
            *(
                "org.postgresql.",
                "java.sql.",
                "com.mysql.",
                "data.sqlclient.",
                "entityframeworkcore.",
                "activerecord::",
            ),
            *(
                "sequelize",
                "prismaclient",
                "queryfailederror",
                "pdoexception",
                "doctrine\\",
                "illuminate\\",
                "[sql: ",
                "pq: ",
            ),
        ),
        pattern=(
            rf"\b(?:sqlalchemy\.(?:exc|orm(?:\.exc)?)\.[A-Z]\w{{2,60}}|(?:django\.db|peewee|tortoise|pymysql"
            rf"|mysql\.connector|cx_Oracle|oracledb|pyodbc|sqlite3|MySQLdb)[\w.]{{0,40}}\.\w{{0,40}}(?:Error"
            rf"|DoesNotExist)"
            rf"|org\.(?:hibernate|springframework\.(?:dao|jdbc|orm)|postgresql)[\w.]{{1,100}}(?:Exception|Error)"
            rf"|java\.sql\.\w{{3,60}}Exception|com\.mysql\.[\w.]{{3,80}}Exception"
            rf"|(?:Microsoft\.(?:Data\.SqlClient|EntityFrameworkCore)|System\.Data\.SqlClient)\.\w{{3,60}}"
            rf"|ActiveRecord::[A-Z]\w{{3,60}}"
            rf"|Sequelize\w{{4,40}}Error|PrismaClient\w{{4,40}}Error|QueryFailedError|PDOException"
            rf"|(?:Doctrine\\{{1,2}}DBAL|Illuminate\\{{1,2}}Database)[\w\\]{{1,80}}Exception)"
            rf"(?:: {_REST})?(?:\n\[SQL: {_REST})?"
            rf"|\[SQL: (?i:select|insert|update|delete|create|alter|drop|with)\b[^\n]{{1,400}}"
            rf"|\bpq: (?:duplicate key|relation|column|syntax error|password|permission|SSL|null value|invalid input"
            rf"|role|database){_REST}"
        ),
        reach=_REACH,
    ),
)
