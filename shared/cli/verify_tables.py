"""Compares every table that shows the log with a replay of the log, and the books with themselves."""

from __future__ import annotations

from typing import Any, Final

from shared.cli.problems import MOST_LISTED, Problems, shortly
from shared.cli.shown import Shown, ShownTable
from shared.cli.verify_history import SQL
from shared.database import Connection

Values = tuple[Any, ...]

BOOKS: Final = frozenset({"wallets", "house"})


def replayed_name(table: str) -> str:
    """The temporary table that a view is replayed into."""
    return f"replayed_{table}"


async def make_replayed(connection: Connection, shown: ShownTable) -> None:
    """Create the temporary table for one view; it goes with the transaction."""
    await connection.run(_named("create_replayed", shown))


async def compare_table(connection: Connection, shown: ShownTable, part: int, problems: Problems) -> None:
    """Every row that is in the log alone, in the table alone, or different in both."""
    rows = await connection.fetch(_named("differences", shown), part, MOST_LISTED)
    wide, width = len(shown.columns), len(shown.table.key)
    for row in rows:
        log, table = tuple(row)[1 : 1 + wide], tuple(row)[1 + wide :]
        problems.add(_told(shown, log[:width], log[width:], table[:width], table[width:]))
    if rows:
        problems.unlisted += rows[0][0] - len(rows)


async def check_balance(connection: Connection, shown: Shown, part: int, problems: Problems) -> None:
    """What players hold and what the house booked against it must cancel out, tenant by tenant, asset by asset."""
    if not shown.tables.keys() >= BOOKS:
        return
    for tenant, asset, amount in await connection.fetch(SQL["unbalanced"], part, MOST_LISTED):
        problems.add(f"wallets and house of {tenant}: together they hold {amount} {asset}, not 0")


def _named(query: str, shown: ShownTable) -> str:
    key = [f'"{name}"' for name, _ in shown.table.key]
    columns = [f'"{name}"' for name in shown.columns]
    names = {
        "table": f'"{shown.table.name}"',
        "replayed": f'"{replayed_name(shown.table.name)}"',
        "key": ", ".join(key),
        "columns": ", ".join(columns),
        "in_log": ", ".join(f"log.{name}" for name in columns),
        "in_table": ", ".join(f"shown.{name}" for name in columns),
        "same_key": " and ".join(f"log.{name} = shown.{name}" for name in key),
    }
    return SQL[query].format(**names)


def _told(shown: ShownTable, log_key: Values, log: Values, table_key: Values, table: Values) -> str:
    key = table_key if log_key[0] is None else log_key
    where = f"{shown.table.name} {'/'.join(str(step) for step in key[1:])}"
    if table_key[0] is None:
        return f"{where}: is missing; the log says {_row(shown, log)}"
    if log_key[0] is None:
        return f"{where}: is in the table ({_row(shown, table)}), but not in the log"
    changed = [
        f"{name} is {shortly(was)}, but the log says {shortly(should)}"
        for (name, _), was, should in zip(shown.table.columns, table, log, strict=True)
        if was != should
    ]
    return f"{where}: {'; '.join(changed)}"


def _row(shown: ShownTable, values: Values) -> str:
    return ", ".join(f"{name}={shortly(value)}" for (name, _), value in zip(shown.table.columns, values, strict=True))
