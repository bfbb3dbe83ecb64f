"""Who was away for longer than answers are kept forgets none of which a repetition may still wait."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from random import Random
from typing import Final

import orjson
import pytest

from shared.bus.memory import MemoryBus
from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.definitions import DefinitionStore
from shared.eventlog.memory import MemoryEventLog
from shared.ids import PlayerId
from shared.messages.envelope import TYPE_HEADER
from shared.telemetry import Metrics
from shared.worker.batch import Outside
from shared.worker.tell import commands_of, events_of
from shared.worker.worker import Limits, Worker
from tests.simulation.clients import TENANT
from tests.simulation.loop import VirtualClock, run_virtually
from tests.simulation.parlour import Knock, service
from tests.simulation.world import seeds_of

PARTITIONS: Final = 2
TOPIC: Final = commands_of(service.name)
KEPT: Final = timedelta(minutes=1)
LONG_S: Final = 2 * KEPT.total_seconds()
PLAYER: Final = PlayerId("rocket")
PART: Final = partition_of(TENANT, PLAYER, PARTITIONS)


def sent(id_: str) -> Outgoing:
    """A Send of another service: a knock, known by its id."""
    knock = Knock(player=PLAYER, table="felt", word=id_)
    value = {
        "id": id_,
        "type": knock.wire,
        "tenant": TENANT,
        "key": PLAYER,
        "actor": "service:nobody",
        "correlation_id": "c",
        "idempotency": {"scope": "send", "key": id_, "fingerprint": ""},
        "data": knock.model_dump(mode="json"),
    }
    return Outgoing(TOPIC, PART, None, orjson.dumps(value), ((TYPE_HEADER, knock.wire.encode()),))


class House:
    """One worker at a time over one bus and one log."""

    def __init__(self) -> None:
        self.clock = VirtualClock(Random(1))
        self.bus, self.log = MemoryBus(self.clock.now), MemoryEventLog(service, PARTITIONS)

    async def works_until_read(self) -> None:
        """A worker starts, reads all there is, does its chores for a while, and ends."""
        outside = Outside(PARTITIONS, DefinitionStore(), seeds_of)
        limits = Limits(reply_retention=KEPT)
        worker = Worker(
            service, self.bus, self.log, outside, clock=self.clock, metrics=Metrics(), name="w", limits=limits
        )
        working = asyncio.create_task(worker.run())
        await asyncio.sleep(KEPT.total_seconds() / 10)
        worker.stop()
        await working

    def heard(self) -> list[str]:
        """The words of all knocks, in order."""
        return [orjson.loads(event.data)["word"] for event in self.log.events[PART]]


def test_a_send_told_again_to_who_was_away_for_long_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.bus.memory_group.MOST_FETCHED", 2)
    monkeypatch.setattr("shared.worker.chores.PRUNE_EVERY_S", 0.0)

    async def story() -> list[str]:
        house = House()
        await house.bus.ensure({TOPIC: PARTITIONS, events_of(service.name): PARTITIONS})
        await house.bus.publish([sent("pay")])
        await house.works_until_read()
        await house.bus.publish([*(sent(f"other-{n}") for n in range(5)), sent("pay")])  # its answer was lost
        await asyncio.sleep(LONG_S)
        await house.works_until_read()
        return house.heard()

    assert run_virtually(story()) == ["pay", *(f"other-{n}" for n in range(5))]


def test_who_has_read_everything_forgets_what_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.worker.chores.PRUNE_EVERY_S", 0.0)

    async def story() -> set[str]:
        house = House()
        await house.bus.ensure({TOPIC: PARTITIONS, events_of(service.name): PARTITIONS})
        await house.bus.publish([sent("old")])
        await house.works_until_read()
        await asyncio.sleep(LONG_S)
        await house.bus.publish([sent("new")])
        await house.works_until_read()
        return {key for _, _, key in house.log.replies}

    assert run_virtually(story()) == {"new"}
