"""What happened to a player, read from the logs of every service that decides by player."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from shared.bus.partition import partition_of
from shared.database import Pool, load_queries
from shared.ids import PlayerId, TenantId

MOST_STREAMS: Final = 1_000
"""Histories of one player in one service that are looked through."""
NEWEST: Final = 2**62
"""Above every position."""
NOUNS: Final[Mapping[str, tuple[str, ...]]] = {
    "ledger": ("player", "wallet"),
    "engines": ("lootbox", "mini_game", "journeys", "activity", "wheel"),
}
"""The histories that begin with a player's name, by service.

Those of single tokens (`dry_spin`) are as many as a player ever had, and would leave no room for others: what they tell
stands in the histories of the wheel and of the wallet.
"""

_SQL: Final = load_queries(Path(__file__).with_name("timeline.sql"))


class TimelineRow(NamedTuple):
    """One fact, and where it stands."""

    service: str
    part: int
    pos: int
    type: str
    at: datetime
    data: Mapping[str, Any]


class Timeline:
    """Reads what services have committed. Raises DatabaseError if PostgreSQL does not answer."""

    def __init__(self, pools: Mapping[str, Pool], partitions: int) -> None:
        """Read through `pools`, one a service, each with its schema."""
        self._pools = {name: pool for name, pool in pools.items() if name in NOUNS}
        self._partitions = partitions

    async def before(
        self, tenant: TenantId, player: PlayerId, positions: Mapping[str, int], most: int
    ) -> list[TimelineRow]:
        """At most so many facts, newest first, each below its service's position; all services where none is named."""
        rows: list[TimelineRow] = []
        for service in self._pools:
            rows += await self._of(service, tenant, player, positions.get(service, NEWEST), most)
        rows.sort(key=lambda row: (row.at, row.service, row.pos), reverse=True)
        return rows[:most]

    async def _of(self, service: str, tenant: TenantId, player: PlayerId, before: int, most: int) -> list[TimelineRow]:
        part = partition_of(tenant, player, self._partitions)
        own = [f"{noun}/{tenant}/{player}" for noun in NOUNS[service]]
        firsts = [name for stream in own for name in (stream, f"{stream}/")]
        beyond = [name for stream in own for name in (f"{stream}\x01", f"{stream}0")]  # `0` comes after the slash
        rows = await self._pools[service].fetch(_SQL["events"], part, firsts, beyond, before, most, MOST_STREAMS)
        return [TimelineRow(service, part, row[0], row[1], row[2], orjson.loads(row[3])) for row in rows]
