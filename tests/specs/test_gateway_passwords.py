"""A password is kept as a slow hash, compared beside the loop, and a stranger learns nothing from how long it takes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Literal

import pytest
from argon2 import PasswordHasher

from services.gateway.passwords import AT_ONCE, MOST_WAITING, Passwords
from services.gateway.problem import Problem


class Gated(PasswordHasher):
    """A quick hasher that can be held up, and that counts what it did."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.open = threading.Event()
        self.open.set()
        self.verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - argon2's own name
        self.open.wait()
        self.verified += 1
        return super().verify(hash, password)


@pytest.fixture
def hasher() -> Gated:
    return Gated()


@pytest.fixture
def passwords(hasher: Gated) -> Iterator[Passwords]:
    found = Passwords(hasher)
    yield found
    hasher.open.set()
    found.close()


async def test_the_right_password_matches_and_no_other_does(passwords: Passwords) -> None:
    kept = await passwords.hash("i-am-groot")
    assert await passwords.match(kept, "i-am-groot")
    for other in ("i-am-groo", "i-am-groot ", "I-am-groot", ""):
        assert not await passwords.match(kept, other)


async def test_what_is_kept_is_argon2id_and_different_every_time(passwords: Passwords) -> None:
    kept = [await passwords.hash("i-am-groot") for _ in range(2)]
    assert kept[0] != kept[1]
    assert all(text.startswith("$argon2id$") and "groot" not in text for text in kept)
    assert (await Passwords().hash("x")).startswith("$argon2id$v=19$m=65536,t=3,")


async def test_the_same_letters_match_however_a_keyboard_composed_them(passwords: Passwords) -> None:
    assert await passwords.match(await passwords.hash("passé"), "passe\N{COMBINING ACUTE ACCENT}")


async def test_of_nobody_and_of_somebody_one_hash_is_compared(passwords: Passwords, hasher: Gated) -> None:
    kept = await passwords.hash("i-am-groot")
    for known in (kept, None, kept, None):
        before = hasher.verified
        assert not await passwords.match(known, "a guess")
        assert hasher.verified == before + 1


async def test_nobody_has_the_password_that_strangers_are_compared_with(passwords: Passwords) -> None:
    assert not await passwords.match(None, "nobody has this password")


async def test_what_is_no_hash_matches_nothing(passwords: Passwords) -> None:
    assert not await passwords.match("plain text", "plain text")


async def test_only_so_many_wait_and_others_are_served_meanwhile(passwords: Passwords, hasher: Gated) -> None:
    kept = await passwords.hash("i-am-groot")
    hasher.open.clear()
    waiting = [asyncio.create_task(passwords.match(kept, "i-am-groot")) for _ in range(AT_ONCE + MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Problem) as refused:
        await passwords.match(kept, "i-am-groot")
    assert refused.value.code == "unavailable"
    hasher.open.set()
    assert all(await asyncio.gather(*waiting))
    assert await passwords.match(kept, "i-am-groot")
