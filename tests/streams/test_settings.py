"""Settings: read once, from the environment that is given, with every mistake told and no secret quoted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from streams.settings import OTHER_VARIABLES, PREFIX, Settings, SettingsError, load_settings

KEY = "5a" * 32


def refused(environ: dict[str, str], **flags: Any) -> SettingsError:
    """The error that these settings give."""
    with pytest.raises(SettingsError) as caught:
        load_settings(environ, **flags)
    return caught.value


def test_defaults_hold_without_any_variable() -> None:
    settings = load_settings({})

    assert settings.bootstrap == "127.0.0.1:9092"
    assert (settings.batch_records, settings.batch_bytes, settings.batch_ms) == (1000, 4 * 1024 * 1024, 250)
    assert (settings.verdict_retention_s, settings.verdict_most) == (7 * 86400, 1_000_000)
    assert settings.unsafe_skip_lost_input is False


def test_environment_that_is_given_is_the_one_that_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_HEALTH_PORT", "1111")

    assert load_settings({"PENSTOCK_HEALTH_PORT": "2222"}).health_port == 2222
    assert load_settings({}).health_port == 9464
    assert load_settings().health_port == 1111


def test_flag_outranks_the_environment_and_a_flag_that_is_none_does_not() -> None:
    environ = {"PENSTOCK_HEALTH_PORT": "2222", "PENSTOCK_LOG_LEVEL": "debug"}

    settings = load_settings(environ, health_port=3333, log_level=None)

    assert (settings.health_port, settings.log_level) == (3333, "debug")


def test_bootstrap_has_a_second_name_that_our_own_outranks() -> None:
    assert load_settings({"KAFKA_BOOTSTRAP": "a:1"}).bootstrap == "a:1"
    assert load_settings({"KAFKA_BOOTSTRAP": "a:1", "PENSTOCK_BOOTSTRAP": "b:2"}).bootstrap == "b:2"
    assert load_settings({"KAFKA_BOOTSTRAP": "a:1"}, bootstrap="c:3, d:4 ,").bootstrap == "c:3,d:4"


@pytest.mark.parametrize("bootstrap", ["", " , ", "host", "host:", ":9092", "host:port", "a:1,b"])
def test_bootstrap_that_is_no_list_of_servers_is_refused(bootstrap: str) -> None:
    assert "bootstrap" in str(refused({"PENSTOCK_BOOTSTRAP": bootstrap}))


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("PENSTOCK_BATCH_RECORD", "did you mean PENSTOCK_BATCH_RECORDS?"),
        ("PENSTOCK_SAMPLEKEY", "did you mean PENSTOCK_SAMPLE_KEY?"),
        ("PENSTOCK_XYZZY_QUUX_17", "see docs"),
    ],
)
def test_variable_that_is_no_setting_is_refused_with_a_hint_and_without_its_value(variable: str, hint: str) -> None:
    error = refused({variable: "S3CR3T"})

    assert error.code == "SETTINGS_UNKNOWN"
    assert variable in str(error) and hint in str(error)
    assert "S3CR3T" not in str(error)


@pytest.mark.parametrize("variable", [*sorted(OTHER_VARIABLES), "PATH", "KAFKA_HEAP_OPTS"])
def test_variables_of_others_are_left_alone(variable: str) -> None:
    assert load_settings({variable: "x"}) == load_settings({})


def test_flag_that_is_no_setting_is_refused() -> None:
    assert "colour" in str(refused({}, colour="blue"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEALTH_PORT", "65536"), ("HEALTH_PORT", "S3CR3T"), ("LOG_LEVEL", "loud"), ("APPLICATION", "a b"),
        ("TOPIC_PREFIX", "x" * 61), ("TOPIC_PREFIX", "a/b"), ("MAX_EVENT_BYTES", "1048577"), ("BATCH_RECORDS", "0"),
        ("HOLD_TIMEOUT_S", "0"), ("HOLD_TIMEOUT_S", "nan"), ("HOLD_TIMEOUT_S", "inf"), ("VERDICT_MOST", "1e99"),
        ("DEFAULT_AUTONOMY_LEVEL", "4"), ("UNSAFE_SKIP_LOST_INPUT", "perhaps"),
    ],
)  # fmt: skip
def test_value_out_of_range_is_refused_by_name_and_not_quoted(name: str, value: str) -> None:
    error = refused({PREFIX + name: value})

    assert error.code == "SETTINGS_INVALID"
    assert name.lower() in str(error)
    assert "S3CR3T" not in str(error)


@pytest.mark.parametrize("name", ["sample_key", "payload_key"])
def test_key_comes_from_its_value_or_its_file(name: Any, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"  {KEY}\n")
    variable = PREFIX + name.upper()

    assert load_settings({}).secret(name) is None
    assert load_settings({variable: KEY.upper()}).secret(name) == bytes.fromhex(KEY)
    assert load_settings({f"{variable}_FILE": str(file)}).secret(name) == bytes.fromhex(KEY)


@pytest.mark.parametrize("name", ["sample_key", "payload_key"])
def test_key_from_value_and_file_at_once_is_refused(name: str) -> None:
    variable = PREFIX + name.upper()

    error = refused({variable: KEY, f"{variable}_FILE": "/nowhere"})

    assert "both set" in str(error)
    assert KEY not in str(error)


@pytest.mark.parametrize("value", ["", "S3CR3T", KEY[:-2], KEY + "00", KEY[:-1] + "g", "\u0665" * 64])
def test_key_that_is_not_64_hex_digits_is_refused_and_never_quoted(value: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(value, encoding="utf-8")

    for settings in (load_settings(sample_key=value), load_settings(sample_key_file=file)):
        with pytest.raises(SettingsError, match="not 64 hex digits") as caught:
            settings.secret("sample_key")
        assert not value or value not in str(caught.value)


def test_key_file_that_cannot_be_read_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings({}, sample_key_file=tmp_path / "missing").secret("sample_key")


def test_keys_do_not_appear_when_settings_are_shown() -> None:
    settings = load_settings({"PENSTOCK_SAMPLE_KEY": KEY, "PENSTOCK_PAYLOAD_KEY": KEY})

    assert KEY not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    "environ",
    [
        {"PENSTOCK_CONSOLE_URL": "http://console.example.com"},
        {"PENSTOCK_CONSOLE_URL": "https://example.com/console"},
        {"PENSTOCK_CONSOLE_URL": "https://ana:pw@example.com"},
        {"PENSTOCK_CONSOLE_URL": "https://example.com:99999"},
        {"PENSTOCK_CONSOLE_URL": "https://example.com?x=1"},
        {"PENSTOCK_CONSOLE_URL": "https://"},
        {"PENSTOCK_CONSOLE_URL": "javascript:alert(1)"},
        {"PENSTOCK_CONSOLE_OIDC_ISSUER": "http://idp.example.com", "PENSTOCK_CONSOLE_OIDC_CLIENT_ID": "c"},
        {"PENSTOCK_CONSOLE_OIDC_ISSUER": "https://idp.example.com"},
        {"PENSTOCK_CONSOLE_OIDC_CLIENT_ID": "c"},
        {"PENSTOCK_CONSOLE_OIDC_SCOPES": "profile email"},
        {"PENSTOCK_CONSOLE_LOCAL_USERS": "true", "PENSTOCK_CONSOLE_HOST": "10.0.0.1"},
        {"PENSTOCK_CONSOLE_LOCAL_USERS": "true", "PENSTOCK_CONSOLE_HOST": "localhost.example.com"},
        {"PENSTOCK_CONSOLE_LOCAL_USERS": "true", "PENSTOCK_CONSOLE_URL": "https://example.com"},
        {"PENSTOCK_CONSOLE_IDLE_S": "3600", "PENSTOCK_CONSOLE_SESSION_S": "1800"},
        {"PENSTOCK_CONSOLE_UNDO_S": "31"},
    ],
)
def test_console_that_would_be_open_to_others_or_contradicts_itself_does_not_start(environ: dict[str, str]) -> None:
    assert refused(environ).code == "SETTINGS_INVALID"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "console.localhost"])
def test_local_users_are_there_on_loopback_only(host: str) -> None:
    url = f"http://{f'[{host}]' if ':' in host else host}:9480"

    settings = load_settings({}, console_local_users=True, console_host=host, console_url=f"{url}/")

    assert (settings.console_local_users, settings.console_url) == (True, url)


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://Console.Example.com:443/", "https://console.example.com"),
        ("https://console.example.com:8443", "https://console.example.com:8443"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_url_of_the_console_is_kept_as_browsers_write_origins(written: str, origin: str) -> None:
    assert load_settings({"PENSTOCK_CONSOLE_URL": written}).console_url == origin


def test_issuer_keeps_its_closing_slash() -> None:
    settings = load_settings({}, console_oidc_issuer="https://idp.example.com/", console_oidc_client_id="c")

    assert settings.console_oidc_issuer == "https://idp.example.com/"


def test_files_of_the_console_are_in_the_data_folder_unless_they_are_named(tmp_path: Path) -> None:
    settings = load_settings({"PENSTOCK_DATA_DIR": str(tmp_path)})

    assert settings.console_path("model") == tmp_path / "console.sqlite"
    assert settings.console_path("logins") == tmp_path / "logins.sqlite"
    assert load_settings({}, console_logins_file=tmp_path / "x").console_path("logins") == tmp_path / "x"


def test_client_secret_is_any_text_from_its_value_or_its_file_and_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("p@ss word\n")
    variable = "PENSTOCK_CONSOLE_OIDC_CLIENT_SECRET"

    assert load_settings({}).oidc_client_secret() is None
    assert load_settings({variable: "p@ss word"}).oidc_client_secret() == "p@ss word"
    assert load_settings({f"{variable}_FILE": str(file)}).oidc_client_secret() == "p@ss word"
    assert "p@ss" not in repr(load_settings({variable: "p@ss word"}))
    assert "both set" in str(refused({variable: "p@ss word", f"{variable}_FILE": str(file)}))
    file.write_text(" \n")
    for path, text in ((file, "is empty"), (tmp_path / "missing", "cannot be read")):
        with pytest.raises(SettingsError, match=text):
            load_settings({f"{variable}_FILE": str(path)}).oidc_client_secret()


def test_every_setting_has_a_description() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_reading_settings_changes_no_environment() -> None:
    before = dict(os.environ)
    load_settings({"PENSTOCK_HEALTH_PORT": "2222"})

    assert dict(os.environ) == before
