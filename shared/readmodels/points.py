"""What a player has earned and spent of one asset, read from the ledger's log."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from shared.bus.partition import partition_of
from shared.database import Pool, load_queries
from shared.ids import AssetId, PlayerId, TenantId
from shared.streams import Stream, key_of

MOST_FACTS: Final = 100_000
"""Of one wallet that are looked through, newest first; reading so many takes about half a second."""

_SQL: Final = load_queries(Path(__file__).with_name("points.sql"))


class Earned(NamedTuple):
    """All that ever came of one asset, in its smallest unit; what was spent since still counts."""

    total: int
    last_at: datetime | None


class PointsRow(NamedTuple):
    """One ledger transaction that moved the asset."""

    id: str
    amount: int
    """In its smallest unit; negative if it went."""
    reason: str
    at: datetime


class PointsViews:
    """Reads what the ledger has committed. Every method raises DatabaseError if PostgreSQL does not answer."""

    def __init__(self, pool: Pool, partitions: int) -> None:
        """Read through `pool`, whose schema does not matter; `partitions` is the ledger's count."""
        self._pool, self._partitions = pool, partitions

    async def earned(self, tenant: TenantId, player: PlayerId, asset: AssetId) -> Earned:
        """What came within the newest MOST_FACTS facts of the player's wallet."""
        rows = await self._pool.fetch(_SQL["earned"], *self._history(tenant, player), asset, MOST_FACTS)
        return Earned(*rows[0])

    async def transactions(
        self, tenant: TenantId, player: PlayerId, asset: AssetId, most: int, after: int
    ) -> list[PointsRow]:
        """At most so many, newest first, leaving out so many; none is older than MOST_FACTS facts."""
        history = self._history(tenant, player)
        rows = await self._pool.fetch(_SQL["transactions"], *history, asset, MOST_FACTS, most, after)
        return [PointsRow(*row) for row in rows]

    def _history(self, tenant: TenantId, player: PlayerId) -> tuple[int, str]:
        stream = Stream[object]("wallet", key_of(player)).named(tenant)
        return partition_of(tenant, player, self._partitions), stream
