"""The bus as one process of the simulated town sees it: late, forgetful of acknowledgements, and quick to evict."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

from shared.bus.memory import MemoryBus
from shared.bus.memory_group import MemoryMember
from shared.bus.port import BusError, Incoming, Keeper, Member, NoSuchPlace, Outgoing, Slot, Span, Tail, Topic
from shared.messages.envelope import ID_HEADER, REPLY_TYPE, TYPE_HEADER
from tests.simulation.faults import DECISIVE, IDLE, Faults, Killed, Life

REPLIES: Final = "gateway.replies"
LONGEST_DAWDLE_S: Final = 0.6
Spy = Callable[[Outgoing], None]
"""Sees a message at the moment when somebody publishes it, or when it is appended."""


def id_of(message: Outgoing) -> str:
    """What a message is known by; an answer by what it answers."""
    return next((value for name, value in message.headers if name == ID_HEADER), b"").decode()


def answers_a_send(message: Outgoing) -> bool:
    """Whether a service says this to another that has asked it for something."""
    return message.topic != REPLIES and (TYPE_HEADER, REPLY_TYPE.encode()) in message.headers


class Stood(NamedTuple):
    """Where and since when a message stood."""

    broker: int
    """The how-manieth broker of its town."""
    offset: int
    at: datetime


class Broker(MemoryBus):
    """The real bus in memory, which remembers where each message came to stand."""

    def __init__(self, now: Callable[[], datetime], number: int, appended: Spy) -> None:
        super().__init__(now)
        self.number = number
        """The how-manieth broker of its town this is."""
        self.places: dict[str, list[Stood]] = defaultdict(list)
        """By the message's id."""
        self.ends: dict[tuple[int, str], int] = defaultdict(int)
        """The next offset, by partition and topic."""
        self._appended, self._at = appended, now

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """See Bus. Whatever goes nowhere stands nowhere."""
        for message in messages:
            self._shelf.log(Slot(message.topic, message.part))
        for message in messages:
            slot = (message.part, message.topic)
            self.places[id_of(message)].append(Stood(self.number, self.ends[slot], self._at()))
            self.ends[slot] += 1
            self._appended(message)
        await super().publish(messages)

    def id_of(self, topic: str) -> str:
        """Which topic this is: of the same name there was another on each broker before."""
        return f"{self._boot}/{topic}"

    def stood(self, topic: str) -> list[Incoming]:
        """Everything that a topic has ever had, if there is one."""
        with suppress(NoSuchPlace):
            return [message for log in self._shelf.logs(topic) for message in log.messages]
        return []


async def append_late(broker: Broker, messages: Sequence[Outgoing], faults: Faults) -> None:
    """What a process had sent off before it died arrives after all."""
    await broker.publish(messages)
    faults.counts["late publishes landed"] += 1


class ChaosBus:
    """A port that fills Bus for one life over a broker that outlives it."""

    forgetful = True

    def __init__(self, broker: Broker, life: Life, spy: Spy) -> None:
        self.joined: ChaosMember | None = None
        self._broker, self._life, self._faults, self._spy = broker, life, life.faults, spy

    async def start(self) -> None:
        """See Bus."""

    async def stop(self) -> None:
        """See Bus."""

    async def ensure(self, topics: Mapping[str, int], retention_ms: Mapping[str, int] | None = None) -> None:
        """See Bus."""
        await self._life.passes()
        if self._faults.happens(self._faults.rates.ends_fail, "topics not made"):
            raise BusError("the broker makes no topics")
        await self._broker.ensure(topics, retention_ms)

    async def topic(self, name: str) -> Topic:
        """See Bus."""
        await self._life.passes()
        return await self._broker.topic(name)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """See Bus."""
        faults = self._faults
        for message in messages:
            self._spy(message)
        try:
            await self._life.passes(DECISIVE)
        except BaseException:
            if faults.happens(faults.rates.sent_off, "publishes of the dead sent off"):
                faults.later(partial(append_late, self._broker, messages, faults))
            raise
        kept = [one for one in messages if not self._loses(one)]
        if faults.happens(faults.rates.bus_fails, "publishes that failed"):
            await self._broker.publish(kept[: faults.chance.randint(0, len(kept))])
            raise BusError("the broker's acknowledgement never came")
        await self._broker.publish(kept)
        if faults.happens(faults.rates.appended_twice, "publishes appended twice"):
            await self._broker.publish(kept)
        await self._life.passes(DECISIVE)

    def _loses(self, message: Outgoing) -> bool:
        if answers_a_send(message):
            return self._faults.silent(id_of(message))
        return message.topic == REPLIES and self._faults.happens(self._faults.rates.reply_lost, "replies lost")

    def member(self, group: str, name: str, topics: Sequence[str]) -> Member:
        """See Bus."""
        self.joined = ChaosMember(self._broker, group, self._broker.member(group, name, topics), self._life)
        return self.joined

    def tail(self, topic: str, *parts: int) -> Tail:
        """See Bus."""
        return self._broker.tail(topic, *parts)


class ChaosMember:
    """A member that can be evicted while it stands still; it is also the keeper that its inner member knows."""

    def __init__(self, broker: Broker, group: str, inner: MemoryMember, life: Life) -> None:
        self._broker, self._group, self._inner, self._life = broker, group, inner, life
        self._keeper: Keeper | None = None
        self._evicted = asyncio.Event()
        self._losing: asyncio.Task[None] | None = None

    async def evict(self) -> None:
        """The session timed out: the group gives its partitions away, and does not wait for its consent."""
        self._evicted.set()
        await self._broker.expire(self._group, self._inner.name)

    async def return_(self) -> None:
        """It hears that it was evicted, and enters anew."""
        self._evicted.clear()
        if self._keeper is not None:
            await self._inner.rejoin()

    async def start(self, keeper: Keeper) -> None:
        """See Member."""
        await self._life.passes()
        self._keeper = keeper
        await self._inner.start(self)

    async def stop(self) -> None:
        """See Member."""
        await self._life.passes()
        await self._inner.stop()

    async def rejoin(self) -> None:
        """See Member."""
        await self._life.passes()
        self._life.faults.counts["rejoined"] += 1
        await self._inner.rejoin()

    async def subscribe(self, topics: Sequence[str]) -> None:
        """See Member. The broker may be away when it is asked what these topics are."""
        faults = self._life.faults
        await self._life.passes()
        if faults.happens(faults.rates.ends_fail, "topics not described"):
            raise BusError("the broker does not describe its topics")
        faults.counts["subscribed"] += 1
        await self._inner.subscribe(topics)
        await self._life.passes()

    async def fetch(self, wait_s: float) -> Sequence[Incoming]:
        """See Member. What was fetched stays in the hands of a frozen process, and it goes on with it."""
        faults = self._life.faults
        await self._life.passes(IDLE)
        messages = await self._inner.fetch(wait_s)
        if messages:
            await self._life.passes()
            if faults.happens(faults.rates.dawdles, "fetches looked at late"):
                await asyncio.sleep(faults.chance.uniform(0.0, LONGEST_DAWDLE_S))
                await self._life.passes()
        return messages

    def halt(self, part: int) -> None:
        """See Member."""
        self._inner.halt(part)

    async def ends(self, slots: Sequence[Slot]) -> Mapping[Slot, int]:
        """See Member. The broker may be away when it is asked, or its answer may be lost."""
        faults = self._life.faults
        await self._life.passes()
        if faults.happens(faults.rates.ends_fail, "ends not told"):
            raise BusError("the broker does not say where its partitions end")
        ends = await self._inner.ends(slots)
        await self._life.passes()
        if faults.happens(faults.rates.ends_fail / 2, "ends not told"):
            raise BusError("the broker's answer was lost")
        return ends

    async def spans(self, slots: Sequence[Slot]) -> Mapping[Slot, Span]:
        """See Member."""
        await self._life.passes()
        spans = await self._inner.spans(slots)
        await self._life.passes()
        return spans

    def lags(self) -> Mapping[Slot, int]:
        """See Member."""
        return self._inner.lags()

    async def report(self, offsets: Mapping[Slot, int]) -> None:
        """See Member."""
        await self._life.passes()

    async def gained(self, parts: frozenset[int]) -> Mapping[Slot, int]:
        """What the group tells the process."""
        assert self._keeper is not None
        try:
            return await self._keeper.gained(parts)
        except Killed:
            raise asyncio.CancelledError from None

    async def lost(self, parts: frozenset[int]) -> None:
        """What the group tells the process; it waits for a frozen one until the session is over."""
        assert self._keeper is not None
        losing = self._losing = asyncio.ensure_future(self._lose(self._keeper, parts))
        over = asyncio.ensure_future(self._evicted.wait())
        try:
            await asyncio.wait([losing, over], return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
        if losing.done():
            losing.result()

    async def _lose(self, keeper: Keeper, parts: frozenset[int]) -> None:
        with suppress(Killed):  # nobody waits for the dead
            await keeper.lost(parts)
