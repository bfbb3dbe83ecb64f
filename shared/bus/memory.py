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

    def tail(self, topic: str, part: int) -> MemoryTail:
        """See Bus."""
        return MemoryTail(self._shelf, Slot(topic, part))

    async def expire(self, group: str, name: str) -> None:
        """Take a member for dead, as a broker does after the session timeout, without telling it.

        It goes on as a zombie with the partitions that it believes to hold, until it asks the group again.
        """
        await self._groups[group].bury(name)


class MemoryTail:
    """One partition, read from its end."""

    def __init__(self, shelf: Shelf, slot: Slot) -> None:
        self._shelf, self._slot = shelf, slot
        self._reader = Reader()

    async def start(self) -> None:
        """See Tail."""
        log = self._shelf.log(self._slot)
        self._reader.places = {self._slot: log.end}
        log.readers[self._reader] = None

    async def stop(self) -> None:
        """Read no more."""
        if self._reader.places:
            self._shelf.log(self._slot).readers.pop(self._reader, None)

    async def fetch(self, wait_s: float) -> Sequence[Incoming]:
        """See Tail."""
        await asyncio.sleep(0)
        self._reader.news.clear()
        found = self._take()
        if not found and await heard(self._reader, wait_s):
            found = self._take()
        return found

    def _take(self) -> list[Incoming]:
        place = self._reader.places[self._slot]
        found = self._shelf.log(self._slot).read(place, MOST_FETCHED)
        del found[portion(found) :]
        self._reader.places[self._slot] = place + len(found)
        return found
