"""What the bus's contract suites stand on: a bus, a keeper that takes notes, and members that join."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from shared.bus.kafka import KafkaBus
from shared.bus.memory import MemoryBus
from shared.bus.port import (
    Bus,
    BusError,
    Incoming,
    Member,
    Outgoing,
    Slot,
)

DEADLINE_S = 40.0
SESSION_TIMEOUT_MS = 6_000
HOUR = timedelta(hours=1)
ALL = frozenset(range(4))
"""The partitions of a topic, unless a test wants others."""

Journal = list[tuple[str, str, frozenset[int]]]
"""Who gained or lost what, in the order of events."""


class Keeper:
    """Notes what it is told, and answers with the offsets that the test wants."""

    def __init__(self, journal: Journal, name: str, topics: Sequence[str]) -> None:
        self.journal, self.name, self.topics = journal, name, topics
        self.held: frozenset[int] = frozenset()
        self.offsets: dict[Slot, int] = {}
        self.may_claim = asyncio.Event()
        self.may_claim.set()
        self.claims = 0
        self.error: Exception | None = None
        self.silent = False

    async def gained(self, parts: frozenset[int]) -> Mapping[Slot, int]:
        self.claims += 1
        await self.may_claim.wait()
        if self.error is not None:
            raise self.error
        self.journal.append((self.name, "gained", parts))
        self.held = parts
        if self.silent:
            return {}
        return {Slot(topic, part): self.offsets.get(Slot(topic, part), 0) for topic in self.topics for part in parts}

    async def lost(self, parts: frozenset[int]) -> None:
        self.journal.append((self.name, "lost", parts))
        self.held = frozenset()


@dataclass
class Rig:
    """One bus under test, and the members that the test starts on it."""

    bus: Bus
    elsewhere: Callable[[], Awaitable[Bus]]
    """The same bus as another process sees it."""
    make_anew: Callable[[str, int], Awaitable[Bus]]
    """The bus after this topic was lost and made anew."""
    drop: Callable[[Slot, int], Awaitable[None]]
    """Let the broker forget what this partition has before this offset, as it does with old messages."""
    prefix: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:12]}")
    journal: Journal = field(default_factory=list)
    started: list[Any] = field(default_factory=list)

    async def topic(self, name: str = "orders", partitions: int = 4) -> str:
        full = f"{self.prefix}.{name}"
        await self.bus.ensure({full: partitions})
        return full

    async def join(self, name: str, *topics: str, keeper: Keeper | None = None, bus: Bus | None = None) -> Joined:
        keeper = keeper or Keeper(self.journal, name, topics)
        member = (bus or self.bus).member(self.prefix, name, topics)
        self.started.append(member)
        await member.start(keeper)
        return Joined(member, keeper)

    async def stop(self) -> None:
        for each in reversed(self.started):
            await each.stop()
        await self.bus.stop()


@dataclass
class Joined:
    """A member and its keeper."""

    member: Member
    keeper: Keeper

    async def has(self, *parts: int) -> None:
        await until(lambda: self.keeper.held == frozenset(parts))

    async def read(self, count: int) -> list[Incoming]:
        """Fetch until so many messages have come."""
        found: list[Incoming] = []
        async with asyncio.timeout(DEADLINE_S):
            while len(found) < count:
                found += await self.member.fetch(0.2)
        return found


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not true():
            await asyncio.sleep(0.01)


async def raised_by(member: Member, kind: type[Exception]) -> Exception:
    """What a fetch raises, sooner or later."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            try:
                await member.fetch(0.2)
            except kind as error:
                return error


def to(topic: str, part: int, *values: str) -> list[Outgoing]:
    return [Outgoing(topic, part, None, value.encode()) for value in values]


def words(messages: Sequence[Incoming]) -> list[str]:
    return [message.value.decode() for message in messages]


def memory_rig() -> Rig:
    bus = MemoryBus()

    async def elsewhere() -> Bus:
        return bus

    async def reboot(topic: str, partitions: int) -> Bus:
        after = MemoryBus()
        await after.ensure({topic: partitions})
        return after

    async def drop(slot: Slot, before: int) -> None:
        log = bus._shelf.log(slot)
        del log.messages[: before - log.first]
        log.first = before

    return Rig(bus, elsewhere, reboot, drop)


async def kafka_rig(bootstrap: str) -> Rig:
    bus = KafkaBus(bootstrap, session_timeout_ms=SESSION_TIMEOUT_MS)
    await bus.start()

    async def elsewhere() -> Bus:
        other = KafkaBus(bootstrap, session_timeout_ms=SESSION_TIMEOUT_MS)
        await other.start()
        made.started.insert(0, other)
        return other

    async def delete_and_create(topic: str, partitions: int) -> Bus:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        await admin.delete_topics([topic])
        await admin.close()

        async with asyncio.timeout(DEADLINE_S):
            with suppress(BusError):
                while await bus.topic(topic):
                    await asyncio.sleep(0.05)
        await bus.ensure({topic: partitions})
        return bus

    async def drop(slot: Slot, before: int) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        await admin.delete_records({TopicPartition(*slot): RecordsToDelete(before)})
        await admin.close()

    made = Rig(bus, elsewhere, delete_and_create, drop)
    return made
