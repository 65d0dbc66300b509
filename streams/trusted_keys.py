"""The keys that may sign reviews, from the file that the settings name."""

from __future__ import annotations

from streams.review_signing import ReviewKeys
from streams.settings import Settings, SettingsError


def read_review_keys(settings: Settings) -> ReviewKeys | None:
    """The keys that may sign reviews, None where no file is named: then unsigned reviews count.

    Raises:
        SettingsError: the file cannot be read.
        ReviewKeyError: it holds no keys that can be used.
    """
    file = settings.review_keys_file
    if file is None:
        return None
    try:
        text = file.read_bytes()
    except OSError:
        raise SettingsError("review_keys_file cannot be read", advice="check path and permissions") from None
    return ReviewKeys.from_jwks(text)
