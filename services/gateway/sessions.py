"""Whose session an id is, as far as this gateway has seen, and which tenants have the engagement that it is for."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import Final, NamedTuple

from services.gateway.feed import DefinitionFeed
from shared.ids import TenantId
from shared.messages.engagement import EngagementSpec
from shared.readmodels.activity_sessions import SessionRow, SessionViews
from shared.shapes import Definition

MOST_KEPT: Final = 100_000


class Sessions:
    """Remembers sessions until they expire, since none ends sooner than was once said; beyond `most` it looks again."""

    def __init__(self, views: SessionViews, most: int = MOST_KEPT) -> None:
        self._views, self._most = views, most
        self._seen: OrderedDict[tuple[TenantId, str], SessionRow] = OrderedDict()

    async def find(self, tenant: TenantId, session_hash: str, now: datetime) -> SessionRow | None:
        """The session whose id has this SHA-256, expired or not. Raises DatabaseError."""
        whose = (tenant, session_hash)
        seen = self._seen.get(whose)
        if seen is not None and now < seen.expires_at:
            self._seen.move_to_end(whose)
            return seen
        found = await self._views.session(tenant, session_hash)
        if found is not None:
            self._seen[whose] = found
            if len(self._seen) > self._most:
                self._seen.popitem(last=False)
        return found


class Host(NamedTuple):
    """A tenant that has an engagement."""

    tenant: TenantId
    engagement: Definition[EngagementSpec]


class Hosts:
    """Every tenant's engagements by their keys, which test and live may share; cut anew when anything is defined."""

    def __init__(self, feed: DefinitionFeed) -> None:
        self._feed = feed
        self._seq = -1
        self._by_key: dict[str, list[Host]] = {}

    async def of(self, engagement: str) -> list[Host]:
        """Who has it, by tenant; one that was made this very moment is found too. Raises DatabaseError."""
        found = self._known(engagement)
        if not found:
            await self._feed.refresh_if_stale()
            found = self._known(engagement)
        return found

    def _known(self, engagement: str) -> list[Host]:
        store = self._feed.store
        if self._seq != store.seq:
            self._by_key, self._seq = {}, store.seq
            for tenant, definition in store.every(EngagementSpec):
                self._by_key.setdefault(definition.key, []).append(Host(tenant, definition))
        return self._by_key.get(engagement, [])
