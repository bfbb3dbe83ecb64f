"""Redis, PostgreSQL and a naive sort have every board in one order, whatever is lost, repeated or late between them."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import pytest

from services.gateway.rank_filler import AGAIN_AFTER_S, BEHIND_FOR_S
from services.gateway.standings import PAUSE_S, Standing, Standings
from services.leaderboards.registry import service
from shared.database import Pool, Target
from shared.eventlog.chain import GENESIS
from shared.eventlog.rows import TableChange
from shared.ids import BoardId, SeasonId
from shared.ranks import filling
from shared.ranks.memory import MemoryRanks
from shared.ranks.port import Asked, Kept, KeptRanks, Place, Ranked, Ranks, RanksAway, Write, order
from shared.ranks.redis import RedisRanks
from shared.readmodels.boards import BoardViews, OwnRow
from shared.telemetry import Metrics
from shared.testing.clock import NOON, FixedClock
from shared.worker.partition import Owned
from shared.worker.ranks import RankWriter
from tests.contracts.boards_log import TENANT, Keeper, at, postgres_log, rows_of, who
from tests.contracts.eventlog_shop import PARTITIONS

STEPS: Final = 10_000
PLAYERS: Final = 60
SEASON: Final = SeasonId("season")
MOST: Final = 25


class Shaky:
    """Ranks that lose writes, apply them late or twice, and are away at times."""

    def __init__(self, ranks: Ranks, chance: random.Random) -> None:
        self._ranks, self._chance = ranks, chance
        self.trouble = False
        self.late: list[Sequence[Write]] = []
        self.seen: Counter[str] = Counter()

    async def write(self, writes: Sequence[Write]) -> None:
        fate = self._chance.random() if self.trouble else 1.0
        if fate < 0.04:
            self.seen["lost"] += 1
            raise RanksAway("lost")
        if fate < 0.08:
            self.seen["late"] += 1
            self.late.append(writes)
            raise RanksAway("late")
        if fate < 0.12:
            self.seen["unheard"] += 1
            await self._ranks.write(writes)
            raise RanksAway("applied, but nobody has heard of it")
        if fate < 0.16:
            self.seen["unnoticed"] += 1  # as after a restart of Redis from an older picture
            return
        await self._ranks.write(writes)

    async def arrive(self) -> None:
        """What was late arrives."""
        late, self.late = self.late, []
        for writes in late:
            await self._ranks.write(writes)

    async def read(self, place: Place, most: int, participant: str | None = None) -> Kept | None:
        if self.trouble and self._chance.random() < 0.05:
            self.seen["away"] += 1
            raise RanksAway("away")
        return await self._ranks.read(place, most, participant)

    async def ranks(self, asked: Sequence[Asked]) -> list[KeptRanks | None]:
        return await self._ranks.ranks(asked)

    async def begin_fill(self, place: Place) -> str | None:
        return await self._ranks.begin_fill(place)

    async def fill(self, place: Place, filling: str, entries: Sequence[Ranked]) -> bool:
        return await self._ranks.fill(place, filling, entries)

    async def end_fill(self, place: Place, filling: str, pos: int) -> bool:
        return await self._ranks.end_fill(place, filling, pos)

    async def close(self) -> None:
        await self._ranks.close()


class World:
    """Two boards of one partition in PostgreSQL, their order beside it, and what a naive sort makes of the history."""

    def __init__(self, keeper: Keeper, ranks: Shaky, views: BoardViews, chance: random.Random) -> None:
        self.keeper, self.ranks, self.chance, self.views = keeper, ranks, chance, views
        self.clock, self.metrics = FixedClock(), Metrics()
        self.writer = RankWriter(service, ranks, self.clock, self.metrics)
        self.standings = Standings(views, ranks, self.clock, self.metrics)
        self.boards = [BoardId(str(uuid.UUID(int=n))) for n in (1, 2)]
        self.places = [views.season_place(TENANT, SEASON, board) for board in self.boards]
        self.part = self.places[0].part
        self.entries: dict[Place, dict[str, Ranked]] = {place: {} for place in self.places}
        self.pos = 0

    async def score(self, steps: int) -> None:
        """One commit with so many scores."""
        changed: dict[Place, dict[str, Ranked]] = {}
        for _ in range(steps):
            self.pos += 1
            place = self.chance.choice(self.places)
            entry = at(self.chance.randrange(PLAYERS), self.chance.randint(-3, 9), self.pos)
            self.entries[place][entry.participant] = entry
            changed.setdefault(place, {})[entry.participant] = entry
        tables = {"board_entries": TableChange(), "board_positions": TableChange()}
        for place, entries in changed.items():
            rows = rows_of(place, entries.values(), max(one.pos for one in entries.values()))
            for name, change in rows.items():
                tables[name].puts.update(change.puts)
        await self.keeper.write(tables)
        owned = Owned(self.part, self.keeper.epoch, 0, 0, 0, GENESIS, NOON)
        await self.writer.write(tables, {self.part: owned})

    async def read(self, place: Place, participant: str) -> Standing:
        self.standings.forget(place.tenant, place.board)
        return await self.standings.read_season(place.tenant, SEASON, place.board, MOST, participant)

    async def check(self) -> None:
        place, participant = self.chance.choice(self.places), who(self.chance.randrange(PLAYERS))
        naive = sorted(self.entries[place].values(), key=order)
        found = await self.read(place, participant)
        ranks = {one.participant: rank for rank, one in enumerate(naive, 1)}
        own = self.entries[place].get(participant)
        assert found.top == naive[:MOST]
        assert found.own == (None if own is None else OwnRow(ranks[participant], own))

    def sources(self) -> dict[str, float]:
        return {name: self.metrics.board_reads.of(name)._value.get() for name in ("ranks", "tables")}


async def play(world: World, steps: int) -> None:
    """Score, read, lose, claim and fill at random until there were so many scores."""
    chance, filler = world.chance, world.standings.filler
    while world.pos < steps:
        match chance.randrange(20):
            case 0:
                await world.keeper.claim(world.part)
            case 1:
                world.ranks.trouble = not world.ranks.trouble
            case 2:
                await world.ranks.arrive()
            case 3:
                world.clock.advance(timedelta(seconds=chance.choice([PAUSE_S, AGAIN_AFTER_S, BEHIND_FOR_S])))
            case 4 | 5:
                await filler.settle()
            case 6 | 7 | 8 | 9 | 10:
                await world.check()
            case _:
                await world.score(chance.randint(1, 12))
    await filler.settle()


@pytest.mark.postgres
@pytest.mark.parametrize("kind", ["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def test_every_reader_is_told_the_naive_order_through_10_000_scores(
    request: pytest.FixtureRequest, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "PAGE", 7)  # so that scores come between the pages
    chance = random.Random(20_261_122)
    prefix = f"test:{uuid.uuid4().hex}:"
    inner: Ranks = MemoryRanks(FixedClock())
    if kind == "redis":
        inner = RedisRanks(request.getfixturevalue("redis_url"), 10.0, prefix)
    async with postgres_log(request.getfixturevalue("postgres_dsn")) as (log, dsn):
        pool = Pool(Target(dsn), most=4)
        world = World(Keeper(log), Shaky(inner, chance), BoardViews(pool, PARTITIONS), chance)
        try:
            await world.keeper.claim(world.part)
            await play(world, STEPS)
            world.ranks.trouble = False
            await in_step_again(world)
        finally:
            print(f"{kind}: {world.pos} scores, {world.sources()}, {dict(world.ranks.seen)}")
            await world.standings.close()
            await world.ranks.close()
            await pool.close()
        assert all(count > 20 for count in world.sources().values()), world.sources()
        assert set(world.ranks.seen) == {"lost", "late", "unheard", "unnoticed", "away"}


async def in_step_again(world: World) -> None:
    """Once nothing is lost any more, readers soon have every board from the ranks, and all of it."""
    await world.keeper.claim(world.part)
    await world.score(PLAYERS)
    for _ in range(3):  # found missing, or behind; filled after the pause
        world.clock.advance(timedelta(seconds=BEHIND_FOR_S))
        for place in world.places:
            await world.read(place, who(0))
        await world.standings.filler.settle()
    for place in world.places:
        kept = await world.ranks.read(place, 2 * PLAYERS)
        assert kept is not None
        naive = sorted(world.entries[place].values(), key=order)
        assert kept.top == naive == await world.views.top(place, 2 * PLAYERS)
        assert kept.size == len(naive)
        for rank, entry in enumerate(naive, 1):
            assert await world.views.own(place, entry.participant) == OwnRow(rank, entry)
