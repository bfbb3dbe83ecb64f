"""A whole town in one process for the stories: every service, the memory bus, a real PostgreSQL, and HTTP in front."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest

from shared.eventlog.migrate import migrate
from shared.running import SCHEMAS
from tests.conftest_postgres import database_on
from tests.stories.arcade import Arcade, Gamer, arcade_over
from tests.stories.house import running
from tests.stories.pages import Page, settle_demo
from tests.stories.servers import GameServer
from tests.stories.town import PARTITIONS, Town, run_in_own_loop


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


@pytest.fixture
async def arcade(tables: str) -> AsyncIterator[Arcade]:
    """The demo world's games."""
    async with arcade_over(tables) as found:
        yield found


@pytest.fixture
async def rocket(arcade: Arcade) -> Gamer:
    """A registered player there."""
    return await arcade.gamer("rocket")


@pytest.fixture
def server(arcade: Arcade) -> GameServer:
    """Their game's own server."""
    return GameServer(arcade)
