"""Whoever dies at whatever moment of a batch of the wager stream: everything in it has counted once in the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from fractions import Fraction
from typing import Final, NamedTuple

import pytest

from shared.bus.partition import partition_of
from shared.worker.points import CRASH_POINTS
from tests.stories.house import gateway
from tests.stories.test_crashes import House
from tests.stories.test_wagers import GRAND, RACE, TOPIC, deposit, pool, standings, stream, wager
from tests.stories.town import PARTITIONS, Town, eventually

pytestmark = pytest.mark.postgres

SERVICES: Final = {"engines": 4, "leaderboards": 1, "ledger": 1}
"""In how many turns of each there is something to lose: take, pass on and count, hear the answers."""
STEPS: Final = [{"trigger": "wager", "count": 1_000_000}]
HOME: Final = partition_of("starlight", "rocket", PARTITIONS)


@pytest.fixture
async def house(tables: str) -> AsyncIterator[House]:
    async with gateway(tables) as town:
        found = House(town)
        for service in SERVICES:
            await found.start(service)
        await eventually("the town is ready", town.ready)
        await town.settle()
        for kind, key, spec in (
            ("tournament", "weekend-race", RACE),
            ("jackpot", "grand", GRAND),
            ("journey", "regular", {"name": "Regular", "steps": STEPS, "reward_winz": 0}),
        ):
            assert (await town.put(kind, key, spec)).status_code == 200
        await found.start_anew("engines")  # reads the new tenant's stream at once
        yield found
        await found.stop()


async def say(town: Town, about: str) -> None:
    """Four wagers of which one is void, one twice and one in a foreign partition, and a deposit."""
    await stream(town, wager(f"{about}-1", stake="2"), wager(f"{about}-2", stake="4"), deposit(f"{about}-d"))
    await stream(town, wager(f"{about}-2", stake="4", status="void"), wager(f"{about}-1", stake="2"))
    await stream(town, wager(f"{about}-3", stake="8"), wager(f"{about}-1", stake="2"), part=(HOME + 1) % PARTITIONS)
    await stream(town, wager(f"{about}-4", stake="16"))


class Counted(NamedTuple):
    """What the stream has done to the town."""

    points: Fraction
    pool: Fraction
    marks: int
    cents: int
    """Deposited, as the ledger has heard."""
    wagers: int
    """As the journey has counted."""


WORTH: Final = Counted(Fraction(260), Fraction(13, 100), 6, 2_000, 4)


def gained(before: Counted, after: Counted) -> Counted:
    return Counted(
        after.points - before.points,
        after.pool - before.pool,
        after.marks - before.marks,
        after.cents - before.cents,
        after.wagers - before.wagers,
    )


async def counted(town: Town) -> Counted:
    marks = await town.sql("select count(*) from engines.wagers")
    cents = await town.sql(
        "select coalesce(sum((data::json->'amounts'->>'USD')::bigint), 0)::bigint from ledger.events"
        " where type = 'wallet.deposits_counted'"
    )
    steps = await town.sql(
        "select coalesce(max((data::json->>'counted')::int), 0) from engines.events where type like 'journey.%'"
    )
    points, micros = (await standings(town)).get("rocket", "0"), await pool(town)
    return Counted(Fraction(points), Fraction(micros), marks[0][0], cents[0][0], steps[0][0])


async def quiet(town: Town, marks: int) -> bool:
    waiting = [await town.sql(f"select count(*) from {service}.outbox") for service in SERVICES]
    return waiting == [[(0,)]] * len(SERVICES) and (await counted(town)).marks == marks


@pytest.mark.parametrize(
    ("service", "turn"), [(service, turn) for service, turns in SERVICES.items() for turn in range(1, turns + 1)]
)
async def test_a_death_in_a_batch_of_wagers_loses_and_doubles_nothing(house: House, service: str, turn: int) -> None:
    before = await counted(house.town)
    await say(house.town, "control")
    await eventually("the control has counted", lambda: quiet(house.town, before.marks + WORTH.marks))
    assert gained(before, await counted(house.town)) == WORTH
    for point in CRASH_POINTS:
        await _survives(house, service, turn, point)


async def _survives(house: House, service: str, turn: int, point: str) -> None:
    before = await counted(house.town)
    house.arm(service, point, turn)
    await say(house.town, point)
    await house.dead(service)
    await house.start(service)
    await house.start_anew("engines")  # or it would ask again after half a minute
    await eventually("all has counted", lambda: quiet(house.town, before.marks + WORTH.marks))
    assert gained(before, await counted(house.town)) == WORTH, point
    assert await house.town.sql(f"select count(*) from engines.offsets where topic = '{TOPIC}'") == [(PARTITIONS,)]
