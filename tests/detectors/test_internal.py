"""Internal data in text is found, and everyday text is not."""

from __future__ import annotations

import pytest

from detectors import Family, Profile, Scanner
from detectors.internal import is_internal_name
from detectors.pii.table import INFORMATIONAL

SCANNER = Scanner(Profile(families=frozenset({Family.INTERNAL, Family.PII}), without=INFORMATIONAL))


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("curl http://kafka-5.shop.svc.cluster.local:8080/health", "INTERNAL_HOSTNAME", None),
        ("resolved db1.ams.lan today", "INTERNAL_HOSTNAME", "db1.ams.lan"),
        ("see https://wiki.internal/pages/1", "INTERNAL_HOSTNAME", "https://wiki.internal/pages/1"),
        ("saved to /home/ada/src/settings.py now", "INTERNAL_PATH", "/home/ada/src/settings.py"),
        (r"saved to C:\Users\ada\plan.xlsx now", "INTERNAL_PATH", r"C:\Users\ada\plan.xlsx"),
        (r"on \\files01\finance$\plan.xlsx", "INTERNAL_PATH", r"\\files01\finance$\plan.xlsx"),
        ("role arn:aws:iam::123456789012:role/admin", "CLOUD_RESOURCE_ID", "arn:aws:iam::123456789012:role/admin"),
        ("data in s3://acme-private/2026/", "CLOUD_RESOURCE_ID", "s3://acme-private/2026/"),
        ("see https://acme.atlassian.net/browse/OPS-1", "INTERNAL_TICKET", "https://acme.atlassian.net/browse/OPS-1"),
        ("CONFIDENTIAL - INTERNAL USE ONLY", "CONFIDENTIALITY_MARKING", "CONFIDENTIAL - INTERNAL USE ONLY"),
        ("broker at 10.11.159.111 is up", "PRIVATE_IP", "10.11.159.111"),
        (
            "postgres://app:h7Kp2xQe@db.acme.com/orders",
            "CONNECTION_STRING",
            "postgres://app:h7Kp2xQe@db.acme.com/orders",
        ),
    ],
)
def test_internal_data_in_text_is_found(text: str, kind: str, value: str | None) -> None:
    spans = {f.type: text[f.start : f.end] for f in SCANNER.scan(text) if f.family is Family.INTERNAL}
    assert spans.get(kind) == (value or text.removeprefix("curl "))


@pytest.mark.parametrize(
    "text",
    [
        "See https://github.com/apache/kafka/pull/7127 for details",
        "the thread keeps it in threading.local() and settings.local.json",
        "Edit /etc/hosts or /usr/local/bin/tool as root",
        "s3 buckets are private by default",
        "the internal use of confidential words",
        "GET /users/42 and /home",
        "a regex such as \\\\d+ or \\n",
        "the local shop at our corporate lane",
    ],
)
def test_everyday_text_is_not_internal(text: str) -> None:
    assert [f.type for f in SCANNER.scan(text)] == []


@pytest.mark.parametrize(
    "name",
    [
        *("internal_notes", "internalNotes", "debug_trace", "debugInfo", "_private", "stack_trace", "__debug__"),
        *("x-debug-token", "staff_only_note", "notes_internal", "systemPrompt", "not_for_customers", "private_notes"),
    ],
)
def test_field_names_that_say_internal(name: str) -> None:
    assert is_internal_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("international", "internals_of_clocks", "debugger", "private_room", "notes", "is_internal"),
        *("debug_enabled", "internal_count", "privateer", "staff"),
    ],
)
def test_field_names_that_only_look_like_it(name: str) -> None:
    assert not is_internal_name(name)
