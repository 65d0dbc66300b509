"""No text makes the detectors of internal data slow: time grows with its length."""

from __future__ import annotations

import time

import pytest

from detectors.internal.table import DECLARATIONS

# Each is written to keep one or more of the patterns busy: heads without tails, frames without end, open quotes.
FLOODS = {
    "python frames": 'File "a.py", line 1, in f\n' * 2_500,
    "python heads": "Traceback (most recent call last):\n" * 2_000,
    "escaped lines": "Traceback (most recent call last):" + "\\n  x" * 15_000,
    "java frames": "\tat a.b.C.d(E.java:1)\n" * 3_000,
    "java names": "at a." * 15_000,
    "dotnet names": "at System." * 7_000,
    "script frames": "at f (/a.js:1:2)\n" * 4_000,
    "goroutines": "goroutine 1 [running]:\n" * 3_000,
    "php frames": "#0 /a.php(1): f()\n" * 4_000,
    "native frames": "#0 0x00000001 in f\n" * 4_000,
    "braces": '{"type": "function", "function": {"name": ' * 1_500,
    "open braces": '{"name": "x", "parameters": {"type": "object", ' + "{" * 60_000,
    "prompts": "You are a helpful assistant. " * 2_200,
    "roles": '{"role": "system", "content": "' * 2_000,
    "dots": "a." * 30_000,
    "labels": "a.internal" * 6_000,
    "slashes": "/" * 60_000,
    "homes": "/home/a" * 8_000,
    "backslashes": "\\" * 60_000,
    "drives": "C:\\a " * 12_000,
    "equals": "server=" * 8_000,
    "pairs": "password=a;" * 5_500,
    "variables": "PATH=a\n" * 8_000,
    "quoted names": 'relation "a" ' * 4_500,
    "statements": "[SQL: select " * 4_500,
    "links": "https://jira.a.b/c " * 3_000,
    "arns": "arn:aws:s3:::a " * 4_000,
    "buckets": "s3://" + "a" * 60_000,
    "markings": "CONFIDENTIAL " * 4_500,
    "levels": "2026-01-01 10:00:00 DEBUG a " * 2_000,
    "words": "a" * 60_000,
    "spaces": " " * 60_000,
    "newlines": "\n" * 60_000,
}


@pytest.mark.parametrize("flood", FLOODS)
def test_no_text_takes_longer_than_its_length_allows(flood: str) -> None:
    text = FLOODS[flood][:24_000]

    def seconds(part: str, name: str) -> float:
        declared = next(item for item in DECLARATIONS if item.name == name)
        start = time.process_time()
        list(declared.find(part, 0, len(part)))
        return time.process_time() - start

    for declared in DECLARATIONS:
        whole = min(seconds(text, declared.name) for _ in range(2))
        if whole > 0.05:
            half = min(seconds(text[: len(text) // 2], declared.name) for _ in range(2))
            assert whole < 3.2 * half, declared.name
        assert whole < 0.5, declared.name
