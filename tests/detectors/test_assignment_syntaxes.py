"""A key beside its vendor's name is found in whatever language or file it is written."""

from __future__ import annotations

import pytest

from detectors import Family, Profile, Scanner
from detectors.credentials.table import MODULES
from tests.detectors.examples.example import Positive
from tests.detectors.test_credential_examples import examples_of

SCANNER = Scanner(Profile(families=frozenset({Family.CREDENTIAL})))
SYNTAXES = {
    "shell": "export {name}={value}",
    "ini": "{name} = {value}",
    "quoted": '{name} = "{value}"',
    "yaml": "{name}: {value}",
    "yaml quoted": "{name}: '{value}'",
    "json": '{{"{name}": "{value}"}}',
    "json in json": '{{"config.ini": "{name}={value}\\nBACKUP=true"}}',
    "xml": "<{name}>\n    {value}\n</{name}>",
    "go": '{name} := "{value}"',
    "go raw": "{name} := `{value}`",
    "java": 'String {name} = "{value}";',
    "property": 'System.setProperty("{name}", "{value}");',
    "php": '${name} .= "{value}";',
    "make": '{name} ?= "{value}"',
    "ruby": '"{name}" => "{value}"',
    "comparison": 'if ({name} != "{value}") {{',
}
NAMED = [
    (positive.before.rstrip("="), positive.secret)
    for module in MODULES
    for positive in examples_of(module).POSITIVES
    if isinstance(positive, Positive) and positive.before.endswith("_API_KEY=")
]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_key_beside_the_name_of_its_vendor_is_found_whole(syntax: str) -> None:
    missed = []
    for name, value in NAMED:
        text = SYNTAXES[syntax].format(name=name, value=value)
        start = text.index(value)
        covered = {place for f in SCANNER.scan(text) for place in range(f.start, f.end)}
        if not covered.issuperset(range(start, start + len(value))):
            missed.append(name)
    assert len(NAMED) > 300
    assert missed == []
