"""Sealed payloads open for the right key and context, and for nothing else."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sealing import KEY_BYTES, Sealer, SealError
from tests.streams.samples import MODEST

KEY = bytes(range(KEY_BYTES))
SEALER = Sealer(KEY)


@given(payload=st.binary(max_size=300), context=st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
@MODEST
def test_what_is_sealed_opens_again(payload: bytes, context: str) -> None:
    box = SEALER.seal(payload, context=context)

    assert SEALER.open(box, context=context) == payload
    assert set(box) == {"algorithm", "key_id", "salt", "ciphertext"}


def test_sealing_is_deterministic_and_differs_by_payload_context_and_key() -> None:
    box = SEALER.seal(b"payload", context="a")

    assert SEALER.seal(b"payload", context="a") == box
    others = (
        SEALER.seal(b"payloae", context="a"),
        SEALER.seal(b"payload", context="b"),
        Sealer(bytes(KEY_BYTES)).seal(b"payload", context="a"),
    )
    assert len({box["ciphertext"], *(other["ciphertext"] for other in others)}) == 4


def test_box_tells_neither_payload_nor_key_nor_a_digest_that_could_be_guessed() -> None:
    from hashlib import sha256

    box = SEALER.seal(b"4111", context="a")

    assert b"4111" not in base64.b64decode(box["ciphertext"])
    assert box["salt"] != sha256(b"4111").hexdigest()
    assert KEY.hex() not in repr(box) + repr(SEALER)


@pytest.mark.parametrize("context", ["", "A", "a ", "b"])
def test_box_does_not_open_under_another_context(context: str) -> None:
    with pytest.raises(SealError, match="does not open"):
        SEALER.open(SEALER.seal(b"payload", context="a"), context=context)


def test_box_does_not_open_with_another_key() -> None:
    other = Sealer(bytes(KEY_BYTES))

    assert other.key_id != SEALER.key_id
    with pytest.raises(SealError):
        other.open(SEALER.seal(b"payload", context="a"), context="a")


@given(
    payload=st.binary(max_size=40),
    at=st.integers(0),
    bit=st.integers(0, 7),
    name=st.sampled_from(["ciphertext", "salt"]),
)
@MODEST
def test_box_with_any_bit_changed_does_not_open(payload: bytes, at: int, bit: int, name: str) -> None:
    box = SEALER.seal(payload, context="a")
    raw = bytearray(base64.b64decode(box[name]) if name == "ciphertext" else bytes.fromhex(box[name]))
    raw[at % len(raw)] ^= 1 << bit
    changed = base64.b64encode(raw).decode() if name == "ciphertext" else raw.hex()

    with pytest.raises(SealError):
        SEALER.open(box | {name: changed}, context="a")


@pytest.mark.parametrize(
    "change",
    [{"ciphertext": ""}, {"ciphertext": "AAAA"}, {"ciphertext": "not base64!"}, {"salt": "xyz"}, {"salt": ""}],
)
def test_box_that_is_no_box_does_not_open(change: dict[str, str]) -> None:
    with pytest.raises(SealError):
        SEALER.open(SEALER.seal(b"payload", context="a") | change, context="a")


def test_box_that_lacks_a_part_does_not_open() -> None:
    box = SEALER.seal(b"payload", context="a")

    for name in ("ciphertext", "salt"):
        with pytest.raises(SealError):
            SEALER.open({key: value for key, value in box.items() if key != name}, context="a")


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_key_of_another_size_is_refused_without_quoting_it(size: int) -> None:
    with pytest.raises(SealError, match="32 bytes") as caught:
        Sealer(b"K" * size)

    assert "KKK" not in str(caught.value)
