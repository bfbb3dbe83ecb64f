"""How often anybody may ask at the activities door, which every answer tells, and whose key opens sessions."""

from __future__ import annotations

import re
from typing import Final

from services.gateway.counting import PER_ADDRESS, Counter, a_minute, until
from services.gateway.here import Knock
from services.gateway.keys import Caller, KeyRing
from services.gateway.problem import Problem
from shared.clock import Clock
from shared.ids import TenantId
from shared.limits.port import Limit, Limiter

NOBODY: Final = Caller(tenant=TenantId(""), actor="nobody")
"""Who comes without a key: whose session it is shows once the body is read."""

PER_KEY: Final = a_minute(1_000)

_KEY: Final = re.compile(rb"bq_(?:live|test)_[0-9a-f]{32}")


def counter_of(limiter: Limiter, clock: Clock, per_address: Limit = PER_ADDRESS) -> Counter:
    """What counts at this door. An address may make so many requests that name no engagement there is."""
    return Counter("activities", limiter, clock, until, per_address)


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
