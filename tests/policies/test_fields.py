"""The field automaton selects what its patterns select one by one."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.paths import child_index, child_name
from policies.decisions import OutputDecision
from policies.documents import OutputMatch, OutputRule
from policies.fields import FieldIndex
from policies.paths import PathPattern, parse_pattern, parse_steps

KEYS = ("a", "b", "ab", "a.b", "x y")
contents = st.recursive(
    st.one_of(st.none(), st.integers(0, 3), st.sampled_from(KEYS)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)),
    max_leaves=12,
)
pattern_parts = st.sampled_from(("a", "b", "*", "**", "a*", "[*]", "[1]", '["a.b"]'))


@st.composite
def patterns(draw: st.DrawFn) -> PathPattern:
    """A pattern that names something."""
    parts = draw(st.lists(pattern_parts, min_size=1, max_size=3).filter(lambda found: set(found) != {"**"}))
    text = ""
    for part in parts:
        text += part if part.startswith("[") or not text else f".{part}"
    return parse_pattern(text)


def _rule(number: int, pattern: PathPattern) -> OutputRule:
    match = OutputMatch(fields=(pattern,))
    return OutputRule(f"r{number}", "doc", match, OutputDecision.REDACT, None, "because")


def _selected(content: object, rules: list[OutputRule], path: str = "") -> Iterator[str]:
    """The outermost selected paths, each judged alone."""
    if path:
        steps = parse_steps(path)
        if any(pattern.selects(steps) for rule in rules for pattern in rule.match.fields or ()):
            yield path
            return
    if isinstance(content, dict):
        for name, child in content.items():
            yield from _selected(child, rules, child_name(path, name))
    elif isinstance(content, list):
        for index, child in enumerate(content):
            yield from _selected(child, rules, child_index(path, index))


@settings(max_examples=200, deadline=None)
@given(st.lists(patterns(), min_size=1, max_size=3), st.lists(contents, min_size=1, max_size=3), st.integers(0, 7))
def test_the_automaton_agrees_with_each_pattern_alone(
    given_patterns: list[PathPattern], found: list[object], applying: int
) -> None:
    rules = [_rule(number, pattern) for number, pattern in enumerate(given_patterns)]
    chosen = [rule for number, rule in enumerate(rules) if applying >> number & 1]
    index = FieldIndex(rules)
    for content in found:
        hits = index.find(content, {rule.id for rule in chosen})
        assert [path for path, _ in hits] == list(_selected(content, chosen))


def test_more_keys_than_the_automaton_keeps_change_nothing() -> None:
    index = FieldIndex([_rule(0, parse_pattern("**.note"))])
    crowd: dict[str, object] = {f"key{number}": {"other": {}} for number in range(20_000)}

    first = index.find(crowd | {"last": {"note": 1}}, {"r0"})

    assert [path for path, _ in first] == ["last.note"]
    assert index.find({"unseen": {"note": 1}}, {"r0"}) == [("unseen.note", first[0][1])]
