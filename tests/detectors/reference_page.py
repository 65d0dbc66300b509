"""The page of all types, made from the declarations: `python -m tests.detectors.reference_page` writes it anew."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from detectors import Family, internal, key_names
from detectors.credentials import table as credentials
from detectors.declaration import Declaration
from detectors.internal import table as internal_data
from detectors.pii import table as personal_data
from detectors.suspicious import table as suspicious

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "detectors.md"

_HEAD = """# Types of findings

Made from the declarations by `python -m tests.detectors.reference_page`; a test fails when it is out of date. What each
type must show, and from where that is known, stands in the docstrings of its module. [Detectors](../detectors.md) says
how they are used.
"""


def rows() -> Iterator[tuple[Family, str, set[str]]]:
    """Family, module and types of everything that is built in."""
    for name, detectors in credentials.MODULES.items():
        yield Family.CREDENTIAL, f"detectors.credentials.{name}", {item.type for item in detectors}
    for name, patterns in personal_data.MODULES.items():
        yield Family.PII, f"detectors.pii.{name}", {item.type for item in patterns}
    yield Family.PII, "detectors.key_names", {item.type for item in key_names.EVIDENCE}
    for name, declarations in internal_data.MODULES.items():
        yield Family.INTERNAL, f"detectors.internal.{name}", {item.type for item in declarations}
    yield Family.INTERNAL, "detectors.internal.fields", {internal.INTERNAL_FIELD}
    for module, types in _suspicious().items():
        yield Family.SUSPICIOUS, module, types


def _suspicious() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for declaration in suspicious.declarations(frozenset()):
        found.setdefault(_module_of(declaration), set()).add(declaration.type)
    return found


def _module_of(declaration: Declaration) -> str:
    """The module of the suspicious family that says what this declaration looks for."""
    module: str = getattr(declaration.find, "__module__", "")
    return module if module.startswith("detectors.suspicious.") else "detectors.suspicious.table"


def page() -> str:
    """The whole page."""
    lines = [_HEAD]
    for family in (Family.CREDENTIAL, Family.PII, Family.INTERNAL, Family.SUSPICIOUS):
        lines += [f"## {family.value}", "", "| module | what is looked for | types | sources |", "|---|---|---|---|"]
        for owner, module, types in rows():
            if owner is family:
                names = ", ".join(f"`{name}`" for name in sorted(types))
                lines.append(f"| `{_path(module)}` | {_first_line(module)} | {names} | {', '.join(sources(module))} |")
        lines.append("")
    return "\n".join(lines)


def _path(module: str) -> str:
    return module.replace(".", "/") + ".py"


def _first_line(module: str) -> str:
    text = inspect.getdoc(importlib.import_module(module)) or ""
    return text.partition("\n")[0].replace("|", "\\|")


def sources(module: str) -> list[str]:
    """What a module names as its sources: standards, hosts of pages, and authorities in words."""
    source = Path(inspect.getsourcefile(importlib.import_module(module)) or "").read_text(encoding="utf-8")
    strings = [
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    text = "\n".join([*strings, *re.findall(r"#.*https?://\S+|# Source:.*", source)])
    hosts = set(re.findall(r"https?://((?:[a-z0-9\-]+\.)+[a-z]{2,})/", text))
    standards = set(
        re.findall(r"\b(?:RFC \d{3,5}|ISO(?:/IEC)? \d{3,5}(?:-\d)?|ITU-T [A-Z]\.\d+|UTS #\d+|BIP-\d+)\b", text)
    )
    named = (words.strip(" .,\"'") for words in re.findall(r"Source: ([^\n(;]{3,80})", text))
    in_words = {words for words in named if "http" not in words and not any(item in words for item in standards)}
    return [*sorted(standards), *sorted(in_words), *sorted(hosts)]


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
