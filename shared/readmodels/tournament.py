"""How far each tournament has come, who stands where in it, and what its places have won."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from shared.bus.partition import partition_of
from shared.database import Pool, load_queries
from shared.ids import PlayerId, TenantId
from shared.messages.tournament import MOST_PLACES

_SQL: Final = load_queries(Path(__file__).with_name("tournament.sql"))

Begun = Literal["active", "closing", "completed"]


class TournamentRow(NamedTuple):
    """A tournament that somebody has scored in, or that was closed."""

    tournament: str
    status: Begun
    definition_version: int
    """What it was begun under."""


class StandingRow(NamedTuple):
    """A player's score; the rows come best first."""

    player: PlayerId
    micro_points: int
    """In millionths."""


class PayoutRow(NamedTuple):
    """One place and what it has won."""

    rank: int
    player: PlayerId
    amount: int
    """In the pool asset's smallest unit."""


class TournamentViews:
    """Reads what the leaderboards have committed about tournaments. Every method raises DatabaseError."""

    def __init__(self, pool: Pool, partitions: int) -> None:
        """Read through `pool`, whose schema does not matter; `partitions` is the leaderboards' count."""
        self._pool = pool
        self._partitions = partitions

    async def begun(self, tenant: TenantId, tournaments: Sequence[str]) -> dict[str, TournamentRow]:
        """Those of these tournaments that have begun, by id."""
        parts = [partition_of(tenant, one, self._partitions) for one in tournaments]
        rows = await self._pool.fetch(_SQL["begun"], tenant, parts, list(tournaments))
        return {row[0]: TournamentRow(*row) for row in rows}

    async def standings(self, tenant: TenantId, tournament: str, most: int) -> list[StandingRow]:
        """The best so many players; whoever has no points stands nowhere."""
        rows = await self._pool.fetch(_SQL["standings"], self._part(tenant, tournament), tenant, tournament, most)
        return [StandingRow(*row) for row in rows]

    async def payouts(self, tenant: TenantId, tournament: str) -> list[PayoutRow]:
        """What its places have won, by rank."""
        rows = await self._pool.fetch(_SQL["payouts"], self._part(tenant, tournament), tenant, tournament, MOST_PLACES)
        return [PayoutRow(*row) for row in rows]

    def _part(self, tenant: TenantId, tournament: str) -> int:
        return partition_of(tenant, tournament, self._partitions)
