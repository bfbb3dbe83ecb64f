"""What a door is told of a board: from the ranks if they are right, else from the tables, and for good once final."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest

from services.gateway.rank_filler import AGAIN_AFTER_S, BEHIND_FOR_S, RankFiller
from services.gateway.standings import PAUSE_S, READ_TTL_S, Standing, Standings
from shared.database import Pool, Target
from shared.eventlog.rows import TableChange
from shared.ids import BoardId, TenantId
from shared.ranks.memory import MemoryRanks
from shared.ranks.port import Asked, Change, Kept, KeptRanks, Place, Ranked, RanksAway, Turn, Write
from shared.readmodels.boards import BoardRow, BoardViews, OwnRow
from shared.shapes import Values
from shared.telemetry import Metrics
from shared.testing.clock import FixedClock
from tests.contracts.boards_log import BOARD, TENANT, Keeper, at, postgres_log, rows_of, who
from tests.contracts.eventlog_shop import NOON, PARTITIONS

pytestmark = pytest.mark.postgres

LADDER: Final = [at(1, 30, 3), at(2, 20, 1), at(3, 20, 2), at(4, 0, 4)]


class Ranks(MemoryRanks):
    """Ranks that can be away, and count how often they are asked."""

    away = False
    asked = 0

    async def read(self, place: Place, most: int, participant: str | None = None) -> Kept | None:
        self.asked += 1
        if self.away:
            raise RanksAway("told to be away")
        return await super().read(place, most, participant)

    async def ranks(self, asked: Sequence[Asked]) -> list[KeptRanks | None]:
        self.asked += 1
        if self.away:
            raise RanksAway("told to be away")
        return await super().ranks(asked)


@dataclass
class House:
    keeper: Keeper
    views: BoardViews
    ranks: Ranks
    clock: FixedClock
    metrics: Metrics
    standings: Standings

    async def show(self, *entries: Ranked, pos: int) -> None:
        await self.keeper.write(rows_of(BOARD, entries, pos))

    async def open_board(self) -> None:
        key = (BOARD.part, TENANT, "daily-run", "window", BOARD.board)
        values = ("global", None, None, None, 3, NOON)
        await self.keeper.write({"boards": TableChange(puts={key: values})})

    async def end(self, status: str) -> None:
        await self.keeper.write({"board_closings": TableChange(puts={tuple(BOARD): (status, None, len(LADDER))})})

    async def read(self, most: int = 10, participant: str | None = None) -> Standing:
        self.standings.forget(TENANT, BOARD.board)
        found = await self.standings.read(TENANT, BOARD.board, most, participant)
        assert found is not None
        return found

    async def filled(self) -> None:
        await self.read()
        await self.standings.filler.settle()

    def reads(self, source: str) -> int:
        return int(self.metrics.board_reads.of(source)._value.get())


@pytest.fixture
async def house(postgres_dsn: str) -> AsyncIterator[House]:
    async with postgres_log(postgres_dsn) as (log, dsn):
        keeper, clock, metrics = Keeper(log), FixedClock(), Metrics()
        await keeper.claim(BOARD.part)
        pool = Pool(Target(dsn), most=4)
        views, ranks = BoardViews(pool, PARTITIONS), Ranks(clock)
        made = House(keeper, views, ranks, clock, metrics, Standings(views, ranks, clock, metrics))
        await made.open_board()
        await made.show(*LADDER, pos=4)
        yield made
        await made.standings.close()
        await pool.close()


async def test_a_board_that_the_ranks_do_not_hold_is_read_from_the_tables_and_filled_beside(house: House) -> None:
    row = BoardRow(0, "daily-run", BOARD.board, "window", "global", 3, NOON, "open", 4)  # type: ignore[arg-type]
    expected = Standing(BOARD.board, "open", LADDER[:3], OwnRow(4, LADDER[3]), row)
    assert await house.read(3, who(4)) == expected
    assert (house.reads("tables"), house.reads("ranks")) == (1, 0)
    await house.standings.filler.settle()
    assert await house.read(3, who(4)) == expected
    assert (house.reads("tables"), house.reads("ranks")) == (1, 1)


async def test_somebody_elses_board_is_none(house: House) -> None:
    assert await house.standings.read(TenantId("moonbase"), BOARD.board, 3) is None
    assert await house.standings.read(TENANT, "no board", 3) is None


async def test_whoever_stands_nowhere_has_no_place(house: House) -> None:
    assert (await house.read(3, who(9))).own is None
    await house.standings.filler.settle()
    assert (await house.read(3, who(9))).own is None
    assert house.reads("ranks") == 1


async def test_ranks_that_are_behind_the_tables_are_not_believed(house: House) -> None:
    await house.filled()
    await house.show(at(4, 99, 5), pos=5)
    assert (await house.read(1)).top == [at(4, 99, 5)]
    assert house.reads("ranks") == 0
    change = Change(TENANT, BOARD.board, 5, [at(4, 99, 5)])
    await house.ranks.write([Write(BOARD.part, Turn(1, 0, 1), [change])])
    assert (await house.read(1)).top == [at(4, 99, 5)]  # it was the first write of an epoch


async def test_ranks_that_stay_behind_are_filled_anew(house: House) -> None:
    await house.filled()
    await house.show(at(4, 99, 5), pos=5)
    await house.read()
    house.clock.advance(timedelta(seconds=BEHIND_FOR_S) - timedelta(milliseconds=1))
    await house.read()
    await house.standings.filler.settle()
    await house.read()
    assert house.reads("ranks") == 0
    house.clock.advance(timedelta(milliseconds=1))
    await house.read()
    await house.standings.filler.settle()
    assert (await house.read(1)).top == [at(4, 99, 5)]
    assert house.reads("ranks") == 1


async def test_ranks_that_go_on_behind_a_busy_board_are_not_filled_anew(house: House) -> None:
    await house.filled()
    await house.ranks.write([Write(BOARD.part, Turn(1, 0, 1), [])])
    house.clock.advance(timedelta(seconds=AGAIN_AFTER_S))
    await house.filled()
    for pos in range(5, 9):  # each write arrives just after the next commit
        await house.show(at(4, 90 + pos, pos), pos=pos)
        await house.read()
        change = Change(TENANT, BOARD.board, pos, [])
        await house.ranks.write([Write(BOARD.part, Turn(1, 0, pos - 3), [change])])
        house.clock.advance(timedelta(seconds=BEHIND_FOR_S))
    assert await house.ranks.read(BOARD, 1) is not None


async def test_while_the_ranks_are_away_everybody_is_answered_without_asking_them_each_time(house: House) -> None:
    await house.filled()
    house.ranks.away, house.ranks.asked = True, 0
    for _ in range(3):
        assert (await house.read()).top == LADDER
    assert house.ranks.asked == 1
    house.ranks.away = False
    house.clock.advance(timedelta(seconds=PAUSE_S))
    await house.read()
    assert house.reads("ranks") == 1


async def test_a_final_board_is_read_from_its_own_table(house: House) -> None:
    await house.filled()
    await house.end("closing")
    closing = await house.read()
    assert (closing.status, closing.top) == ("closing", LADDER)
    places: dict[Values, Values] = {
        (*BOARD, rank): (one.participant, one.kind, one.player, one.score) for rank, one in enumerate(LADDER, 1)
    }
    await house.keeper.write({"final_entries": TableChange(appends=places)})
    await house.end("finalized")
    final = await house.read(2, who(4))
    assert (final.status, final.own) == ("finalized", OwnRow(4, LADDER[3]._replace(pos=0)))
    assert final.top == [one._replace(pos=0) for one in LADDER[:2]]
    assert (await house.read(2, who(9))).own is None
    assert house.reads("final") == 2


async def test_what_was_read_is_kept_for_a_moment_and_until_somebody_is_told_of_a_change(house: House) -> None:
    read = house.standings.read
    first = await read(TENANT, BOARD.board, 1)
    await house.show(at(4, 99, 5), pos=5)
    assert await read(TENANT, BOARD.board, 1) is first
    house.standings.forget(TENANT, BOARD.board)
    second = await read(TENANT, BOARD.board, 1)
    assert second is not None
    assert second.top == [at(4, 99, 5)]
    await house.show(at(3, 100, 6), pos=6)
    assert await read(TENANT, BOARD.board, 1) is second
    house.clock.advance(timedelta(seconds=READ_TTL_S))
    third = await read(TENANT, BOARD.board, 1)
    assert third is not None
    assert third.top == [at(3, 100, 6)]


async def test_many_boards_are_asked_at_once_and_only_those_that_the_ranks_hold_are_told(house: House) -> None:
    asked = [Asked(BOARD._replace(board=BoardId("no board")), [who(1)]), Asked(BOARD, [who(1), who(3), who(9)])]
    assert await house.standings.ranks(asked) == [None, None]
    await house.standings.filler.settle()
    house.ranks.asked = 0
    assert await house.standings.ranks(asked) == [{}, {who(1): 1, who(3): 3}]
    assert (house.reads("tables"), house.reads("ranks"), house.ranks.asked) == (2, 2, 1)


async def test_ranks_that_are_behind_or_away_are_not_told(house: House) -> None:
    await house.filled()
    asked = [Asked(BOARD, [who(4)])]
    assert await house.standings.ranks(asked) == [{who(4): 4}]
    house.ranks.away, house.ranks.asked = True, 0
    assert [await house.standings.ranks(asked) for _ in range(3)] == [[None]] * 3
    assert house.ranks.asked == 1
    house.ranks.away = False
    house.clock.advance(timedelta(seconds=PAUSE_S))
    assert await house.standings.ranks(asked) == [{who(4): 4}]
    await house.show(at(4, 99, 5), pos=5)
    assert await house.standings.ranks(asked) == [None]


async def test_a_rendered_answer_is_kept_and_forgotten_with_its_board(house: House) -> None:
    rendered: list[bytes] = []

    async def render() -> bytes:
        rendered.append(b"%d" % len(rendered))
        return rendered[-1]

    answer = house.standings.answer
    assert [await answer(TENANT, BOARD.board, (100, None), render) for _ in range(2)] == [b"0", b"0"]
    assert await answer(TENANT, BOARD.board, (100, "somebody"), render) == b"1"
    house.standings.forget(TENANT, BOARD.board)
    assert await answer(TENANT, BOARD.board, (100, None), render) == b"2"


async def test_a_filling_that_fails_is_tried_again_after_a_while(house: House) -> None:
    class Broken(Ranks):
        tries = 0

        async def begin_fill(self, place: Place) -> str | None:
            self.tries += 1
            raise RanksAway("told to be away")

    ranks = Broken(house.clock)
    filler = RankFiller(house.views, ranks, house.clock)
    for _ in range(3):
        assert not filler.found(BOARD, None, 4)
        await filler.settle()
    assert ranks.tries == 1
    house.clock.advance(timedelta(seconds=AGAIN_AFTER_S))
    filler.found(BOARD, None, 4)
    await filler.settle()
    assert ranks.tries == 2
