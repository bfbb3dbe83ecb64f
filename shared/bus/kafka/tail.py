"""A few partitions of one topic in Kafka, read from their ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.bus.kafka.backlog import Backlog, Doorbell
from shared.bus.kafka.clients import TAIL_MAX_WAIT_MS, Clients, translated
from shared.bus.port import BusError, Incoming, Slot, Topic

Describe = Callable[[str], Awaitable[Topic]]


class KafkaTail:
    """A few partitions, read from their ends."""

    def __init__(self, clients: Clients, described: Describe, topic: str, parts: Sequence[int]) -> None:
        self._clients, self._described, self._topic, self._parts = clients, described, topic, parts
        self._consumer: AIOKafkaConsumer | None = None
        self._backlog = Backlog()

    async def start(self) -> None:
        """See Tail. Raises BusError if there is no broker, or no such partition."""
        known = (await self._described(self._topic)).partitions
        for part in self._parts:
            if not 0 <= part < known:
                raise BusError(f"topic {self._topic} has {known} partitions, and no partition {part}")
        places = [TopicPartition(self._topic, part) for part in self._parts]
        consumer = self._clients.consumer(TAIL_MAX_WAIT_MS)
        self._doorbell = Doorbell(consumer)
        consumer.assign(places)
        self._consumer = await self._clients.started(consumer)
        with translated("Kafka does not say where partitions end"):
            ends = await consumer.end_offsets(places)
        for place, end in ends.items():
            consumer.seek(place, end)
        self._backlog.start({Slot(*place): end for place, end in ends.items()})

    async def stop(self) -> None:
        """Read no more."""
        if self._consumer is not None:
            await self._consumer.stop()

    async def fetch(self, wait_s: float) -> Sequence[Incoming]:
        """See Tail."""
        assert self._consumer is not None, "start the tail first"
        with translated(f"nothing can be read from {self._topic}"):
            found = await self._backlog.next_of(self._consumer)
            if not found and wait_s > 0:
                await self._doorbell.heard(wait_s)
                found = await self._backlog.next_of(self._consumer)
        return found
