"""A board is read the same way in memory and in PostgreSQL when it closes, page by page, however many are on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import product
from typing import Final

import pytest

from services.leaderboards.board.decider import ABOVE_ALL
from services.leaderboards.registry import service
from shared.database import Connection, Target
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.port import EventLog
from shared.eventlog.rows import TableChange
from shared.ids import BoardId
from shared.ranks.port import LARGEST_SCORE, Ranked, order
from shared.shapes import Need, Values
from tests.contracts.boards_log import BOARD, TENANT, Keeper, at, completed_by, postgres_log, rows_of
from tests.contracts.eventlog_shop import PARTITIONS

MANY: Final = 50_000
COMPLETED: Final = ("p1", "p4", "p13")
ELSEWHERE: Final = BOARD._replace(board=BoardId("another board"))


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
async def log(request: pytest.FixtureRequest) -> AsyncIterator[EventLog]:
    if request.param == "memory":
        yield MemoryEventLog(service, PARTITIONS)
        return
    async with postgres_log(request.getfixturevalue("postgres_dsn")) as (opened, _):
        yield opened


@pytest.fixture
async def keeper(log: EventLog) -> Keeper:
    made = Keeper(log)
    await made.claim(0)
    return made


def a_crowd() -> list[Ranked]:
    """Every combination of a few scores and positions, so that every tie is among them; every third is a bot."""
    each = product((-LARGEST_SCORE, -1, 0, 1, 2, LARGEST_SCORE), (1, 2, 3), range(4))
    return [at(n, score, pos, "bot" if n % 3 == 0 else "player") for n, (score, pos, _) in enumerate(each)]


def row_of(entry: Ranked) -> Values:
    return (entry.participant, entry.kind, entry.player, entry.score, entry.pos, entry.player in COMPLETED)


async def read(log: EventLog, page: int) -> list[Values]:
    found: list[Values] = []
    cursor: Values = (ABOVE_ALL, 0, "")
    while rows := await log.look(0, TENANT, Need("board_page", (BOARD.board, *cursor, page))):
        found += rows
        participant, _, _, score, pos, _ = rows[-1]
        cursor = (score, pos, participant)
    return found


@pytest.mark.parametrize("page", [1, 5, 500])
async def test_pages_are_a_naive_sort_cut_into_pieces(log: EventLog, keeper: Keeper, page: int) -> None:
    crowd = a_crowd()
    await keeper.write(rows_of(BOARD, crowd, 3))
    await keeper.write(completed_by(BOARD, (1, 4, 13)))
    await keeper.write(completed_by(ELSEWHERE, (2, 3)))
    await keeper.write(rows_of(ELSEWHERE, [at(99, 5, 1)], 1))
    await keeper.write(rows_of(BOARD._replace(tenant="moonbase"), [at(98, 5, 1)], 1))  # type: ignore[arg-type]
    assert await read(log, page) == [row_of(one) for one in sorted(crowd, key=order)]


async def test_the_total_is_of_players_above_zero_and_exact(log: EventLog, keeper: Keeper) -> None:
    crowd = a_crowd()
    need = Need("board_total", (BOARD.board,))
    assert await log.look(0, TENANT, need) == [(0, "0")]
    await keeper.write(rows_of(BOARD, crowd, 3))
    players = sum(one.score for one in crowd if one.kind == "player" and one.score > 0)
    assert await log.look(0, TENANT, need) == [(len(crowd), str(players))]
    await keeper.write(rows_of(BOARD, [at(n, LARGEST_SCORE, 1) for n in range(100, 130)], 3))
    more = players + 30 * LARGEST_SCORE
    assert more > 2**63
    assert await log.look(0, TENANT, need) == [(len(crowd) + 30, str(more))]


async def test_the_best_are_the_first_of_what_was_written_down(log: EventLog, keeper: Keeper) -> None:
    places: dict[Values, Values] = {(*BOARD, rank): (f"u{rank}", "bot", f"b{rank}", -rank) for rank in range(1, 12)}
    places[(*ELSEWHERE, 1)] = ("x", "player", "x", 9)
    await keeper.write({"final_entries": TableChange(appends=places)})
    best = await log.look(0, TENANT, Need("board_best", (BOARD.board, 3)))
    assert best == [(rank, f"u{rank}", "bot", f"b{rank}", -rank) for rank in (1, 2, 3)]
    assert await log.look(0, TENANT, Need("board_best", ("nothing", 3))) == []


@pytest.mark.postgres
async def test_a_page_in_the_midst_of_equal_scores_is_one_stretch_of_the_index(postgres_dsn: str) -> None:
    async with postgres_log(postgres_dsn) as (opened, dsn):
        keeper = Keeper(opened)
        await keeper.claim(0)
        await keeper.write(rows_of(BOARD, [at(number, 0, number) for number in range(MANY)], MANY))
        owner = Connection(Target(dsn, schema="leaderboards", as_service=False))
        await owner.run("analyze board_entries")
        middle = at(MANY // 2, 0, MANY // 2)
        args = (BOARD.board, 0, middle.pos, middle.participant, 500)
        found = await opened.look(0, TENANT, Need("board_page", args))
        assert [row[4] for row in found] == list(range(MANY // 2 + 1, MANY // 2 + 501))
        explain = f"explain (analyze, timing off, summary off) {service.queries['board_page']}"
        plan = await owner.fetch(explain, 0, TENANT, *args)
        await owner.close()
    text = "\n".join(line[0] for line in plan)
    assert text.count("board_entries_order") == 2, text
    assert "Seq Scan" not in text
    assert f"rows={MANY}" not in text
