from __future__ import annotations

from tests.detectors.examples.example import Positive

DUMP = "DEBUG_DUMP"
POSITIVES = (
    Positive(DUMP, "log:\n", "2026-01-01 10:00:00,123 DEBUG [main] com.acme.orders.Store - loaded 3 rows", "\nok"),
    Positive(DUMP, "log:\n", "DEBUG:acme.orders.store:loaded 3 rows", "\nok"),
    Positive(DUMP, "log:\n", "[DEBUG] store.py:42 loaded 3 rows", "\nok"),
    Positive(DUMP, "log:\n", 'level=debug ts=2026-01-01T10:00:00Z caller=store.go:42 msg="loaded 3 rows"', "\nok"),
    Positive(DUMP, "", "You're seeing this error because you have DEBUG = True in your settings", "\nok"),
    Positive(
        DUMP,
        "page:\n",
        "Request Method: GET\nRequest URL: https://shop.acme.com/orders/7\nDjango Version: 5.1\nException Type: Gone",
        "\nok",
    ),
    Positive(DUMP, "env:\n", "HOME=/\nSHELL=/bin/sh\nPWD=/\nORDERS_SHARD=7", "\n\nok"),
    Positive(DUMP, "got ", "<acme.orders.Store object at 0x7f3a2b3c4d5e>", " back"),
    Positive(DUMP, "got ", "com.acme.orders.Store@1b6d3586", " back"),
    Positive(DUMP, "got ", "#<Order:0x000055d5f2a1b3c8 @id=7 @total=12>", " back"),
    Positive(DUMP, "it printed ", 'object(Acme\\Order)#7 (2) {\n  ["id"]=>\n  int(7)\n}', " and stopped"),
    Positive(
        DUMP,
        "curl:\n",
        "* Connected to shop.acme.com\n> GET /orders/7 HTTP/1.1\n> Host: shop.acme.com\n< HTTP/1.1 500 Oops\n",
        "ok",
    ),
    Positive(DUMP, "then: ", "Segmentation fault (core dumped)", "."),
    Positive(DUMP, "rows ", "rax: 00007ffd3b2a1c40 rbx: 0000000000000007", " end"),
)
NEAR_MISSES = (
    "2026-01-18T11:26:10.274Z DEBUG [worker-6] took the second of three steps. partition=0 offset=696",
    "Set the level to DEBUG if you want to see more, or to TRACE.",
    "> a quotation\n> of three lines\n> from a mail\n",
    "* a list\n* of three\n* HTTP/1.1 and HTTP/2 clients\n",
    "NAME=Ada\nCITY=London\nYEAR=1843\n",
    "He is the object of 0x-games.",
)
