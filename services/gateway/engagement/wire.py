"""What is sent to the engagement door and what it answers, field by field as its document has it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal, Self, get_args

from pydantic import Field

from services.gateway.engagement.common import Id, IdempotencyKey
from services.gateway.route import Shown, Strict
from shared.ids import AssetId
from shared.messages.access import TenantSpec
from shared.messages.base import LARGEST_AMOUNT
from shared.messages.player import Limit, LimitName, Profile, Status
from shared.readmodels.ledger import PlayerRow

LimitAmount = Annotated[int, Field(ge=0, le=LARGEST_AMOUNT, description="In the asset's smallest unit.")]


class Tenant(Shown):
    slug: str
    service_mode: Literal["plug_in", "white_label"]
    key_mode: Literal["live", "test"]
    scopes: list[str]


class Brand(Shown):
    slug: str


class Me(Shown):
    """Whose key this is."""

    tenant: Tenant
    brand: Brand

    @classmethod
    def of(cls, spec: TenantSpec, scopes: list[str]) -> Self:
        tenant = Tenant(slug=spec.slug, service_mode=spec.service_mode, key_mode=spec.environment, scopes=scopes)
        return cls(tenant=tenant, brand=Brand(slug=spec.brand))


class HigherLimit(Shown):
    """A higher limit that the player still thinks about; null is none."""

    limit: LimitName
    amount: int | None
    counts_from: datetime


class Limits(Shown):
    """Daily limits of each asset in its smallest unit, in UTC; null is none."""

    deposit_daily_limit: int | None = None
    loss_daily_limit: int | None = None
    wager_daily_limit: int | None = None
    pending: tuple[HigherLimit, ...] = ()

    @classmethod
    def of(cls, limits: Mapping[LimitName, Limit], now: datetime) -> Self:
        pending = tuple(
            HigherLimit(limit=name, amount=limit.rises_to, counts_from=limit.rises_at)
            for name, limit in limits.items()
            if limit.rises_at is not None and now < limit.rises_at
        )
        return cls(**{name: limit.in_force(now) for name, limit in limits.items()}, pending=pending)


class Player(Shown):
    """The dossier. Nobody's identity is checked here: `kyc_*`, `risk_band`, `is_*` and `tags` are constant."""

    user_id: str
    username: str
    status: Status
    external_ref: str | None
    country_code: str | None
    created_at: datetime
    kyc_status: Literal["unverified"] = "unverified"
    kyc_level: int = 0
    risk_band: Literal["standard"] = "standard"
    is_pep: bool = False
    is_sanctioned: bool = False
    tags: tuple[str, ...] = ()
    rg: Limits

    @classmethod
    def of(cls, known: Profile | PlayerRow, now: datetime) -> Self:
        return cls(
            user_id=known.user_id,
            username=known.player,
            status=known.status,
            external_ref=known.external_ref,
            country_code=known.country_code,
            created_at=known.created_at,
            rg=Limits.of(known.limits, now),
        )


class PlayerAnswered(Shown):
    player: Player
    deduped: bool


class CreatePlayerBody(Strict):
    username: Id
    email: Annotated[str, Field(min_length=3, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")]
    external_ref: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    country_code: Annotated[str, Field(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")] | None = None
    date_of_birth: date | None = None
    idempotency_key: IdempotencyKey | None = None


class StatusBody(Strict):
    status: Status
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    idempotency_key: IdempotencyKey | None = None


class LimitsBody(Strict):
    """Only what is named changes; null lifts a limit. A higher or lifted limit counts after 24 hours."""

    deposit_daily_limit: LimitAmount | None = None
    loss_daily_limit: LimitAmount | None = None
    wager_daily_limit: LimitAmount | None = None
    idempotency_key: IdempotencyKey | None = None

    def wished(self) -> dict[LimitName, int | None]:
        """The limits that are named, also those named as null."""
        named: tuple[LimitName, ...] = get_args(LimitName)
        return {name: getattr(self, name) for name in named if name in self.model_fields_set}


class Balance(Shown):
    asset: AssetId
    balance: int = Field(description="In the asset's smallest unit.")
    scale: int = Field(description="How many decimals it has when shown.")


class Wallet(Shown):
    user_id: str
    balances: list[Balance]
