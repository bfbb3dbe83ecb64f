"""A service's log, in memory or in PostgreSQL, and rows written into its views as a worker writes them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from shared.bus.port import Topic
from shared.eventlog.chain import GENESIS
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.migrate import migrate
from shared.eventlog.port import EventLog
from shared.eventlog.postgres import PostgresEventLog
from shared.eventlog.rows import Commit, OffsetMove, PositionMove, TableChange
from shared.shapes import Service
from shared.worker.tell import commands_of
from tests.conftest_postgres import database_on
from tests.contracts.eventlog_shop import NOON, PARTITIONS

LOGS: Final[list[Any]] = ["memory", pytest.param("postgres", marks=pytest.mark.postgres)]
"""What a fixture that opens one takes as `params`."""


@contextlib.asynccontextmanager
async def log_of(service: Service, request: pytest.FixtureRequest) -> AsyncIterator[EventLog]:
    """The service's log, of the kind that the fixture was asked for."""
    if request.param == "memory":
        yield MemoryEventLog(service, PARTITIONS)
        return
    async with database_on(request.getfixturevalue("postgres_dsn")) as dsn:
        await migrate(dsn, [service.name], PARTITIONS)
        opened = await PostgresEventLog.open(service, dsn)
        try:
            yield opened
        finally:
            await opened.close()


async def show(log: EventLog, service: Service, table: str, change: TableChange, part: int = 0) -> None:
    """Write these rows in one commit."""
    topic = commands_of(service.name)
    topics = {topic: Topic("cluster-a", "topic-1", PARTITIONS)}
    (claimed,) = await log.claim([part], "ann", topics, adopt=False, epochs={})
    commit = Commit(tables={table: change})
    commit.positions = [PositionMove(part, claimed.epoch, 0, 0, 0, GENESIS, NOON)]
    commit.offsets = [OffsetMove(part, topic, claimed.offsets[topic], claimed.offsets[topic] + 1)]
    await log.commit(commit)
