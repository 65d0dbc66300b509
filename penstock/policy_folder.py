"""A folder of policy documents as a bundle, with the cases that lie beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from detectors.errors import GateError
from policies.bundle import Bundle, load_bundle
from policies.cases import load_cases
from policies.errors import PolicyLoadError, Problem, ProblemCode
from policies.loading import SUFFIXES, rule_ids
from policies.parse_cases import Case


class PolicyFolderError(GateError):
    """A folder that cannot be read as a bundle."""

    code = "POLICY_UNREADABLE"


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder holds: the texts of its files by path, and what they make."""

    sources: dict[str, str]
    bundle: Bundle
    cases: tuple[Case, ...]


def read_folder(folder: Path) -> Folder:
    """The bundle in `folder` with its cases.

    Raises:
        PolicyFolderError, PolicyLoadError: as `load_folder`.
    """
    sources = read_sources(folder)
    return Folder(sources, load_bundle(sources), load_cases(sources))


def load_folder(folder: Path) -> Bundle:
    """The bundle in `folder`: its YAML and JSON files, not those of folders below; hidden files are left out.

    Raises:
        PolicyFolderError: it is no folder, has no document, or a file cannot be opened.
        PolicyLoadError: the documents do not load; files are named by their path.
    """
    return load_bundle(read_sources(folder))


def read_sources(folder: Path) -> dict[str, str]:
    """The texts of a folder's documents by path.

    Raises:
        PolicyFolderError: it is no folder, has no document, or a file cannot be opened.
        PolicyLoadError: a file is not UTF-8.
    """
    try:
        files = sorted(
            path
            for path in folder.iterdir()
            if path.suffix in SUFFIXES and not path.name.startswith(".") and path.is_file()
        )
    except OSError as exc:
        raise PolicyFolderError(f"cannot read {folder}: {exc.strerror}", advice="DIR is a folder") from None
    if not files:
        raise PolicyFolderError(f"no policy document in {folder}", advice=f"documents end in {', '.join(SUFFIXES)}")
    sources: dict[str, str] = {}
    for path in files:
        try:
            sources[str(path)] = path.read_text("utf-8")
        except OSError as exc:
            raise PolicyFolderError(f"cannot read {path}: {exc.strerror}", advice="check its permissions") from None
        except UnicodeDecodeError:
            raise PolicyLoadError([Problem(str(path), 1, 1, ProblemCode.SYNTAX, "the file is not UTF-8")]) from None
    return sources


def rule_count(bundle: Bundle) -> int:
    """How many rules of all kinds a bundle has."""
    return sum(1 for document in bundle.documents for _ in rule_ids(document))
