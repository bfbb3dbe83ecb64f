"""Who owns a ticket is found the same way in memory and in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest

from services.engines.raffle.drawing import OWNER
from services.engines.registry import service
from shared.bus.port import Topic
from shared.eventlog.chain import GENESIS
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.migrate import migrate
from shared.eventlog.port import EventLog
from shared.eventlog.postgres import PostgresEventLog
from shared.eventlog.rows import Commit, OffsetMove, PositionMove, TableChange
from shared.ids import TenantId
from shared.shapes import Need, Values
from tests.conftest_postgres import database_on
from tests.contracts.eventlog_shop import NOON, PARTITIONS

COMMANDS: Final = "engines.commands"
TOPICS: Final = {COMMANDS: Topic("cluster-a", "topic-1", PARTITIONS)}
TENANT: Final = TenantId("starlight")


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
async def engines(request: pytest.FixtureRequest) -> AsyncIterator[EventLog]:
    if request.param == "memory":
        yield MemoryEventLog(service, PARTITIONS)
        return
    async with database_on(request.getfixturevalue("postgres_dsn")) as dsn:
        await migrate(dsn, ["engines"], PARTITIONS)
        log = await PostgresEventLog.open(service, dsn)
        try:
            yield log
        finally:
            await log.close()


async def show(log: EventLog, part: int, entries: dict[Values, Values]) -> None:
    """Write these rows as a worker does."""
    (claimed,) = await log.claim([part], "ann", TOPICS, adopt=False, epochs={})
    commit = Commit(tables={"raffle_entries": TableChange(appends=entries)})
    commit.positions = [PositionMove(part, claimed.epoch, 0, 0, 0, GENESIS, NOON)]
    commit.offsets = [OffsetMove(part, COMMANDS, claimed.offsets[COMMANDS], claimed.offsets[COMMANDS] + 1)]
    await log.commit(commit)


def entry(
    raffle: str, first: int, last: int, player: str, *, part: int = 0, tenant: str = TENANT
) -> dict[Values, Values]:
    return {(part, tenant, raffle, first): (last, player, f"entry-{first}", "5e" * 32)}


@pytest.mark.parametrize(
    ("raffle", "ticket",  "found"),
    [
        ("weekly", 0,       [("rocket", 0, 2)]),
        ("weekly", 2,       [("rocket", 0, 2)]),
        ("weekly", 3,       [("groot", 3, 3)]),
        ("weekly", 4,       [("rocket", 4, 999_999)]),
        ("weekly", 999_999, [("rocket", 4, 999_999)]),
        ("weekly", 1_000_000, []),
        ("other",  0,       [("mantis", 0, 9)]),
        ("gap",    0,       []),
        ("gap",    5,       [("mantis", 5, 6)]),
        ("nope",   0,       []),
    ],
)  # fmt: skip
async def test_a_tickets_owner_is_found_by_range(
    engines: EventLog, raffle: str, ticket: int, found: list[Values]
) -> None:
    await show(
        engines,
        0,
        entry("weekly", 0, 2, "rocket")
        | entry("weekly", 3, 3, "groot")
        | entry("weekly", 4, 999_999, "rocket")
        | entry("weekly", 0, 9, "luna", tenant="moonbase")
        | entry("weekly", 10, 2_000_000, "luna", tenant="moonbase")
        | entry("other", 0, 9, "mantis")
        | entry("gap", 5, 6, "mantis"),
    )
    await show(engines, 1, entry("weekly", 0, 2_000_000, "gamora", part=1))
    assert await engines.look(0, TENANT, Need(OWNER, (raffle, ticket))) == found
    assert await engines.look(2, TENANT, Need(OWNER, (raffle, ticket))) == []
