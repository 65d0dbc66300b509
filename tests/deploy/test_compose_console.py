"""The console's compose file adds to the main one, publishes nothing, and names only what the program knows."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from penstock.console.people.people import People
from streams.clock import wall_clock_ms
from streams.settings import PREFIX, Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]
ADDED: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "docker-compose.console.yml").read_text(encoding="utf-8"))
MAIN: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
CONSOLE: dict[str, Any] = ADDED["services"]["console"]


def test_it_follows_the_compose_specification() -> None:
    spec = importlib.util.find_spec("check_jsonschema")
    assert spec is not None
    assert spec.origin is not None
    schema = Path(spec.origin).parent / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(ADDED, json.loads(schema.read_text(encoding="utf-8")))


def test_the_console_runs_in_what_the_gate_runs_in_and_with_no_more_rights() -> None:
    gate = MAIN["services"]["gate"]
    for name in ("build", "image", "user", "read_only", "cap_drop", "security_opt", "networks"):
        assert CONSOLE[name] == gate[name], name
    assert CONSOLE["ports"] == ["127.0.0.1:9480:9480"]


@pytest.mark.parametrize("service", ["gate", "console"])
def test_every_variable_is_a_setting_and_no_secret_has_a_value(service: str) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    given = ADDED["services"][service]["environment"]
    assert given.keys() <= known
    for name, value in given.items():
        if re.search(r"(KEY|SECRET|PASSWORD|TOKEN)$", name):
            assert re.fullmatch(rf"\$\{{{name}:\?[^}}]+\}}", value), name


def test_the_gates_trust_only_signed_reviews_beside_a_console() -> None:
    gate = ADDED["services"]["gate"]
    trusted = gate["environment"]["PENSTOCK_REVIEW_KEYS_FILE"]
    assert any(volume.endswith(f":{trusted}:ro") for volume in gate["volumes"])


def test_the_settings_of_the_container_let_a_console_start(tmp_path: Path) -> None:
    people = tmp_path / "people.yaml"
    people.write_text("version: v1\ngroups: {security: {roles: [reviewer]}}\n")
    given = {
        "PENSTOCK_CONSOLE_OIDC_ISSUER": "https://login.example.com",
        "PENSTOCK_CONSOLE_OIDC_CLIENT_ID": "penstock",
        "PENSTOCK_CONSOLE_PEOPLE_FILE": str(people),
        "PENSTOCK_CONSOLE_LOGINS_FILE": str(tmp_path / "logins.sqlite"),
        "PENSTOCK_CONSOLE_URL": "http://127.0.0.1:9480",
        "PENSTOCK_PAYLOAD_KEY": "c3" * 32,
        "PENSTOCK_REVIEW_SIGNING_KEY": "7b" * 32,
    }
    settings = load_settings({**CONSOLE["environment"], **given})
    made = People(settings, clock=wall_clock_ms)
    made.close()
    assert settings.secret("review_signing_key") is not None
