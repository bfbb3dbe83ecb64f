"""Workers in a group: who has nothing to do stands by and is ready, and who is told to begin anew does so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest

from shared.bus.port import Outgoing, Slot
from shared.cli.up import until_ready
from shared.clock import SystemClock
from shared.definitions import DefinitionStore
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.offsets import Stored
from shared.eventlog.port import WrongOffsets
from shared.fair.seeds import SeedChain
from shared.ids import TenantId
from shared.running import Parts
from shared.settings import read_settings
from shared.shapes import Service
from shared.telemetry import Metrics
from shared.worker.batch import Outside
from shared.worker.tell import commands_of, events_of
from shared.worker.worker import Limits, Worker
from tests.contracts.bus_rig import DEADLINE_S, Rig, until

NONSENSE: Final = b"{"
"""It ends among the dead letters, which shows that it was read."""


def seeds_of(tenant: TenantId) -> SeedChain:
    return SeedChain(tenant, {"k1": b"x" * 32}, "k1")


def worker_of(rig: Rig, log: MemoryEventLog, name: str, *, adopt: bool = False) -> Worker:
    outside = Outside(log.partitions, DefinitionStore(), seeds_of)
    service = Service(name=rig.prefix, deciders=())
    return Worker(
        service,
        rig.bus,
        log,
        outside,
        clock=SystemClock(),
        metrics=Metrics(),
        name=name,
        limits=Limits(adopt=adopt),
    )


@asynccontextmanager
async def at_work(worker: Worker) -> AsyncIterator[None]:
    working = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        async with asyncio.timeout(DEADLINE_S):
            await working


async def log_of(rig: Rig, partitions: int) -> tuple[MemoryEventLog, str]:
    topic = commands_of(rig.prefix)
    await rig.bus.ensure({topic: partitions, events_of(rig.prefix): partitions})
    return MemoryEventLog(Service(name=rig.prefix, deciders=()), partitions), topic


async def greeted(rig: Rig, worker: Worker) -> None:
    """Returns when a town with this worker would print its banner."""
    parts = Parts(settings=read_settings(environment="test"), dsn="", partitions=1, bus=rig.bus, workers={"it": worker})
    async with asyncio.timeout(DEADLINE_S):
        await until_ready(parts, {"it": worker})


async def test_a_standby_that_owns_no_partition_is_ready_and_takes_over(rig: Rig) -> None:
    log, topic = await log_of(rig, 1)
    first, standby = worker_of(rig, log, "one"), worker_of(rig, log, "two")
    assert standby.trouble == "waiting for the next claim"
    async with at_work(standby):
        async with at_work(first):
            await until(lambda: set(first.owned) == {0} and not standby.owned and standby.trouble is None)
            assert first.trouble is None
            await greeted(rig, standby)
            assert not standby.owned
        await until(lambda: set(standby.owned) == {0})
        await rig.bus.publish([Outgoing(topic, 0, None, NONSENSE)])
        await until(lambda: len(log.dead_letters) == 1)
        assert standby.trouble is None
    assert standby.trouble == "waiting for nothing: it is stopped"


@pytest.mark.parametrize("offset", [1, 1_000])
async def test_a_worker_begins_anew_only_if_it_is_told_to(rig: Rig, offset: int) -> None:
    """The broker dropped what it was to read next, or lost what it had read."""
    log, topic = await log_of(rig, 1)
    await rig.bus.publish([Outgoing(topic, 0, None, NONSENSE)] * 5)
    await rig.drop(Slot(topic, 0), 3)
    known = await rig.bus.topic(topic)
    log.offsets[0, topic] = Stored(known.cluster, known.topic_id, offset)
    with pytest.raises(WrongOffsets, match=f"offset {offset}.* 3 to 5.*start once with --adopt"):
        await worker_of(rig, log, "one").run()
    assert not log.dead_letters
    async with at_work(worker_of(rig, log, "one", adopt=True)):
        await until(lambda: [letter.row.offset for letter in log.dead_letters.values()] == [3, 4])
    assert log.offsets[0, topic].next_offset == 5
    async with at_work(again := worker_of(rig, log, "one")):
        await until(lambda: again.trouble is None)
