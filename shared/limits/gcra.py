"""The arithmetic of a rate limit: how full a key is, and what that means for whoever knocks next.

GCRA, the generic cell rate algorithm (ITU-T I.371): a key has one number, its theoretical arrival time, the moment at
which everything it took will have been paid off. It is kept exactly, as whole microseconds and a fraction over `count`.
gcra.lua does the same in Redis, line for line; a test holds the two equal.
"""

from __future__ import annotations

from typing import NamedTuple

from shared.limits.port import Limit, Verdict


class Arrival(NamedTuple):
    """A moment in microseconds: `whole` + `part` / the limit's count."""

    whole: int
    part: int


def take(arrival: Arrival | None, limit: Limit, now_us: int) -> tuple[Verdict, Arrival | None]:
    """Let one pass or not.

    Args:
        arrival: the key's arrival time, None if it never took anything.
        limit: burst and rate.
        now_us: the time in microseconds, of any clock that does not go back.

    Returns:
        The verdict, and the new arrival time, None if nothing was taken.
    """
    count, period = limit.count, limit.period_us
    full = limit.burst * period
    owed = 0  # in microseconds / count: everything below is whole numbers
    if arrival is not None:
        owed = (arrival.whole - now_us) * count + min(arrival.part, count - 1)
        owed = min(max(owed, 0), full)  # a clock that went back, or a limit made smaller, never locks out for longer
    allowed = owed + period <= full
    if allowed:
        owed += period
    wait = 0 if allowed else _ceil(owed + period - full, count * 1_000)
    verdict = Verdict(allowed, limit.burst, (full - owed) // period, _ceil(owed, count * 1_000), wait)
    return verdict, Arrival(now_us + owed // count, owed % count) if allowed else None


def _ceil(amount: int, unit: int) -> int:
    return -(-amount // unit)
