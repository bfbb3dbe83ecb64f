"""What a worker does by the clock: remind, report, and forget what is old."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from shared.bus.port import Bus, Member, Slot
from shared.clock import Clock
from shared.eventlog.port import EventLog, OutcomeUnknown, Unavailable
from shared.eventlog.rows import Commit, PositionMove
from shared.shapes import Service
from shared.telemetry import Metrics
from shared.worker.claiming import told_again
from shared.worker.partition import Owned
from shared.worker.publishing import publish
from shared.worker.tell import commands_of, told

RELAY_EVERY_S: Final = 0.5
RETELL_EVERY_S: Final = 1.0
REPORT_EVERY_S: Final = 5.0
PRUNE_EVERY_S: Final = 60.0
TIMERS_EVERY_S: Final = 30.0
"""So long a timer waits at most that somebody else wound up, such as `dead-letters retry`."""
MOST_RETOLD: Final = 500
MOST_PRUNED: Final = 1_000
"""Rows of one page."""
MOST_FORGOTTEN: Final = 10_000
FORGOTTEN_AFTER: Final = timedelta(days=1)
"""So much longer than they count, that no clock is ever too early."""
MOST_PRUNE_PAGES: Final = 2
"""In one turn, so that nobody's wish waits long for it; what is left goes on in the next turn."""

Patiently = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]


class Chores:
    """Done between two turns, each at its own pace."""

    def __init__(
        self,
        service: Service,
        log: EventLog,
        bus: Bus,
        member: Member,
        *,
        clock: Clock,
        metrics: Metrics,
        retention: timedelta,
    ) -> None:
        self._service, self._log, self._bus, self._member = service.name, log, bus, member
        self._topic = commands_of(service.name)
        self._kept = service.intake.marks.kept if service.intake else None
        self._clock, self._metrics, self._retention = clock, metrics, retention
        self._oldest = metrics.oldest_conversation_seconds.of(service.name)
        self._last: dict[str, float] = {}

    async def do(self, owned: Mapping[int, Owned], patiently: Patiently) -> None:
        """Whatever is due."""
        if not owned:
            self._oldest.set(0)
            return
        if self.due("relay", RELAY_EVERY_S):
            await self._store_relayed(owned)
        if self.due("retell", RETELL_EVERY_S):
            await patiently(lambda: self._retell(owned))
        if self.due("report", REPORT_EVERY_S):
            await self._report(owned)
        if self.due("timers", TIMERS_EVERY_S):
            for one in owned.values():
                one.next_timer_at = self._clock.now()  # asks the log for the next one
        if self.due("prune", PRUNE_EVERY_S):
            await self._prune(owned, patiently)

    def due(self, chore: str, every_s: float) -> bool:
        """Whether it is time again; then the time is noted."""
        now_s = self._clock.monotonic()
        if now_s - self._last.get(chore, -every_s) < every_s:
            return False
        self._last[chore] = now_s
        return True

    async def _store_relayed(self, owned: Mapping[int, Owned]) -> None:
        """Let the log know what the broker has acknowledged, also when nothing else is to be written."""
        behind = [one for one in owned.values() if one.relayed_pos != one.stored_relayed_pos]
        if not behind:
            return
        moves = [
            PositionMove(o.part, o.epoch, o.event_pos, o.event_pos, o.relayed_pos, o.chain, o.last_at) for o in behind
        ]
        try:
            await self._log.commit(Commit(positions=moves))
        except (Unavailable, OutcomeUnknown):
            return  # it is written with the next commit
        for one in behind:
            one.stored_relayed_pos = one.relayed_pos

    async def _retell(self, owned: Mapping[int, Owned]) -> None:
        rows = await self._log.overdue(sorted(owned), self._clock.now(), MOST_RETOLD)
        if not rows:
            return
        young = told_again(rows, self._clock.now(), self._retention)
        self._metrics.resent.of(self._service).inc(len(young))
        await publish(self._bus, [told(row, self._service) for row in young], self._service)

    async def _report(self, owned: Mapping[int, Owned]) -> None:
        await self._member.report(
            {Slot(topic, one.part): offset for one in owned.values() for topic, offset in one.offsets.items()}
        )
        for slot, lag in self._member.lags().items():
            self._metrics.lag_messages.of(self._service, slot.topic, str(slot.part)).set(lag)
        try:
            oldest = await self._log.oldest_unanswered(sorted(owned))
        except Unavailable:
            return  # the next report tells it
        self._oldest.set(0 if oldest is None else max(0.0, (self._clock.now() - oldest).total_seconds()))

    async def _prune(self, owned: Mapping[int, Owned], patiently: Patiently) -> None:
        for read_until, parts in (await patiently(lambda: self._read_until(owned))).items():
            if not await self._pruned(parts, read_until - self._retention, patiently):
                self._last.pop("prune", None)
        if self._kept is not None and not await self._forgotten(owned, self._kept, patiently):
            self._last.pop("prune", None)

    async def _forgotten(self, owned: Mapping[int, Owned], kept: timedelta, patiently: Patiently) -> bool:
        """Whether no mark is left of what is so old that it would not be taken if it came again."""
        before = self._clock.now() - kept - FORGOTTEN_AFTER
        for _ in range(MOST_PRUNE_PAGES):
            if await patiently(lambda: self._log.forget(sorted(owned), before, MOST_FORGOTTEN)) < MOST_FORGOTTEN:
                return True
        return False

    async def _pruned(self, parts: list[int], before: datetime, patiently: Patiently) -> bool:
        """Whether nothing so old is left."""
        for _ in range(MOST_PRUNE_PAGES):
            if await patiently(lambda: self._log.prune(parts, before, MOST_PRUNED)) < MOST_PRUNED:
                return True
        return False

    async def _read_until(self, owned: Mapping[int, Owned]) -> dict[datetime, list[int]]:
        """Up to when everything is read, and the partitions of which that is known.

        A repetition of what is younger may still wait at the broker; it would run again if its answer were forgotten.
        """
        now, topic = self._clock.now(), self._topic
        ends = await self._member.ends([Slot(topic, part) for part in owned])
        until: dict[datetime, list[int]] = defaultdict(list)
        for one in owned.values():
            if one.offsets[topic] >= ends[Slot(topic, one.part)]:
                until[now].append(one.part)
            elif one.read_at is not None:
                until[min(now, one.read_at)].append(one.part)
        return until
