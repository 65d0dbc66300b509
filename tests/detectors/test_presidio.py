"""The guards around presidio-analyzer: no network, no silent timeout, no shared state changed."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from detectors import ScanError, Scanner
from detectors.pii import PiiRule

RULES = (PiiRule("EMAIL_ADDRESS", "EmailRecognizer", "@", ()), PiiRule("UK_NHS", "NhsRecognizer", "[0-9]{3}", ("nhs",)))


class SlowPattern:
    """A compiled pattern whose search always runs out of time."""

    def finditer(self, text: str, timeout: float | None = None) -> Iterator[object]:
        raise TimeoutError(text)


def test_pattern_that_runs_out_of_time_fails_the_scan() -> None:
    from detectors.presidio import DeadlinePattern, PresidioAnalyzer

    analyzer = PresidioAnalyzer(RULES)
    for recognizer in analyzer._engine.registry.recognizers:
        if recognizer.supported_entities == ["EMAIL_ADDRESS"]:
            recognizer.patterns[0].compiled_regex = DeadlinePattern(SlowPattern())
    with pytest.raises(ScanError) as caught:
        analyzer.analyze("jane@acme.com", RULES)
    assert caught.value.code == "SCAN_FAILED"
    assert "jane" not in str(caught.value)


def test_no_connection_is_opened_by_the_first_email(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a detector opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert [finding.type for finding in Scanner().scan("jane@acme.co.uk")] == ["EMAIL_ADDRESS"]


def test_patterns_that_presidio_shares_in_the_process_are_not_changed() -> None:
    Scanner().warm()
    from presidio_analyzer.predefined_recognizers import UsSsnRecognizer

    from detectors.presidio import DeadlinePattern

    assert not any(isinstance(pattern.compiled_regex, DeadlinePattern) for pattern in UsSsnRecognizer.PATTERNS)


def test_every_rule_has_a_recognizer_for_its_entity() -> None:
    from detectors.presidio import PresidioAnalyzer

    engine = PresidioAnalyzer(RULES)._engine
    assert set(engine.get_supported_entities("en")) == {rule.entity for rule in RULES}


def test_tokens_are_words_and_marks_in_lower_case() -> None:
    from detectors.presidio import RegexNlpEngine

    artifacts = RegexNlpEngine().process_text("SSN: 219-09", "en")
    assert artifacts.lemmas == ["ssn", ":", "219", "-", "09"]
    assert artifacts.tokens_indices == [0, 3, 5, 8, 9]
