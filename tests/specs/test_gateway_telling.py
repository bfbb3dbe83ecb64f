"""What happens on many boards at one time is told together, and leaves others their turn."""

from __future__ import annotations

import pytest

from services.gateway import telling
from shared.ids import BoardId
from tests.specs.stream_words import BOARD, OTHER, SCORED, Reader, stage, until


async def test_boards_on_which_something_happens_at_one_time_are_told_of_together() -> None:
    async with stage() as at:
        hub, boards = await at.open_gateway(), [BoardId(f"board {number}") for number in range(20)]
        readers = [Reader() for _ in boards]
        for reader, board in zip(readers, boards, strict=True):
            await reader.open(hub, board)
        await at.publish(*(at.commit(0, SCORED, board, number) for number in (1, 2) for board in boards))
        await until(lambda: all(reader.numbers == [1, 2] for reader in readers))
        assert at.teller.told == [boards]


async def test_of_very_much_not_everything_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "ENOUGH_TOLD", 3)
    async with stage() as at:
        hub, first, second = await at.open_gateway(), Reader(), Reader()
        await first.open(hub)
        await second.open(hub, OTHER)
        rows = [at.commit(0, SCORED, BOARD, number) for number in range(4)]
        await at.publish(*rows, at.commit(0, SCORED, OTHER, 4))
        await until(lambda: first.numbers == [0, 1, 2, 3] and second.numbers == [4])
        assert at.teller.told == [[BOARD], [OTHER]]


async def test_what_happens_to_a_board_before_its_turn_comes_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "ENOUGH_TOLD", 1)
    async with stage() as at:
        hub, first, second = await at.open_gateway(), Reader(), Reader()
        await first.open(hub)
        await second.open(hub, OTHER)
        at.teller.meanwhile = lambda: at.publish(at.commit(0, SCORED, OTHER, 3))
        await at.publish(at.commit(0, SCORED, BOARD, 1), at.commit(0, SCORED, OTHER, 2))
        await until(lambda: second.numbers == [2, 3] and first.numbers)
        await at.happens(0, SCORED, BOARD, 4)
        await until(lambda: 4 in first.numbers)
        assert (first.numbers, second.numbers) == ([1, 4], [2, 3])


async def test_the_more_are_told_the_longer_are_others_let_have_their_turn() -> None:
    rests = [telling.rest_s(woken) for woken in (0, 1, 2_000, 20_000)]
    assert rests == sorted(rests)
    assert (rests[0], rests[-1]) == (0, telling.LONGEST_REST_S)
