"""Wallet addresses: the checksums of base58check, bech32 and EIP-55."""

from __future__ import annotations

import hashlib

from detectors.declaration import regex
from detectors.pii.keccak import keccak_256
from detectors.pii.pattern import PiiPattern, always

_BASE58 = {digit: value for value, digit in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")}
_BECH32 = {digit: value for value, digit in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}

# Version bytes: Bitcoin, Litecoin, Dogecoin, Dash, Tron. Source: chain parameters of the reference clients
_VERSIONS = frozenset({0x00, 0x05, 0x30, 0x32, 0x1E, 0x16, 0x4C, 0x10, 0x41})


def is_base58_address(text: str) -> bool:
    """A base58check address: a version, twenty bytes, and the first four bytes of their double SHA-256.

    >>> is_base58_address("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"), is_base58_address("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb")
    (True, False)

    Source: Bitcoin Core, base58.cpp; https://en.bitcoin.it/wiki/Base58Check_encoding
    """
    number = 0
    for character in text:
        number = number * 58 + _BASE58[character]
    if number >= 1 << 200:
        return False
    raw = number.to_bytes(25)
    # A leading zero byte is written as a 1 of its own.
    if len(text) - len(text.lstrip("1")) != len(raw) - len(raw.lstrip(b"\0")):
        return False
    return raw[0] in _VERSIONS and hashlib.sha256(hashlib.sha256(raw[:21]).digest()).digest()[:4] == raw[21:]


def is_bech32_address(text: str) -> bool:
    """A bech32 or bech32m address: the polynomial over prefix and data leaves 1 or 0x2bc830a3.

    >>> is_bech32_address("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
    True
    >>> is_bech32_address("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5")
    False

    Source: BIP-173, BIP-350
    """
    prefix, _, data = text.lower().rpartition("1")
    values = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + [_BECH32[c] for c in data]
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if top >> place & 1:
                check ^= generator
    return check in (1, 0x2BC830A3)


def is_ethereum_address(text: str) -> bool:
    """An Ethereum address in one case, or in the mixed case of its checksum.

    >>> is_ethereum_address("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")
    True
    >>> is_ethereum_address("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")
    False

    Source: EIP-55 (a letter is a capital when its digit of the Keccak-256 hash is 8 or more)
    """
    digits = text[2:]
    if _has_one_case(text):
        return len(set(digits)) > 4
    digest = keccak_256(digits.lower().encode()).hex()
    return all(
        character.isdigit() or character.isupper() == (nibble >= "8")
        for character, nibble in zip(digits, digest, strict=False)
    )


def _has_one_case(text: str) -> bool:
    digits = text[2:]
    return digits in (digits.lower(), digits.upper())


_WORDS = (
    *("bitcoin", "btc", "wallet", "crypto", "ethereum", "eth", "litecoin", "dogecoin", "tron", "address", "erc20"),
    *("deposit", "usdt", "usdc"),
)

PATTERNS = (
    PiiPattern(
        type="CRYPTO",
        pattern=r"(?<![A-Za-z0-9])[13LMDA9XT7][1-9A-HJ-NP-Za-km-z]{25,34}(?![A-Za-z0-9])",
        words=_WORDS,
        triggers=(regex(r"\b[13LMDA9XT7][1-9A-HJ-NP-Za-km-z]{25}", caseless=False),),
        checksum=is_base58_address,
        is_bare=always,
    ),
    PiiPattern(
        type="CRYPTO",
        pattern=(
            r"(?<![A-Za-z0-9])(?:(?:bc|tb|ltc)1[02-9ac-hj-np-z]{11,71}|(?:BC|TB|LTC)1[02-9AC-HJ-NP-Z]{11,71}"
            r"|addr1[02-9ac-hj-np-z]{53,98})(?![A-Za-z0-9])"
        ),
        words=_WORDS,
        triggers=(regex(r"\b(?:bc|tb|ltc|addr)1[02-9ac-hj-np-z]{11}"),),
        checksum=is_bech32_address,
        is_bare=always,
    ),
    PiiPattern(
        # In one case it has no checksum, and contracts, hashes and keys look the same.
        type="CRYPTO",
        pattern=r"(?<![A-Za-z0-9])0x[0-9A-Fa-f]{40}(?![A-Za-z0-9])",
        words=_WORDS,
        triggers=(regex(r"\b0x[0-9a-f]{40}\b"),),
        checksum=is_ethereum_address,
        is_bare=lambda text: not _has_one_case(text),
    ),
)
