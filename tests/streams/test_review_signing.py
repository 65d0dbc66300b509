"""Signatures of reviews: only the right key over exactly this review counts."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.events import FIELDS, Kind
from streams.review_signing import (
    ReviewKeyError,
    ReviewKeys,
    ReviewSigner,
    SignatureProblem,
    TrustedKey,
    key_id_of,
    signed_bytes,
)
from tests.streams.samples import MODEST

SIGNER, OTHER = ReviewSigner(bytes(range(32))), ReviewSigner(bytes(32))
NOW_MS = 1_900_000_000_000
KEYS = ReviewKeys([TrustedKey(SIGNER.public)])
REVIEW: dict[str, Any] = {
    "review_id": "r1",
    "target": {"kind": "action", "id": "h1"},
    "verdict": "approve",
    "reviewer": {"id": "ana", "roles": ["senior_reviewer"], "teams": ["finance"]},
    "digest": "d" * 64,
    "policy_snapshot": "a" * 64,
    "reason": "geprüft ✓",
    "rendered_at": "2030-01-01T00:00:00Z",
    "decided_at": "2030-01-01T00:00:05Z",
}


def test_a_signed_review_counts() -> None:
    signed = SIGNER.sign(REVIEW)

    assert KEYS.problem(signed, NOW_MS) is None
    assert SIGNER.sign(signed) == signed
    assert signed["signature"].startswith(f"ed25519:{SIGNER.key_id}:")


def test_the_order_of_keys_absent_fields_and_what_the_gate_ignores_do_not_matter() -> None:
    signed = SIGNER.sign(REVIEW)
    shuffled = {name: signed[name] for name in reversed(list(signed))}

    assert KEYS.problem(orjson.loads(orjson.dumps(shuffled)), NOW_MS) is None
    assert KEYS.problem({**signed, "note_of_a_newer_console": 1}, NOW_MS) is None
    assert set(REVIEW) <= FIELDS[Kind.REVIEW]


CHANGES: tuple[dict[str, Any], ...] = (
    {"review_id": "r2"},
    {"target": {"kind": "action", "id": "h2"}},
    {"target": {"kind": "output", "id": "h1"}},
    {"verdict": "deny"},
    {"reviewer": {**REVIEW["reviewer"], "id": "bo"}},
    {"reviewer": {**REVIEW["reviewer"], "roles": ["admin"]}},
    {"digest": "e" * 64},
    {"policy_snapshot": "b" * 64},
    {"reason": "gepruft ✓"},
    {"rendered_at": "2030-01-01T00:00:01Z"},
    {"decided_at": "2030-01-01T00:00:05.0Z"},
)


@pytest.mark.parametrize("change", CHANGES, ids=[next(iter(change)) for change in CHANGES])
def test_a_changed_review_does_not_count(change: dict[str, Any]) -> None:
    assert KEYS.problem({**SIGNER.sign(REVIEW), **change}, NOW_MS) is SignatureProblem.MISMATCH


@pytest.mark.parametrize("name", sorted(REVIEW))
def test_a_review_without_one_of_its_fields_does_not_count(name: str) -> None:
    signed = SIGNER.sign(REVIEW)

    assert KEYS.problem({**signed, name: None}, NOW_MS) is SignatureProblem.MISMATCH


def _signature(key: str | None = None, text: str | None = None, algorithm: str = "ed25519") -> str:
    _, key_id, signature = SIGNER.sign(REVIEW)["signature"].split(":")
    return f"{algorithm}:{key or key_id}:{signature if text is None else text}"


BAD = (
    (None, SignatureProblem.MISSING),
    ("", SignatureProblem.MALFORMED),
    (7, SignatureProblem.MALFORMED),
    ("ed25519", SignatureProblem.MALFORMED),
    (_signature(algorithm="none"), SignatureProblem.MALFORMED),
    (_signature(text=""), SignatureProblem.MALFORMED),
    (_signature(text="A" * 85), SignatureProblem.MALFORMED),
    (_signature() + "==", SignatureProblem.MALFORMED),
    (_signature() + ":", SignatureProblem.MALFORMED),
    (_signature() + "\n", SignatureProblem.MALFORMED),
    (_signature(text="A" * 86), SignatureProblem.MISMATCH),
    (_signature(key=OTHER.key_id), SignatureProblem.UNKNOWN_KEY),
    (OTHER.sign(REVIEW)["signature"], SignatureProblem.UNKNOWN_KEY),
)


@pytest.mark.parametrize(("signature", "problem"), BAD)
def test_a_signature_that_is_none_does_not_count(signature: object, problem: SignatureProblem) -> None:
    assert KEYS.problem({**REVIEW, "signature": signature}, NOW_MS) is problem


def test_another_key_under_a_trusted_name_does_not_count() -> None:
    both = ReviewKeys([TrustedKey(SIGNER.public), TrustedKey(OTHER.public)])
    forged = f"ed25519:{SIGNER.key_id}:{OTHER.sign(REVIEW)['signature'].split(':')[2]}"

    assert both.problem({**REVIEW, "signature": forged}, NOW_MS) is SignatureProblem.MISMATCH


def test_the_other_writing_of_the_same_bits_does_not_count() -> None:
    # The last of 86 base64 characters holds 2 bits of the signature; another with the same 2 bits is not the same text.
    text = SIGNER.sign(REVIEW)["signature"]
    other = chr(ord(text[-1]) + 1)

    assert KEYS.problem({**REVIEW, "signature": text[:-1] + other}, NOW_MS) is SignatureProblem.MALFORMED


def test_without_keys_nothing_counts() -> None:
    assert ReviewKeys([]).problem(SIGNER.sign(REVIEW), NOW_MS) is SignatureProblem.UNKNOWN_KEY


def test_keys_rotate_by_overlap() -> None:
    old = TrustedKey(SIGNER.public, not_after_ms=NOW_MS + 1_000)
    new = TrustedKey(OTHER.public, not_before_ms=NOW_MS)
    keys = ReviewKeys([old, new])

    def problems(now_ms: int) -> list[SignatureProblem | None]:
        return [keys.problem(signer.sign(REVIEW), now_ms) for signer in (SIGNER, OTHER)]

    assert problems(NOW_MS - 1) == [None, SignatureProblem.KEY_NOT_YET_VALID]
    assert problems(NOW_MS) == [None, None]
    assert problems(NOW_MS + 1_000) == [SignatureProblem.KEY_EXPIRED, None]


def test_a_key_of_one_person_signs_for_nobody_else() -> None:
    keys = ReviewKeys([TrustedKey(SIGNER.public, people=("Ana ",))])
    as_bo = {**REVIEW, "reviewer": {"id": "bo"}}

    assert keys.problem(SIGNER.sign(REVIEW), NOW_MS) is None
    assert keys.problem(SIGNER.sign(as_bo), NOW_MS) is SignatureProblem.OTHER_PERSON
    assert keys.problem(SIGNER.sign({**REVIEW, "reviewer": None}), NOW_MS) is SignatureProblem.OTHER_PERSON


def test_a_key_is_named_by_its_published_thumbprint() -> None:
    # Source: RFC 8037, appendices A.2 and A.3.
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}

    keys = ReviewKeys.from_jwks(orjson.dumps({"keys": [jwk]}))

    assert keys.key_ids == ("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",)


def test_a_set_of_keys_survives_its_file() -> None:
    keys = ReviewKeys([TrustedKey(SIGNER.public, 1_000, 9_000, ("ana",)), TrustedKey(OTHER.public)])

    again = ReviewKeys.from_jwks(keys.to_jwks())

    assert again.to_jwks() == keys.to_jwks()
    assert again.key_ids == tuple(sorted((SIGNER.key_id, OTHER.key_id)))
    assert again.problem(SIGNER.sign(REVIEW), 999) is SignatureProblem.KEY_NOT_YET_VALID


JWK = TrustedKey(SIGNER.public).to_jwk()
UNUSABLE = (
    "{",
    "[]",
    {"keys": 1},
    {"keys": [1]},
    {"keys": [{**JWK, "kty": "RSA"}]},
    {"keys": [{**JWK, "crv": "X25519"}]},
    {"keys": [{**JWK, "d": "AA"}]},
    {"keys": [{**JWK, "x": "AA"}]},
    {"keys": [{**JWK, "x": JWK["x"] + "="}]},
    {"keys": [{**JWK, "kid": "mine"}]},
    {"keys": [{**JWK, "exp": "2030"}]},
    {"keys": [{**JWK, "nbf": True}]},
    {"keys": [{**JWK, "people": "ana"}]},
    {"keys": [{**JWK, "person": ["ana"]}]},
)


@pytest.mark.parametrize("keys", UNUSABLE)
def test_keys_that_cannot_be_used_are_refused_without_quoting_them(keys: object) -> None:
    with pytest.raises(ReviewKeyError) as caught:
        ReviewKeys.from_jwks(keys if isinstance(keys, str) else orjson.dumps(keys))

    assert str(JWK["x"]) not in str(caught.value)


def test_a_private_key_of_another_length_is_refused_and_never_shown() -> None:
    with pytest.raises(ReviewKeyError):
        ReviewSigner(b"short")

    assert SIGNER.seed.hex() not in repr(SIGNER)
    assert key_id_of(SIGNER.public) == SIGNER.key_id


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(fields=st.dictionaries(st.sampled_from(sorted(FIELDS[Kind.REVIEW] - {"signature"})), JSON))
@MODEST
def test_whatever_a_review_holds_its_signature_survives_the_wire(fields: dict[str, Any]) -> None:
    signed = SIGNER.sign(fields)

    assert KEYS.problem(orjson.loads(orjson.dumps(signed)), NOW_MS) is None


@given(one=st.dictionaries(st.sampled_from(["review_id", "reason"]), JSON), other=st.text(max_size=3))
@MODEST
def test_two_reviews_that_differ_have_different_bytes(one: dict[str, Any], other: str) -> None:
    changed = {**one, "digest": other}

    assert (signed_bytes(one) == signed_bytes(changed)) is (one == changed)
