"""What has lately happened on one board, kept once for everybody who watches it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from services.gateway.keys import Caller
from shared.ids import BoardId, TenantId

MOST_KEPT: Final = 2_000
"""Frames of one board; who is farther behind is let go with the last one that they were told."""
MOST_KEPT_BYTES: Final = 512 * 1024


class Update(NamedTuple):
    """Something that happened on a board and is to be told."""

    part: int
    pos: int
    type: str
    data: dict[str, Any]
    at: datetime


class News(NamedTuple):
    """What is to be told of one board."""

    tenant: TenantId
    board: BoardId
    updates: Sequence[Update]
    """At least one, in order."""


class Channel:
    """The last frames of one board, numbered, and who watches."""

    __slots__ = ("_bytes", "_first", "_frames", "_joined", "board", "over", "pending", "tenant", "watchers")

    def __init__(self, tenant: TenantId, board: BoardId) -> None:
        self.tenant, self.board = tenant, board
        self.watchers: dict[Watcher, None] = {}
        self.pending: list[Update] = []
        """What has happened and is no frame yet."""
        self.over = False
        """Whether nothing will ever happen here again."""
        self._first = 0
        self._frames: deque[tuple[int, bytes]] = deque()
        self._bytes = 0
        self._joined = (0, 0, b"")

    @property
    def end(self) -> int:
        """The number of the next frame."""
        return self._first + len(self._frames)

    def append(self, pos: int, frame: bytes) -> None:
        """What was pending longest is a frame now."""
        self._frames.append((pos, frame))
        self._bytes += len(frame)
        while len(self._frames) > MOST_KEPT or self._bytes > MOST_KEPT_BYTES:
            self._bytes -= len(self._frames.popleft()[1])
            self._first += 1

    def lost(self, number: int) -> bool:
        """Whether this frame is not kept any more."""
        return number < self._first

    def since(self, number: int) -> bytes:
        """All frames from this one on as one text, the same object for everybody who stands there."""
        end = self.end
        if self._joined[:2] != (number, end):
            start = number - self._first
            text = b"".join(self._frames[index][1] for index in range(start, end - self._first))
            self._joined = (number, end, text)
        return self._joined[2]

    def position(self, number: int) -> int:
        """Where this frame stands in the log."""
        return self._frames[number - self._first][0]


class Watcher:
    """Somebody who watches one board."""

    __slots__ = ("_bell", "beats", "caller", "channel", "ended", "number", "secret_hash")

    def __init__(self, channel: Channel, caller: Caller, secret_hash: str) -> None:
        self.channel, self.caller, self.secret_hash = channel, caller, secret_hash
        self.number = channel.end
        """Of the frame that it is to be told next."""
        self.beats = False
        """Whether a sign of life is due."""
        self.ended = False
        self._bell: asyncio.Future[None] | None = None
        channel.watchers[self] = None

    def wake(self) -> None:
        """Let it look what there is."""
        if self._bell is not None and not self._bell.done():
            self._bell.set_result(None)

    def end(self) -> None:
        """It watches no more."""
        self.ended = True
        self.channel.watchers.pop(self, None)
        self.wake()

    async def news(self) -> None:
        """Wait until it is woken."""
        self._bell = asyncio.get_running_loop().create_future()
        await self._bell
        self._bell = None
