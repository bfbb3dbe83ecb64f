"""Brings a database's tables to the form that this version of the house expects, and never takes a step twice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from shared.database import Connection, DatabaseError, Target, Unreachable, load_queries
from shared.eventlog.port import LogError, Unavailable

_HERE: Final = Path(__file__).parent
SERVICES: Final = _HERE.parents[1] / "services"
"""Beside `shared`, both in the repository and where the wheel is installed."""

_SQL: Final = load_queries(_HERE / "migrate.sql")
_SERVICE_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_FILE_NAME: Final = re.compile(r"\d{4}_[a-z0-9_]+\.sql")


class MigrationRefused(LogError):
    """The database does not fit this version; nothing was changed. The text says what to do."""


class Step(NamedTuple):
    """One numbered file."""

    file: str
    """Its name in the database's own list: `log/0001_log.sql`, `ledger/0001_wallets.sql`."""
    sql: str

    @property
    def sha256(self) -> str:
        """Of the file's text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


async def migrate(dsn: str, services: Sequence[str], partitions: int, *, folder: Path = SERVICES) -> list[str]:
    """Apply what is missing: the log's files, then each service's own, in one transaction; safe to repeat.

    Args:
        dsn: a role that may create schemas and roles, and owns what it created.
        services: their names, which are their schemas' names.
        partitions: how many; fixed for ever by the first migration.
        folder: where `<service>/migrations/NNNN_*.sql` lie.

    Returns:
        The files applied just now, such as `ledger: log/0001_log.sql`.

    Raises:
        MigrationRefused: an applied file was changed or is unknown here, another partition count, or SQL that fails.
        Unavailable: PostgreSQL cannot be reached.
    """
    connection = Connection(Target(dsn, application="fairground migrate", as_service=False))
    try:
        async with connection.transaction():
            await connection.fetch(_SQL["lock"])
            await _run(connection, _SQL["create_role"], "the role fairground_service cannot be created")
            await _run(connection, _SQL["join_role"], "the role fairground_service cannot be used")
            return [
                f"{service}: {file}"
                for service in services
                for file in await _migrate_service(connection, service, partitions, folder)
            ]
    except Unreachable as error:
        raise Unavailable(str(error)) from error
    except DatabaseError as error:
        raise MigrationRefused(f"migration failed, nothing was changed: {error}") from error
    finally:
        await connection.close()


async def catalogue(dsn: str, schema: str) -> list[str]:
    """Everything in a schema that two databases could differ in, one line each, in a stable order.

    Columns with types and defaults, constraints, indexes, triggers, functions, storage options.
    """
    connection = Connection(Target(dsn, schema=schema, as_service=False))
    try:
        return [row[0] for row in await connection.fetch(_SQL["catalogue"], schema)]
    finally:
        await connection.close()


async def create_from_schema(dsn: str, service: str, *, folder: Path = SERVICES) -> None:
    """Make a service's tables from `schema.sql` alone, which says how they stand after all migrations.

    For the test that compares both ways: `catalogue` must be the same after `migrate` and after this.
    """
    connection = Connection(Target(dsn, as_service=False))
    own = folder / service / "schema.sql"
    try:
        async with connection.transaction():
            await _enter(connection, service)
            await connection.run((_HERE / "schema.sql").read_text(encoding="utf-8"))
            if own.exists():
                await connection.run(own.read_text(encoding="utf-8"))
    finally:
        await connection.close()


async def _migrate_service(connection: Connection, service: str, partitions: int, folder: Path) -> list[str]:
    await _enter(connection, service)
    await connection.fetch(_SQL["migrations_table"])
    applied = {row[0]: row[1] for row in await connection.fetch(_SQL["applied"])}
    steps = [*_steps("log", _HERE / "migrations"), *_steps(service, folder / service / "migrations")]
    _check(service, steps, applied)
    fresh = [step for step in steps if step.file not in applied]
    for step in fresh:
        await _run(connection, step.sql, f"{step.file} fails in schema {service}")
        await connection.fetch(_SQL["record"], step.file, step.sha256)
    await _lay_out(connection, service, partitions)
    await connection.run(_SQL["grant_rights"])
    return [step.file for step in fresh]


async def _enter(connection: Connection, service: str) -> None:
    if not _SERVICE_NAME.fullmatch(service):
        raise MigrationRefused(f"{service!r} cannot be a schema: use lower-case letters, digits and underscores")
    ((statement,),) = await connection.fetch(_SQL["how_to_create_schema"], service)
    await connection.run(statement)
    await connection.fetch(_SQL["enter_schema"], service)


async def _lay_out(connection: Connection, service: str, partitions: int) -> None:
    if partitions < 1:
        raise MigrationRefused(f"{partitions} partitions are none: at least 1 is needed")
    await connection.fetch(_SQL["layout"], partitions)
    stored = (await connection.fetch(_SQL["partitions"]))[0][0]
    if stored != partitions:
        raise MigrationRefused(
            f"{service} was made with {stored} partitions and cannot have {partitions}: keys would land elsewhere. "
            f"Set the partition count to {stored}, or start a new database"
        )
    await connection.fetch(_SQL["positions"], partitions)


async def _run(connection: Connection, script: str, trouble: str) -> None:
    try:
        await connection.run(script)
    except Unreachable:
        raise
    except DatabaseError as error:
        raise MigrationRefused(f"{trouble}, nothing was changed: {error}") from error


def _steps(scope: str, folder: Path) -> list[Step]:
    files = sorted(folder.glob("*.sql"))
    for file in files:
        if not _FILE_NAME.fullmatch(file.name):
            raise MigrationRefused(f"{file} is not a migration's name: use 0001_words.sql")
    numbers = [file.name[:4] for file in files]
    if len(set(numbers)) < len(numbers):
        raise MigrationRefused(f"{folder}: two migrations have one number")
    return [Step(f"{scope}/{file.name}", file.read_text(encoding="utf-8")) for file in files]


def _check(service: str, steps: Sequence[Step], applied: Mapping[str, str]) -> None:
    known = {step.file: step for step in steps}
    for file, sha256 in applied.items():
        step = known.get(file)
        if step is None:
            raise MigrationRefused(
                f"schema {service} has had {file}, which this version does not know: run the version that brought it"
            )
        if step.sha256 != sha256:
            raise MigrationRefused(
                f"{file} was changed after it was applied to schema {service}: restore it, and put the change into a "
                "new numbered file"
            )
