"""What Prometheus is told exists: its targets, and every metric that an alert asks for."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.metrics import Metrics

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]


def sample_labels() -> dict[str, set[str]]:
    """Every sample name that a worker exports, with its label names."""
    metrics = Metrics()
    metrics.lag.labels("agent.actions.proposed.v1")
    metrics.show_policy("v1:000000")
    labels: dict[str, set[str]] = {}
    for family in metrics.registry.collect():
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    return labels


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_alert_asks_for_metrics_and_labels_that_exist(rule: dict[str, Any]) -> None:
    exported = sample_labels()
    asked = re.findall(r"(penstock_\w+)(?:\{([^}]*)\})?", rule["expr"])
    assert asked
    for name, selector in asked:
        assert name in exported
        assert set(re.findall(r"(\w+)[=!]", selector)) <= exported[name] | {"instance", "job"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_alert_says_how_bad_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert rule["annotations"].keys() == {"summary", "description"}


def test_every_alert_is_fired_by_the_rule_tests() -> None:
    text = (DEPLOY / "alerts_test.yml").read_text(encoding="utf-8")
    fired = set(re.findall(r'alertname="(\w+)"', text))
    assert fired == {rule["alert"] for rule in RULES}


def test_prometheus_scrapes_the_gate_of_the_compose_file() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus.yml").read_text(encoding="utf-8"))
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    (job,) = config["scrape_configs"]
    (discovery,) = job["dns_sd_configs"]
    (service,) = discovery["names"]
    assert str(discovery["port"]) in compose["services"][service]["expose"]
    assert all((DEPLOY / name).is_file() for name in config["rule_files"])


def test_promtool_accepts_configuration_rules_and_rule_tests() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (it comes with Prometheus)")
    for command in (["check", "config", "prometheus.yml"], ["test", "rules", "alerts_test.yml"]):
        result = subprocess.run(
            [promtool, *command], cwd=DEPLOY, capture_output=True, text=True, timeout=60, check=False
        )
        assert result.returncode == 0, result.stdout + result.stderr
