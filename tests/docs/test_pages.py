"""Links lead somewhere, files and tests that are named exist, and nothing of a private place is named."""

from __future__ import annotations

import ast
import re
import subprocess
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path
from typing import Final

import pytest

from tests.docs.pages import DOCS, ROOT, pages, text_of

PAGES: Final = pages()
PACKAGES: Final = ("penstock", "streams", "policies", "detectors")
# Words and places that belong to one machine, one workplace or one registry.
PRIVATE: Final = re.compile(
    r"p[y]pi\.org|p[y]thonhosted|artifactory(?!_)|\bnexus\b|/pypi/|m[a]ven\.org|(?<![\w.])/(?:work|home|root|tmp|Users|mnt|opt)/"
    r"|\bproxy\.golang|\binternal mirror\b",
    re.IGNORECASE,
)
_LINK: Final = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")
# A picture, with the words for who does not see it.
_PICTURE: Final = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_CODE: Final = re.compile(r"`[^`\n]*`")
MAX_PICTURE_BYTES: Final = 120 * 1024
_FENCE: Final = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
# A path that begins with a folder of the repository, or a page at its top.
_FILE: Final = re.compile(
    r"`((?:penstock|streams|policies|detectors|docs|tests|tools|bench|deploy|\.ci)/[\w./*-]+|[A-Z]+\.md|docker-compose\.yml)`"
)
# Files that a person is asked to write.
_MADE_UP: Final = re.compile(r"NAME|NNNN")


def name_of(page: Path) -> str:
    """A page's path in the repository."""
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return _FENCE.sub("", text_of(page))


@lru_cache(maxsize=64)
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(prose(page)):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        assert ROOT in found.parents
        assert not anchor or anchor in anchors(found), target


def test_pictures_are_there_are_described_and_none_is_unused() -> None:
    shown = {}
    for page in PAGES:
        for words, target in _PICTURE.findall(_CODE.sub("", prose(page))):
            shown[(page.parent / target).resolve()] = words
    assert set(shown) == set((DOCS / "images").glob("*"))
    assert [path.name for path, words in shown.items() if len(words.split()) < 4] == []
    assert [path.name for path in shown if path.stat().st_size > MAX_PICTURE_BYTES] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_that_are_named_exist(page: Path) -> None:
    for named in _FILE.findall(prose(page)):
        if _MADE_UP.search(named) is None:
            assert list(ROOT.glob(named.rstrip("/"))), named


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_page_names_nothing_of_a_private_place(page: Path) -> None:
    assert PRIVATE.search(text_of(page)) is None


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_page_points_above_itself_only_in_links(page: Path) -> None:
    assert "../" not in _LINK.sub("", text_of(page))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_page_has_one_title_and_ends_with_a_line(page: Path) -> None:
    assert len(re.findall(r"^# ", prose(page), re.MULTILINE)) == 1
    assert text_of(page).endswith("\n")
    assert not text_of(page).endswith("\n\n")


def test_every_page_is_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        targets = [
            target.partition("#")[0] for target in _LINK.findall(prose(page)) if not target.startswith("https://")
        ]
        todo += [(page.parent / target).resolve() for target in targets if target]
    assert set(PAGES) <= seen


def test_every_decision_is_in_the_index_under_its_title() -> None:
    index = text_of(DOCS / "decisions" / "README.md")
    decisions = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    assert len(decisions) >= 10
    for page in decisions:
        number, title = re.match(r"# (\d{4}): (.+)", text_of(page)).groups()  # type: ignore[union-attr]
        assert page.name.startswith(number)
        assert f"| [{number}]({page.name}) | {title} |" in index


@pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("[0-9]*.md")), ids=name_of)
def test_decision_has_its_four_parts(page: Path) -> None:
    parts = re.findall(r"^## (.+)$", text_of(page), re.MULTILINE)
    assert [part for part in parts if part in ("Context", "Choice", "Rejected", "Consequences")] == [
        "Context",
        "Choice",
        "Rejected",
        "Consequences",
    ]


def _tests_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_of_the_threat_model_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text_of(DOCS / "threat-model.md"))
    assert len(named) > 40
    missing = [f"{path}::{name}" for path, name in named if name not in _tests_of(ROOT / path)]
    assert missing == []


def test_every_threat_names_a_test() -> None:
    rows = [
        line for line in text_of(DOCS / "threat-model.md").splitlines() if line.startswith("| ") and "---" not in line
    ]
    threats = [row for row in rows if not row.startswith("| threat ")]
    assert [row for row in threats if "::test_" not in row] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_stands_in_the_architecture(package: str) -> None:
    named = {
        word.split("/")[-1] or word.split("/")[-2]
        for word in re.findall(r"\*\*`([^`]+)`\*\*", text_of(DOCS / "architecture.md"))
    }
    command = ["git", "ls-files", "--cached", f"{package}/*.py"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    modules = [Path(line) for line in listed if Path(line).name not in ("__init__.py",) and (ROOT / line).exists()]
    words = {path.name if len(path.parts) == 2 else path.parts[1] for path in modules}
    assert [word for word in sorted(words) if not any(fnmatch(word, pattern) for pattern in named)] == []
