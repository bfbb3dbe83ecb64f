"""What players may still spin for nothing, as the engines show it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from shared.bus.partition import partition_of
from shared.database import Pool, load_queries
from shared.ids import PlayerId, TenantId, WheelId

_SQL: Final = load_queries(Path(__file__).with_name("wheels.sql"))


class AllowanceRow(NamedTuple):
    """What one player has used at one wheel."""

    day: str = ""
    """The last day that counted, in the wheel's time zone, as 2026-11-21; empty before the first. Never goes back."""
    free_used: int = 0
    """Free spins used on that day."""
    bonus_left: int = 0

    def on(self, day: str) -> AllowanceRow:
        """As it counts when the calendar says `day`: a later day than the last has its free spins again."""
        return self if day <= self.day else self._replace(day=day, free_used=0)


class WheelViews:
    """Reads what the engines have committed. Every method raises DatabaseError if PostgreSQL does not answer."""

    def __init__(self, pool: Pool, partitions: int) -> None:
        """Read through `pool`, whose schema does not matter; `partitions` is the engines' count."""
        self._pool = pool
        self._partitions = partitions

    async def allowance(self, tenant: TenantId, player: PlayerId, wheel: WheelId) -> AllowanceRow:
        """What the player has used there: nothing, if the player has not spun it yet."""
        part = partition_of(tenant, player, self._partitions)
        rows = await self._pool.fetch(_SQL["allowance"], part, tenant, player, wheel)
        return AllowanceRow(*rows[0]) if rows else AllowanceRow()
