"""Who a presented key belongs to, and what its owner may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.gateway.feed import DefinitionFeed
from shared.ids import TenantId
from shared.limits.port import Limit
from shared.messages.access import ApiKeySpec, TenantSpec, hash_of

EVERY_SCOPE: Final = "*"
_DEFAULT_BURST: Final = ApiKeySpec.model_fields["burst"].default
_DEFAULT_PER_SECOND: Final = ApiKeySpec.model_fields["per_second"].default


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a request is made. The tenant only ever comes from a credential."""

    tenant: TenantId
    actor: str
    """Written into the log as who wished it."""
    scopes: frozenset[str] = frozenset({EVERY_SCOPE})
    suspended: bool = False
    bucket: str = ""
    """What its requests are counted under."""
    limit: Limit | None = None

    def may(self, scope: str) -> bool:
        """Whether the credential was given this scope."""
        return scope in self.scopes or EVERY_SCOPE in self.scopes


class KeyRing:
    """The keys of one door, found by the hash of what was presented."""

    def __init__(self, door: str, feed: DefinitionFeed, *, demo: bool, each: Limit | None = None) -> None:
        """Know the keys of `door`; published demo keys only where `demo` is true.

        With `each`, that is the limit of every key that has none of its own; else they share their tenant's.
        """
        self._door, self._feed, self._demo, self._each = door, feed, demo, each
        self._seq = -1
        self._callers: dict[str, Caller] = {}

    async def find(self, secret: str) -> Caller | None:
        """Whose secret this is; None if nobody's. A key that was made this very moment is found too."""
        hashed = hash_of(secret)
        caller = self._known(hashed)
        if caller is None:
            await self._feed.refresh_if_stale()
            caller = self._known(hashed)
        return caller

    def _known(self, hashed: str) -> Caller | None:
        if self._seq != self._feed.store.seq:
            self._callers, self._seq = self._cut(), self._feed.store.seq
        return self._callers.get(hashed)

    def _cut(self) -> dict[str, Caller]:
        store = self._feed.store
        found: dict[str, Caller] = {}
        for tenant, key in store.every(ApiKeySpec):
            owner = store.current(tenant, TenantSpec, tenant)
            spec = key.spec
            refused = spec.door != self._door or spec.status != "active" or (spec.demo and not self._demo)
            if owner is not None and not refused:
                found.setdefault(spec.secret_hash, self.caller(tenant, key.key, spec, owner.spec))
        return found

    def caller(self, tenant: TenantId, key: str, spec: ApiKeySpec, owner: TenantSpec) -> Caller:
        """Whom this key lets in. A tenant's keys share a bucket; a key with a limit of its own has its own."""
        usual = (spec.burst, spec.per_second) == (_DEFAULT_BURST, _DEFAULT_PER_SECOND)
        shared = usual and self._each is None
        return Caller(
            tenant=tenant,
            actor=f"key:{key}",
            scopes=frozenset(spec.scopes),
            suspended=owner.status == "suspended",
            bucket=f"{self._door}/{tenant}" if shared else f"{self._door}/{tenant}/{key}",
            limit=self._each if usual and self._each else Limit(burst=spec.burst, count=spec.per_second),
        )
