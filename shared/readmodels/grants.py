"""What players were given, and what has become of it, as the ledger shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from shared.bus.partition import partition_of
from shared.database import Pool, load_queries
from shared.ids import GrantId, PlayerId, TenantId
from shared.messages.grant import CrateProof, Grant
from shared.messages.reward_table import Fixed

MOST_GRANTS: Final = 1_000
"""Of one player that are shown."""

_SQL: Final = load_queries(Path(__file__).with_name("grants.sql"))


class _Entries(BaseModel):
    """How the view keeps them."""

    entries: tuple[Fixed, ...]


class GrantViews:
    """Reads what the ledger has committed. Every method raises DatabaseError if PostgreSQL does not answer."""

    def __init__(self, pool: Pool, partitions: int) -> None:
        """Read through `pool`, whose schema does not matter; `partitions` is the ledger's count."""
        self._pool = pool
        self._partitions = partitions

    async def pending(self, tenant: TenantId, player: PlayerId, limit: int) -> list[Grant]:
        """What the player can claim or open, newest first; at most `limit`. Of a stranger there is nothing."""
        return await self._ask("pending", tenant, player, limit)

    async def one(self, tenant: TenantId, player: PlayerId, grant_id: GrantId) -> Grant | None:
        """The grant of this id, if it is this player's."""
        found = await self._ask("one", tenant, player, grant_id)
        return found[0] if found else None

    async def recent(self, tenant: TenantId, player: PlayerId, limit: int = MOST_GRANTS) -> list[Grant]:
        """What the player was given, whatever has become of it, newest first; at most `limit`."""
        return await self._ask("recent", tenant, player, limit)

    async def _ask(self, query: str, tenant: TenantId, player: PlayerId, last: str | int) -> list[Grant]:
        part = partition_of(tenant, player, self._partitions)
        return [_grant(row) for row in await self._pool.fetch(_SQL[query], part, tenant, player, last)]


def _grant(row: Any) -> Grant:
    told = dict(row)
    entries, proof = _Entries.model_validate_json(told.pop("entries")).entries, told.pop("proof")
    return Grant(**told, entries=entries, proof=None if proof is None else CrateProof.model_validate_json(proof))
