"""One pass wakes the right detectors, on every engine, and a compiled plan comes back from bytes."""

from __future__ import annotations

import re
import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import Family, Profile, ScanLimitError, Scanner
from detectors.credentials.table import DETECTORS
from detectors.declaration import LINE, TOKEN, WHOLE, Declaration, Reach, regex, search
from detectors.gate import ENGINES, Expression, HyperscanGate, Re2Gate, ReGate, build, expression, is_sound
from detectors.late import LatePattern
from detectors.plan import Plan, windows_of
from detectors.samples import sample

SCANNER = Scanner()
TRIGGERS = ("ACME-", "://", "a b\n", "größe", regex(r"\b[0-9]{4}\b"), regex("dapi[a-f0-9]{3}", caseless=False))
GATES = (HyperscanGate, Re2Gate, ReGate)


def declaration(pattern: str, *triggers: str, also: tuple[str, ...] = (), reach: Reach = TOKEN) -> Declaration:
    return Declaration(
        name="test",
        type="TEST",
        family=Family.CUSTOM,
        triggers=triggers,
        also=also,
        reach=reach,
        find=search(re.compile(pattern)),
    )


def spans(plan: Plan, text: str) -> list[tuple[int, int]]:
    return sorted((claim.finding.start, claim.finding.end) for claim in plan.claims(plan.search(text, max_hits=1_000)))


@settings(max_examples=200, deadline=None)
@given(pieces=st.lists(st.sampled_from(["acme-", "x", "é", "://", "A b\n", "größe", "1234", "12345", "dapiabc", " "])))
def test_all_engines_hit_the_same_triggers(pieces: list[str]) -> None:
    expressions = [expression(trigger) for trigger in TRIGGERS]
    data = "".join(pieces).encode()
    seen = [{number for number, _ in gate(expressions).hits(data, at_most=1_000)} for gate in GATES]
    assert seen[0] == seen[1] == seen[2]


@pytest.mark.parametrize("item", SCANNER._ready().expressions, ids=lambda item: item.pattern[:40])
def test_every_trigger_of_the_house_matches_its_sample(item: Expression) -> None:
    assert re.search(item.pattern_bytes, sample(item), re.IGNORECASE if item.is_caseless else 0)


def test_every_engine_takes_every_trigger_of_the_house() -> None:
    expressions = SCANNER._ready().expressions
    samples = [(number, sample(item)) for number, item in enumerate(expressions)]
    for gate in GATES:
        assert is_sound(gate(expressions), samples), gate.engine


def test_engine_that_misses_a_sample_is_unsound() -> None:
    gate = ReGate([expression("needle")])
    assert is_sound(gate, [(0, b"a NEEDLE here")])
    assert not is_sound(gate, [(0, b"hay")])


def test_engine_that_refuses_a_trigger_is_passed_over_for_the_next() -> None:
    lookbehind = [Expression("(?<!a)b", is_caseless=True, is_once=False)]
    gate = build(lookbehind, [(0, b"b")])
    assert gate.engine == "re"
    assert gate.hits(b"ab", at_most=9) == []
    with pytest.raises(ValueError, match="no engine takes the triggers"):
        build(lookbehind, [(0, b"ab")])


@pytest.mark.parametrize("pattern", ["(?=a)b", "(?<!a)b", r"(a)\1", "(?P<x>a)", "a(b"])
def test_trigger_outside_the_dialect_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="trigger"):
        Plan(
            [
                Declaration(
                    name="t", type="T", family=Family.CUSTOM, triggers=(regex(pattern),), find=search(re.compile("x"))
                )
            ]
        )


@pytest.mark.parametrize("engine", ENGINES)
def test_detector_sleeps_until_trigger_and_word_are_both_there(engine: str) -> None:
    plan = Plan([declaration(r"\d{4}", "code", also=("badge",))], engines=(engine,))
    assert plan.engine == engine
    assert spans(plan, "code 1234") == []
    assert spans(plan, "badge 1234") == []
    assert spans(plan, "Badge code 1234") == [(11, 15)]


def test_detector_without_a_trigger_is_always_awake() -> None:
    assert spans(Plan([declaration(r"\d{4}", reach=WHOLE)]), "x 1234") == [(2, 6)]


@given(text=st.text(alphabet="ab1é€😀 \n", max_size=60))
def test_offsets_are_characters_whatever_the_bytes(text: str) -> None:
    plan = Plan([declaration("b1", "b1")])
    assert spans(plan, text) == [match.span() for match in re.finditer("b1", text)]


def test_windows_reach_white_space_and_merge() -> None:
    text = "word " * 40
    (window,) = windows_of(text, [(100, 2), (103, 2)], Reach(3, 3))
    assert text[slice(*window)] == "word word word"
    assert windows_of("x" * 5_000, [(2_500, 1)], Reach(10, 10)) == [(1_977, 3_022)]
    assert len(windows_of("word " * 400, [(100, 2), (1_000, 2)], Reach(3, 3))) == 2


def test_line_window_is_the_line() -> None:
    text = "first\nkey = value\nlast"
    assert [text[start:end] for start, end in windows_of(text, [(9, 3)], LINE)] == ["key = value"]


def test_value_longer_than_the_window_is_found_whole() -> None:
    token = "tok_" + "x" * 3_000
    assert spans(Plan([declaration(r"tok_x+", "tok_")]), f"see {token} now") == [(4, 4 + len(token))]


def test_too_many_hits_stop_the_scan() -> None:
    plan = Plan([declaration("b", "b")])
    with pytest.raises(ScanLimitError) as caught:
        plan.search("b" * 2_000, max_hits=1_000)
    assert caught.value.code == "SCAN_TOO_MANY_HITS"


def test_plan_comes_back_from_bytes_and_gives_the_same() -> None:
    kept = SCANNER.plan_bytes()
    again = Scanner(plan=kept)
    text = "mail jane@acme.com, ssn 219-09-9999, postgres://app:h7Kp2xQe@db.acme.com/orders"
    assert kept
    assert again.scan(text) == SCANNER.scan(text) != ()
    assert again.plan_bytes()[:48] == kept[:48]


@pytest.mark.parametrize(
    "damage", [lambda kept: b"", lambda kept: kept[:100], lambda kept: b"x" + kept, lambda kept: kept + b"x"]
)
def test_damaged_plan_is_compiled_anew(damage: object) -> None:
    assert callable(damage)
    scanner = Scanner(plan=damage(SCANNER.plan_bytes()))
    assert [finding.type for finding in scanner.scan("ssn 219-09-9999")] == ["US_SSN"]


def test_plan_of_other_detectors_is_not_used() -> None:
    other = Plan([declaration("b", "b")]).dump()
    assert spans(Plan([declaration("c", "c")], compiled=other), "abc") == [(2, 3)]


def test_signals_wake_nothing_and_are_named_with_their_places() -> None:
    percent = {"percent": (regex("%[0-9a-f]{2}"),)}
    plan = Plan([declaration("b", "b")], signals=percent)
    search = plan.search("a%40 %41", max_hits=10)
    assert not list(plan.claims(search))
    assert list(plan.signals(search)) == ["percent"]
    assert plan.signals(plan.search("b", max_hits=10)) == {}
    placed = Plan([], signals=percent, placed={"percent"})
    assert placed.signals(placed.search("a%40 %41", max_hits=10)) == {"percent": [4, 8]}


def test_raw_detector_sees_the_text_before_folding() -> None:
    raw = Declaration(
        name="hidden",
        type="HIDDEN",
        family=Family.CUSTOM,
        triggers=(),
        find=search(re.compile("\u200b+")),
        is_raw=True,
    )
    scanner = Scanner(Profile(families=frozenset({Family.CUSTOM})), extra=(raw,))
    text = "ａ\u200b\u200bé"
    assert [(finding.type, finding.start, finding.end) for finding in scanner.scan(text)] == [("HIDDEN", 1, 3)]
    assert "HIDDEN" in scanner.types


def test_one_plan_serves_many_threads() -> None:
    plan = Plan([declaration(r"id\d", "id")])
    found: list[int] = []

    def work() -> None:
        found.append(sum(len(spans(plan, f"see id{number % 10} now")) for number in range(300)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [300] * 4


def test_every_pattern_that_is_compiled_late_compiles() -> None:
    patterns = [getattr(item, "pattern", None) for item in DETECTORS]
    late = [pattern for pattern in patterns if isinstance(pattern, LatePattern)]
    assert len(late) > 500
    assert all(pattern.compiled.groups >= 0 for pattern in late)


def test_importing_and_building_compiles_no_pattern_of_a_table() -> None:
    code = (
        "from detectors import Scanner; from detectors.credentials.table import DETECTORS; Scanner();"
        "assert not any('compiled' in vars(item.pattern) for item in DETECTORS"
        " if type(getattr(item, 'pattern', None)).__name__ == 'LatePattern')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
