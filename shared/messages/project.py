"""What a project is: a client application of a tenant, how it shows who it is, and how fast its wheels may be spun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from shared.messages.access import hash_of
from shared.messages.base import Spec

SPIN_WHEEL: Final = "client.spin_wheel"
"""The permission that a player's token must bear at every wheel."""
MOST_PUBLIC_KEYS: Final = 8
MOST_PERMISSIONS: Final = 32
_DAY_SECONDS: Final = 86_400

Permission = Annotated[str, Field(pattern=r"^[a-z0-9_.:*-]{1,64}$")]
PublicKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
"""A raw Ed25519 key in base64url without padding."""


class ProjectSpec(Spec, kind="project"):
    """A client application. Only a hash of its secret is kept: `client_secret` is hashed before anybody hears of it."""

    name: str = Field(min_length=1, max_length=128)
    status: Literal["active", "inactive"] = "active"
    client_id: str = Field(pattern=r"^[!-~]{1,128}$")
    """What `x-client-id` must say."""
    client_secret_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of what `x-client-secret` must say, in hex."""
    cooldown_seconds: int = Field(default=2, ge=0, le=_DAY_SECONDS)
    """How long a player waits between two spins, over all wheels of the project."""
    token_algorithm: Literal["HS256", "EdDSA"] = "HS256"  # noqa: S105 - no secret, the name of a method
    public_keys: tuple[PublicKey, ...] = Field(default=(), max_length=MOST_PUBLIC_KEYS)
    """Of issuers of the operator's own, whose tokens count beside ours; only with EdDSA."""
    token_ttl_seconds: int = Field(default=3_600, ge=60, le=7 * _DAY_SECONDS)
    login_permissions: tuple[Permission, ...] = Field(default=(SPIN_WHEEL,), max_length=MOST_PERMISSIONS)
    """What a token may do that its player got by logging in."""
    dry_spin_ttl_seconds: int = Field(default=_DAY_SECONDS, ge=60, le=30 * _DAY_SECONDS)
    """How long a dry spin waits to be claimed; then its reward is credited by itself."""
    burst: int = Field(default=200, ge=1, le=1_000_000)
    """Requests of one player that may come at once."""
    per_second: int = Field(default=50, ge=1, le=1_000_000)
    """Requests a second of one player that may come for ever."""
    demo: bool = False
    """Published credentials: refused unless the environment is `demo` or `test`."""

    @classmethod
    def sealed(cls, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        if not isinstance(raw.get("client_secret"), str):
            return raw
        rest = {name: value for name, value in raw.items() if name != "client_secret"}
        return {**rest, "client_secret_hash": hash_of(raw["client_secret"])}

    @model_validator(mode="after")
    def _a_shared_secret_has_no_public_keys(self) -> ProjectSpec:
        if self.public_keys and self.token_algorithm == "HS256":  # noqa: S105 - as above
            raise ValueError("public_keys need token_algorithm EdDSA")
        return self


SAMPLES = (
    ProjectSpec(name="Magicweave demo", client_id="demo-client", client_secret_hash=hash_of("demo-client-secret")),
)
