"""Proves that nothing was changed: the chain of facts, every folded history, and every table that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from shared.cli.problems import Problems
from shared.cli.shown import Shown
from shared.cli.town import chosen, connection_to, ends_of, service_named
from shared.cli.verify_history import SQL, History
from shared.cli.verify_tables import check_balance, compare_table, make_replayed, replayed_name
from shared.cli.walking import Walked, processes_for, walk
from shared.database import Connection
from shared.messages import know_all
from shared.shapes import Service

PAGE_EVENTS: Final = 5_000


class Difference(NamedTuple):
    """One thing that is not as the log says."""

    service: str
    part: int
    problem: str

    def __str__(self) -> str:
        return f"{self.service}[{self.part}] {self.problem}"


@dataclass(slots=True)
class Report:
    """What was walked and what was found."""

    events: int = 0
    streams: int = 0
    views: int = 0
    differences: list[Difference] = field(default_factory=list)
    unlisted: int = 0
    """Differences beyond those listed."""

    @property
    def clean(self) -> bool:
        """Whether everything is as the log says."""
        return not self.differences

    @property
    def summary(self) -> str:
        """One line: what was walked and how many differences there are."""
        found = len(self.differences) + self.unlisted
        result = "no difference" if not found else "1 difference" if found == 1 else f"{found} differences"
        return f"verify: {self.events} events, {self.streams} streams, {self.views} views: {result}"


class Part(NamedTuple):
    """One partition of one service, to be verified."""

    dsn: str
    service: str
    part: int


async def verify(
    dsn: str,
    services: Sequence[str],
    *,
    part: int | None = None,
    processes: int | None = None,
    walked: Walked | None = None,
) -> Report:
    """Walk the logs of these services; each partition is seen at one moment, also while workers go on.

    Args:
        dsn: the database.
        services: names, such as `ledger`.
        part: one partition alone.
        processes: how many share the work; as many as it is worth if left out.
        walked: told of progress, in events.

    Raises:
        LogError: there is no log, or it cannot be reached.
        DatabaseError: PostgreSQL went away meanwhile.
    """
    jobs, events = [], 0
    for name in services:
        ends = await ends_of(dsn, name)
        parts = chosen(sorted(ends), part)
        jobs += [Part(dsn, name, one) for one in parts]
        events += sum(ends[one] for one in parts)
    reports = await walk(verify_part, jobs, processes or processes_for(events, len(jobs)), walked or _silently)
    total = Report(views=sum(len({view.table for view in service_named(name).views}) for name in services))
    for report in reports:
        total.events += report.events
        total.streams += report.streams
        total.differences += report.differences
        total.unlisted += report.unlisted
    return total


async def verify_part(job: Part, walked: Walked) -> Report:
    """Verify one partition, in one transaction that sees one moment."""
    know_all()
    service = service_named(job.service)
    connection = connection_to(job.dsn, service.name, one_moment=True)
    try:
        async with connection.transaction():
            return await _verified(connection, service, job.part, walked)
    finally:
        await connection.close()


async def _verified(connection: Connection, service: Service, part: int, walked: Walked) -> Report:
    shown = Shown(service, service.views, replayed_name)
    for table in shown.tables.values():
        await make_replayed(connection, table)
    history = History(service, part, shown)
    streams = 0
    for lap in range(laps := await history.laps(connection)):
        history.begin(lap, laps)
        await _walk(connection, history, walked if lap == 0 else _silently)
        streams += await history.compare_streams(connection)
    await history.check_end(connection)
    for table in shown.tables.values():
        await compare_table(connection, table, part, history.problems)
    await check_balance(connection, shown, part, history.problems)
    return _reported(service, history, streams)


def _reported(service: Service, history: History, streams: int) -> Report:
    found: Problems = history.problems
    differences = [Difference(service.name, history.part, problem) for problem in found.listed]
    return Report(history.events, streams, 0, differences, found.unlisted)


async def _walk(connection: Connection, history: History, walked: Walked) -> None:
    after = 0
    while rows := await connection.fetch(SQL["page"], history.part, after, PAGE_EVENTS):
        history.take_page(rows)
        await history.shown.write_full(connection)
        walked(len(rows))
        after = rows[-1][1]
    await history.shown.write(connection)


def _silently(_: int) -> None:
    """Nobody wants to know how far the walk has come."""
