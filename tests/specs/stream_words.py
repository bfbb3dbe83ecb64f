"""What the specs of board streams speak with: a bus and a log that fail on demand, and readers that come back."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from services.gateway.channel import News, Update
from services.gateway.keys import Caller
from services.gateway.sdk.stream import BoardStream, Watched, last_heard
from services.gateway.stream import Hub
from shared.bus.memory import MemoryBus, MemoryTail
from shared.bus.port import BusError, Incoming
from shared.clock import SystemClock
from shared.database import DatabaseError
from shared.definitions import DefinitionStore
from shared.eventlog.rows import EventRow, StoredDefinition
from shared.ids import BoardId, TenantId
from shared.messages.access import ApiKeySpec, TenantSpec, hash_of
from shared.readmodels.board_log import LogRow
from shared.worker.tell import events_of, published

TENANT = TenantId("starlight")
BOARD = BoardId("0f2c7f9e-0c57-5f5c-9e0f-0d6a1a0c1f11")
OTHER = BoardId("0f2c7f9e-0c57-5f5c-9e0f-0d6a1a0c1f12")
SERVICE = "leaderboards"
PARTS = 2
SCORED, OVER, NOISE = "scored", "over", "noise"
WAIT_S = 10.0
PAGE = 3
CALLER = Caller(tenant=TENANT, actor="key:game")
_AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_EVENT = re.compile(rb"event: (\w+)\n(?:id: ([\d-]+)\n)?data: (.*)")


class Bus(MemoryBus):
    """The memory bus, whose readers lose their connection on demand."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = 0
        self.stuck = False
        """Whether readers wait for a connection in vain."""
        self.followed = 0
        """How many read."""

    def tail(self, topic: str, *parts: int) -> MemoryTail:
        outer, inner = self, super().tail(topic, *parts)
        start, fetch, stop = inner.start, inner.fetch, inner.stop

        async def started() -> None:
            outer.followed += 1
            while outer.stuck:
                await asyncio.sleep(0)
            await start()

        async def stopped() -> None:
            outer.followed -= 1
            await stop()

        async def fetched(wait_s: float) -> Sequence[Incoming]:
            if outer.broken:
                outer.broken -= 1
                raise BusError("the broker hung up")
            return await fetch(min(wait_s, 0.01))

        inner.start, inner.fetch, inner.stop = started, fetched, stopped  # type: ignore[method-assign]
        return inner


class Log:
    """What is committed. It, too, may be away."""

    def __init__(self) -> None:
        self.rows: list[list[EventRow]] = [[] for _ in range(PARTS)]
        self.away = 0

    async def positions(self) -> dict[int, int]:
        self._asked()
        return {part: len(rows) for part, rows in enumerate(self.rows)}

    async def between(
        self, part: int, after: int, upto: int, types: Sequence[str], board: BoardId | None = None
    ) -> AsyncIterator[list[LogRow]]:
        self._asked()
        found = [row for row in self.rows[part][after:upto] if row.type in types and (board or "") in row.data]
        for start in range(0, len(found), PAGE):
            await asyncio.sleep(0)
            self._asked()
            yield [
                LogRow(row.pos, TenantId(row.tenant), row.type, orjson.loads(row.data), row.at)
                for row in found[start : start + PAGE]
            ]

    def _asked(self) -> None:
        if self.away:
            self.away -= 1
            raise DatabaseError("the log is away")


class Plain:
    """Tells the board's name and the number of what happened."""

    types = (SCORED, OVER)
    last = OVER

    def board_of(self, data: Mapping[str, Any]) -> BoardId:
        board: BoardId = data["board_id"]
        return board

    def __init__(self) -> None:
        self.told: list[list[str]] = []
        """The boards that each call was about."""
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        """What happens while the first of them are put into words."""

    async def frames(self, news: Sequence[News]) -> list[list[bytes]]:
        assert all(one.updates for one in news), "nobody is told nothing"
        self.told.append([one.board for one in news])
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
            for _ in range(100):
                await asyncio.sleep(0)
        await asyncio.sleep(0)
        return [[_frame(update) for update in one.updates] for one in news]


def _frame(one: Update) -> bytes:
    return f"event: {one.type}\nid: {one.part}-{one.pos}\ndata: {one.data['number']}\n\n".encode()


class Stage:
    """A bus, a log, and gateways that follow them."""

    def __init__(self) -> None:
        self.bus, self.log, self.store = Bus(), Log(), DefinitionStore()
        self.teller = Plain()
        self.hubs: list[Hub] = []
        self._running: list[asyncio.Task[None]] = []
        self.define("tenant", TENANT, TenantSpec(slug="starlight", brand="starlight"))
        self.define("api_key", "game", ApiKeySpec(door="sdk_client", secret_hash=hash_of("secret")))

    def define(self, kind: str, key: str, spec: TenantSpec | ApiKeySpec) -> None:
        seq = self.store.seq + 1
        self.store.learn([StoredDefinition(seq, TENANT, kind, key, seq, spec.model_dump_json(), removed=False)])

    def commit(self, part: int, type_: str, board: BoardId, number: int, tenant: str = TENANT) -> EventRow:
        """Something happens, and nobody has been told yet."""
        pos = len(self.log.rows[part]) + 1
        data = orjson.dumps({"board_id": board, "number": number}).decode()
        row = EventRow(part, pos, "entrant/x", pos, type_, data, tenant, "key:game", "c", "c", _AT, b"")
        self.log.rows[part].append(row)
        return row

    async def publish(self, *rows: EventRow) -> None:
        await self.bus.publish([published(row, SERVICE) for row in rows])

    async def happens(self, part: int, type_: str, board: BoardId, number: int) -> None:
        await self.publish(self.commit(part, type_, board, number))

    async def open_gateway(self) -> Hub:
        hub = Hub(self.bus, self.log, self.teller, self.store, SystemClock())
        self.hubs.append(hub)
        self._running.append(asyncio.create_task(hub.run()))
        await until(lambda: hub.trouble is None)
        return hub

    async def close(self) -> None:
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


@contextlib.asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    found = Stage()
    await found.bus.ensure({events_of(SERVICE): PARTS})
    try:
        yield found
    finally:
        await found.close()


class Reader:
    """A client: what it was told, and the last id that it will come back with."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.comments: list[str] = []
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.stream: BoardStream | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def numbers(self) -> list[int]:
        return [int(data) for name, data in self.told if name == SCORED]

    @property
    def is_open(self) -> bool:
        return self._reading is not None

    @property
    def over(self) -> bool:
        return self._reading is not None and self._reading.done()

    async def open(self, hub: Hub, board: BoardId = BOARD, *, part: int = 0, finalized: bool = False) -> None:
        opened = await hub.watch(CALLER, board)
        self.stream = BoardStream(hub, opened.watcher, Watched(board, part, finalized))
        heard = last_heard(self.ids[-1].encode()) if self.ids else None
        self._reading = asyncio.create_task(self._read(self.stream, opened.places[part], heard))

    async def leave(self) -> None:
        """Hang up."""
        if self.stream is None or self._reading is None:
            return
        self.stream.end()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        self._reading = None

    async def ended(self) -> None:
        assert self._reading is not None
        async with asyncio.timeout(WAIT_S):
            await self._reading

    async def _read(self, stream: BoardStream, here: int, heard: Any) -> None:
        async for part in stream.parts(here, heard):
            for text in part.split(b"\n\n"):
                if found := _EVENT.fullmatch(text):
                    self.told.append((found[1].decode(), found[3].decode()))
                    self.ids += [found[2].decode()] if found[2] else []
                elif text:
                    self.comments.append(text.decode())
            await self.may_read.wait()


async def until(true: Any) -> None:
    async with asyncio.timeout(WAIT_S):
        while not true():
            await asyncio.sleep(0)
