"""What an ID token has to be before anybody is believed to be who it names.

Source: OpenID Connect Core 1.0, 3.1.3.7 (validation), 2 (claims), 3.1.2.1 (max_age); RFC 8725 (algorithms are ours to
choose); RFC 9864 (`Ed25519`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from detectors.errors import GateError

# Signatures by a key that only the provider has: never HS256, whose key we would share, and never none.
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
_HASHES: Final = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}
# Clocks may differ by so much, seconds.
SKEW_S: Final = 60
# A token is used at once; an older one was kept by somebody. Seconds.
OLDEST_S: Final = 600
MOST_TOKEN_CHARS: Final = 64 * 1024
# Source: OpenID Connect Core 1.0, 2: `sub` has at most 255 ASCII characters.
MOST_SUBJECT_CHARS: Final = 255
MOST_GROUPS: Final = 1000
MOST_GROUP_CHARS: Final = 256


class TokenProblem(StrEnum):
    """Why a token is not believed; the first that applies."""

    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    UNKNOWN_KEY = "unknown_key"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    TOO_OLD = "too_old"
    NONCE = "nonce"
    ACCESS_TOKEN = "access_token"  # noqa: S105 - a word, no password
    SUBJECT = "subject"
    NOT_FRESH = "not_fresh"
    NO_NAME = "no_name"
    NAME_NOT_VERIFIED = "name_not_verified"


class TokenError(GateError):
    """A token that is not believed; the text never quotes it."""

    code = "ID_TOKEN_REFUSED"

    def __init__(self, problem: TokenProblem) -> None:
        self.problem = problem
        super().__init__(f"the provider's token is not believed: {problem.value}")


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token has to say; `fresh_since_s` is when the person had to sign in at the earliest, if that matters."""

    issuer: str
    client_id: str
    nonce: str
    now_s: int
    access_token: str | None = None
    fresh_since_s: int | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a token names; `signed_in_s` is when they last signed in at the provider, None when it does not say."""

    subject: str
    id: str
    name: str
    groups: tuple[str, ...]
    signed_in_s: int | None


def key_id_of(token: str) -> str | None:
    """Which key a token says it is signed with; not believed before the signature is.

    Raises:
        TokenError: it is no token, or its algorithm is none of ours.
    """
    if len(token) > MOST_TOKEN_CHARS or token.count(".") != 2:
        raise TokenError(TokenProblem.MALFORMED)
    try:
        header = jws.extract_compact(token.encode("ascii")).headers()
    except (JoseError, ValueError):
        raise TokenError(TokenProblem.MALFORMED) from None
    if header.get("alg") not in ALGORITHMS:
        raise TokenError(TokenProblem.ALGORITHM)
    key_id = header.get("kid")
    return key_id if isinstance(key_id, str) else None


def claims_of(token: str, keys: KeySet, expected: Expected) -> dict[str, Any]:
    """The claims of a token that is believed.

    Raises:
        TokenError: it is not.
    """
    key_id = key_id_of(token)
    known = [key for key in keys.keys if key.kid == key_id] if key_id is not None else list(keys.keys)
    # Without an id the provider has one key, or nobody knows which it was. Source: OpenID Connect Core 1.0, 10.1.
    if len(known) != 1 or known[0].get("use", "sig") != "sig":
        raise TokenError(TokenProblem.UNKNOWN_KEY)
    try:
        made = jwt.decode(token, known[0], algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError):
        raise TokenError(TokenProblem.SIGNATURE) from None
    for problem, is_right in _checks(made.claims, expected, str(made.header.get("alg"))):
        if not is_right:
            raise TokenError(problem)
    return made.claims


def _checks(claims: Mapping[str, Any], expected: Expected, algorithm: str) -> tuple[tuple[TokenProblem, bool], ...]:
    audience, party = claims.get("aud"), claims.get("azp")
    audiences = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    ends_s, made_s, begins_s = (_seconds(claims.get(name)) for name in ("exp", "iat", "nbf"))
    signed_in_s, since_s, now_s = _seconds(claims.get("auth_time")), expected.fresh_since_s, expected.now_s
    begins_s = 0 if "nbf" not in claims else begins_s
    if ends_s is None or made_s is None or begins_s is None:
        return ((TokenProblem.MALFORMED, False),)
    is_fresh = signed_in_s is not None and (since_s or 0) - SKEW_S <= signed_in_s <= now_s + SKEW_S
    return (
        (TokenProblem.ISSUER, claims.get("iss") == expected.issuer),
        (TokenProblem.AUDIENCE, expected.client_id in audiences and (party is None or party == expected.client_id)),
        (TokenProblem.AUDIENCE, len(audiences) == 1 or party == expected.client_id),
        (TokenProblem.EXPIRED, now_s < ends_s + SKEW_S),
        (TokenProblem.NOT_YET, max(made_s, begins_s) <= now_s + SKEW_S),
        (TokenProblem.TOO_OLD, made_s >= now_s - OLDEST_S - SKEW_S),
        (TokenProblem.NONCE, _is_same(claims.get("nonce"), expected.nonce)),
        (TokenProblem.ACCESS_TOKEN, _is_bound(claims.get("at_hash"), expected.access_token, algorithm)),
        (TokenProblem.SUBJECT, _is_subject(claims.get("sub"))),
        (TokenProblem.NOT_FRESH, since_s is None or is_fresh),
    )


def identity_of(claims: Mapping[str, Any], *, id_claim: str, groups_claim: str) -> Identity:
    """Whom believed claims name.

    An address counts only when the provider says that it is verified: elsewhere anybody can claim to have it.

    Raises:
        TokenError: they do not name anybody.
    """
    person_id = claims.get(id_claim)
    if not isinstance(person_id, str) or not person_id:
        raise TokenError(TokenProblem.NO_NAME)
    if id_claim == "email" and claims.get("email_verified") is not True:
        raise TokenError(TokenProblem.NAME_NOT_VERIFIED)
    name, groups, signed_in_s = claims.get("name"), claims.get(groups_claim), _seconds(claims.get("auth_time"))
    listed = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
    kept = [group for group in listed[:MOST_GROUPS] if isinstance(group, str) and len(group) <= MOST_GROUP_CHARS]
    return Identity(
        subject=str(claims["sub"]),
        id=person_id,
        name=name if isinstance(name, str) and name.strip() else person_id,
        groups=tuple(dict.fromkeys(kept)),
        signed_in_s=None if signed_in_s is None else int(signed_in_s),
    )


def _seconds(value: object) -> float | None:
    """A claim that is seconds since 1970; true and false are numbers to Python and none here."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if 0 <= value < 2**40 else None


def _is_subject(value: object) -> bool:
    is_short = isinstance(value, str) and 0 < len(value) <= MOST_SUBJECT_CHARS
    return is_short and str(value).isascii() and str(value).isprintable()


def _is_same(given: object, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())


def _is_bound(at_hash: object, access_token: str | None, algorithm: str) -> bool:
    """Whether the token belongs to the access token that came with it, where it says so. Source: Core 1.0, 3.1.3.6."""
    if at_hash is None:
        return True
    digest = _HASHES.get(algorithm[-3:], hashlib.sha512)  # Ed25519 hashes with SHA-512.
    if access_token is None:
        return False
    left = digest(access_token.encode()).digest()
    return _is_same(at_hash, base64.urlsafe_b64encode(left[: len(left) // 2]).rstrip(b"=").decode())
