"""When events are on, how far players' attempts have come, and who waits in which lobby."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from shared.bus.partition import partition_of
from shared.database import Pool, load_queries
from shared.ids import AttemptId, BoardId, EventId, LobbyId, PlayerId, TenantId
from shared.messages.attempt import AttemptStatus
from shared.messages.lobby import LobbyStatus

_SQL: Final = load_queries(Path(__file__).with_name("events.sql"))
MOST_LISTED: Final = 1_000
"""Attempts or lobbies of one player."""
_MOST_IN_PROGRESS: Final = 64
"""Of the newest attempts of one event, among how many one in progress is looked for; there are at most ten."""


class WindowRow(NamedTuple):
    """The newest window of an event that anybody has started in."""

    event: EventId
    window_id: str
    definition_version: int
    """What holds until it ends."""
    starts_at: datetime
    ends_at: datetime
    status: Literal["open", "closed"]

    def is_open(self, now: datetime) -> bool:
        """Whether starts come into it."""
        return self.status == "open" and now < self.ends_at


class AttemptRow(NamedTuple):
    """One attempt; numbers are in millionths."""

    event: EventId
    attempt_id: AttemptId
    player: PlayerId
    number: int
    window_id: str
    board_id: BoardId
    started_at: datetime
    ends_at: datetime
    completed_at: datetime | None
    metrics: dict[str, int]
    metrics_raw: dict[str, int]
    score: int
    status: AttemptStatus

    def at(self, now: datetime) -> AttemptRow:
        """How it stands: one in progress is expired once its window has ended."""
        over = self.status == "in_progress" and now >= self.ends_at
        return self._replace(status="expired") if over else self


class LobbyRow(NamedTuple):
    """One lobby."""

    event: EventId
    lobby_id: LobbyId
    window_id: str
    board_id: BoardId
    key: str | None
    """What a game's own server calls it."""
    status: LobbyStatus
    capacity: int
    joined: int
    bots: int
    fill_by: datetime | None
    started_at: datetime | None
    ends_at: datetime
    metadata: dict[str, bool | int | str]

    def status_at(self, now: datetime) -> LobbyStatus:
        """How it stands: it is closed once its window has ended."""
        return "closed" if now >= self.ends_at else self.status


class Counts(NamedTuple):
    """How much there is of one player."""

    attempts: int
    lobbies: int
    boards: int


class EventViews:
    """Reads what the leaderboards have committed about events. Every method raises DatabaseError."""

    def __init__(self, pool: Pool, partitions: int) -> None:
        """Read through `pool`, whose schema does not matter; `partitions` is the leaderboards' count."""
        self._pool = pool
        self._partitions = partitions

    async def windows(self, tenant: TenantId, events: Sequence[EventId]) -> dict[EventId, WindowRow]:
        """The newest window of each of these events in which anybody has started, open or not."""
        parts = [partition_of(tenant, event, self._partitions) for event in events]
        rows = await self._pool.fetch(_SQL["windows"], tenant, parts, list(events))
        return {EventId(row[0]): WindowRow(*row) for row in rows}

    async def current_attempts(
        self, tenant: TenantId, player: PlayerId, events: Sequence[EventId], now: datetime
    ) -> dict[EventId, AttemptId]:
        """The player's newest attempt in progress of each of these events that has one."""
        rows = await self._pool.fetch(_SQL["current_attempts"], tenant, player, list(events), now, _MOST_IN_PROGRESS)
        return {EventId(event): AttemptId(attempt_id) for event, attempt_id in reversed(rows)}

    async def attempt(self, tenant: TenantId, event: EventId, attempt_id: AttemptId) -> AttemptRow | None:
        """One attempt of an event, whosever it is."""
        part = partition_of(tenant, event, self._partitions)
        rows = await self._pool.fetch(_SQL["attempt"], part, tenant, event, attempt_id)
        return _attempt(rows[0]) if rows else None

    async def attempts_of(self, tenant: TenantId, player: PlayerId, most: int = MOST_LISTED) -> list[AttemptRow]:
        """A player's attempts of all events, the newest first."""
        return [_attempt(row) for row in await self._pool.fetch(_SQL["attempts_of"], tenant, player, most)]

    async def lobby(self, tenant: TenantId, lobby_id: LobbyId) -> LobbyRow | None:
        """One lobby."""
        rows = await self._pool.fetch(_SQL["lobby"], tenant, lobby_id)
        return _lobby(rows[0]) if rows else None

    async def lobbies_of(self, tenant: TenantId, player: PlayerId, most: int = MOST_LISTED) -> list[LobbyRow]:
        """The lobbies that a player has or had a seat in, the latest first."""
        return [_lobby(row) for row in await self._pool.fetch(_SQL["lobbies_of"], tenant, player, most)]

    async def counts(self, tenant: TenantId, player: PlayerId) -> Counts:
        """How many attempts, lobbies and boards of one player there are."""
        (row,) = await self._pool.fetch(_SQL["counts"], tenant, player)
        return Counts(*row)


def _attempt(row: Sequence[Any]) -> AttemptRow:
    one = AttemptRow(*row)
    return one._replace(metrics=json.loads(row[9]), metrics_raw=json.loads(row[10]))


def _lobby(row: Sequence[Any]) -> LobbyRow:
    return LobbyRow(*row)._replace(metadata=json.loads(row[12]))
