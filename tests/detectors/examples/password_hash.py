from __future__ import annotations

from tests.detectors.examples.example import Positive, alnum, hexa

_HASHES = (
    "$2b$12$" + alnum(53),
    "$apr1$" + alnum(8) + "$" + alnum(22),
    "$5$rounds=5000$" + alnum(16) + "$" + alnum(43),
    "$6$" + alnum(16) + "$" + alnum(86),
    "$y$j9T$" + alnum(22) + "$" + alnum(43),
    "$8$" + alnum(14) + "$" + alnum(43),
    "$P$" + alnum(31),
    "$argon2id$v=19$m=65536,t=3,p=4$" + alnum(22) + "$" + alnum(43),
    "pbkdf2_sha256$600000$" + alnum(22) + "$" + alnum(43) + "=",
    "{SSHA}" + alnum(32),
    "SCRAM-SHA-256$4096:" + alnum(22) + "==$" + alnum(43) + "=:" + alnum(43) + "=",
    "$krb5asrep$23$" + hexa(32) + "$" + hexa(64),
)
POSITIVES = tuple(Positive("PASSWORD_HASH", "root ", secret, " 19000") for secret in _HASHES)
NEAR_MISSES = (
    *(secret[:-9] for secret in _HASHES[:7]),
    "it costs $5$ or $6$ a month",
    "{SHA} marks an unsalted digest",
)
