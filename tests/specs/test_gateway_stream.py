"""Whoever watches a board is told everything once and in order, however often they or the bus go away."""

from __future__ import annotations

import asyncio
import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from services.gateway import channel as channels
from services.gateway import stream as module
from services.gateway import telling
from services.gateway.problem import Problem
from services.gateway.sdk.stream import Place, last_heard
from services.gateway.stream import Hub
from shared.ids import BoardId
from shared.messages.access import ApiKeySpec, TenantSpec, hash_of
from tests.specs.stream_words import (
    BOARD,
    CALLER,
    NOISE,
    OTHER,
    OVER,
    PARTS,
    SCORED,
    Reader,
    Stage,
    stage,
    until,
)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECK_S", 0.005)
    monkeypatch.setattr(module, "FIRST_BACKOFF_S", 0.001)
    monkeypatch.setattr(module, "LINGER_S", 0.02)


async def test_a_reader_is_ready_at_once_and_then_told_what_happens_on_their_board() -> None:
    async with stage() as at:
        await at.happens(0, SCORED, BOARD, 1)
        hub, reader = await at.open_gateway(), Reader()
        await reader.open(hub)
        await until(lambda: reader.told)
        await at.happens(0, SCORED, OTHER, 2)
        await at.publish(at.commit(0, SCORED, BOARD, 3, tenant="moonbase"))
        await at.happens(0, NOISE, BOARD, 4)
        await at.happens(0, SCORED, BOARD, 5)
        await until(lambda: reader.numbers)
        assert reader.told == [("ready", f'{{"leaderboardId":"{BOARD}","finalized":false}}'), (SCORED, "5")]
        assert reader.ids == ["0-1", "0-5"]


async def test_what_comes_together_is_told_together_and_in_order() -> None:
    async with stage() as at:
        hub, readers = await at.open_gateway(), [Reader() for _ in range(5)]
        for reader in readers:
            await reader.open(hub)
        await at.publish(*(at.commit(0, SCORED, BOARD, number) for number in range(1_200)))
        await until(lambda: all(len(reader.numbers) == 1_200 for reader in readers))
        assert all(reader.numbers == list(range(1_200)) for reader in readers)


async def test_what_the_bus_says_again_or_keeps_to_itself_makes_no_difference() -> None:
    async with stage() as at:
        hub, reader = await at.open_gateway(), Reader()
        await reader.open(hub)
        rows = [at.commit(0, SCORED, BOARD, number) for number in range(1, 10)]
        await at.publish(rows[0], rows[1], rows[0], rows[1], rows[7], rows[2], rows[7])
        await until(lambda: len(reader.numbers) == 9)  # the ninth is only in the log
        assert reader.numbers == list(range(1, 10))


async def test_a_gateway_that_lost_the_bus_or_the_log_goes_on_where_it_was() -> None:
    async with stage() as at:
        hub, reader = await at.open_gateway(), Reader()
        await reader.open(hub)
        await until(lambda: reader.told)
        for number in range(1, 30):
            at.bus.broken, at.log.away = number % 3, number % 2
            row = at.commit(0, SCORED, BOARD, number)
            if number % 4:
                await at.publish(row)
            await asyncio.sleep(0)
        await until(lambda: len(reader.numbers) == 29)
        assert reader.numbers == list(range(1, 30))


async def test_a_gateway_takes_so_many_readers_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WATCHERS", 2)
    async with stage() as at:
        hub, first, second, third = await at.open_gateway(), Reader(), Reader(), Reader()
        await first.open(hub)
        await second.open(hub)
        with pytest.raises(Problem, match="unavailable"):
            await third.open(hub)
        await first.leave()
        await third.open(hub)
        assert hub.watched == 2


async def test_who_comes_back_is_told_what_was_missed() -> None:
    async with stage() as at:
        hub, reader = await at.open_gateway(), Reader()
        await reader.open(hub)
        await at.happens(0, SCORED, BOARD, 1)
        await until(lambda: reader.numbers)
        await reader.leave()
        for number in range(2, 12):
            await at.happens(0, SCORED, BOARD if number % 2 else OTHER, number)
        await at.publish(at.commit(0, SCORED, BOARD, 12, tenant="moonbase"))
        await reader.open(hub)
        await at.happens(0, SCORED, BOARD, 13)
        await until(lambda: 13 in reader.numbers)
        assert reader.numbers == [1, 3, 5, 7, 9, 11, 13]


async def test_who_was_only_told_that_it_is_ready_misses_nothing_either() -> None:
    async with stage() as at:
        hub, reader = await at.open_gateway(), Reader()
        await reader.open(hub)
        await until(lambda: reader.told)
        await reader.leave()
        await at.happens(0, SCORED, BOARD, 1)
        await reader.open(hub)
        await until(lambda: reader.numbers)


async def test_a_gateway_that_is_behind_the_one_before_repeats_nothing() -> None:
    async with stage() as at:
        hub, reader = await at.open_gateway(), Reader()
        await reader.open(hub)
        await until(lambda: reader.told)
        rows = [at.commit(0, SCORED, BOARD, number) for number in (1, 2, 3)]
        reader.ids.append("0-2")  # elsewhere it was told two of them already
        await reader.leave()
        await reader.open(hub)
        await at.publish(*rows)
        await until(lambda: reader.numbers)
        assert reader.numbers == [3]


@pytest.mark.parametrize("place", ["1-0", "1-7", "0-999999", "7-1"])
async def test_a_place_that_is_none_of_the_boards_is_as_good_as_none(place: str) -> None:
    async with stage() as at:
        await at.happens(0, SCORED, BOARD, 1)
        hub, reader = await at.open_gateway(), Reader()
        reader.ids.append(place)
        await reader.open(hub)
        await until(lambda: reader.told)
        await at.happens(0, SCORED, BOARD, 2)
        await until(lambda: reader.numbers)
        assert reader.numbers == [2]


@pytest.mark.parametrize("sent", [None, b"", b"7", b"-1-2", b"a-b", b"1-2-3", b"1-" + b"9" * 19, b"9" * 60, b"\xff-1"])
def test_what_is_no_place_is_no_place(sent: bytes | None) -> None:
    assert last_heard(sent) is None


def test_a_place_is_partition_and_position() -> None:
    assert last_heard(b"31-4711") == Place(31, 4711)


async def test_a_board_that_closes_says_so_and_lets_everybody_go() -> None:
    async with stage() as at:
        hub, reader = await at.open_gateway(), Reader()
        await reader.open(hub)
        await until(lambda: reader.told)
        await at.happens(0, SCORED, BOARD, 1)
        await at.happens(0, OVER, BOARD, 2)
        await reader.ended()
        assert [name for name, _ in reader.told] == ["ready", SCORED, OVER]


async def test_a_board_that_is_closed_says_so_once_also_to_who_comes_back() -> None:
    async with stage() as at:
        hub, late, back = await at.open_gateway(), Reader(), Reader()
        await back.open(hub)
        await until(lambda: back.told)
        await back.leave()
        await at.happens(0, SCORED, BOARD, 1)
        await at.happens(0, OVER, BOARD, 2)
        for reader in (late, back):
            await reader.open(hub, finalized=True)
            await reader.ended()
        assert [name for name, _ in late.told] == ["ready", "closed"]
        assert [name for name, _ in back.told] == ["ready", "ready", SCORED, OVER]
        assert hub.watched == 2  # until their connections are closed
        for reader in (late, back):
            await reader.leave()
        assert hub.watched == 0


async def test_who_is_too_slow_is_let_go_with_the_last_id_and_can_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "MOST_KEPT", 5)
    monkeypatch.setattr(telling, "MOST_TOLD", 3)
    async with stage() as at:
        hub, slow, quick = await at.open_gateway(), Reader(), Reader()
        await slow.open(hub)
        await quick.open(hub)
        await at.happens(0, SCORED, BOARD, 1)
        await until(lambda: slow.numbers)
        slow.may_read.clear()
        for number in range(2, 50):
            await at.happens(0, SCORED, BOARD, number)
            await until(lambda number=number: number in quick.numbers)
        slow.may_read.set()
        await slow.ended()
        assert slow.comments == [f": too slow; the last id is {slow.ids[-1]}"]
        assert slow.numbers[-1] < 49
        await slow.open(hub)
        await until(lambda: 49 in slow.numbers)
        assert slow.numbers == quick.numbers == list(range(1, 50))


async def test_what_is_kept_for_the_slow_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "MOST_KEPT_BYTES", 200)
    async with stage() as at:
        hub, reader = await at.open_gateway(), Reader()
        opened = await hub.watch(CALLER, BOARD)
        await reader.open(hub)
        for number in range(20):
            await at.happens(0, SCORED, BOARD, number)
            await until(lambda number=number: number in reader.numbers)
        assert opened.watcher.channel.lost(0)
        assert len(opened.watcher.channel.since(opened.watcher.channel.end - 1)) < 200


async def test_whoever_hears_nothing_gets_a_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as at:
        hub, reader = await at.open_gateway(), Reader()
        await reader.open(hub)
        await until(lambda: len(reader.comments) > 1)
        assert set(reader.comments) == {": heartbeat"}


REVOKED = ApiKeySpec(door="sdk_client", secret_hash=hash_of("secret"), status="revoked")
ANOTHER = ApiKeySpec(door="sdk_client", secret_hash=hash_of("another"))
SUSPENDED = TenantSpec(slug="starlight", brand="starlight", status="suspended")


@pytest.mark.parametrize(
    ("kind", "key", "spec"),
    [("api_key", "game", REVOKED), ("api_key", "game", ANOTHER), ("tenant", "starlight", SUSPENDED)],
)
async def test_whoever_may_come_in_no_more_has_to_leave(kind: str, key: str, spec: ApiKeySpec | TenantSpec) -> None:
    async with stage() as at:
        hub, reader = await at.open_gateway(), Reader()
        await reader.open(hub)
        await until(lambda: reader.comments)
        assert not reader.over
        at.define(kind, key, spec)
        await reader.ended()
        assert hub.watched == 0


async def test_what_is_defined_beside_that_lets_everybody_stay() -> None:
    async with stage() as at:
        hub, reader = await at.open_gateway(), Reader()
        await reader.open(hub)
        at.define("api_key", "other", REVOKED)
        await at.happens(0, SCORED, BOARD, 1)
        await until(lambda: reader.numbers and len(reader.comments) > 2)
        assert hub.watched == 1


async def test_a_gateway_that_stops_lets_everybody_go() -> None:
    async with stage() as at:
        hub, reader = await at.open_gateway(), Reader()
        await reader.open(hub)
        await until(lambda: reader.told)
        hub.end()
        await reader.ended()
        with pytest.raises(Problem):
            await hub.watch(CALLER, BOARD)


async def test_who_leaves_twice_takes_nobody_else_along() -> None:
    async with stage() as at:
        hub, first, second = await at.open_gateway(), Reader(), Reader()
        await first.open(hub)
        await first.leave()
        await second.open(hub)
        assert first.stream is not None
        first.stream.end()
        await at.happens(0, SCORED, BOARD, 1)
        await until(lambda: second.numbers)


@given(some.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_nothing_is_missed_and_nothing_told_twice_whatever_goes_wrong(seed: int) -> None:
    """Two gateways, a bus that loses, repeats and hangs up, a log that is away, and readers who come and go."""
    asyncio.run(_play(random.Random(seed)))


async def _play(chance: random.Random) -> None:
    async with stage() as at:
        hubs = [await at.open_gateway() for _ in range(2)]
        boards = [(BOARD, 0), (OTHER, 1), (OTHER, 1), (BOARD, 0)]
        readers = [(Reader(), board, part) for board, part in boards]
        for number in range(120):
            part = chance.randrange(PARTS)
            row = at.commit(part, chance.choice((SCORED, SCORED, NOISE)), boards[part][0], number)
            await at.publish(*[row] * chance.choice((0, 1, 1, 1, 2)))
            at.bus.broken += chance.random() < 0.1
            at.log.away += chance.random() < 0.05
            await _come_or_go(*chance.choice(readers), chance.choice(hubs))
            await asyncio.sleep(0)
        at.bus.broken = at.log.away = 0
        await until(lambda: all(hub.trouble is None for hub in hubs))
        for reader, board, part in readers:
            await _check(at, reader, board, part, chance.choice(hubs))


async def _come_or_go(reader: Reader, board: BoardId, part: int, hub: Hub) -> None:
    if reader.is_open:
        await reader.leave()
    else:
        with contextlib.suppress(Problem):
            await reader.open(hub, board, part=part)


async def _check(at: Stage, reader: Reader, board: BoardId, part: int, hub: Hub) -> None:
    if not reader.ids:
        return
    await reader.leave()  # a stream that broke off since the log was away comes back, too
    await reader.open(hub, board, part=part)
    begun = int(reader.ids[0].partition("-")[2])
    due = [row for row in at.log.rows[part][begun:] if row.type == SCORED and board in row.data]
    await until(lambda: len(reader.numbers) >= len(due))
    told = [id_ for id_, (name, _) in zip(reader.ids, reader.told, strict=True) if name == SCORED]
    assert told == [f"{row.part}-{row.pos}" for row in due]
