"""A window ends by itself: its boards are final, and every place has won what the policy says, once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.gateway.standings import Standing, Standings
from shared.bus.memory import MemoryBus
from shared.cli.rebuild_boards import TABLES, fill_boards, rebuild_boards
from shared.database import Pool, Target
from shared.ids import BoardId
from shared.money import MICRO
from shared.ranks.memory import MemoryRanks
from shared.ranks.port import Place
from shared.readmodels.boards import BoardViews
from shared.running import WORKERS
from shared.worker.points import CRASH_POINTS
from tests.stories import ladders
from tests.stories.aside import STARLIGHT
from tests.stories.house import Ahead, gateway
from tests.stories.test_crashes import House
from tests.stories.town import PARTITIONS, Town, eventually

pytestmark = pytest.mark.postgres


@pytest.fixture
async def house(tables: str) -> AsyncIterator[House]:
    """A town whose workers can be killed, and whose clock can be put forward."""
    async with gateway(tables) as town:
        town.parts.clock = clock = Ahead()
        assert isinstance(town.parts.bus, MemoryBus)
        town.parts.bus._now = clock.now  # or every message would be older than its time-to-live
        found = House(town)
        for service in WORKERS:
            await found.start(service)
        await eventually("the town is ready", town.ready)
        await town.settle()
        await ladders.prepare(town)
        yield found
        await found.stop()


@pytest.fixture
async def standings(house: House) -> AsyncIterator[Standings]:
    """What a gateway reads boards with."""
    parts = house.town.parts
    pool = Pool(Target(parts.dsn), most=2)
    made = Standings(BoardViews(pool, PARTITIONS), parts.ranks, parts.clock, parts.metrics)
    yield made
    await made.close()
    await pool.close()


async def read(standings: Standings, board: BoardId, most: int, player: str) -> Standing:
    standings.forget(STARLIGHT, board)
    found = await standings.read(STARLIGHT, board, most, ladders.participant(player))
    assert found is not None
    return found


def ends(town: Town) -> None:
    assert isinstance(town.parts.clock, Ahead)
    town.parts.clock.by += ladders.HOUR


async def finalized(town: Town, board: BoardId) -> None:
    async def final() -> bool:
        rows = await town.sql(f"select status from leaderboards.board_closings where board_id = '{board}'")
        return [tuple(row) for row in rows] == [("finalized",)]

    await eventually("the board is final", final)


async def place_of(town: Town, board: BoardId) -> Place:
    rows = await town.sql(f"select part from leaderboards.boards where board_id = '{board}'")
    return Place(rows[0][0], STARLIGHT, board)


@pytest.mark.parametrize("policy", ladders.POLICIES)
async def test_a_board_is_final_and_paid_once_its_window_is_over(
    house: House, standings: Standings, policy: str
) -> None:
    town = house.town
    await ladders.an_event(town, "race", policy)
    board = await ladders.played(town, "race")
    standing = await read(standings, board, 10, "gamora")
    names = ["rocket", "groot", "gamora", "mantis"]
    assert (standing.status, [entry.player for entry in standing.top]) == ("open", names)
    assert [entry.score for entry in standing.top] == [score * MICRO for score in ladders.SCORES.values()]
    assert standing.own is not None
    assert standing.own.rank == 3
    ends(town)
    await finalized(town, board)
    assert await ladders.given(town, board) == ladders.WON[policy]
    final = await read(standings, board, 2, "mantis")
    assert (final.status, [entry.player for entry in final.top]) == ("finalized", names[:2])
    assert final.own is not None
    assert (final.own.rank, final.own.entry.score) == (4, 0)


@pytest.mark.parametrize("policy", ladders.POLICIES)
@pytest.mark.parametrize("service", ["leaderboards", "ledger"])
async def test_a_death_while_a_board_closes_leaves_every_place_paid_once(
    house: House, service: str, policy: str
) -> None:
    town = house.town
    if policy == "none" and service == "ledger":
        return  # it is not asked
    for point in CRASH_POINTS:
        await ladders.an_event(town, f"race-{point}", policy)
        board = await ladders.played(town, f"race-{point}")
        before = await house.happened()
        house.arm(service, point, 1)
        ends(town)
        await house.dead(service)
        await house.start(service)
        await house.start_anew("leaderboards")  # or it would ask again after half a minute
        await finalized(town, board)
        assert await ladders.given(town, board) == ladders.WON[policy], point
        happened = await house.happened() - before
        once = {name: happened[f"board.{name}"] for name in ("closing", "placed", "finalized")}
        assert once == {"closing": 1, "placed": 1, "finalized": 1}, point
        assert happened["board.grants_made"] == happened["grant.given"] == len(ladders.WON[policy]), point


async def test_a_window_that_ends_while_nobody_works_is_closed_when_somebody_does(house: House) -> None:
    town = house.town
    await ladders.an_event(town, "race", "rank_scaled")
    board = await ladders.played(town, "race")
    await house.stop()
    ends(town)
    for service in WORKERS:
        await house.start(service)
    await finalized(town, board)
    assert await ladders.given(town, board) == ladders.WON["rank_scaled"]


async def test_boards_are_made_anew_from_the_log_and_the_ranks_from_them(house: House, tables: str) -> None:
    town = house.town
    await ladders.an_event(town, "done", "fixed_bundle", target=30)
    done = await ladders.played(town, "done")
    ends(town)
    await finalized(town, done)
    assert await ladders.given(town, done) == {"rocket": 50, "groot": 50}  # gamora has not completed it
    await ladders.an_event(town, "race", "none")
    board = await ladders.played(town, "race")
    await house.stop()
    before = {table: await _rows(town, table) for table in TABLES}
    assert all(before[table] for table in TABLES if table != "season_boards")
    for table in TABLES:
        await town.sql(f"truncate leaderboards.{table}")
    ranks, lines = MemoryRanks(town.parts.clock), list[str]()
    await rebuild_boards(tables, ranks, lines.append)
    assert {table: await _rows(town, table) for table in TABLES} == before
    assert len(lines) == len(TABLES) + 1
    assert lines[-1].startswith("ranks: 1 boards with 4 entries in ")
    place = await place_of(town, board)
    kept = await ranks.read(place, 10)
    assert kept is not None
    assert [entry.player for entry in kept.top] == list(ladders.SCORES)
    assert await ranks.read(await place_of(town, done), 10) is None  # a final board is read from its table
    assert await ranks.begin_fill(place) is not None
    assert "1 left to their readers" in (await fill_boards(tables, ranks)).summary


async def _rows(town: Town, table: str) -> list[str]:
    rows = await town.sql(f"select t::text from leaderboards.{table} t order by 1")
    return [str(row[0]) for row in rows]
