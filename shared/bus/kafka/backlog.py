"""What the driver has read ahead, handed over in portions, and how to wait for more."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.consumer.fetcher import FetchError, FetchResult

from shared.bus.port import MOST_FETCHED, Incoming, Slot
from shared.bus.portion import portion, room_for_streams

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ReadAhead(OrderedDict[TopicPartition, Any]):
    """What the driver has read and nobody has taken, which shall keep nothing else from being read.

    The driver asks a broker for nothing more while something of it waits here, for a tenth of a second at most, so that
    the next request names that partition again: a request without a busy partition would keep its next message waiting.
    So what is of the own topic is taken at once, and what comes while the keeper is busy is there when it is not. Only
    what is more than one fetch waits here. A stream's backlog waits all the time, and people would wait with it.
    """

    def __init__(self, own: str, take: Callable[[TopicPartition, FetchResult], bool]) -> None:
        """Nothing is read yet.

        Args:
            own: the topic that people wait for.
            take: takes what has been read of that, or says that it must wait.
        """
        super().__init__()
        self._own_topic, self._take = own, take

    def __setitem__(self, place: TopicPartition, found: Any) -> None:
        if place.topic != self._own_topic:
            found._backoff = 0.0
        elif type(found) is FetchResult:
            try:
                if self._take(place, found):
                    return
            except Exception as error:  # noqa: BLE001 - whatever cannot be read, the next fetch raises it
                found = FetchError(error=error, backoff=found._backoff)
        super().__setitem__(place, found)


class Waiting:
    """What has been read of some partitions and not been handed over yet."""

    def __init__(self, slots: Collection[Slot]) -> None:
        self.messages: list[Incoming] = []
        self._places = [TopicPartition(*slot) for slot in slots]

    async def first(self, most: int, consumer: AIOKafkaConsumer) -> list[Incoming]:
        """The first of them, at most so many, after asking the driver for more unless these fill a fetch anyway."""
        lacking = most - len(self.messages)
        if self._places and lacking > 0 and portion(self.messages) == len(self.messages):
            records = await consumer.getmany(*self._places, timeout_ms=0, max_records=lacking)
            self.messages += [_incoming(record) for some in records.values() for record in some]
        return self.messages[:most]

    def take(self, most: int, place: TopicPartition, found: FetchResult) -> bool:
        """Whether this is one of them and fewer than so many waited, so that it waits here as well now."""
        if place not in self._places or len(self.messages) >= most:
            return False
        self.messages += map(_incoming, found.getall())
        return True

    def drop(self, part: int) -> None:
        """Forget what waits of the partitions with this number."""
        self.messages = [message for message in self.messages if message.part != part]


class Backlog:
    """What has been read and not been handed over yet, since one fetch hands over only so much."""

    def __init__(self) -> None:
        self.start({})

    def start(self, own: Mapping[Slot, int], streams: Mapping[Slot, int] | None = None) -> None:
        """Forget everything, and stand at these places. Nothing is read of any other partition."""
        streams = streams or {}
        self.places = {**own, **streams}
        """The next offset to be handed over of each partition."""
        self._own, self._streams = Waiting(own), Waiting(streams)

    def drop(self, part: int) -> None:
        """Forget what waits of these partitions."""
        self._own.drop(part)
        self._streams.drop(part)

    def take(self, place: TopicPartition, found: FetchResult) -> bool:
        """Whether this is of the own topic and has room here. Raises what the driver raises of what cannot be read."""
        return self._own.take(MOST_FETCHED, place, found)

    async def next_of(self, consumer: AIOKafkaConsumer) -> list[Incoming]:
        """What a fetch hands over now. Does not wait. Raises what the driver raises, and loses nothing by it."""
        own = await self._own.first(MOST_FETCHED, consumer)
        now = own + await self._streams.first(room_for_streams(len(own)), consumer)
        del now[portion(now) :]
        del self._own.messages[: len(now)]
        del self._streams.messages[: max(0, len(now) - len(own))]
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
