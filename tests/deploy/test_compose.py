"""The compose file is valid, pinned, private, and says only what the program knows."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from policies.bundle import load_bundle
from streams.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
PINNED = re.compile(r"[a-z0-9./_-]+:[0-9a-z][0-9a-z.-]*@sha256:[0-9a-f]{64}")


def environment(service: str) -> dict[str, str]:
    return dict(SERVICES[service].get("environment", {}))


def test_compose_file_follows_the_compose_specification() -> None:
    spec = importlib.util.find_spec("check_jsonschema")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(COMPOSE, json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("service", SERVICES)
def test_image_is_pinned_by_digest_or_built_here(service: str) -> None:
    image = SERVICES[service]["image"]
    if "build" in SERVICES[service]:
        assert re.fullmatch(r"penstock:\d+\.\d+\.\d+", image)
        assert (ROOT / SERVICES[service]["build"]["dockerfile"]).is_file()
    else:
        assert PINNED.fullmatch(image)


def test_every_base_image_is_pinned_by_digest() -> None:
    bases = re.findall(r"^FROM (\S+)", (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(bases) == 2
    assert all(PINNED.fullmatch(base) for base in bases)


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_published_on_loopback_only(service: str) -> None:
    assert all(str(port).startswith("127.0.0.1:") for port in SERVICES[service].get("ports", ()))


@pytest.mark.parametrize("service", SERVICES)
def test_no_secret_has_a_value_or_a_default(service: str) -> None:
    for name, value in environment(service).items():
        if re.search(r"KEY|SECRET|PASSWORD|TOKEN", name):
            assert re.fullmatch(rf"\$\{{{name}:\?[^}}]+\}}", value), name


@pytest.mark.parametrize("service", SERVICES)
def test_container_has_no_rights_that_it_does_not_need(service: str) -> None:
    definition = SERVICES[service]
    assert definition["cap_drop"] == ["ALL"]
    assert definition["security_opt"] == ["no-new-privileges:true"]
    # Kafka's start script writes its configuration beside its programs.
    assert definition.get("read_only", False) or service == "kafka"
    if "build" in definition:
        assert definition["user"] == "10001:10001"


@pytest.mark.parametrize("service", ["kafka", "gate", "prometheus"])
def test_service_that_stays_has_a_healthcheck(service: str) -> None:
    assert SERVICES[service]["healthcheck"]["test"][0] == "CMD"


def test_every_penstock_variable_is_a_setting() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    used = {name for service in SERVICES for name in environment(service) if not name.startswith("KAFKA_")}
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    used |= set(re.findall(rf"\b{PREFIX}[A-Z_]+(?==)", dockerfile))
    assert used - {"CLUSTER_ID"} <= known


def test_gate_runs_twice_and_gets_longer_to_stop_than_it_takes() -> None:
    gate = SERVICES["gate"]
    assert gate["deploy"]["replicas"] == 2
    grace_s = int(gate["stop_grace_period"].removesuffix("s"))
    assert grace_s > Settings.model_fields["stop_grace_s"].default


def test_kafka_has_every_setting_that_its_image_would_otherwise_have_given() -> None:
    needed = {
        "KAFKA_NODE_ID",
        "KAFKA_PROCESS_ROLES",
        "KAFKA_LISTENERS",
        "KAFKA_ADVERTISED_LISTENERS",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
        "KAFKA_INTER_BROKER_LISTENER_NAME",
        "KAFKA_CONTROLLER_LISTENER_NAMES",
        "KAFKA_CONTROLLER_QUORUM_VOTERS",
        "KAFKA_LOG_DIRS",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR",
    }
    settings = environment("kafka")
    assert needed <= settings.keys()
    names = [part.split("://")[0] for part in settings["KAFKA_LISTENERS"].split(",")]
    mapped = [part.split(":")[0] for part in settings["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")]
    assert sorted(names) == sorted(mapped)
    log_dirs = settings["KAFKA_LOG_DIRS"]
    assert any(volume.endswith(f":{log_dirs}") for volume in SERVICES["kafka"]["volumes"])


def test_files_that_are_mounted_exist() -> None:
    for definition in SERVICES.values():
        for volume in definition.get("volumes", ()):
            source = volume.removeprefix("${PENSTOCK_POLICY_DIR:-").split(":")[0].rstrip("}")
            if source.startswith("./"):
                assert (ROOT / source).exists(), source


def test_example_policy_loads() -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "deploy" / "policy").glob("*.yaml")}
    assert files
    load_bundle(files)


@pytest.mark.parametrize("service", sorted(name for name in SERVICES if name in ("topics", "policy", "gate")))
def test_command_of_a_service_is_one_that_the_program_takes(service: str) -> None:
    """The program itself parses it; it then ends where it needs Kafka, a folder or a key, and never as wrong usage."""
    command = [sys.executable, "-m", "penstock", *SERVICES[service]["command"]]
    environ = {"PATH": "", "PENSTOCK_BOOTSTRAP": "127.0.0.1:1", "PENSTOCK_HEALTH_PORT": "0"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (2, 3)
    assert "penstock: error:" in done.stderr
    assert "Usage:" not in done.stderr
