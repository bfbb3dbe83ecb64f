"""Fills boards that the ranks do not hold, beside the readers who are answered from the tables meanwhile."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final, TypeVar

import structlog

from shared.clock import Clock
from shared.database import DatabaseError
from shared.ranks.filling import Tables, fill
from shared.ranks.port import Place, Ranks, RanksAway

AT_ONCE: Final = 2
MOST_WAITING: Final = 100
"""Boards that wait to be filled; whoever comes then is noted at the next reading."""
AGAIN_AFTER_S: Final = 1.0
"""Between two attempts at one board."""
BEHIND_FOR_S: Final = 2.0
"""A worker writes a moment after its commit; a board that stays behind for longer has missed something."""
MOST_NOTED: Final = 10_000

log = structlog.get_logger(__name__)
T = TypeVar("T")


class RankFiller:
    """Told by readers how each board was found; fills those that are missing or have fallen behind."""

    def __init__(self, tables: Tables, ranks: Ranks, clock: Clock) -> None:
        self._tables, self._ranks, self._clock = tables, ranks, clock
        self._filling: dict[Place, asyncio.Task[None]] = {}
        self._not_before: OrderedDict[Place, float] = OrderedDict()
        self._behind: OrderedDict[Place, tuple[int, float]] = OrderedDict()
        """Where boards stand that are behind the tables, and since when they have stood there."""
        self._turn = asyncio.Semaphore(AT_ONCE)

    def found(self, place: Place, kept_pos: int | None, pos: int) -> bool:
        """Whether a board may be shown that was found at `kept_pos` (None: not at all) after the tables at `pos`."""
        if kept_pos is not None and kept_pos >= pos:
            self._behind.pop(place, None)
            return True
        if kept_pos is None or self._has_stayed_behind(place, kept_pos):
            self._want(place)
        return False

    def _has_stayed_behind(self, place: Place, kept_pos: int) -> bool:
        now_s = self._clock.monotonic()
        stood, since_s = self._behind.get(place, (-1, now_s))
        if stood != kept_pos:
            since_s = now_s
        _note(self._behind, place, (kept_pos, since_s))
        return now_s - since_s >= BEHIND_FOR_S

    def _want(self, place: Place) -> None:
        now_s = self._clock.monotonic()
        if place in self._filling or len(self._filling) >= MOST_WAITING or self._not_before.get(place, now_s) > now_s:
            return
        _note(self._not_before, place, now_s + AGAIN_AFTER_S)
        task = self._filling[place] = asyncio.create_task(self._fill(place))
        task.add_done_callback(lambda _: self._filling.pop(place, None))

    async def _fill(self, place: Place) -> None:
        async with self._turn:
            try:
                brought = await fill(self._ranks, self._tables, place)
            except (RanksAway, DatabaseError) as error:
                log.warning("a board is not filled", board=place.board, error=str(error))
            else:
                if brought is not None:
                    self._behind.pop(place, None)
                    log.info("a board is filled", board=place.board, entries=brought)

    async def settle(self) -> None:
        """Wait until no board is being filled."""
        while self._filling:
            await asyncio.wait(list(self._filling.values()))

    async def close(self) -> None:
        """Fill no more."""
        tasks = list(self._filling.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _note(noted: OrderedDict[Place, T], place: Place, what: T) -> None:
    noted[place] = what
    noted.move_to_end(place)
    if len(noted) > MOST_NOTED:
        noted.popitem(last=False)
