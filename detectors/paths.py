"""Paths into a JSON value, as people read them: `response.customer_data.ssn`, `items[3].note`, `["a.b"].c`.

A name that itself holds a finding must not stand in a path: its member is named by position, `balances{0}`, and the
name itself is `balances{key 0}`.
"""

from __future__ import annotations

import json
import re

# A name outside this set would be misread as structure, so it is quoted.
_PLAIN_NAME = re.compile(r"[^.\[\]{}\"'\s\x00-\x1f]+")

#: The path of a value that is not inside a container: a plain text, or a JSON value that is a bare string or number.
ROOT = "content"


def child_name(parent: str, name: str) -> str:
    """The path of the member `name` of the object at `parent` ('' is the top).

    >>> child_name("response", "ssn"), child_name("", "a.b")
    ('response.ssn', '["a.b"]')
    """
    if not _PLAIN_NAME.fullmatch(name):
        return f"{parent}[{json.dumps(name, ensure_ascii=False)}]"
    return f"{parent}.{name}" if parent else name


def child_index(parent: str, index: int) -> str:
    """The path of element `index` of the array at `parent`.

    >>> child_index("items", 3)
    'items[3]'
    """
    return f"{parent}[{index}]"


def child_position(parent: str, position: int) -> str:
    """The path of the member at `position` of the object at `parent`, when its name must not be written.

    >>> child_position("balances", 0)
    'balances{0}'
    """
    return f"{parent}{{{position}}}"


def key_position(parent: str, position: int) -> str:
    """The path of the name itself of the member at `position` of the object at `parent`.

    >>> key_position("balances", 0)
    'balances{key 0}'
    """
    return f"{parent}{{key {position}}}"
