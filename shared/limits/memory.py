"""Rate limits counted inside one process."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from shared.clock import Clock
from shared.limits.gcra import Arrival, take
from shared.limits.port import Limit, Verdict

MOST_KEYS: Final = 100_000
_US_A_SECOND: Final = 1_000_000


class MemoryLimiter:
    """The twin of Redis; beyond `most_keys` it forgets the key that knocked longest ago."""

    def __init__(self, clock: Clock, most_keys: int = MOST_KEYS) -> None:
        self._clock = clock
        self._most_keys = most_keys
        self._arrivals: OrderedDict[str, Arrival] = OrderedDict()

    async def take(self, key: str, limit: Limit) -> Verdict:
        """See Limiter."""
        now_us = round(self._clock.monotonic() * _US_A_SECOND)
        verdict, arrival = take(self._arrivals.get(key), limit, now_us)
        if arrival is not None:
            self._arrivals[key] = arrival
        self._arrivals.move_to_end(key)
        if len(self._arrivals) > self._most_keys:
            self._arrivals.popitem(last=False)
        return verdict

    async def close(self) -> None:
        """See Limiter."""
        self._arrivals.clear()

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._arrivals)
