"""What the towns of real processes stand on; each module has a database and a folder of its own."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest_postgres import database_on


@pytest.fixture(scope="module")
def module_database(postgres_dsn: str) -> Iterator[str]:
    """An empty database that a module's tests share."""
    with asyncio.Runner() as runner:
        database = database_on(postgres_dsn)
        yield runner.run(database.__aenter__())
        runner.run(database.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def embedded_folder() -> Iterator[Path]:
    """A folder that the system user of an embedded PostgreSQL may reach, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="fairground-town-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
