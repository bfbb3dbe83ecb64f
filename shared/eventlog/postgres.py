"""The log in PostgreSQL: one statement to load what a batch needs, and one to write all of it or nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

from shared.bus.port import Topic
from shared.database import Connection, DatabaseError, NoAnswer, Pool, Row, Target, Unreachable, load_queries
from shared.eventlog.loading import PAGE_DEFINITIONS, LoadForm, arguments_of, keep, load_form, marks_section
from shared.eventlog.lookups import checked_rows, lookups_of
from shared.eventlog.offsets import Stored, check_partitions, offsets_of
from shared.eventlog.port import Blamed, Fenced, LogError, OutcomeUnknown, Unavailable
from shared.eventlog.rows import (
    Claimed,
    Commit,
    EventRow,
    Loaded,
    OutboxRow,
    Wanted,
)
from shared.eventlog.statements import CommitStatements
from shared.ids import TenantId
from shared.shapes import Need, Service, Values

PAGE_EVENTS: Final = 5_000
"""Events fetched at once when the log is read."""

SETTINGS: Final[Mapping[str, str]] = {
    "default_transaction_isolation": "read committed",
    "synchronous_commit": "on",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    # Everything is found by its key, one by one. Plans that would be better for other statistics are ruled out,
    # and are therefore made once.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}

_SQL: Final = load_queries(Path(__file__).with_name("log.sql"))
_FENCE: Final = "FG001"
_UNIQUE_VIOLATION: Final = "23505"
_CLAIM_AGAIN: Final = frozenset({"events", "streams", "dead_letters"})
_BLAMED_CLASSES: Final = ("22", "23")
_NOT_MIGRATED: Final = ("42P01", "3F000", "42883")


class PostgresEventLog:
    """One service's log in its own schema."""

    def __init__(self, service: Service, connection: Connection, pool: Pool, partitions: int) -> None:
        """Use `open`, unless you bring connections of your own.

        Args:
            service: whose tables may be written.
            connection: for the worker's step.
            pool: for reading and for work beside it.
            partitions: how many there are.
        """
        self.partitions = partitions
        self._connection = connection
        self._pool = pool
        self._statements = CommitStatements(service)
        self._load_forms: dict[tuple[str, ...], LoadForm] = {}
        self._marks = service.intake.marks if service.intake else None
        self._marks_section = marks_section(service)
        self._lookups = lookups_of(service)

    @classmethod
    async def open(cls, service: Service, dsn: str, application: str = "fairground") -> PostgresEventLog:
        """The log of `service`, whose tables `fairground migrate` has made.

        Raises:
            Unavailable: PostgreSQL cannot be reached; the text names the address.
            LogError: the tables are not there.
        """
        target = target_of(service.name, dsn, application)
        connection = Connection(target)
        try:
            found = await connection.fetch(_SQL["partitions"])
        except DatabaseError as error:
            await connection.close()
            if error.sqlstate in _NOT_MIGRATED:
                raise LogError(f"{target.address} has no log for {service.name}: run `fairground migrate`") from error
            raise Unavailable(str(error)) from error
        if not found:
            await connection.close()
            raise LogError(f"the log of {service.name} was made only in part: run `fairground migrate`")
        return cls(service, connection, Pool(target), found[0][0])

    async def close(self) -> None:
        """Hang up."""
        await self._connection.close()
        await self._pool.close()

    async def claim(
        self,
        parts: Sequence[int],
        owner: str,
        topics: Mapping[str, Topic],
        *,
        adopt: bool,
        epochs: Mapping[int, int],
        streams: Collection[str] = (),
    ) -> list[Claimed]:
        """As the port says; the first statement commits by itself, and waits for a ghost that still writes."""
        check_partitions(topics, self.partitions)
        wanted = sorted(set(parts))
        raised = await self._ask("claim_epochs", wanted, [epochs.get(part) for part in wanted], owner)
        epoch_of: dict[int, int] = {row[0]: row[1] for row in raised if row[0] is not None}
        rows = await self._ask("claim_read", wanted, list(topics))
        stored = {(row[0], row[6]): Stored(row[7], row[8], row[9]) for row in rows if row[6] is not None}
        offsets, adopted = offsets_of(wanted, topics, stored, adopt=topics if adopt else streams)
        if adopted:
            await self._ask("adopt_offsets", *zip(*adopted, strict=True))
        by_part = {row[0]: row for row in rows}
        return [
            Claimed._make((part, epoch_of[part], *by_part[part][1:5], offsets[part], by_part[part][5]))
            for part in wanted
        ]

    async def load(self, wanted: Wanted) -> Loaded:
        """As the port says; nothing is asked if nothing is wanted."""
        loaded = Loaded()
        arguments = arguments_of(wanted)
        while arguments:
            known = len(loaded.definitions)
            keep(loaded, *await self._load_page(arguments))
            arguments = {}
            if wanted.definitions_after is not None and len(loaded.definitions) == known + PAGE_DEFINITIONS:
                part, after = wanted.definitions_after[0], loaded.definitions[-1].seq
                arguments = {"definitions": (part, after, PAGE_DEFINITIONS)}
        return loaded

    async def _load_page(self, arguments: Mapping[str, tuple[Any, ...]]) -> tuple[LoadForm, list[Row]]:
        sections = tuple(arguments)
        form = self._load_forms.get(sections)
        if form is None:
            form = self._load_forms.setdefault(sections, load_form(sections, self._marks_section))
        try:
            rows = await self._connection.fetch(form.sql, *(value for args in arguments.values() for value in args))
        except DatabaseError as error:
            raise _reading(error) from error
        return form, rows

    async def commit(self, commit: Commit) -> None:
        """As the port says."""
        try:
            sql, arguments = self._statements.of(commit)
        except KeyError as error:
            raise LogError(str(error.args[0])) from error
        try:
            await self._connection.fetch(sql, *arguments)
        except NoAnswer as error:
            raise OutcomeUnknown(str(error)) from error
        except DatabaseError as error:
            raise self._verdict(error) from error

    async def look(self, part: int, tenant: TenantId, need: Need) -> list[Values]:
        """As the port says."""
        sql = self._lookups.get(need.lookup)
        if sql is None:
            raise LogError(f"the service has no lookup {need.lookup}")
        try:
            rows = await self._connection.fetch(sql, part, tenant, *need.args)
        except DatabaseError as error:
            raise _reading(error) from error
        return checked_rows(need, [tuple(row) for row in rows])

    async def history(self, part: int, stream: str) -> AsyncIterator[Sequence[EventRow]]:
        """As the port says, PAGE_EVENTS at once."""
        version = 0
        while rows := await self._read("history", part, stream, version, PAGE_EVENTS):
            page = list(map(EventRow._make, rows))
            yield page
            if len(page) < PAGE_EVENTS:
                return
            version = page[-1].version

    async def read(self, part: int, after: int, upto: int) -> AsyncIterator[Sequence[EventRow]]:
        """As the port says, PAGE_EVENTS at once."""
        while after < upto:
            rows = await self._read("read", part, after, upto, PAGE_EVENTS)
            if rows:
                yield list(map(EventRow._make, rows))
            if len(rows) < PAGE_EVENTS:
                return
            after = rows[-1][1]

    async def unanswered(self, part: int, after: tuple[int, int], most: int) -> list[OutboxRow]:
        """As the port says."""
        return list(map(OutboxRow._make, await self._read("unanswered", part, *after, most)))

    async def overdue(self, parts: Sequence[int], now: datetime, most: int) -> list[OutboxRow]:
        """As the port says."""
        return list(map(OutboxRow._make, await self._read("overdue", list(parts), now, most)))

    async def oldest_unanswered(self, parts: Sequence[int]) -> datetime | None:
        """As the port says."""
        ((oldest,),) = await self._read("oldest_unanswered", list(parts))
        return cast(datetime | None, oldest)

    async def prune(self, parts: Sequence[int], replies_before: datetime, most: int) -> int:
        """As the port says; replies first."""
        replies = len(await self._read("prune_replies", list(parts), replies_before, most))
        if replies >= most:
            return replies
        return replies + len(await self._read("prune_timers", list(parts), replies_before, most - replies))

    async def forget(self, parts: Sequence[int], before: datetime, most: int) -> int:
        """As the port says."""
        if self._marks is None:
            return 0
        sql = _SQL["forget_marks"].format(table=self._marks.table, dated=self._marks.dated)
        try:
            return len(await self._pool.fetch(sql, list(parts), before, most))
        except DatabaseError as error:
            raise Unavailable(str(error)) from error

    def _verdict(self, error: DatabaseError) -> LogError:
        sqlstate, guarded = error.sqlstate or "", _CLAIM_AGAIN | ({self._marks.table} if self._marks else set())
        if sqlstate == _FENCE:
            return Fenced(str(error))
        if sqlstate == _UNIQUE_VIOLATION and error.table in guarded:
            return Fenced(f"somebody has written this already: {error}")
        if isinstance(error, Unreachable) or not sqlstate.startswith(_BLAMED_CLASSES):
            return Unavailable(str(error))
        place = " of ".join(name for name in (error.constraint, error.table) if name)
        return Blamed(f"{place}: {error}" if place else str(error))

    async def _ask(self, name: str, *args: object) -> list[Row]:
        """One of the claim's statements. If its answer is lost, the claim is simply made again."""
        try:
            return await self._connection.fetch(_SQL[name], *args)
        except DatabaseError as error:
            raise (Fenced if error.sqlstate == _FENCE else Unavailable)(str(error)) from error

    async def _read(self, name: str, *args: object) -> list[Row]:
        try:
            return await self._pool.fetch(_SQL[name], *args)
        except DatabaseError as error:
            raise Unavailable(str(error)) from error


def target_of(schema: str, dsn: str, application: str) -> Target:
    """How a log's connections are opened."""
    return Target(dsn, schema=schema, application=application, settings=SETTINGS)


def _reading(error: DatabaseError) -> LogError:
    if error.sqlstate is not None and error.sqlstate.startswith(_BLAMED_CLASSES):
        return Blamed(f"a key that cannot be looked up: {error}")
    return Unavailable(str(error))
