"""What holds for every text and every value."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import Action, Family, Finding, Scanner, redact, redact_json
from detectors.leaves import walk
from detectors.limits import Limits
from detectors.overlaps import Claim, Strength, resolve
from tests.detectors.examples.example import made_up

SCANNER = Scanner()
SECRETS = (
    "219-09-9999",
    "jane.doe@acme.com",
    "4111 1111 1111 1111",
    "gh" + "p_" + made_up(36),
    "DE89370400440532013000",
)
WORDS = st.text(alphabet="abc xyz,.\n", max_size=40)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


def spans(limit: int) -> st.SearchStrategy[list[Finding]]:
    pair = st.tuples(st.integers(0, limit), st.integers(0, limit))
    return st.lists(pair.map(lambda p: Finding("T", Family.PII, min(p), max(p), 0.5, "test")), max_size=6)


@settings(max_examples=60, deadline=None)
@given(before=WORDS, secret=st.sampled_from(SECRETS), after=WORDS)
def test_redaction_removes_what_was_planted_and_changes_nothing_else(before: str, secret: str, after: str) -> None:
    text = f"{before} {secret} {after}"
    findings = SCANNER.scan(text)
    assert [text[finding.start : finding.end] for finding in findings] == [secret]
    redacted = redact(text, findings).text
    assert redacted == f"{before} [REDACTED] {after}"
    assert SCANNER.scan(redacted) == ()


@settings(max_examples=200, deadline=None)
@given(data=st.data(), text=st.text(max_size=40))
def test_redaction_keeps_every_character_outside_the_spans(data: st.DataObject, text: str) -> None:
    findings = data.draw(spans(len(text)))
    covered = {i for finding in findings for i in range(finding.start, finding.end)}
    kept = "".join(character for i, character in enumerate(text) if i not in covered)
    redacted = redact(text, findings).text
    if "[REDACTED]" not in text:
        pieces = redacted.split("[REDACTED]")
        assert "".join(pieces) == kept


@settings(max_examples=200, deadline=None)
@given(findings=spans(30), strengths=st.lists(st.sampled_from(list(Strength)), min_size=6, max_size=6))
def test_winners_cover_all_that_was_claimed(findings: list[Finding], strengths: list[Strength]) -> None:
    winners = resolve(Claim(finding, strength) for finding, strength in zip(findings, strengths, strict=False))

    def covered(some: list[Finding]) -> set[int]:
        return {i for finding in some for i in range(finding.start, finding.end)}

    assert covered(winners) == covered(findings)


@settings(max_examples=100, deadline=None)
@given(value=VALUES)
def test_json_without_findings_is_equal_and_new(value: Any) -> None:
    done = redact_json(value, ())
    assert done.value == value
    assert done.details == ()
    if isinstance(value, dict | list):
        assert done.value is not value


@settings(max_examples=150, deadline=None)
@given(value=VALUES, data=st.data())
def test_json_keeps_its_shape_except_what_is_removed_or_replaced(value: Any, data: st.DataObject) -> None:
    leaves = [node for node in walk(value, Limits()) if not isinstance(node.value, dict | list)]
    chosen = data.draw(st.lists(st.sampled_from(leaves), unique_by=lambda node: node.path)) if leaves else []
    findings = [Finding("T", Family.PII, 0, 0, 0.5, "test", field=node.path) for node in chosen]
    done = redact_json(value, findings, action=Action.MASK)
    after = {node.path: node.value for node in walk(done.value, Limits())}
    paths = {node.path for node in chosen}
    for node in leaves:
        if node.path not in paths:
            assert repr(after[node.path]) == repr(node.value)
        else:
            assert "[REDACTED]" in after[node.path]
    assert {detail.field for detail in done.details} == paths
    assert [n.path for n in walk(done.value, Limits())] == [n.path for n in walk(value, Limits())]


@settings(max_examples=60, deadline=None)
@given(
    value=st.recursive(
        st.none() | st.booleans() | WORDS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcdef"), inner, max_size=3),
        max_leaves=8,
    ),
    secret=st.sampled_from(SECRETS),
    action=st.sampled_from([Action.MASK, Action.PARTIAL, Action.TOKEN, Action.REMOVE_FIELD]),
)
def test_what_was_planted_in_json_is_gone_and_found_no_more(value: Any, secret: str, action: Action) -> None:
    document = {"note": f"see {secret} now", "ssn": "219-09-9999", "rest": [value, {secret: 1}]}
    findings = SCANNER.scan_json(document, names=True)
    done = redact_json(document, findings, action=action, token_key=b"a key")
    assert secret not in repr(done)
    assert "219-09-9999" not in repr(done)
    assert secret not in repr(findings)
    assert SCANNER.scan_json(done.value, names=True) == ()


DISGUISED = (
    *("jane\u200b.doe@ac\u200bme.com", "２１９-09-9999 is the ssn", "jane%40acme.com", "\u0441ard 4111111111111111"),
    *("amFuZS5kb2VAYWNtZS5jb20gaXMgaGVycw==", "j a n e @ a c m e . c o m", "jane&#64;acme.com", "jane<b></b>@acme.com"),
    *(
        "password: hunter2Zq9!",
        "https://u:h7Kp2xQe@db.acme.com/x",
        "/home/ada/x.py",
        "é",
        "ß ",
        "\ufdfa",
        "\ud800",
        "\n",
    ),
)
TEXTS = st.lists(st.sampled_from(SECRETS + DISGUISED) | st.text(max_size=8), max_size=12).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, action=st.sampled_from([Action.MASK, Action.PARTIAL, Action.TOKEN]), typed=st.booleans())
def test_offsets_cut_out_of_any_text_exactly_what_was_found(text: str, action: Action, typed: bool) -> None:
    findings = SCANNER.scan(text)
    assert all(0 <= finding.start < finding.end <= len(text) for finding in findings)
    redacted = redact(text, findings, action=action, token_key=b"key", typed=typed).text
    kept = [text[start:end] for start, end in gaps(findings, len(text))]
    place = 0
    for piece in kept:
        place = redacted.index(piece, place) + len(piece)
    found_again = SCANNER.scan(redacted)
    assert found_again == (), [(f.type, redacted[f.start : f.end]) for f in found_again]


def test_name_of_a_type_in_a_mask_is_no_evidence_for_what_follows() -> None:
    text = f"{SECRETS[3]} 01234="
    redacted = redact(text, SCANNER.scan(text), typed=True).text
    assert redacted == "<GITHUB_TOKEN> 01234="
    assert SCANNER.scan(redacted) == ()


def gaps(findings: tuple[Finding, ...], length: int) -> list[tuple[int, int]]:
    """What no finding covers."""
    covered = [False] * length
    for finding in findings:
        covered[finding.start : finding.end] = [True] * (finding.end - finding.start)
    edges = [0, *(place for place in range(1, length) if covered[place] != covered[place - 1]), length]
    return [(start, end) for start, end in pairwise(edges) if start < end and not covered[start]]


@settings(max_examples=80, deadline=None)
@given(texts=st.lists(TEXTS, max_size=4), action=st.sampled_from([Action.MASK, Action.PARTIAL, Action.TOKEN]))
def test_cleaned_json_scans_clean(texts: list[str], action: Action) -> None:
    value = {"notes": texts, "customer": {"ssn": "219-09-9999", "n": 219099999}, "internal_note": "call back"}
    done = redact_json(value, SCANNER.scan_json(value), action=action, token_key=b"key")
    assert SCANNER.scan_json(done.value) == ()
