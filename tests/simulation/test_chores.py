"""What a worker does by the clock is bounded in each turn, and goes on as long as there is something to do."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

import pytest

from shared.bus.memory import MemoryBus
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.port import Unavailable
from shared.eventlog.rows import DONE, OutboxRow, ReplyRow
from shared.telemetry import Metrics
from shared.worker.chores import PRUNE_EVERY_S, REPORT_EVERY_S, Chores
from shared.worker.claiming import claim
from shared.worker.partition import Owned
from shared.worker.tell import commands_of
from tests.simulation.loop import FIRST_MORNING, VirtualClock, run_virtually
from tests.simulation.parlour import service

TOPIC: Final = commands_of(service.name)
KEPT: Final = timedelta(days=40)
PARTITIONS: Final = 2


@dataclass
class Shift:
    """Somebody who does the chores of two partitions."""

    log: MemoryEventLog
    chores: Chores
    metrics: Metrics
    owned: Mapping[int, Owned]
    asked: Counter[str] = field(default_factory=Counter)

    async def turn(self, after_s: float = 0.0) -> None:
        await asyncio.sleep(after_s)
        await self.chores.do(self.owned, at_once)

    @property
    def oldest_s(self) -> float | None:
        return self.metrics.registry.get_sample_value(
            "fairground_oldest_conversation_seconds", {"service": service.name}
        )


async def at_once(work: Callable[[], Awaitable[Any]]) -> Any:
    return await work()


def on_a_shift(story: Callable[[Shift], Awaitable[None]]) -> None:
    async def told() -> None:
        clock, bus, log, metrics = VirtualClock(Random(1)), MemoryBus(), MemoryEventLog(service, PARTITIONS), Metrics()
        await bus.ensure({TOPIC: PARTITIONS, "nobody.commands": PARTITIONS})
        owned = await claim(
            log, frozenset(range(PARTITIONS)), "w", {TOPIC: await bus.topic(TOPIC)}, adopt=True, epochs={}
        )
        member = bus.member("group", "w", [TOPIC])
        chores = Chores(service, log, bus, member, clock=clock, metrics=metrics, retention=KEPT)
        shift = Shift(log, chores, metrics, {one.part: one for one in owned})

        async def note(point: str) -> None:
            shift.asked[point] += 1

        log.pause = note
        await story(shift)

    run_virtually(told())


def keep_old_replies(log: MemoryEventLog, *keys: str) -> None:
    at = FIRST_MORNING - KEPT - timedelta(days=1)
    log.replies.update({(0, "door", key): ReplyRow(0, "door", key, "", DONE, None, b"{}", at) for key in keys})


def keep_send(log: MemoryEventLog, part: int, pos: int, waits_s: int) -> None:
    """A Send that has waited for so long and is not told again soon."""
    at = FIRST_MORNING - timedelta(seconds=waits_s)
    log.outbox[part, pos, 0] = OutboxRow(
        part, pos, 0, "starlight", "nobody.commands", 0, "x", "nobody.ask", b"{}", None, None, None,
        "send", "x", "c", at, FIRST_MORNING + timedelta(days=1), 9,
    )  # fmt: skip


def test_pruning_goes_on_at_once_while_its_pages_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.worker.chores.MOST_PRUNED", 2)
    monkeypatch.setattr("shared.worker.chores.MOST_PRUNE_PAGES", 3)

    async def story(shift: Shift) -> None:
        keep_old_replies(shift.log, *map(str, range(9)))
        await shift.turn()
        assert (len(shift.log.replies), shift.asked["prune.before"]) == (3, 3), "so many pages in one turn"
        await shift.turn()
        assert (len(shift.log.replies), shift.asked["prune.before"]) == (0, 5), "the rest in the next one"
        keep_old_replies(shift.log, "late")
        await shift.turn(PRUNE_EVERY_S / 2)
        assert shift.asked["prune.before"] == 5, "nothing was left, so it waits for its time"
        await shift.turn(PRUNE_EVERY_S / 2)
        assert not shift.log.replies

    on_a_shift(story)


def test_the_oldest_conversation_is_looked_for_in_the_whole_outbox() -> None:
    async def story(shift: Shift) -> None:
        await shift.turn()
        assert shift.oldest_s == 0
        keep_send(shift.log, 0, 1, 50)
        keep_send(shift.log, 1, 1, 700)
        await shift.turn(REPORT_EVERY_S)
        assert shift.oldest_s == 700 + REPORT_EVERY_S
        del shift.log.outbox[1, 1, 0]
        await shift.turn(REPORT_EVERY_S)
        assert shift.oldest_s == 50 + 2 * REPORT_EVERY_S
        del shift.log.outbox[0, 1, 0]
        await shift.turn(REPORT_EVERY_S)
        assert shift.oldest_s == 0

    on_a_shift(story)


def test_whoever_holds_no_partition_knows_of_no_conversation() -> None:
    async def story(shift: Shift) -> None:
        keep_send(shift.log, 0, 1, 50)
        await shift.turn()
        assert shift.oldest_s == 50
        shift.owned = {}
        await shift.turn()
        assert shift.oldest_s == 0

    on_a_shift(story)


def test_a_report_does_not_wait_for_a_log_that_is_away() -> None:
    async def story(shift: Shift) -> None:
        async def away(point: str) -> None:
            if point.startswith("oldest_unanswered"):
                raise Unavailable("away")

        keep_send(shift.log, 0, 1, 50)
        await shift.turn()
        shift.log.pause = away
        await shift.turn(REPORT_EVERY_S)
        assert shift.oldest_s == 50

    on_a_shift(story)
