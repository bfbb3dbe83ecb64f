"""The tables that a service shows its facts in: how they are declared, and the SQL that writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from shared.eventlog.rows import Commit, TableChange
from shared.shapes import Service

Operation = Literal["put", "add", "append", "drop", "insert"]
Columns = Sequence[Sequence[Any]]

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]*")


class Table(NamedTuple):
    """A view or private table as the service declares it; its key begins with part and tenant."""

    name: str
    key: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, str], ...]


def tables_of(service: Service) -> dict[str, tuple[Table, set[Operation]]]:
    """Every table the service declares, its key and columns with SQL types, and how it may be written.

    Raises:
        ValueError: a table is declared twice and differently, or under a name that is not plain.
    """
    found: dict[str, tuple[Table, set[Operation]]] = {}
    writers: list[tuple[Any, Operation]] = [(view, view.mode) for view in service.views]
    writers += [(private, "put") for private in service.private]
    writers += [(service.intake.marks, "insert")] if service.intake else []
    for declared, operation in writers:
        key = (("part", "smallint"), ("tenant", "text"), *declared.key.items())
        table = Table(declared.table, key, tuple(declared.columns.items()))
        for name in (table.name, *(column for column, _ in (*table.key, *table.columns))):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{service.name}: {name!r} of table {table.name!r} is not a plain SQL name")
        known, operations = found.setdefault(table.name, (table, set()))
        if known != table:
            raise ValueError(f"{service.name}: table {table.name} is declared twice, with different columns")
        operations |= {"insert"} if operation == "insert" else {operation, "drop"}
    return found


def operations_of(change: TableChange) -> list[Operation]:
    """In which manners this change writes its table."""
    kinds: tuple[tuple[Operation, object], ...] = (
        ("put", change.puts),
        ("add", change.adds),
        ("append", change.appends),
        ("drop", change.drops),
        ("insert", change.inserts),
    )
    return [operation for operation, rows in kinds if rows]


def table_sql(table: Table, operation: Operation) -> str:
    """What writes rows of this table; one array parameter a column."""
    key = [f'"{name}"' for name, _ in table.key]
    columns = [f'"{name}"' for name, _ in table.columns]
    kinds = [kind for _, kind in (table.key if operation == "drop" else table.key + table.columns)]
    arrays = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(kinds, start=1))
    if operation == "drop":
        same = " and ".join(f"t.{name} = u.{name}" for name in key)
        return f'delete from "{table.name}" t using unnest({arrays}) u ({", ".join(key)})\nwhere {same}'
    insert = f'insert into "{table.name}" as t ({", ".join(key + columns)})\nselect * from unnest({arrays})'
    if operation == "insert":
        return insert
    sets = {
        "put": [f"{name} = excluded.{name}" for name in columns],
        "add": [f"{name} = t.{name} + excluded.{name}" for name in columns],
        "append": [],
    }[operation]
    then = f"update set {', '.join(sets)}" if sets else "nothing"
    return f"{insert}\non conflict ({', '.join(key)}) do {then}"


def table_columns(table: Table, operation: Operation) -> Callable[[Commit], Columns]:
    """What takes the arrays of `table_sql` out of a commit."""
    width = len(table.key) + (0 if operation == "drop" else len(table.columns))
    nothing: Columns = ((),) * width

    def columns(commit: Commit) -> Columns:
        change = commit.tables.get(table.name)
        if change is None:
            return nothing
        if operation == "drop":
            return tuple(zip(*change.drops, strict=True)) or nothing
        written: dict[str, Mapping[Any, Sequence[Any]]]
        written = {"put": change.puts, "add": change.adds, "append": change.appends, "insert": change.inserts}
        rows = written[operation]
        if not rows:
            return nothing
        return (*zip(*rows, strict=True), *zip(*rows.values(), strict=True))

    return columns
