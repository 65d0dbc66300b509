"""Addresses of private networks: they belong to nobody outside and show the house.

Source: RFC 1918 (10/8, 172.16/12, 192.168/16), RFC 4193 (fc00::/7), RFC 3927 (169.254/16), RFC 6598 (100.64/10)
"""

from __future__ import annotations

import ipaddress
import re

from detectors.declaration import Declaration, regex
from detectors.internal.form import form
from detectors.overlaps import Strength

#: The type of an IP address of a private network.
PRIVATE_IP = "PRIVATE_IP"

_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
# The blocks themselves are public knowledge; what lies inside them is not.
_WHOLE_BLOCKS = frozenset(
    {"10.0.0.0", "172.16.0.0", "192.168.0.0", "169.254.0.0", "100.64.0.0", "172.31.255.255", "10.255.255.255"}
    | {"192.168.255.255"}
)
# The first address of every second home router, in every manual.
_EVERYBODYS = frozenset(
    {"192.168.0.1", "192.168.1.1", "192.168.1.0", "192.168.0.255", "192.168.1.255"}
    # The addresses at which a cloud machine asks about itself.
    | {"169.254.169.254", "169.254.170.2", "169.254.169.253", "169.254.169.123"}
)


_VERSION = re.compile(r"(?i)\b(?:version|ver|release|build|oid|section|v)\.?[ :=]{1,3}$")


def _is_address(match: re.Match[str]) -> bool:
    """Four octets; no version, no whole block, nor an address that every manual prints."""
    address, start = match.group("address"), match.start()
    if address.count(".") != 3 or address in _WHOLE_BLOCKS or address in _EVERYBODYS:
        return False
    return _VERSION.search(match.string[max(0, start - 12) : start]) is None


def _is_local_ipv6(match: re.Match[str]) -> bool:
    """A well-formed unique local or link-local address that is not the block itself."""
    try:
        address = ipaddress.IPv6Address(match.group("address"))
    except ValueError:
        return False
    return (address.is_link_local or address in _UNIQUE_LOCAL) and int(address) & ((1 << 64) - 1) != 0


_UNIQUE_LOCAL = ipaddress.IPv6Network("fc00::/7")

DECLARATIONS: tuple[Declaration, ...] = (
    form(
        "private_ipv4",
        PRIVATE_IP,
        triggers=(
            regex(
                r"\b(?:10|172\.(?:1[6-9]|2[0-9]|3[01])|192\.168|169\.254|100\.(?:6[4-9]|[7-9][0-9]"
                r"|1[0-2][0-9]))\.[0-9]{1,3}\.[0-9]"
            ),
        ),
        # Not part of a longer dotted number, a version (`v10.2.3.4`) or an OID.
        pattern=(
            r"(?<![\w.\-])(?P<secret>(?P<address>(?:10|172\.(?:1[6-9]|2\d|3[01])|192\.168|169\.254|100\.(?:6[4-9]"
            r"|[7-9]\d|1[01]\d|12[0-7]))"
            rf"(?:\.{_OCTET}){{2,3}})(?:/\d{{1,2}})?)(?![\w\-]|\.\d)"
        ),
        accept=_is_address,
        strength=Strength.CHECKSUM_AND_CONTEXT,
    ),
    form(
        "private_ipv6",
        PRIVATE_IP,
        triggers=(regex(r"\bf(?:[cd][0-9a-f]{2}|e[89ab][0-9a-f]):[0-9a-f]{0,4}:"),),
        pattern=(
            r"(?i)(?<![\w:.])(?P<secret>(?P<address>f(?:[cd][0-9a-f]{2}"
            r"|e[89ab][0-9a-f])(?::[0-9a-f]{0,4}){2,7})(?:%\w{1,15})?(?:/\d{1,3})?)"
            r"(?![\w:])"
        ),
        accept=_is_local_ipv6,
        strength=Strength.CHECKSUM_AND_CONTEXT,
    ),
)
