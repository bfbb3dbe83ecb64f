"""Wagers of the stream feed the pool many at a time, as one fact between two drops; what cannot count is passed over.

A void takes back what its wager brought, unless that pool was already won: then it is late and takes nothing. However
voids come, they never take from what the house put in. A pause stops the door alone: a wager passed over meanwhile,
and voided later, would take what others brought.
"""

from __future__ import annotations

from datetime import datetime

from services.engines.jackpot.pool import LARGEST_POOL, Course, Jackpot, Open, payment, why_no_pool
from shared.ids import PlayerId
from shared.messages.base import Event
from shared.messages.jackpot import CountJackpotWagers, JackpotTally, JackpotWagersCounted
from shared.messages.wager_entry import VOID_LATE, Entry
from shared.shapes import Decision, Facts, Outcome, Send


class _Batch:
    """What the wagers of one command do, one after another."""

    def __init__(self, command: CountJackpotWagers, course: Course, facts: Facts) -> None:
        self._command, self._course, self._facts = command, course, facts
        self.counted = self.late = self.drops = 0
        self.sends: list[Send] = []
        self._begin()

    def _begin(self) -> None:
        """Nothing was counted since the last fact."""
        self._entries = self._micros = 0
        self._last: PlayerId | None = self._course.pool.last_contributor
        self._latest: datetime | None = self._course.pool.latest

    def take(self, entry: Entry) -> None:
        size = self._course.pool.pool + self._micros
        micros = counts(entry, size, self._course.pool)
        if micros == 0:
            self.late += entry.micros < 0
            return
        self.counted += 1
        self._entries += 1
        self._micros += micros
        if micros > 0:
            self._last = entry.player
            self._latest = max(entry.at, self._latest or entry.at)
        if self._course.reached(size + micros):
            self.tell()
            self._drop(entry)

    def tell(self) -> None:
        """What was counted since the last fact is a fact now."""
        if self._entries == 0:
            return
        counted = JackpotWagersCounted(
            jackpot=self._command.jackpot,
            entries=self._entries,
            micros=self._micros,
            pool=self._course.pool.pool + self._micros,
            last_contributor=self._last,
            latest=self._latest,
        )
        self._course.feed(counted)
        self._begin()

    def _drop(self, entry: Entry) -> None:
        self.drops += 1
        drop_id = f"{self._facts.command_id}-{self.drops}"
        self.sends += payment(self._course.drop(entry.player, "must_drop", drop_id, entry.at))
        self._begin()


def count(command: CountJackpotWagers, jackpot: Jackpot, facts: Facts) -> Outcome[Event]:
    if why_no_pool(command.jackpot, facts) is not None:
        return Decision((), reply=JackpotTally())
    course = Course(command.jackpot, jackpot, facts)
    if command.asset != course.pool.asset:
        return Decision((), reply=JackpotTally())
    batch = _Batch(command, course, facts)
    for entry in command.entries:
        batch.take(entry)
    batch.tell()
    tally = JackpotTally(counted=batch.counted, late=batch.late, drops=batch.drops)
    tallies = {VOID_LATE: batch.late} if batch.late else {}
    return Decision(tuple(course.events), reply=tally, sends=tuple(batch.sends), tallies=tallies)


def counts(entry: Entry, size: int, pool: Open) -> int:
    """How many micro-units of a wager change a pool of this size; 0 if it comes too late or cannot count."""
    if entry.micros >= 0:
        return entry.micros if size + entry.micros <= LARGEST_POOL else 0
    if pool.dropped_at is not None and entry.at <= pool.dropped_at:
        return 0
    return max(entry.micros, pool.floor - size)
