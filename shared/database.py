"""How every part of the house talks to PostgreSQL: one place opens connections and says plainly what went wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import parse_qs, urlsplit

import asyncpg

SERVICE_ROLE: Final = "fairground_service"
CONNECT_TIMEOUT_S: Final = 10
ANSWER_TIMEOUT_S: Final = 60
POOL_TIMEOUT_S: Final = 30
MOST_PREPARED: Final = 160
"""Statements kept prepared in one connection."""

Row = Sequence[Any]
"""One row, its values in the order of the query's columns."""

_HEADER: Final = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)
_LOST: Final = ("08", "57P01", "57P02")


class DatabaseError(Exception):
    """PostgreSQL refused a statement; nothing of it was done."""

    def __init__(
        self, text: str, sqlstate: str | None = None, table: str | None = None, constraint: str | None = None
    ) -> None:
        super().__init__(text)
        self.sqlstate = sqlstate
        self.table = table
        self.constraint = constraint


class Unreachable(DatabaseError):
    """No connection could be opened; nothing was asked."""


class NoAnswer(DatabaseError):
    """The connection was lost, or time ran out, after a statement was sent: it may or may not have been done."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which database is meant, and in what manner it is spoken to."""

    dsn: str
    schema: str | None = None
    """Where unqualified names are looked up; the service's own schema."""
    application: str = "fairground"
    """Shown in pg_stat_activity."""
    settings: Mapping[str, str] = field(default_factory=dict)
    as_service: bool = True
    """Whether to step down to SERVICE_ROLE where that role exists and may be taken."""
    answer_timeout_s: float = ANSWER_TIMEOUT_S
    """How long one statement may take; longer for work that walks whole tables."""

    @property
    def address(self) -> str:
        """The address for people to read, without any password."""
        parts = urlsplit(self.dsn)
        hosts = parts.netloc.rpartition("@")[2] or parse_qs(parts.query).get("host", ["localhost"])[0]
        user = f"{parts.username}@" if parts.username else ""
        return f"postgresql://{user}{hosts}{parts.path}"


class Connection:
    """One connection, opened when first used and again after it was lost; callers take turns."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._turn = asyncio.Lock()
        self._driver: Any = None

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        """Run one statement, prepared and kept.

        Raises:
            Unreachable: no connection, nothing was sent.
            NoAnswer: lost under way.
            DatabaseError: PostgreSQL refused it.
        """
        async with self._turn:
            driver = await self._open()
            try:
                return cast(list[Row], await driver.fetch(sql, *args))
            except _TROUBLE as error:
                raise _translated(error, self._target) from error

    async def run(self, script: str) -> None:
        """Run a script of several statements without arguments. Raises like `fetch`."""
        async with self._turn:
            driver = await self._open()
            try:
                await driver.execute(script)
            except _TROUBLE as error:
                raise _translated(error, self._target) from error

    async def copy(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Append many rows to a table at once, in binary form. Raises like `fetch`."""
        async with self._turn:
            driver = await self._open()
            try:
                await driver.copy_records_to_table(table, records=rows, columns=columns)
            except _TROUBLE as error:
                raise _translated(error, self._target) from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Everything inside stands or falls together. For one caller alone."""
        driver = await self._open()
        transaction = driver.transaction()
        await transaction.start()
        try:
            yield
        except BaseException:
            if not driver.is_closed():
                await transaction.rollback()
            raise
        try:
            await transaction.commit()
        except _TROUBLE as error:
            raise _translated(error, self._target) from error

    async def close(self) -> None:
        """Hang up."""
        driver, self._driver = self._driver, None
        if driver is not None and not driver.is_closed():
            try:
                await driver.close(timeout=CONNECT_TIMEOUT_S)
            except _TROUBLE:
                driver.terminate()

    async def _open(self) -> Any:
        if self._driver is None or self._driver.is_closed():
            try:
                self._driver = await asyncpg.connect(**_arguments(self._target))
                await _assume_role(self._driver, self._target)
            except _TROUBLE as error:
                raise _unreachable(error, self._target) from error
        return self._driver


class Pool:
    """A few connections shared by many callers; for reading, and for work beside the main line."""

    def __init__(self, target: Target, most: int = 4) -> None:
        self._target = target
        self._most = most
        self._opening = asyncio.Lock()
        self._driver: Any = None

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        """Run one statement. Raises like `Connection.fetch`."""
        driver = await self._open()
        try:
            connection = await driver.acquire(timeout=POOL_TIMEOUT_S)
        except _TROUBLE as error:
            raise _unreachable(error, self._target) from error
        try:
            return cast(list[Row], await connection.fetch(sql, *args))
        except _TROUBLE as error:
            raise _translated(error, self._target) from error
        finally:
            await driver.release(connection)

    async def close(self) -> None:
        """Hang up every connection; what is under way is given CONNECT_TIMEOUT_S to end."""
        driver, self._driver = self._driver, None
        if driver is None:
            return
        try:
            await asyncio.wait_for(driver.close(), CONNECT_TIMEOUT_S)
        except _TROUBLE:
            driver.terminate()

    async def _open(self) -> Any:
        async with self._opening:
            if self._driver is None:

                async def begin(connection: Any) -> None:
                    await _assume_role(connection, self._target)

                try:
                    self._driver = await asyncpg.create_pool(
                        **_arguments(self._target), min_size=0, max_size=self._most, init=begin, reset=_leave_as_is
                    )
                except _TROUBLE as error:
                    raise _unreachable(error, self._target) from error
        return self._driver


def load_queries(path: Path) -> dict[str, str]:
    """The queries of a `.sql` file, each under its header `-- name: claim_epochs`.

    Raises:
        ValueError: two queries have one name, or there is none.
    """
    pieces = _HEADER.split(path.read_text(encoding="utf-8"))[1:]
    names, bodies = pieces[::2], pieces[1::2]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"{path}: every query needs a `-- name: …` header of its own")
    return {name: body.strip().rstrip(";") for name, body in zip(names, bodies, strict=True)}


_TROUBLE: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


def _arguments(target: Target) -> dict[str, Any]:
    settings = {"application_name": target.application, "timezone": "UTC", **target.settings}
    if target.schema is not None:
        settings["search_path"] = f'"{target.schema}"'
    return {
        "dsn": target.dsn,
        "timeout": CONNECT_TIMEOUT_S,
        "command_timeout": target.answer_timeout_s,
        "server_settings": settings,
        "statement_cache_size": MOST_PREPARED,
        "max_cached_statement_lifetime": 0,
        "max_cacheable_statement_size": 0,
    }


_SQL: Final = load_queries(Path(__file__).with_suffix(".sql"))


async def _assume_role(driver: Any, target: Target) -> None:
    if target.as_service:
        await driver.fetch(_SQL["assume_role"], SERVICE_ROLE)


async def _leave_as_is(_: Any) -> None:
    """The driver would spend a round trip on undoing session changes after every use; we make none."""


def _unreachable(error: BaseException, target: Target) -> Unreachable:
    why = str(error).strip() or type(error).__name__
    return Unreachable(
        f"cannot reach PostgreSQL at {target.address}: {why}; start it or correct the address",
        getattr(error, "sqlstate", None),
    )


def _translated(error: BaseException, target: Target) -> DatabaseError:
    if isinstance(error, asyncpg.PostgresError):
        sqlstate = str(error.sqlstate)
        if sqlstate.startswith(_LOST):
            return NoAnswer(f"lost PostgreSQL at {target.address}: {error}", sqlstate)
        table, constraint = getattr(error, "table_name", None), getattr(error, "constraint_name", None)
        return DatabaseError(f"{error} (SQLSTATE {sqlstate})", sqlstate, table, constraint)
    if isinstance(error, ValueError):  # the driver could not encode a value: what the server would call class 22
        return DatabaseError(str(error), "22000")
    why = str(error).strip() or f"no answer within {target.answer_timeout_s} s"
    return NoAnswer(f"lost PostgreSQL at {target.address}: {why}")
