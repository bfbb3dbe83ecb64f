"""A real PostgreSQL for the tests that need one: the one named by POSTGRES_DSN, else one that we start."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from shared.database import Connection, Target
from shared.parts.postgres import EmbeddedPostgres, PostgresNotStarted

HASTE = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "64MB", "autovacuum": "off"}
"""These data need not survive anything, and no background work may come in between."""


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """Where a real PostgreSQL answers; every process of a parallel run has its own.

    Without one the test is skipped, and with CI set it fails.
    """
    if given := os.environ.get("POSTGRES_DSN"):
        yield given
        return
    # Not pytest's own temporary folder: that one is closed to the system user whom the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="fairground-postgres-"))
    server = EmbeddedPostgres(folder / "data", HASTE)
    try:
        dsn = server.start()
    except PostgresNotStarted as missing:
        shutil.rmtree(folder, ignore_errors=True)
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
    yield dsn
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def fresh_database(postgres_dsn: str) -> AsyncIterator[str]:
    """The DSN of an empty database that is dropped afterwards."""
    async with database_on(postgres_dsn) as dsn:
        yield dsn


@asynccontextmanager
async def database_on(server_dsn: str, template: str = "template1") -> AsyncIterator[str]:
    """An empty database, or a copy of `template`, for as long as the block lasts."""
    name = f"fairground_{uuid.uuid4().hex[:16]}"
    server = Connection(Target(server_dsn, as_service=False))
    try:
        await server.run(f'create database {name} template "{template}"')
        yield urlunsplit(urlsplit(server_dsn)._replace(path=f"/{name}"))
        await server.run(f"drop database {name} with (force)")
    finally:
        await server.close()
