"""What has happened on boards since some moment, read from the log for those who were not listening."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from shared.database import Pool, load_queries
from shared.ids import BoardId, TenantId
from shared.ranks.port import Asked

PAGE: Final = 500

_SQL: Final = load_queries(Path(__file__).with_name("board_log.sql"))


class LogRow(NamedTuple):
    """One fact, and where it stands in its partition."""

    pos: int
    tenant: TenantId
    type: str
    data: dict[str, Any]
    at: datetime


class BoardLog:
    """Reads what the leaderboards have committed. Every method raises DatabaseError if PostgreSQL does not answer."""

    def __init__(self, pool: Pool) -> None:
        """Read through `pool`, whose schema does not matter."""
        self._pool = pool

    async def positions(self) -> dict[int, int]:
        """How far each partition's log reaches now."""
        return {row[0]: row[1] for row in await self._pool.fetch(_SQL["positions"])}

    async def ranks(self, asked: Sequence[Asked]) -> list[dict[str, int]]:
        """Where these stand now on each board, from 1; who is not on it is left out."""
        each = [(number, *one.place, who) for number, one in enumerate(asked) for who in one.participants]
        found: list[dict[str, int]] = [{} for _ in asked]
        for number, participant, rank in await self._pool.fetch(_SQL["ranks"], *map(list, zip(*each, strict=True))):
            found[number][participant] = rank
        return found

    async def between(
        self, part: int, after: int, upto: int, types: Sequence[str], board: BoardId | None = None
    ) -> AsyncIterator[list[LogRow]]:
        """Pages of facts of these types, in order; each page is read when it is asked for.

        Args:
            part: of the log.
            after: the position before the first that is wanted.
            upto: the last position that is wanted.
            types: wire names.
            board: the one board that is meant, or every one.
        """
        while after < upto:
            rows = await self._pool.fetch(_SQL["between"], part, after, upto, list(types), board, PAGE)
            if rows:
                yield [LogRow(row[0], row[1], row[2], orjson.loads(row[3]), row[4]) for row in rows]
            after = rows[-1][0] if len(rows) == PAGE else upto
