"""Our own PostgreSQL starts in its own folder, is found again, and says in one line why it cannot start."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.database import Connection, Target
from shared.parts.postgres import EmbeddedPostgres, PostgresNotStarted
from tests.conftest_postgres import HASTE

pytestmark = pytest.mark.postgres


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own temporary folder: that one is closed to the system user whom the server runs as."""
    parent = Path(tempfile.mkdtemp(prefix="fairground-part-"))
    yield parent / "data"
    shutil.rmtree(parent, ignore_errors=True)


async def shown(dsn: str, setting: str) -> str:
    connection = Connection(Target(dsn))
    try:
        return str((await connection.fetch("select current_setting($1)", setting))[0][0])
    finally:
        await connection.close()


async def test_it_starts_with_our_settings_and_is_stopped_only_by_whoever_started_it(folder: Path) -> None:
    first, second = EmbeddedPostgres(folder, {"shared_buffers": "32MB"}), EmbeddedPostgres(folder, HASTE)
    dsn = first.start()
    try:
        assert second.start() == dsn
        second.stop()
        assert await shown(dsn, "shared_buffers") == "32MB"
        assert await shown(dsn, "fsync") == "on"
        assert await shown(dsn, "jit") == "off"
    finally:
        first.stop()
    again = EmbeddedPostgres(folder, {"shared_buffers": "48MB"})
    try:
        assert await shown(again.start(), "shared_buffers") == "48MB"
    finally:
        again.stop()


def one_line(told: pytest.ExceptionInfo[PostgresNotStarted]) -> str:
    text = str(told.value)
    assert "\n" not in text
    return text


def test_a_folder_of_another_version_is_refused(folder: Path) -> None:
    folder.mkdir()
    (folder / "PG_VERSION").write_text("15\n")
    with pytest.raises(PostgresNotStarted) as told:
        EmbeddedPostgres(folder).start()
    assert f"{folder} belongs to PostgreSQL 15, this is PostgreSQL 18" in one_line(told)


def test_a_folder_that_cannot_be_written_is_named(folder: Path) -> None:
    folder.write_text("a file stands where the folder should be")
    with pytest.raises(PostgresNotStarted) as told:
        EmbeddedPostgres(folder).start()
    assert f"data folder {folder} is not writable" in one_line(told)


def test_a_server_that_does_not_start_shows_the_end_of_its_log(folder: Path) -> None:
    broken = EmbeddedPostgres(folder, {**HASTE, "max_connections": "many"})
    with pytest.raises(PostgresNotStarted) as told:
        broken.start()
    assert f"PostgreSQL does not start on {folder}: pg_ctl failed" in one_line(told)
    assert 'invalid value for parameter "max_connections"' in one_line(told)
