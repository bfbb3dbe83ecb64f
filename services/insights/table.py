"""Adds what the stream tells to the figures, a batch in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from services.insights.figures import Summed
from shared.database import Pool, load_queries

_SQL: Final = load_queries(Path(__file__).with_suffix(".sql"))
_SUMS: Final = 7
_SEEN: Final = 5


async def add(pool: Pool, batch: Summed) -> None:
    """Add one batch; nothing of it, or all.

    Args:
        pool: its schema is ours.
        batch: what the messages add together.

    Raises:
        DatabaseError: PostgreSQL does not answer; the batch may or may not have been added.
    """
    if batch.figures:
        await pool.fetch(_SQL["add"], *columns_of(batch))


def columns_of(batch: Summed) -> list[list[Any]]:
    """The batch as a statement takes it: a list a column, the sums' first."""
    sums = [(*row, *amounts) for row, amounts in batch.figures.items()]
    return [*_columns(sums, _SUMS), *_columns(sorted(batch.seen), _SEEN)]


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
