"""Gathers questions that come while one call is under way, so that the next call asks all of them at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

Asked = TypeVar("Asked")
Said = TypeVar("Said")

MOST_AT_ONCE: Final = 256
"""Questions of one call."""


class Gathering(Generic[Asked, Said]):
    """One call at a time. Nobody joins a call that has begun, so that every answer is newer than its question."""

    def __init__(self, call: Callable[[Sequence[Asked]], Awaitable[Sequence[Said]]], most: int = MOST_AT_ONCE) -> None:
        """`call` answers questions in their order; it is asked at most `most` at once."""
        self._call, self._most = call, most
        self._waiting: deque[tuple[Asked, asyncio.Future[Said]]] = deque()
        self._calling: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked) -> Said:
        """The answer to this question. Raises what the call raises in which it was asked."""
        answer: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._calling is None:
            self._calling = asyncio.create_task(self._call_all())
        return await answer

    async def _call_all(self) -> None:
        """Until nobody waits."""
        try:
            while self._waiting:
                turn = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
                await self._call_one([one for one in turn if not one[1].done()])  # some may have been cancelled
        finally:
            self._calling = None

    async def _call_one(self, turn: Sequence[tuple[Asked, asyncio.Future[Said]]]) -> None:
        if not turn:
            return
        try:
            said = list(zip(turn, await self._call([asked for asked, _ in turn]), strict=True))
        except Exception as error:  # noqa: BLE001 - those who asked hear of it
            for _, answer in turn:
                if not answer.done():
                    answer.set_exception(error)
        else:
            for (_, answer), one in said:
                if not answer.done():
                    answer.set_result(one)
