"""How far each service has come in each of its partitions."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from shared.database import Pool, load_queries

MOST_COUNTED: Final = 10_000
"""Unanswered Sends are counted up to here."""

_SQL: Final = load_queries(Path(__file__).with_name("standing.sql"))


class StandingRow(NamedTuple):
    """One partition, as its last commit left it."""

    part: int
    event_pos: int
    relayed_pos: int
    epoch: int
    owner: str
    last_at: datetime
    dead_letters: int
    """Still open."""
    unanswered: int
    """Sends that wait for an answer, counted up to MOST_COUNTED."""
    next_offset: int
    """Of its command topic: the next message it will decide on."""


async def standing(pool: Pool, commands: str) -> list[StandingRow]:
    """Every partition of the service whose schema the pool looks in.

    Args:
        pool: its schema is the service's.
        commands: the service's command topic.

    Raises:
        DatabaseError: PostgreSQL does not answer.
    """
    rows = await pool.fetch(_SQL["standing"], MOST_COUNTED, commands)
    return [StandingRow(*row) for row in rows]
