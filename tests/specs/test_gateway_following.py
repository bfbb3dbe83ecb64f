"""Boards are followed while somebody watches, and whoever comes first misses nothing for that."""

from __future__ import annotations

import asyncio

import pytest

from services.gateway import stream as module
from services.gateway.problem import Problem
from tests.specs.stream_words import BOARD, CALLER, SCORED, Reader, stage, until


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECK_S", 0.005)
    monkeypatch.setattr(module, "FIRST_BACKOFF_S", 0.001)
    monkeypatch.setattr(module, "LINGER_S", 0.02)


async def test_while_boards_are_not_followed_nobody_is_let_in() -> None:
    async with stage() as at:
        hub = await at.open_gateway()
        await hub.watch(CALLER, BOARD)
        at.bus.broken = 10**9
        await until(lambda: hub.trouble is not None)
        with pytest.raises(Problem, match="unavailable"):
            await hub.watch(CALLER, BOARD)
        at.bus.broken = 0
        await until(lambda: hub.trouble is None)


async def test_boards_are_followed_only_while_somebody_watches_and_a_while_longer() -> None:
    async with stage() as at:
        hub, reader, late = await at.open_gateway(), Reader(), Reader()
        assert at.bus.followed == 0
        await at.happens(0, SCORED, BOARD, 1)
        await reader.open(hub)
        await at.happens(0, SCORED, BOARD, 2)
        await until(lambda: reader.numbers)
        assert (at.bus.followed, reader.ids, reader.numbers) == (1, ["0-1", "0-2"], [2])
        await reader.leave()
        await until(lambda: at.bus.followed == 0)
        assert hub.trouble is None
        await at.happens(0, SCORED, BOARD, 3)
        await asyncio.gather(late.open(hub), reader.open(hub))
        await at.happens(0, SCORED, BOARD, 4)
        await until(lambda: late.numbers and 4 in reader.numbers)
        assert (late.ids, reader.numbers) == (["0-3", "0-4"], [2, 3, 4])
        assert at.bus.followed == 1, "once for all"


async def test_boards_that_somebody_watches_are_followed_for_as_long_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINGER_S", 0.0)
    async with stage() as at:
        hub, reader = await at.open_gateway(), Reader()
        await reader.open(hub)
        await until(lambda: len(reader.comments) > 3)
        assert at.bus.followed == 1
        await at.publish(at.commit(0, SCORED, BOARD, 1))
        await until(lambda: reader.numbers)


async def test_the_first_watcher_is_turned_away_if_boards_cannot_be_followed() -> None:
    async with stage() as at:
        hub = await at.open_gateway()
        at.log.away = 1
        with pytest.raises(Problem, match="unavailable"):
            await hub.watch(CALLER, BOARD)
        assert hub.watched == 0
        await until(lambda: hub.trouble is None)
        await hub.watch(CALLER, BOARD)


async def test_the_first_watcher_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_START_S", 0.01)
    async with stage() as at:
        hub, reader = await at.open_gateway(), Reader()
        at.bus.stuck = True
        with pytest.raises(Problem, match="unavailable"):
            await hub.watch(CALLER, BOARD)
        assert (hub.watched, hub.trouble) == (0, None)
        at.bus.stuck = False
        await until(lambda: at.bus.followed == 0)
        await reader.open(hub)
        await at.happens(0, SCORED, BOARD, 1)
        await until(lambda: reader.numbers)


async def test_a_gateway_that_stops_lets_also_those_go_who_wait_to_watch() -> None:
    async with stage() as at:
        hub = await at.open_gateway()
        at.bus.stuck = True
        waiting = asyncio.create_task(hub.watch(CALLER, BOARD))
        await until(lambda: hub.watched)
        hub.end()
        with pytest.raises(Problem):
            await waiting
