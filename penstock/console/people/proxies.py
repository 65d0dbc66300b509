"""From where somebody asks: the other end of the connection, or whom a proxy that is believed says it speaks for."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from streams.settings import SettingsError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def networks_of(text: str) -> tuple[Network, ...]:
    """Addresses and networks from a setting.

    Raises:
        SettingsError: one is neither.
    """
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise SettingsError(
            "console_proxies holds something that is no address", advice="write addresses or networks, by commas"
        ) from None


def origin_of(client: str, forwarded: Sequence[str], proxies: Sequence[Network]) -> str:
    """The nearest address that no believed proxy has; what stands before it in the header, anybody could have written.

    `forwarded` are the lines of X-Forwarded-For in their order.
    """
    hops = [part.strip() for line in forwarded for part in line.split(",")]
    address = client
    while hops and _is_in(address, proxies):
        before = _parsed(hops.pop())
        if before is None:
            break
        address = str(before)
    return address


def neighbourhood(address: str) -> str:
    """What is slowed down together: an IPv4 address, or the IPv6 network of which one household has all addresses.

    Source: RFC 6177, 2 (a site has at least a /64).
    """
    parsed = _parsed(address)
    if parsed is None or parsed.version == 4:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def _parsed(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


def _is_in(text: str, networks: Sequence[Network]) -> bool:
    address = _parsed(text)
    return address is not None and any(address in network for network in networks)


class ClientAddress:
    """Puts the address of who asks where the connection's was."""

    def __init__(self, app: ASGIApp, *, proxies: Sequence[Network]) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        client = scope.get("client")
        if self._proxies and scope["type"] == "http" and client:
            forwarded = Headers(scope=scope).getlist("x-forwarded-for")
            scope["client"] = (origin_of(client[0], forwarded, self._proxies), client[1])
        await self._app(scope, receive, send)
