"""Who may knock at which door: tenants and their keys."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from shared.messages.base import Exactly, Spec
from shared.money import MICRO_SCALE, parse

Bucket = Literal["sdk_read", "sdk_write", "server_api"]
"""What requests of games are counted under."""
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class TenantSpec(Spec, kind="tenant"):
    """A customer of the platform. Test and live are two tenants that share a slug."""

    slug: Slug
    brand: Slug
    environment: Literal["test", "live"] = "live"
    service_mode: Literal["plug_in", "white_label"] = "plug_in"
    status: Literal["active", "suspended"] = "active"
    big_win_times: int = Field(default=10, ge=1, le=1_000_000)
    """A wager that pays so many times its stake is a big win."""
    inventory: Literal["platform", "studio", "permissive"] = "platform"
    """Who keeps players' items: the platform; the studio, so that here there are none; or the platform, with clients
    that may give themselves items, and grants that are deposited at once."""
    levels: tuple[Exactly, ...] = Field(default=(), max_length=100)
    """What a player must have wagered for each level, in USD, rising: reaching one is a `level_up`."""

    @property
    def level_micros(self) -> tuple[int, ...]:
        """The levels in micro-units."""
        return tuple(parse(level, MICRO_SCALE) for level in self.levels)

    @model_validator(mode="after")
    def _levels_rise(self) -> TenantSpec:
        if any(low >= high for low, high in pairwise((0, *self.level_micros))):
            raise ValueError("levels must rise, the first above 0")
        return self


class ApiKeySpec(Spec, kind="api_key"):
    """A credential. Only its hash is kept: a `secret` in a world file is hashed before anybody hears of it."""

    door: Literal["engagement", "activities", "sdk_client", "sdk_server"] = "engagement"
    secret_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of the secret, in hex."""
    scopes: tuple[str, ...] = Field(default=("*",), max_length=32)
    burst: int = Field(default=200, ge=1, le=1_000_000)
    """Requests that may come at once."""
    per_second: int = Field(default=50, ge=1, le=1_000_000)
    """Requests a second that may come for ever."""
    prefix: str | None = Field(default=None, max_length=16)
    """What of a game's key may be shown: the part of its secret before the dot."""
    per_minute: dict[Bucket, Annotated[int, Field(ge=1, le=1_000_000)]] = Field(default_factory=dict)
    """Requests a minute at the games' doors, where they are not to be the usual ones."""
    status: Literal["active", "revoked"] = "active"
    demo: bool = False
    """A published credential: refused unless the environment is `demo` or `test`."""

    @classmethod
    def sealed(cls, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        if not isinstance(raw.get("secret"), str):
            return raw
        rest = {name: value for name, value in raw.items() if name != "secret"}
        public, dot, _ = raw["secret"].partition(".")
        return {**({"prefix": public} if dot else {}), **rest, "secret_hash": hash_of(raw["secret"])}


def hash_of(secret: str) -> str:
    """What is kept of a credential: SHA-256, in hex. Credentials are random, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


SAMPLES = (
    TenantSpec(slug="starlight", brand="starlight", environment="test"),
    ApiKeySpec(secret_hash=hash_of("wsk_test_" + "0" * 48), scopes=("engagement:read", "engagement:write")),
)
