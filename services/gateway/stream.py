"""Follows what happens on boards, and tells it to everybody who watches them through this gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

import orjson
import structlog

from services.gateway.channel import Channel, Update, Watcher
from services.gateway.keys import Caller
from services.gateway.problem import Problem
from shared.bus.port import Bus, BusError, Incoming
from shared.clock import Clock
from shared.database import DatabaseError
from shared.definitions import DefinitionStore
from shared.ids import BoardId, TenantId
from shared.messages.access import ApiKeySpec, TenantSpec
from shared.messages.envelope import ID_HEADER, TYPE_HEADER
from shared.readmodels.board_log import LogRow
from shared.worker.tell import events_of

MOST_WATCHERS: Final = 20_000
"""Streams of one gateway; more are told to come again."""
MOST_TOLD: Final = 500
"""Updates of one board that become frames at once, so that whoever keeps up never falls behind."""
WOKEN_AT_ONCE: Final = 50
"""Watchers; in between others have their turn."""
REST: Final = 4
"""After telling, so many times as long is left to others: one fifth of this process is for streams at most."""
LONGEST_REST_S: Final = 1.0
FETCH_WAIT_S: Final = 1.0
FIRST_BACKOFF_S: Final = 0.1
LONGEST_BACKOFF_S: Final = 5.0
CHECK_S: Final = 1.0
"""How often keys are looked at again."""
CHECKS_A_SWEEP: Final = 5
"""So often the log is asked whether the bus has kept anything back."""
CHECKS_A_BEAT: Final = 15
SERVICE: Final = "leaderboards"
_NO_PLACE: Final = (b"-1", b"-1")

logger = structlog.get_logger(__name__)


class Facts(Protocol):
    """The log of the leaderboards; see BoardLog."""

    async def positions(self) -> dict[int, int]:
        """How far each partition's log reaches now. Raises DatabaseError."""
        ...

    def between(
        self, part: int, after: int, upto: int, types: Sequence[str], board: BoardId | None = None
    ) -> AsyncIterator[list[LogRow]]:
        """Pages of facts of these types, in order. Raises DatabaseError."""
        ...


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

    async def frames(self, tenant: TenantId, board: BoardId, updates: Sequence[Update]) -> list[bytes]:
        """One frame for each update, in order. Raises DatabaseError."""
        ...


class Opened(NamedTuple):
    """A new watcher, and up to where the log had been heard when it joined, by partition."""

    watcher: Watcher
    places: dict[int, int]


class Hub:
    """Hears every fact of the leaderboards once, without gap or repeat, and passes it on.

    The bus is quick and the log is complete: positions tell what the bus has left out, and that is read from the log.
    """

    def __init__(self, bus: Bus, log: Facts, teller: Teller, store: DefinitionStore, clock: Clock) -> None:
        self.log, self.teller = log, teller
        self._bus, self._store, self._clock = bus, store, clock
        self._types = frozenset(name.encode() for name in teller.types)
        self._channels: dict[tuple[TenantId, BoardId], Channel] = {}
        self._places: dict[int, int] = {}
        """The last position heard of each partition."""
        self._fresh: dict[Channel, None] = {}
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()
        """Whoever moves the places has it, since reading the log takes time."""
        self._seq = 0
        self.trouble: str | None = "boards are not followed yet"

    @property
    def watched(self) -> int:
        """How many watch."""
        return sum(len(channel.watchers) for channel in self._channels.values())

    def watch(self, caller: Caller, board: BoardId) -> Opened:
        """Join those who watch a board; what happens from now on is told. Raises Problem: `unavailable`."""
        if self.trouble is not None or self.watched >= MOST_WATCHERS:
            raise Problem("unavailable")
        channel = self._channels.setdefault((caller.tenant, board), Channel(caller.tenant, board))
        key = self._key_of(caller)
        return Opened(Watcher(channel, caller, key.secret_hash if key else ""), dict(self._places))

    def leave(self, watcher: Watcher) -> None:
        """Watch no more."""
        watcher.end()
        channel = watcher.channel
        if not channel.watchers and self._channels.get((channel.tenant, channel.board)) is channel:
            del self._channels[channel.tenant, channel.board]
            self._fresh.pop(channel, None)

    def end(self) -> None:
        """Let everybody go."""
        self.trouble = "this gateway is being stopped"
        for channel in list(self._channels.values()):
            for watcher in list(channel.watchers):
                self.leave(watcher)

    async def run(self) -> None:
        """Hear and tell until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._tell())
            tasks.create_task(self._look_after())

    async def _listen(self) -> None:
        backoff_s = FIRST_BACKOFF_S
        while True:
            try:
                await self._follow()
            except (BusError, DatabaseError) as error:
                backoff_s = FIRST_BACKOFF_S if self.trouble is None else min(2 * backoff_s, LONGEST_BACKOFF_S)
                self.trouble = f"boards are not followed: {error}"
                logger.warning("boards are not followed", error=str(error), again_in_s=backoff_s)
                await asyncio.sleep(backoff_s)

    async def _follow(self) -> None:
        """Stand at the ends of the bus first and then ask the log, so that nothing falls between the two."""
        parts = range((await self._bus.topic(events_of(SERVICE))).partitions)
        tail = self._bus.tail(events_of(SERVICE), *parts)
        try:
            await tail.start()
            await self._catch_up(await self.log.positions())
            self.trouble = None
            while True:
                await self._hear(await tail.fetch(FETCH_WAIT_S))
        finally:
            await tail.stop()

    async def _hear(self, messages: Sequence[Incoming]) -> None:
        async with self._turn:
            for message in messages:
                type_, (part, pos) = _marks(message)
                heard = self._places.setdefault(part, 0)
                if pos <= heard:
                    continue
                if pos > heard + 1:
                    await self._fill(part, pos - 1)
                self._places[part] = pos
                if self._channels and type_ in self._types:
                    self._take(part, _row(message.value))

    async def _catch_up(self, positions: Mapping[int, int]) -> None:
        """Hear of everything up to these positions. Raises DatabaseError."""
        async with self._turn:
            for part, pos in positions.items():
                if part not in self._places:
                    self._places[part] = pos  # nobody watched before
                elif pos > self._places[part]:
                    await self._fill(part, pos)

    async def _fill(self, part: int, upto: int) -> None:
        """Read from the log what the bus has not told. What nobody watches is not read."""
        if self._channels:
            async for page in self.log.between(part, self._places[part], upto, self.teller.types):
                for row in page:
                    self._places[part] = row.pos
                    self._take(part, row)
        self._places[part] = upto

    def _take(self, part: int, row: LogRow) -> None:
        channel = self._channels.get((row.tenant, self.teller.board_of(row.data)))
        if channel is not None:
            channel.pending.append(Update(part, row.pos, row.type, row.data, row.at))
            self._fresh[channel] = None
            self._news.set()

    async def _tell(self) -> None:
        """Whatever happens while others are told is told together the next time: nobody waits for company."""
        while True:
            await self._news.wait()
            self._news.clear()
            fresh, self._fresh = self._fresh, {}
            spent_s = 0.0
            for channel in fresh:
                await self._make_frames(channel)
                spent_s += await self._wake(channel)
            await asyncio.sleep(min(REST * spent_s, LONGEST_REST_S))

    async def _make_frames(self, channel: Channel) -> None:
        updates = channel.pending[:MOST_TOLD]
        try:
            frames = await self.teller.frames(channel.tenant, channel.board, updates)
        except DatabaseError as error:
            logger.warning("what happened on a board is told later", error=str(error))
            await asyncio.sleep(FIRST_BACKOFF_S)
            frames = []
        for update, frame in zip(updates[: len(frames)], frames, strict=True):
            channel.append(update.pos, frame)
            channel.over = update.type == self.teller.last
        del channel.pending[: len(frames)]
        if channel.pending and channel.watchers:
            self._fresh[channel] = None
            self._news.set()

    async def _wake(self, channel: Channel) -> float:
        """Wake everybody who watches it, a few at a time; how long that took, in seconds."""
        watchers, spent_s = list(channel.watchers), 0.0
        for start in range(0, len(watchers), WOKEN_AT_ONCE):
            started = self._clock.monotonic()
            for watcher in watchers[start : start + WOKEN_AT_ONCE]:
                watcher.wake()
            await asyncio.sleep(0)
            spent_s += self._clock.monotonic() - started
        return spent_s

    async def _look_after(self) -> None:
        """Keys may be revoked, the bus may have kept something back, and whoever hears nothing wants a sign of life."""
        checks, stood = 0, dict[int, int]()
        while True:
            await asyncio.sleep(CHECK_S)
            checks += 1
            self._check_keys()
            if checks % CHECKS_A_SWEEP == 0:
                stood = await self._sweep(stood)
            if checks % CHECKS_A_BEAT == 0:
                await self._beat()

    def _check_keys(self) -> None:
        """Whoever may come in no more has to leave."""
        if self._seq == self._store.seq:
            return
        self._seq = self._store.seq
        for channel in list(self._channels.values()):
            for watcher in list(channel.watchers):
                key = self._key_of(watcher.caller)
                if key is None or key.secret_hash != watcher.secret_hash:
                    self.leave(watcher)

    def _key_of(self, caller: Caller) -> ApiKeySpec | None:
        """The caller's key, if it still counts."""
        owner = self._store.current(caller.tenant, TenantSpec, caller.tenant)
        key = self._store.current(caller.tenant, ApiKeySpec, caller.actor.removeprefix("key:"))
        if owner is None or owner.spec.status != "active" or key is None or key.spec.status != "active":
            return None
        return key.spec

    async def _sweep(self, stood: Mapping[int, int]) -> dict[int, int]:
        """Hear of everything that was in the log at the last sweep: the bus has had its time with it."""
        try:
            now = await self.log.positions()
            await self._catch_up(stood)
        except DatabaseError as error:
            logger.warning("the log of boards is not read", error=str(error))
            return dict(stood)
        return now

    async def _beat(self) -> None:
        for channel in list(self._channels.values()):
            for watcher in channel.watchers:
                watcher.beats = True
            await self._wake(channel)


def _marks(message: Incoming) -> tuple[bytes, tuple[int, int]]:
    """The type of a fact and its place in the log."""
    type_, place = b"", _NO_PLACE
    for name, value in message.headers:
        if name == TYPE_HEADER:
            type_ = value
        elif name == ID_HEADER:
            part, _, pos = value.partition(b"-")
            place = (part, pos)
    return type_, (int(place[0]), int(place[1]))


def _row(value: bytes) -> LogRow:
    """A published fact as the log has it."""
    found = orjson.loads(value)
    at = datetime.fromisoformat(found["at"])
    return LogRow(found["pos"], found["tenant"], found["type"], found["data"], at)
