"""Who has taken part in which activities, what they were told, and which rewards are theirs, as the engines show it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.bus.partition import partition_of
from shared.database import Pool, load_queries
from shared.ids import ActivityId, EngagementId, PlayerId, RewardId, TenantId
from shared.messages.activity import CompletedAnswer
from shared.messages.activity_spec import Taken

MOST_ACTIVITIES: Final = 10_000
"""Of one player in one engagement that are shown."""

_SQL: Final = load_queries(Path(__file__).with_name("activities.sql"))


class CompletedRow(NamedTuple):
    """An activity that a player has completed at least once."""

    activity: ActivityId
    used: int
    """How often."""
    last_at: datetime


class AttemptRow(NamedTuple):
    """One completed attempt."""

    activity: ActivityId
    attempt_id: str
    type: str
    at: datetime
    fact_id: str
    answer: CompletedAnswer


class ClaimedRow(NamedTuple):
    """One reward that is the player's."""

    reward: RewardId
    title: str
    type: str
    display_type: str
    code: str | None
    fact_id: str
    at: datetime
    expires_at: datetime | None


class ActivityViews:
    """Reads what the engines have committed. Every method raises DatabaseError if PostgreSQL does not answer."""

    def __init__(self, pool: Pool, partitions: int) -> None:
        """Read through `pool`, whose schema does not matter; `partitions` is the engines' count."""
        self._pool = pool
        self._partitions = partitions

    async def progress(self, tenant: TenantId, player: PlayerId, activity: str) -> Taken:
        """How often the player has taken part; nothing if never."""
        rows = await self._of(tenant, player, "progress", activity)
        return Taken(*rows[0]) if rows else Taken()

    async def attempt(
        self, tenant: TenantId, player: PlayerId, activity: str, attempt_id: str
    ) -> CompletedAnswer | None:
        """What the player was told of a completed attempt; None if there is no such attempt."""
        rows = await self._of(tenant, player, "attempt", activity, attempt_id)
        return CompletedAnswer.model_validate_json(rows[0][0]) if rows else None

    async def completed(self, tenant: TenantId, player: PlayerId, engagement: EngagementId) -> list[CompletedRow]:
        """Every activity that the player has completed, by key."""
        rows = await self._of(tenant, player, "completed", engagement, MOST_ACTIVITIES)
        return [CompletedRow(*row) for row in rows]

    async def log(self, tenant: TenantId, player: PlayerId, engagement: EngagementId, limit: int) -> list[AttemptRow]:
        """At most so many completed attempts, newest first."""
        rows = await self._of(tenant, player, "log", engagement, limit)
        return [AttemptRow._make((*row[:5], CompletedAnswer.model_validate_json(row[5]))) for row in rows]

    async def claimed(
        self, tenant: TenantId, player: PlayerId, engagement: EngagementId, limit: int
    ) -> list[ClaimedRow]:
        """At most so many of the player's rewards, newest first."""
        return [ClaimedRow(*row) for row in await self._of(tenant, player, "claimed", engagement, limit)]

    async def _of(self, tenant: TenantId, player: PlayerId, query: str, *args: Any) -> list[Any]:
        part = partition_of(tenant, player, self._partitions)
        return await self._pool.fetch(_SQL[query], part, tenant, player, *args)
