"""Fields whose name says that their value is not for outsiders."""

from __future__ import annotations

import re

#: The type of a field that its name marks as internal.
INTERNAL_FIELD = "INTERNAL_FIELD"

_SNAKE = re.compile(
    r"(?i)_{0,2}(?:internal|debug)(?:[_\-].*)?|.*[_\-]internal|_{1,2}private(?:_.*)?|private[_\-](?:notes?|comments?"
    r"|remarks?)"
    r"|x[_\-](?:internal|debug)(?:[_\-].*)?|(?:staff|agent|employee|operator|reviewer)[_\-]only(?:[_\-].*)?"
    r"|(?:full[_\-]?)?(?:stack[_\-]?trace|back[_\-]?trace|traceback)|system[_\-]?prompt|chain[_\-]of[_\-]thought"
    r"|for[_\-]internal[_\-]use(?:[_\-]only)?|not[_\-]for[_\-](?:customers?|display|public(?:ation)?)"
)
_CAMEL = re.compile(
    r"_?(?:internal|debug|private)[A-Z].*|(?:staff|agent|employee)Only(?:[A-Z].*)?"
    r"|stackTrace|backTrace|systemPrompt|chainOfThought"
)
# A name that says how many, whether or when there is something internal, and holds nothing of it.
_ABOUT = re.compile(r"(?i)(?:is|has)[_\-].*|.*[_\-](?:count|enabled|disabled)")


def is_internal_name(name: str) -> bool:
    """Whether the name of a field says that its value is not for outsiders.

    >>> is_internal_name("internal_notes"), is_internal_name("debug_trace"), is_internal_name("international")
    (True, True, False)
    """
    if len(name) > 128:
        name = name[:128]
    if _SNAKE.fullmatch(name) is not None:
        return _ABOUT.fullmatch(name) is None
    return _CAMEL.fullmatch(name) is not None
