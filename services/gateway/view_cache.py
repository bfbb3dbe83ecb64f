"""Keeps what many ask for at once for a fraction of a second, so that it is read once for all of them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar

from shared.clock import Clock

T = TypeVar("T")

MOST_GROUPS: Final = 2_000
MOST_KEYS: Final = 2_000
"""Of one group."""


class _Kept(Generic[T]):
    """One answer, or the reading of it that is under way."""

    __slots__ = ("task", "until")

    def __init__(self, task: asyncio.Task[T]) -> None:
        self.task = task
        self.until: float | None = None
        """None while it is read."""


class ViewCache(Generic[T]):
    """Answers by group, such as a board, and by key within it. Who asks while it is being read waits for that."""

    def __init__(self, clock: Clock, ttl_s: float) -> None:
        self._clock, self._ttl_s = clock, ttl_s
        self._groups: OrderedDict[Hashable, OrderedDict[Hashable, _Kept[T]]] = OrderedDict()

    async def get(self, group: Hashable, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """What is kept under this key, or what `read` gives. Raises what `read` raises, and keeps none of that."""
        known = self._groups.get(group)
        kept = known.get(key) if known is not None else None
        if kept is not None and (kept.until is None or self._clock.monotonic() < kept.until):
            return await asyncio.shield(kept.task) if kept.until is None else kept.task.result()
        return await self._read(group, key, read)

    async def _read(self, group: Hashable, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        known = self._groups.setdefault(group, OrderedDict())
        kept = known[key] = _Kept(asyncio.ensure_future(_awaited(read)))
        self._groups.move_to_end(group)
        known.move_to_end(key)
        if len(self._groups) > MOST_GROUPS:
            self._groups.popitem(last=False)
        if len(known) > MOST_KEYS:
            known.popitem(last=False)
        kept.task.add_done_callback(lambda _: self._done(group, key, kept))
        return await asyncio.shield(kept.task)

    def _done(self, group: Hashable, key: Hashable, kept: _Kept[T]) -> None:
        if kept.task.cancelled() or kept.task.exception() is not None:
            known = self._groups.get(group, OrderedDict())
            if known.get(key) is kept:
                del known[key]
        else:
            kept.until = self._clock.monotonic() + self._ttl_s

    def forget(self, group: Hashable) -> None:
        """Whoever asks from now on is read to anew; a reading that is under way serves those who wait for it."""
        self._groups.pop(group, None)

    def __len__(self) -> int:
        """How many answers are kept or read."""
        return sum(map(len, self._groups.values()))


async def _awaited(read: Callable[[], Awaitable[T]]) -> T:
    return await read()
