"""How often anybody may ask, counted in one place for every door that tells it with each answer."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final

from services.gateway.here import Knock
from services.gateway.problem import Headers, Problem, again_after
from shared.clock import Clock
from shared.limits.port import Limit, Limiter, Verdict
from shared.settings import USUAL_PER_ADDRESS

WINDOW_MS: Final = 60_000
MOST_KEPT: Final = 1_000
"""Limits that are remembered, since nearly every request is counted by one of a few."""
_LIMIT: Final = b"ratelimit-limit"
_MS_A_SECOND: Final = 1_000

Figures = Callable[[Verdict, datetime], Headers]
"""How a door writes into its headers what is left, now."""


@lru_cache(maxsize=MOST_KEPT)
def a_minute(most: int) -> Limit:
    """So many requests in any minute, and as many at once."""
    return Limit(burst=most, count=most, period_ms=WINDOW_MS)


PER_ADDRESS: Final = a_minute(USUAL_PER_ADDRESS)


def until(verdict: Verdict, now: datetime) -> Headers:
    """`X-RateLimit-*`: when as many may come as ever is a moment, in seconds since 1970."""
    full_at = now.timestamp() + verdict.reset_after_ms / _MS_A_SECOND
    return _told(b"x-ratelimit", verdict, math.ceil(full_at))


def within(verdict: Verdict, _: datetime) -> Headers:
    """`RateLimit-*`: it is so many seconds away."""
    return _told(b"ratelimit", verdict, -(-verdict.reset_after_ms // _MS_A_SECOND))


def _told(name: bytes, verdict: Verdict, reset: int) -> Headers:
    return (
        (name + b"-limit", b"%d" % verdict.limit),
        (name + b"-remaining", b"%d" % verdict.remaining),
        (name + b"-reset", b"%d" % reset),
    )


class Counter:
    """Counts requests, and tells in the headers of the answer how many more may come."""

    def __init__(
        self, door: str, limiter: Limiter, clock: Clock, figures: Figures, per_address: Limit = PER_ADDRESS
    ) -> None:
        """Let an address make so many requests at this door that count under nothing else."""
        self._door, self._limiter, self._clock = door, limiter, clock
        self._figures, self._per_address = figures, per_address

    async def count(self, knock: Knock, bucket: str, limit: Limit) -> None:
        """One more under this bucket. Raises Problem if it is one too many."""
        verdict = await self._limiter.take(bucket, limit)
        knock.headers.extend(self._figures(verdict, self._clock.now()))
        if not verdict.allowed:
            raise Problem("rate_limited", headers=again_after(verdict.retry_after_ms))

    async def complete(self, knock: Knock) -> None:
        """See Meter: what was counted under nothing else counts under its address."""
        if not any(name.endswith(_LIMIT) for name, _ in knock.headers):
            await self.count(knock, f"{self._door}/address/{knock.address}", self._per_address)
