"""Questions that come while a call is under way are asked together in the next, and each gets its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from shared.gathering import Gathering


class Oracle:
    """Answers with ten times the question, as soon as it may."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.may_answer = asyncio.Event()
        self.unanswerable = 0

    async def __call__(self, asked: Sequence[int]) -> list[int]:
        self.calls.append(list(asked))
        await self.may_answer.wait()
        if self.unanswerable in asked:
            raise OSError("gone fishing")
        return [10 * one for one in asked]


async def asked(gathering: Gathering[int, int], *questions: int) -> list[asyncio.Task[int]]:
    """These questions, all under way or waiting."""
    tasks = [asyncio.create_task(gathering.ask(one)) for one in questions]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_what_comes_while_a_call_is_under_way_is_asked_together_in_the_next() -> None:
    oracle = Oracle()
    gathering = Gathering(oracle)
    first = await asked(gathering, 1)
    more = await asked(gathering, 2, 3, 2)
    assert oracle.calls == [[1]], "nobody joins a call that has begun"
    oracle.may_answer.set()
    assert await asyncio.gather(*first, *more) == [10, 20, 30, 20]
    assert oracle.calls == [[1], [2, 3, 2]]
    assert await gathering.ask(4) == 40


async def test_one_call_asks_so_much_and_no_more() -> None:
    oracle = Oracle()
    tasks = await asked(Gathering(oracle, most=2), 1, 2, 3, 4, 5)
    oracle.may_answer.set()
    assert await asyncio.gather(*tasks) == [10, 20, 30, 40, 50]
    assert oracle.calls == [[1, 2], [3, 4], [5]]


async def test_a_call_that_fails_fails_all_that_were_in_it_and_nobody_else() -> None:
    oracle = Oracle()
    gathering = Gathering(oracle, most=2)
    oracle.unanswerable = 2
    lost = await asked(gathering, 1, 2)
    kept = await asked(gathering, 3)
    oracle.may_answer.set()
    for task in lost:
        with pytest.raises(OSError, match="gone fishing"):
            await task
    assert await kept[0] == 30


async def test_whoever_waits_no_more_is_not_asked_for_and_takes_nobody_else_along() -> None:
    oracle = Oracle()
    gathering = Gathering(oracle)
    first, second = await asked(gathering, 1, 2)
    third, fourth = await asked(gathering, 3, 4)
    for task in (first, third):
        task.cancel()
    oracle.may_answer.set()
    assert [await second, await fourth] == [20, 40]
    assert oracle.calls == [[1, 2], [4]]


async def test_a_call_for_which_nobody_waits_any_more_is_not_made() -> None:
    oracle = Oracle()
    gathering = Gathering(oracle)
    (first,) = await asked(gathering, 1)
    (second,) = await asked(gathering, 2)
    for task in (first, second):
        task.cancel()
    oracle.may_answer.set()
    assert await gathering.ask(3) == 30
    assert oracle.calls == [[1], [3]]


async def test_a_call_that_forgets_an_answer_is_in_trouble() -> None:
    async def forgetful(asked: Sequence[int]) -> list[int]:
        return list(asked)[1:]

    with pytest.raises(ValueError, match="zip"):
        await Gathering(forgetful).ask(1)
