"""How much was bet and won, by minute, hour, day or game, as insights keep it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from shared.database import Pool, load_queries
from shared.ids import AssetId, TenantId

Period = Literal["minute", "hour", "day"]

_SQL: Final = load_queries(Path(__file__).with_name("insights.sql"))


class FiguresRow(NamedTuple):
    """One currency's figures of one stretch of time, or of one game. Amounts are in micro-units."""

    currency: AssetId
    bets: int
    stake: int
    payout: int
    active_players: int
    """Each counted once, however often they played."""
    corrected: bool
    """Whether all of it comes from the logs and is over."""


class PeriodRow(NamedTuple):
    """What one minute, hour or day of UTC came to."""

    start: datetime
    figures: FiguresRow


class GameRow(NamedTuple):
    """What one game came to."""

    game: str
    figures: FiguresRow


class InsightsViews:
    """Reads what insights have written. Every method raises DatabaseError if PostgreSQL does not answer."""

    def __init__(self, pool: Pool) -> None:
        """Read through `pool`, whose schema does not matter."""
        self._pool = pool

    async def by_time(
        self, tenant: TenantId, start: datetime, end: datetime, period: Period, most: int
    ) -> list[PeriodRow]:
        """At most so many rows over the minutes that begin from `start` up to `end`, in order of time and currency."""
        rows = await self._pool.fetch(_SQL["by_time"], tenant, start, end, period, most)
        return [PeriodRow(row[0], _figures(row)) for row in rows]

    async def by_game(self, tenant: TenantId, start: datetime, end: datetime, most: int) -> list[GameRow]:
        """The same minutes by game and currency, in their order."""
        rows = await self._pool.fetch(_SQL["by_game"], tenant, start, end, most)
        return [GameRow(row[0], _figures(row)) for row in rows]


def _figures(row: Sequence[Any]) -> FiguresRow:
    _, currency, bets, stake, payout, players, corrected = row
    return FiguresRow(AssetId(currency), bets, int(stake), int(payout), players, corrected)
