"""Makes every table about boards anew from the log, and fills the order of boards in Redis from them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final, NamedTuple

from shared.cli.rebuild import rebuild
from shared.cli.town import partitions_of
from shared.cli.walking import Walked
from shared.database import Pool, Target, load_queries
from shared.ids import BoardId, TenantId
from shared.ranks.filling import fill
from shared.ranks.port import Place, Ranks
from shared.readmodels.boards import BoardViews

BOARDS: Final = "boards"
"""What all of them together are called on the command line."""
SERVICE: Final = "leaderboards"
TABLES: Final = (
    "boards",
    "board_entries",
    "board_positions",
    "board_completions",
    "final_entries",
    "board_closings",
    "season_boards",
)
PAGE: Final = 500
_SQL: Final = load_queries(Path(__file__).with_name("rebuild_boards.sql"))


class Filled(NamedTuple):
    """What filling the boards did."""

    boards: int
    entries: int
    left: int
    """Boards that somebody else was filling, or that a write under way emptied again; a reader fills them."""
    seconds: float

    @property
    def summary(self) -> str:
        """One line."""
        left = f", {self.left} left to their readers" if self.left else ""
        return f"ranks: {self.boards} boards with {self.entries} entries in {self.seconds:.2f} s{left}"


async def rebuild_boards(
    dsn: str, ranks: Ranks | None, tell: Callable[[str], None], walked: Walked = lambda _: None
) -> None:
    """Make the tables anew one after another, then fill the boards that are not final.

    Args:
        dsn: the database; a role that owns the tables.
        ranks: where the order is kept; None if that is inside the town's own process, which fills it when asked.
        tell: told one line for each table, and one for the ranks.
        walked: told of progress, in events.

    Raises:
        LogError: see `rebuild`.
        RanksAway: Redis does not answer; the tables are made all the same.
    """
    for table in TABLES:
        tell((await rebuild(dsn, SERVICE, table, walked=walked)).summary)
    if ranks is not None:
        tell((await fill_boards(dsn, ranks)).summary)


async def fill_boards(dsn: str, ranks: Ranks) -> Filled:
    """Fill every board that is not final. Raises RanksAway, DatabaseError."""
    started, boards, entries, left = time.monotonic(), 0, 0, 0
    pool = Pool(Target(dsn, application="fairground rebuild"), most=1)
    try:
        views = BoardViews(pool, await partitions_of(dsn, SERVICE))
        async for place in _running(pool):
            brought = await fill(ranks, views, place)
            boards, entries, left = boards + (brought is not None), entries + (brought or 0), left + (brought is None)
    finally:
        await pool.close()
    return Filled(boards, entries, left, time.monotonic() - started)


async def _running(pool: Pool) -> AsyncIterator[Place]:
    after = (-1, "", "")
    while rows := await pool.fetch(_SQL["running"], *after, PAGE):
        for part, tenant, board in rows:
            yield Place(part, TenantId(tenant), BoardId(board))
        after = tuple(rows[-1])
