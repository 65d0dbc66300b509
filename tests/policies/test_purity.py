"""The package is pure: importing it loads nothing that reaches the world."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys

import policies

FORBIDDEN = ("asyncio", "socket", "random", "faust", "mode", "aiokafka", "logging", "structlog", "pydantic", "ssl")

_PROGRAM = """
import importlib, json, sys
before = set(sys.modules)
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_importing_every_module_loads_none_that_reaches_the_world() -> None:
    names = ["policies", *(module.name for module in pkgutil.walk_packages(policies.__path__, "policies."))]

    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, json.dumps(names)], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(json.loads(done.stdout))

    assert "policies.bundle" in loaded
    assert not [name for name in loaded if name.partition(".")[0] in FORBIDDEN]
    assert not loaded & {"os", "time"}
