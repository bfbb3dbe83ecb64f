"""Who exists, who owns how much, and what operators configured, as the ledger shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import BaseModel

from shared.bus.partition import partition_of, partition_of_key
from shared.database import Pool, load_queries
from shared.eventlog.rows import StoredDefinition
from shared.ids import AssetId, PlayerId, TenantId
from shared.messages.envelope import DEFINITIONS
from shared.messages.player import Limit, LimitName, Status

MOST_ASSETS: Final = 10_000
"""Rows of one wallet that are shown."""
PAGE_DEFINITIONS: Final = 500

_SQL: Final = load_queries(Path(__file__).with_name("ledger.sql"))


class PlayerRow(NamedTuple):
    """A player, without the person."""

    player: PlayerId
    user_id: str
    status: Status
    external_ref: str | None
    country_code: str | None
    created_at: datetime
    updated_at: datetime
    version: int
    banned: bool
    erased_at: datetime | None
    limits: Mapping[LimitName, Limit]


class _Limits(BaseModel):
    """How the view keeps them."""

    limits: dict[LimitName, Limit]


class PersonRow(NamedTuple):
    """What identifies a human being; gone once erased."""

    email: str | None
    date_of_birth: str | None


class BalanceRow(NamedTuple):
    """How much of one asset, in its smallest unit."""

    asset: AssetId
    balance: int
    updated_at: datetime


class LedgerViews:
    """Reads what the ledger has committed. Every method raises DatabaseError if PostgreSQL does not answer."""

    def __init__(self, pool: Pool, partitions: int) -> None:
        """Read through `pool`, whose schema does not matter; `partitions` is the ledger's count."""
        self._pool = pool
        self._partitions = partitions
        self._home = partition_of_key(DEFINITIONS.encode(), partitions)

    async def player(self, tenant: TenantId, player: PlayerId) -> PlayerRow | None:
        """The player of this name, if there is one."""
        rows = await self._pool.fetch(_SQL["player"], self._part(tenant, player), tenant, player)
        if not rows:
            return None
        *known, limits = rows[0]
        return PlayerRow._make([*known, _Limits.model_validate_json(limits).limits])

    async def player_of_user_id(self, tenant: TenantId, user_id: str) -> PlayerId | None:
        """The name of the player with this uuid (lower case, with hyphens), if there is one."""
        rows = await self._pool.fetch(_SQL["player_of_user_id"], tenant, user_id)
        return PlayerId(rows[0][0]) if rows else None

    async def person(self, tenant: TenantId, player: PlayerId) -> PersonRow | None:
        """The player's personal data, if any are kept."""
        rows = await self._pool.fetch(_SQL["person"], self._part(tenant, player), tenant, player)
        fields = {row[0]: row[1] for row in rows}
        return PersonRow(fields.get("email"), fields.get("date_of_birth")) if fields else None

    async def password(self, tenant: TenantId, player: PlayerId) -> str | None:
        """What is kept of the player's password, if it was ever set; for whoever checks a login, and nobody else."""
        rows = await self._pool.fetch(_SQL["password"], self._part(tenant, player), tenant, player)
        return rows[0][0] if rows else None

    async def wallet(self, tenant: TenantId, player: PlayerId) -> list[BalanceRow]:
        """What the player holds, by asset."""
        rows = await self._pool.fetch(_SQL["wallet"], self._part(tenant, player), tenant, player, MOST_ASSETS)
        return [BalanceRow(*row) for row in rows]

    async def histories(self, tenant: TenantId, player: PlayerId) -> dict[str, int]:
        """How many facts stand in the player's own histories, by noun."""
        streams = [f"player/{tenant}/{player}", f"wallet/{tenant}/{player}"]
        rows = await self._pool.fetch(_SQL["histories"], self._part(tenant, player), streams)
        return {row[0].partition("/")[0]: row[1] for row in rows}

    async def definitions_after(self, seq: int) -> list[StoredDefinition]:
        """At most PAGE_DEFINITIONS definition versions of all tenants newer than `seq`, in order."""
        rows = await self._pool.fetch(_SQL["definitions_after"], self._home, seq, PAGE_DEFINITIONS)
        return [StoredDefinition(*row) for row in rows]

    def _part(self, tenant: TenantId, player: PlayerId) -> int:
        return partition_of(tenant, player, self._partitions)
