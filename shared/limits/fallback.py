"""Keeps the doors open while the shared count is away: each gateway then counts for itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from shared.clock import Clock
from shared.limits.port import Limit, Limiter, LimiterAway, Verdict

PAUSE_S: Final = 1.0
"""How long the first is left alone after it was away, so that not every caller waits for it."""

log = structlog.get_logger(__name__)


class FallbackLimiter:
    """Asks the first; while that is away, the second. `told` hears of every take that fell back."""

    def __init__(self, first: Limiter, second: Limiter, clock: Clock, told: Callable[[], None]) -> None:
        self._first = first
        self._second = second
        self._clock = clock
        self._told = told
        self._ask_again_at = clock.monotonic()

    async def take(self, key: str, limit: Limit) -> Verdict:
        """See Limiter; never raises LimiterAway unless the second does."""
        if self._clock.monotonic() >= self._ask_again_at:
            try:
                return await self._first.take(key, limit)
            except LimiterAway as error:
                log.warning("requests are counted in this process", error=str(error), again_in_s=PAUSE_S)
                self._ask_again_at = self._clock.monotonic() + PAUSE_S
        self._told()
        return await self._second.take(key, limit)

    async def close(self) -> None:
        """See Limiter."""
        await self._first.close()
        await self._second.close()
