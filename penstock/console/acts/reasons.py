"""Written reasons: what a person wrote leaves the console only without credentials and personal data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from detectors.finding import Family
from detectors.limits import ScanError
from detectors.pii.table import INFORMATIONAL
from detectors.redaction import RedactionError, redact
from detectors.scanner import Profile, Scanner
from penstock.console.acts.act import MAX_REASON_CHARS, ActInvalidError

# Reasons are kept for ever on the audit's side of the gate; what names internal systems may stay there.
REASON_PROFILE: Final = Profile(families=frozenset({Family.CREDENTIAL, Family.PII}), without=INFORMATIONAL)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What may leave of a reason, and the types of what was taken out, each once."""

    text: str | None
    redacted: tuple[str, ...] = ()


def clean_reason(scanner: Scanner, reason: str | None) -> Cleaned:
    """The reason without what the scanner finds; blanks only are no reason.

    Raises:
        ActInvalidError: it is too long, or cannot be scanned.
    """
    text = (reason or "").replace("\r\n", "\n").strip()
    if not text:
        return Cleaned(None)
    if len(text) > MAX_REASON_CHARS:
        raise ActInvalidError(
            f"the reason has {len(text)} characters, at most {MAX_REASON_CHARS}", advice="say it shorter"
        )
    try:
        findings = scanner.scan(text)
        redacted = redact(text, findings, typed=True).text
    except (ScanError, RedactionError):
        raise ActInvalidError("the reason cannot be checked for secrets", advice="say it in other words") from None
    return Cleaned(redacted, tuple(dict.fromkeys(finding.type for finding in findings)))
