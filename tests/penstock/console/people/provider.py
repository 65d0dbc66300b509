"""An OpenID provider on loopback that lies when a test says so; PKCE, client and redirect it checks as one does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID = "penstock-console"
CLIENT_SECRET = "a secret & more"
SUBJECT = "00u-ana"

Claims = dict[str, Any]


def rsa_key(kid: str) -> RSAKey:
    """A new key of 2048 bits."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


def _signed(provider: LyingProvider, claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": provider.key.kid or ""}, claims, provider.key)


@dataclass(slots=True)
class LyingProvider:
    """What it says; a test changes any of it. `sign` gives the token, `answer` replaces what the endpoint says."""

    clock: Callable[[], int]
    issuer: str = ""
    key: Key = field(default_factory=lambda: rsa_key("first"))
    published: list[Key] = field(default_factory=list)
    claims: Callable[[Claims], Claims] = lambda claims: claims
    sign: Callable[[LyingProvider, Claims], str] = _signed
    answer: Callable[[Claims], Response] = JSONResponse
    description: Callable[[Claims], Response] = JSONResponse
    asked: list[str] = field(default_factory=list)
    attempts: dict[str, dict[str, str]] = field(default_factory=dict)
    more: list[Route] = field(default_factory=list)

    def approve(self, address: str) -> dict[str, str]:
        """The person signs in at the address to which the browser was sent; what the browser brings back."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert query["client_id"] == CLIENT_ID
        code = f"code-{len(self.attempts)}"
        self.attempts[code] = query
        return {"code": code, "state": query["state"]}

    def routes(self) -> list[Route]:
        """Where it answers."""
        return [
            Route("/.well-known/openid-configuration", self._describe),
            Route("/jwks", self._keys),
            Route("/token", self._token, methods=["POST"]),
            *self.more,
        ]

    def _describe(self, _: Request) -> Response:
        self.asked.append("description")
        return self.description(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
            }
        )

    def _keys(self, _: Request) -> Response:
        self.asked.append("keys")
        keys = [key.as_dict(private=False) for key in (self.published or [self.key])]
        return JSONResponse({"keys": [*keys, {"kty": "unheard-of", "kid": "x"}]})

    async def _token(self, request: Request) -> Response:
        self.asked.append("token")
        form = await request.form()
        attempt = self.attempts.pop(str(form.get("code")), None)
        basic = base64.b64encode(b"penstock-console:a secret & more").decode()
        if request.headers.get("authorization") != f"Basic {basic}" or attempt is None:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        challenge = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        is_bound = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() == attempt["code_challenge"]
        if not is_bound or form["redirect_uri"] != attempt["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        now_s = self.clock() // 1000
        claims: Claims = {
            "iss": self.issuer, "sub": SUBJECT, "aud": CLIENT_ID, "exp": now_s + 300, "iat": now_s,
            "nonce": attempt["nonce"], "email": "ana@example.com", "email_verified": True, "name": "Ana",
            "groups": ["security", "unheard-of"],
        }  # fmt: skip
        if attempt.get("max_age") == "0":
            claims["auth_time"] = now_s
        token = self.sign(self, self.claims(claims))
        return self.answer({"access_token": "an-access-token", "token_type": "Bearer", "id_token": token})


@contextmanager
def served(provider: LyingProvider) -> Iterator[LyingProvider]:
    """The provider on a free port of loopback."""
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=provider.routes()), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        ends = time.monotonic() + 20
        while not server.started and time.monotonic() < ends:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        provider.issuer = f"http://127.0.0.1:{port}"
        yield provider
    finally:
        server.should_exit = True
        thread.join(20)


# Lies. Each takes what would be right.


def with_claims(**changes: Any) -> Callable[[Claims], Claims]:
    """Claims with changes; None takes one away."""

    def change(claims: Claims) -> Claims:
        return {name: value for name, value in {**claims, **changes}.items() if value is not None}

    return change


def shifted(**seconds: int) -> Callable[[Claims], Claims]:
    """Claims whose times are later by so many seconds."""
    return lambda claims: {**claims, **{name: claims["iat"] + by for name, by in seconds.items()}}


def unsigned(_: LyingProvider, claims: Claims) -> str:
    """A token that nobody signed."""
    parts = (b'{"alg":"none"}', json.dumps(claims).encode())
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def signed_with_public_key(provider: LyingProvider, claims: Claims) -> str:
    """A token whose MAC has the public key for a secret."""
    assert isinstance(provider.key, RSAKey)
    pem = provider.key.as_pem(private=False)
    header = json.dumps({"alg": "HS256", "kid": provider.key.kid}).encode()
    parts = [base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, json.dumps(claims).encode())]
    mac = hmac.new(pem, b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


def signed_by_another(provider: LyingProvider, claims: Claims) -> str:
    """A token of another key under the right name."""
    return jwt.encode({"alg": "RS256", "kid": provider.key.kid or ""}, claims, rsa_key("other"))


def signed_as(kid: str) -> Callable[[LyingProvider, Claims], str]:
    """A token that names another key."""
    return lambda provider, claims: jwt.encode({"alg": "RS256", "kid": kid}, claims, provider.key)


def changed_after_signing(provider: LyingProvider, claims: Claims) -> str:
    """A token whose claims are not the ones that were signed."""
    header, _, signature = _signed(provider, claims).split(".")
    _, body, _ = _signed(provider, {**claims, "email": "boss@example.com"}).split(".")
    return f"{header}.{body}.{signature}"


KINDS: dict[str, Callable[[], Key]] = {
    "RS256": lambda: rsa_key("k"),
    "PS256": lambda: rsa_key("k"),
    "ES256": lambda: ECKey.generate_key("P-256", {"kid": "k"}),
    "Ed25519": lambda: OKPKey.generate_key("Ed25519", {"kid": "k"}),
}


def redirecting(_: Claims) -> Response:
    """An endpoint that sends elsewhere."""
    return RedirectResponse("https://evil.example/token")


def text_of(text: str, status: int = 200) -> Callable[[Claims], Response]:
    """An endpoint that says something else."""
    return lambda _: PlainTextResponse(text, status_code=status)
