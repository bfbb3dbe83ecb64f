"""Makes a table that shows the log anew from the log, while the town goes on, and swaps it in at one moment."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.cli.shown import Shown
from shared.cli.town import ends_of, service_named
from shared.cli.walking import Walked, processes_for, walk
from shared.database import Connection, DatabaseError, Target, load_queries
from shared.eventlog.port import LogError
from shared.ids import TenantId
from shared.messages import know_all
from shared.messages.base import EVENTS
from shared.settings import WrongSettings
from shared.shapes import Place, Service, View

SQL: Final = load_queries(Path(__file__).with_name("rebuild.sql"))
PAGE_EVENTS: Final = 10_000
SWAP_TRIES: Final = 5
_LOCK_NOT_AVAILABLE: Final = "55P03"
_SETTINGS: Final = {"statement_timeout": "0", "lock_timeout": "3s"}


class Rebuilt(NamedTuple):
    """What a rebuild did."""

    table: str
    events: int
    """That the table shows, of those in the log."""
    tail: int
    """Of these, how many were folded while workers had to wait."""
    seconds: float
    stood_still_s: float

    @property
    def summary(self) -> str:
        """One line."""
        rate = self.events / self.seconds if self.seconds else 0
        return (
            f"rebuild: {self.table} from {self.events} events in {self.seconds:.2f} s ({rate:,.0f} events/s); "
            f"workers waited {self.stood_still_s * 1000:.0f} ms"
        )


class Stretch(NamedTuple):
    """A stretch of one partition's log to be folded into one new table."""

    dsn: str
    service: str
    table: str
    part: int
    upto: int


async def rebuild(
    dsn: str, service: str, table: str, *, processes: int | None = None, walked: Walked = lambda _: None
) -> Rebuilt:
    """Rebuild one view of a service from its log.

    Most of the log is folded beside the running town. Then every partition is claimed under a new epoch, the tail is
    folded, the tables are swapped and all of it is committed: workers are fenced and claim again by themselves.

    Args:
        dsn: the database; a role that owns the tables.
        service: its name.
        table: the view's table.
        processes: how many share the work; as many as it is worth if left out.
        walked: told of progress, in events.

    Raises:
        WrongSettings: the service has no such view.
        LogError: another rebuild runs, or readers kept the table for too long.
    """
    known = service_named(service)
    views_of(known, table)
    ends = await ends_of(dsn, service)
    started = time.monotonic()
    connection = owner_connection(dsn, service)
    try:
        if not (await connection.fetch(SQL["one_at_a_time"]))[0][0]:
            raise LogError("another rebuild is running in this database; wait for it to end")
        await _create_new(connection, table)
        try:
            jobs = [Stretch(dsn, service, table, part, end) for part, end in ends.items()]
            count = processes or processes_for(sum(ends.values()), len(jobs))
            events = sum(await walk(fold_stretch, jobs, count, walked))
            waiting_from = time.monotonic()
            tail = await _take_over(connection, known, table, ends)
        except BaseException:
            await connection.run(SQL["drop_new"].format(**_names(table)))
            raise
        ended = time.monotonic()
        await connection.run(SQL["analyze"].format(**_names(table)))
    finally:
        await connection.close()
    return Rebuilt(table, events + tail, tail, ended - started, ended - waiting_from)


def views_of(service: Service, table: str) -> list[View]:
    """The views that write this table. Raises WrongSettings if there are none."""
    found = [view for view in service.views if view.table == table]
    if not found:
        known = ", ".join(sorted({view.table for view in service.views}))
        raise WrongSettings(f"{service.name} has no view {table!r}; it has {known}")
    return found


def owner_connection(dsn: str, service: str) -> Connection:
    """A connection that may make and drop tables."""
    return Connection(Target(dsn, service, "fairground rebuild", _SETTINGS, as_service=False, answer_timeout_s=3_600.0))


async def fold_stretch(job: Stretch, walked: Walked) -> int:
    """Fold one partition up to a position; how many events were folded."""
    know_all()
    service = service_named(job.service)
    shown = Shown(service, views_of(service, job.table), new_name)
    connection = owner_connection(job.dsn, job.service)
    try:
        return await _fold(connection, shown, (job.part, 0, job.upto), walked)
    finally:
        await connection.close()


async def _fold(connection: Connection, shown: Shown, stretch: tuple[int, int, int], walked: Walked) -> int:
    part, after, upto = stretch
    events, wires = 0, shown.wires
    readers = {wire: EVENTS[wire].__pydantic_validator__.validate_json for wire in wires}
    while rows := await connection.fetch(SQL["page"], part, after, upto, wires, PAGE_EVENTS):
        for pos, version, type_, data, tenant, at in rows:
            shown.take(readers[type_](data), Place(TenantId(tenant), part, pos, version, at))
        await shown.write_full(connection)
        walked(len(rows))
        events, after = events + len(rows), rows[-1][0]
    await shown.write(connection)
    return events


async def _create_new(connection: Connection, table: str) -> None:
    options = (await connection.fetch(SQL["options"], table))[0][0]
    names = _names(table)
    await connection.run(SQL["create_new"].format(**names, options=f"with ({options})" if options else ""))
    await connection.run(SQL["revoke"].format(**names, role="public, fairground_service"))
    for role, privilege in await connection.fetch(SQL["grants"], table):
        await connection.run(SQL["grant"].format(**names, role=role, privilege=privilege))


async def _take_over(connection: Connection, service: Service, table: str, ends: Mapping[int, int]) -> int:
    for _ in range(SWAP_TRIES):
        try:
            async with connection.transaction():
                return await _swap(connection, service, table, ends)
        except DatabaseError as error:
            if error.sqlstate != _LOCK_NOT_AVAILABLE:
                raise
    raise LogError(f"somebody reads {table} without end, so it cannot be swapped; nothing was changed, try again")


async def _swap(connection: Connection, service: Service, table: str, ends: Mapping[int, int]) -> int:
    names = _names(table)
    await connection.run(SQL["shut_out_writers"].format(**names))
    now = await connection.fetch(SQL["claim_all"])
    tail = 0
    for part, end in now:
        if end > ends[part]:
            shown = Shown(service, views_of(service, table), new_name, written=True)
            tail += await _fold(connection, shown, (part, ends[part], end), _silently)
    renames = _renames(await _indexes(connection, new_name(table)), await _indexes(connection, table))
    await connection.run(SQL["swap"].format(**names))
    for from_name, to_name in renames:
        await connection.run(SQL["rename_index"].format(from_name=from_name, to_name=to_name))
    return tail


async def _indexes(connection: Connection, table: str) -> list[Any]:
    return await connection.fetch(SQL["indexes"], table)


def _renames(new: Sequence[Any], old: Sequence[Any]) -> list[tuple[str, str]]:
    if [form for _, form in new] != [form for _, form in old]:
        raise LogError("the table's indexes were changed meanwhile; nothing was changed, try again")
    return [(new_one[0], old_one[0]) for new_one, old_one in zip(new, old, strict=True)]


def new_name(table: str) -> str:
    """What the new table is called until the swap."""
    return f"{table}__new"


def _names(table: str) -> dict[str, str]:
    return {"table": f'"{table}"', "new": f'"{new_name(table)}"'}


def _silently(_: int) -> None:
    """Nobody wants to know how far the tail is folded."""
