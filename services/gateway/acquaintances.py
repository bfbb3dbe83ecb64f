"""Players this gateway has seen to exist; nobody ever ceases to, so one look is enough."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from shared.ids import PlayerId, TenantId
from shared.readmodels.ledger import LedgerViews

MOST_KEPT: Final = 100_000


class Acquaintances:
    """Remembers who exists; beyond `most` it forgets who was asked for longest ago, and looks again."""

    def __init__(self, ledger: LedgerViews, most: int = MOST_KEPT) -> None:
        self._ledger, self._most = ledger, most
        self._seen: OrderedDict[tuple[TenantId, PlayerId], None] = OrderedDict()

    async def has(self, tenant: TenantId, player: PlayerId) -> bool:
        """Whether there is such a player. Raises DatabaseError."""
        who = (tenant, player)
        if who in self._seen:
            self._seen.move_to_end(who)
            return True
        if await self._ledger.player(tenant, player) is None:
            return False
        self._seen[who] = None
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return True
