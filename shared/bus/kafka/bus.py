"""Topics in Kafka: created, named for good, and appended to until the broker has acknowledged."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaProducer, TopicPartition, errors
from aiokafka.admin import NewTopic

from shared.bus.kafka.clients import TAIL_MAX_WAIT_MS, Clients, in_our_words, quieten_the_driver, translated
from shared.bus.kafka.member import KafkaMember
from shared.bus.kafka.tail import KafkaTail
from shared.bus.kafka.wire import DescribeTopics
from shared.bus.port import BusError, NoSuchPlace, Outgoing, Slot, Topic
from shared.bus.portion import check_sizes

SESSION_TIMEOUT_MS: Final = 10_000
"""A member that the broker has not heard from for so long is taken for dead."""
PUBLISH_TIMEOUT_S: Final = 30.0
BATCHED_FROM: Final = 16
"""So many messages at once are worth batches of their own."""
FLUSH_TIMEOUT_S: Final = 2.0
CREATE_TIMEOUT_S: Final = 15.0
CREATE_POLL_S: Final = 0.05
BROKERS_DEFAULT: Final = -1
_UNKNOWN_TOPIC: Final = 3
_TOPIC_EXISTS: Final = 36


class KafkaBus:
    """Topics of a Kafka cluster.

    Args:
        bootstrap: `host:port`, several of them separated by commas.
        session_timeout_ms: after how much silence the broker gives a member's partitions to others.
        replication_factor: of the topics that `ensure` creates; the broker's own default unless named.
    """

    forgetful = False

    def __init__(
        self,
        bootstrap: str,
        *,
        session_timeout_ms: int = SESSION_TIMEOUT_MS,
        replication_factor: int = BROKERS_DEFAULT,
    ) -> None:
        quieten_the_driver()
        self.clients = Clients(bootstrap, session_timeout_ms)
        self._replication_factor = replication_factor
        self._producer: AIOKafkaProducer | None = None
        self._mending = asyncio.Lock()

    async def start(self) -> None:
        """Connect. Raises BusError if nothing answers; the text names the address."""
        self._producer = await self.clients.started(self.clients.producer())

    async def stop(self) -> None:
        """Disconnect, once everything published has been acknowledged."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_TIMEOUT_S):
                    await producer.flush()
            await _hang_up(producer)

    async def ensure(self, topics: Mapping[str, int], retention_ms: Mapping[str, int] | None = None) -> None:
        """Create what is missing. Raises BusError if a topic exists with another number of partitions."""
        known = await self._described(topics)
        missing = {name: partitions for name, partitions in topics.items() if name not in known}
        if missing:
            await self._create(missing, retention_ms or {})
            known = await self._appeared(topics)
        for name, partitions in topics.items():
            if name not in known:
                raise BusError(f"topic {name} was created, and did not appear within {CREATE_TIMEOUT_S:.0f} s")
            if known[name].partitions != partitions:
                raise BusError(f"topic {name} has {known[name].partitions} partitions, not {partitions}")

    async def topic(self, name: str) -> Topic:
        """Raises BusError if there is none."""
        known = await self._described([name])
        if name not in known:
            raise NoSuchPlace(f"there is no topic {name} in the Kafka at {self.clients.bootstrap}", name)
        return known[name]

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Append, in order per partition; returns when the broker has acknowledged every one.

        Raises:
            BusError: some or all of them may not have been appended; they may be published again.
        """
        producer = self._connected()
        check_sizes(messages)
        for slot in {Slot(message.topic, message.part) for message in messages}:
            await self._check(slot, producer)
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                await _published(producer, messages)
        except (errors.KafkaError, TimeoutError) as error:
            await self._mend(producer)
            raise in_our_words(error, f"Kafka at {self.clients.bootstrap} did not take the messages") from error

    async def ends(self, slots: Sequence[Slot]) -> dict[Slot, int]:
        """The next offset of each partition, for whoever only looks. Raises BusError."""
        consumer = await self.clients.started(self.clients.consumer(TAIL_MAX_WAIT_MS))
        try:
            with translated("Kafka does not say where partitions end"):
                ends = await consumer.end_offsets([TopicPartition(*slot) for slot in slots])
        finally:
            await consumer.stop()
        return {Slot(*place): end for place, end in ends.items()}

    def member(self, group: str, name: str, topics: Sequence[str]) -> KafkaMember:
        """See Bus. `name` is the member's static identity: letters, digits, dots, dashes, underscores."""
        return KafkaMember(self.clients, self.topic, group, name, topics)

    def tail(self, topic: str, *parts: int) -> KafkaTail:
        """See Bus."""
        return KafkaTail(self.clients, self.topic, topic, parts)

    async def _check(self, slot: Slot, producer: AIOKafkaProducer) -> None:
        """Refuse at once what the driver would wait for, or stumble over after half of the messages."""
        known = producer.client.cluster.partitions_for_topic(slot.topic)
        count = (await self.topic(slot.topic)).partitions if known is None else len(known)
        if not 0 <= slot.part < count:
            text = f"topic {slot.topic} has {count} partitions, and no partition {slot.part}"
            raise NoSuchPlace(text, *slot)

    def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            raise BusError("the bus is not started, or has been stopped")
        return self._producer

    async def _mend(self, broken: AIOKafkaProducer) -> None:
        """Take a new producer: one that has lost a batch counts on from a number that the broker never accepts."""
        async with self._mending:
            if self._producer is broken:
                with suppress(BusError):  # the next publish tries again
                    self._producer = await self.clients.started(self.clients.producer())
                    await _hang_up(broken)

    async def _described(self, names: Collection[str]) -> dict[str, Topic]:
        client = self._connected().client
        with translated(f"Kafka at {self.clients.bootstrap} does not describe its topics"):
            answer = await client.send(client.get_random_node(), DescribeTopics(names))
        known = {}
        for error, name, topic_id, _, partitions, *_ in answer.topics:
            if error not in (0, _UNKNOWN_TOPIC):
                why = errors.for_code(error).__name__
                raise BusError(f"Kafka at {self.clients.bootstrap} does not describe topic {name}: {why}")
            if error == 0:
                known[name] = Topic(answer.cluster_id, str(uuid.UUID(bytes=topic_id)), len(partitions))
        return known

    async def _appeared(self, names: Collection[str]) -> dict[str, Topic]:
        deadline = time.monotonic() + CREATE_TIMEOUT_S
        while True:
            known: dict[str, Topic] = {}
            with suppress(BusError):  # a topic that is being made has no leader yet
                known = await self._described(names)
            if len(known) == len(names) or time.monotonic() > deadline:
                return known
            await asyncio.sleep(CREATE_POLL_S)

    async def _create(self, topics: Mapping[str, int], retention_ms: Mapping[str, int]) -> None:
        def configuration(name: str) -> dict[str, str]:
            kept = {"retention.ms": str(retention_ms[name])} if name in retention_ms else {}
            return {"message.timestamp.type": "LogAppendTime", **kept}

        wanted = [NewTopic(name, count, 1, topic_configs=configuration(name)) for name, count in topics.items()]
        for topic in wanted:
            topic.replication_factor = self._replication_factor  # NewTopic itself refuses the broker's default
        admin = await self.clients.started(self.clients.admin())
        try:
            with translated(f"Kafka at {self.clients.bootstrap} does not create topics"):
                answer = await admin.create_topics(wanted)
        finally:
            await admin.close()
        for name, error, message in answer.topic_errors:
            if error not in {0, _TOPIC_EXISTS}:  # another service may have created it meanwhile
                raise BusError(f"Kafka does not create topic {name}: {message or errors.for_code(error).__name__}")


async def _published(producer: AIOKafkaProducer, messages: Sequence[Outgoing]) -> None:
    waiting = await (_one_by_one if len(messages) < BATCHED_FROM else _in_batches)(producer, messages)
    for outcome in await asyncio.gather(*waiting, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


async def _one_by_one(producer: AIOKafkaProducer, messages: Sequence[Outgoing]) -> list[asyncio.Future[Any]]:
    """Each into the batch that is open for its partition, beside the messages of others."""
    return [
        await producer.send(m.topic, m.value, key=m.key, partition=m.part, headers=list(m.headers)) for m in messages
    ]


async def _in_batches(producer: AIOKafkaProducer, messages: Sequence[Outgoing]) -> list[asyncio.Future[Any]]:
    """Into batches of our own: less than half the work a message (5 µs against 13), one future a batch."""
    waiting: list[asyncio.Future[Any]] = []
    filling: dict[tuple[str, int], Any] = {}
    for m in messages:
        place, record = (m.topic, m.part), {"timestamp": None, "key": m.key, "value": m.value, "headers": [*m.headers]}
        batch = filling.get(place) or filling.setdefault(place, producer.create_batch())
        if batch.append(**record) is None:
            waiting.append(await producer.send_batch(batch, m.topic, partition=m.part))
            filling[place] = batch = producer.create_batch()
            batch.append(**record)
    for (topic, part), batch in filling.items():
        waiting.append(await producer.send_batch(batch, topic, partition=part))
    return waiting


async def _hang_up(producer: AIOKafkaProducer) -> None:
    """Close it without waiting for what the broker will not take; who waits for that is told."""
    producer._message_accumulator.fail_all(errors.ProducerClosed("the connection was given up"))
    await asyncio.sleep(0)  # a sender that has not begun to run yet would pass its cancellation on to us
    await producer._sender.close()
    await producer.stop()
