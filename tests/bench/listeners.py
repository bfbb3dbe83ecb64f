"""Very many readers of boards in one small process: they listen, are cut off, come back and remember what they heard.

The first line that it is sent says whom to listen to. Then it is told to `cut` everybody within so many seconds, to
`count`, to say what was `heard`, and to `end`; every line but the last is answered.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from array import array
from datetime import datetime
from typing import Any, Final, NamedTuple, cast

import uvloop

CONNECTING_AT_ONCE: Final = 32
AGAIN_S: Final = 0.2
TENTHS: Final = 10_000
"""Of a millisecond in a second."""
EVENT: Final = re.compile(rb"event: (\w+)\nid: (\d+-(\d+))\ndata: ([^\n]*)\n\n")
WHEN: Final = re.compile(rb'"occurredAt":"([^"]+)"')
FINE: Final = b"HTTP/1.1 200"


class Plan(NamedTuple):
    """What to listen to."""

    port: int
    authorization: str
    boards: list[str]
    readers: int


class Reader(asyncio.Protocol):
    """Somebody who reads one board for as long as possible."""

    def __init__(self, crowd: Crowd, board: str) -> None:
        self.crowd, self.board = crowd, board
        self.first: int | None = None
        """The position from which on everything must be heard."""
        self.heard = array("Q")
        self.since = 0.0
        """When it began to listen the last time, by the clock on the wall."""
        self.transport: asyncio.WriteTransport | None = None
        self.gone: asyncio.Future[None] | None = None
        self._last = b""
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = writer = cast(asyncio.WriteTransport, transport)
        self._rest, self.since = b"", 0.0
        again = b"Last-Event-ID: %s\r\n" % self._last if self._last else b""
        head = f"GET /sdk/v1/leaderboards/{self.board}/stream HTTP/1.1\r\nHost: bench\r\n"
        writer.write(f"{head}Authorization: {self.crowd.plan.authorization}\r\n".encode() + again + b"\r\n")

    def data_received(self, data: bytes) -> None:
        text = self._rest + data
        if not self.since and len(text) >= len(FINE) and not text.startswith(FINE):
            self.crowd.refused += 1
            self.cut()
            return
        end = text.rfind(b"\n\n") + 2
        self._rest = text[end:] if end > 1 else text
        now = time.time()
        for name, place, pos, told in EVENT.findall(text, 0, max(end, 0)) if end > 1 else ():
            self._last = place
            if name == b"ready":
                self._begin(int(pos), now)
            else:
                self._hear(int(pos), told, now)

    def _begin(self, pos: int, now: float) -> None:
        self.since = now
        if self.first is None:
            self.first = pos
            self.crowd.ready += 1

    def _hear(self, pos: int, told: bytes, now: float) -> None:
        self.heard.append(pos)
        self.crowd.told += 1
        found = WHEN.search(told)
        at = datetime.fromisoformat(found[1].decode()).timestamp() if found else now
        if at > self.since:  # what happened while nobody listened was not late
            self.crowd.waits.append(max(0, round((now - at) * TENTHS)))

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if self.gone is not None and not self.gone.done():
            self.gone.set_result(None)

    def cut(self) -> None:
        """Hang up without a word."""
        if self.transport is not None:
            self.transport.abort()


class Crowd:
    """All readers of this process."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ready = self.told = self.refused = self.cuts = self.lost = 0
        self.waits = array("I")
        """From the decision to the reader, in tenths of milliseconds."""
        self.readers = [Reader(self, plan.boards[number % len(plan.boards)]) for number in range(plan.readers)]
        self._gate = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def follow(self, reader: Reader) -> None:
        """Listen, and come back whenever the line is cut."""
        loop = asyncio.get_running_loop()
        while True:
            reader.gone = loop.create_future()
            try:
                async with self._gate:
                    await loop.create_connection(lambda: reader, "127.0.0.1", self.plan.port)
                    await asyncio.sleep(0)
                await reader.gone
            except OSError:
                await asyncio.sleep(AGAIN_S)
            self.lost += 1

    async def cut(self, seconds: float) -> None:
        """Cut everybody off once, one after another."""
        for reader in self.readers:
            await asyncio.sleep(seconds / len(self.readers))
            self.cuts += reader.transport is not None
            reader.cut()

    def heard(self) -> dict[str, Any]:
        """Everything that anybody heard."""
        return {
            "readers": [[reader.board, reader.first, reader.heard.tolist()] for reader in self.readers],
            "waits": self.waits.tolist(),
            "cuts": self.cuts,
            "lost": self.lost - self.cuts,
            "refused": self.refused,
        }


async def listen() -> None:
    """Do as told until the end."""
    lines = iter(sys.stdin.readline, "")

    async def next_line() -> str:
        return await asyncio.to_thread(next, lines, "end")

    plan = Plan(**json.loads(await next_line()))
    crowd = Crowd(plan)
    tasks: list[asyncio.Task[None]] = [asyncio.create_task(crowd.follow(reader)) for reader in crowd.readers]
    while (line := (await next_line()).split())[0] != "end":
        if line[0] == "cut":
            tasks.append(asyncio.create_task(crowd.cut(float(line[1]))))
        say({"ready": crowd.ready, "told": crowd.told, "heard": crowd.heard() if line[0] == "heard" else None})
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def say(what: dict[str, Any]) -> None:
    """One line."""
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    uvloop.run(listen())
