"""Importing the package costs nothing and loads nothing that does I/O."""

from __future__ import annotations

import json
import subprocess
import sys

FORBIDDEN = {
    *("asyncio", "socket", "os", "time", "random", "faust", "aiokafka", "logging", "structlog"),
    *("presidio_analyzer", "pydantic", "tldextract", "spacy", "regex"),
}


def modules_loaded_by(statement: str) -> set[str]:
    code = (
        "import sys, json; before = set(sys.modules)\n"
        f"{statement}\n"
        "sys.stdout.write(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(done.stdout))


def test_importing_detectors_loads_no_module_that_does_io() -> None:
    loaded = modules_loaded_by("import detectors")
    assert "detectors.scanner" in loaded
    assert not loaded & FORBIDDEN
    assert "detectors.presidio" not in loaded


def test_scanning_a_text_without_digits_does_not_load_presidio() -> None:
    loaded = modules_loaded_by("import detectors; assert not detectors.Scanner().scan('password reset was asked for')")
    assert "presidio_analyzer" not in loaded
    assert not loaded & FORBIDDEN


def test_scanning_for_credentials_alone_never_loads_presidio() -> None:
    profile = "detectors.Profile(families=frozenset({detectors.Family.CREDENTIAL}))"
    loaded = modules_loaded_by(f"import detectors; detectors.Scanner({profile}).scan('card 4111 1111 1111 1111')")
    assert "presidio_analyzer" not in loaded
