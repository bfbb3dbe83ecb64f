"""Puts the one writing statement together from the pieces that a batch needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

from shared.database import load_queries
from shared.eventlog.rows import Commit
from shared.eventlog.tables import Columns, operations_of, table_columns, table_sql, tables_of
from shared.shapes import Service

MOST_FORMS: Final = 64
"""Different forms of the writing statement that are prepared; any other batch uses the one with every piece."""

_COMMIT: Final = load_queries(Path(__file__).with_name("commit.sql"))
_PARAMETER: Final = re.compile(r"\$(\d+)")


def shifted(sql: str, by: int) -> str:
    """The same SQL with its parameters counted from `by` + 1."""
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + by}", sql)


def parameters(sql: str) -> int:
    """How many parameters the SQL takes."""
    return max((int(number) for number in _PARAMETER.findall(sql)), default=0)


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of the writing statement, and where its arrays come from."""

    name: str
    sql: str
    columns: Callable[[Commit], Columns]
    """One sequence a parameter; empty ones if the commit has nothing of this."""


class CommitStatements:
    """Writes the statement for whatever tables a commit touches, from the service's own declarations."""

    def __init__(self, service: Service) -> None:
        """Nothing is prepared yet.

        Args:
            service: whose views and private tables may be written.

        Raises:
            ValueError: a table is declared twice and differently, or under a name that is not plain.
        """
        self._pieces = {piece.name: piece for piece in chain(_core_pieces(), _table_pieces(service))}
        self._forms: dict[tuple[str, ...], str] = {}

    def of(self, commit: Commit) -> tuple[str, list[Any]]:
        """The one statement that writes all of this commit, and its arguments.

        Raises:
            KeyError: the commit touches a table, or touches it in a manner, that the service does not declare.
        """
        names = self._needed(commit)
        sql = self._forms.get(names)
        if sql is None:
            if len(self._forms) >= MOST_FORMS:
                names = tuple(self._pieces)
            sql = self._forms.setdefault(names, self._assembled(names))
        arguments: list[Any] = []
        for name in names:
            arguments += self._pieces[name].columns(commit)
        arguments += (len(commit.positions), len(commit.offsets))
        return sql, arguments

    def whole(self) -> str:
        """The form with every piece in it."""
        return self._assembled(tuple(self._pieces))

    def _needed(self, commit: Commit) -> tuple[str, ...]:
        names = [*_ALWAYS, *(name for name in _RARE if getattr(commit, name))]
        for table in sorted(commit.tables):
            for operation in operations_of(commit.tables[table]):
                name = f"{table}.{operation}"
                if name not in self._pieces:
                    raise KeyError(f"the service declares no table {table} that is written by {operation}")
                names.append(name)
        return tuple(names)

    def _assembled(self, names: Sequence[str]) -> str:
        parts, taken = [], 0
        for name in names:
            piece = self._pieces[name]
            parts.append(f'"{name}_step" as (\n{shifted(piece.sql, taken)}\n)')
            taken += parameters(piece.sql)
        return (  # every name comes from this house's own declarations and is checked to be plain
            f"with {', '.join(parts)}\n"
            f'select fence((select count(*) from "positions_step"), ${taken + 1}::bigint, '
            f'(select count(*) from "offsets_step"), ${taken + 2}::bigint)'
        )


_ALWAYS: Final = ("positions", "offsets", "events", "streams", "replies")
_RARE: Final = ("freed", "outbox", "answered", "timers", "fired", "dead_letters")


def _core_pieces() -> list[Piece]:
    return [Piece(name, _COMMIT[name], _core_columns(name)) for name in (*_ALWAYS, *_RARE)]


def _core_columns(name: str) -> Callable[[Commit], Columns]:
    nothing = ((),) * parameters(_COMMIT[name])

    def columns(commit: Commit) -> Columns:
        rows = getattr(commit, name)
        return tuple(zip(*rows, strict=True)) if rows else nothing

    def in_order(commit: Commit) -> Columns:
        # Commits and claims lock rows in the order of their partitions, so that they never wait in a circle.
        return tuple(zip(*sorted(getattr(commit, name)), strict=True)) or nothing

    def unfired(commit: Commit) -> Columns:
        # A timer that fires in this very commit has fired: setting it again does nothing.
        fired = set(commit.fired)
        rows = [row for row in commit.timers if (row.part, row.id) not in fired] if fired else commit.timers
        return tuple(zip(*rows, strict=True)) if rows else nothing

    return {"positions": in_order, "offsets": in_order, "timers": unfired}.get(name, columns)


def _table_pieces(service: Service) -> list[Piece]:
    return [
        Piece(f"{table.name}.{operation}", table_sql(table, operation), table_columns(table, operation))
        for table, operations in tables_of(service).values()
        for operation in sorted(operations)
    ]
