"""One run of the town from one seed: calm, trouble, calm again, and then everything must add up."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from math import inf
from random import Random
from typing import Final, NamedTuple

import pytest

from shared.worker.worker import Limits
from tests.simulation.clients import Client, Violation
from tests.simulation.contests import IN_PROGRESS
from tests.simulation.faults import CALM, Faults, drawn
from tests.simulation.loop import jump, now_s, run_virtually
from tests.simulation.plan import OPENING, Plan, claimers, clients, operators
from tests.simulation.tables import IDLE, LONGEST_PAUSE, TOUCH, UNHEARD_OF
from tests.simulation.tournaments import GRACE, stalled
from tests.simulation.wheels import CLAIMING_S, DRY_FOR
from tests.simulation.world import LONGEST_FREEZE_S, MOST_SKEW_S, Town

TEST: Final = "tests/simulation/test_simulation.py"
TROUBLE_S: Final = 40.0
TOWN_LOST: Final = 0.02
LONGEST_S: Final = 450.0
"""Virtual seconds after which a town that has not come to rest never will."""


SMALL: Final = {
    "shared.bus.memory_group.MOST_FETCHED": 5,
    "shared.bus.portion.MOST_FETCHED": 5,
    "shared.bus.portion.MOST_STREAMED": 9,
    "shared.eventlog.memory.PAGE_EVENTS": 3,
    "shared.worker.answers.MOST_WAITING": 4,
    "shared.worker.chores.MOST_RETOLD": 2,
    "shared.worker.chores.TIMERS_EVERY_S": 3_600.0,
    "shared.worker.claiming.OUTBOX_PAGE": 2,
    "shared.worker.loading.MOST_SENDS": 3,
    "shared.worker.loading.MOST_STATES": 6,
    "shared.worker.timers.MOST_TIMERS": 2,
    "shared.worker.worker.FETCH_WAIT_S": 1.2,
    "shared.worker.worker.TOPICS_EVERY_S": 3.0,
    "services.engines.wager.targets.MOST_ENTRIES": 3,
    "services.leaderboards.board.decider.PAGE": 2,
    "services.leaderboards.board.paying.PAGE": 2,
    "services.leaderboards.entrant.admitting.MOST_IN_PROGRESS": IN_PROGRESS,
    "services.leaderboards.event.closing.MOST_ROWS": 2,
    "services.leaderboards.tournament.decider.LONGEST_TELL": timedelta(seconds=8),
    "services.leaderboards.tournament.decider.MOST_ROWS": 2,
    "services.leaderboards.tournament.paying.MOST_ROWS": 2,
    "services.rgs.calls.AT_ONCE": 2,
    "services.rgs.calls.PAGE": 3,
    "services.rgs.calls.SWEEP_EVERY_S": 5.0,
    "services.rgs.round.money.LONGEST_PAUSE": LONGEST_PAUSE,
    "services.rgs.round.money.UNHEARD_OF": UNHEARD_OF,
    "services.rgs.session.decider.IDLE": IDLE,
    "services.rgs.session.launching.IDLE": IDLE,
    "services.rgs.session.state.IDLE": IDLE,
    "services.rgs.session.state._WORTH_A_FACT": TOUCH,
    "shared.messages.tournament.GRACE": GRACE,
}
"""Every limit is so small here that it is reached; but nobody looks by the clock for timers that a worker forgot."""
NAP: Final = timedelta(days=4)
NAPS: Final = ((0, 1), (2, 3), (0, 0), (0, 0))
"""How many are heard of after each, at least and at most; together they last less than Sends are told again."""
WAKING_S: Final = 2.5
EVENING_S: Final = (5.0, 30.0)
"""So long after the first dry spins are due everybody wakes up; others are due while tokens are shown."""
FORGETFUL: Final = 5
"""One town in so many keeps its replies for a short time only, and outlives it.

Another one in so many sleeps for days, again and again, when everything is done.
"""
SPINNING: Final = 3
"""One town in so many has wheels and tables, another one activities, and another one events and a stream of wagers."""
STREAMING: Final = 3
"""One town in so many takes a stream of wagers, of whatever kind it is otherwise."""
KEPT: Final = timedelta(minutes=1)
SILENCES_S: Final = (0.25 * KEPT.total_seconds(), 3 * KEPT.total_seconds())
"""An answer stays away until its Send is told again, or for as long as that may be, and longer."""
HASTY: Final = {
    "shared.eventlog.memory.FIRST_PUT_OFF": timedelta(seconds=4),
    "shared.eventlog.memory.LONGEST_PUT_OFF": timedelta(seconds=8),
    "shared.worker.sending.FIRST_RETELL": timedelta(seconds=4),
    "shared.worker.chores.MOST_PRUNED": 7,
    "shared.worker.chores.MOST_RETOLD": 12,
    "shared.worker.chores.PRUNE_EVERY_S": 2.0,
    "shared.worker.chores.TIMERS_EVERY_S": 5.0,
}
"""There Sends are told again often, and many together, or those that nobody answers would keep back the others; what
is old is forgotten at once, and timers are looked for."""
FORGOTTEN_WITHIN: Final = timedelta(seconds=15)


class Failed(AssertionError):
    """A seed's run broke a promise; the text says how to see it again."""


def is_forgetful(seed: int) -> bool:
    """Whether this seed's town outlives the time for which it keeps its replies."""
    return seed % FORGETFUL == FORGETFUL - 1


def is_sleepy(seed: int) -> bool:
    """Whether this seed's town sleeps for days when everything is done; none does that forgets."""
    return seed % FORGETFUL == 1


def is_streaming(seed: int) -> bool:
    """Whether this seed's town has operators who write what is wagered elsewhere."""
    return seed % STREAMING == 0


def is_spinning(seed: int) -> bool:
    """Whether this seed's town has wheels."""
    return seed % SPINNING == 1


def is_answering(seed: int) -> bool:
    """Whether this seed's town has activities."""
    return seed % SPINNING == 2


def is_gambling(seed: int) -> bool:
    """Whether this seed's town has tables."""
    return seed % SPINNING == 1


def is_eventful(seed: int) -> bool:
    """Whether this seed's town has events."""
    return seed % SPINNING == 0


class Ways(NamedTuple):
    """What a town is like."""

    sleepy: bool
    streaming: bool
    spinning: bool
    answering: bool
    eventful: bool
    forgetful: bool
    gambling: bool

    @classmethod
    def of(cls, seed: int) -> Ways:
        """What this seed's town is like."""
        plays = (is_spinning(seed), is_answering(seed), is_eventful(seed))
        return cls(is_sleepy(seed), is_streaming(seed), *plays, is_forgetful(seed), is_gambling(seed))


def simulate(seed: int) -> Counter[str]:
    """Run this seed; how often each thing went wrong.

    Raises:
        Failed: a promise was broken.
    """
    chance, forgetful = Random(seed), is_forgetful(seed)
    faults = Faults(chance, CALM, SILENCES_S if forgetful else ())
    limits = Limits(reply_retention=KEPT) if forgetful else Limits()
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name, limit in {**SMALL, **(HASTY if forgetful else {})}.items():
                patch.setattr(name, limit)
            run_virtually(_live(chance, faults, limits, Ways.of(seed)))
    except Exception as error:
        raise Failed(f"seed {seed}: {error}\nsee it again: SIM_SEED={seed} .venv/bin/pytest {TEST}") from error
    return faults.counts


async def _live(chance: Random, faults: Faults, limits: Limits, ways: Ways) -> None:
    town = Town(chance, faults, skewed=chance.random() < 0.3, limits=limits, gambling=ways.gambling)
    grants = town.logs["ledger"].table("grants") if ways.eventful else None
    plan = Plan(chance, spinning=ways.spinning, answering=ways.answering, grants=grants, gambling=ways.gambling)
    people = list[asyncio.Task[None]]()
    try:
        async with asyncio.timeout(LONGEST_S):
            await _days(town, plan, people, streaming=ways.streaming)
        if ways.spinning and not ways.forgetful:
            jump(DRY_FOR - timedelta(seconds=now_s() - chance.uniform(*EVENING_S)))
            async with asyncio.timeout(LONGEST_S):
                await _claim(town, plan, people)
        for signs in NAPS if ways.sleepy else ():
            jump(NAP)
            async with asyncio.timeout(LONGEST_S):
                await _wake(town, plan, people, signs=chance.randint(*signs))
    finally:
        faults.rates = CALM
        await town.end()
        for one in people:
            one.cancel()
        await asyncio.gather(*people, return_exceptions=True)
    if verdict := town.follower.verdict or town.judge.verdict:
        raise verdict
    stuck = town.stuck()
    late = stalled(stuck.values())
    town.judge.close(
        plan.wishes,
        OPENING,
        clocks_agree=not town.skewed,
        stuck=stuck,
        forgotten_before=town.clock.now() - limits.reply_retention - FORGOTTEN_WITHIN,
        now=town.clock.now() - timedelta(seconds=MOST_SKEW_S),
        may_wait=lambda timer: town.may_wait(timer, late),
    )
    faults.counts["Sends left to people"] += len(stuck)
    faults.counts["wishes"] += len(plan.wishes)
    faults.counts["dead letters"] += sum(len(log.dead_letters) for log in town.logs.values())
    judge = town.judge
    faults.counts["answers"] += judge.answers.count
    plays = (judge.plays, judge.events)
    for judged in (judge.games, judge.tournaments, judge.dormancy, judge.wagers, judge.standing, *plays, judge.rounds):
        faults.counts.update(judged.tally())
    faults.counts.update(judge.bans.seen)
    answers = judge.answers
    for told in (answers.games, answers.tournaments, answers.plays, answers.events, answers.rounds):
        faults.counts.update(told.seen)
    faults.counts["facts told twice"] += town.follower.repeated


async def _days(town: Town, plan: Plan, people: list[asyncio.Task[None]], *, streaming: bool) -> None:
    await town.rise()
    await _begin(plan, Client(town.door, town.chance))
    patience_s = town.limits.reply_retention.total_seconds() / 2 if town.faults.silences_s else inf
    people.extend(clients(plan, town.door, town.chance, patience_s))
    if plan.events is not None:
        people.append(asyncio.get_running_loop().create_task(town.onlookers.look_on()))
    town.faults.rates = drawn(town.chance)
    if streaming:
        people.extend(operators(plan, town.door, town.chance))
        town.spawn(town.operator.write())
    await _trouble(town, TROUBLE_S)
    town.faults.rates, town.judge.calm_since = CALM, town.clock.now()
    await _rest(town, plan, people)
    await town.onlookers.close()
    town.faults.counts["virtual seconds"] += int(now_s())


async def _begin(plan: Plan, client: Client) -> None:
    """Whatever must be there before the trouble begins."""
    try:
        for wish in plan.beginnings():
            await client.pursue(wish)
        for wishes in plan.later_beginnings():
            await asyncio.gather(*(client.pursue(wish) for wish in wishes))
            plan.remember(wishes)
    except asyncio.CancelledError:
        raise Violation("somebody waits for ever, and there has been no trouble yet") from None


async def _wake(town: Town, plan: Plan, people: list[asyncio.Task[None]], *, signs: int) -> None:
    """The town wakes up after days: what was due meanwhile happens amid trouble, and some give a sign of life."""
    town.faults.rates = drawn(town.chance)
    client = Client(town.door, town.chance)
    wishes = [plan.games.level_up() for _ in range(signs)]
    people.extend(asyncio.get_running_loop().create_task(client.pursue(wish)) for wish in wishes)
    await _trouble(town, WAKING_S)
    town.faults.rates, town.judge.calm_since = CALM, town.clock.now()
    await _rest(town, plan, people)


async def _claim(town: Town, plan: Plan, people: list[asyncio.Task[None]]) -> None:
    """Tokens are shown when time is up for them, amid trouble."""
    town.faults.rates = drawn(town.chance)
    people.extend(claimers(plan, town.door, town.chance))
    await _trouble(town, CLAIMING_S)
    town.faults.rates, town.judge.calm_since = CALM, town.clock.now()
    await _rest(town, plan, people)


async def _trouble(town: Town, for_s: float) -> None:
    ends_s = now_s() + for_s
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


async def _rest(town: Town, plan: Plan, people: list[asyncio.Task[None]]) -> None:
    """Wait until everybody has an answer and nothing is under way any more.

    A forgetful town is waited for until it has forgotten the last of its trouble; only then do people give up.
    """
    forgets_s = now_s() + (KEPT.total_seconds() if town.faults.silences_s else 0.0)
    try:
        while now_s() < forgets_s or not all(one.done() for one in people) or town.restless:
            if town.judge.verdict or town.follower.verdict:
                break
            await asyncio.sleep(0.5)
            if now_s() >= forgets_s:
                plan.give_up(town.stuck().values())
    except asyncio.CancelledError:
        raise Violation(f"the town never came to rest: {town.restless or 'people wait'}") from None
    for one in people:
        if one.done():
            one.result()
