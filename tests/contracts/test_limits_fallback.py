"""While the count in Redis is away, each gateway counts for itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.limits.fallback import PAUSE_S, FallbackLimiter
from shared.limits.memory import MemoryLimiter
from shared.limits.port import Limit, Limiter, LimiterAway, Verdict
from shared.testing.clock import FixedClock
from tests.contracts.test_limits import SLOW, takes

pytestmark = pytest.mark.asyncio


class Away:
    """A limiter that is away until told otherwise."""

    def __init__(self, then: Limiter) -> None:
        self.away = True
        self.asked = 0
        self._then = then

    async def take(self, key: str, limit: Limit) -> Verdict:
        self.asked += 1
        if self.away:
            raise LimiterAway("gone fishing")
        return await self._then.take(key, limit)

    async def close(self) -> None:
        await self._then.close()


@pytest.fixture
def fallback() -> tuple[FallbackLimiter, Away, FixedClock, list[str]]:
    clock, told = FixedClock(), list[str]()
    away = Away(MemoryLimiter(clock))
    limiter = FallbackLimiter(away, MemoryLimiter(clock), clock, lambda: told.append("fell back"))
    return limiter, away, clock, told


async def test_while_redis_is_away_the_twin_counts_and_is_heard_of(
    fallback: tuple[FallbackLimiter, Away, FixedClock, list[str]],
) -> None:
    limiter, away, _, told = fallback
    assert [verdict.allowed for verdict in await takes(limiter, 11, SLOW)] == [True] * 10 + [False]
    assert len(told) == 11
    assert away.asked == 1, "the one that is away is not asked each time"


async def test_after_a_pause_redis_is_asked_again(
    fallback: tuple[FallbackLimiter, Away, FixedClock, list[str]],
) -> None:
    limiter, away, clock, told = fallback
    await limiter.take("ann", SLOW)
    away.away = False
    clock.advance(timedelta(seconds=PAUSE_S))
    assert (await limiter.take("ann", SLOW)).remaining == 9
    assert (len(told), away.asked) == (1, 2)
    await limiter.close()
