"""Addresses of hosts and interfaces, and links."""

from __future__ import annotations

import ipaddress
import re

from detectors.declaration import Reach, regex
from detectors.overlaps import Strength
from detectors.pii.pattern import PiiPattern, always

# What only marks a place in a text, no evidence about a person: dates and links.
MENTION_SCORE = 0.3


def is_address(text: str) -> bool:
    """An IP address that can belong to someone: not loopback, unspecified, multicast, broadcast or link-local.

    A public network belongs to nobody in particular either.

    >>> is_address("8.8.4.4"), is_address("127.0.0.1"), is_address("0.0.0.0"), is_address("8.8.4.0/24")
    (True, False, False, False)

    Source: RFC 6890 (special-purpose addresses), RFC 4291
    """
    try:
        address = ipaddress.ip_address(text.split("/")[0].split("%")[0])
    except ValueError:
        return False
    if address.version == 4:
        # A netmask is no address.
        if address.is_reserved or text.startswith("255."):
            return False
    elif not _is_written_address(text):
        return False
    if address.is_loopback or address.is_unspecified or address.is_multicast or address.is_link_local:
        return False
    return "/" not in text or is_private_address(text) or not _is_network(text)


def _is_network(text: str) -> bool:
    try:
        return ipaddress.ip_network(text).num_addresses > 1
    except ValueError:
        return False


def _is_written_address(text: str) -> bool:
    # `a::b` is the path of a name in C++, Rust and Perl: an address has a number, and a group of some length in front.
    return any(character.isdigit() for character in text) and (text.count(":") == 7 or len(text.split(":")[0]) >= 3)


def is_private_address(text: str) -> bool:
    """An IP address of a private network.

    >>> is_private_address("10.1.2.3"), is_private_address("8.8.4.4")
    (True, False)

    Source: RFC 1918, RFC 4193
    """
    try:
        address = ipaddress.ip_address(text.split("/")[0].split("%")[0])
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE_NETWORKS if network.version == address.version)


_PRIVATE_NETWORKS = tuple(
    ipaddress.ip_network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)

_GROUP_ADDRESSES = ("01005e", "0180c2", "3333")


def is_interface(text: str) -> bool:
    """A MAC address of one interface: not zero, broadcast or a multicast group.

    >>> is_interface("00:1b:44:11:3a:b7"), is_interface("ff:ff:ff:ff:ff:ff"), is_interface("33:33:00:00:00:01")
    (True, False, False)

    Source: IEEE 802; RFC 1112 section 6.4, RFC 2464 section 7
    """
    digits = re.sub(r"[:.\-]", "", text).lower()
    return len(set(digits)) > 1 and not digits.startswith(_GROUP_ADDRESSES)


_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
# Four numbers after such a word are a version, a section or an object identifier.
_NOT_AFTER = (
    r"(?i)(?:(?:version|release|firmware|section|chapter|clause|identifier)(?:s|_?id|_?no|_?number)?"
    r"|(?<![a-z])(?:oid|rev|ver|build|fixes since)|,v)[\W_]{0,8}$"
)

PATTERNS = (
    PiiPattern(
        type="IP_ADDRESS",
        pattern=rf"(?<![\w.\-])(?<![A-Za-z]/)(?:{_OCTET}\.){{3}}{_OCTET}(?:/\d{{1,2}})?(?![\w\-]|\.\d)",
        words=("ip", "ipv4", "address", "host", "client"),
        triggers=(regex(r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]"),),
        not_after=_NOT_AFTER,
        accept=is_address,
        is_bare=always,
    ),
    PiiPattern(
        type="IP_ADDRESS",
        pattern=(
            r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:(?:[0-9A-Fa-f]{0,4}:){1,6}(?:[0-9A-Fa-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?)"
            r"(?:%[\w.]{1,16})?(?:/\d{1,3})?(?![\w:])"
        ),
        words=("ip", "ipv6", "address", "host", "client"),
        triggers=(
            regex(r"[0-9a-f]{3}:[0-9a-f]{0,4}:[0-9a-f:]"),
            regex(r"(?:[0-9a-f]{1,4}:){7}[0-9a-f]"),
        ),
        accept=is_address,
        is_bare=always,
    ),
    PiiPattern(
        type="MAC_ADDRESS",
        pattern=(
            r"(?<![\w:.\-])(?:[0-9A-Fa-f]{2}(?P<gap>[:\-])(?:[0-9A-Fa-f]{2}(?P=gap)){4}[0-9A-Fa-f]{2}"
            r"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![\w]|[:\-][0-9A-Fa-f]|\.\w)"
        ),
        words=("mac", "hardware address", "ethernet", "device"),
        triggers=(
            regex(r"\b[0-9a-f]{2}[:-](?:[0-9a-f]{2}[:-]){4}[0-9a-f]{2}\b"),
            regex(r"\b[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}\b"),
        ),
        accept=is_interface,
        is_bare=always,
    ),
    PiiPattern(
        # Source: RFC 3986 appendix A. What ends a sentence, a quotation or a Markdown link does not belong to the link.
        type="URL",
        pattern=r"(?<![\w])(?:[Hh][Tt][Tt][Pp][Ss]?://|www\.)[^\s<>\"'`|\\^{}()\[\]]{2,200}(?<![.,;:!?*_])",
        triggers=(regex(r"https?://[^\s]{2}"), regex(r"www\.[a-z0-9]{2}")),
        is_bare=always,
        is_whole=False,
        bare_score=MENTION_SCORE,
        strength=Strength.MENTION,
        reach=Reach(16, 8),
    ),
)
