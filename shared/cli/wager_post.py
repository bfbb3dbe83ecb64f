"""Sends operators' wagers to Kafka: in batches, each to the partition where its player lives, and counted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from shared.bus.partition import partition_of
from shared.bus.port import Bus, NoSuchPlace, Outgoing
from shared.cli.wager_stream import Kind
from shared.messages.envelope import routing_key
from shared.messages.wager import WAGERS

BATCH: Final = 2_000
LARGEST_BATCH_BYTES: Final = 4 * 1024 * 1024
_IN_A_TOPIC: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")


class NoTopic(ValueError):
    """There is nowhere to send this tenant's wagers to; the text says why and what to do."""


@dataclass
class Counts:
    """How many messages of each kind, and how large they are together."""

    wager: int = 0
    void: int = 0
    deposit: int = 0
    size: int = 0

    def count(self, kind: Kind, size: int) -> None:
        """One more."""
        setattr(self, kind, getattr(self, kind) + 1)
        self.size += size

    @property
    def messages(self) -> int:
        """Of all kinds."""
        return self.wager + self.void + self.deposit

    def __str__(self) -> str:
        return f"{self.wager:,} wagers, {self.void:,} voids and {self.deposit:,} deposits, {self.size:,} bytes"


@dataclass
class Post:
    """What is on its way to the tenants' topics."""

    bus: Bus
    sent: Counts = field(default_factory=Counts)
    """What Kafka has."""
    _waiting: list[Outgoing] = field(init=False, default_factory=list)
    _kinds: list[Kind] = field(init=False, default_factory=list)
    _size: int = field(init=False, default=0)
    _partitions: dict[str, int | NoTopic] = field(init=False, default_factory=dict)

    async def partitions_of(self, tenant: str) -> int:
        """How many partitions the tenant's topic has; asked of the bus once.

        Raises:
            NoTopic: there is none.
            BusError: the bus does not answer.
        """
        if tenant not in self._partitions:
            self._partitions[tenant] = await self._asked(tenant)
        found = self._partitions[tenant]
        if isinstance(found, NoTopic):
            raise found
        return found

    async def _asked(self, tenant: str) -> int | NoTopic:
        if not _IN_A_TOPIC.fullmatch(tenant):
            return NoTopic(
                f"no topic can be called {WAGERS}{tenant!r}: a tenant's id has letters, digits and - . _ alone"
            )
        try:
            return (await self.bus.topic(WAGERS + tenant)).partitions
        except NoSuchPlace as error:
            return NoTopic(f"{error}: configure the tenant with `fairground apply`, and the engines create its topic")

    def add(self, tenant: str, player: str, value: bytes, kind: Kind) -> None:
        """One more message, of a tenant whose partitions are known."""
        partitions = self._partitions[tenant]
        assert isinstance(partitions, int)
        part = partition_of(tenant, player, partitions)
        self._waiting.append(Outgoing(WAGERS + tenant, part, routing_key(tenant, player), value))
        self._kinds.append(kind)
        self._size += len(value)

    @property
    def full(self) -> bool:
        """Whether it is time to send."""
        return len(self._waiting) >= BATCH or self._size >= LARGEST_BATCH_BYTES

    async def send(self) -> None:
        """Send what waits; returns when the broker has it. Raises BusError: nobody knows whether it has."""
        if not self._waiting:
            return
        await self.bus.publish(self._waiting)
        for kind, message in zip(self._kinds, self._waiting, strict=True):
            self.sent.count(kind, len(message.value))
        self._waiting, self._kinds, self._size = [], [], 0
