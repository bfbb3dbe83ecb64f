"""Who stands where on which board, what became of it, and the periods of boards across events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from shared.bus.partition import partition_of
from shared.database import Pool, load_queries
from shared.ids import BoardId, EventId, SeasonId, TenantId
from shared.ranks.port import Place, Ranked

_SQL: Final = load_queries(Path(__file__).with_name("boards.sql"))

BoardStatus = Literal["open", "closing", "finalized"]
Mode = Literal["global", "global_segmented", "grouped", "lobby_matched"]


class BoardRow(NamedTuple):
    """A board of an event that somebody has started on."""

    part: int
    event: EventId
    board_id: BoardId
    window_id: str
    mode: Mode
    definition_version: int
    """Of the event, as it holds for the window."""
    ends_at: datetime
    """When its window ends."""
    status: BoardStatus
    pos: int
    """The position of the last fact about it."""


class OwnRow(NamedTuple):
    """Where one participant stands."""

    rank: int
    """From 1."""
    entry: Ranked


class PeriodRow(NamedTuple):
    """A period of a board across events."""

    started_at: datetime
    ended_at: datetime | None
    """None: it never begins anew."""


class BoardViews:
    """Reads what the leaderboards have committed about boards. Every method raises DatabaseError."""

    def __init__(self, pool: Pool, partitions: int) -> None:
        """Read through `pool`, whose schema does not matter; `partitions` is the leaderboards' count."""
        self._pool = pool
        self._partitions = partitions

    def season_place(self, tenant: TenantId, board: SeasonId, board_id: BoardId) -> Place:
        """Where a board across events is decided about; `board_id` is that of a period and segment of it."""
        return Place(partition_of(tenant, board, self._partitions), tenant, board_id)

    async def board(self, tenant: TenantId, board_id: str) -> BoardRow | None:
        """The board of an event, how far its end has come and where it stands in the log."""
        rows = await self._pool.fetch(_SQL["board"], tenant, board_id)
        return BoardRow(*rows[0]) if rows else None

    async def position(self, place: Place) -> int:
        """The position of the last fact about a board; 0 if there is none."""
        rows = await self._pool.fetch(_SQL["position"], *place)
        return int(rows[0][0]) if rows else 0

    async def positions(self, places: Sequence[Place]) -> list[int]:
        """The same of many boards, in this order."""
        each = [[place[field] for place in places] for field in range(len(Place._fields))]
        return [int(row[0]) for row in await self._pool.fetch(_SQL["positions"], *each)]

    async def top(self, place: Place, most: int) -> list[Ranked]:
        """The best so many, as they stand."""
        return list(map(Ranked._make, await self._pool.fetch(_SQL["top"], *place, most)))

    async def page(self, place: Place, after: Ranked, most: int) -> list[Ranked]:
        """So many entries after that one, in the order of the board."""
        edge = (after.score, after.pos, after.participant)
        return list(map(Ranked._make, await self._pool.fetch(_SQL["page"], *place, *edge, most)))

    async def own(self, place: Place, participant: str) -> OwnRow | None:
        """Where a participant stands, found by counting those above; None if nowhere."""
        rows = await self._pool.fetch(_SQL["own"], *place, participant)
        return _own(rows)

    async def final_top(self, place: Place, most: int) -> list[Ranked]:
        """The best so many of a board that is final; their position is 0."""
        rows = await self._pool.fetch(_SQL["final_top"], *place, most)
        return [Ranked._make((*tuple(row)[1:], 0)) for row in rows]

    async def final_own(self, place: Place, participant: str) -> OwnRow | None:
        """Where a participant stood on a board that is final; None if nowhere."""
        rows = await self._pool.fetch(_SQL["final_own"], *place, participant)
        return _own([(*row, 0) for row in map(tuple, rows)])

    async def periods(self, tenant: TenantId, board: SeasonId, most: int) -> list[PeriodRow]:
        """The periods in which anybody has scored on a board across events, the newest first."""
        part = partition_of(tenant, board, self._partitions)
        return list(map(PeriodRow._make, await self._pool.fetch(_SQL["periods"], part, tenant, board, most)))


def _own(rows: Sequence[Any]) -> OwnRow | None:
    return OwnRow(rows[0][0], Ranked._make(tuple(rows[0])[1:])) if rows else None
