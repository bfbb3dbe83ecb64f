"""What is sent to the jackpots' routes and what they answer, field by field as the document has it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from services.gateway.engagement.common import DecimalText, Hash, Id, IdempotencyKey, Micros, PlayerKey, show_micros
from services.gateway.route import Exact, Shown, Strict
from shared.ids import AssetId, TenantId, user_id_of
from shared.messages.jackpot import Contribution, JackpotDrop, JackpotSpec, TriggerReason
from shared.money import render
from shared.readmodels.jackpots import DropRow, JackpotRow
from shared.shapes import Definition


class DropRange(Shown):
    """Between which sizes the pool drops by itself."""

    min: DecimalText
    max: DecimalText


class Won(Shown):
    """Which pool was won, by whom and why."""

    drop_id: str
    winner_user_id: str
    winner_username: str
    amount: DecimalText = Field(description="What was paid, in whole units of the asset.")
    pool_before: DecimalText
    pool_after: DecimalText = Field(description="What the next pool began with.")
    trigger_reason: TriggerReason

    @classmethod
    def of(cls, tenant: TenantId, drop: JackpotDrop | DropRow, **more: object) -> Self:
        return cls(
            drop_id=drop.drop_id,
            winner_user_id=user_id_of(tenant, drop.winner),
            winner_username=drop.winner,
            amount=render(drop.amount, drop.scale),
            pool_before=show_micros(drop.pool_before, drop.scale),
            pool_after=show_micros(drop.pool_after, drop.scale),
            trigger_reason=drop.trigger_reason,
            **more,
        )


class Dropped(Won):
    deduped: bool = Field(description="Whether this repeats an earlier answer.")


class LastDrop(Won):
    """The pool that was won last; if it could have dropped by itself, with what is needed to check where."""

    dropped_at: datetime
    definition_version: int
    must_drop_at: DecimalText | None = Field(description="Where it would have dropped by itself.")
    server_seed: Hash | None
    server_seed_hash: Hash | None


class Jackpot(Shown):
    """A jackpot. Its decimals are whole units of the asset."""

    id: str
    name: str
    status: Literal["active", "paused"]
    definition_version: int = Field(description="What the pool was begun with; the newest until one has begun.")
    asset: AssetId
    seed_usd: DecimalText = Field(description="What the next pool begins with.")
    contribution_rate: DecimalText = Field(description="The part of every wager that goes into the pool from now on.")
    must_drop_at: DropRange | None = Field(description="As the pool was begun with.")
    pool: DecimalText
    last_drop: LastDrop | None
    next_server_seed_hash: Hash | None = Field(
        description="SHA-256 of the seed that hides where the pool drops; null if it does not drop by itself."
    )

    @classmethod
    def of(cls, tenant: TenantId, definition: Definition[JackpotSpec], row: JackpotRow | None, scale: int) -> Self:
        """As it is defined and, once its first pool has begun, as that stands; `scale` is the asset's until then."""
        spec = definition.spec
        version, bounds, pool, asset = definition.version, spec.range_micros, spec.seed_micros, spec.asset
        if row is not None:
            version, bounds, pool = row.definition_version, row.bounds, row.pool
            asset, scale = row.asset, row.scale
        return cls(
            id=definition.key,
            name=spec.name,
            status=spec.status,
            definition_version=version,
            asset=asset,
            seed_usd=spec.seed_usd,
            contribution_rate=spec.contribution_rate,
            must_drop_at=_range(bounds, scale),
            pool=show_micros(pool, scale),
            last_drop=_last_drop(tenant, row.last_drop) if row and row.last_drop else None,
            next_server_seed_hash=row.server_seed_hash if row else None,
        )


class Jackpots(Shown):
    jackpots: list[Jackpot]


class ContributeBody(Exact):
    user_id: PlayerKey
    source_wager_id: Annotated[Id, Field(description="The settled wager; it counts once.")]
    amount: Annotated[Micros, Field(gt=0)]
    idempotency_key: IdempotencyKey | None = None


class Contributed(Shown):
    contribution_id: str
    jackpot_id: str
    amount: DecimalText
    pool: DecimalText = Field(description="Afterwards; if this made it drop, the pool that began then.")
    deduped: bool = Field(description="Whether this repeats an earlier answer.")

    @classmethod
    def of(cls, contribution: Contribution, *, deduped: bool) -> Self:
        return cls(
            contribution_id=contribution.contribution_id,
            jackpot_id=contribution.jackpot,
            amount=show_micros(contribution.micros, contribution.scale),
            pool=show_micros(contribution.pool, contribution.scale),
            deduped=deduped,
        )


class DropBody(Strict):
    winner_user_id: PlayerKey | None = Field(default=None, description="Whoever contributed last, unless named.")
    idempotency_key: IdempotencyKey | None = None


def _range(bounds: tuple[int, int] | None, scale: int) -> DropRange | None:
    if bounds is None:
        return None
    least, most = bounds
    return DropRange(min=show_micros(least, scale), max=show_micros(most, scale))


def _last_drop(tenant: TenantId, drop: DropRow) -> LastDrop:
    return LastDrop.of(
        tenant,
        drop,
        dropped_at=drop.dropped_at,
        definition_version=drop.definition_version,
        must_drop_at=None if drop.must_drop_at is None else show_micros(drop.must_drop_at, drop.scale),
        server_seed=drop.revealed_seed,
        server_seed_hash=drop.server_seed_hash,
    )
