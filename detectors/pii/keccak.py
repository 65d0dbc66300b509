"""Keccak-256 as Ethereum uses it: SHA-3 before its padding was changed, which hashlib does not have.

Written out lane by lane: loops over the lanes take three times as long, and a text may hold many candidates.
"""

from __future__ import annotations

_MASK = (1 << 64) - 1
_RATE_BYTES = 136


def _round_constants() -> tuple[int, ...]:
    # A linear feedback shift register gives the bits at places 2^j - 1 of each constant.
    constants = []
    register = 1
    for _ in range(24):
        constant = 0
        for place in range(7):
            if register & 1:
                constant ^= 1 << ((1 << place) - 1)
            register = register << 1 ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return tuple(constants)


_ROUNDS = _round_constants()


def _mix(lanes: tuple[int, ...]) -> tuple[int, ...]:
    """Parity of the columns into all lanes (theta), each lane rotated (rho) and moved (pi)."""
    a0, a1, a2, a3, a4 = lanes[0:5]
    a5, a6, a7, a8, a9 = lanes[5:10]
    a10, a11, a12, a13, a14 = lanes[10:15]
    a15, a16, a17, a18, a19 = lanes[15:20]
    a20, a21, a22, a23, a24 = lanes[20:25]
    c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20
    c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21
    c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22
    c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23
    c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24
    d0 = c4 ^ (c1 << 1 & _MASK | c1 >> 63)
    d1 = c0 ^ (c2 << 1 & _MASK | c2 >> 63)
    d2 = c1 ^ (c3 << 1 & _MASK | c3 >> 63)
    d3 = c2 ^ (c4 << 1 & _MASK | c4 >> 63)
    d4 = c3 ^ (c0 << 1 & _MASK | c0 >> 63)
    return (
        a0 ^ d0,
        (t := a6 ^ d1) << 44 & _MASK | t >> 20,
        (t := a12 ^ d2) << 43 & _MASK | t >> 21,
        (t := a18 ^ d3) << 21 & _MASK | t >> 43,
        (t := a24 ^ d4) << 14 & _MASK | t >> 50,
        (t := a3 ^ d3) << 28 & _MASK | t >> 36,
        (t := a9 ^ d4) << 20 & _MASK | t >> 44,
        (t := a10 ^ d0) << 3 & _MASK | t >> 61,
        (t := a16 ^ d1) << 45 & _MASK | t >> 19,
        (t := a22 ^ d2) << 61 & _MASK | t >> 3,
        (t := a1 ^ d1) << 1 & _MASK | t >> 63,
        (t := a7 ^ d2) << 6 & _MASK | t >> 58,
        (t := a13 ^ d3) << 25 & _MASK | t >> 39,
        (t := a19 ^ d4) << 8 & _MASK | t >> 56,
        (t := a20 ^ d0) << 18 & _MASK | t >> 46,
        (t := a4 ^ d4) << 27 & _MASK | t >> 37,
        (t := a5 ^ d0) << 36 & _MASK | t >> 28,
        (t := a11 ^ d1) << 10 & _MASK | t >> 54,
        (t := a17 ^ d2) << 15 & _MASK | t >> 49,
        (t := a23 ^ d3) << 56 & _MASK | t >> 8,
        (t := a2 ^ d2) << 62 & _MASK | t >> 2,
        (t := a8 ^ d3) << 55 & _MASK | t >> 9,
        (t := a14 ^ d4) << 39 & _MASK | t >> 25,
        (t := a15 ^ d0) << 41 & _MASK | t >> 23,
        (t := a21 ^ d1) << 2 & _MASK | t >> 62,
    )


def _cross(lanes: tuple[int, ...]) -> tuple[int, ...]:
    """Each lane with its two neighbours in the row (chi)."""
    b0, b1, b2, b3, b4 = lanes[0:5]
    b5, b6, b7, b8, b9 = lanes[5:10]
    b10, b11, b12, b13, b14 = lanes[10:15]
    b15, b16, b17, b18, b19 = lanes[15:20]
    b20, b21, b22, b23, b24 = lanes[20:25]
    return (
        b0 ^ (b2 & ~b1),
        b1 ^ (b3 & ~b2),
        b2 ^ (b4 & ~b3),
        b3 ^ (b0 & ~b4),
        b4 ^ (b1 & ~b0),
        b5 ^ (b7 & ~b6),
        b6 ^ (b8 & ~b7),
        b7 ^ (b9 & ~b8),
        b8 ^ (b5 & ~b9),
        b9 ^ (b6 & ~b5),
        b10 ^ (b12 & ~b11),
        b11 ^ (b13 & ~b12),
        b12 ^ (b14 & ~b13),
        b13 ^ (b10 & ~b14),
        b14 ^ (b11 & ~b10),
        b15 ^ (b17 & ~b16),
        b16 ^ (b18 & ~b17),
        b17 ^ (b19 & ~b18),
        b18 ^ (b15 & ~b19),
        b19 ^ (b16 & ~b15),
        b20 ^ (b22 & ~b21),
        b21 ^ (b23 & ~b22),
        b22 ^ (b24 & ~b23),
        b23 ^ (b20 & ~b24),
        b24 ^ (b21 & ~b20),
    )


def _permute(lanes: tuple[int, ...]) -> tuple[int, ...]:
    for constant in _ROUNDS:
        lanes = _cross(_mix(lanes))
        lanes = (lanes[0] ^ constant, *lanes[1:])
    return lanes


def keccak_256(data: bytes) -> bytes:
    """The 32-byte hash of some bytes.

    >>> keccak_256(b"").hex()
    'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'

    Source: G. Bertoni et al., The Keccak reference 3.0 (rate 1088, padding 0x01 ... 0x80)
    """
    padded = bytearray(data) + bytearray(_RATE_BYTES - len(data) % _RATE_BYTES)
    padded[len(data)] ^= 0x01
    padded[-1] ^= 0x80
    lanes: tuple[int, ...] = (0,) * 25
    for start in range(0, len(padded), _RATE_BYTES):
        block = padded[start : start + _RATE_BYTES]
        words = [int.from_bytes(block[place : place + 8], "little") for place in range(0, _RATE_BYTES, 8)]
        lanes = _permute((*(lane ^ word for lane, word in zip(lanes, words, strict=False)), *lanes[len(words) :]))
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])
