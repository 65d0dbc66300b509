"""A stream of text in chunks of any size: what is safe is released, redacted; the rest waits for what follows.

A value is judged by what stands around it, so a chunk cannot be judged alone. The scanner sees the characters that were
released last (`CONTEXT_CHARS`, as they were), then those that are held. It releases up to a cut that

- leaves at least `LOOKAHEAD_CHARS` behind it, so that a value that begins before the cut is seen whole, in context;
- stands at white space, else at a mark or between letters that are written without spaces, never inside a token;
- lies in no finding, and in none that reaches the end and may grow.

# INVARIANT: at most `HELD_CHARS` are held between calls. Where no cut keeps that bound the stream is closed with a code
and nothing more is released: a value longer than the bound is quarantined, not guessed.
# INVARIANT: what was released was seen with `LOOKAHEAD_CHARS` behind it (or is the end). A finding that later turns out
to reach back into it closes the stream too.

While nothing is longer than the bound, the released pieces together are the redaction of the whole text. The state is
plain data, so that it can be stored between two chunks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from detectors.finding import Finding
from detectors.limits import ScanError
from detectors.redaction import Action, RedactionDetail, default_reason, redact
from detectors.scanner import Scanner

#: At most so many characters wait between two calls.
HELD_CHARS = 200
#: At least so many characters are behind a cut: the longest value with its context on the right.
LOOKAHEAD_CHARS = 160
#: When a finding stands in the way, so many behind its end are enough to know that it ends there.
LEAST_LOOKAHEAD_CHARS = 48
#: So much of what was released is seen again with what follows: as far back as a line or a context word is looked for.
CONTEXT_CHARS = 320

#: A value or block is longer than what may be held.
TOO_LONG = "STREAM_VALUE_TOO_LONG"
#: A finding reaches back into what was already released.
LATE = "STREAM_LATE_FINDING"
#: The stream was closed before; this chunk was not looked at.
CLOSED = "STREAM_CLOSED"

_SPACE = re.compile(r"\s")
# Marks that stand in no token, nor in base64 (long links can be parted at them), and scripts that are written without
# spaces (Thai, Hangul, kana, Han, wide forms).
_MARK = re.compile(
    r"[\"'<>(){}\[\],;|`*&?#]|[\u0e00-\u0eff\u1100-\u11ff\u3000-\u30ff\u3400-\u9fff\uac00-\ud7ff\uff00-\uffef]"
)


@dataclass(frozen=True, slots=True)
class StreamState:
    """Where a stream stands between two chunks. `context` and `held` are text as it was: store them as such.

    >>> StreamState.from_json(StreamState(held="abc").to_json()) == StreamState(held="abc")
    True
    """

    context: str = ""
    held: str = ""
    released_chars: int = 0
    code: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The state as a JSON object."""
        return {
            "context": self.context,
            "held": self.held,
            "released_chars": self.released_chars,
            "code": self.code,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> StreamState:
        """The state from what `to_json` gave.

        Raises:
            KeyError: when a field is missing.
        """
        return cls(value["context"], value["held"], value["released_chars"], value["code"])


@dataclass(frozen=True, slots=True)
class StreamStep:
    """What one chunk released: `text` is redacted, `raw` is the same piece as it was, `findings` are offsets in `raw`.

    `start` is the offset of `raw` in the whole stream. With a `code` the stream is closed: quarantine it.

    >>> StreamStep().text
    ''
    """

    text: str = ""
    raw: str = ""
    start: int = 0
    findings: tuple[Finding, ...] = ()
    details: tuple[RedactionDetail, ...] = ()
    code: str | None = None


def _any(finding: Finding) -> bool:
    return True


class StreamScanner:
    """Redacts one stream. Not for several threads at once; `state` continues it elsewhere.

    `concerns` says which findings matter; others are reported, not redacted, and may be cut through. `remove_field` has
    no meaning in a stream and masks.

    >>> stream = StreamScanner(Scanner())
    >>> stream.feed("my ssn is 219-0").text + stream.feed("9-9999, thanks").text
    ''
    >>> stream.flush().text
    'my ssn is [REDACTED], thanks'
    """

    def __init__(
        self,
        scanner: Scanner,
        *,
        action: Action | Callable[[Finding], Action] = Action.MASK,
        reason: Callable[[Finding], str] = default_reason,
        token_key: bytes | None = None,
        concerns: Callable[[Finding], bool] = _any,
        state: StreamState | None = None,
    ) -> None:
        self._scanner = scanner
        self._action = action
        self._reason = reason
        self._token_key = token_key
        self._concerns = concerns
        self._state = state or StreamState()

    @property
    def state(self) -> StreamState:
        """Where the stream stands."""
        return self._state

    def feed(self, chunk: str) -> StreamStep:
        """Takes the next chunk and gives what is safe to release, which may be nothing.

        Raises:
            RedactionError: when a token is wanted without a key.
        """
        return self._advance(chunk, is_last=False)

    def flush(self) -> StreamStep:
        """Gives the rest at the end of the stream, and closes it.

        Raises:
            RedactionError: when a token is wanted without a key.
        """
        step = self._advance("", is_last=True)
        self._state = StreamState(released_chars=self._state.released_chars, code=step.code or CLOSED)
        return step

    def _advance(self, chunk: str, *, is_last: bool) -> StreamStep:
        state = self._state
        if state.code is not None:
            return StreamStep(start=state.released_chars, code=CLOSED)
        held = state.held + chunk
        if not is_last and len(held) <= HELD_CHARS:
            self._state = replace(state, held=held)
            return StreamStep(start=state.released_chars)
        try:
            findings = self._findings(state.context, held)
        except ScanError as error:
            return self._close(error.code)
        blocking = [finding for finding in findings if self._concerns(finding)]
        if any(finding.start < 0 for finding in blocking):
            return self._close(LATE)
        cut = len(held) if is_last else _cut(held, blocking)
        if cut is None:
            return self._close(TOO_LONG)
        return self._release(held, cut, findings)

    def _findings(self, context: str, held: str) -> list[Finding]:
        """The findings that reach into what is held, with offsets in it; negative where they begin in the context."""
        shift = len(context)
        return [
            replace(finding, start=finding.start - shift, end=finding.end - shift)
            for finding in self._scanner.scan(context + held)
            if finding.end > shift
        ]

    def _release(self, held: str, cut: int, findings: Sequence[Finding]) -> StreamStep:
        state = self._state
        raw = held[:cut]
        released = tuple(
            replace(finding, end=min(cut, finding.end)) for finding in findings if 0 <= finding.start < cut
        )
        taken = [finding for finding in released if self._concerns(finding)]
        done = redact(raw, taken, action=self._masked, reason=self._reason, token_key=self._token_key)
        self._state = StreamState(
            context=(state.context + raw)[-CONTEXT_CHARS:],
            held=held[cut:],
            released_chars=state.released_chars + cut,
        )
        return StreamStep(done.text, raw, state.released_chars, released, done.details)

    def _masked(self, finding: Finding) -> Action:
        action = self._action if isinstance(self._action, Action) else self._action(finding)
        return Action.MASK if action is Action.REMOVE_FIELD else action

    def _close(self, code: str) -> StreamStep:
        start = self._state.released_chars
        self._state = StreamState(released_chars=start, code=code)
        return StreamStep(start=start, code=code)


def _cut(held: str, findings: Sequence[Finding]) -> int | None:
    """Where to cut what is held: as late as the lookahead allows, else as early as it must; None when nowhere."""
    least, target = len(held) - HELD_CHARS, len(held) - LOOKAHEAD_CHARS
    for place in _places(held, least, target, latest_first=True):
        if _is_free(place, len(held), findings):
            return place
    for place in _places(held, target + 1, len(held) - LEAST_LOOKAHEAD_CHARS, latest_first=False):
        if _is_free(place, len(held), findings):
            return place
    return None


def _places(held: str, first: int, last: int, *, latest_first: bool) -> list[int]:
    """The places between two characters where a cut parts no token, those at white space before those at marks."""
    found: list[int] = []
    for pattern in (_SPACE, _MARK):
        places = sorted(
            {
                place
                for match in pattern.finditer(held, max(0, first - 1), last)
                for place in match.span()
                if max(1, first) <= place <= last
            },
            reverse=latest_first,
        )
        found += places
    return found


def _is_free(place: int, length: int, findings: Sequence[Finding]) -> bool:
    """Whether a cut parts no finding, and none that reaches the end and may grow."""
    return not any(finding.start < place and (place < finding.end or finding.end == length) for finding in findings)
