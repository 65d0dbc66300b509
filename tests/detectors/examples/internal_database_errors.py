from __future__ import annotations

from tests.detectors.examples.example import Positive

ERROR = "DATABASE_ERROR"
POSITIVES = (
    Positive(
        ERROR,
        "it said ",
        "SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.orders' doesn't exist",
        "\nok",
    ),
    Positive(ERROR, "it said ", "ORA-00942: table or view does not exist", "\nok"),
    Positive(ERROR, "DB: ", "DB2 SQL Error: SQLCODE=-204, SQLSTATE=42704, SQLERRMC=SHOP.ORDERS", "\nok"),
    Positive(
        ERROR,
        "",
        'ERROR:  duplicate key value violates unique constraint "orders_pkey"\nDETAIL:  Key (id)=(7) already exists.',
        "\nok",
    ),
    Positive(ERROR, "why: ", 'relation "public.refunds" does not exist', ", it seems"),
    Positive(ERROR, "why: ", 'syntax error at or near "FORM"', ", it seems"),
    Positive(ERROR, "why: ", 'password authentication failed for user "orders"', ", it seems"),
    Positive(ERROR, "why: ", "You have an error in your SQL syntax; check the manual near 'FORM orders'", "\nok"),
    Positive(ERROR, "why: ", "Unknown column 'refund_total' in 'field list'", ", it seems"),
    Positive(ERROR, "why: ", "Duplicate entry '7-a' for key 'orders.PRIMARY'", ", it seems"),
    Positive(ERROR, "why: ", "Access denied for user 'orders'@'web-3' (using password: YES)", ", it seems"),
    Positive(ERROR, "why: ", "ER_NO_SUCH_TABLE: Table 'shop.orders' is missing", "\nok"),
    Positive(ERROR, "", "Msg 208, Level 16, State 1, Server DB1, Line 1\nInvalid object name 'dbo.Orders'.", "\nok"),
    Positive(ERROR, "why: ", "UNIQUE constraint failed: orders.id", "\nok"),
    Positive(ERROR, "why: ", "SQLITE_CONSTRAINT: FOREIGN KEY constraint failed", "\nok"),
    Positive(
        ERROR, "why: ", "E11000 duplicate key error collection: shop.orders index: id_1 dup key: { id: 7 }", "\nok"
    ),
    Positive(ERROR, "why: ", "sqlite3.OperationalError: no such table: orders", "\nok"),
    Positive(
        ERROR, "why: ", "org.hibernate.exception.ConstraintViolationException: could not execute statement", "\nok"
    ),
    Positive(ERROR, "why: ", "ActiveRecord::RecordNotFound: Couldn't find Order with 'id'=7", "\nok"),
    Positive(ERROR, "why: ", "SequelizeForeignKeyConstraintError: insert on orders", "\nok"),
    Positive(ERROR, "ran ", "[SQL: SELECT id, total FROM orders WHERE id = %(id)s]", "\nok"),
    Positive(ERROR, "why: ", "Login failed for user 'orders'", "."),
)
NEAR_MISSES = (
    "The table you asked for does not exist yet, but column 3 does.",
    "Your order number is a duplicate of an entry from yesterday.",
    "access was denied to the user, who forgot the password",
    "SQL stands for structured query language; SELECT is its best known word.",
    "A syntax error is the most common mistake of beginners.",
    "He filed the key under D for duplicate.",
)
