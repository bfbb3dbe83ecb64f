"""The order of boards: the same promises from Redis and from its twin in memory."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from shared.ids import BoardId, TenantId
from shared.parts.redis import RedisMissing, RedisServer
from shared.ranks.memory import MemoryRanks
from shared.ranks.port import (
    FILL_LEASE_S,
    KEPT_S,
    LARGEST_SCORE,
    Asked,
    Change,
    Kept,
    KeptRanks,
    Place,
    Ranked,
    Ranks,
    RanksAway,
    Turn,
    Write,
    entry_of,
    member_of,
    order,
)
from shared.ranks.redis import RedisRanks
from shared.testing.clock import FixedClock

TENANT: Final = TenantId("starlight")
BOARD: Final = Place(3, TENANT, BoardId("0f2c7f9e-0c57-5f5c-9e0f-0d6a1a0c1f11"))
OTHER: Final = Place(3, TENANT, BoardId("0f2c7f9e-0c57-5f5c-9e0f-0d6a1a0c1f22"))
FAR: Final = Place(4, TENANT, BoardId("0f2c7f9e-0c57-5f5c-9e0f-0d6a1a0c1f33"))
PATIENCE_S: Final = 10.0


def who(number: int) -> str:
    return str(uuid.UUID(int=number))


def at(number: int, score: int, pos: int) -> Ranked:
    return Ranked(who(number), "player", f"p{number}", score, pos)


def wrote(turn: tuple[int, int, int], pos: int, *entries: Ranked, place: Place = BOARD) -> Write:
    return Write(place.part, Turn(*turn), [Change(place.tenant, place.board, pos, entries)])


async def filled(ranks: Ranks, *entries: Ranked, pos: int = 0, place: Place = BOARD) -> None:
    filling = await ranks.begin_fill(place)
    assert filling is not None
    assert await ranks.fill(place, filling, entries)
    assert await ranks.end_fill(place, filling, pos)


async def board(ranks: Ranks, place: Place = BOARD) -> list[Ranked] | None:
    kept = await ranks.read(place, 1_000)
    return None if kept is None else kept.top


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def ranks(request: pytest.FixtureRequest) -> AsyncIterator[Ranks]:
    if request.param == "memory":
        yield MemoryRanks(FixedClock())
        return
    made = RedisRanks(request.getfixturevalue("redis_url"), PATIENCE_S, f"test:{uuid.uuid4().hex}:")
    yield made
    await made.close()


async def test_a_board_that_nobody_has_filled_is_not_there(ranks: Ranks) -> None:
    assert await ranks.read(BOARD, 10) is None
    await ranks.write([wrote((1, 0, 1), 5, at(1, 10, 5))])
    assert await ranks.read(BOARD, 10) is None


async def test_it_is_there_once_it_is_filled_to_the_end(ranks: Ranks) -> None:
    filling = await ranks.begin_fill(BOARD)
    assert filling is not None
    assert await ranks.fill(BOARD, filling, [at(1, 10, 5), at(2, 30, 7)])
    assert await ranks.fill(BOARD, filling, [at(3, 20, 6)])
    assert await ranks.read(BOARD, 10) is None
    assert await ranks.end_fill(BOARD, filling, 7)
    assert await ranks.read(BOARD, 10) == Kept(7, 3, [at(2, 30, 7), at(3, 20, 6), at(1, 10, 5)], None)


async def test_the_higher_score_stands_above_then_the_earlier_then_the_lower_uuid(ranks: Ranks) -> None:
    ladder = [at(1, 30, 9), at(2, 20, 3), at(5, 20, 4), at(6, 20, 4), at(3, 0, 1), at(4, -20, 2), at(9, -20, 10)]
    shuffled = random.Random(7).sample(ladder, len(ladder))
    await filled(ranks, *shuffled)
    assert await board(ranks) == ladder


@pytest.mark.parametrize("score", [LARGEST_SCORE, LARGEST_SCORE - 1, 1, 0, -1, -LARGEST_SCORE])
async def test_scores_are_exact_to_the_last_millionth(ranks: Ranks, score: int) -> None:
    await filled(ranks, at(1, score, 2**62))
    assert await board(ranks) == [at(1, score, 2**62)]


async def test_whoever_asks_is_told_where_they_stand(ranks: Ranks) -> None:
    await filled(ranks, at(1, 10, 1), at(2, 30, 2), at(3, 20, 3), pos=3)
    assert await ranks.read(BOARD, 1, who(1)) == Kept(3, 3, [at(2, 30, 2)], (3, at(1, 10, 1)))
    assert await ranks.read(BOARD, 1, who(2)) == Kept(3, 3, [at(2, 30, 2)], (1, at(2, 30, 2)))
    assert await ranks.read(BOARD, 1, who(4)) == Kept(3, 3, [at(2, 30, 2)], None)


async def test_many_are_told_where_they_stand_on_many_boards_at_once(ranks: Ranks) -> None:
    await filled(ranks, at(1, 10, 1), at(2, 30, 2), at(3, 20, 3), pos=3)
    await filled(ranks, at(1, 10, 4), pos=4, place=FAR)
    told = await ranks.ranks(
        [
            Asked(FAR, [who(1), who(2)]),
            Asked(OTHER, [who(1)]),
            Asked(BOARD, [who(1), who(9), who(2)]),
            Asked(BOARD, []),
        ]
    )
    far, here = KeptRanks(4, {who(1): 1}), KeptRanks(3, {who(1): 3, who(2): 1})
    assert told == [far, None, here, KeptRanks(3, {})]
    await ranks.write([wrote((5, 0, 1), 5, at(2, 20, 5), place=FAR)])
    assert await ranks.ranks([Asked(FAR, [who(1)]), Asked(BOARD, [who(3)])]) == [None, KeptRanks(3, {who(3): 2})]
    assert await ranks.ranks([]) == []


async def test_names_may_hold_anything_that_ids_may(ranks: Ranks) -> None:
    strange = [Ranked(who(1), "bot", "Bot 1 ½ 🏁", 2, 1), Ranked(who(2), "player", "p:{}\"'", 1, 1)]
    await filled(ranks, *strange)
    assert await board(ranks) == strange


async def test_a_write_moves_the_participants_it_names(ranks: Ranks) -> None:
    await filled(ranks, at(1, 10, 1), at(2, 30, 2), pos=2)
    await ranks.write([wrote((1, 0, 1), 3, at(1, 40, 3))])
    await filled(ranks, at(1, 40, 3), at(2, 30, 2), pos=3)  # the first write of an epoch empties every board
    await ranks.write([wrote((1, 0, 2), 5, at(2, 50, 4), at(3, 5, 5))])
    assert await ranks.read(BOARD, 10) == Kept(5, 3, [at(2, 50, 4), at(1, 40, 3), at(3, 5, 5)], None)
    await ranks.write([wrote((1, 0, 3), 6, at(2, 1, 6))])  # a sum may go down
    assert await ranks.read(BOARD, 10) == Kept(6, 3, [at(1, 40, 3), at(3, 5, 5), at(2, 1, 6)], None)


async def started(ranks: Ranks, *entries: Ranked, pos: int = 0, place: Place = BOARD) -> None:
    """The board filled after the first write of an epoch, so that the second finds it."""
    await ranks.write([Write(place.part, Turn(1, 0, 1), [])])
    await filled(ranks, *entries, pos=pos, place=place)


async def test_changes_come_in_while_it_is_being_filled_and_nothing_older_replaces_newer(ranks: Ranks) -> None:
    await ranks.write([Write(3, Turn(1, 0, 1), [])])
    filling = await ranks.begin_fill(BOARD)
    assert filling is not None
    assert await ranks.fill(BOARD, filling, [at(1, 10, 1)])
    await ranks.write([wrote((1, 0, 2), 9, at(1, 11, 8), at(2, 50, 9))])
    assert await ranks.fill(BOARD, filling, [at(2, 70, 2), at(1, 12, 10)])  # one read before, one after
    assert await ranks.end_fill(BOARD, filling, 7)
    assert await ranks.read(BOARD, 10) == Kept(9, 2, [at(2, 50, 9), at(1, 12, 10)], None)


async def test_a_write_of_a_higher_epoch_or_after_a_loss_empties_every_board_of_its_partition(ranks: Ranks) -> None:
    for turn in ((1, 1, 1), (2, 0, 1), (10, 0, 1)):
        await filled(ranks, at(1, 10, 1))
        await filled(ranks, at(1, 10, 1), place=OTHER)
        await filled(ranks, at(1, 10, 1), place=FAR)
        await ranks.write([wrote(turn, 2, at(2, 20, 2))])
        assert (await board(ranks), await board(ranks, OTHER)) == (None, None), turn
        assert await board(ranks, FAR) == [at(1, 10, 1)]


async def test_a_write_that_does_not_follow_the_last_empties_them_too(ranks: Ranks) -> None:
    await started(ranks, at(1, 10, 1))
    await ranks.write([wrote((1, 0, 3), 3, at(2, 20, 3))])  # the second is lost, though nobody has noticed
    assert await board(ranks) is None
    await filled(ranks, at(1, 10, 1), at(2, 20, 3))
    await ranks.write([wrote((1, 0, 4), 4, at(3, 30, 4))])
    assert await board(ranks) == [at(3, 30, 4), at(2, 20, 3), at(1, 10, 1)]


@pytest.mark.parametrize("turn", [(1, 9, 9), (2, 0, 2), (2, 1, 1), (2, 1, 2)])
async def test_a_write_of_a_lower_epoch_and_a_repeated_one_do_nothing(ranks: Ranks, turn: tuple[int, int, int]) -> None:
    await ranks.write([Write(3, Turn(2, 1, 1), [])])
    await ranks.write([Write(3, Turn(2, 1, 2), [])])
    await filled(ranks, at(1, 10, 1))
    await ranks.write([wrote(turn, 9, at(1, 99, 9))])
    assert await board(ranks) == [at(1, 10, 1)]
    await ranks.write([wrote((2, 1, 3), 9, at(1, 99, 9))])
    assert await board(ranks) == [at(1, 99, 9)]


async def test_a_filling_during_which_the_boards_were_emptied_is_in_vain(ranks: Ranks) -> None:
    filling = await ranks.begin_fill(BOARD)
    assert filling is not None
    await ranks.write([wrote((5, 0, 1), 2, at(2, 20, 2))])
    assert not await ranks.fill(BOARD, filling, [at(1, 10, 1)])
    assert not await ranks.end_fill(BOARD, filling, 1)
    assert await board(ranks) is None
    await filled(ranks, at(1, 10, 1))


async def test_two_do_not_fill_one_board_at_once(ranks: Ranks) -> None:
    first = await ranks.begin_fill(BOARD)
    assert first is not None
    assert await ranks.begin_fill(BOARD) is None
    assert await ranks.begin_fill(OTHER) is not None
    assert await ranks.end_fill(BOARD, first, 1)
    assert not await ranks.fill(BOARD, first, [at(1, 1, 1)])
    again = await ranks.begin_fill(BOARD)  # somebody found that it has fallen behind
    assert again not in (None, first)
    assert await board(ranks) is None


async def test_boards_of_other_tenants_and_partitions_are_apart(ranks: Ranks) -> None:
    await started(ranks, at(1, 10, 1))
    moonbase = BOARD._replace(tenant=TenantId("moonbase"))
    await filled(ranks, at(2, 20, 1), place=moonbase)
    await filled(ranks, at(3, 30, 1), place=FAR)
    both = [wrote((1, 0, 2), 2, at(4, 40, 2)), wrote((1, 0, 1), 2, at(5, 50, 2), place=FAR)]
    await ranks.write(both)
    assert await board(ranks) == [at(4, 40, 2), at(1, 10, 1)]
    assert await board(ranks, moonbase) == [at(2, 20, 1)]
    assert await board(ranks, FAR) is None


async def test_a_member_says_all_of_an_entry_in_an_order_of_its_own() -> None:
    with pytest.raises(ValueError, match="millionths"):
        member_of(at(1, LARGEST_SCORE + 1, 1))
    with pytest.raises(ValueError, match="no uuid"):
        member_of(at(1, 1, 1)._replace(participant="p1"))


ENTRIES: Final[Callable[[], Any]] = lambda: st.builds(  # noqa: E731
    Ranked,
    participant=st.uuids().map(str),
    kind=st.sampled_from(["player", "bot"]),
    player=st.text(min_size=1, max_size=8),
    score=st.integers(-LARGEST_SCORE, LARGEST_SCORE) | st.integers(-3, 3),
    pos=st.integers(0, 2**63 - 1) | st.integers(0, 3),
)


@given(st.lists(ENTRIES(), max_size=20))
def test_members_sort_as_their_entries_do(entries: list[Ranked]) -> None:
    assert [entry_of(member_of(one)) for one in entries] == entries
    by_text = sorted(entries, key=lambda one: member_of(one).encode()[:76])
    assert list(map(order, by_text)) == sorted(map(order, entries))


async def test_a_filling_that_was_given_up_is_taken_over_in_memory() -> None:
    clock = FixedClock()
    ranks = MemoryRanks(clock)
    first = await ranks.begin_fill(BOARD)
    assert first is not None
    clock.advance(timedelta(seconds=FILL_LEASE_S))
    assert await ranks.begin_fill(BOARD) is not None
    assert not await ranks.fill(BOARD, first, [at(1, 1, 1)])


async def test_a_board_is_forgotten_after_a_day_in_memory() -> None:
    clock = FixedClock()
    ranks = MemoryRanks(clock)
    await filled(ranks, at(1, 1, 1))
    clock.advance(timedelta(seconds=KEPT_S))
    assert await board(ranks) is None
    await filled(ranks, at(1, 1, 1), place=OTHER)
    assert len(ranks) == 1


@pytest.fixture
async def server(redis_url: str) -> AsyncIterator[tuple[Redis, RedisRanks, str]]:
    prefix = f"test:{uuid.uuid4().hex}:"
    direct, made = Redis.from_url(redis_url), RedisRanks(redis_url, PATIENCE_S, prefix)
    yield direct, made, f"{prefix}{BOARD.part}:{TENANT}/{BOARD.board}"
    await made.close()
    await direct.aclose()


@pytest.mark.redis
async def test_a_filling_that_was_given_up_is_taken_over_in_redis(server: tuple[Redis, RedisRanks, str]) -> None:
    direct, ranks, key = server
    first = await ranks.begin_fill(BOARD)
    assert first is not None
    lease = int(await direct.hget(f"{key}:m", "lease") or 0)
    seconds, _ = await direct.time()
    assert 0 < lease - int(seconds) * 1_000 <= (FILL_LEASE_S + 1) * 1_000
    await direct.hset(f"{key}:m", "lease", 0)
    assert await ranks.begin_fill(BOARD) is not None
    assert not await ranks.fill(BOARD, first, [at(1, 1, 1)])


@pytest.mark.redis
async def test_all_parts_of_a_board_leave_redis_at_one_moment(server: tuple[Redis, RedisRanks, str]) -> None:
    direct, ranks, key = server
    await started(ranks)  # empty, so that the write makes its parts
    await ranks.write([wrote((1, 0, 2), 3, at(1, 10, 3))])
    assert await board(ranks) == [at(1, 10, 3)]
    leave = {await direct.pexpiretime(f"{key}:{part}") for part in "mzh"}
    assert len(leave) == 1
    (at_ms,) = leave
    seconds, _ = await direct.time()
    assert 0 < at_ms - int(seconds) * 1_000 <= (KEPT_S + 1) * 1_000


@pytest.mark.redis
@pytest.mark.parametrize("part", ["z", "h"])
@pytest.mark.parametrize("then", ["read", "write", "fill"])
async def test_a_board_of_which_redis_dropped_a_part_is_not_there(
    server: tuple[Redis, RedisRanks, str], part: str, then: str
) -> None:
    direct, ranks, key = server
    await started(ranks, at(1, 10, 1))
    if then == "fill":
        filling = await ranks.begin_fill(BOARD)
        assert filling is not None
        assert await ranks.fill(BOARD, filling, [at(1, 10, 1)])
        await direct.delete(f"{key}:{part}")
        assert not await ranks.fill(BOARD, filling, [at(2, 20, 2)])
    else:
        await direct.delete(f"{key}:{part}")
        if then == "write":
            await ranks.write([wrote((1, 0, 2), 3, at(1, 30, 3))])
    assert await board(ranks) is None
    await filled(ranks, at(1, 10, 1))
    assert await board(ranks) == [at(1, 10, 1)]


@pytest.mark.redis
async def test_a_server_that_has_lost_its_memory_has_no_boards(server: tuple[Redis, RedisRanks, str]) -> None:
    direct, ranks, key = server
    await started(ranks, at(1, 10, 1))
    await direct.delete(key.rsplit(":", 1)[0])  # only what tells who writes there
    await ranks.write([wrote((1, 0, 2), 3, at(2, 30, 3))])
    assert await board(ranks) is None


@pytest.mark.redis
async def test_without_redis_they_are_away_and_are_there_again_with_it() -> None:
    try:
        server = RedisServer()
        url = server.start()
    except RedisMissing as missing:
        pytest.skip(str(missing))
    ranks = RedisRanks(url, timeout_s=2.0)
    try:
        await started(ranks, at(1, 10, 1))
        server.stop()
        for call in (
            ranks.read(BOARD, 1),
            ranks.ranks([]),
            ranks.begin_fill(BOARD),
            ranks.write([wrote((1, 0, 2), 2, at(1, 2, 2))]),
        ):
            with pytest.raises(RanksAway):
                await call
        again = RedisServer(port=server.port)
        await asyncio.to_thread(again.start)
        try:
            assert await board(ranks) is None
            await started(ranks, at(1, 10, 1))
            assert await board(ranks) == [at(1, 10, 1)]
        finally:
            again.stop()
    finally:
        await ranks.close()
