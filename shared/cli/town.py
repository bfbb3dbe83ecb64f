"""Finds what a command works on: the services by name, and the database that holds their logs."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import anyio

from shared.database import Connection, DatabaseError, Target, Unreachable, load_queries
from shared.eventlog.port import LogError, Unavailable
from shared.running import WORKERS
from shared.settings import Settings, WrongSettings
from shared.shapes import Service

POSTGRES_FOLDER: Final = "postgres"
_SQL: Final = load_queries(Path(__file__).with_name("town.sql"))
_NOT_MIGRATED: Final = ("42P01", "3F000")
_PATIENT: Final = {"statement_timeout": "0", "default_transaction_isolation": "repeatable read"}
PATIENCE_S: Final = 3_600.0


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
async def database(settings: Settings) -> AsyncIterator[str]:
    """The DSN of the log: the one that was set, or the embedded server's, started for as long as it is needed.

    Raises:
        PostgresNotStarted: the embedded server does not run.
    """
    if settings.postgres:
        yield settings.postgres
        return
    from shared.parts.postgres import EmbeddedPostgres  # brings a whole server; only where it is needed

    server = EmbeddedPostgres(settings.data / POSTGRES_FOLDER)
    dsn = await anyio.to_thread.run_sync(server.start)
    try:
        yield dsn
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(server.stop)


def connection_to(dsn: str, schema: str, *, as_service: bool = True) -> Connection:
    """A connection for work that walks whole tables; each of its transactions sees one moment."""
    target = Target(dsn, schema, f"fairground {schema}", _PATIENT, as_service, PATIENCE_S)
    return Connection(target)


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
