"""What `penstock dev` prepares before anything runs: keys on disk and the policy in force."""

from __future__ import annotations

import os
import secrets
from importlib.resources import files
from pathlib import Path
from typing import Final

from detectors.errors import GateError
from penstock.activation import PolicyStatus, activate_bundle
from penstock.policy_folder import load_folder
from policies.bundle import Bundle
from streams.review_signing import ReviewKeys, ReviewSigner, TrustedKey
from streams.settings import Settings

ACTIVATED_BY: Final = "penstock dev"
REASON: Final = "penstock dev"


class SetupError(GateError):
    """Something that `penstock dev` needs cannot be had, or would do harm."""

    code = "USAGE"


def make_key(path: Path) -> Path:
    """The file of a key of 64 hex digits that only its owner can read; made once.

    Raises:
        SetupError: it cannot be written.
    """
    try:
        if path.is_file():
            return path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise SetupError(f"cannot write {path}: {error.strerror}", advice="choose another data folder") from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
    return path


def trust_signer(signing_key: Path) -> Path:
    """The file of the keys that may sign reviews, beside the signing key: its public half, and nobody else's.

    Raises:
        SetupError: it cannot be written, or the key cannot be read.
    """
    path = signing_key.with_name("review-keys.json")
    try:
        signer = ReviewSigner(bytes.fromhex(signing_key.read_text("ascii").strip()))
        path.write_bytes(ReviewKeys([TrustedKey(signer.public)]).to_jwks())
    except (OSError, ValueError) as error:
        raise SetupError(
            f"cannot make {path} of {signing_key} ({type(error).__name__})", advice="choose another data folder"
        ) from None
    return path


def read_policy(folder: Path | None) -> Bundle:
    """The bundle in a folder, or the demo bundle that comes with Penstock.

    Raises:
        PolicyFolderError, PolicyLoadError: it does not load.
    """
    return load_folder(demo_folder() if folder is None else folder)


def demo_folder() -> Path:
    """The demo policy that comes with Penstock."""
    return Path(str(files("policies") / "examples" / "demo"))


def check_takeover(status: PolicyStatus, bundle: Bundle) -> None:
    """Whether `bundle` may replace what is in force on a Kafka that is not ours.

    Raises:
        SetupError: somebody else's policy is in force there; a demo must not replace it, nor send made-up events.
    """
    active = status.bundle
    if active is None or active.snapshot == bundle.snapshot:
        return
    by = (status.activation or {}).get("activated_by")
    if by != ACTIVATED_BY:
        raise SetupError(
            f"the policy {active.short} is in force there and was not activated by `penstock dev`",
            advice="start without --bootstrap, or name the policy to put in force with --policy",
        )


async def put_in_force(settings: Settings, bundle: Bundle, status: PolicyStatus) -> None:
    """Activate `bundle`; nothing is written when it already is in force and the latest.

    Raises:
        KafkaUnreachableError, TopicsError, CommandError: it cannot be activated.
    """
    is_in_force = status.bundle is not None and status.bundle.snapshot == bundle.snapshot
    if not is_in_force or status.problem is not None:
        await activate_bundle(settings, bundle, reason=REASON, activated_by=ACTIVATED_BY)
