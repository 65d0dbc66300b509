"""The private members of JSON web keys: `d`, `p`, `q`, `dp`, `dq`, `qi` of a pair, `k` of a shared key.

Source: RFC 7517 section 4 (kty), RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1, RFC 8037 section 2
"""

from __future__ import annotations

import re

from detectors.credentials.detector import CredentialDetector, PatternDetector
from detectors.credentials.formats import is_varied
from detectors.declaration import Reach, regex

_MEMBER = re.compile(r"\\?\"(?:d|p|q|dp|dq|qi|k)\\?\"\s{0,4}:\s{0,4}\\?\"(?P<secret>[A-Za-z0-9_\-]{16,1400})=?\\?\"")
_KEY_TYPE = re.compile(r"\\?\"kty\\?\"\s{0,4}:\s{0,4}\\?\"(?:RSA|EC|OKP|oct)\\?\"")
# Members of one key stand so near to each other, characters: an RSA key of 8,192 bits has 1,366 in each of two.
_KEY_CHARS = 4_096


def _is_in_key(match: re.Match[str]) -> bool:
    around = match.string[max(0, match.start() - _KEY_CHARS) : match.end() + _KEY_CHARS]
    return is_varied(match.group("secret")) and _KEY_TYPE.search(around) is not None


DETECTORS: tuple[CredentialDetector, ...] = (
    PatternDetector(
        name="json_web_key",
        type="JSON_WEB_KEY",
        keywords=("kty",),
        pattern=_MEMBER,
        accept=_is_in_key,
        triggers=(regex(r"\"(?:d|p|q|dp|dq|qi|k)\\?\"\s{0,4}:\s{0,4}\\?\"[A-Za-z0-9_\-]{16}", caseless=False),),
        also=("kty",),
        reach=Reach(64, 64),
    ),
)
