"""How large each jackpot's pool is, what it is bound to, and which pool was won last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.bus.partition import partition_of
from shared.database import Pool, load_queries
from shared.ids import AssetId, PlayerId, TenantId
from shared.messages.jackpot import TriggerReason

_SQL: Final = load_queries(Path(__file__).with_name("jackpots.sql"))
_OF_THE_POOL: Final = 10
"""Columns of a row before those of its last drop."""


class DropRow(NamedTuple):
    """A pool that was won."""

    number: int
    drop_id: str
    winner: PlayerId
    asset: AssetId
    scale: int
    amount: int
    """In the asset's smallest unit."""
    pool_before: int
    pool_after: int
    """In micro-units."""
    trigger_reason: TriggerReason
    definition_version: int
    dropped_at: datetime
    must_drop_at: int | None
    """In micro-units, where it would have dropped by itself."""
    revealed_seed: str | None
    server_seed_hash: str | None


class JackpotRow(NamedTuple):
    """A jackpot whose first pool has begun."""

    jackpot: str
    number: int
    definition_version: int
    """What the pool was begun under."""
    asset: AssetId
    scale: int
    least: int | None
    most: int | None
    server_seed_hash: str | None
    pool: int
    """In micro-units, like `least` and `most`."""
    last_contributor: PlayerId | None
    """None while nobody has fed this pool."""
    last_drop: DropRow | None

    @property
    def bounds(self) -> tuple[int, int] | None:
        """Between which sizes the pool drops by itself."""
        return None if self.least is None or self.most is None else (self.least, self.most)


class JackpotViews:
    """Reads what the engines have committed about jackpots."""

    def __init__(self, pool: Pool, partitions: int) -> None:
        """Read through `pool`, whose schema does not matter; `partitions` is the engines' count."""
        self._pool = pool
        self._partitions = partitions

    async def standing(self, tenant: TenantId, jackpots: Sequence[str]) -> dict[str, JackpotRow]:
        """Those of these jackpots whose first pool has begun, by id. Raises DatabaseError."""
        parts = [partition_of(tenant, jackpot, self._partitions) for jackpot in jackpots]
        rows = await self._pool.fetch(_SQL["standing"], tenant, parts, list(jackpots))
        return {row[0]: _row(tuple(row)) for row in rows}


def _row(columns: tuple[Any, ...]) -> JackpotRow:
    pool, drop = columns[:_OF_THE_POOL], columns[_OF_THE_POOL:]
    return JackpotRow._make((*pool, None if drop[0] is None else DropRow._make(drop)))
