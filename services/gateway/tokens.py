"""A player's access token: who they are, in which project, and what they may do there, signed and for a while."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from services.gateway.pepper import Pepper
from services.gateway.projects import Project
from services.gateway.strict import check_id
from shared.ids import PlayerId, TenantId
from shared.messages.project import MOST_PERMISSIONS

LONGEST_TOKEN: Final = 4_096
"""Characters; no issuer needs more for a player and some permissions."""
MOST_KEYS: Final = 10_000
"""Projects whose keys are kept at hand."""
PURPOSE: Final = "access-token"
REQUIRED: Final = ("sub", "aud", "iat", "exp")

Instant = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""Seconds since 1970, UTC."""
Key = bytes | Ed25519PrivateKey | Ed25519PublicKey


class TokenRefused(Exception):
    """This is no token for this project. `expired` if it was one."""

    def __init__(self, problem: str, *, expired: bool = False) -> None:
        super().__init__(problem)
        self.expired = expired


class Claims(BaseModel):
    """What a token says; whatever else an issuer writes into it is of no interest here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sub: Annotated[str, AfterValidator(check_id)]
    exp: Instant
    iat: Instant
    nbf: Instant | None = None
    permissions: tuple[str, ...] = Field(default=(), max_length=MOST_PERMISSIONS)

    @property
    def player(self) -> PlayerId:
        """Whose token it is."""
        return PlayerId(self.sub)


class Tokens:
    """Makes tokens and reads them. Each project has a key of its own, derived and kept nowhere."""

    def __init__(self, pepper: Pepper) -> None:
        @lru_cache(maxsize=MOST_KEYS)
        def derived(tenant: TenantId, key: str, algorithm: str) -> Key:
            secret = pepper.derived(PURPOSE, algorithm, tenant, key)
            return Ed25519PrivateKey.from_private_bytes(secret) if algorithm == "EdDSA" else secret

        self._derived = derived

    def issue(self, project: Project, player: PlayerId, permissions: Iterable[str], now: datetime) -> str:
        """A token for this player, good for as long as the project says."""
        spec, issued_at = project.spec, int(now.timestamp())
        claims = {
            "sub": player,
            "aud": project.key,
            "permissions": list(permissions),
            "iat": issued_at,
            "exp": issued_at + spec.token_ttl_seconds,
        }
        key = self._derived(project.tenant, project.key, spec.token_algorithm)
        return jwt.encode(claims, key, algorithm=spec.token_algorithm)  # type: ignore[arg-type]

    def read(self, project: Project, token: str, now: datetime) -> Claims:
        """What a token says, if it is good for this project now.

        Raises:
            TokenRefused: not signed by a key of this project with its algorithm, for somebody else, or not good now.
        """
        if len(token) > LONGEST_TOKEN:
            raise TokenRefused(f"a token has at most {LONGEST_TOKEN} characters")
        try:
            claims = Claims.model_validate(self._said(project, token))
        except ValidationError as error:
            raise TokenRefused(str(error)) from None
        if claims.exp <= now.timestamp():
            raise TokenRefused("the token has expired", expired=True)
        if claims.nbf is not None and claims.nbf > now.timestamp():
            raise TokenRefused("the token is not good yet")
        return claims

    def _keys(self, project: Project) -> Sequence[Key]:
        """Ours first, then those of the operator's own issuers."""
        own = self._derived(project.tenant, project.key, project.spec.token_algorithm)
        if isinstance(own, Ed25519PrivateKey):
            return (own.public_key(), *(_public(text) for text in project.spec.public_keys))
        return (own,)

    def _said(self, project: Project, token: str) -> Any:
        problem: Exception | None = None
        for key in self._keys(project):
            try:
                return jwt.decode(
                    token,
                    key,  # type: ignore[arg-type]
                    algorithms=[project.spec.token_algorithm],  # never what the token itself says
                    audience=project.key,
                    options={
                        "require": list(REQUIRED),
                        "verify_exp": False,  # `read` looks at the times, by the house's own clock
                        "verify_iat": False,
                        "verify_nbf": False,
                    },
                )
            except jwt.InvalidSignatureError as error:
                problem = error
            except (jwt.PyJWTError, ValueError) as error:
                raise TokenRefused(str(error)) from None
        raise TokenRefused(str(problem))


@lru_cache(maxsize=MOST_KEYS)
def _public(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(text + "="))
