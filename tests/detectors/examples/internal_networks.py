from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("PRIVATE_IP", "broker at ", "10.11.159.111", " is up"),
    Positive("PRIVATE_IP", "ssh ada@", "192.168.178.211", " works"),
    Positive("PRIVATE_IP", "upstream ", "172.20.3.4", ":9092."),
    Positive("PRIVATE_IP", "route ", "10.42.0.0/16", " via"),
    Positive("PRIVATE_IP", "carrier ", "100.72.3.4", ","),
    Positive("PRIVATE_IP", "peer ", "fd12:3456:789a::17", " up"),
    Positive("PRIVATE_IP", "on ", "fe80::c685:8ff:fe45:641%eth0", " up"),
)
NEAR_MISSES = (
    "RFC 1918 sets 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16 aside",
    "open 192.168.1.1 in your browser",
    "version 10.2.3.4 of the program, build 10.0.19045.1",
    "172.32.0.1 and 172.15.9.9 are public, 100.128.0.1 too",
    "the OID 1.3.10.20.30.40 and the section 10.1.2",
    "curl http://169.254.169.254/latest/meta-data/",
    "fade to fe80 and fd:00 in words",
)
