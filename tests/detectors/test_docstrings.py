"""The examples in the docstrings run."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

import detectors

MODULES = sorted(module.name for module in pkgutil.walk_packages(detectors.__path__, "detectors."))


@pytest.mark.parametrize("module", MODULES)
def test_docstring_examples_are_true(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module))
    assert result.failed == 0


@pytest.mark.parametrize("name", sorted(set(detectors.__all__) - {"GateError"}))
def test_every_public_thing_has_an_example(name: str) -> None:
    assert ">>>" in (inspect.getdoc(getattr(detectors, name)) or "")
