"""A member of a Kafka consumer group, whose partitions go through its keeper's hands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition, errors
from aiokafka.abc import ConsumerRebalanceListener

from shared.bus.custody import Custody
from shared.bus.kafka.backlog import Backlog, Doorbell, ReadAhead
from shared.bus.kafka.clients import Clients, translated
from shared.bus.kafka.wire import FencedInstanceIdError, Leave, StaticHeartbeat
from shared.bus.port import Incoming, Keeper, MemberFenced, Slot, Span, Topic
from shared.bus.portion import check_partitions, place_of

REPORT_TIMEOUT_S: Final = 2.0
LEAVE_TIMEOUT_S: Final = 2.0

Describe = Callable[[str], Awaitable[Topic]]


class KafkaMember(ConsumerRebalanceListener):  # type: ignore[misc]
    """One static member of a consumer group."""

    def __init__(self, clients: Clients, described: Describe, group: str, name: str, topics: Sequence[str]) -> None:
        self._clients, self._described = clients, described
        self._group, self._name, self._topics = group, name, topics
        self._backlog = Backlog()
        self._consumer: AIOKafkaConsumer | None = None
        self._custody: Custody | None = None
        self._joined = (-1, "")
        """The generation and the member id under which the broker last dealt us partitions."""

    async def start(self, keeper: Keeper) -> None:
        """Join the group; returns when partitions have been dealt, which the keeper may still be claiming.

        Raises:
            BusError: no broker, a missing topic, or two topics with different numbers of partitions.
        """
        await self._check(self._topics)
        self._consumer = consumer = self._clients.grouped(self._group, self._name)
        self._doorbell = Doorbell(consumer)
        self._custody = Custody(keeper, self._doorbell.ring)
        consumer.subscribe(topics=self._topics, listener=self)
        try:
            await self._clients.started(consumer)
        except BaseException:
            self._consumer = None
            await self._custody.take_back()
            raise
        consumer._fetcher._records = ReadAhead(self._topics[0], self._backlog.take)

    async def stop(self) -> None:
        """See Member."""
        if self._consumer is None or self._custody is None:
            return
        coordination = self._consumer._coordinator._coordination_task
        coordination.cancel()  # it may be waiting for our keeper, or for other members
        await asyncio.wait([coordination])
        try:
            await self._custody.take_back()
            await self._leave()
        finally:
            await self._consumer.stop()

    async def rejoin(self) -> None:
        """See Member; returns at once, since the keeper may have to finish before it can hear of the loss."""
        self._own().let_go()
        self._running()._coordinator.request_rejoin()

    async def subscribe(self, topics: Sequence[str]) -> None:
        """See Member. Asks the broker about the topics."""
        assert topics[0] == self._topics[0], "a member's own topic stays the same"
        if self._consumer is None:  # `start` will ask for them
            self._topics = topics
            return
        consumer, custody = self._running(), self._own()
        await self._check(topics)
        if set(topics) != set(self._topics):
            custody.let_go()  # from here on the driver would wait in every fetch until the group has dealt anew
            self._topics = topics
            consumer.subscribe(topics=topics, listener=self)

    async def fetch(self, wait_s: float) -> Sequence[Incoming]:
        """See Member."""
        consumer, custody = self._running(), self._own()
        with translated(f"member {self._name} of {self._group} cannot read"):
            consumer._coordinator.check_errors()
        if not await custody.admitted(wait_s):
            return []
        with translated(f"member {self._name} of {self._group} cannot read"):
            found = await self._backlog.next_of(consumer)
            if not found and wait_s > 0:
                await self._doorbell.heard(wait_s)
                if custody.open:
                    found = await self._backlog.next_of(consumer)
        return found

    def halt(self, part: int) -> None:
        """See Member."""
        consumer = self._running()
        consumer.pause(*(place for place in consumer.assignment() if place.partition == part))
        self._backlog.drop(part)

    async def ends(self, slots: Sequence[Slot]) -> Mapping[Slot, int]:
        """See Member. Raises BusError if the broker does not answer."""
        with translated("Kafka does not say where partitions end"):
            ends = await self._running().end_offsets([TopicPartition(*slot) for slot in slots])
        return {Slot(*place): end for place, end in ends.items()}

    async def spans(self, slots: Sequence[Slot]) -> Mapping[Slot, Span]:
        """See Member."""
        ends = await self.ends(slots)
        with translated("Kafka does not say where partitions begin"):
            firsts = await self._running().beginning_offsets([TopicPartition(*slot) for slot in slots])
        return {slot: Span(firsts[TopicPartition(*slot)], end) for slot, end in ends.items()}

    def lags(self) -> Mapping[Slot, int]:
        """See Member; nothing is known before the start."""
        if self._consumer is None:
            return {}
        consumer = self._consumer
        ours = consumer.assignment()
        return {
            slot: max(0, (consumer.highwater(TopicPartition(*slot)) or place) - place)
            for slot, place in self._backlog.places.items()
            if TopicPartition(*slot) in ours
        }

    async def report(self, offsets: Mapping[Slot, int]) -> None:
        """See Member."""
        consumer = self._running()
        ours = consumer.assignment()
        known = {TopicPartition(*slot): offset for slot, offset in offsets.items() if TopicPartition(*slot) in ours}
        if known and self._own().open:
            with suppress(errors.KafkaError, TimeoutError):
                async with asyncio.timeout(REPORT_TIMEOUT_S):
                    await consumer.commit(known)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:  # noqa: ARG002 it is always all of them
        """The group deals anew: tell the keeper before anybody else is given what it holds."""
        custody = self._own()
        await custody.take_back()
        self._backlog.start({})
        if await self._name_was_taken():
            custody.fence(MemberFenced(f"another process joined {self._group} under the name {self._name}"))
            await asyncio.Event().wait()  # joining again would take the name back from it; `stop` ends this

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """The group has dealt. The claim runs beside the heartbeats, so that a slow one does not look dead."""
        consumer = self._running()
        self._joined = (consumer._coordinator.generation, consumer._coordinator.member_id)
        if consumer._subscription.reassignment_in_progress:
            return  # other topics were asked for while these were dealt; the driver joins anew at once
        parts = frozenset(place.partition for place in assigned if place.topic == self._topics[0])
        for stray in (place for place in assigned if place.partition not in parts):
            consumer.seek(stray, 0)  # the driver would first look for a place to read from, and find none
            consumer.pause(stray)
        dealt = sorted(Slot(*place) for place in assigned if place.partition in parts)
        self._own().hand_over(parts, lambda offsets: self._seek(dealt, offsets))

    def _seek(self, slots: Sequence[Slot], offsets: Mapping[Slot, int]) -> None:
        places = {slot: place_of(slot, offsets) for slot in slots}
        for slot, place in places.items():
            self._running().seek(TopicPartition(*slot), place)
        own = {slot: place for slot, place in places.items() if slot.topic == self._topics[0]}
        self._backlog.start(own, {slot: place for slot, place in places.items() if slot not in own})

    async def _check(self, topics: Sequence[str]) -> None:
        check_partitions({topic: (await self._described(topic)).partitions for topic in topics})

    async def _name_was_taken(self) -> bool:
        """A member that the broker no longer knows was either silent for too long or replaced under its name."""
        coordinator = self._running()._coordinator
        generation, member_id = self._joined
        if not member_id or coordinator.member_id == member_id:
            return False
        request = StaticHeartbeat(self._group, generation, member_id, self._name)
        try:
            answer = await coordinator._send_req(request)
        except errors.KafkaError:
            return False
        return bool(answer.error_code == FencedInstanceIdError.errno)

    async def _leave(self) -> None:
        """The driver lets a static member's partitions wait for it; we are not coming back so soon."""
        coordinator = self._running()._coordinator
        if coordinator.member_id:
            with suppress(errors.KafkaError, TimeoutError):
                async with asyncio.timeout(LEAVE_TIMEOUT_S):
                    await coordinator._send_req(Leave(self._group, coordinator.member_id, self._name))

    def _running(self) -> AIOKafkaConsumer:
        assert self._consumer is not None, "start the member first"
        return self._consumer

    def _own(self) -> Custody:
        assert self._custody is not None, "start the member first"
        return self._custody
