"""Internal data that must not reach a customer: stack traces in text, and fields whose name says internal."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: The type of a field that its name marks as internal.
INTERNAL_FIELD = "INTERNAL_FIELD"
#: The type of a stack trace in a text.
STACK_TRACE = "STACK_TRACE"

#: The type of an IP address of a private network.
PRIVATE_IP = "PRIVATE_IP"

_FIELD_NAME = re.compile(r"(?i)(?:internal|debug)(?:[_\-].*)?|_private(?:_.*)?|stack_?trace|traceback")
_CAMEL_NAME = re.compile(r"(?:internal|debug|private)[A-Z].*")

_PYTHON_HEAD = re.compile(r"Traceback \(most recent call last\):")
# A line of the traceback itself (indented), or the last one with the exception; `\\n` when newlines are escaped.
_PYTHON_LINE = re.compile(
    r"(?:\r?\n|\\n)"
    r"(?:[ \t]+[^\n\\]{0,400}(?:\\(?!n)[^\n\\]{0,400}){0,8}"
    r"|[A-Za-z_][\w.]{0,120}(?:Error|Exception|Exit|Interrupt|Warning)\b:?[^\n\\]{0,400})"
)
_PYTHON_FRAME = re.compile(r"File \\?\"[^\"\n]{1,260}\\?\", line \d+(?:, in [\w<>.]{1,120})?")
_JAVA_FRAME = re.compile(
    r"(?:[\w.$]{1,200}(?:Exception|Error)\b(?::[^\n]{0,300})?\s{1,8})?"
    r"at [\w.$<>/]{1,200}\((?:[\w$]{1,120}\.(?:java|kt|scala|groovy):\d+|Native Method|Unknown Source)\)"
    r"(?:\s{1,8}(?:at [\w.$<>/]{1,200}\([\w$.: ]{1,140}\)|\.\.\. \d+ more|Caused by: [^\n]{1,300}))*+"
)


def is_internal_name(name: str) -> bool:
    """Whether the name of a field says that its value is not for outsiders.

    >>> is_internal_name("internal_notes"), is_internal_name("debug_trace"), is_internal_name("international")
    (True, True, False)
    """
    return _FIELD_NAME.fullmatch(name) is not None or _CAMEL_NAME.fullmatch(name) is not None


def stack_traces(text: str) -> Iterator[tuple[int, int]]:
    """The spans of Python and Java stack traces, each from its first line to its last."""
    reach = 0
    if "Traceback (" in text or ", line " in text:
        for head in _PYTHON_HEAD.finditer(text):
            if head.start() < reach:
                continue
            reach = head.end()
            while (line := _PYTHON_LINE.match(text, reach)) is not None:
                reach = line.end()
            yield head.start(), reach
        for frame in _PYTHON_FRAME.finditer(text):
            if frame.start() >= reach:
                yield frame.span()
    if "at " in text and ("(" in text):
        for match in _JAVA_FRAME.finditer(text):
            yield match.span()
