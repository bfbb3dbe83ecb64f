"""The boards of a window that closes are found the same way in memory and in PostgreSQL, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest

from services.leaderboards.registry import service
from shared.database import Connection, Target
from shared.eventlog.migrate import migrate
from shared.eventlog.port import EventLog
from shared.eventlog.postgres import PostgresEventLog
from shared.eventlog.rows import TableChange
from shared.ids import TenantId
from shared.shapes import Need, Values
from tests.conftest_postgres import database_on
from tests.contracts.eventlog_shop import NOON, PARTITIONS
from tests.contracts.lookup_rig import LOGS, log_of, show

TENANT: Final = TenantId("starlight")
MANY: Final = 20_000
ROW: Final[Values] = ("global_segmented", "gold", None, None, 3, NOON)
"""As the view shows a board, version 3 of its event."""


@pytest.fixture
async def database(postgres_dsn: str) -> AsyncIterator[str]:
    async with database_on(postgres_dsn) as dsn:
        await migrate(dsn, ["leaderboards"], PARTITIONS)
        yield dsn


@pytest.fixture(params=LOGS)
async def log(request: pytest.FixtureRequest) -> AsyncIterator[EventLog]:
    async with log_of(service, request) as found:
        yield found


def asked(after: str, most: int, event: str = "run", window: str = "w1") -> Need:
    return Need("event_boards", (event, window, after, most))


async def test_the_boards_of_one_window_come_in_order_page_by_page(log: EventLog) -> None:
    names = [f"b{number}" for number in (10, 9, 1, 2, 33)] + ["B1", "ä", "~"]
    own: dict[Values, Values] = {(0, TENANT, "run", "w1", name): ROW for name in names}
    others: dict[Values, Values] = {
        (0, TENANT, "run", "w2", "b0"): ROW,
        (0, TENANT, "walk", "w1", "b0"): ROW,
        (0, "moonbase", "run", "w1", "b0"): ROW,
    }
    await show(log, service, "boards", TableChange(puts=own | others))
    expected = [(name, 3) for name in sorted(names)]
    assert await log.look(0, TENANT, asked("", 500)) == expected
    found: list[Values] = []
    while page := await log.look(0, TENANT, asked(str(found[-1][0]) if found else "", 3)):
        found += page
    assert found == expected
    assert await log.look(0, TENANT, asked("", 9, window="w3")) == []
    assert await log.look(1, TENANT, asked("", 9)) == []


@pytest.mark.postgres
async def test_among_many_boards_only_the_page_is_read(database: str) -> None:
    boards: dict[Values, Values] = {(0, TENANT, "run", f"w{n % 4}", f"b{n:06}"): ROW for n in range(MANY)}
    opened = await PostgresEventLog.open(service, database)
    owner = Connection(Target(database, schema="leaderboards", as_service=False))
    try:
        await show(opened, service, "boards", TableChange(puts=boards))
        await owner.run("analyze boards")
        query = service.queries["event_boards"]
        plan = await owner.fetch(f"explain {query}", 0, TENANT, "run", "w1", "b010000", 500)
        text = "\n".join(row[0] for row in plan)
        assert "Index Scan using boards_pkey" in text
        assert "Sort" not in text
    finally:
        await opened.close()
        await owner.close()
