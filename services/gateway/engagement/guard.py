"""Who may come in at the engagement door, how often, and to do what."""

from __future__ import annotations

import re
from typing import Final

from services.gateway.here import Knock
from services.gateway.keys import Caller, KeyRing
from services.gateway.problem import Problem, again_after
from shared.limits.port import Limiter

_BEARER: Final = re.compile(rb"bearer +(wsk_(?:live|test)_[0-9a-f]{48}) *", re.IGNORECASE)


class EngagementGuard:
    """A bearer key, its tenant's standing, its rate limit and its scopes, in this order.

    A request without a known key costs one look-up by hash and counts nowhere: there is no honest owner to slow down.
    """

    def __init__(self, ring: KeyRing, limiter: Limiter) -> None:
        self._ring, self._limiter = ring, limiter

    async def admit(self, knock: Knock, scopes: tuple[str, ...]) -> Caller:
        """See Guard."""
        caller = await self._known(knock.sent.get(b"authorization"))
        if caller.suspended:
            raise Problem("tenant_suspended")
        await self._count(caller)
        for scope in scopes:
            if not caller.may(scope):
                raise Problem("scope_denied", details={"scope": scope})
        return caller

    async def _known(self, authorization: bytes | None) -> Caller:
        if authorization is None:
            raise Problem("auth_required")
        found = _BEARER.fullmatch(authorization)
        caller = await self._ring.find(found[1].decode("ascii")) if found else None
        if caller is None:
            raise Problem("auth_invalid")
        return caller

    async def _count(self, caller: Caller) -> None:
        if caller.limit is None:
            return
        verdict = await self._limiter.take(caller.bucket, caller.limit)
        if not verdict.allowed:
            raise Problem("rate_limited", headers=again_after(verdict.retry_after_ms))
