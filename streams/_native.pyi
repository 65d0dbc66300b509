"""The compiled short way: `native/`, built where a Rust toolchain is. `native_step` is the only one that imports it."""

from collections.abc import Callable, Sequence

from streams.effects import Emit, Fact, Header
from streams.state import LaneState

_Parts = tuple[bytes, bytes, tuple[Fact, ...]]

class Form:
    def __new__(
        cls, seen_key: str, *, is_released: bool, code: int, cut: bytes | None, passed: _Parts, picked: _Parts
    ) -> Form: ...

class SealedBatch:
    def record_count(self) -> int: ...
    def encode(self, producer_id: int, producer_epoch: int, base_sequence: int) -> bytes: ...

class Outgoing:
    def __new__(cls, at_ms: int, most_bytes: int) -> Outgoing: ...
    def append(self, key: bytes | None, value: bytes | None, headers: Sequence[Header]) -> None: ...
    def __len__(self) -> int: ...
    def batches(self) -> list[SealedBatch]: ...

class NativeStep:
    def __new__(
        cls,
        *,
        partitions: int,
        most_bytes: int,
        sample_key: bytes,
        sample_domain: bytes,
        reads_agent: bool,
        cuts: tuple[Sequence[float], Sequence[float]],
        make_form: Callable[[bytes], Form | None],
        make_moment: Callable[[int, int], tuple[bytes, bytes, *tuple[Sequence[Header], ...]]],
        make_sample: Callable[[LaneState, bytes, bytes, int, bytes | None], Emit],
    ) -> NativeStep: ...
    def run(
        self,
        state: LaneState,
        partition: int,
        records: list[object],
        now_ms: int,
        most_bytes: int,
        targets: tuple[Outgoing, Outgoing, Outgoing, Outgoing],
    ) -> tuple[int, list[Fact], int]: ...
