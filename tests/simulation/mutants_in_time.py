"""Ways to break what waits and what is forgotten: lost timers, Sends told for too long, rows thrown away too soon."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from shared.bus.port import Slot
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.rows import Commit, OutboxRow, TimerRow
from shared.worker.batch import Batch
from shared.worker.chores import Chores
from shared.worker.partition import Owned
from shared.worker.timers import Timers
from shared.worker.worker import Worker

Mutant = Callable[[pytest.MonkeyPatch], None]


def timer_fired_twice(patch: pytest.MonkeyPatch) -> None:
    """That a timer has fired is not written down."""
    commit = Batch.commit

    def forgetting(batch: Batch) -> Commit:
        return replace(commit(batch), fired=[])

    patch.setattr(Batch, "commit", forgetting)


def timer_out_of_turn(patch: pytest.MonkeyPatch) -> None:
    """A timer runs when it is due, whatever still waits at the broker."""
    among = Timers.among

    async def hasty(timers: Timers, items: Any, owned: Mapping[int, Owned]) -> Any:
        async def ends(slots: Sequence[Slot]) -> Mapping[Slot, int]:
            return dict.fromkeys(slots, 0)

        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(timers._member, "ends", ends)
            return await among(timers, items, owned)

    patch.setattr(Timers, "among", hasty)


def timer_not_written(patch: pytest.MonkeyPatch) -> None:
    """What was put off is not written down with the decision that put it off."""
    commit = Batch.commit

    def forgetting(batch: Batch) -> Commit:
        return replace(commit(batch), timers=[])

    patch.setattr(Batch, "commit", forgetting)


def timer_not_waited_for(patch: pytest.MonkeyPatch) -> None:
    """A worker does not note when the timers that it has set are due."""
    accept = Worker._accept

    def forgetting(worker: Worker, batch: Batch) -> None:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(Batch, "set_timers", [])
            accept(worker, batch)

    patch.setattr(Worker, "_accept", forgetting)


def timer_passed_over(patch: pytest.MonkeyPatch) -> None:
    """The next timer is looked to before this one has rung, though the broker may not say that it may."""
    due = Timers._due

    async def hurried(
        timers: Timers, owned: Mapping[int, Owned], at_hand: Collection[int]
    ) -> tuple[list[TimerRow], dict[int, datetime | None]]:
        ringing, later = await due(timers, owned, at_hand)
        for part, at in later.items():
            owned[part].next_timer_at = at
        return ringing, later

    patch.setattr(Timers, "_due", hurried)


def time_goes_back(patch: pytest.MonkeyPatch) -> None:
    """Facts bear the time of whichever machine decides."""
    one = Batch._one

    def forgetful(batch: Batch, item: Any, owned: Owned) -> None:
        owned.last_at = batch._now
        one(batch, item, owned)

    patch.setattr(Batch, "_one", forgetful)


def never_told_again(patch: pytest.MonkeyPatch) -> None:
    """A Send without an answer is told again only when somebody takes the partition over."""

    async def silent(chores: Chores, owned: Mapping[int, Owned]) -> None:
        return

    patch.setattr(Chores, "_retell", silent)


def told_past_the_retention(patch: pytest.MonkeyPatch) -> None:
    """A Send is told again however old it is, also when its receiver has forgotten that it was answered."""

    def all_(rows: Sequence[OutboxRow], now: datetime, retention: timedelta) -> list[OutboxRow]:
        return list(rows)

    patch.setattr("shared.worker.chores.told_again", all_)
    patch.setattr("shared.worker.claiming.told_again", all_)


def pending_pruned(patch: pytest.MonkeyPatch) -> None:
    """A wish that has been under way for long is forgotten with the old answers."""

    def take(log: MemoryEventLog, parts: Sequence[int], before: datetime) -> None:
        for key, row in list(log.replies.items()):
            if row.part in parts and row.at < before:
                del log.replies[key]

    _pruning_also(patch, take)


def unanswered_pruned(patch: pytest.MonkeyPatch) -> None:
    """A Send that has waited for its answer for long is forgotten with the old answers."""

    def take(log: MemoryEventLog, parts: Sequence[int], before: datetime) -> None:
        for key, row in list(log.outbox.items()):
            if row.part in parts and row.at < before:
                del log.outbox[key]

    _pruning_also(patch, take)


def waiting_timers_pruned(patch: pytest.MonkeyPatch) -> None:
    """A timer that still waits is forgotten with those that have fired."""

    def take(log: MemoryEventLog, parts: Sequence[int], before: datetime) -> None:
        for key in list(log.timers):
            if key[0] in parts and key not in log.fired:
                del log.timers[key]

    _pruning_also(patch, take)


def _pruning_also(patch: pytest.MonkeyPatch, take: Callable[[MemoryEventLog, Sequence[int], datetime], None]) -> None:
    prune = MemoryEventLog.prune

    async def greedy(log: MemoryEventLog, parts: Sequence[int], replies_before: datetime, most: int) -> int:
        take(log, parts, replies_before)
        return await prune(log, parts, replies_before, most)

    patch.setattr(MemoryEventLog, "prune", greedy)


def pruned_at_once(patch: pytest.MonkeyPatch) -> None:
    """Answers are forgotten as soon as somebody gets round to it, however young they are."""
    prune = MemoryEventLog.prune

    async def eager(log: MemoryEventLog, parts: Sequence[int], replies_before: datetime, most: int) -> int:
        return await prune(log, parts, datetime.max.replace(tzinfo=replies_before.tzinfo), most)

    patch.setattr(MemoryEventLog, "prune", eager)


def never_pruned(patch: pytest.MonkeyPatch) -> None:
    """Nothing old is ever forgotten."""

    async def idle(log: MemoryEventLog, parts: Sequence[int], replies_before: datetime, most: int) -> int:
        return 0

    patch.setattr(MemoryEventLog, "prune", idle)


OUTLIVING: Final[tuple[Mutant, ...]] = (
    never_told_again,
    told_past_the_retention,
    pending_pruned,
    unanswered_pruned,
    never_pruned,
)
"""What shows best, or only, in a town that outlives its replies."""
MUTANTS_IN_TIME: Final[tuple[Mutant, ...]] = (
    timer_fired_twice,
    timer_out_of_turn,
    timer_not_written,
    timer_not_waited_for,
    timer_passed_over,
    time_goes_back,
    waiting_timers_pruned,
    pruned_at_once,
    *OUTLIVING,
)
