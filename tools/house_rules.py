"""House rules that no linter knows: sizes, import cycles, silenced checks, tests that assert nothing.

Exit 1 on any.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("penstock", "streams", "policies", "detectors")
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60
SILENCED = re.compile(
    r"\b(TO[D]O|FIX[M]E|X[X]X)\b|NotImplemented[E]rror|# type: ign[o]re(?!\[)|# no[q]a(?!: [A-Z])|pr[a]gma: no cover"
)
EXPECTING = re.compile(r"assert|^(raises|warns|fail|skip)$|^(check|expect)")
FAKES = re.compile(r"\b(Magic[M]ock|Async[M]ock)\b|\bunittest\.mock\b")


def tracked(pattern: str) -> list[Path]:
    """Files that git tracks or would track."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return [path for line in found.stdout.splitlines() if (path := Path(line)).is_file()]


def function_rows(path: Path, tree: ast.AST) -> Iterator[str]:
    """Functions that are too long, and tests that assert nothing."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > MAX_FUNCTION_LINES:
            yield f"{path}:{node.lineno}: {node.name} has {lines} lines, at most {MAX_FUNCTION_LINES}"
        if path.parts[0] == "tests" and node.name.startswith("test_") and not asserts(node):
            yield f"{path}:{node.lineno}: {node.name} asserts nothing"


def asserts(node: ast.AST) -> bool:
    """Whether a test can fail by its own word."""
    for child in ast.walk(node):
        if isinstance(child, ast.Assert):
            return True
        if isinstance(child, ast.Call):
            name = child.func.attr if isinstance(child.func, ast.Attribute) else getattr(child.func, "id", "")
            if EXPECTING.search(name):
                return True
    return False


def module_name(path: Path) -> str:
    """Dotted name of a module of ours."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(tree: ast.AST, names: set[str]) -> set[str]:
    """Modules of ours that a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from package import module` needs the module; only a name of the package itself needs the package.
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                found.add(submodule if submodule in names else node.module)
    return found & names


def cycles(graph: dict[str, set[str]]) -> Iterator[list[str]]:
    """Import cycles, each once, by depth-first search."""
    done: set[str] = set()
    for start in sorted(graph):
        path: list[str] = []
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            name, leaving = stack.pop()
            if leaving:
                path.pop()
                done.add(name)
            elif name in path:
                yield [*path[path.index(name) :], name]
            elif name not in done:
                path.append(name)
                stack.append((name, True))
                stack.extend((other, False) for other in sorted(graph[name] - {name}))


def rows() -> Iterator[str]:
    """Everything that is against the rules."""
    trees: dict[str, ast.AST] = {}
    for path in tracked("*.py"):
        text = path.read_text("utf-8")
        tree = ast.parse(text)
        if text.count("\n") > MAX_MODULE_LINES:
            yield f"{path}: {text.count(chr(10))} lines, at most {MAX_MODULE_LINES}"
        for number, line in enumerate(text.splitlines(), 1):
            if SILENCED.search(line):
                yield f"{path}:{number}: unfinished or silenced"
            if FAKES.search(line):
                yield f"{path}:{number}: a mock; use a fake or the real thing"
        yield from function_rows(path, tree)
        if path.parts[0] in PACKAGES:
            trees[module_name(path)] = tree
    graph = {name: imports_of(tree, set(trees)) for name, tree in trees.items()}
    for cycle in cycles(graph):
        yield f"import cycle: {' -> '.join(cycle)}"


def main() -> int:
    """Print what is against the rules; exit status 1 when anything is."""
    found = list(rows())
    for row in found:
        print(row)
    print(f"house rules: {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
