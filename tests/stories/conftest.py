"""A whole town in one process for the stories: every service, the memory bus, a real PostgreSQL, and HTTP in front."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest

from shared.eventlog.migrate import migrate
from shared.running import WORKERS, open_parts, wire
from shared.settings import Settings
from tests.conftest_postgres import database_on
from tests.stories.town import ADMIN, PARTITIONS, Town, eventually, run_in_own_loop


@pytest.fixture(scope="session")
def migrated(postgres_dsn: str) -> Iterator[str]:
    """The name of a database with every table and no rows, to be copied."""
    with run_in_own_loop(_migrated(postgres_dsn)) as name:
        yield name


@contextlib.asynccontextmanager
async def _migrated(server: str) -> AsyncIterator[str]:
    async with database_on(server) as dsn:
        await migrate(dsn, WORKERS, PARTITIONS)
        yield dsn.rsplit("/", 1)[1].partition("?")[0]


@pytest.fixture
async def town(postgres_dsn: str, migrated: str) -> AsyncIterator[Town]:
    """The demo's tenant, players and lootbox, put over HTTP as an operator would."""
    async with database_on(postgres_dsn, migrated) as dsn, running(dsn) as found:
        await found.settle()
        yield found


@contextlib.asynccontextmanager
async def running(dsn: str, **settings: object) -> AsyncIterator[Town]:
    """Every service over this database."""
    from services.gateway.wiring import Doors

    wanted = Settings(environment="test", postgres=dsn, partitions=PARTITIONS, instance="story", **settings)  # type: ignore[arg-type]
    parts = await open_parts(wanted, dsn, PARTITIONS)
    workers = [await wire(name, parts) for name in WORKERS]
    doors = Doors(parts)
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        async with doors.behind(), Town.open(doors, parts) as town:
            await eventually("the town is ready", town.ready)
            assert (await town.admin.get("/admin/v1/status")).status_code == 200, ADMIN
            yield town
    finally:
        for worker in workers:
            worker.stop()
        await asyncio.gather(*tasks)
        await parts.close()
