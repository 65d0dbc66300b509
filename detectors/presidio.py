"""Presidio in both directions: our detectors inside its `AnalyzerEngine`, its recognizers inside our `Scanner`.

# INVARIANT: nothing of this package imports this module. Importing presidio-analyzer loads about 1,300 modules (spaCy,
# logging, sockets) in about a second; who wants Presidio imports this module, and it is the named exemption from the
# purity of this package.

- `PenstockRecognizer` is a recognizer of Presidio's that asks a scanner; `analyzer_engine` is a stock `AnalyzerEngine`
  with it, without a model and without a download.
- `declarations` makes detectors of any recognizers: predefined ones, your own, those that `recognizers` reads from
  Presidio's YAML, models for names and places. They go to `Scanner(extra=...)`. `configured` does it from one file.

What Presidio does by itself is not taken over:

- a pattern that takes too long is logged and skipped there, which reads as "clean"; here it ends the scan;
- tldextract fetches the public suffix list over HTTP at the first e-mail; here the packaged list is used;
- its context search looks five words back and matches substrings; here whole words on both sides (detectors.context);
- a recognizer that sends the text away is refused unless it is asked for by a name that says so.

Source: https://microsoft.github.io/presidio/analyzer/ (recognizers, registry, YAML, score of context 0.35, minimum 0.4)
"""

from __future__ import annotations

import copy
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import yaml

with warnings.catch_warnings():
    # Presidio's dependencies deprecate parts of each other at import; nothing in our control.
    warnings.simplefilter("ignore", DeprecationWarning)
    import regex  # type: ignore[import-untyped]  # Presidio's own engine, so that its patterns keep their meaning
    import spacy
    import tldextract
    from presidio_analyzer import (
        AnalyzerEngine,
        EntityRecognizer,
        LocalRecognizer,
        Pattern,
        PatternRecognizer,
        RecognizerRegistry,
        RecognizerResult,
        RemoteRecognizer,
        predefined_recognizers,
    )
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine, NlpEngineProvider
    from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

from detectors.context import has_context, pattern_of
from detectors.declaration import WHOLE, Declaration
from detectors.errors import GateError
from detectors.finding import Family, Finding
from detectors.limits import ScanError
from detectors.overlaps import Claim, Strength
from detectors.scanner import Scanner

#: How long one pattern may search one text, in seconds; a text of a page takes well under a millisecond.
PATTERN_DEADLINE_S = 2.0
#: The least score that counts, as in Presidio's own examples; many of its patterns are 0.01 to 0.3 without context.
MINIMUM_SCORE = 0.4

# What a context word adds to a score, and the least that it then is: Presidio's own defaults.
_CONTEXT_GAIN: Final = 0.35
_CONTEXT_LEAST: Final = 0.4
_LANGUAGE: Final = "en"
_TOKEN = re.compile(r"\w+|[^\w\s]")
_TYPE = re.compile(r"[^A-Z0-9_]")


class PresidioError(GateError):
    """Recognizers that cannot be used (code PRESIDIO_INVALID): a bad configuration, or one that sends texts away."""

    code = "PRESIDIO_INVALID"
    advice = "correct the configuration; a scanner without it would miss what it names"


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


class PenstockRecognizer(LocalRecognizer):  # type: ignore[misc]  # presidio_analyzer is untyped here
    """Our detectors as one recognizer of Presidio's.

    It has no context words, or Presidio would raise scores that our context has raised already.
    """

    def __init__(self, scanner: Scanner | None = None, *, supported_language: str = _LANGUAGE) -> None:
        """A recognizer over a scanner, a new one with all families without it."""
        self._scanner = scanner or Scanner()
        super().__init__(
            supported_entities=sorted(self._scanner.types),
            name="PenstockRecognizer",
            supported_language=supported_language,
        )

    def load(self) -> None:
        """Compiles the detectors."""
        self._scanner.warm()

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[Any]:
        """What the scanner finds of the entities that are asked for (all with an empty list).

        Raises:
            ScanError: when the text could not be scanned in full; Presidio passes it on.
        """
        wanted = set(entities)
        return [
            RecognizerResult(
                entity_type=found.type,
                start=found.start,
                end=found.end,
                score=found.score,
                recognition_metadata={
                    RecognizerResult.RECOGNIZER_NAME_KEY: self.name,
                    RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
                },
            )
            for found in self._scanner.scan(text)
            if not wanted or found.type in wanted
        ]


def analyzer_engine(scanner: Scanner | None = None) -> Any:
    """A stock `AnalyzerEngine` whose one recognizer is ours. Add others to its `registry` as to any other's."""
    registry = RecognizerRegistry(recognizers=[PenstockRecognizer(scanner)], supported_languages=[_LANGUAGE])
    return AnalyzerEngine(registry=registry, nlp_engine=RegexNlpEngine(), supported_languages=[_LANGUAGE])


def recognizers(configuration: str | Mapping[str, Any]) -> tuple[Any, ...]:
    """The recognizers of a registry in Presidio's own YAML, or of the mapping that it is; nothing is read from disk.

    Raises:
        PresidioError: when Presidio refuses it. The message names the kind of error alone.
    """
    try:
        value = yaml.safe_load(configuration) if isinstance(configuration, str) else dict(configuration)
        if not isinstance(value, dict) or not value.get("recognizers"):
            raise PresidioError("a registry is a mapping with a list of recognizers")
        value = {"supported_languages": [_LANGUAGE], "global_regex_flags": 26, **value}
        provider = RecognizerRegistryProvider(registry_configuration=value)
        return tuple(provider.create_recognizer_registry().recognizers)
    except PresidioError:
        raise
    except Exception as error:
        # The boundary of Presidio: its messages can quote the configuration.
        raise PresidioError(f"presidio refused the registry with {type(error).__name__}") from None


def declarations(
    wanted: Iterable[Any],
    *,
    nlp_engine: Any = None,
    minimum_score: float = MINIMUM_SCORE,
    family: Family = Family.PII,
    unsafe_allow_remote: bool = False,
) -> tuple[Declaration, ...]:
    """Detectors for `Scanner(extra=...)` out of recognizers of Presidio's.

    A pattern recognizer runs under a deadline and with our context. Any other (a model for names, one of your own) is
    asked about each text whole, with the artifacts of `nlp_engine`; that costs a thousand times as much. A result below
    `minimum_score` does not count. `unsafe_allow_remote` takes recognizers that send each text to another service.

    Raises:
        PresidioError: for what is no recognizer, or one that sends texts away.
    """
    engine = _Once(nlp_engine or RegexNlpEngine())
    made: list[Declaration] = []
    for recognizer in wanted:
        if not isinstance(recognizer, EntityRecognizer):
            raise PresidioError(f"{type(recognizer).__name__} is no recognizer of presidio")
        if isinstance(recognizer, RemoteRecognizer) and not unsafe_allow_remote:
            raise PresidioError(f"{type(recognizer).__name__} sends texts to another service")
        made.extend(_declared(recognizer, engine, minimum_score, family))
    return tuple(made)


def configured(configuration: str, *, minimum_score: float = MINIMUM_SCORE) -> tuple[Declaration, ...]:
    """Detectors for `Scanner(extra=...)` out of one YAML text in Presidio's own form.

    It holds `recognizer_registry` (or that registry itself), and `nlp_configuration` where a model for names is asked.
    A model is one of spaCy's that is installed, or its folder: nothing is fetched.

    Raises:
        PresidioError: when Presidio refuses it, it asks for another engine than spaCy, or the model is not there.
    """
    try:
        value = yaml.safe_load(configuration)
    except yaml.YAMLError:
        raise PresidioError("the configuration is no YAML") from None
    if not isinstance(value, dict):
        raise PresidioError("a configuration is a mapping")
    nlp = value.pop("nlp_configuration", None)
    registry = value.pop("recognizer_registry", None)
    if registry is not None and value:
        raise PresidioError(f"beside recognizer_registry there is {sorted(map(str, value))[0]}, which is not read")
    found = recognizers(value if registry is None else registry)
    return declarations(found, nlp_engine=None if nlp is None else _model(nlp), minimum_score=minimum_score)


def _model(nlp: Any) -> Any:
    """The engine with the models that are named, all of them on this machine."""
    models = nlp.get("models") if isinstance(nlp, dict) else None
    if not isinstance(models, list) or nlp.get("nlp_engine_name") != "spacy":
        raise PresidioError("nlp_configuration names spacy and its models; other engines are built in code")
    for model in models:
        name = model.get("model_name") if isinstance(model, dict) else None
        # Presidio would download a model that is not there.
        if not isinstance(name, str) or not (spacy.util.is_package(name) or spacy.util.ensure_path(name).exists()):
            raise PresidioError("a model of nlp_configuration is not installed")
    try:
        return NlpEngineProvider(nlp_configuration=nlp).create_engine()
    except Exception as error:
        # The boundary of Presidio and spaCy, as that of registries.
        raise PresidioError(f"the model cannot be loaded: {type(error).__name__}") from None


def _declared(recognizer: Any, engine: _Once, minimum_score: float, family: Family) -> Iterator[Declaration]:
    recognizer = _guarded(recognizer)
    words = pattern_of(recognizer.context) if recognizer.context else None
    find = _pattern_results(recognizer) if _is_plain(recognizer) else _asked(recognizer, engine)
    # One declaration for each entity, so that a profile can leave one out; the recognizer is asked for that one alone.
    for entity in recognizer.supported_entities:
        yield Declaration(
            name=f"presidio_{recognizer.name}",
            type=_TYPE.sub("_", entity.upper()),
            family=family,
            # Presidio's patterns have lookaround, which a trigger must not have: always awake.
            triggers=(),
            find=_claims(find, entity, family, words, minimum_score, f"presidio_{recognizer.name}"),
            reach=WHOLE,
        )


_Results = Callable[[str, str], Iterator[tuple[int, int, float]]]


def _claims(
    find: _Results, entity: str, family: Family, words: re.Pattern[str] | None, minimum: float, name: str
) -> Callable[[str, int, int], Iterator[Claim]]:
    kind = _TYPE.sub("_", entity.upper())

    def claims(text: str, start: int, end: int) -> Iterator[Claim]:
        for first, last, score in find(text, entity):
            if not (start <= first < end and first < last):
                continue
            strength = Strength.CHECKSUM if score >= 1.0 else Strength.FORMAT
            if words is not None and score < 1.0 and has_context(text, first, last, words):
                score, strength = min(1.0, max(score + _CONTEXT_GAIN, _CONTEXT_LEAST)), Strength.CONTEXT
            if score >= minimum:
                yield Claim(Finding(kind, family, first, last, score, name), strength)

    return claims


def _is_plain(recognizer: Any) -> bool:
    """Whether it finds by its patterns alone."""
    return isinstance(recognizer, PatternRecognizer) and type(recognizer).analyze is PatternRecognizer.analyze


def _pattern_results(recognizer: Any) -> _Results:
    def find(text: str, entity: str) -> Iterator[tuple[int, int, float]]:
        for pattern in recognizer.patterns:
            for match in pattern.compiled_regex.finditer(text):
                value = match.group()
                checked = recognizer.validate_result(value)
                if value and checked is not False and not recognizer.invalidate_result(value):
                    yield match.start(), match.end(), 1.0 if checked else pattern.score

    return find


class _Once:
    """An engine that reads a text once for all recognizers and entities that ask about it one after the other."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._last: tuple[str, str, Any] | None = None

    def artifacts(self, text: str, language: str) -> Any:
        """What the engine makes of a text."""
        # Read and replaced as one, so that threads may share it; at worst a text is read again.
        last = self._last
        if last is None or last[0] is not text or last[1] != language:
            last = (text, language, self._engine.process_text(text, language))
            self._last = last
        return last[2]


def _asked(recognizer: Any, engine: _Once) -> _Results:
    def find(text: str, entity: str) -> Iterator[tuple[int, int, float]]:
        artifacts = engine.artifacts(text, recognizer.supported_language)
        for result in recognizer.analyze(text, [entity], artifacts) or ():
            if result.entity_type == entity:
                yield result.start, result.end, result.score

    return find


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


def _guarded(recognizer: Any) -> Any:
    """A copy whose patterns have deadlines, and that asks no network: what is shared in the process stays as it is."""
    guarded = copy.copy(recognizer)
    if isinstance(guarded, predefined_recognizers.EmailRecognizer):
        extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
        guarded.validate_result = lambda value: extract(value).fqdn != ""
    if isinstance(guarded, PatternRecognizer):
        guarded.patterns = [_with_deadline(pattern, guarded.global_regex_flags) for pattern in guarded.patterns]
    return guarded


def _with_deadline(pattern: Any, flags: int) -> Any:
    limited = Pattern(name=pattern.name, regex=pattern.regex, score=pattern.score)
    limited.compiled_regex = DeadlinePattern(regex.compile(pattern.regex, flags))
    limited.compiled_with_flags = flags
    return limited
