"""The OpenID provider: what it says of itself, its keys, and the exchange of a code for somebody's identity.

Authorization code flow with PKCE (S256), state and nonce. The provider's description and keys are kept for an hour; a
token by a key that is not known yet makes the keys be fetched anew, once in half a minute, so that a rotation is
followed and nobody can make us ask without end.
Source: OpenID Connect Core 1.0; OpenID Connect Discovery 1.0, 4; RFC 7636; RFC 9207; RFC 9700.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import orjson
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, ValidationError

from detectors.errors import GateError
from penstock.console.people.id_token import (
    Expected,
    Identity,
    claims_of,
    identity_of,
    key_id_of,
)
from streams.addresses import secure_url

# Every request to the provider, seconds.
TIMEOUT_S: Final = 10.0
KEPT_MS: Final = 60 * 60_000
# Between two fetches of the keys because of an unknown one.
KEYS_AGAIN_MS: Final = 30_000
# After a failure; else everybody who wants to sign in would make us ask a provider that is down.
FAILED_AGAIN_MS: Final = 3_000
MOST_ANSWER_BYTES: Final = 1024 * 1024


class ProviderProblem(StrEnum):
    """Why nobody could be signed in."""

    UNREACHABLE = "unreachable"
    DESCRIPTION = "description"
    KEYS = "keys"
    REFUSED = "refused"
    NO_TOKEN = "no_token"  # noqa: S105 - a word, no password
    OTHER_ISSUER = "other_issuer"


class ProviderError(GateError):
    """The provider did not do its part; the text never quotes it."""

    code = "PROVIDER_FAILED"
    advice = "see the log of the console"

    def __init__(self, problem: ProviderProblem) -> None:
        self.problem = problem
        super().__init__(f"the provider failed: {problem.value}")


class _Description(BaseModel):
    """What the provider says of itself, as far as we use it."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] | None = None
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to the provider and back: what only this browser and we know."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    # When it began, if the person has to sign in anew; seconds.
    fresh_since_s: int | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """The console as the provider knows it, and how it reads what the provider says."""

    issuer: str
    id: str
    secret: str | None
    scopes: str
    id_claim: str
    groups_claim: str


class Provider:
    """An OpenID provider. Its methods belong to one event loop."""

    def __init__(self, client: Client, *, clock: Callable[[], int]) -> None:
        self.client = client
        self._clock = clock
        self._lock = asyncio.Lock()
        self._description: _Description | None = None
        self._described_ms = 0
        self._failed_ms = -FAILED_AGAIN_MS
        self._keys: KeySet | None = None
        self._keys_ms = 0

    async def address(self, attempt: Attempt) -> str:
        """Where the browser goes to sign in.

        Raises:
            ProviderError: the provider cannot be asked.
        """
        description = await self._described()
        extra = {} if attempt.fresh_since_s is None else {"max_age": "0", "prompt": "login"}
        async with self._oauth(description, attempt.redirect_uri) as oauth:
            url, _ = oauth.create_authorization_url(
                description.authorization_endpoint,
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
                **extra,
            )
        return str(url)

    async def identity(self, answer: Mapping[str, str], attempt: Attempt) -> Identity:
        """Whom the provider names in exchange for the code that the browser brought.

        Raises:
            ProviderError: it refused, failed, or was another one.
            TokenError: what it gave is not believed.
        """
        description = await self._described()
        says_issuer = description.authorization_response_iss_parameter_supported
        if answer.get("iss", None if says_issuer else description.issuer) != description.issuer:
            raise ProviderError(ProviderProblem.OTHER_ISSUER)
        if not hmac.compare_digest(answer.get("state", "").encode(), attempt.state.encode()) or not answer.get("code"):
            raise ProviderError(ProviderProblem.REFUSED)
        token = await self._exchange(description, answer["code"], attempt)
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise ProviderError(ProviderProblem.NO_TOKEN)
        access_token = token.get("access_token")
        expected = Expected(
            issuer=self.client.issuer,
            client_id=self.client.id,
            nonce=attempt.nonce,
            now_s=self._clock() // 1000,
            access_token=access_token if isinstance(access_token, str) else None,
            fresh_since_s=attempt.fresh_since_s,
        )
        keys = await self._keys_for(description, key_id_of(id_token))
        claims = claims_of(id_token, keys, expected)
        return identity_of(claims, id_claim=self.client.id_claim, groups_claim=self.client.groups_claim)

    async def _exchange(self, description: _Description, code: str, attempt: Attempt) -> Mapping[str, Any]:
        async with self._oauth(description, attempt.redirect_uri) as oauth:
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    token = await oauth.fetch_token(
                        description.token_endpoint,
                        grant_type="authorization_code",
                        code=code,
                        redirect_uri=attempt.redirect_uri,
                        code_verifier=attempt.verifier,
                    )
            except (httpx2.HTTPError, TimeoutError):
                raise ProviderError(ProviderProblem.UNREACHABLE) from None
            except (OAuthError, ValueError):
                raise ProviderError(ProviderProblem.REFUSED) from None
        return token if isinstance(token, Mapping) else {}

    def _oauth(self, description: _Description, redirect_uri: str) -> AsyncOAuth2Client:
        methods = description.token_endpoint_auth_methods_supported or ("client_secret_basic",)
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return AsyncOAuth2Client(
            client_id=self.client.id,
            client_secret=self.client.secret,
            token_endpoint_auth_method="none" if self.client.secret is None else method,
            scope=self.client.scopes,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=TIMEOUT_S,
            follow_redirects=False,
        )

    async def _described(self) -> _Description:
        async with self._lock:
            now_ms = self._clock()
            if self._description is None or not 0 <= now_ms - self._described_ms < KEPT_MS:
                if 0 <= now_ms - self._failed_ms < FAILED_AGAIN_MS:
                    raise ProviderError(ProviderProblem.UNREACHABLE)
                url = self.client.issuer.rstrip("/") + "/.well-known/openid-configuration"
                try:
                    self._description = self._checked(await _fetched(url))
                except ProviderError:
                    self._failed_ms = now_ms
                    raise
                self._described_ms = now_ms
            return self._description

    def _checked(self, text: bytes) -> _Description:
        try:
            made = _Description.model_validate_json(text)
            for url in (made.authorization_endpoint, made.token_endpoint, made.jwks_uri):
                # A query is allowed at an endpoint; what counts is that nothing goes over a plain wire.
                secure_url(urlsplit(url)._replace(query="").geturl())
        except (ValidationError, ValueError):
            raise ProviderError(ProviderProblem.DESCRIPTION) from None
        if made.issuer != self.client.issuer:
            raise ProviderError(ProviderProblem.OTHER_ISSUER)
        return made

    async def _keys_for(self, description: _Description, key_id: str | None) -> KeySet:
        async with self._lock:
            age_ms = self._clock() - self._keys_ms
            keys = self._keys
            is_known = keys is not None and (key_id is None or any(key.kid == key_id for key in keys.keys))
            wanted_after_ms = KEPT_MS if is_known else KEYS_AGAIN_MS
            if keys is None or not 0 <= age_ms < wanted_after_ms:
                try:
                    keys = KeySet.import_key_set(_json(await _fetched(description.jwks_uri)))
                except (JoseError, ValueError, TypeError, KeyError):
                    raise ProviderError(ProviderProblem.KEYS) from None
                self._keys, self._keys_ms = keys, self._clock()
            return keys


def _json(text: bytes) -> Any:
    """A key set without keys of kinds that we do not know, which a provider may publish beside the others."""
    found = orjson.loads(text)
    kinds = ("RSA", "EC", "OKP")
    return {"keys": [key for key in found["keys"] if isinstance(key, dict) and key.get("kty") in kinds]}


async def _fetched(url: str) -> bytes:
    """A document of the provider's."""
    try:
        async with (
            asyncio.timeout(TIMEOUT_S),
            httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as http,
            http.stream("GET", url, headers={"accept": "application/json"}) as answer,
        ):
            if answer.status_code != 200:
                raise ProviderError(ProviderProblem.UNREACHABLE)
            text = b""
            async for part in answer.aiter_bytes():
                text += part
                if len(text) > MOST_ANSWER_BYTES:
                    raise ProviderError(ProviderProblem.DESCRIPTION)
            return text
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError):
        raise ProviderError(ProviderProblem.UNREACHABLE) from None
