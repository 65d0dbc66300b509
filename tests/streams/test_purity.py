"""The heart of the gate does no I/O, so importing it loads nothing that could.

Each module is imported by a fresh interpreter, which then says what it has loaded.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

# Brokers, servers, logs, and the loop that would drive them.
NEVER = (
    "faust", "mode", "aiokafka", "structlog", "aiohttp", "prometheus_client", "pydantic_settings", "asyncio", "uvloop",
    "presidio_analyzer", "spacy", "logging", "multiprocessing", "subprocess", "http", "ssl", "streams.settings",
    "streams.clock",
)  # fmt: skip
# pydantic's models import `email.utils`, and that imports `socket`, `random` and `datetime`'s clock; cryptography
# brings its own native code. So only the modules without either can do without them.
WITHOUT_PYDANTIC = ("streams.topics", "streams.codec", "streams.memory", "streams.attempts", "streams.routing")
PURE = (
    *WITHOUT_PYDANTIC, "streams.state", "streams.judgement", "streams.conduct_step", "streams.events",
    "streams.intake", "streams.effects", "streams.reasons", "streams.terms", "streams.sealing", "streams.action_step",
    "streams.output_step", "streams.review_step", "streams.hold_step", "streams.held", "streams.release",
    "streams.gate", "streams.input_queue",
)  # fmt: skip


def loaded_by(module: str) -> set[str]:
    """The modules that an interpreter has loaded after importing one."""
    code = f"import sys, {module}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", PURE)
def test_import_of_a_pure_module_loads_no_broker_no_loop_and_no_log(module: str) -> None:
    loaded = loaded_by(module)

    assert module in loaded
    assert loaded.isdisjoint(NEVER)


@pytest.mark.parametrize("module", WITHOUT_PYDANTIC)
def test_import_of_the_innermost_modules_loads_no_socket_either(module: str) -> None:
    assert loaded_by(module).isdisjoint({"socket", "selectors", "random", "pydantic", "cryptography", "yaml"})
