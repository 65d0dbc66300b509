"""Sealed payloads: what is quarantined travels encrypted, and only a holder of the key can open it.

Each payload has its own data key, derived from the key-encryption key and from the payload's digest (HKDF). The same
payload under the same context therefore seals to the same bytes, which keeps the gate deterministic, and a data key
never encrypts two different payloads, which is what AES-GCM asks for.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from detectors.errors import GateError

KEY_BYTES: Final = 32
# AES-GCM takes 96-bit nonces (Source: NIST SP 800-38D, 8.2); zero, because each data key is used for one payload only.
_NONCE: Final = bytes(12)
ALGORITHM: Final = "HKDF-SHA256+A256GCM"


class SealError(GateError):
    """A payload that cannot be sealed or opened."""

    code = "SEAL_FAILED"


@dataclass(frozen=True, slots=True, repr=False)
class Sealer:
    """Seals and opens payloads with one key-encryption key of 32 bytes."""

    key: bytes

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES:
            raise SealError(f"a payload key has {KEY_BYTES} bytes, this one has {len(self.key)}")

    @property
    def key_id(self) -> str:
        """Eight hex digits that name the key without telling it."""
        return hashlib.sha256(b"penstock key id\0" + self.key).hexdigest()[:8]

    def _data_key(self, context: bytes, digest: bytes) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, salt=digest, info=b"penstock payload\0" + context).derive(self.key)

    def seal(self, payload: bytes, *, context: str) -> dict[str, str]:
        """The payload as a sealed box; `context` (what the payload is and whose) is authenticated with it."""
        bound = context.encode()
        digest = hashlib.sha256(self.key + payload).digest()
        sealed = AESGCM(self._data_key(bound, digest)).encrypt(_NONCE, payload, bound)
        return {
            "algorithm": ALGORITHM,
            "key_id": self.key_id,
            "salt": digest.hex(),
            "ciphertext": base64.b64encode(sealed).decode(),
        }

    def open(self, box: dict[str, str], *, context: str) -> bytes:
        """The payload in a box that `seal` made under the same key and context.

        Raises:
            SealError: another key, another context, or the box was changed.
        """
        bound = context.encode()
        try:
            sealed = base64.b64decode(box["ciphertext"], validate=True)
            return AESGCM(self._data_key(bound, bytes.fromhex(box["salt"]))).decrypt(_NONCE, sealed, bound)
        except (InvalidTag, KeyError, ValueError):
            raise SealError("the box does not open", advice="check key and context") from None


def sealer_of(key: bytes | None) -> Sealer | None:
    """The sealer with a key, None without one."""
    return None if key is None else Sealer(key)


def quarantine_context(quarantine_id: str) -> str:
    """What the box of a quarantined output is bound to."""
    return f"quarantine|{quarantine_id}"


def hold_context(hold_id: str, digest: str) -> str:
    """What the box of a held action is bound to; an edit makes another digest, and so another box."""
    return f"hold|{hold_id}|{digest}"


def second_review_context(second_review_id: str) -> str:
    """What the box of an action that is reviewed again is bound to."""
    return f"second_review|{second_review_id}"


def sample_context(sample_id: str) -> str:
    """What the box of a sampled action is bound to."""
    return f"sample|{sample_id}"


def carried(sealer: Sealer | None, action: Mapping[str, Any], *, context: str) -> dict[str, Any]:
    """The fields with which an action travels inside a record for people: sealed where there is a key, else whole."""
    if sealer is None:
        return {"action": action, "payload": None}
    return {"action": None, "payload": sealer.seal(orjson.dumps(action), context=context)}


def carried_action(sealer: Sealer | None, record: Mapping[str, Any], *, context: str) -> dict[str, Any] | None:
    """The action in a record that `carried` made; None when it is sealed and `sealer` does not open it."""
    action, box = record.get("action"), record.get("payload")
    if action is not None or sealer is None or box is None:
        return action
    try:
        opened: dict[str, Any] = orjson.loads(sealer.open(box, context=context))
    except SealError:
        return None
    return opened
