"""Signatures of reviews: who holds a trusted key says what a person decided, and nobody else can.

A review is signed with Ed25519 over its canonical JSON without the signature, so that any writer and any order of keys
gives the same bytes. Every field counts that the gate reads; what it ignores is not signed and changes nothing. A key
is named by its RFC 7638 thumbprint, which nobody can choose. Keys rotate by overlap: the new one is trusted before it
is used, and the old one until its reviews have arrived. A key can be bound to people, for those who sign themselves.

Source: RFC 8032 (Ed25519), RFC 8037 (as JSON Web Key), RFC 7638 (thumbprint), RFC 8785 (canonical JSON).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from detectors.errors import GateError
from policies.people import is_among
from streams.codec import canonical
from streams.events import FIELDS, Kind

ALGORITHM: Final = "ed25519"
SEED_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
# Keeps a signature over a review from being one over anything else.
_DOMAIN: Final = b"penstock review v1\n"
_SIGNED_FIELDS: Final = FIELDS[Kind.REVIEW] - {"signature"}
_JWK_FIELDS: Final = frozenset({"kty", "crv", "x", "kid", "use", "alg", "nbf", "exp", "people"})


class ReviewKeyError(GateError):
    """Keys that cannot be used."""

    code = "REVIEW_KEYS_UNREADABLE"
    advice = "give a JSON Web Key Set of Ed25519 keys"


class SignatureProblem(StrEnum):
    """Why a review's signature does not count; the first that applies."""

    MISSING = "missing"
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    KEY_NOT_YET_VALID = "key_not_yet_valid"
    KEY_EXPIRED = "key_expired"
    OTHER_PERSON = "other_person"
    MISMATCH = "mismatch"


def signed_bytes(review: Mapping[str, Any]) -> bytes:
    """What a signature of this review is over."""
    fields = {name: value for name, value in review.items() if value is not None and name in _SIGNED_FIELDS}
    return _DOMAIN + canonical(fields)


def key_id_of(public: bytes) -> str:
    """The RFC 7638 thumbprint of an Ed25519 public key of 32 bytes."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": _encode(public)}
    return _encode(hashlib.sha256(canonical(members)).digest())


@dataclass(frozen=True, slots=True, repr=False)
class ReviewSigner:
    """Signs reviews with one private key, given as its seed of 32 bytes."""

    seed: bytes

    def __post_init__(self) -> None:
        if len(self.seed) != SEED_BYTES:
            raise ReviewKeyError(f"a signing key has {SEED_BYTES} bytes, this one has {len(self.seed)}")

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return key.public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def key_id(self) -> str:
        """The name of the key."""
        return key_id_of(self.public)

    def sign(self, review: Mapping[str, Any]) -> dict[str, Any]:
        """The review with its signature, `ed25519:<key id>:<base64url>`; the same review gives the same signature."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(signed_bytes(review))
        return {**review, "signature": f"{ALGORITHM}:{self.key_id}:{_encode(signature)}"}


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key of 32 bytes that may sign reviews, from `not_before_ms` until before `not_after_ms`.

    `people` are those whose reviews it may sign, None for everybody's.
    """

    public: bytes
    not_before_ms: int | None = None
    not_after_ms: int | None = None
    people: tuple[str, ...] | None = None

    def to_jwk(self) -> dict[str, Any]:
        """The key as a JSON Web Key; times are whole seconds since 1970."""
        jwk: dict[str, Any] = {"kty": "OKP", "crv": "Ed25519", "x": _encode(self.public), "kid": key_id_of(self.public)}
        for name, at_ms in (("nbf", self.not_before_ms), ("exp", self.not_after_ms)):
            if at_ms is not None:
                jwk[name] = at_ms // 1000
        return jwk if self.people is None else {**jwk, "people": list(self.people)}


class ReviewKeys:
    """The keys whose reviews count; without keys none does."""

    def __init__(self, trusted: Iterable[TrustedKey]) -> None:
        self._keys: dict[str, tuple[TrustedKey, Ed25519PublicKey]] = {}
        for key in trusted:
            try:
                self._keys[key_id_of(key.public)] = (key, Ed25519PublicKey.from_public_bytes(key.public))
            except ValueError:
                raise ReviewKeyError("a public key is no Ed25519 key") from None

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The names of the keys, sorted."""
        return tuple(sorted(self._keys))

    @classmethod
    def from_jwks(cls, text: str | bytes) -> ReviewKeys:
        """The keys of a JSON Web Key Set.

        Raises:
            ReviewKeyError: it is none, a key is not Ed25519, or a key's `kid` is not its thumbprint.
        """
        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise ReviewKeyError("the keys are not JSON") from None
        if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
            raise ReviewKeyError('the keys are no JSON Web Key Set: "keys" is missing')
        return cls(_from_jwk(jwk, number) for number, jwk in enumerate(found["keys"], 1))

    def to_jwks(self) -> bytes:
        """The keys as a JSON Web Key Set."""
        return orjson.dumps({"keys": [self._keys[key_id][0].to_jwk() for key_id in self.key_ids]})

    def problem(self, review: Mapping[str, Any], now_ms: int) -> SignatureProblem | None:
        """Why the review's signature does not count now, None when it does."""
        text = review.get("signature")
        if text is None:
            return SignatureProblem.MISSING
        parts: list[str] = text.split(":") if isinstance(text, str) else []
        signature = _decode(parts[2]) if len(parts) == 3 and parts[0] == ALGORITHM else None
        if signature is None or len(signature) != SIGNATURE_BYTES:
            return SignatureProblem.MALFORMED
        if parts[1] not in self._keys:
            return SignatureProblem.UNKNOWN_KEY
        key, public = self._keys[parts[1]]
        if key.not_before_ms is not None and now_ms < key.not_before_ms:
            return SignatureProblem.KEY_NOT_YET_VALID
        if key.not_after_ms is not None and now_ms >= key.not_after_ms:
            return SignatureProblem.KEY_EXPIRED
        if key.people is not None and not is_among(_reviewer(review), key.people):
            return SignatureProblem.OTHER_PERSON
        try:
            public.verify(signature, signed_bytes(review))
        except (InvalidSignature, TypeError, ValueError):
            return SignatureProblem.MISMATCH
        return None


def _reviewer(review: Mapping[str, Any]) -> str:
    reviewer = review.get("reviewer")
    name = reviewer.get("id") if isinstance(reviewer, Mapping) else None
    return name if isinstance(name, str) else ""


def _from_jwk(jwk: Any, number: int) -> TrustedKey:
    where = f"key {number} of the set"
    if not isinstance(jwk, dict) or jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise ReviewKeyError(f"{where} is no Ed25519 key")
    if "d" in jwk:
        raise ReviewKeyError(f"{where} holds a private key; give the gate the public one only")
    unknown = sorted(set(jwk) - _JWK_FIELDS)
    if unknown:
        raise ReviewKeyError(f"{where} has members that are not known: {', '.join(unknown)[:80]}")
    public = _decode(jwk["x"]) if isinstance(jwk.get("x"), str) else None
    if public is None or len(public) != 32:
        raise ReviewKeyError(f'{where} has no public key in "x"')
    if jwk.get("kid", key_id_of(public)) != key_id_of(public):
        raise ReviewKeyError(f'{where} has a "kid" that is not its thumbprint')
    times = [jwk.get(name) for name in ("nbf", "exp")]
    if any(at is not None and (type(at) is not int or at < 0) for at in times):
        raise ReviewKeyError(f"{where}: nbf and exp are whole seconds since 1970")
    people = jwk.get("people")
    if people is not None and not (isinstance(people, list) and all(isinstance(name, str) for name in people)):
        raise ReviewKeyError(f"{where}: people is a list of names")
    not_before_ms, not_after_ms = (None if at is None else at * 1000 for at in times)
    return TrustedKey(public, not_before_ms, not_after_ms, None if people is None else tuple(people))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes | None:
    """The bytes of a base64url text without padding, None for any other way of writing them."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if _encode(data) == text else None
