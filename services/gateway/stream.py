"""Follows what happens on boards, and tells it to everybody who watches them through this gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol

import orjson
import structlog

from services.gateway.channel import Channel, Update, Watcher
from services.gateway.keys import Caller
from services.gateway.problem import Problem
from services.gateway.telling import Teller, Telling, wake
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
FETCH_WAIT_S: Final = 1.0
LINGER_S: Final = 30.0
"""So long boards are followed after the last watcher has gone: another will hardly have to wait."""
LONGEST_START_S: Final = 5.0
"""The first watcher waits no longer than this until boards are followed."""
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


class Opened(NamedTuple):
    """A new watcher, and up to where the log had been heard when it joined, by partition."""

    watcher: Watcher
    places: dict[int, int]


class Hub:
    """While somebody watches, hears every fact of the leaderboards once, without gap or repeat, and passes it on.

    The bus is quick and the log is complete: positions tell what the bus has left out, and that is read from the log.
    """

    def __init__(self, bus: Bus, log: Facts, teller: Teller, store: DefinitionStore, clock: Clock) -> None:
        self.log, self.teller = log, teller
        self._bus, self._store, self._clock = bus, store, clock
        self._types = frozenset(name.encode() for name in teller.types)
        self._channels: dict[tuple[TenantId, BoardId], Channel] = {}
        self._places: dict[int, int] = {}
        """The last position heard of each partition."""
        self._telling = Telling(teller)
        self._turn = asyncio.Lock()
        """Whoever moves the places has it, since reading the log takes time."""
        self._wanted = asyncio.Event()
        """Whether boards are to be followed."""
        self._begun = asyncio.Event()
        """Whether they are followed, or that was tried in vain."""
        self._seq = 0
        self.trouble: str | None = None

    @property
    def watched(self) -> int:
        """How many watch."""
        return sum(len(channel.watchers) for channel in self._channels.values())

    async def watch(self, caller: Caller, board: BoardId) -> Opened:
        """Join those who watch a board; what happens from now on is told. Raises Problem: `unavailable`."""
        if self.trouble is not None or self.watched >= MOST_WATCHERS:
            raise Problem("unavailable")
        channel = self._channels.setdefault((caller.tenant, board), Channel(caller.tenant, board))
        key = self._key_of(caller)
        watcher = Watcher(channel, caller, key.secret_hash if key else "")
        try:
            await self._follows()
        except BaseException:
            self.leave(watcher)
            raise
        return Opened(watcher, dict(self._places))

    async def _follows(self) -> None:
        """Return once boards are followed. Raises Problem: `unavailable`."""
        self._wanted.set()
        try:
            async with asyncio.timeout(LONGEST_START_S):
                await self._begun.wait()
        except TimeoutError:
            raise Problem("unavailable") from None
        if self.trouble is not None:
            raise Problem("unavailable")

    def leave(self, watcher: Watcher) -> None:
        """Watch no more."""
        watcher.end()
        channel = watcher.channel
        if not channel.watchers and self._channels.get((channel.tenant, channel.board)) is channel:
            del self._channels[channel.tenant, channel.board]
            self._telling.forget(channel)

    def end(self) -> None:
        """Let everybody go."""
        self.trouble = "this gateway is being stopped"
        self._begun.set()
        for channel in list(self._channels.values()):
            for watcher in list(channel.watchers):
                self.leave(watcher)

    async def run(self) -> None:
        """Hear and tell until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._telling.run())
            tasks.create_task(self._look_after())

    async def _listen(self) -> None:
        backoff_s = FIRST_BACKOFF_S
        while True:
            await self._wanted.wait()
            try:
                await self._follow()
            except (BusError, DatabaseError) as error:
                backoff_s = FIRST_BACKOFF_S if self.trouble is None else min(2 * backoff_s, LONGEST_BACKOFF_S)
                self.trouble = f"boards are not followed: {error}"
                self._begun.set()
                logger.warning("boards are not followed", error=str(error), again_in_s=backoff_s)
                await asyncio.sleep(backoff_s)

    async def _follow(self) -> None:
        """Until nobody has watched for a while.

        It stands at the ends of the bus first and then asks the log, so that nothing falls between the two.
        """
        parts = range((await self._bus.topic(events_of(SERVICE))).partitions)
        tail = self._bus.tail(events_of(SERVICE), *parts)
        try:
            await tail.start()
            positions = await self.log.positions()
            await self._catch_up(positions)
            for part in parts:
                self._places.setdefault(part, positions.get(part, 0))  # nobody watched before
            self.trouble = None
            self._begun.set()
            watched_at = self._clock.monotonic()
            while not await self._ends(watched_at):
                await self._hear(await tail.fetch(FETCH_WAIT_S))
                if self._channels:
                    watched_at = self._clock.monotonic()
        finally:
            await tail.stop()

    async def _ends(self, watched_at: float) -> bool:
        """Whether nobody has watched for a while. Whoever comes next begins with what the log has by then."""
        if self._clock.monotonic() - watched_at < LINGER_S:
            return False
        async with self._turn:
            if self._channels:
                return False
            self._wanted.clear()
            self._begun.clear()
            self._places.clear()
            return True

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
        """Hear of everything up to these positions in the partitions that are followed. Raises DatabaseError."""
        async with self._turn:
            for part, pos in positions.items():
                if pos > self._places.get(part, pos):
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
            self._telling.has_news(channel)

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
        if not self._places:
            return {}
        try:
            now = await self.log.positions()
            await self._catch_up(stood)
        except DatabaseError as error:
            logger.warning("the log of boards is not read", error=str(error))
            return dict(stood)
        return now

    async def _beat(self) -> None:
        channels = list(self._channels.values())
        for channel in channels:
            for watcher in channel.watchers:
                watcher.beats = True
        await wake(channels)


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
