"""How often anybody may ask at the activities door, which every answer tells, and whose key opens sessions."""

from __future__ import annotations

import math
import re
from typing import Final

from services.gateway.here import Knock
from services.gateway.keys import Caller, KeyRing
from services.gateway.problem import Problem, again_after
from shared.clock import Clock
from shared.ids import TenantId
from shared.limits.port import Limit, Limiter, Verdict
from shared.settings import USUAL_PER_ADDRESS

WINDOW_MS: Final = 60_000
NOBODY: Final = Caller(tenant=TenantId(""), actor="nobody")
"""Who comes without a key: whose session it is shows once the body is read."""

_KEY: Final = re.compile(rb"bq_(?:live|test)_[0-9a-f]{32}")
_LIMIT: Final = b"x-ratelimit-limit"
_MS_A_SECOND: Final = 1_000


def a_minute(most: int) -> Limit:
    """So many requests in any minute, and as many at once."""
    return Limit(burst=most, count=most, period_ms=WINDOW_MS)


PER_ADDRESS: Final = a_minute(USUAL_PER_ADDRESS)
PER_KEY: Final = a_minute(1_000)


class Counter:
    """Counts requests, and tells in the headers of the answer how many more may come."""

    def __init__(self, limiter: Limiter, clock: Clock, per_address: Limit = PER_ADDRESS) -> None:
        """Let an address make so many requests that name no engagement there is."""
        self._limiter, self._clock, self._per_address = limiter, clock, per_address

    async def count(self, knock: Knock, bucket: str, limit: Limit) -> None:
        """One more under this bucket. Raises Problem if it is one too many."""
        verdict = await self._limiter.take(bucket, limit)
        knock.headers.extend(self._told(verdict))
        if not verdict.allowed:
            raise Problem("rate_limited", headers=again_after(verdict.retry_after_ms))

    async def complete(self, knock: Knock) -> None:
        """See Meter: what was counted under nothing else counts under its address."""
        if not any(name == _LIMIT for name, _ in knock.headers):
            await self.count(knock, f"activities/address/{knock.address}", self._per_address)

    def _told(self, verdict: Verdict) -> tuple[tuple[bytes, bytes], ...]:
        full_at = self._clock.now().timestamp() + verdict.reset_after_ms / _MS_A_SECOND
        return (
            (_LIMIT, b"%d" % verdict.limit),
            (b"x-ratelimit-remaining", b"%d" % verdict.remaining),
            (b"x-ratelimit-reset", b"%d" % math.ceil(full_at)),
        )


class ActivitiesGuard:
    """Whoever opens sessions shows a key, and its requests count under it; the others are let in by their session."""

    def __init__(self, ring: KeyRing, counter: Counter) -> None:
        self._ring, self._counter = ring, counter

    async def admit(self, knock: Knock, scopes: tuple[str, ...]) -> Caller:
        """See Guard; what asks for no scope asks for no key."""
        if not scopes:
            return NOBODY
        caller = await self._known(knock.sent.get(b"x-api-key"))
        if caller.suspended:
            raise Problem("tenant_suspended")
        if caller.limit is not None:
            await self._counter.count(knock, caller.bucket, caller.limit)
        for scope in scopes:
            if not caller.may(scope):
                raise Problem("scope_denied", details={"scope": scope})
        return caller

    async def _known(self, key: bytes | None) -> Caller:
        if key is None:
            raise Problem("auth_required")
        caller = await self._ring.find(key.decode("ascii")) if _KEY.fullmatch(key) else None
        if caller is None:
            raise Problem("auth_invalid")
        return caller
