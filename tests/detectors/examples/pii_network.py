from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("IP_ADDRESS", "from ", "8.8.4.4", ":443"),
    Positive("IP_ADDRESS", "from ", "2001:4860:4860::8844", " at noon"),
    Positive("IP_ADDRESS", "peer ", "8a26:cee7:1aa8:2e3a:643c:30d0:7099:2e00"),
    Positive("MAC_ADDRESS", "lease for ", "98:be:73:a8:d1:7a"),
    Positive("MAC_ADDRESS", "lease for ", "98be.73a8.d17a"),
    Positive("URL", "see ", "https://acme.io/a?b=1", "."),
    Positive("URL", "at (", "www.acme.io/x", ")"),
)
NEAR_MISSES = (
    "listening on 127.0.0.1:8080 and 0.0.0.0",
    "version 1.2.3.4",
    '__version__ = "3.5.0.1"',
    'ObjectIdentifier("2.5.29.14")',
    "section 2.3.4.2",
    "Chrome/120.0.0.0",
    "1.2.3.4.5",
    "OID 1.3.6.1",
    "netmask 255.255.255.0",
    "std::vector and face::add",
    "at 10:33:52",
    "ff:ff:ff:ff:ff:ff",
    "98:be:73:a8:d1:7a:98:be:73:a8:d1:7a:11:22:33:44",
    "33:33:00:00:00:01",
    "224.0.0.1",
)
