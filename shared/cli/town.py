"""Finds what a command works on: the services by name, and the database that holds their logs."""

from __future__ import annotations

import asyncio
import fcntl
import importlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from shared.database import Connection, DatabaseError, Target, Unreachable, load_queries
from shared.eventlog.port import LogError, Unavailable
from shared.running import WORKERS
from shared.settings import Settings, WrongSettings, read_settings
from shared.shapes import Service

if TYPE_CHECKING:
    from shared.parts.postgres import EmbeddedPostgres

POSTGRES_FOLDER: Final = "postgres"
TOWN_MARK: Final = "town.lock"
_SQL: Final = load_queries(Path(__file__).with_name("town.sql"))
_NOT_MIGRATED: Final = ("42P01", "3F000")
PATIENCE_S: Final = 3_600.0


def tool_settings() -> Settings:
    """The environment's settings for a command that opens no door, so that no secret need be set for it.

    Raises:
        WrongSettings: names the variable and what is wrong with it.
    """
    return read_settings(environment="demo")


def service_named(name: str) -> Service:
    """A service that decides, by its name.

    Raises:
        WrongSettings: there is none.
    """
    if name not in WORKERS:
        raise WrongSettings(f"there is no service {name!r} with a log; known are {', '.join(WORKERS)}")
    service: Service = importlib.import_module(f"services.{name}.registry").service
    return service


def names_of(service: str | None) -> tuple[str, ...]:
    """The one that was named, or all of them. Raises WrongSettings."""
    return WORKERS if service is None else (service_named(service).name,)


@asynccontextmanager
async def database(settings: Settings, *, as_town: bool = False) -> AsyncIterator[str]:
    """The DSN of the log: the one that was set, or the embedded server's, started for as long as it is needed.

    Args:
        settings: where to look.
        as_town: whether a whole town is run on it; only one at a time may, and the server ends with it.

    Raises:
        WrongSettings: another town runs over this folder.
        PostgresNotStarted: the embedded server does not run.
    """
    if settings.postgres:
        yield settings.postgres
        return
    from shared.parts.postgres import EmbeddedPostgres  # brings a whole server; only where it is needed

    server = EmbeddedPostgres(settings.data / POSTGRES_FOLDER)
    held = _hold(settings.data) if as_town else None
    if as_town and held is None:
        raise WrongSettings(f"another town runs over {settings.data}; stop it, or name another folder with --data")
    try:
        dsn = await asyncio.to_thread(server.start)
        try:
            yield dsn
        finally:
            await asyncio.to_thread(_leave, server, settings.data, as_town=as_town)
    finally:
        if held is not None:
            held.close()


def _hold(folder: Path) -> TextIO | None:
    """The mark of whoever runs a town over this folder; None if somebody else has it. It is gone with its process."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = (folder / TOWN_MARK).open("w")
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        mark.close()
        return None
    return mark


def _leave(server: EmbeddedPostgres, folder: Path, *, as_town: bool) -> None:
    """A town stops its server; a command stops the one it started, unless a town has begun to use it meanwhile."""
    if as_town:
        server.stop(found_too=True)
    elif (mark := _hold(folder)) is not None:
        with mark:
            server.stop()


def connection_to(dsn: str, schema: str, *, one_moment: bool = False) -> Connection:
    """A patient connection; with `one_moment`, everything in one of its transactions is seen as of one moment."""
    isolation = "repeatable read" if one_moment else "read committed"
    settings = {"statement_timeout": "0", "default_transaction_isolation": isolation}
    return Connection(Target(dsn, schema, f"fairground {schema}", settings, answer_timeout_s=PATIENCE_S))


async def partitions_of(dsn: str, service: str) -> int:
    """How many partitions the log was made with.

    Raises:
        Unavailable: PostgreSQL cannot be reached.
        LogError: the tables are not there.
    """
    connection = connection_to(dsn, service)
    try:
        rows = await connection.fetch(_SQL["partitions"])
    except Unreachable as error:
        raise Unavailable(str(error)) from error
    except DatabaseError as error:
        if error.sqlstate not in _NOT_MIGRATED:
            raise
        raise LogError(f"there is no log of {service} here: run `fairground migrate`") from error
    finally:
        await connection.close()
    return int(rows[0][0])


async def ends_of(dsn: str, service: str) -> dict[int, int]:
    """The position of the last event of each partition. Raises like `partitions_of`."""
    await partitions_of(dsn, service)
    connection = connection_to(dsn, service)
    try:
        return {row[0]: row[1] for row in await connection.fetch(_SQL["ends"])}
    finally:
        await connection.close()


def chosen(parts: Sequence[int], only: int | None) -> list[int]:
    """All partitions, or the one that was asked for. Raises WrongSettings if there is no such."""
    if only is None:
        return list(parts)
    if only not in parts:
        raise WrongSettings(f"there is no partition {only}; there are 0 to {len(parts) - 1}")
    return [only]


async def events_in(dsn: str, services: Sequence[str], part: int | None) -> int:
    """How many events there are to walk. Raises like `ends_of`, and WrongSettings for an unknown partition."""
    found = 0
    for service in services:
        ends = await ends_of(dsn, service)
        found += sum(ends[one] for one in chosen(sorted(ends), part))
    return found
