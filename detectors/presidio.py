"""Presidio's recognizers behind the scanner: the one module of this package that loads presidio-analyzer.

# INVARIANT: nothing imports this module eagerly. Importing presidio-analyzer loads about 1,300 modules (spaCy, logging,
# sockets) in about a second; `detectors.scanner` imports it at the first text that passes the gate, and it is the named
# exemption from the purity of this package.

Presidio runs as an `AnalyzerEngine` over exactly the recognizers of `detectors.pii_rules.RULES`, with the regex
`NlpEngine` below in place of a model. What Presidio would do by itself is switched off:

- a pattern that takes too long is logged and skipped by Presidio, which reads as "clean"; `DeadlinePattern` raises;
- tldextract fetches the public suffix list over HTTP at the first e-mail; the packaged list is used, nothing is cached;
- context search (substrings, five words before, quadratic) is replaced by `detectors.context`;
- no model is downloaded and no text is logged.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

with warnings.catch_warnings():
    # Presidio's dependencies deprecate parts of each other at import; nothing in our control.
    warnings.simplefilter("ignore", DeprecationWarning)
    import regex  # type: ignore[import-untyped]  # Presidio's own engine, so that its patterns keep their meaning
    import tldextract
    from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry, predefined_recognizers
    from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

from detectors.limits import ScanError
from detectors.pii import OWN, Hit, PiiRule
from detectors.pii_rules import RULES

#: How long one pattern may search one window, in seconds; a window takes well under a millisecond.
PATTERN_DEADLINE_S = 2.0

#: One language for all recognizers: they are chosen by rule, not by the language of the text.
_LANGUAGE = "en"

_TOKEN = re.compile(r"\w+|[^\w\s]")


class RegexNlpEngine(NlpEngine):  # type: ignore[misc]  # presidio_analyzer is untyped here
    """Tokens by regular expression, the lemma is the lower-case token, no entities: no model and no download."""

    def load(self) -> None:
        """Nothing to load."""

    def is_loaded(self) -> bool:
        """Always."""
        return True

    def process_text(self, text: str, language: str) -> Any:
        """The tokens of a text as Presidio's artifacts."""
        matches = list(_TOKEN.finditer(text))
        tokens = [match.group() for match in matches]
        return NlpArtifacts(
            entities=[],
            tokens=tokens,
            tokens_indices=[match.start() for match in matches],
            lemmas=[token.lower() for token in tokens],
            nlp_engine=self,
            language=language,
        )

    def process_batch(
        self, texts: Iterable[str], language: str, batch_size: int = 1, n_process: int = 1, **kwargs: Any
    ) -> Iterator[tuple[str, Any]]:
        """Each text with its artifacts, one after the other."""
        for text in texts:
            yield text, self.process_text(text, language)

    def is_stopword(self, word: str, language: str) -> bool:
        """No word is one."""
        return False

    def is_punct(self, word: str, language: str) -> bool:
        """Whether a token is a single mark."""
        return not word[:1].isalnum()

    def get_supported_entities(self) -> list[str]:
        """None: there is no model."""
        return []

    def get_supported_languages(self) -> list[str]:
        """The one language that stands for all."""
        return [_LANGUAGE]


class NoEnhancer(ContextAwareEnhancer):  # type: ignore[misc]  # presidio_analyzer is untyped here
    """Leaves the scores alone; `PiiRule.judge` weighs context afterwards."""

    def enhance_using_context(
        self,
        text: str,
        raw_results: list[Any],
        nlp_artifacts: Any,
        recognizers: list[Any],
        context: list[str] | None = None,
    ) -> list[Any]:
        """The same results."""
        return raw_results


class OfflineEmailRecognizer(predefined_recognizers.EmailRecognizer):  # type: ignore[misc]  # untyped here
    """E-mail addresses, with the suffix list that tldextract brings; never a request, never a cache file."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

    def validate_result(self, pattern_text: str) -> bool:
        """Whether the domain ends in a public suffix; `git@host:` forms and scheme-less user parts do not count."""
        local, _, domain = pattern_text.rpartition("@")
        return local.lower() != "git" and self._extract(domain).fqdn != ""


class BirthDateRecognizer(PatternRecognizer):  # type: ignore[misc]  # presidio_analyzer is untyped here
    """Dates as people write birth dates; whether one is a birth date is for the context to say."""

    def __init__(self, **kwargs: Any) -> None:
        month = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
        patterns = [
            Pattern("iso", r"\b(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])\b", 0.3),
            Pattern("numeric", r"\b(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|[12]\d|3[01])[-/.](?:19|20)?\d\d\b", 0.3),
            Pattern("day first", rf"\b(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)? {month},? (?:19|20)\d\d\b", 0.3),
            Pattern("month first", rf"\b{month} (?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?,? (?:19|20)\d\d\b", 0.3),
        ]
        super().__init__(supported_entity="DATE_OF_BIRTH", patterns=patterns, **kwargs)


class DeadlinePattern:
    """A compiled pattern that raises when its time is over, where Presidio would carry on without it.

    Presidio catches TimeoutError around `finditer`, so another class is raised.
    """

    def __init__(self, compiled: Any, *, deadline_s: float = PATTERN_DEADLINE_S) -> None:
        self._compiled = compiled
        self._deadline_s = deadline_s

    def finditer(self, text: str, timeout: float | None = None) -> Iterator[Any]:
        """The matches; `timeout` is Presidio's own and is not used.

        Raises:
            ScanError: when the search takes longer than the deadline.
        """
        try:
            yield from self._compiled.finditer(text, timeout=self._deadline_s)
        except TimeoutError:
            raise ScanError("a pattern of presidio ran out of time") from None


_OWN_RECOGNIZERS: dict[str, Any] = {
    "EmailRecognizer": OfflineEmailRecognizer,
    "BirthDateRecognizer": BirthDateRecognizer,
}


class PresidioAnalyzer:
    """An `AnalyzerEngine` over the recognizers of some rules. Thread-safe: it is not changed after it is built."""

    def __init__(self, rules: Sequence[PiiRule] = RULES) -> None:
        rules = [rule for rule in rules if rule.recognizer != OWN]
        self._rules = {rule.entity: rule for rule in rules}
        registry = RecognizerRegistry(
            recognizers=[_recognizer(rule) for rule in rules], supported_languages=[_LANGUAGE]
        )
        self._engine = AnalyzerEngine(
            registry=registry,
            nlp_engine=RegexNlpEngine(),
            supported_languages=[_LANGUAGE],
            context_aware_enhancer=NoEnhancer(0.0, 0.0, 0, 0),
        )

    def analyze(self, text: str, rules: Sequence[PiiRule]) -> list[Hit]:
        """What the recognizers of `rules` find in a window of text.

        Raises:
            ScanError: when a pattern ran out of time.
        """
        results = self._engine.analyze(
            text=text, language=_LANGUAGE, entities=[rule.entity for rule in rules], score_threshold=0.0
        )
        return [Hit(self._rules[result.entity_type], result.start, result.end, result.score) for result in results]


def _recognizer(rule: PiiRule) -> Any:
    kind = _OWN_RECOGNIZERS.get(rule.recognizer) or getattr(predefined_recognizers, rule.recognizer)
    recognizer = kind(supported_language=_LANGUAGE)
    if isinstance(recognizer, PatternRecognizer):
        # Copies: the patterns of the predefined recognizers are class attributes, shared by everyone in the process.
        recognizer.patterns = [
            _with_deadline(pattern, recognizer.global_regex_flags) for pattern in recognizer.patterns
        ]
    return recognizer


def _with_deadline(pattern: Any, flags: int) -> Any:
    copy = Pattern(name=pattern.name, regex=pattern.regex, score=pattern.score)
    copy.compiled_regex = DeadlinePattern(regex.compile(pattern.regex, flags))
    copy.compiled_with_flags = flags
    return copy
