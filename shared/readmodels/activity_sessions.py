"""Whose session an id is, as the engines show it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from shared.bus.partition import partition_of
from shared.database import Pool, load_queries
from shared.ids import EngagementId, PlayerId, TenantId

_SQL: Final = load_queries(Path(__file__).with_name("activity_sessions.sql"))


class SessionRow(NamedTuple):
    """One participant's way into one engagement."""

    engagement: EngagementId
    participant: PlayerId
    opened_at: datetime
    expires_at: datetime


class SessionViews:
    """Reads what the engines have committed. Every method raises DatabaseError if PostgreSQL does not answer."""

    def __init__(self, pool: Pool, partitions: int) -> None:
        """Read through `pool`, whose schema does not matter; `partitions` is the engines' count."""
        self._pool, self._partitions = pool, partitions

    async def session(self, tenant: TenantId, session_hash: str) -> SessionRow | None:
        """The session whose id has this SHA-256 (in hex), if it was ever opened."""
        part = partition_of(tenant, session_hash, self._partitions)
        rows = await self._pool.fetch(_SQL["session"], part, tenant, session_hash)
        return SessionRow(*rows[0]) if rows else None
