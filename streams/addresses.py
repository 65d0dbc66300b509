"""Which addresses stay on this machine, and which URLs may carry a secret."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own and nobody else's."""
    if host == "localhost" or host.endswith(".localhost"):  # Source: RFC 6761, 6.3
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def secure_url(value: str) -> str:
    """The URL as it came.

    Raises:
        ValueError: it is no http URL of a host alone with a path, or is plain http to another machine.
    """
    url = urlsplit(value)
    if url.scheme not in ("https", "http") or not url.hostname or url.query or url.fragment or url.username:
        raise ValueError("a URL is https://host[:port], without user, query and fragment")
    if not (url.port is None or 0 < url.port < 65536):
        raise ValueError("a URL has a port of 1 to 65535")
    if url.scheme == "http" and not is_loopback(url.hostname):
        raise ValueError("plain http is for loopback; use https")
    return value
