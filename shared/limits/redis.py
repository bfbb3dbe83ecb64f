"""Rate limits counted in Redis, so that all gateways count together."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from shared.limits.port import Limit, LimiterAway, Verdict

PREFIX: Final = "fairground:limit:"
TIMEOUT_S: Final = 0.25
"""A door waits no longer than this for its own rate limit."""
MOST_CONNECTIONS: Final = 64
"""More callers than this wait for one another, inside the same time-out."""


class RedisLimiter:
    """One script on the server decides and counts in one step, by the server's clock.

    It is called by its hash, and sent again to a server that does not know it (after a restart). Nothing is retried
    after a lost connection, since it might be counted twice.
    """

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S, prefix: str = PREFIX) -> None:
        self._prefix = prefix
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=MOST_CONNECTIONS,
            timeout=timeout_s,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis = Redis.from_pool(pool)
        self._take = self._redis.register_script(Path(__file__).with_name("gcra.lua").read_text(encoding="utf-8"))

    async def take(self, key: str, limit: Limit) -> Verdict:
        """See Limiter."""
        numbers = [limit.burst, limit.count, limit.period_us]
        try:
            allowed, remaining, reset, retry = await self._take(keys=[self._prefix + key], args=numbers)
        except (RedisError, OSError) as error:
            raise LimiterAway(f"Redis did not count {key!r}: {error}") from error
        return Verdict(bool(allowed), limit.burst, remaining, reset, retry)

    async def close(self) -> None:
        """See Limiter."""
        await self._redis.aclose()
