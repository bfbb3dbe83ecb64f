"""Fills a board from the tables while changes come in, so that it is whole at the end."""

from __future__ import annotations

from typing import Final, Protocol

from shared.ranks.port import LARGEST_SCORE, PAGE, Place, Ranked, Ranks

ABOVE_ALL: Final = Ranked("", "player", "", LARGEST_SCORE + 1, 0)
"""What nobody stands above."""


class Tables(Protocol):
    """Where boards are read that are not filled."""

    async def position(self, place: Place) -> int:
        """The position of the last fact about a board."""
        ...

    async def page(self, place: Place, after: Ranked, most: int) -> list[Ranked]:
        """So many entries after that one, in the order of the board."""
        ...


async def fill(ranks: Ranks, tables: Tables, place: Place) -> int | None:
    """Fill one board; how many entries were brought.

    None if somebody else fills it, or if a write was lost meanwhile and it was in vain. Raises RanksAway, and whatever
    the tables raise.
    """
    filling = await ranks.begin_fill(place)
    if filling is None:
        return None
    pos = await tables.position(place)  # whatever comes later is either read below or written by its worker
    brought, after = 0, ABOVE_ALL
    while page := await tables.page(place, after, PAGE):
        if not await ranks.fill(place, filling, page):
            return None
        brought, after = brought + len(page), page[-1]
        if len(page) < PAGE:
            break
    return brought if await ranks.end_fill(place, filling, pos) else None
