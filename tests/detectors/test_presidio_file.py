"""Recognizers of Presidio's out of one file: patterns, predefined ones, a model that is on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy

from detectors import Family, Profile, Scanner
from detectors.presidio import PresidioError, configured

PATTERNS = """
recognizers:
  - name: Shop orders
    type: custom
    supported_entity: ORDER_NUMBER
    supported_language: en
    patterns:
      - {name: order, regex: 'SO-\\d{4}', score: 0.2}
    context: [order, purchase]
"""
MODEL = """
nlp_configuration:
  nlp_engine_name: spacy
  models:
    - {lang_code: en, model_name: MODEL}
recognizer_registry:
  recognizers:
    - {name: SpacyRecognizer, type: predefined}
    - {name: UsSsnRecognizer, type: predefined}
"""


def found(configuration: str, text: str) -> list[tuple[str, str]]:
    """What the recognizers of a configuration find, without what our own detectors do."""
    scanner = Scanner(Profile(families=frozenset({Family.PII})), extra=configured(configuration))
    return [(f.type, text[f.start : f.end]) for f in scanner.scan(text) if f.detector.startswith("presidio_")]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline with two names, kept as spaCy keeps a model."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PERSON", "pattern": "Ada Lovelace"}, {"label": "GPE", "pattern": "Berlin"}])  # type: ignore[attr-defined]
    folder = tmp_path_factory.mktemp("model")
    nlp.to_disk(folder)
    return folder


@pytest.mark.parametrize("text", [PATTERNS, "recognizer_registry:" + PATTERNS.replace("\n", "\n  ")])
def test_pattern_of_a_file_is_found_with_its_context(text: str) -> None:
    assert found(text, "the order SO-1234 and SO-5678") == [("ORDER_NUMBER", "SO-1234"), ("ORDER_NUMBER", "SO-5678")]
    assert found(text, "flight SO-1234") == []


def test_model_of_a_file_finds_names_in_prose(model: Path) -> None:
    names = found(MODEL.replace("MODEL", str(model)), "Ada Lovelace went to Berlin with 219-09-9998")

    assert ("PERSON", "Ada Lovelace") in names
    assert ("LOCATION", "Berlin") in names


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[1]", "is a mapping"),
        ("{", "no YAML"),
        ("recognizers: []", "list of recognizers"),
        ("recognizer_registry:\n  recognizers: []\n", "list of recognizers"),
        ("recognizers:\n  - {name: NoSuchRecognizer, type: predefined}\n", "refused the registry"),
        (MODEL.replace("MODEL", "en_not_installed"), "not installed"),
        (MODEL.replace("spacy", "transformers"), "other engines"),
        (MODEL.replace("models:", "modules:"), "other engines"),
        (MODEL + "supported_languages: [en]\n", "supported_languages, which is not read"),
    ],
)
def test_file_that_cannot_be_used_is_refused(text: str, part: str) -> None:
    with pytest.raises(PresidioError, match=part):
        configured(text)


def test_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PresidioError, match="cannot be loaded"):
        configured(MODEL.replace("MODEL", str(tmp_path)))
