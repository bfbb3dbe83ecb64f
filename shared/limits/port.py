"""Who may do how much how fast, as the doors see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

LARGEST_EXACT: Final = 2**53
"""Redis counts in doubles, which are exact up to here."""
_US_A_MS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many at once, and then so many in each period, evenly spread.

    Raises:
        ValueError: a number is not positive, or the three together are too large to count exactly.
    """

    burst: int
    count: int
    period_ms: int = 1_000

    def __post_init__(self) -> None:
        if min(self.burst, self.count, self.period_ms) < 1:
            raise ValueError(f"burst, count and period of a limit are at least 1: {self}")
        if (self.burst + 1) * self.period_us > LARGEST_EXACT or self.count * _US_A_MS > LARGEST_EXACT:
            raise ValueError(f"burst times period of a limit is at most 2**53 microseconds: {self}")

    @property
    def period_us(self) -> int:
        """The period in microseconds."""
        return self.period_ms * _US_A_MS


class Verdict(NamedTuple):
    """Whether this one may pass, and the figures that doors print in their headers."""

    allowed: bool
    limit: int
    """How many may come at once."""
    remaining: int
    """How many more may come right now."""
    reset_after_ms: int
    """Until as many may come at once as ever."""
    retry_after_ms: int
    """Until one may pass; 0 if this one did."""


class LimiterAway(Exception):
    """What keeps the count cannot be reached; whether to let people pass meanwhile is the caller's choice."""


class Limiter(Protocol):
    """Counts what each key takes."""

    async def take(self, key: str, limit: Limit) -> Verdict:
        """Let one pass under this key, or refuse it; a refusal costs nothing.

        Raises:
            LimiterAway: the count cannot be reached.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
