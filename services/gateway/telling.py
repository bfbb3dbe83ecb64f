"""Puts what has happened on boards into words, for many boards at once, and wakes those who watch them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

import structlog

from services.gateway.channel import Channel, News, Update
from shared.database import DatabaseError
from shared.ids import BoardId

MOST_TOLD: Final = 500
"""Updates of one board that become frames at once, so that whoever keeps up never falls behind."""
ENOUGH_TOLD: Final = 500
"""Updates of several boards, after which no further board is told of at once."""
WOKEN_AT_ONCE: Final = 50
"""Watchers; in between others have their turn."""
A_WATCHER_S: Final = 50e-6
"""About so long it takes to tell one watcher something."""
REST: Final = 3
"""After telling, so many times as long is left to others: about a quarter of this process is for streams at most."""
LONGEST_REST_S: Final = 0.5
"""So that also many hear within a second."""
PAUSE_S: Final = 0.1
"""Until it is tried again to tell what could not be told."""

logger = structlog.get_logger(__name__)


class Teller(Protocol):
    """Puts what happened into the words of the door."""

    @property
    def types(self) -> Sequence[str]:
        """The facts that anybody is told of."""
        ...

    @property
    def last(self) -> str:
        """The fact after which nothing happens on a board."""
        ...

    def board_of(self, data: Mapping[str, Any]) -> BoardId:
        """Which board it happened on."""
        ...

    async def frames(self, news: Sequence[News]) -> list[list[bytes]]:
        """For each board one frame for each update, in order. Raises DatabaseError."""
        ...


class Telling:
    """Tells what is pending on boards."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._fresh: dict[Channel, None] = {}
        self._news = asyncio.Event()

    def has_news(self, channel: Channel) -> None:
        """Something is pending there."""
        self._fresh[channel] = None
        self._news.set()

    def forget(self, channel: Channel) -> None:
        """Nobody watches it any more."""
        self._fresh.pop(channel, None)

    async def run(self) -> None:
        """Whatever happens while others are told is told together the next time: nobody waits for company."""
        while True:
            await self._news.wait()
            self._news.clear()
            fresh, self._fresh = self._fresh, {}
            woken = 0
            for channels in _in_turns(one for one in fresh if one.pending):
                await self._make_frames(channels)
                woken += await wake(channels)
            await asyncio.sleep(rest_s(woken))

    async def _make_frames(self, channels: Sequence[Channel]) -> None:
        news = [News(one.tenant, one.board, one.pending[:MOST_TOLD]) for one in channels]
        try:
            frames = await self._teller.frames(news)
        except DatabaseError as error:
            logger.warning("what happened on boards is told later", error=str(error))
            await asyncio.sleep(PAUSE_S)
            frames = [[] for _ in news]
        for channel, one, made in zip(channels, news, frames, strict=True):
            self._put(channel, one.updates[: len(made)], made)

    def _put(self, channel: Channel, updates: Sequence[Update], frames: Sequence[bytes]) -> None:
        for update, frame in zip(updates, frames, strict=True):
            channel.append(update.pos, frame)
            channel.over = update.type == self._teller.last
        del channel.pending[: len(frames)]
        if channel.pending and channel.watchers:
            self.has_news(channel)


def rest_s(woken: int) -> float:
    """How long nobody is told anything after so many were."""
    return min(REST * woken * A_WATCHER_S, LONGEST_REST_S)


async def wake(channels: Iterable[Channel]) -> int:
    """Wake everybody who watches these, a few at a time; how many that were."""
    watchers = [watcher for channel in channels for watcher in channel.watchers]
    for start in range(0, len(watchers), WOKEN_AT_ONCE):
        for watcher in watchers[start : start + WOKEN_AT_ONCE]:
            watcher.wake()
        await asyncio.sleep(0)
    return len(watchers)


def _in_turns(fresh: Iterable[Channel]) -> Iterator[list[Channel]]:
    """Boards that are told of together, so that one turn is neither about one board nor about too much."""
    turn, updates = list[Channel](), 0
    for channel in fresh:
        turn.append(channel)
        updates += min(len(channel.pending), MOST_TOLD)
        if updates >= ENOUGH_TOLD:
            yield turn
            turn, updates = [], 0
    if turn:
        yield turn
