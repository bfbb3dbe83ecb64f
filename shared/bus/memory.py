"""The bus inside one process: it forgets everything when the process ends, and is otherwise as strict as Kafka."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from shared.bus.memory_group import Group, MemoryMember
from shared.bus.memory_log import Reader, Shelf, heard
from shared.bus.port import MOST_FETCHED, Incoming, Outgoing, Slot, Topic
from shared.bus.portion import check_sizes, portion


class MemoryBus:
    """Topics with partitions, in memory. Its cluster is this one boot, and its offsets begin at 0.

    Args:
        now: gives the append times; the machine's clock, in UTC, unless named.
    """

    forgetful = True

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self._now = now or (lambda: datetime.now(UTC))
        self._boot = str(uuid.uuid4())
        self._shelf = Shelf()
        self._groups: dict[str, Group] = {}

    async def start(self) -> None:
        """Nothing to connect to."""

    async def stop(self) -> None:
        """End what is under way in the groups. Members and tails are stopped by who started them."""
        for group in self._groups.values():
            await group.stop()

    async def ensure(self, topics: Mapping[str, int], retention_ms: Mapping[str, int] | None = None) -> None:  # noqa: ARG002 nothing outlives the process
        """Create what is missing. Raises BusError if a topic exists with another number of partitions."""
        self._shelf.ensure(topics)

    async def topic(self, name: str) -> Topic:
        """Raises BusError if there is none."""
        return Topic(self._boot, f"{self._boot}/{name}", len(self._shelf.logs(name)))

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Append, in order per partition. Raises BusError for an unknown partition or one full of unread messages."""
        check_sizes(messages)
        logs = [self._shelf.log(Slot(message.topic, message.part)) for message in messages]
        at = self._now()
        for log, message in zip(logs, messages, strict=True):
            log.append(message, at)
        await asyncio.sleep(0)  # an acknowledgement never comes before the readers could have seen the message

    def member(self, group: str, name: str, topics: Sequence[str]) -> MemoryMember:
        """See Bus."""
        return MemoryMember(self._shelf, self._groups.setdefault(group, Group(group)), name, topics)

    def tail(self, topic: str, *parts: int) -> MemoryTail:
        """See Bus."""
        return MemoryTail(self._shelf, [Slot(topic, part) for part in parts])

    async def expire(self, group: str, name: str) -> None:
        """Take a member for dead, as a broker does after the session timeout, without telling it.

        It goes on as a zombie with the partitions that it believes to hold, until it asks the group again.
        """
        await self._groups[group].bury(name)


class MemoryTail:
    """A few partitions, read from their ends."""

    def __init__(self, shelf: Shelf, slots: Sequence[Slot]) -> None:
        self._shelf, self._slots = shelf, slots
        self._reader = Reader()
        self._turn = 0

    async def start(self) -> None:
        """See Tail."""
        logs = [self._shelf.log(slot) for slot in self._slots]
        self._reader.places = {log.slot: log.end for log in logs}
        for log in logs:
            log.readers[self._reader] = None

    async def stop(self) -> None:
        """Read no more."""
        for slot in self._reader.places:
            self._shelf.log(slot).readers.pop(self._reader, None)

    async def fetch(self, wait_s: float) -> Sequence[Incoming]:
        """See Tail."""
        await asyncio.sleep(0)
        self._reader.news.clear()
        found = self._take()
        if not found and await heard(self._reader, wait_s):
            found = self._take()
        return found

    def _take(self) -> list[Incoming]:
        """Each time another partition comes first, so that a busy one holds back none for ever."""
        places, self._turn = self._reader.places, (self._turn + 1) % len(self._slots)
        found: list[Incoming] = []
        for slot in (*self._slots[self._turn :], *self._slots[: self._turn]):
            found += self._shelf.log(slot).read(places[slot], MOST_FETCHED - len(found))
        del found[portion(found) :]
        for message in found:
            places[Slot(message.topic, message.part)] = message.offset + 1
        return found
