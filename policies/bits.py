"""Sets of small numbers as the bits of one integer."""

from __future__ import annotations

from collections.abc import Collection

# Bits from which bytes are filled before the integer is made: OR-ing bit by bit copies the whole number each time.
_LARGE = 512


def mask_of(numbers: Collection[int], *, size: int) -> int:
    """The integer with these bits, all below `size`."""
    mask = 0
    if size <= _LARGE or len(numbers) < 4:
        for number in numbers:
            mask |= 1 << number
        return mask
    filled = bytearray(size // 8 + 1)
    for number in numbers:
        filled[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(filled, "little")


def bits_of(mask: int) -> list[int]:
    """The numbers in a mask, ascending; time grows with how many there are and with the mask's bytes."""
    found: list[int] = []
    if mask < 1 << _LARGE:
        while mask:
            bit = mask & -mask
            mask ^= bit
            found.append(bit.bit_length() - 1)
        return found
    for at, byte in enumerate(mask.to_bytes((mask.bit_length() + 7) // 8, "little")):
        while byte:
            bit = byte & -byte
            byte ^= bit
            found.append((at << 3) + bit.bit_length() - 1)
    return found
