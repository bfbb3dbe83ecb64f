"""The log as one worker of the simulated town sees it: late, away, or silent about what it did."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from shared.bus.port import Topic
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.port import Blamed, Fenced, OutcomeUnknown, Unavailable
from shared.eventlog.rows import Claimed, Commit, EventRow, Loaded, OutboxRow, Wanted
from shared.ids import TenantId
from shared.shapes import Need, Values
from tests.simulation.clients import Violation
from tests.simulation.faults import DECISIVE, IDLE, Faults, Life

T = TypeVar("T")


async def land(log: MemoryEventLog, commit: Commit, faults: Faults) -> None:
    """A commit whose sender is gone arrives after all, or is refused unseen."""
    try:
        await log.commit(commit)
        faults.counts["ghost commits landed"] += 1
    except Fenced:
        faults.counts["ghost commits fenced"] += 1
    except Blamed:
        faults.counts["ghost commits that no table took"] += 1


class ChaosLog:
    """A port that fills EventLog for one life over a log that outlives it."""

    def __init__(self, log: MemoryEventLog, life: Life) -> None:
        self.partitions = log.partitions
        self._log, self._life, self._faults = log, life, life.faults

    async def claim(
        self,
        parts: Sequence[int],
        owner: str,
        topics: Mapping[str, Topic],
        *,
        adopt: bool,
        epochs: Mapping[int, int],
        streams: Collection[str] = (),
    ) -> list[Claimed]:
        """See EventLog. What is told is what stands: nobody else can write under the new epoch."""
        self._faults.counts["claims"] += 1
        return await self._asked(partial(self._told, parts, owner, topics, adopt=adopt, epochs=epochs, streams=streams))

    async def _told(
        self,
        parts: Sequence[int],
        owner: str,
        topics: Mapping[str, Topic],
        *,
        adopt: bool,
        epochs: Mapping[int, int],
        streams: Collection[str],
    ) -> list[Claimed]:
        claimed = await self._log.claim(parts, owner, topics, adopt=adopt, epochs=epochs, streams=streams)
        for one in claimed:
            stands = self._log.positions[one.part]
            if stands.epoch == one.epoch:
                told = (one.event_pos, one.relayed_pos, one.chain)
                if told != (stands.event_pos, stands.relayed_pos, stands.chain):
                    raise Violation(f"a claim told what was, not what is: {one}, but {stands}")
        return claimed

    async def load(self, wanted: Wanted) -> Loaded:
        """See EventLog."""
        self._faults.counts["loads"] += 1
        return await self._asked(partial(self._log.load, wanted))

    async def commit(self, commit: Commit) -> None:
        """See EventLog."""
        faults = self._faults
        faults.counts["commits"] += 1
        try:
            await self._life.passes(DECISIVE if commit.events else IDLE)
        except BaseException:
            if faults.happens(faults.rates.sent_off, "commits of the dead sent off"):
                faults.later(partial(land, self._log, commit, faults))
            raise
        if faults.happens(faults.rates.unavailable, "commits turned away"):
            raise Unavailable("the log is away")
        if faults.happens(faults.rates.lost_commit, "commits with a lost answer"):
            await self._lose(commit)
        await self._applied(commit)
        await self._life.passes(DECISIVE if commit.events else IDLE)

    async def _applied(self, commit: Commit) -> None:
        try:
            await self._log.commit(commit)
        except Fenced:
            self._faults.counts["commits fenced"] += 1
            raise

    async def _lose(self, commit: Commit) -> None:
        """Applied, never applied, or applied when the sender has long gone on."""
        fate = self._faults.chance.choice(("applied", "never", "later"))
        self._faults.counts[f"commits lost: {fate}"] += 1
        if fate == "applied":
            await self._applied(commit)
        elif fate == "later":
            self._faults.later(partial(land, self._log, commit, self._faults))
        await self._life.passes()
        raise OutcomeUnknown(f"the connection broke ({fate})")

    async def look(self, part: int, tenant: TenantId, need: Need) -> list[Values]:
        """See EventLog."""
        return await self._asked(partial(self._log.look, part, tenant, need))

    async def history(self, part: int, stream: str) -> AsyncIterator[Sequence[EventRow]]:
        """See EventLog."""
        await self._life.passes()
        async for page in self._log.history(part, stream):
            yield page
            await self._life.passes()

    async def read(self, part: int, after: int, upto: int) -> AsyncIterator[Sequence[EventRow]]:
        """See EventLog."""
        await self._life.passes()
        async for page in self._log.read(part, after, upto):
            yield page
            await self._life.passes()

    async def unanswered(self, part: int, after: tuple[int, int], most: int) -> list[OutboxRow]:
        """See EventLog."""
        return await self._asked(partial(self._log.unanswered, part, after, most))

    async def overdue(self, parts: Sequence[int], now: datetime, most: int) -> list[OutboxRow]:
        """See EventLog."""
        return await self._asked(partial(self._log.overdue, parts, now, most))

    async def oldest_unanswered(self, parts: Sequence[int]) -> datetime | None:
        """See EventLog."""
        return await self._asked(partial(self._log.oldest_unanswered, parts))

    async def prune(self, parts: Sequence[int], replies_before: datetime, most: int) -> int:
        """See EventLog."""
        pruned = await self._asked(partial(self._log.prune, parts, replies_before, most))
        self._faults.counts["old rows pruned"] += pruned
        return pruned

    async def forget(self, parts: Sequence[int], before: datetime, most: int) -> int:
        """See EventLog."""
        forgotten = await self._asked(partial(self._log.forget, parts, before, most))
        self._faults.counts["old marks forgotten"] += forgotten
        return forgotten

    async def _asked(self, work: Callable[[], Awaitable[T]]) -> T:
        """The way there, the work, the way back. It may be turned away, or its answer lost."""
        await self._life.passes()
        if self._faults.happens(self._faults.rates.unavailable, "log calls turned away"):
            raise Unavailable("the log is away")
        answer = await work()
        await self._life.passes()
        if self._faults.happens(self._faults.rates.unavailable / 2, "log answers lost"):
            raise Unavailable("the log's answer was lost")
        return answer
