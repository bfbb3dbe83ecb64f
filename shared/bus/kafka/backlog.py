"""What the driver has read ahead, handed over in portions, and how to wait for more."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from shared.bus.port import MOST_FETCHED, Incoming, Slot
from shared.bus.portion import portion

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Backlog:
    """What has been read and not been handed over yet, since one fetch hands over only so much."""

    def __init__(self) -> None:
        self.places: dict[Slot, int] = {}
        """The next offset to be handed over of each partition."""
        self._waiting: list[Incoming] = []

    def start(self, places: Mapping[Slot, int]) -> None:
        """Forget everything, and stand at these places."""
        self.places = dict(places)
        self._waiting = []

    def drop(self, part: int) -> None:
        """Forget what waits of these partitions."""
        self._waiting = [message for message in self._waiting if message.part != part]

    async def next_of(self, consumer: AIOKafkaConsumer) -> list[Incoming]:
        """What a fetch hands over now. Does not wait. Raises what the driver raises."""
        if not self._waiting:
            records = await consumer.getmany(timeout_ms=0, max_records=MOST_FETCHED)
            self._waiting = [_incoming(record) for some in records.values() for record in some]
        count = portion(self._waiting)
        now, self._waiting = self._waiting[:count], self._waiting[count:]
        for message in now:
            self.places[Slot(message.topic, message.part)] = message.offset + 1
        return now


class Doorbell:
    """Rings when the driver has something for us, be it messages or an error."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._bell: asyncio.Future[None] | None = None

    def ring(self) -> None:
        """Wake whoever waits."""
        if self._bell is not None and not self._bell.done():
            self._bell.set_result(None)

    async def heard(self, wait_s: float) -> None:
        """Wait for it, so long at most.

        The driver's own waiting, inside `getmany`, cannot be ended when a rebalance begins: it would go on until the
        rebalance is over, which in turn waits for the keeper, which may be waiting for the fetch.
        """
        self._bell = bell = self._consumer._fetcher._create_fetch_waiter()
        try:
            await asyncio.wait([bell], timeout=wait_s)
        finally:
            if not bell.cancel() and not bell.cancelled():
                bell.exception()  # the next reading raises it


def _incoming(record: ConsumerRecord) -> Incoming:
    return Incoming(
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value or b"",
        tuple((name, value or b"") for name, value in record.headers),
        _EPOCH + timedelta(milliseconds=record.timestamp),
    )
