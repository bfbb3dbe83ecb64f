"""What the views should show, folded from the log alone, and written in pieces so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from shared.database import Connection
from shared.eventlog.tables import Operation, Table, table_sql, tables_of
from shared.messages.base import Event
from shared.shapes import Add, Append, Drop, Place, Put, Row, Service, View

MOST_ROWS: Final = 200_000
"""Rows of one table that are held in memory before they are written down."""

Key = tuple[Any, ...]


class ShownTable:
    """The rows of one table as the events so far say, minus what is already written."""

    def __init__(self, table: Table, name: str, *, written: bool) -> None:
        """Nothing is held yet.

        Args:
            table: as the service declares it.
            name: the table to write into, such as a temporary one.
            written: whether rows of this partition already stand there.
        """
        self.table = table
        self.columns = [column for column, _ in (*table.key, *table.columns)]
        self._into = table._replace(name=name)
        self._rows: dict[Key, tuple[Any, ...]] = {}
        self._sums: dict[Key, tuple[int, ...]] = {}
        self._once: dict[Key, tuple[Any, ...]] = {}
        self._gone: set[Key] = set()
        self._written = written

    def __len__(self) -> int:
        return len(self._rows) + len(self._sums) + len(self._once) + len(self._gone)

    def take(self, owner: Key, row: Row) -> None:
        """One more operation; `owner` is (part, tenant)."""
        key = owner + row.key
        match row:
            case Put():
                self._rows[key] = row.values
            case Add():
                was = self._sums.get(key)
                self._sums[key] = row.values if was is None else tuple(map(sum, zip(was, row.values, strict=True)))
            case Append():
                self._once.setdefault(key, row.values)
            case Drop():
                for held in (self._rows, self._sums, self._once):
                    held.pop(key, None)
                if self._written:
                    self._gone.add(key)

    async def write(self, connection: Connection) -> None:
        """Write what is held. The first time by COPY; afterwards on top of what stands there."""
        if not self._written:
            held = [key + values for rows in (self._rows, self._sums, self._once) for key, values in rows.items()]
            await connection.copy(self._into.name, self.columns, held)
        else:
            await self._write_over(connection)
        self._written = self._written or len(self) > 0
        for rows in (self._rows, self._sums, self._once, self._gone):
            rows.clear()

    async def _write_over(self, connection: Connection) -> None:
        await self._run(connection, "drop", list(self._gone))
        operations: tuple[tuple[Operation, dict[Key, tuple[Any, ...]]], ...] = (
            ("put", self._rows),
            ("add", self._sums),
            ("append", self._once),
        )
        for operation, rows in operations:
            await self._run(connection, operation, [key + values for key, values in rows.items()])

    async def _run(self, connection: Connection, operation: Operation, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            await connection.fetch(table_sql(self._into, operation), *map(list, zip(*rows, strict=True)))


class Shown:
    """Several views of one partition of a service, fed with events."""

    def __init__(
        self, service: Service, views: Iterable[View], name_of: Callable[[str], str], *, written: bool = False
    ) -> None:
        """Nothing is shown yet.

        Args:
            service: whose views they are.
            views: the ones to fold.
            name_of: from a table's name to that of the table to write into.
            written: whether rows of this partition already stand there.
        """
        declared = {name: table for name, (table, _) in tables_of(service).items()}
        self.tables: dict[str, ShownTable] = {}
        self._takers: dict[type[Event], list[tuple[Callable[[Any, Place], Sequence[Row]], ShownTable]]] = {}
        for view in views:
            fresh = ShownTable(declared[view.table], name_of(view.table), written=written)
            shown = self.tables.setdefault(view.table, fresh)
            for event in view.events:
                self._takers.setdefault(event, []).append((view.rows, shown))

    @property
    def wires(self) -> list[str]:
        """The wire names of the events that these views show."""
        return sorted(event.wire for event in self._takers)

    def take(self, event: Event, place: Place) -> None:
        """One event, in the order of the log."""
        for rows, shown in self._takers.get(type(event), ()):
            for row in rows(event, place):
                shown.take((place.part, place.tenant), row)

    async def write_full(self, connection: Connection) -> None:
        """Write down the tables that hold more than MOST_ROWS."""
        for shown in self.tables.values():
            if len(shown) > MOST_ROWS:
                await shown.write(connection)

    async def write(self, connection: Connection) -> None:
        """Write down everything."""
        for shown in self.tables.values():
            await shown.write(connection)
