"""What an operator sets by environment variables, each with its meaning, unit and default."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_SECRET = "fairground-demo"
"""What stands in for every secret in the demo; refused in production."""

SHORTEST_SECRET = 32
"""Of what seeds and tokens are made from, in bytes."""

USUAL_PER_ADDRESS = 100
"""Requests a minute."""

NO_LIMIT = 100_000_000
"""Requests a minute that nobody can make."""


class WrongSettings(Exception):
    """A setting is missing or makes no sense; the text names it."""


class Settings(BaseSettings):
    """Every setting is `FAIRGROUND_` and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="FAIRGROUND_", extra="ignore", use_attribute_docstrings=True)

    environment: Literal["demo", "test", "production"] = "production"
    """Published demo credentials are refused in `production`."""
    kafka: str | None = None
    """Bootstrap servers, `host:port,…`; without it messages stay in this one process."""
    postgres: str | None = None
    """Where the log lives, `postgresql://…`; without it an embedded server keeps it under `data`."""
    redis: str | None = None
    """Where rate limits and the order of boards are shared, `redis://…`; without it each process has its own.

    While it is away each gateway counts for itself (`fairground_limiter_fallbacks_total`) and boards are read from the
    tables; both are logged.
    """
    data: Path = Path("var")
    """The folder of the embedded parts."""
    partitions: int = Field(default=8, ge=1, le=1024)
    """Of every command topic; fixed by the first `fairground migrate`."""
    instance: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    """This process's own name, stable over restarts; the host's name unless given."""
    gateway_host: str = "127.0.0.1"
    """The address the gateway listens on."""
    gateway_port: int = Field(default=8080, ge=1, le=65_535)
    """The port of the doors."""
    trusted_proxies: str | None = None
    """Addresses or networks, `10.0.0.0/8,…`, whose `X-Forwarded-For` is believed; nobody's unless given."""
    address_per_minute: int | None = Field(default=None, ge=1, le=NO_LIMIT)
    """Requests of one address at `/api/v1` that name no engagement, and at games' doors that have no key.

    100 unless given, and no limit in the demo.
    """
    probe_host: str = "127.0.0.1"
    """The address of `/livez`, `/readyz` and `/metrics` of a service without doors."""
    probe_port: int | None = Field(default=None, ge=1, le=65_535)
    """Their port; none unless given."""
    admin_key: SecretStr | None = None
    """The bearer of `/admin/v1`."""
    admin_tenant: str = "starlight"
    """The tenant that `/admin/v1` means unless a request names another in `X-Tenant`."""
    seed_secrets: SecretStr | None = None
    """What server seeds are made from: `k2=…,k1=…`, the newest first; old ones stay as long as their seeds matter."""
    token_secret: SecretStr | None = None
    """What players' access tokens are signed with, claim tokens are made from and operators' secrets are sealed with.

    Another one ends them all, and operators' secrets have to be put again.
    """
    say_timeout_ms: int = Field(default=5_000, ge=100, le=60_000)
    """How long a door waits for an answer before 504; also the time-to-live of its commands."""
    session_timeout_ms: int = Field(default=10_000, ge=1_000, le=300_000)
    """After so much silence the group gives a worker's partitions to another."""
    reply_retention_hours: int = Field(default=960, ge=25, le=24 * 90)
    """How long an answer is repeated under its idempotency key; longer than the 30 days of a command topic."""
    most_lag: int = Field(default=50_000, ge=1)
    """Messages that may wait in a partition before `/readyz` says no."""
    insights_closed_after_s: int = Field(default=3_600, ge=60, le=7 * 86_400)
    """After so long a minute is over for `/admin/v1/insights`: its figures are made anew from the log, and stay."""
    insights_correct_every_s: int = Field(default=3_600, ge=1, le=86_400)
    """Between two such corrections; every minute where messages stay in the process."""
    insights_keep_days: int = Field(default=400, ge=1, le=400)
    """How long figures are kept; the log of wagers does not reach back farther."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least level that is logged."""
    log_form: Literal["json", "console"] = "json"
    """How log lines look."""
    crash_file: Path | None = None
    """For tests alone: the process kills itself at the moment that this file names."""

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        if self.environment != "production":
            return self
        for name in ("admin_key", "seed_secrets", "token_secret"):
            secret: SecretStr | None = getattr(self, name)
            if secret is None or DEMO_SECRET in secret.get_secret_value():
                raise ValueError(f"FAIRGROUND_{name.upper()} must be set to a secret of your own in production")
        if self.crash_file is not None:
            raise ValueError("FAIRGROUND_CRASH_FILE is for tests; it is refused in production")
        return self

    @property
    def lets_published_in(self) -> bool:
        """Whether the demo's credentials, which everybody knows, count here."""
        return self.environment != "production"

    @property
    def admin_secret(self) -> str:
        """The bearer of the admin door."""
        return _or_demo(self.admin_key, f"{DEMO_SECRET}-admin")

    def seed_masters(self) -> dict[str, str]:
        """Key id to master secret, the newest first.

        Raises:
            WrongSettings: it is not `id=secret,…`, an id stands twice, or a secret is too short to be one.
        """
        text = _or_demo(self.seed_secrets, f"k1={DEMO_SECRET}-seeds-that-everybody-knows")
        pairs = [entry.partition("=") for entry in text.split(",")]
        if not all(key.strip() and equals and secret for key, equals, secret in pairs):
            raise WrongSettings("FAIRGROUND_SEED_SECRETS must look like `k2=secret,k1=older secret`")
        masters = {key.strip(): secret for key, _, secret in pairs}
        if len(masters) < len(pairs):
            raise WrongSettings("FAIRGROUND_SEED_SECRETS has two secrets of one id")
        if any(len(secret.encode()) < SHORTEST_SECRET for secret in masters.values()):
            raise WrongSettings(f"FAIRGROUND_SEED_SECRETS: a secret has at least {SHORTEST_SECRET} bytes")
        return masters

    def token_master(self) -> bytes:
        """What every secret that the doors hand out is made from.

        Raises:
            WrongSettings: it is too short to be one.
        """
        master = _or_demo(self.token_secret, f"{DEMO_SECRET}-tokens-that-everybody-knows").encode()
        if len(master) < SHORTEST_SECRET:
            raise WrongSettings(f"FAIRGROUND_TOKEN_SECRET has at least {SHORTEST_SECRET} bytes")
        return master

    @property
    def most_per_address(self) -> int:
        """See `address_per_minute`."""
        return self.address_per_minute or (NO_LIMIT if self.environment == "demo" else USUAL_PER_ADDRESS)


def _or_demo(secret: SecretStr | None, demo: str) -> str:
    return secret.get_secret_value() if secret is not None else demo


def read_settings(**over: Any) -> Settings:
    """The environment's settings, with `over` on top.

    Raises:
        WrongSettings: names the variable and what is wrong with it.
    """
    try:
        return Settings(**{name: value for name, value in over.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = "FAIRGROUND_" + "_".join(str(step) for step in first["loc"]).upper() if first["loc"] else ""
        raise WrongSettings(f"{name}: {first['msg']}" if name else str(first["msg"])) from None
