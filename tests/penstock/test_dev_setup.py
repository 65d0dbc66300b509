"""What `penstock dev` prepares: keys, policy, and what it refuses to replace."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.errors import GateError
from penstock.activation import PolicyStatus
from penstock.dev import run_dev
from penstock.dev_console import console_environment
from penstock.dev_gate import parse_status, worker_environment
from penstock.dev_setup import SetupError, check_takeover, demo_folder, make_key, read_policy, trust_signer
from policies.bundle import Bundle, load_bundle
from streams.metrics import Metrics
from streams.review_signing import ReviewKeys, ReviewSigner
from streams.settings import load_settings

OTHER = 'rules: [{match: {topics: ["*"]}, decision: deny}]'


def other_bundle() -> Bundle:
    return load_bundle({"rules.yaml": OTHER})


def test_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = make_key(tmp_path / "keys" / "sample.key")
    key = path.read_text("ascii")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert len(bytes.fromhex(key.strip())) == 32
    assert make_key(path).read_text("ascii") == key


def test_key_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match="USAGE: cannot write"):
        make_key(tmp_path / "file" / "sample.key")


def test_demo_policy_comes_with_the_package() -> None:
    assert (demo_folder() / "rules.yaml").is_file()
    assert read_policy(None) == read_policy(demo_folder())


def test_policy_of_somebody_else_is_not_replaced() -> None:
    status = PolicyStatus(other_bundle(), {"activated_by": "carol"}, None)
    with pytest.raises(SetupError, match="was not activated by `penstock dev`"):
        check_takeover(status, read_policy(None))


@pytest.mark.parametrize(
    "status",
    [
        PolicyStatus(None, None, "no policy was ever activated"),
        PolicyStatus(other_bundle(), {"activated_by": "penstock dev"}, None),
        PolicyStatus(read_policy(None), {"activated_by": "carol"}, None),
    ],
    ids=["none", "ours", "equal"],
)
def test_own_equal_or_missing_policy_may_be_replaced(status: PolicyStatus) -> None:
    check_takeover(status, read_policy(None))


def test_worker_gets_keys_as_files_only(tmp_path: Path) -> None:
    settings = load_settings(
        {},
        bootstrap="127.0.0.1:2",
        data_dir=tmp_path,
        health_port=21000,
        sample_key_file=tmp_path / "s",
        payload_key_file=tmp_path / "p",
        review_signing_key_file=tmp_path / "signing",
        review_keys_file=tmp_path / "trusted",
    )
    given = {
        "PENSTOCK_SAMPLE_KEY": "aa",
        "PENSTOCK_REVIEW_SIGNING_KEY": "bb",
        "KAFKA_BOOTSTRAP": "elsewhere:1",
        "PENSTOCK_LOG_LEVEL": "debug",
        "PATH": "/bin",
    }
    environment = worker_environment(given, settings)
    assert environment["PENSTOCK_SAMPLE_KEY_FILE"] == str(tmp_path / "s")
    assert environment["PENSTOCK_BOOTSTRAP"] == "127.0.0.1:2"
    assert environment["PENSTOCK_HEALTH_PORT"] == "21000"
    assert (environment["PENSTOCK_LOG_LEVEL"], environment["PATH"]) == ("debug", "/bin")
    assert environment["PENSTOCK_REVIEW_KEYS_FILE"] == str(tmp_path / "trusted")
    assert not {"PENSTOCK_SAMPLE_KEY", "KAFKA_BOOTSTRAP"} & environment.keys()
    # Who decides does not sign, and who signs gets no key of the samples.
    assert not [name for name in environment if "SIGNING" in name]
    console = console_environment(given, settings)
    assert console["PENSTOCK_REVIEW_SIGNING_KEY_FILE"] == str(tmp_path / "signing")
    assert "PENSTOCK_REVIEW_SIGNING_KEY" not in console


def test_the_gate_trusts_the_key_of_its_console_and_no_other(tmp_path: Path) -> None:
    signing = make_key(tmp_path / "keys" / "signing.key")
    keys = ReviewKeys.from_jwks(trust_signer(signing).read_bytes())
    review = {"review_id": "r1", "verdict": "approve", "reviewer": {"id": "ada"}}
    ours, other = (ReviewSigner(seed) for seed in (bytes.fromhex(signing.read_text().strip()), bytes(32)))
    assert keys.problem(ours.sign(review), 0) is None
    assert keys.problem(other.sign(review), 0) is not None


def test_a_signing_key_that_is_none_is_a_setup_error(tmp_path: Path) -> None:
    broken = tmp_path / "signing.key"
    broken.write_text("not hex")
    with pytest.raises(SetupError):
        trust_signer(broken)


def test_status_is_read_from_the_workers_own_answers() -> None:
    metrics = Metrics()
    metrics.holds_pending.set(4)
    metrics.holds_oldest.set(12.5)
    metrics.lag.labels("agent.actions.proposed.v1").set(3)
    metrics.lag.labels("agent.outputs.produced.v1").set(2)
    ready = {"ready": True, "problems": [], "policy_snapshot": "v1:abcdef", "lanes": 4}
    status = parse_status(ready, metrics.render().decode())
    assert (status.is_ready, status.snapshot, status.lanes) == (True, "v1:abcdef", 4)
    assert (status.lag, status.holds_pending, status.holds_oldest_s) == (5, 4, 12.5)


@pytest.mark.parametrize(("rate", "seconds"), [(0.0, 1.0), (-1.0, None), (1.0, 0.0)])
def test_rate_or_time_of_nothing_is_a_usage_error(
    rate: float, seconds: float | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_dev("127.0.0.1:1", tmp_path, rate=rate, seconds=seconds) == 2
    assert capsys.readouterr().err.startswith("penstock: error: USAGE: ")


def test_kafka_that_does_not_answer_is_one_line_and_code_3(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_dev("127.0.0.1:1", tmp_path, seconds=1) == 3
    errors = capfd.readouterr().err.splitlines()
    assert len(errors) == 1
    assert errors[0].startswith("penstock: error: KAFKA_UNREACHABLE: ")


def test_policy_that_does_not_load_tells_every_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rules.yaml").write_text("rules: [{match: {topic: [a]}, decision: alow}]", encoding="utf-8")
    assert run_dev("127.0.0.1:1", tmp_path / "data", policy=tmp_path) == 2
    *problems, last = capsys.readouterr().err.splitlines()
    assert len(problems) >= 2
    assert "POLICY_LOAD" in last


def test_setup_errors_are_gate_errors() -> None:
    assert issubclass(SetupError, GateError)
