"""Makes the figures of minutes that are over anew from the logs, an hour in one transaction, as often as one likes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from services.insights.figures import Fact, names, of_fact, summed
from services.insights.known import Book
from services.insights.table import columns_of
from shared.database import Connection, Row, Target, load_queries
from shared.messages.upcasters import decode_event

SCHEMA: Final = "insights"
SERVICES: Final = ("engines", "leaderboards")
"""In whose logs games take and owe; nothing of it stands in the ledger's alone."""
HOUR: Final = timedelta(hours=1)
PAGE_FACTS: Final = 2_000
MOST_HOURS: Final = 10_000
"""In one run; the next goes on."""
PAGE_FORGOTTEN: Final = 10_000
NOT_ASKED: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""For `read_to`, where nobody asked what the engines have read."""
PATIENCE_S: Final = 3_600.0
"""For one statement over an hour's wagers."""

_SQL: Final = load_queries(Path(__file__).with_suffix(".sql"))
_FACTS: Final = load_queries(Path(__file__).with_name("facts.sql"))


class Window(NamedTuple):
    """The minutes that begin at `start` or later, and before `end`."""

    start: datetime
    end: datetime


def hour_of(at: datetime) -> datetime:
    """The hour that a moment lies in, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def windows(start: datetime, end: datetime) -> Iterator[Window]:
    """The time between, cut at full hours."""
    while start < end:
        upto = min(hour_of(start) + HOUR, end)
        yield Window(start, upto)
        start = upto


class Correction:
    """One run after another over the same database."""

    def __init__(self, dsn: str, partitions: int) -> None:
        def connection(schema: str) -> Connection:
            target = Target(dsn, schema, f"fairground {SCHEMA} correction", answer_timeout_s=PATIENCE_S)
            return Connection(target)

        self._table = connection(SCHEMA)
        self._logs = {name: connection(name) for name in SERVICES}
        self._book = Book(dsn, partitions)

    async def moment(self) -> datetime:
        """The database's time, for `read_to`. Raises DatabaseError."""
        moment: datetime = (await self._table.fetch(_SQL["moment"]))[0][0]
        return moment

    async def run(self, closed: datetime, end: datetime | None = None, read_to: datetime | None = None) -> int:
        """Correct what is over and is not yet corrected, and what was heard of late.

        Args:
            closed: minutes before this one are over; they will not be corrected again unless something comes late.
            end: make minutes up to here anew too, which are not over; only where no stream fills them.
            read_to: the engines have read what the streams held at this `moment`, so that hours of which something was
                heard since will be corrected again; None if they have read all that was heard until now.

        Returns:
            How many windows were made anew.

        Raises:
            DatabaseError: PostgreSQL does not answer; the window under way is as it was before.
        """
        so_far = await self._so_far()
        start = so_far or await self.earliest()
        if start is None:
            return 0
        fresh = list(islice(windows(start, end or closed), MOST_HOURS))
        for window in fresh:
            await self._correct(window, closed, read_to, reach=True, new=so_far is not None)
        upto = await self._so_far() or start
        late = [row[0] for row in await self._table.fetch(_SQL["stale"], upto, MOST_HOURS)]
        for hour in late:
            await self._correct(Window(hour, min(hour + HOUR, upto)), closed, read_to, new=True)
        return len(fresh) + len(late)

    async def redo(self, start: datetime, end: datetime, closed: datetime, read_to: datetime | None = None) -> int:
        """Correct every hour between, as far as it is over, whether that was done before or not. As `run`."""
        upto = await self._so_far()
        wanted = list(windows(hour_of(start), min(end, closed)))
        for window in wanted:
            await self._correct(window, closed, read_to, reach=upto is not None and window.start <= upto)
            upto = await self._so_far()
        return len(wanted)

    async def forget(self, before: datetime) -> None:
        """Delete what is older, in pages. Raises DatabaseError."""
        for name in ("forget_figures", "forget_players"):
            while len(await self._table.fetch(_SQL[name], before, PAGE_FORGOTTEN)) == PAGE_FORGOTTEN:
                pass

    async def close(self) -> None:
        """Hang up everywhere."""
        await self._book.close()
        for connection in (self._table, *self._logs.values()):
            await connection.close()

    async def _so_far(self) -> datetime | None:
        rows = await self._table.fetch(_SQL["so_far"])
        return rows[0][0] if rows else None

    async def earliest(self) -> datetime | None:
        """The first hour of which there is anything; None while there is nothing at all. Raises DatabaseError."""
        found = [(await self._table.fetch(_SQL["first_of_all"]))[0][0]]
        found += [(await connection.fetch(_FACTS["first_at"]))[0][0] for connection in self._logs.values()]
        known = [at for at in found if at is not None]
        return hour_of(min(known)) if known else None

    async def _correct(
        self, window: Window, closed: datetime, read_to: datetime | None, *, reach: bool = False, new: bool = False
    ) -> None:
        """Make one window anew; `reach` if all before it was made, `new` if that was in an earlier run."""
        async with self._table.transaction():
            await self._table.fetch(_SQL["one_at_a_time"])
            await self._table.run(_SQL["begin"])
            await self._table.fetch(_SQL["wagers"], *window)
            await self._table.fetch(_SQL["wagerers"], *window)
            async with aclosing(self._pages(window)) as pages:
                async for page in pages:
                    await self._add(page)
            if new:
                await self._table.fetch(_SQL["taken_back"], *window)
            await self._table.fetch(_SQL["hold"])
            await self._table.fetch(_SQL["done_with"], *window, read_to)
            await self._table.fetch(_SQL["not_read_yet"], *window, read_to)
            await self._table.fetch(_SQL["drop_figures"], *window)
            await self._table.fetch(_SQL["drop_players"], *window)
            await self._table.fetch(_SQL["put_figures"], closed)
            await self._table.fetch(_SQL["put_players"])
            if reach:
                await self._table.fetch(_SQL["reach"], min(window.end, closed))

    async def _add(self, facts: list[Fact]) -> None:
        await self._book.prepare(facts)
        batch = summed(figure for fact in facts for figure in of_fact(fact, self._book))
        await self._table.fetch(_SQL["add"], *columns_of(batch))

    async def _pages(self, window: Window) -> AsyncGenerator[list[Fact], None]:
        for connection in self._logs.values():
            for part, first, end in await connection.fetch(_FACTS["between"], *window):
                after = first - 1
                while rows := await connection.fetch(_FACTS["facts"], part, after, end, names(), PAGE_FACTS):
                    yield [_fact(row) for row in rows]
                    after = rows[-1][0]


def _fact(row: Row) -> Fact:
    _, type_, tenant, at, data = row
    return Fact(tenant, at, decode_event(type_, data))
