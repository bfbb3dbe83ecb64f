"""The one place that reads the time and draws random bytes."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Final, Protocol

_ID_RANDOM_BYTES: Final = 10
_US_A_SECOND: Final = 1_000_000


class Clock(Protocol):
    """Time and chance, as the machine or a test provides them."""

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment, for durations alone; never goes back."""
        ...

    def random_bytes(self, count: int) -> bytes:
        """So many bytes that nobody can guess."""
        ...

    def new_id(self) -> str:
        """A new uuid; later ones sort after earlier ones, to the millisecond."""
        ...


class SystemClock:
    """The machine's own time and chance."""

    def now(self) -> datetime:
        """See Clock."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """See Clock."""
        return time.monotonic()

    def random_bytes(self, count: int) -> bytes:
        """See Clock."""
        return os.urandom(count)

    def new_id(self) -> str:
        """See Clock."""
        return uuid7(time.time_ns() // _US_A_SECOND, os.urandom(_ID_RANDOM_BYTES))


def uuid7(at_ms: int, chance: bytes) -> str:
    """A time-ordered uuid (RFC 9562, version 7).

    Args:
        at_ms: milliseconds since 1970, UTC.
        chance: 10 random bytes, of which 74 bits are used.
    """
    tail = int.from_bytes(chance, "big")
    version_and_a = 0x7000 | (tail >> 68 & 0x0FFF)
    variant_and_b = 0x8000_0000_0000_0000 | (tail & 0x3FFF_FFFF_FFFF_FFFF)
    number = (at_ms & 0xFFFF_FFFF_FFFF) << 80 | version_and_a << 64 | variant_and_b
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
