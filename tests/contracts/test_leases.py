"""Who calls the outside: leases keep the same promises in memory and in PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest

from services.rgs.leases import Leases, MemoryLeases, PostgresLeases
from shared.bus.port import Topic
from shared.eventlog.chain import GENESIS
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.migrate import migrate
from shared.eventlog.port import EventLog
from shared.eventlog.postgres import PostgresEventLog
from shared.eventlog.rows import Commit, OffsetMove, OutboxRow, PositionMove
from shared.shapes import OUTSIDE, Service
from shared.testing.clock import NOON, FixedClock
from shared.worker.sending import NEVER
from tests.conftest_postgres import database_on
from tests.contracts.eventlog_shop import PARTITIONS
from tests.contracts.lookup_rig import LOGS

SERVICE: Final = Service(name="rgs", deciders=())
TOPICS: Final = {"rgs.commands": Topic("cluster-a", "topic-1", PARTITIONS)}
LONG_S: Final = 60.0
LAPSED_S: Final = -1.0
"""A lease that is over when it begins."""


@dataclass
class Desk:
    """A log and its leases."""

    log: EventLog
    leases: Leases

    async def send(self, *keys: tuple[int, int, int], topic: str = OUTSIDE) -> None:
        """Put these Sends into the outbox."""
        await self._commit(outbox=[row(key, topic) for key in keys])

    async def hear(self, *keys: tuple[int, int, int]) -> None:
        """These Sends are answered."""
        await self._commit(answered=list(keys))

    async def _commit(
        self, outbox: list[OutboxRow] | None = None, answered: list[tuple[int, int, int]] | None = None
    ) -> None:
        (claimed,) = await self.log.claim([0], "ann", TOPICS, adopt=False, epochs={})
        commit = Commit(outbox=outbox or [], answered=answered or [])
        commit.positions = [PositionMove(0, claimed.epoch, 0, 0, 0, GENESIS, NOON)]
        read = claimed.offsets["rgs.commands"]
        commit.offsets = [OffsetMove(0, "rgs.commands", read, read + 1)]
        await self.log.commit(commit)

    async def taken(self, *parts: int, by: str = "ann", most: int = 10, for_s: float = LONG_S) -> list[tuple[int, ...]]:
        return [lease.key for lease in await self.leases.take(parts, by, most, for_s)]


def row(key: tuple[int, int, int], topic: str) -> OutboxRow:
    return OutboxRow(
        *key, "starlight", topic, 0, "rocket", "call.debit", b'{"data": {}}', None, None, None,
        "send", "x", "c", NOON, NEVER, 0,
    )  # fmt: skip


@pytest.fixture(params=LOGS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    if request.param == "memory":
        log = MemoryEventLog(SERVICE, PARTITIONS)
        yield Desk(log, MemoryLeases(log, FixedClock()))
        return
    async with database_on(request.getfixturevalue("postgres_dsn")) as dsn:
        await migrate(dsn, [SERVICE.name], PARTITIONS)
        opened, leases = await PostgresEventLog.open(SERVICE, dsn), PostgresLeases(dsn)
        try:
            yield Desk(opened, leases)
        finally:
            await leases.close()
            await opened.close()


async def test_a_send_to_the_outside_is_held_by_one_alone(desk: Desk) -> None:
    await desk.send((0, 7, 0), (0, 7, 1))
    assert await desk.taken(0, by="ann") == [(0, 7, 0), (0, 7, 1)]
    assert await desk.taken(0, by="bob") == []


async def test_a_lease_says_what_is_to_be_called_and_that_nobody_had_it_before(desk: Desk) -> None:
    await desk.send((0, 7, 0))
    (lease,) = await desk.leases.take([0], "ann", 10, LONG_S)
    assert lease == ((0, 7, 0), "starlight", "call.debit", b'{"data": {}}', False)


async def test_a_lease_that_has_lapsed_goes_to_the_next_who_is_told_that_somebody_had_it(desk: Desk) -> None:
    await desk.send((0, 7, 0))
    await desk.taken(0, by="ann", for_s=LAPSED_S)
    (lease,) = await desk.leases.take([0], "bob", 10, LONG_S)
    assert lease.again
    assert await desk.taken(0, by="ann") == []


async def test_of_two_who_reach_for_the_same_at_once_each_send_is_held_by_one(desk: Desk) -> None:
    sends = [(0, pos, 0) for pos in range(1, 200)]
    await desk.send(*sends)
    await desk.taken(0, by="ann", most=200, for_s=LAPSED_S)
    await asyncio.gather(desk.taken(1), desk.taken(2))  # so that both have their connections
    both = await asyncio.gather(*(desk.taken(0, by=name, most=200) for name in ("ann", "bob")))
    assert sorted([*both[0], *both[1]]) == sends


async def test_sends_to_services_and_of_other_partitions_are_not_leased(desk: Desk) -> None:
    await desk.send((0, 1, 0), topic="ledger.commands")
    await desk.send((0, 2, 0))
    assert await desk.taken(1, 2) == []
    assert await desk.taken(0, 1) == [(0, 2, 0)]


async def test_the_oldest_are_leased_first_and_never_more_than_wanted(desk: Desk) -> None:
    await desk.send(*((0, pos, 0) for pos in (5, 3, 4, 6)))
    assert await desk.taken(0, most=2) == [(0, 3, 0), (0, 4, 0)]
    assert await desk.taken(0, most=2) == [(0, 5, 0), (0, 6, 0)]


async def test_what_is_released_goes_to_the_next_at_once_as_if_nobody_had_had_it(desk: Desk) -> None:
    await desk.send((0, 7, 0), (0, 7, 1))
    await desk.taken(0, by="ann")
    await desk.leases.release([(0, 7, 1)], "ann")
    (lease,) = await desk.leases.take([0], "bob", 10, LONG_S)
    assert (lease.key, lease.again) == ((0, 7, 1), False)


async def test_what_somebody_had_before_is_still_so_when_the_next_has_released_it(desk: Desk) -> None:
    await desk.send((0, 7, 0))
    await desk.taken(0, by="ann", for_s=LAPSED_S)
    await desk.taken(0, by="bob")
    await desk.leases.release([(0, 7, 0)], "bob")
    (lease,) = await desk.leases.take([0], "cat", 10, LONG_S)
    assert lease.again


async def test_nobody_releases_what_another_holds_or_what_has_lapsed(desk: Desk) -> None:
    await desk.send((0, 7, 0), (0, 8, 0))
    await desk.taken(0, by="ann", most=1)
    await desk.taken(0, by="bob", for_s=LAPSED_S)
    await desk.leases.release([(0, 7, 0), (0, 8, 0)], "bob")
    (lease,) = await desk.leases.take([0], "cat", 10, LONG_S)
    assert (lease.key, lease.again) == ((0, 8, 0), True)


async def test_what_is_answered_is_not_leased_again(desk: Desk) -> None:
    await desk.send((0, 7, 0))
    await desk.taken(0, for_s=LAPSED_S)
    await desk.hear((0, 7, 0))
    assert await desk.taken(0) == []


async def test_lapsed_leases_of_what_is_answered_are_swept_and_no_others(desk: Desk) -> None:
    await desk.send((0, 1, 0), (0, 2, 0))
    await desk.taken(0, for_s=LAPSED_S)
    await desk.hear((0, 1, 0))
    assert await desk.leases.sweep([0], LONG_S) == 0
    assert await desk.leases.sweep([1], 0.0) == 0
    assert await desk.leases.sweep([0], 0.0) == 1
    assert await desk.leases.sweep([0], 0.0) == 0
    assert await desk.taken(0) == [(0, 2, 0)]


async def test_a_send_to_the_outside_is_never_told_as_others_are(desk: Desk) -> None:
    await desk.send((0, 7, 0))
    assert await desk.log.overdue([0], NOON + timedelta(days=365), 10) == []
