"""Every setting of the gate, read once: flag, then environment (`PENSTOCK_...`), then default."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from detectors.errors import GateError
from streams.addresses import is_loopback, secure_url

PREFIX: Final = "PENSTOCK_"
# Read by the program, by other modules than this one.
OTHER_VARIABLES: Final = frozenset({"PENSTOCK_CACHE_DIR", "PENSTOCK_EVAL_DATA", "PENSTOCK_TRAFFIC"})
SecretName = Literal["sample_key", "payload_key", "token_key", "review_signing_key"]
SECRETS: Final[tuple[SecretName, ...]] = get_args(SecretName)
# A secret that somebody else made: any text, in a file of its own or as a value.
OTHERS_SECRETS: Final = ("console_oidc_client_secret",)


class SettingsError(GateError):
    """A setting that is unknown, missing or out of range. The text never quotes a value."""

    code = "SETTINGS_INVALID"


class Settings(BaseSettings):
    """Settings of a worker and of the commands that talk to Kafka."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True
    )

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed: `load_settings` reads the environment, and only the one that it is told."""
        return (init_settings,)

    bootstrap: str = Field(
        default="127.0.0.1:9092",
        validation_alias=AliasChoices("bootstrap", "PENSTOCK_BOOTSTRAP", "KAFKA_BOOTSTRAP"),
        description="Kafka bootstrap servers, host:port, separated by commas; also KAFKA_BOOTSTRAP.",
    )
    application: str = Field(
        default="penstock-gate",
        pattern=r"^[a-zA-Z0-9._-]{1,100}$",
        description="Consumer group and prefix of the transactional ids; one per deployment.",
    )
    topic_prefix: str = Field(
        default="",
        pattern=r"^[a-zA-Z0-9._-]{0,60}$",
        description="Prefix before every topic name, for several deployments on one Kafka.",
    )
    data_dir: Path = Field(
        default=Path(".penstock"),
        description="Folder for the local files of `penstock dev`: the broker's data, keys and logs.",
    )
    health_host: str = Field(
        default="127.0.0.1",
        description="Address on which /livez, /readyz and /metrics are served; loopback unless told otherwise.",
    )
    health_port: int = Field(
        default=9464, ge=0, le=65535, description="Port of /livez, /readyz and /metrics; 0 takes a free one."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level logged.")
    log_format: Literal["console", "json"] = Field(default="console", description="How log lines look.")
    max_event_bytes: int = Field(
        default=512 * 1024,
        ge=1024,
        le=1024 * 1024,
        description="Largest event, bytes; a larger one is a dead letter.",
    )
    hold_timeout_s: float = Field(
        default=4 * 60 * 60.0, gt=0, le=30 * 86400, description="How long an action waits for a person, seconds."
    )
    holds_per_agent: int = Field(
        default=1000, ge=1, le=100_000, description="Open holds of one agent at most; a further one is denied."
    )
    stream_timeout_s: float = Field(
        default=300.0, gt=0, le=86400, description="How long a chunked output waits for its next chunk, seconds."
    )
    streams_per_agent: int = Field(
        default=32,
        ge=1,
        le=10_000,
        description="Open chunked outputs of one agent at most; a further one is quarantined.",
    )
    compiled: bool = Field(
        default=True,
        description="Decide plain actions by compiled code where it was built; what is decided is the same.",
    )
    strict: bool = Field(default=False, description="No hold is ever released by its timeout, whatever policy says.")
    verdict_retention_s: float = Field(
        default=7 * 86400.0,
        ge=60,
        le=365 * 86400,
        description="How long a verdict is remembered, seconds; past it an id is new.",
    )
    verdict_most: int = Field(
        default=1_000_000,
        ge=1000,
        le=50_000_000,
        description="How many verdicts a partition remembers at most; the oldest go first.",
    )
    default_autonomy_level: int = Field(
        default=0, ge=0, le=3, description="Autonomy level of an agent without a record of its own."
    )
    sample_key: SecretStr | None = Field(
        default=None, description="Key of the audit sample, 64 hex digits; a worker does not start without it."
    )
    sample_key_file: Path | None = Field(default=None, description="File that holds the sample key.")
    payload_key: SecretStr | None = Field(
        default=None,
        description="Key that seals payloads of what is quarantined, held or sampled, 64 hex digits; without it "
        "quarantined ones do not travel, and the others do in the clear.",
    )
    payload_key_file: Path | None = Field(default=None, description="File that holds the payload key.")
    token_key: SecretStr | None = Field(
        default=None,
        description="Key of the tokens that replace found values, 64 hex digits; without it they quarantine.",
    )
    token_key_file: Path | None = Field(default=None, description="File that holds the token key.")
    review_keys_file: Path | None = Field(
        default=None,
        description="File of the keys that may sign reviews, a JSON Web Key Set; without it unsigned ones count.",
    )
    review_signing_key: SecretStr | None = Field(
        default=None, description="Key with which `penstock review` signs, 64 hex digits; a worker needs none."
    )
    review_signing_key_file: Path | None = Field(default=None, description="File that holds the signing key.")
    presidio_file: Path | None = Field(
        default=None,
        description="File of Presidio's recognizers in its own YAML, asked besides the gate's own detectors.",
    )
    plan_cache: Path | None = Field(
        default=None,
        description="File for the compiled detectors, so that a worker starts sooner; only the gate may write it.",
    )
    session_timeout_s: float = Field(
        default=6.0, ge=1, le=120, description="A worker silent for so long loses its lanes, seconds."
    )
    transaction_timeout_s: float = Field(
        default=15.0, ge=5, le=300, description="An open transaction of a dead worker is aborted after this, seconds."
    )
    batch_records: int = Field(default=1000, ge=1, le=10_000, description="Records in one transaction at most.")
    batch_bytes: int = Field(
        default=4 * 1024 * 1024, ge=64 * 1024, le=64 * 1024 * 1024, description="Bytes written in one transaction."
    )
    batch_ms: int = Field(default=250, ge=1, le=5000, description="Work in one transaction at most, milliseconds.")
    commit_stall_s: float = Field(
        default=60.0, ge=5, le=3600, description="A worker that cannot commit for so long stops itself, seconds."
    )
    stop_grace_s: float = Field(
        default=20.0, ge=1, le=300, description="How long a stopping worker may take to finish, seconds."
    )
    unsafe_skip_lost_input: bool = Field(
        default=False,
        description="Go on where Kafka no longer has the records that a lane should read next; logged each time.",
    )

    console_host: str = Field(
        default="127.0.0.1", min_length=1, max_length=253, description="Address on which the console listens."
    )
    console_port: int = Field(default=9480, ge=0, le=65535, description="Port of the console; 0 takes a free one.")
    console_url: str | None = Field(
        default=None,
        description="Where browsers reach the console, https://host[:port]; plain http on loopback only.",
    )
    console_trusted_hosts: str = Field(
        default="",
        description="Further names under which the console may be asked, by commas, beside the one of its URL.",
    )
    console_proxies: str = Field(
        default="",
        description="Addresses or networks of proxies, by commas, whose X-Forwarded-For is believed; else nobody's.",
    )
    console_model_file: Path | None = Field(
        default=None,
        description="SQLite file of what the console has read; else console.sqlite in the data folder. Can be deleted.",
    )
    console_logins_file: Path | None = Field(
        default=None, description="SQLite file of sessions and local users; else logins.sqlite in the data folder."
    )
    console_people_file: Path | None = Field(
        default=None, description="File that gives roles, teams and tenants to groups and people; else nobody has any."
    )
    console_local_users: bool = Field(
        default=False, description="Users with a password of the console's own; on loopback only, for development."
    )
    console_idle_s: float = Field(
        default=30 * 60.0, ge=60, le=86400, description="A session unused for so long ends, seconds."
    )
    console_session_s: float = Field(
        default=12 * 60 * 60.0, ge=300, le=7 * 86400, description="A session ends after so long in any case, seconds."
    )
    console_fresh_s: float = Field(
        default=300.0,
        ge=30,
        le=3600,
        description="So long after signing in one may reveal, release as is and approve what is explicit, seconds.",
    )
    console_undo_s: float = Field(
        default=5.0, ge=0, le=30, description="How long a decision can be taken back before it is sent, seconds."
    )
    console_webhooks_file: Path | None = Field(
        default=None, description="File of the webhooks that are told of urgent holds, with their secrets; else none."
    )
    console_oidc_issuer: str | None = Field(
        default=None, description="URL of the OpenID provider with whom people sign in; plain http on loopback only."
    )
    console_oidc_client_id: str | None = Field(
        default=None, min_length=1, max_length=256, description="Name of the console at the OpenID provider."
    )
    console_oidc_client_secret: SecretStr | None = Field(
        default=None, description="Secret of the console at the OpenID provider; none for a public client."
    )
    console_oidc_client_secret_file: Path | None = Field(default=None, description="File that holds the client secret.")
    console_oidc_scopes: str = Field(
        default="openid profile email", pattern=r"^[\x21-\x7e]+( [\x21-\x7e]+)*$", description="Scopes asked for."
    )
    console_oidc_id_claim: str = Field(
        default="email",
        pattern=r"^[A-Za-z0-9_.:/-]{1,128}$",
        description="Claim that names a person on reviews; `email` counts only when the provider has verified it.",
    )
    console_oidc_groups_claim: str = Field(
        default="groups", pattern=r"^[A-Za-z0-9_.:/-]{1,128}$", description="Claim that lists a person's groups."
    )

    @field_validator("console_oidc_issuer")
    @classmethod
    def _issuer(cls, value: str | None) -> str | None:
        # A closing slash stays: issuers are compared to the letter. Source: OpenID Connect Discovery 1.0, 4.3.
        return None if value is None else secure_url(value)

    @field_validator("console_url")
    @classmethod
    def _origin(cls, value: str | None) -> str | None:
        if value is None:
            return None
        url = urlsplit(secure_url(value.rstrip("/")))
        if url.path:
            raise ValueError("the console is at the root of its host, without a path")
        # As a browser writes it in Origin. Source: RFC 6454, 6.1.
        default = {"https": 443, "http": 80}[url.scheme]
        port = "" if url.port in (None, default) else f":{url.port}"
        host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
        return f"{url.scheme}://{host}{port}"

    @field_validator("bootstrap")
    @classmethod
    def _bootstrap(cls, value: str) -> str:
        servers = [server.strip() for server in value.split(",") if server.strip()]
        for server in servers:
            host, _, port = server.rpartition(":")
            if not host or not port.isdigit():
                raise ValueError("each server is host:port")
        if not servers:
            raise ValueError("at least one server, host:port")
        return ",".join(servers)

    @model_validator(mode="after")
    def _one_source(self) -> Settings:
        for name in (*SECRETS, *OTHERS_SECRETS):
            if getattr(self, name) is not None and getattr(self, f"{name}_file") is not None:
                raise ValueError(f"{name} and {name}_file are both set; set one")
        return self

    @model_validator(mode="after")
    def _console(self) -> Settings:
        if (self.console_oidc_issuer is None) != (self.console_oidc_client_id is None):
            raise ValueError("console_oidc_issuer and console_oidc_client_id go together; set both or none")
        if "openid" not in self.console_oidc_scopes.split():
            raise ValueError("console_oidc_scopes holds openid")
        hosts = [self.console_host, *([urlsplit(self.console_url).hostname or ""] if self.console_url else [])]
        if self.console_local_users and not all(is_loopback(host) for host in hosts):
            raise ValueError("console_local_users is for loopback; use console_oidc_issuer where others can connect")
        if self.console_idle_s > self.console_session_s:
            raise ValueError("console_idle_s is at most console_session_s")
        return self

    def console_path(self, name: Literal["model", "logins"]) -> Path:
        """Where the console keeps what it has read (`model`), or its sessions and users (`logins`)."""
        given: Path | None = getattr(self, f"console_{name}_file")
        return given or self.data_dir / {"model": "console.sqlite", "logins": "logins.sqlite"}[name]

    def oidc_client_secret(self) -> str | None:
        """The console's secret at the OpenID provider, None for a public client.

        Raises:
            SettingsError: its file cannot be read, or it is empty.
        """
        value, path = self.console_oidc_client_secret, self.console_oidc_client_secret_file
        if value is None and path is None:
            return None
        try:
            text = value.get_secret_value() if value is not None else (path or Path()).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SettingsError(
                "console_oidc_client_secret_file cannot be read", advice="check path and permissions"
            ) from None
        if not text:
            raise SettingsError("console_oidc_client_secret is empty", advice="leave it out for a public client")
        return text

    def secret(self, name: SecretName) -> bytes | None:
        """The key `name` from its value or its file, 32 bytes; None when neither is set.

        Raises:
            SettingsError: the file cannot be read, or the key is not 64 hex digits.
        """
        value: SecretStr | None = getattr(self, name)
        path: Path | None = getattr(self, f"{name}_file")
        if value is None and path is None:
            return None
        try:
            text = value.get_secret_value() if value is not None else (path or Path()).read_text("ascii")
            key = bytes.fromhex(text.strip())
        except OSError:
            raise SettingsError(f"{name}_file cannot be read", advice="check path and permissions") from None
        except ValueError:
            key = b""
        if len(key) != 32:
            raise SettingsError(f"{name} is not 64 hex digits", advice="make one with `openssl rand -hex 32`")
        return key


def _names_of(field: str, variables: Mapping[str, str]) -> list[str]:
    """The variables that are set for a field, the one that counts last."""
    also = ["KAFKA_BOOTSTRAP"] if field == "bootstrap" else []
    return [name for name in (*also, PREFIX + field.upper()) if name in variables]


def load_settings(environ: Mapping[str, str] | None = None, **flags: Any) -> Settings:
    """The settings, `flags` (those that are not None) over `environ`, the process's own environment unless given.

    Raises:
        SettingsError: a variable with our prefix that is no setting, or a value out of range.
    """
    variables = os.environ if environ is None else environ
    known = {PREFIX + name.upper() for name in Settings.model_fields} | OTHER_VARIABLES
    for variable in variables:
        if variable.startswith(PREFIX) and variable not in known:
            near = difflib.get_close_matches(variable, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "see docs/reference/settings.md"
            raise SettingsError(f"{variable} is no setting", code="SETTINGS_UNKNOWN", advice=hint)
    given = {name: variables[variable] for name in Settings.model_fields for variable in _names_of(name, variables)}
    try:
        return Settings(**given | {name: value for name, value in flags.items() if value is not None})
    except ValidationError as exc:
        error = exc.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in error["loc"]) or "settings"
        raise SettingsError(f"{where}: {error['msg'][0].lower()}{error['msg'][1:]}") from None
