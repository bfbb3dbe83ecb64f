"""What the next draws are bound to, as the engines show it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from shared.bus.partition import partition_of
from shared.database import Pool, load_queries
from shared.ids import PlayerId, TenantId

MOST_PROMISES: Final = 10_000
"""Rows of one player that are shown."""

_SQL: Final = load_queries(Path(__file__).with_name("engines.sql"))


class PromiseRow(NamedTuple):
    """The seed that a player's next draw at one entity will use, by its hash alone."""

    engine: str
    entity: str
    number: int
    server_seed_hash: str


class EnginesViews:
    """Reads what the engines have committed. Every method raises DatabaseError if PostgreSQL does not answer."""

    def __init__(self, pool: Pool, partitions: int) -> None:
        """Read through `pool`, whose schema does not matter; `partitions` is the engines' count."""
        self._pool = pool
        self._partitions = partitions

    async def promise(self, tenant: TenantId, engine: str, player: PlayerId, entity: str) -> str | None:
        """The hash that the player's next draw is bound to; None if none was asked for yet."""
        part = partition_of(tenant, player, self._partitions)
        rows = await self._pool.fetch(_SQL["promise"], part, tenant, engine, player, entity)
        return str(rows[0][0]) if rows else None

    async def promises(self, tenant: TenantId, player: PlayerId) -> list[PromiseRow]:
        """Every promise to this player."""
        part = partition_of(tenant, player, self._partitions)
        rows = await self._pool.fetch(_SQL["promises"], part, tenant, player, MOST_PROMISES)
        return [PromiseRow(*row) for row in rows]
