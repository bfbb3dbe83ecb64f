"""What was said on the bus in memory: one log per partition, the oldest messages dropped once everybody read them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final

from shared.bus.port import BusError, Incoming, NoSuchPlace, Outgoing, Slot, Span
from shared.bus.portion import lost

MOST_READ_KEPT: Final = 10_000
"""Messages per partition that every reader has passed and that are still kept: a reader may go back so far."""
MOST_UNREAD: Final = 1_000_000
"""Messages per partition that some reader has not passed; beyond it, publishing is refused."""
TRIM_EVERY: Final = 1_000


class Reader:
    """Somewhere in a few partitions, and woken when there is more."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.places: dict[Slot, int] = {}
        """The next offset wanted of each."""


class Log:
    """One partition: what was appended, the oldest forgotten once every reader is far beyond it."""

    def __init__(self, slot: Slot) -> None:
        self.slot = slot
        self.first = 0
        self.messages: list[Incoming] = []
        self.readers: dict[Reader, None] = {}
        """Woken in the order in which they came, so that a simulation repeats exactly."""
        self.places: dict[str, int] = {}
        """How far each group has come."""
        self._trim_at = MOST_READ_KEPT + TRIM_EVERY

    @property
    def end(self) -> int:
        """The next offset."""
        return self.first + len(self.messages)

    @property
    def span(self) -> Span:
        """What has not been forgotten."""
        return Span(self.first, self.end)

    def append(self, message: Outgoing, at: datetime) -> None:
        """Raises BusError if too much of it is unread."""
        if len(self.messages) >= self._trim_at:
            self._trim()
        self.messages.append(
            Incoming(*self.slot, self.end, message.key, message.value, message.headers, appended_at=at)
        )
        for reader in self.readers:
            reader.news.set()

    def read(self, offset: int, most: int) -> list[Incoming]:
        """At most so many from this offset on. Raises OffsetLost."""
        if not self.first <= offset <= self.end:
            raise lost(self.slot, offset, f"it has {self.first} to {self.end}")
        start = offset - self.first
        return self.messages[start : start + most]

    def _trim(self) -> None:
        tails = (reader.places.get(self.slot, self.end) for reader in self.readers)
        passed = min((*self.places.values(), *tails), default=self.end)
        if self.end - passed >= MOST_UNREAD:
            raise BusError(f"{self.slot.topic}[{self.slot.part}] is full: {MOST_UNREAD} messages wait to be read")
        if (surplus := passed - self.first - MOST_READ_KEPT) > 0:
            del self.messages[:surplus]
            self.first += surplus
        self._trim_at = len(self.messages) + TRIM_EVERY


class Shelf:
    """The logs of every topic."""

    def __init__(self) -> None:
        self._topics: dict[str, list[Log]] = {}

    def ensure(self, topics: Mapping[str, int]) -> None:
        """Create what is missing. Raises BusError if a topic exists with another number of partitions."""
        for name, partitions in topics.items():
            logs = self._topics.setdefault(name, [Log(Slot(name, part)) for part in range(partitions)])
            if len(logs) != partitions:
                raise BusError(f"topic {name} has {len(logs)} partitions, not {partitions}")

    def logs(self, topic: str) -> list[Log]:
        """Every partition of a topic. Raises BusError if there is none."""
        if topic not in self._topics:
            raise NoSuchPlace(f"there is no topic {topic}", topic)
        return self._topics[topic]

    def log(self, slot: Slot) -> Log:
        """One partition. Raises BusError if there is none."""
        logs = self.logs(slot.topic)
        if not 0 <= slot.part < len(logs):
            text = f"topic {slot.topic} has {len(logs)} partitions, and no partition {slot.part}"
            raise NoSuchPlace(text, *slot)
        return logs[slot.part]


async def heard(reader: Reader, wait_s: float) -> bool:
    """Whether there was news within so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(wait_s):
            return await reader.news.wait()
    return False
