"""Players as their games see them: whether they have a secret, may play, what boards call them and what they hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from shared.bus.partition import partition_of
from shared.database import Pool, load_queries
from shared.ids import AssetId, PlayerId, TenantId
from shared.messages.player import Standing, Status

MOST_HOLDINGS: Final = 10_000
"""Rows of one wallet that are shown, money and items together."""

_SQL: Final = load_queries(Path(__file__).with_name("sdk_players.sql"))


class SdkPlayerRow(NamedTuple):
    """A player, and what is kept of their secret if they have one."""

    player: PlayerId
    user_id: str
    status: Status
    banned: bool
    erased_at: datetime | None
    created_at: datetime
    updated_at: datetime
    secret_hash: str | None
    """SHA-256 of the secret, in hex."""
    secret_prefix: str | None
    registered_at: datetime | None
    rotated_at: datetime | None

    @property
    def standing(self) -> Standing:
        """What shuts the player out, or `active`."""
        return "banned" if self.banned else self.status


class Identity(NamedTuple):
    """What boards show of a player."""

    name: str | None
    avatar: str | None
    """The address of a picture."""


class HoldingRow(NamedTuple):
    """How much the player has of one asset or item, in its smallest unit; zero if it has all gone again."""

    asset: AssetId
    balance: int
    created_at: datetime
    """When the player first had any."""
    updated_at: datetime


class SdkPlayerViews:
    """Reads what the ledger has committed. Every method raises DatabaseError if PostgreSQL does not answer."""

    def __init__(self, pool: Pool, partitions: int) -> None:
        """Read through `pool`, whose schema does not matter; `partitions` is the ledger's count."""
        self._pool = pool
        self._partitions = partitions

    async def player(self, tenant: TenantId, player: PlayerId) -> SdkPlayerRow | None:
        """The player of this name, if there is one."""
        return (await self.players([(tenant, player)]))[0]

    async def players(self, names: Sequence[tuple[TenantId, PlayerId]]) -> list[SdkPlayerRow | None]:
        """The player of each name, in this order; None where there is none."""
        tenants, players = [tenant for tenant, _ in names], [player for _, player in names]
        rows = await self._pool.fetch(_SQL["players"], [self._part(*name) for name in names], tenants, players)
        return [SdkPlayerRow(*row) if row[0] is not None else None for row in rows]

    async def identities(self, tenant: TenantId, players: Collection[PlayerId]) -> dict[PlayerId, Identity]:
        """What boards show of these players; who never got a name is left out."""
        parts = [self._part(tenant, player) for player in players]
        rows = await self._pool.fetch(_SQL["identities"], tenant, parts, list(players))
        found: dict[PlayerId, dict[str, str]] = defaultdict(dict)
        for player, field, value in rows:
            found[player][field] = value
        return {player: Identity(of.get("display_name"), of.get("avatar")) for player, of in found.items()}

    async def holdings(self, tenant: TenantId, player: PlayerId) -> list[HoldingRow]:
        """All that the player has ever had any of, money and items, by asset; which is which, the definitions say."""
        part = self._part(tenant, player)
        rows = await self._pool.fetch(_SQL["holdings"], part, tenant, player, MOST_HOLDINGS)
        return [HoldingRow(*row) for row in rows]

    def _part(self, tenant: TenantId, player: PlayerId) -> int:
        return partition_of(tenant, player, self._partitions)
