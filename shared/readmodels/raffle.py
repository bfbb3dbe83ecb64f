"""Which raffles are open, whose tickets are whose, and what was drawn, as the engines show it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.bus.partition import partition_of
from shared.database import Pool, load_queries
from shared.ids import AssetId, TenantId

_SQL: Final = load_queries(Path(__file__).with_name("raffle.sql"))


class DrawRow(NamedTuple):
    """A raffle's one draw."""

    draw_id: str
    winner: str
    prize_asset: AssetId
    prize_amount: int
    winning_ticket: int
    total_tickets: int
    tickets_hash: str
    server_seed: str
    server_seed_hash: str
    definition_version: int
    drawn_at: datetime


class RaffleRow(NamedTuple):
    """A raffle that was opened."""

    definition_version: int
    """The version that its tickets are sold under."""
    server_seed_hash: str
    total_tickets: int
    draw: DrawRow | None


class EntryRow(NamedTuple):
    """The tickets of one entry, both ends included."""

    first_ticket: int
    last_ticket: int
    player: str
    entry_id: str
    tickets_hash: str
    """Of all tickets up to and with these."""


class RaffleViews:
    """Reads what the engines have committed. Every method raises DatabaseError if PostgreSQL does not answer."""

    def __init__(self, pool: Pool, partitions: int) -> None:
        """Read through `pool`, whose schema does not matter; `partitions` is the engines' count."""
        self._pool = pool
        self._partitions = partitions

    async def opened(self, tenant: TenantId, raffles: Sequence[str]) -> dict[str, RaffleRow]:
        """Those of these raffles that were opened, by key."""
        parts = [partition_of(tenant, raffle, self._partitions) for raffle in raffles]
        rows = await self._pool.fetch(_SQL["raffles"], tenant, parts, list(raffles))
        return {row[0]: _raffle(row) for row in rows}

    async def entries(self, tenant: TenantId, raffle: str, first_ticket: int, most: int) -> list[EntryRow]:
        """At most so many entries that begin at this ticket or after it, in order."""
        part = partition_of(tenant, raffle, self._partitions)
        rows = await self._pool.fetch(_SQL["entries"], part, tenant, raffle, first_ticket, most)
        return [EntryRow(*row) for row in rows]


def _raffle(row: Sequence[Any]) -> RaffleRow:
    version, server_seed_hash, total_tickets, *draw = row[1:]
    return RaffleRow(version, server_seed_hash, total_tickets, None if draw[0] is None else DrawRow(*draw))
