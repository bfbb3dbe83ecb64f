"""The twin's views and private tables: rows by key, written by the same rules as the real ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import chain
from typing import Any, Final

from shared.eventlog.port import Blamed, Fenced, LogError
from shared.eventlog.rows import TableChange
from shared.eventlog.tables import Table, operations_of, tables_of
from shared.shapes import Service, Value, Values

LARGEST_BIGINT: Final = 2**63 - 1

Rows = dict[tuple[Value, ...], tuple[Value, ...]]


class MemoryTables:
    """What a service shows, by table. `check` first, then `apply`: together they are one step."""

    def __init__(self, service: Service) -> None:
        self._declared = tables_of(service)
        self.rows: dict[str, Rows] = {name: {} for name in self._declared}
        self._marks = service.intake.marks if service.intake else None
        self._ids: dict[tuple[Value, ...], list[tuple[Value, ...]]] = {}
        """The keys of all marks of an id."""

    def named(self, table: str, key: tuple[Value, ...], values: tuple[Value, ...]) -> dict[str, Any]:
        """One row by column names."""
        declared, _ = self._declared[table]
        names = [name for name, _ in (*declared.key, *declared.columns)]
        return dict(zip(names, (*key, *values), strict=True))

    def check(self, changes: Mapping[str, TableChange]) -> None:
        """Raise what PostgreSQL would.

        Raises:
            LogError: an undeclared table, or one written in a manner that it does not have.
            Blamed: a value that cannot be stored, or a balance below zero.
        """
        for name, change in changes.items():
            declared, allowed = self._declared.get(name, (None, frozenset()))
            for operation in operations_of(change):
                if declared is None or operation not in allowed:
                    raise LogError(f"the service declares no table {name} that is written by {operation}")
            if declared is not None:
                self._check_rows(declared, change)

    def apply(self, changes: Mapping[str, TableChange]) -> None:
        """Write what was checked."""
        for name, change in changes.items():
            rows = self.rows[name]
            for key in change.drops:
                rows.pop(key, None)
            rows.update(change.puts)
            rows.update({key: self._sum(name, key, values) for key, values in change.adds.items()})
            for key, values in change.appends.items():
                rows.setdefault(key, values)
            for key, values in change.inserts.items():
                rows[key] = values
                self._ids.setdefault(key[:3], []).append(key)

    def check_marks(self, changes: Mapping[str, TableChange]) -> None:
        """Raises Fenced if a mark is there already."""
        for name, change in changes.items():
            if taken := change.inserts.keys() & self.rows[name].keys():
                raise Fenced(f"somebody has written this already: {min(map(str, taken))} of {name}")

    def marks_of(self, part: int, tenant: str, id_: str) -> list[Values]:
        """Every mark of an id: its key and columns after part and tenant."""
        if self._marks is None:
            return []
        rows = self.rows[self._marks.table]
        return [(*key[2:], *rows[key]) for key in self._ids.get((part, tenant, id_), ())]

    def forget(self, parts: Collection[int], before: datetime, most: int) -> int:
        """Drop at most so many marks that are older; how many were dropped."""
        if self._marks is None:
            return 0
        rows, place = self.rows[self._marks.table], list(self._marks.columns).index(self._marks.dated)
        old = [key for key, row in rows.items() if key[0] in parts and _earlier(row[place], before)][:most]
        for key in old:
            del rows[key]
            self._ids[key[:3]].remove(key)
        return len(old)

    def _check_rows(self, table: Table, change: TableChange) -> None:
        # PostgreSQL checks an added row by itself before it sees that there is one to add it to.
        sums = {key: self._sum(table.name, key, values) for key, values in change.adds.items()}
        names = [name for name, _ in table.columns]
        written = (change.puts, change.appends, change.inserts, change.adds, sums)
        for key, values in chain.from_iterable(rows.items() for rows in written):
            if not all(map(storable, (*key, *values))):
                raise Blamed(f"{table.name}: {key} holds what a column cannot")
            if any(name == "balance" and _below_zero(value) for name, value in zip(names, values, strict=True)):
                raise Blamed(f"{table.name}_balance_check of {table.name}: {key} would be below zero")

    def _sum(self, table: str, key: tuple[Value, ...], values: Iterable[int]) -> tuple[Value, ...]:
        was = self.rows[table].get(key)
        if was is None:
            return tuple(values)
        return tuple(_number(old) + new for old, new in zip(was, values, strict=True))


def storable(value: Value) -> bool:
    """Whether a column could hold it: text without NUL, integers within 64 bits."""
    if isinstance(value, str):
        return "\x00" not in value
    return not isinstance(value, int) or -LARGEST_BIGINT - 1 <= value <= LARGEST_BIGINT


def _earlier(value: Value, than: datetime) -> bool:
    return isinstance(value, datetime) and value < than


def _below_zero(value: Value) -> bool:
    return isinstance(value, int) and value < 0


def _number(value: Value) -> int:
    assert isinstance(value, int), f"{value!r} cannot be added to"
    return value
