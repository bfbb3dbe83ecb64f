"""Passwords are hashed slowly on purpose, a few at a time and beside the loop that serves everybody else."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.gateway.problem import Problem

T = TypeVar("T")

AT_ONCE: Final = 2
"""Hashes under way in one gateway; each takes a core, and the memory that argon2 is told to take."""
MOST_WAITING: Final = 64
"""Requests that may wait for their turn; more are told to come again."""
_NOBODYS: Final = "nobody has this password"


class Passwords:
    """Makes what may be kept of a password, and compares with it."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Hash as `hasher` does; by default with argon2id as RFC 9106 advises where memory is short."""
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._under_way = 0
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """What may be kept of it; the same password gives another text every time. Raises Problem `unavailable`."""
        return await self._slowly(lambda: self._hasher.hash(_plain(password)))

    async def match(self, kept: str | None, password: str) -> bool:
        """Whether this is the password; of a player who has none it takes as long to say no.

        Raises:
            Problem: `unavailable`.
        """
        return await self._slowly(lambda: self._compare(kept, _plain(password)))

    def _compare(self, kept: str | None, password: str) -> bool:
        if kept is None:
            if self._nobodys is None:
                self._nobodys = self._hasher.hash(_NOBODYS)
            self._verify(self._nobodys, password)
            return False
        return self._verify(kept, password)

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _slowly(self, work: Callable[[], T]) -> T:
        if self._under_way >= AT_ONCE + MOST_WAITING:
            raise Problem("unavailable")
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1

    def close(self) -> None:
        """Let go of the threads; whoever still waits is not served."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _plain(password: str) -> str:
    """The same characters, however a keyboard composed them (NFKC)."""
    return unicodedata.normalize("NFKC", password)
