"""Ways to the provider and back, kept by the browser that goes: sealed in its cookie, so that nobody fills our memory.

The cookie is sealed with a key of this process; what was begun before a restart begins anew. A state counts once, also
when somebody plays the callback again in the same browser.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from penstock.console.people.oidc import Attempt
from penstock.console.people.sessions import new_token

LIFE_MS: Final = 600_000
NONCE_BYTES: Final = 12
MOST_COOKIE_CHARS: Final = 4096
# States of the last minutes that were used; more would need more sign-ins than a provider gives.
MOST_USED: Final = 100_000
_AAD: Final = b"penstock login v1"


@dataclass(frozen=True, slots=True)
class Journey:
    """An attempt with where it leads; `session` is the key of the session that is confirmed, in hex."""

    attempt: Attempt
    to: str
    began_ms: int
    session: str | None = None


class Attempts:
    """Seals and opens journeys; safe to use from any thread."""

    def __init__(self, *, clock: Callable[[], int]) -> None:
        self._aead = AESGCM(secrets.token_bytes(32))
        self._clock = clock
        self._lock = threading.Lock()
        self._used: dict[str, int] = {}

    def begin(self, *, redirect_uri: str, to: str, session: bytes | None = None) -> Journey:
        """A new journey; with `session` the person has to sign in anew to confirm it."""
        now_ms = self._clock()
        since_s = None if session is None else now_ms // 1000
        attempt = Attempt(new_token(), new_token(), new_token(), redirect_uri, since_s)
        return Journey(attempt, to, now_ms, None if session is None else session.hex())

    def sealed(self, journey: Journey) -> str:
        """What the browser keeps of it."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        box = self._aead.encrypt(nonce, orjson.dumps(asdict(journey)), _AAD)
        return base64.urlsafe_b64encode(nonce + box).decode()

    def opened(self, cookie: str | None, *, state: str) -> Journey | None:
        """The journey of a cookie, once, for the state that came back; None when it is no such one, late or used."""
        if not cookie or len(cookie) > MOST_COOKIE_CHARS:
            return None
        try:
            box = base64.urlsafe_b64decode(cookie)
            found: dict[str, Any] = orjson.loads(self._aead.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], _AAD))
        except (ValueError, InvalidTag):
            return None
        journey = Journey(Attempt(**found.pop("attempt")), **found)
        is_ours = hmac.compare_digest(journey.attempt.state.encode(), state.encode())
        if not is_ours or not 0 <= self._clock() - journey.began_ms < LIFE_MS:
            return None
        return journey if self._is_first(journey.attempt.state) else None

    def _is_first(self, state: str) -> bool:
        now_ms, key = self._clock(), hashlib.sha256(state.encode()).hexdigest()
        with self._lock:
            for old, ends_ms in list(self._used.items()):
                if ends_ms > now_ms:
                    break
                del self._used[old]
            if key in self._used or len(self._used) >= MOST_USED:
                return False
            self._used[key] = now_ms + LIFE_MS
        return True
