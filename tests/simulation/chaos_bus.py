"""The bus as one process of the simulated town sees it: late, forgetful of acknowledgements, and quick to evict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from shared.bus.port import Bus, BusError, Incoming, Keeper, Member, Outgoing, Slot, Tail, Topic
from tests.simulation.faults import Faults, Killed, Life

REPLIES: Final = "gateway.replies"
Spy = Callable[[Outgoing], None]
"""Sees every message at the moment when a service publishes it."""


async def append_late(bus: Bus, messages: Sequence[Outgoing], faults: Faults) -> None:
    """What a process had sent off before it died arrives after all."""
    await bus.publish(messages)
    faults.counts["late publishes landed"] += 1


class ChaosBus:
    """A port that fills Bus for one life over a broker that outlives it."""

    def __init__(self, inner: Bus, life: Life, spy: Spy) -> None:
        self.forgetful = inner.forgetful
        self.members: list[ChaosMember] = []
        self._inner, self._life, self._faults, self._spy = inner, life, life.faults, spy

    async def start(self) -> None:
        """See Bus."""

    async def stop(self) -> None:
        """See Bus."""

    async def ensure(self, topics: Mapping[str, int], retention_ms: Mapping[str, int] | None = None) -> None:
        """See Bus."""
        await self._inner.ensure(topics, retention_ms)

    async def topic(self, name: str) -> Topic:
        """See Bus."""
        await self._life.passes()
        return await self._inner.topic(name)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """See Bus."""
        faults = self._faults
        for message in messages:
            self._spy(message)
        try:
            await self._life.passes()
        except BaseException:
            if faults.happens(0.4, "publishes of the dead sent off"):
                faults.later(append_late(self._inner, messages, faults))
            raise
        kept = [one for one in messages if not self._loses(one)]
        if faults.happens(faults.rates.bus_fails, "publishes that failed"):
            await self._inner.publish(kept[: faults.chance.randint(0, len(kept))])
            raise BusError("the broker's acknowledgement never came")
        await self._inner.publish(kept)
        if faults.happens(faults.rates.appended_twice, "publishes appended twice"):
            await self._inner.publish(kept)
        await self._life.passes()

    def _loses(self, message: Outgoing) -> bool:
        return message.topic == REPLIES and self._faults.happens(self._faults.rates.reply_lost, "replies lost")

    def member(self, group: str, name: str, topics: Sequence[str]) -> Member:
        """See Bus."""
        member = ChaosMember(lambda: self._inner.member(group, name, topics), self._life)
        self.members.append(member)
        return member

    def tail(self, topic: str, part: int) -> Tail:
        """See Bus."""
        return self._inner.tail(topic, part)


class ChaosMember:
    """A member that can be evicted while it stands still: the group does not wait for its consent."""

    def __init__(self, join: Callable[[], Member], life: Life) -> None:
        self._join, self._life, self._faults = join, life, life.faults
        self._inner: Member | None = None
        self._keeper: Keeper | None = None
        self._parts: frozenset[int] = frozenset()
        """What the worker believes to own."""
        self._evicted = asyncio.Event()
        self._gaining: asyncio.Task[Mapping[Slot, int]] | None = None
        self.tasks: set[asyncio.Task[object]] = set()

    async def start(self, keeper: Keeper) -> None:
        """See Member."""
        await self._life.passes()
        self._keeper = keeper
        await self._enter()

    async def _enter(self) -> None:
        self._evicted = asyncio.Event()
        self._inner = self._join()
        await self._inner.start(self)

    async def stop(self) -> None:
        """See Member."""
        if self._life.dead:
            raise Killed(self._life.name)
        if self._inner is not None:
            await self._inner.stop()

    async def evict(self) -> None:
        """The group gives this member's partitions away, and nobody asks it."""
        self._evicted.set()
        inner, self._inner = self._inner, None
        if inner is not None:
            await inner.stop()

    async def learn(self) -> None:
        """It hears that it was evicted: it lets everything go and enters anew."""
        assert self._keeper is not None
        if self._gaining is not None:
            await asyncio.wait({self._gaining})
        await self._keeper.lost(self._parts)
        self._parts = frozenset()
        await self._enter()

    async def gained(self, parts: frozenset[int]) -> Mapping[Slot, int]:
        """What the inner member asks its keeper; the evicted one's answer is not waited for."""
        assert self._keeper is not None
        self._parts |= parts
        self._gaining = asyncio.ensure_future(self._keeper.gained(parts))
        return await self._unless_evicted(self._gaining) or {}

    async def lost(self, parts: frozenset[int]) -> None:
        """What the inner member asks its keeper."""
        if self._evicted.is_set() or self._keeper is None:
            return
        self._parts -= parts
        await self._keeper.lost(parts)
