"""One partition of Kafka, read from its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.bus.kafka.backlog import Backlog, Doorbell
from shared.bus.kafka.clients import TAIL_MAX_WAIT_MS, Clients, translated
from shared.bus.port import BusError, Incoming, Slot, Topic

Describe = Callable[[str], Awaitable[Topic]]


class KafkaTail:
    """One partition, read from its end."""

    def __init__(self, clients: Clients, described: Describe, slot: Slot) -> None:
        self._clients, self._described, self._slot = clients, described, slot
        self._consumer: AIOKafkaConsumer | None = None
        self._backlog = Backlog()

    async def start(self) -> None:
        """See Tail. Raises BusError if there is no broker, or no such partition."""
        known = (await self._described(self._slot.topic)).partitions
        if not 0 <= self._slot.part < known:
            raise BusError(f"topic {self._slot.topic} has {known} partitions, and no partition {self._slot.part}")
        place = TopicPartition(*self._slot)
        consumer = self._clients.consumer(TAIL_MAX_WAIT_MS)
        self._doorbell = Doorbell(consumer)
        consumer.assign([place])
        self._consumer = await self._clients.started(consumer)
        with translated("Kafka does not say where a partition ends"):
            end = (await consumer.end_offsets([place]))[place]
        consumer.seek(place, end)
        self._backlog.start({self._slot: end})

    async def stop(self) -> None:
        """Read no more."""
        if self._consumer is not None:
            await self._consumer.stop()

    async def fetch(self, wait_s: float) -> Sequence[Incoming]:
        """See Tail."""
        assert self._consumer is not None, "start the tail first"
        with translated(f"nothing can be read from {self._slot.topic}[{self._slot.part}]"):
            found = await self._backlog.next_of(self._consumer)
            if not found and wait_s > 0:
                await self._doorbell.heard(wait_s)
                found = await self._backlog.next_of(self._consumer)
        return found
