"""The leaderboards' log in memory and in PostgreSQL, and rows of boards written to it as a worker does."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

from services.leaderboards.registry import service
from shared.bus.port import Topic
from shared.eventlog.chain import GENESIS
from shared.eventlog.migrate import migrate
from shared.eventlog.port import EventLog
from shared.eventlog.postgres import PostgresEventLog
from shared.eventlog.rows import Commit, OffsetMove, PositionMove, TableChange
from shared.ids import BoardId, TenantId
from shared.messages import know_all
from shared.ranks.port import Place, Ranked
from shared.shapes import Value, Values
from tests.conftest_postgres import database_on
from tests.contracts.eventlog_shop import NOON, PARTITIONS

COMMANDS: Final = "leaderboards.commands"
TOPICS: Final = {COMMANDS: Topic("cluster-a", "topic-1", PARTITIONS)}
TENANT: Final = TenantId("starlight")
BOARD: Final = Place(0, TENANT, BoardId("0f2c7f9e-0c57-5f5c-9e0f-0d6a1a0c1f11"))


def who(number: int) -> str:
    return str(uuid.UUID(int=number))


def at(number: int, score: int, pos: int, kind: str = "player") -> Ranked:
    return Ranked(who(number), "player" if kind == "player" else "bot", f"p{number}", score, pos)


@asynccontextmanager
async def postgres_log(server: str) -> AsyncIterator[tuple[PostgresEventLog, str]]:
    """An empty log of the leaderboards, and its DSN."""
    know_all()
    async with database_on(server) as dsn:
        await migrate(dsn, ["leaderboards"], PARTITIONS)
        opened = await PostgresEventLog.open(service, dsn)
        try:
            yield opened, dsn
        finally:
            await opened.close()


def rows_of(place: Place, entries: Iterable[Ranked], pos: int) -> dict[str, TableChange]:
    """What a commit does to the tables that show a board."""
    puts: dict[tuple[Value, ...], Values] = {
        (*place, one.participant): (one.kind, one.player, one.score, one.pos) for one in entries
    }
    return {"board_entries": TableChange(puts=puts), "board_positions": TableChange(puts={tuple(place): (pos,)})}


def completed_by(place: Place, numbers: Iterable[int]) -> dict[str, TableChange]:
    """What a commit does when these have completed an attempt."""
    rows: dict[tuple[Value, ...], Values] = {(*place, who(number)): (NOON,) for number in numbers}
    return {"board_completions": TableChange(appends=rows)}


class Keeper:
    """Holds one partition and writes rows under its epoch, as a worker does."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.epoch = 0
        self._offset = 0

    async def claim(self, part: int) -> None:
        (claimed,) = await self._log.claim([part], "ann", TOPICS, adopt=False, epochs={})
        self._part, self.epoch, self._offset = part, claimed.epoch, claimed.offsets[COMMANDS]

    async def write(self, tables: dict[str, TableChange]) -> None:
        commit = Commit(tables=tables)
        commit.positions = [PositionMove(self._part, self.epoch, 0, 0, 0, GENESIS, NOON)]
        commit.offsets = [OffsetMove(self._part, COMMANDS, self._offset, self._offset + 1)]
        await self._log.commit(commit)
        self._offset += 1
