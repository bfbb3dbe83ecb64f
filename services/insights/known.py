"""What operators configured, as far as figures need it: decimals of assets, and what raffles' tickets are paid in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.insights.figures import Fact
from shared.database import Pool, Target
from shared.definitions import DefinitionStore
from shared.ids import TenantId
from shared.messages.access import TenantSpec
from shared.messages.raffle import RaffleEntered, RaffleSpec
from shared.messages.wallet import AssetSpec
from shared.readmodels.ledger import PAGE_DEFINITIONS, LedgerViews
from shared.readmodels.raffle import RaffleViews

FIRST_VERSION: Final = 1


class Book:
    """Definitions and raffles' terms, read when facts need them. Its awaitables raise DatabaseError."""

    def __init__(self, dsn: str, partitions: int) -> None:
        self._pool = Pool(Target(dsn, application="fairground insights"), most=2)
        self._ledger = LedgerViews(self._pool, partitions)
        self._raffles = RaffleViews(self._pool, partitions)
        self._store = DefinitionStore()
        self._versions: dict[tuple[str, str], int] = {}
        """Under which version a raffle is held; once it was entered, that never changes."""

    async def refresh(self) -> None:
        """Learn what was configured since."""
        while True:
            rows = await self._ledger.definitions_after(self._store.seq)
            self._store.learn(rows)
            if len(rows) < PAGE_DEFINITIONS:
                return

    async def prepare(self, facts: Sequence[Fact]) -> None:
        """Know all that these facts need."""
        if not facts:
            return
        await self.refresh()
        entered = {(fact.tenant, fact.event.raffle) for fact in facts if isinstance(fact.event, RaffleEntered)}
        for tenant, raffle in sorted(entered - self._versions.keys()):
            for row in (await self._raffles.opened(TenantId(tenant), [raffle])).values():
                self._versions[tenant, raffle] = row.definition_version

    def tenants(self) -> list[str]:
        """Every tenant there is, as of the last look."""
        return [definition.key for _, definition in self._store.every(TenantSpec)]

    def scale_of(self, tenant: str, asset: str) -> int | None:
        """See Known. An asset keeps its decimals for ever, also when it is out of use."""
        found = self._store.current(tenant, AssetSpec, asset) or self._store.at(tenant, AssetSpec, asset, FIRST_VERSION)
        return None if found is None else found.spec.scale

    def ticket_asset_of(self, tenant: str, raffle: str) -> str | None:
        """See Known."""
        version = self._versions.get((tenant, raffle))
        found = None if version is None else self._store.at(tenant, RaffleSpec, raffle, version)
        return None if found is None else found.spec.ticket_asset

    async def close(self) -> None:
        """Hang up."""
        await self._pool.close()
