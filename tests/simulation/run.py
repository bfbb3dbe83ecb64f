"""One run of the town from one seed: calm, trouble, calm again, and then everything must add up."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random
from typing import Final

import pytest

from tests.simulation.clients import Client, Violation
from tests.simulation.faults import CALM, Faults, drawn
from tests.simulation.loop import now_s, run_virtually
from tests.simulation.plan import OPENING, Plan, clients
from tests.simulation.world import LONGEST_FREEZE_S, Town

TEST: Final = "tests/simulation/test_simulation.py"
TROUBLE_S: Final = 40.0
TOWN_LOST: Final = 0.02
LONGEST_S: Final = 450.0
"""Virtual seconds after which a town that has not come to rest never will."""


SMALL: Final = {
    "shared.bus.memory_group.MOST_FETCHED": 5,
    "shared.eventlog.memory.PAGE_EVENTS": 3,
    "shared.worker.answers.MOST_WAITING": 4,
    "shared.worker.chores.MOST_RETOLD": 2,
    "shared.worker.claiming.OUTBOX_PAGE": 2,
    "shared.worker.loading.MOST_SENDS": 3,
    "shared.worker.loading.MOST_STATES": 6,
    "shared.worker.timers.MOST_TIMERS": 2,
}
"""Every limit is so small here that it is reached."""


class Failed(AssertionError):
    """A seed's run broke a promise; the text says how to see it again."""


def simulate(seed: int) -> Counter[str]:
    """Run this seed; how often each thing went wrong.

    Raises:
        Failed: a promise was broken.
    """
    chance = Random(seed)
    faults = Faults(chance, CALM)
    try:
        with pytest.MonkeyPatch.context() as limits:
            for name, limit in SMALL.items():
                limits.setattr(name, limit)
            run_virtually(_live(chance, faults))
    except Exception as error:
        raise Failed(f"seed {seed}: {error}\nsee it again: SIM_SEED={seed} .venv/bin/pytest {TEST}") from error
    return faults.counts


async def _live(chance: Random, faults: Faults) -> None:
    town = Town(chance, faults, skewed=chance.random() < 0.3)
    plan, people = Plan(chance), list[asyncio.Task[None]]()
    try:
        async with asyncio.timeout(LONGEST_S):
            await _days(town, plan, people)
    finally:
        faults.rates = CALM
        await town.end()
        for one in people:
            one.cancel()
        await asyncio.gather(*people, return_exceptions=True)
    if verdict := town.follower.verdict or town.judge.verdict:
        raise verdict
    town.judge.close(plan.wishes, OPENING, clocks_agree=not town.skewed)
    faults.counts["wishes"] += len(plan.wishes)
    faults.counts["dead letters"] += sum(len(log.dead_letters) for log in town.logs.values())
    faults.counts["answers"] += town.judge.answers
    faults.counts["facts told twice"] += town.follower.repeated


async def _days(town: Town, plan: Plan, people: list[asyncio.Task[None]]) -> None:
    await town.rise()
    client = Client(town.door, town.chance)
    for wish in plan.beginnings():
        await client.pursue(wish)
    people.extend(clients(plan, town.door, town.chance))
    town.faults.rates = drawn(town.chance)
    await _trouble(town)
    town.faults.rates = CALM
    town.faults.counts["virtual seconds"] += int(await _rest(town, people))


async def _trouble(town: Town) -> None:
    ends_s = now_s() + TROUBLE_S
    while now_s() < ends_s and not town.judge.verdict:
        await asyncio.sleep(town.chance.expovariate(0.4))
        await _one_trouble(town)


async def _one_trouble(town: Town) -> None:
    process = town.chance.choice(town.victims)
    luck = town.chance.random()
    if luck < TOWN_LOST:
        town.faults.counts["towns lost"] += 1
        await town.fall()
        await asyncio.sleep(town.chance.uniform(0.1, 3.0))
        await town.rise()
    elif not process.alive:
        pass
    elif luck < 0.5:
        town.faults.counts["crashes"] += 1
        await process.kill()
        town.spawn(process.revive())
    elif not process.life.frozen:
        town.spawn(process.freeze(town.chance.uniform(0.3, LONGEST_FREEZE_S)))


async def _rest(town: Town, people: list[asyncio.Task[None]]) -> float:
    """Wait until everybody has an answer and nothing is under way any more; how late it is then."""
    try:
        while not all(one.done() for one in people) or town.restless:
            if town.judge.verdict or town.follower.verdict:
                break
            await asyncio.sleep(0.5)
    except asyncio.CancelledError:
        raise Violation(f"the town never came to rest: {town.restless or 'people wait'}") from None
    for one in people:
        if one.done():
            one.result()
    return now_s()
