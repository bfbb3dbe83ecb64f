"""Rate limits counted in Redis, so that all gateways count together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from shared.gathering import Gathering
from shared.limits.port import Limit, LimiterAway, Verdict

PREFIX: Final = "fairground:limit:"
TIMEOUT_S: Final = 0.25
"""No call takes longer; so a door waits at most twice this for its rate limit, for the call before and its own."""
MOST_AT_ONCE: Final = 1_000
"""Takes of one call, a few milliseconds for the server; more than a gateway is asked for within the time-out."""


class RedisLimiter:
    """One script on the server decides and counts in one step, by the server's clock, for all who ask at one time.

    It is called by its hash, and sent again to a server that does not know it (after a restart). Nothing is retried
    after a lost connection, since it might be counted twice.
    """

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S, prefix: str = PREFIX) -> None:
        self._prefix = prefix
        self._redis = Redis.from_url(
            url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=Retry(NoBackoff(), 0)
        )
        self._take = self._redis.register_script(Path(__file__).with_name("gcra.lua").read_text(encoding="utf-8"))
        self._asked = Gathering(self._take_all, MOST_AT_ONCE)

    async def take(self, key: str, limit: Limit) -> Verdict:
        """See Limiter."""
        return await self._asked.ask((key, limit))

    async def _take_all(self, asked: Sequence[tuple[str, Limit]]) -> list[Verdict]:
        """In this order, also where one key is asked for several times."""
        numbers = [number for _, limit in asked for number in (limit.burst, limit.count, limit.period_us)]
        try:
            told = await self._take(keys=[self._prefix + key for key, _ in asked], args=numbers)
        except (RedisError, OSError) as error:
            raise LimiterAway(f"Redis did not count {asked[0][0]!r}, nor {len(asked) - 1} others: {error}") from error
        return [
            Verdict(bool(allowed), limit.burst, remaining, reset, retry)
            for (_, limit), (allowed, remaining, reset, retry) in zip(asked, told, strict=True)
        ]

    async def close(self) -> None:
        """See Limiter."""
        await self._redis.aclose()
