"""What may happen to a stream itself: none of it loses a wager that could be read, or keeps other tenants waiting."""

from __future__ import annotations

import asyncio
from random import Random

import orjson

from services.engines.registry import service
from shared.bus.memory import MemoryBus
from shared.bus.port import Outgoing
from shared.definitions import DefinitionStore
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.port import Fenced
from shared.eventlog.rows import Commit, StoredDefinition
from shared.telemetry import Metrics
from shared.worker.batch import Outside
from shared.worker.worker import Worker
from tests.simulation.loop import VirtualClock, run_virtually
from tests.simulation.test_intake import (
    OWN,
    PARTITIONS,
    POISON,
    TENANT,
    TOPIC,
    Desk,
    at_a_desk,
    rules_of_its_own,
    said,
    tenant,
    unsayable,
    until,
    with_decider,
)
from tests.simulation.world import seeds_of

__all__ = ["rules_of_its_own"]


def test_no_commit_moves_the_stream_beyond_a_message_that_is_neither_counted_nor_dead() -> None:
    values = [said("a"), said("b"), said("c"), said(POISON), b"junk"]

    async def story(desk: Desk) -> None:
        real = desk.log.commit

        async def commit(some: Commit) -> None:
            await real(some)
            ids = [None if value == b"junk" else orjson.loads(value)["wager_id"] for value in values]
            done = [place for place, id_ in enumerate(ids) if place in desk.letters() or id_ in desk.counted(0)]
            assert set(range(desk.offset(0))) <= set(done)

        desk.log.commit = commit  # type: ignore[assignment,method-assign]
        await desk.hears(*values)

    at_a_desk(story, with_decider(unsayable))


def test_after_a_crash_between_two_halves_every_wager_counts() -> None:
    async def story(desk: Desk) -> None:
        real, stood = desk.log.commit, list[str]()

        async def commit(some: Commit) -> None:
            if stood == ["first"]:
                stood.append("fenced")
                raise Fenced("another worker has taken over")
            await real(some)
            if any(move.topic == TOPIC for move in some.offsets):
                stood.append("first" if not stood else "later")

        desk.log.commit = commit  # type: ignore[assignment,method-assign]
        values = [said("a"), said("b"), said("c"), said(POISON), b"junk"]
        await desk.bus.publish([Outgoing(TOPIC, 0, b"key", value) for value in values])
        await until(lambda: desk.offset(0) == len(values) and len(desk.letters()) == 2)
        assert "fenced" in stood
        assert sorted(desk.counted(0)) == ["a", "b", "c"]

    at_a_desk(story, with_decider(unsayable))


def test_a_stream_whose_oldest_messages_are_gone_is_read_from_what_is_left() -> None:
    async def told() -> None:
        clock = VirtualClock(Random(1))
        bus, log = MemoryBus(clock.now), MemoryEventLog(service, PARTITIONS)
        await bus.ensure(dict.fromkeys([*OWN, TOPIC], PARTITIONS))
        for one in bus._shelf.logs(TOPIC):
            one.first = 1_000
        store = DefinitionStore()
        row = StoredDefinition(1, TENANT, "tenant", TENANT, 1, tenant.model_dump_json(), removed=False)
        store.learn([row])
        outside = Outside(PARTITIONS, store, seeds_of)
        worker = Worker(service, bus, log, outside, clock=clock, metrics=Metrics(), name="w")
        working = asyncio.create_task(worker.run())
        try:
            await until(lambda: working.done() or (len(worker.owned) == PARTITIONS and worker.trouble is None))
            assert not working.done()
            await bus.publish([Outgoing(TOPIC, 0, b"key", said("a"))])
            await until(lambda: len(log.table("wagers")) == 1)
        finally:
            worker.stop()
            await asyncio.wait([working])

    run_virtually(told())
