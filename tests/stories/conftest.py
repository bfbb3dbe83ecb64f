"""A whole town in one process for the stories: every service, the memory bus, a real PostgreSQL, and HTTP in front."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest

from services.gateway.wiring import Doors
from shared.eventlog.migrate import migrate
from shared.running import SCHEMAS, open_parts
from shared.settings import Settings
from tests.conftest_postgres import database_on
from tests.stories.pages import Page, settle_demo
from tests.stories.town import PARTITIONS, Town, eventually, run_in_own_loop


@pytest.fixture(scope="session")
def migrated(postgres_dsn: str) -> Iterator[str]:
    """The name of a database with every table and no rows, to be copied."""
    with run_in_own_loop(_migrated(postgres_dsn)) as name:
        yield name


@contextlib.asynccontextmanager
async def _migrated(server: str) -> AsyncIterator[str]:
    async with database_on(server) as dsn:
        await migrate(dsn, SCHEMAS, PARTITIONS)
        yield urlsplit(dsn).path.removeprefix("/")


@pytest.fixture
async def tables(postgres_dsn: str, migrated: str) -> AsyncIterator[str]:
    """The DSN of a database of the test's own, with every table and no rows."""
    async with database_on(postgres_dsn, migrated) as dsn:
        yield dsn


@pytest.fixture
async def town(tables: str) -> AsyncIterator[Town]:
    """Every service, and a small world put over HTTP as an operator would."""
    async with running(tables) as found:
        await found.settle()
        yield found


@pytest.fixture
async def page(tables: str) -> AsyncIterator[Page]:
    """Somebody's browser in the demo world, with the session of the documents."""
    async with running(tables) as town:
        await settle_demo(town)
        yield Page(town)


@contextlib.asynccontextmanager
async def running(dsn: str, **settings: object) -> AsyncIterator[Town]:
    """Every service over this database."""
    async with gateway(dsn, **settings) as town, town.workers():
        await eventually("the town is ready", town.ready)
        yield town


@contextlib.asynccontextmanager
async def gateway(dsn: str, **settings: object) -> AsyncIterator[Town]:
    """The gateway alone: nobody decides."""
    wanted = Settings(environment="test", postgres=dsn, partitions=PARTITIONS, instance="story")
    parts = await open_parts(wanted.model_copy(update=settings), dsn, PARTITIONS)
    doors = Doors(parts)
    try:
        async with doors.behind(), Town.open(doors, parts) as town:
            yield town
    finally:
        await parts.close()
