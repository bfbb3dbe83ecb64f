"""Who calls an operator's wallet: a Send to the outside is held by one process for some seconds, never by two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from shared.clock import Clock
from shared.database import DatabaseError, Pool, load_queries
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.port import Unavailable
from shared.eventlog.postgres import target_of
from shared.worker.tell import is_leased

SERVICE: Final = "rgs"
MOST_CONNECTIONS: Final = 2
_SQL: Final = load_queries(Path(__file__).with_suffix(".sql"))

Key = tuple[int, int, int]
"""A Send: partition, position, number."""


class Lease(NamedTuple):
    """A Send that is ours to call."""

    key: Key
    tenant: str
    type: str
    """The wire name of the call."""
    payload: bytes
    """The envelope that bears it."""
    again: bool
    """Whether somebody had it before and let it lapse, who may have called."""


class Leases(Protocol):
    """What is held, by whom, until when."""

    async def take(self, parts: Sequence[int], owner: str, most: int, for_s: float) -> list[Lease]:
        """Hold at most so many unanswered Sends of these partitions that nobody holds, in their order.

        Raises:
            Unavailable: nothing is held by this; try again.
        """
        ...

    async def release(self, keys: Sequence[Key], owner: str) -> None:
        """Let go of what this owner holds and has not called: the next may have it at once. Raises Unavailable."""
        ...

    async def sweep(self, parts: Sequence[int], after_s: float) -> int:
        """Forget leases of what is answered, so long after they lapsed; how many. Raises Unavailable."""
        ...

    async def close(self) -> None:
        """Hang up."""
        ...


class PostgresLeases:
    """Leases in the service's own schema."""

    def __init__(self, dsn: str) -> None:
        self._pool = Pool(target_of(SERVICE, dsn, f"fairground {SERVICE} calls"), MOST_CONNECTIONS)

    async def take(self, parts: Sequence[int], owner: str, most: int, for_s: float) -> list[Lease]:
        """See Leases."""
        try:
            rows = await self._pool.fetch(_SQL["take"], list(parts), owner, most, for_s)
        except DatabaseError as error:
            raise Unavailable(str(error)) from error
        return [Lease((row[0], row[1], row[2]), *row[3:]) for row in rows]

    async def release(self, keys: Sequence[Key], owner: str) -> None:
        """See Leases."""
        parts, places, numbers = zip(*keys, strict=True) if keys else ((), (), ())
        try:
            await self._pool.fetch(_SQL["release"], parts, places, numbers, owner)
        except DatabaseError as error:
            raise Unavailable(str(error)) from error

    async def sweep(self, parts: Sequence[int], after_s: float) -> int:
        """See Leases."""
        try:
            return len(await self._pool.fetch(_SQL["sweep"], list(parts), after_s))
        except DatabaseError as error:
            raise Unavailable(str(error)) from error

    async def close(self) -> None:
        """See Leases."""
        await self._pool.close()


class Held(NamedTuple):
    """A lease as it stands."""

    owner: str
    until: datetime
    times: int
    """How many have had it who may have called."""


class MemoryLeases:
    """The twin in memory, over a log in memory; it outlives those who hold something."""

    def __init__(self, log: MemoryEventLog, clock: Clock) -> None:
        self._log, self._clock = log, clock
        self.held: dict[Key, Held] = {}

    async def take(self, parts: Sequence[int], owner: str, most: int, for_s: float) -> list[Lease]:
        """See Leases."""
        now, taken = self._clock.now(), []
        waiting = [row for row in self._log.outbox.values() if row.part in parts and is_leased(row)]
        free = [row for row in waiting if row[:3] not in self.held or self.held[row[:3]].until <= now]
        for row in sorted(free, key=lambda row: (row.pos, row.n, row.part))[:most]:
            before = self.held.get(row[:3])
            times = 0 if before is None else before.times
            self.held[row[:3]] = Held(owner, now + timedelta(seconds=for_s), times + 1)
            taken.append(Lease(row[:3], row.tenant, row.type, row.payload, again=times > 0))
        return sorted(taken)

    async def release(self, keys: Sequence[Key], owner: str) -> None:
        """See Leases."""
        now = self._clock.now()
        for key in keys:
            held = self.held.get(key)
            if held is not None and held.owner == owner and held.until > now:
                self.held[key] = Held(owner, now, held.times - 1)

    async def sweep(self, parts: Sequence[int], after_s: float) -> int:
        """See Leases."""
        before = self._clock.now() - timedelta(seconds=after_s)
        old = [key for key, held in self.held.items() if key[0] in parts and held.until < before]
        gone = [key for key in old if key not in self._log.outbox]
        for key in gone:
            del self.held[key]
        return len(gone)

    async def close(self) -> None:
        """See Leases."""
