"""What is sent to the engagement door and what it answers, field by field as its document has it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from services.gateway.engagement.common import Hash, Id, IdempotencyKey, PlayerKey
from services.gateway.route import Shown, Strict
from shared.ids import AssetId
from shared.messages.access import TenantSpec
from shared.messages.lootbox import LootboxOpening, LootboxSpec, Prize, Reward
from shared.messages.player import Profile, Status
from shared.readmodels.ledger import PlayerRow
from shared.shapes import Definition


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


class PrizeRow(Shown):
    segment_label: str
    asset: AssetId
    amount: int = Field(description="In the asset's smallest unit.")
    weight: int

    @classmethod
    def of(cls, prize: Prize) -> Self:
        return cls(segment_label=prize.segment_label, asset=prize.asset, amount=prize.amount, weight=prize.weight)


class LootboxRow(Shown):
    """A lootbox. The order of the prize table is part of the draw."""

    id: str
    name: str
    status: Literal["active", "paused"]
    definition_version: int
    prize_table: list[PrizeRow]

    @classmethod
    def of(cls, definition: Definition[LootboxSpec]) -> Self:
        spec = definition.spec
        return cls(
            id=definition.key,
            name=spec.name,
            status=spec.status,
            definition_version=definition.version,
            prize_table=[PrizeRow.of(prize) for prize in spec.prizes],
        )


class Lootbox(LootboxRow):
    """A lootbox as one player sees it."""

    next_server_seed_hash: Hash = Field(description="SHA-256 of the seed that this player's next opening is bound to.")


class Lootboxes(Shown):
    lootboxes: list[LootboxRow]


class LootboxQuery(Strict):
    user_id: PlayerKey | None = Field(default=None, description="Adds `next_server_seed_hash` for this player.")


class OpenLootboxBody(Strict):
    user_id: PlayerKey
    idempotency_key: IdempotencyKey | None = None


class Opened(Shown):
    """What was won, and what is needed to check the draw."""

    open_id: str
    reward: Reward
    server_seed: Hash
    server_seed_hash: Hash
    definition_version: int
    deduped: bool = Field(description="Whether this repeats an earlier answer.")

    @classmethod
    def of(cls, opening: LootboxOpening, *, deduped: bool) -> Self:
        return cls(
            open_id=opening.open_id,
            reward=opening.reward,
            server_seed=opening.server_seed,
            server_seed_hash=opening.server_seed_hash,
            definition_version=opening.definition_version,
            deduped=deduped,
        )


class Limits(Shown):
    """Responsible-gaming limits in the smallest unit; null is none."""

    deposit_daily_limit: int | None = None
    loss_daily_limit: int | None = None
    wager_daily_limit: int | None = None


class Player(Shown):
    """The dossier. Nobody's identity is checked here: `kyc_*`, `risk_band`, `is_*`, `tags` and `rg` are constant."""

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
    rg: Limits = Limits()

    @classmethod
    def of(cls, known: Profile | PlayerRow) -> Self:
        return cls(
            user_id=known.user_id,
            username=known.player,
            status=known.status,
            external_ref=known.external_ref,
            country_code=known.country_code,
            created_at=known.created_at,
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


class Balance(Shown):
    asset: AssetId
    balance: int = Field(description="In the asset's smallest unit.")
    scale: int = Field(description="How many decimals it has when shown.")


class Wallet(Shown):
    user_id: str
    balances: list[Balance]
