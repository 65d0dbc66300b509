"""Presidio in both directions: no network, no silent timeout, nothing that it shares in the process is changed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import regex  # type: ignore[import-untyped]
import spacy
from presidio_analyzer import EntityRecognizer, Pattern, PatternRecognizer, RecognizerResult, RemoteRecognizer
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import (
    EmailRecognizer,
    IbanRecognizer,
    PhoneRecognizer,
    SpacyRecognizer,
    UsSsnRecognizer,
)

from detectors import Family, Profile, ScanError, Scanner
from detectors.presidio import (
    DeadlinePattern,
    PenstockRecognizer,
    PresidioError,
    RegexNlpEngine,
    analyzer_engine,
    declarations,
    recognizers,
)

NOTHING_ELSE = Profile(families=frozenset({Family.CUSTOM}))
REGISTRY = """
recognizers:
  - name: Shop orders
    type: custom
    supported_entity: ORDER_NUMBER
    supported_language: en
    patterns:
      - {name: order, regex: 'SO-\\d{4}', score: 0.2}
    context: [order, purchase]
  - name: Titles
    type: custom
    supported_entity: TITLE
    supported_language: en
    deny_list: [Prof., Dr.]
"""


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test of this file runs without sockets."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a connection was opened")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)


def inside(*wanted: Any, **options: Any) -> Scanner:
    """A scanner that has these recognizers of Presidio's and nothing else."""
    return Scanner(NOTHING_ELSE, extra=declarations(wanted, family=Family.CUSTOM, **options))


def found(scanner: Scanner, text: str) -> list[tuple[str, str]]:
    return [(finding.type, text[finding.start : finding.end]) for finding in scanner.scan(text)]


def test_our_detectors_are_a_recognizer_of_a_stock_analyzer() -> None:
    scanner = Scanner(Profile(families=frozenset({Family.PII, Family.INTERNAL})))
    engine = analyzer_engine(scanner)
    text = "ssn 219-09-9999 of jane@acme.co.uk on db1.ams.lan"
    results = engine.analyze(text=text, language="en")
    ours = {(f.type, f.start, f.end, f.score) for f in scanner.scan(text)}
    assert {(r.entity_type, r.start, r.end, r.score) for r in results} == ours
    assert {"US_SSN", "EMAIL_ADDRESS", "INTERNAL_HOSTNAME"} <= {r.entity_type for r in results}


def test_a_stock_analyzer_may_ask_for_some_entities_and_has_others_recognizers_beside_ours() -> None:
    engine = analyzer_engine(Scanner(Profile(families=frozenset({Family.PII}))))
    engine.registry.add_recognizer(PatternRecognizer("ZIP", patterns=[Pattern("zip", r"\b\d{5}\b", 0.7)]))
    text = "ssn 219-09-9999 of jane@acme.co.uk in 90210"
    some = engine.analyze(text=text, language="en", entities=["US_SSN", "ZIP"])
    assert {r.entity_type for r in some} == {"US_SSN", "ZIP"}


def test_a_text_that_cannot_be_scanned_is_no_clean_text_for_presidio_either() -> None:
    from detectors import Limits

    engine = analyzer_engine(Scanner(limits=Limits(max_bytes=10)))
    with pytest.raises(ScanError):
        engine.analyze(text="a text of more than ten bytes", language="en")


def test_our_recognizer_names_every_type_of_its_scanner() -> None:
    scanner = Scanner(NOTHING_ELSE, extra=declarations([UsSsnRecognizer()], family=Family.CUSTOM))
    assert PenstockRecognizer(scanner).supported_entities == sorted(scanner.types) == ["US_SSN"]


def test_recognizers_of_a_yaml_registry_work_inside_a_scanner() -> None:
    scanner = inside(*recognizers(REGISTRY))
    assert found(scanner, "Dr. Who has order SO-1234 and SO-99") == [("TITLE", "Dr."), ("ORDER_NUMBER", "SO-1234")]


def test_a_weak_pattern_needs_its_context_word() -> None:
    scanner = inside(*recognizers(REGISTRY))
    assert found(scanner, "the code SO-1234 here") == []
    (finding,) = scanner.scan("our purchase: SO-1234")
    assert finding.score == pytest.approx(0.55)
    assert finding.detector == "presidio_Shop orders"


@pytest.mark.parametrize(
    ("recognizer", "text", "value"),
    [
        (UsSsnRecognizer(), "the ssn is 219-09-9998 ok", "219-09-9998"),
        (UsSsnRecognizer(), "the ssn is 000-09-9998 ok", None),
        (IbanRecognizer(), "to DE89370400440532013000 ok", "DE89370400440532013000"),
        (IbanRecognizer(), "to DE89370400440532013001 ok", None),
        (EmailRecognizer(), "mail jane@acme.co.uk ok", "jane@acme.co.uk"),
        (EmailRecognizer(), "mail jane@acme.nosuchsuffix ok", None),
        (PhoneRecognizer(), "call +49 30 901820 ok", "+49 30 901820"),
    ],
)
def test_predefined_recognizers_keep_their_checks(recognizer: Any, text: str, value: str | None) -> None:
    expected = [] if value is None else [(recognizer.supported_entities[0], value)]
    assert found(inside(recognizer), text) == expected


def test_offsets_are_those_of_the_text_before_folding() -> None:
    text = "the ssn is \uff12\uff11\uff19-09-9998 ok"
    assert found(inside(UsSsnRecognizer()), text) == [("US_SSN", "\uff12\uff11\uff19-09-9998")]


class SlowPattern:
    """A compiled pattern whose search always runs out of time."""

    def finditer(self, text: str, timeout: float | None = None) -> Iterator[object]:
        raise TimeoutError(text)


def test_a_pattern_that_runs_out_of_time_ends_the_scan_without_quoting_it() -> None:
    with pytest.raises(ScanError) as caught:
        list(DeadlinePattern(SlowPattern()).finditer("jane@acme.com"))
    assert "jane" not in str(caught.value)


def test_a_pattern_with_exponential_time_ends_the_scan() -> None:
    endless = r"^(?:a|aa)+$"
    text = "a" * 60 + "!"
    quick = DeadlinePattern(regex.compile(endless), deadline_s=0.05)
    with pytest.raises(ScanError) as caught:
        list(quick.finditer(text))
    assert caught.value.code == "SCAN_FAILED"
    with pytest.raises(ScanError):
        inside(PatternRecognizer("X", patterns=[Pattern("x", endless, 0.9)])).scan(text)


def test_a_recognizer_that_fails_ends_the_scan_without_quoting_the_text() -> None:
    class Failing(EntityRecognizer):  # type: ignore[misc]  # presidio_analyzer is untyped here
        """Fails with the text in its message."""

        def load(self) -> None:
            """Nothing."""

        def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> list[Any]:
            """Fails."""
            raise RuntimeError(text)

    with pytest.raises(ScanError) as caught:
        inside(Failing(["X"])).scan("a secret")
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


class Elsewhere(RemoteRecognizer):  # type: ignore[misc]  # presidio_analyzer is untyped here
    """Would send each text away."""

    def load(self) -> None:
        """Nothing."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> list[Any]:
        """Finds the first word."""
        return [RecognizerResult("WORD", 0, text.index(" "), 0.9)]

    def get_supported_entities(self) -> list[str]:
        """One."""
        return ["WORD"]


def test_a_recognizer_that_sends_texts_away_is_refused_unless_asked_for() -> None:
    elsewhere = Elsewhere(supported_entities=["WORD"], name="elsewhere", supported_language="en", version="1")
    with pytest.raises(PresidioError, match="sends texts"):
        declarations([elsewhere])
    assert found(inside(elsewhere, unsafe_allow_remote=True), "some text") == [("WORD", "some")]


@pytest.mark.parametrize(
    "configuration",
    ["", "[]", "recognizers: []", "recognizers: [{name: NoSuchThing, type: predefined}]", "recognizers: [1]", {"a": 1}],
)
def test_a_registry_that_presidio_refuses_is_an_error(configuration: Any) -> None:
    with pytest.raises(PresidioError) as caught:
        recognizers(configuration)
    assert caught.value.code == "PRESIDIO_INVALID"
    assert "NoSuchThing" not in str(caught.value)


def test_what_is_no_recognizer_is_an_error() -> None:
    with pytest.raises(PresidioError):
        declarations(["UsSsnRecognizer"])


def test_patterns_that_presidio_shares_in_the_process_are_not_changed() -> None:
    recognizer = UsSsnRecognizer()
    before = list(recognizer.patterns)
    assert found(inside(recognizer), "ssn 219-09-9998") != []
    assert recognizer.patterns == before
    assert not any(isinstance(pattern.compiled_regex, DeadlinePattern) for pattern in UsSsnRecognizer.PATTERNS)


def test_a_model_finds_names_inside_a_scanner() -> None:
    """A tiny pipeline made here stands for a model: tokenizer and a few names, with spaCy's own entities."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PERSON", "pattern": "Ada Lovelace"}, {"label": "GPE", "pattern": "Berlin"}])  # type: ignore[attr-defined]
    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "made here"}])
    engine.nlp = {"en": nlp}
    scanner = inside(SpacyRecognizer(supported_entities=["PERSON", "LOCATION"]), nlp_engine=engine)
    assert found(scanner, "Ada Lovelace went to Berlin") == [("PERSON", "Ada Lovelace"), ("LOCATION", "Berlin")]
    without = Scanner(
        Profile(families=frozenset({Family.CUSTOM}), without=frozenset({"PERSON"})), extra=scanner.declarations
    )
    assert found(without, "Ada Lovelace went to Berlin") == [("LOCATION", "Berlin")]


def test_the_engine_reads_a_text_once_for_all_entities() -> None:
    class Counting(RegexNlpEngine):
        """Counts what it reads."""

        count = 0

        def process_text(self, text: str, language: str) -> Any:
            """As ever."""
            self.count += 1
            return super().process_text(text, language)

    engine = Counting()
    inside(SpacyRecognizer(), PhoneRecognizer(), nlp_engine=engine).scan("a text that is read once")
    assert engine.count == 1


def test_tokens_are_words_and_marks_in_lower_case() -> None:
    artifacts = RegexNlpEngine().process_text("SSN: 219-09", "en")
    assert artifacts.lemmas == ["ssn", ":", "219", "-", "09"]
    assert artifacts.tokens_indices == [0, 3, 5, 8, 9]
