"""Which of the operators' streams there are, and whether the engines have read them up to now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from services.insights.known import Book
from shared.bus.port import NoSuchPlace, Slot, Topic
from shared.database import Connection, Target, load_queries
from shared.messages.wager import WAGERS

ENGINES: Final = "engines"
POLL_S: Final = 0.5
MOST_POLLS: Final = 120
"""Then the next correction asks again."""

_SQL: Final = load_queries(Path(__file__).with_suffix(".sql"))


class TellsEnds(Protocol):
    """A bus that other processes use too."""

    async def topic(self, name: str) -> Topic:
        """Raises NoSuchPlace if there is none."""
        ...

    async def ends(self, slots: Sequence[Slot]) -> Mapping[Slot, int]:
        """The next offset the broker will give in each."""
        ...


class Streams:
    """The topics that operators write, as far as they exist."""

    def __init__(self, bus: TellsEnds, dsn: str, book: Book, polls: int = MOST_POLLS) -> None:
        self._bus, self._book, self._polls = bus, book, polls
        self._log = Connection(Target(dsn, ENGINES, "fairground insights"))

    async def slots(self) -> list[Slot]:
        """Every partition of every stream. Raises BusError, DatabaseError."""
        await self._book.refresh()
        found: list[Slot] = []
        for tenant in self._book.tenants():
            name = f"{WAGERS}{tenant}"
            try:
                topic = await self._bus.topic(name)
            except NoSuchPlace:
                continue  # nobody has made it yet
            found += [Slot(name, part) for part in range(topic.partitions)]
        return found

    async def passed(self) -> bool:
        """Whether the engines have read all that the streams hold now; they are given a minute. Raises like `slots`."""
        slots = await self.slots()
        ends = {slot: end for slot, end in (await self._bus.ends(slots)).items() if end} if slots else {}
        for _ in range(self._polls):
            if not ends or all(
                read >= ends[slot] for slot, read in zip(ends, await self._read(list(ends)), strict=True)
            ):
                return True
            await asyncio.sleep(POLL_S)
        return False

    async def _read(self, slots: Sequence[Slot]) -> list[int]:
        rows = await self._log.fetch(_SQL["read"], [slot.topic for slot in slots], [slot.part for slot in slots])
        return [row[0] for row in rows]

    async def close(self) -> None:
        """Hang up."""
        await self._log.close()
