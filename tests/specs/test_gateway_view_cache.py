"""What many ask for at once is read once, kept for a moment, and forgotten as soon as it is known to be old."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from services.gateway.view_cache import MOST_GROUPS, MOST_KEYS, ViewCache
from shared.testing.clock import FixedClock

TTL_S = 0.25


class Book:
    """Something that is read, and how often it was."""

    def __init__(self) -> None:
        self.text = "old"
        self.times = 0
        self.open = asyncio.Event()
        self.open.set()

    async def read(self) -> str:
        self.times += 1
        text = self.text
        await self.open.wait()
        if text == "torn":
            raise LookupError(text)
        return text


def a_cache() -> tuple[ViewCache[str], Book, FixedClock]:
    clock = FixedClock()
    return ViewCache(clock, TTL_S), Book(), clock


async def test_it_is_read_again_after_a_moment() -> None:
    cache, book, clock = a_cache()
    assert await cache.get("board", 1, book.read) == "old"
    book.text = "new"
    clock.advance(timedelta(seconds=TTL_S) - timedelta(milliseconds=1))
    assert await cache.get("board", 1, book.read) == "old"
    clock.advance(timedelta(milliseconds=1))
    assert await cache.get("board", 1, book.read) == "new"
    assert book.times == 2


async def test_keys_and_groups_are_apart() -> None:
    cache, book, _ = a_cache()
    for group, key in (("board", 1), ("board", 2), ("other", 1), ("board", 1)):
        await cache.get(group, key, book.read)
    assert (book.times, len(cache)) == (3, 3)


async def test_whoever_asks_while_it_is_read_waits_for_that() -> None:
    cache, book, clock = a_cache()
    book.open.clear()
    asking = [asyncio.create_task(cache.get("board", 1, book.read)) for _ in range(5)]
    await asyncio.sleep(0)
    clock.advance(timedelta(seconds=9))
    book.open.set()
    assert await asyncio.gather(*asking) == ["old"] * 5
    assert book.times == 1


async def test_whoever_asks_after_it_was_forgotten_is_read_to_anew() -> None:
    cache, book, _ = a_cache()
    await cache.get("board", 1, book.read)
    book.text = "new"
    cache.forget("board")
    assert await cache.get("board", 1, book.read) == "new"
    cache.forget("a board that nobody asked for")


async def test_what_was_being_read_when_it_was_forgotten_is_not_kept() -> None:
    cache, book, _ = a_cache()
    book.open.clear()
    early = asyncio.create_task(cache.get("board", 1, book.read))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    book.text = "new"
    cache.forget("board")
    late = asyncio.create_task(cache.get("board", 1, book.read))
    await asyncio.sleep(0)
    book.open.set()
    assert (await early, await late) == ("old", "new")
    assert await cache.get("board", 1, book.read) == "new"
    assert book.times == 2


async def test_what_failed_is_told_to_all_and_not_kept() -> None:
    cache, book, _ = a_cache()
    book.text = "torn"
    asking = [asyncio.create_task(cache.get("board", 1, book.read)) for _ in range(2)]
    for task in asking:
        with pytest.raises(LookupError, match="torn"):
            await task
    assert (book.times, len(cache)) == (1, 0)
    book.text = "new"
    assert await cache.get("board", 1, book.read) == "new"


async def test_that_one_hangs_up_does_not_concern_the_others() -> None:
    cache, book, _ = a_cache()
    book.open.clear()
    first = asyncio.create_task(cache.get("board", 1, book.read))
    second = asyncio.create_task(cache.get("board", 1, book.read))
    await asyncio.sleep(0)
    first.cancel()
    book.open.set()
    assert await second == "old"
    assert book.times == 1


async def test_it_keeps_no_more_than_it_may() -> None:
    cache, book, _ = a_cache()
    for number in range(MOST_KEYS + 5):
        await cache.get("board", number, book.read)
    assert len(cache) == MOST_KEYS
    for number in range(MOST_GROUPS + 5):
        await cache.get(number, 1, book.read)
    assert len(cache) == MOST_GROUPS
