"""Signed URLs of object stores and content networks: until they expire, whoever has one may do what it signs.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html,
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html,
https://cloud.google.com/storage/docs/access-control/signed-urls
"""

from __future__ import annotations

import re

from detectors.credentials.detector import CredentialDetector, PatternDetector
from detectors.declaration import Reach, regex

_URL = re.compile(
    r"https?://[^\s\"'<>\\`]{4,2048}?[?&](?:X-(?:Amz|Goog)-Signature=[0-9a-f]{32,512}|Signature=[A-Za-z0-9%+/=_~\-]{24,400})"
    r"[^\s\"'<>\\`]{0,1024}"
)
# A bare `Signature` is one of these stores only beside the id of the key that made it.
_KEY_ID = re.compile(r"X-(?:Amz|Goog)-Credential=|(?:AWSAccessKey|GoogleAccess|Key-Pair-|OSSAccessKey)Id=")


def _names_its_key(match: re.Match[str]) -> bool:
    return _KEY_ID.search(match.group()) is not None


DETECTORS: tuple[CredentialDetector, ...] = (
    PatternDetector(
        name="signed_url",
        type="SIGNED_URL",
        keywords=("signature=",),
        pattern=_URL,
        accept=_names_its_key,
        triggers=(regex(r"[?&](?:X-(?:Amz|Goog)-)?Signature=[A-Za-z0-9%+/=_~\-]{24}", caseless=False),),
        reach=Reach(2_400, 64),
        score=0.9,
    ),
)
