"""What comes of a stream is handled in its order, rings no timer before its turn, and moves nobody's clock."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from services.engines.registry import service
from shared.bus.memory import MemoryBus
from shared.bus.port import Incoming, Outgoing
from shared.clock import SystemClock
from shared.definitions import DefinitionStore
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.rows import Loaded, TimerRow
from shared.ids import TenantId
from shared.messages.journey import SAMPLES, RingDormancy
from shared.testing.grammar import seeds
from shared.worker.batch import Batch, Outside
from shared.worker.items import Ask, Item, Poison, Streamed
from shared.worker.loading import Knowledge
from shared.worker.partition import Owned
from shared.worker.rulebook import Rulebook
from shared.worker.tell import commands_of
from shared.worker.timers import Timers

OWN: Final = commands_of(service.name)
STREAM: Final = "wagers.starlight"
LONG_AGO: Final = datetime(2026, 1, 1, tzinfo=UTC)
RING: Final = next(sample for sample in SAMPLES if isinstance(sample, RingDormancy))
TIMER: Final = TimerRow(
    0, "t", LONG_AGO, "starlight", RING.player, RING.wire, RING.model_dump_json().encode(), "send", "x", "c"
)


def of_stream(offset: int) -> Incoming:
    """Taken in after the timer was due."""
    return Incoming(STREAM, 0, offset, None, b"", (), LONG_AGO + timedelta(hours=offset))


def good(offset: int) -> Item:
    return Streamed(0, TenantId("starlight"), 0, None, of_stream(offset))


def bad(offset: int) -> Item:
    return Poison(of_stream(offset), "it cannot be read")


def among(items: list[Item], *, commands_that_wait: int) -> list[Item]:
    """The items with the one timer among them, which is due, while so many commands are still to be fetched."""

    async def told() -> list[Item]:
        bus, log = MemoryBus(), MemoryEventLog(service, 1)
        await bus.ensure({OWN: 1})
        await bus.publish([Outgoing(OWN, 0, None, b"")] * commands_that_wait)
        log.timers[TIMER.part, TIMER.id] = TIMER
        timers = Timers(log, bus.member("group", "w", [OWN]), SystemClock(), Rulebook(service), OWN)
        owned = Owned(0, 1, 0, 0, 0, b"", LONG_AGO, {OWN: 0, STREAM: 0}, next_timer_at=LONG_AGO)
        return await timers.among(items, {0: owned})

    return asyncio.run(told())


def test_a_bad_message_of_a_stream_stays_behind_those_before_it() -> None:
    items = [good(3), bad(4), good(5), bad(6)]
    ring, *rest = among(items, commands_that_wait=0)
    assert isinstance(ring, Ask)
    assert rest == items


def test_a_bad_message_of_a_stream_rings_no_timer_that_commands_may_still_come_before() -> None:
    assert among([bad(4)], commands_that_wait=1) == [bad(4)]


@pytest.mark.parametrize(("topic", "moves"), [(OWN, True), (STREAM, False)])
def test_the_time_that_a_message_bears_moves_the_clock_only_where_the_broker_gave_it(topic: str, moves: bool) -> None:
    now, later = LONG_AGO, LONG_AGO + timedelta(hours=1)
    owned = {0: Owned(0, 1, 0, 0, 0, b"", LONG_AGO, {OWN: 0, STREAM: 0})}
    outside = Outside(1, DefinitionStore(), lambda _: seeds())
    batch = Batch(Rulebook(service), outside, owned, Loaded(), Knowledge().state, now)
    batch.run([Poison(Incoming(topic, 0, 0, None, b"", (), later), "it cannot be read")])
    assert batch.owned[0].last_at == (later if moves else now)


def test_a_timer_is_never_decided_before_it_was_due_though_the_clock_steps_back() -> None:
    owned = {0: Owned(0, 1, 0, 0, 0, b"", LONG_AGO - timedelta(hours=2), {OWN: 0})}
    outside = Outside(1, DefinitionStore(), lambda _: seeds())
    stepped_back = LONG_AGO - timedelta(hours=1)
    batch = Batch(Rulebook(service), outside, owned, Loaded(), Knowledge().state, stepped_back)
    batch.run([Poison(TIMER, "it cannot be read")])
    assert batch.owned[0].last_at == TIMER.due_at
