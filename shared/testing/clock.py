"""A clock that stands still until it is moved, and chance that repeats itself."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

from shared.clock import uuid7

NOON: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_US_A_SECOND: Final = 1_000_000


class FixedClock:
    """Time that only a test moves; the same seed gives the same bytes and ids."""

    def __init__(self, now: datetime = NOON, seed: str = "") -> None:
        self._now = now
        self._elapsed = timedelta()
        self._seed = seed
        self._drawn = 0

    def now(self) -> datetime:
        """See Clock."""
        return self._now

    def monotonic(self) -> float:
        """See Clock; exact to the microsecond."""
        return (self._elapsed // _MICROSECOND) / _US_A_SECOND

    def random_bytes(self, count: int) -> bytes:
        """See Clock; nobody has drawn these before, but everybody can guess them."""
        self._drawn += 1
        return hashlib.shake_256(f"{self._seed}/{self._drawn}".encode()).digest(count)

    def new_id(self) -> str:
        """See Clock."""
        return uuid7((self._now - _EPOCH) // timedelta(milliseconds=1), self.random_bytes(10))

    def advance(self, by: timedelta) -> None:
        """Let this much time pass.

        Raises:
            ValueError: it is negative; a machine's time of day can go back (`set`), elapsed time cannot.
        """
        if by < timedelta():
            raise ValueError("elapsed time does not go back; use set() to turn the time of day back")
        self._now += by
        self._elapsed += by

    def set(self, now: datetime) -> None:
        """Make it this time of day, earlier or later; no time elapses."""
        self._now = now
