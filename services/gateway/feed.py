"""Keeps what operators configured at hand, a fraction of a second after it was decided."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from shared.clock import Clock
from shared.database import DatabaseError
from shared.definitions import DefinitionStore
from shared.readmodels.ledger import PAGE_DEFINITIONS, LedgerViews

POLL_S: Final = 0.2
FRESH_S: Final = 0.05
"""An unknown key asks again at most this often, however many knock with it."""

log = structlog.get_logger(__name__)


class DefinitionFeed:
    """Follows the definitions' table into a store."""

    def __init__(self, store: DefinitionStore, views: LedgerViews, clock: Clock) -> None:
        self.store = store
        self.trouble: str | None = "definitions are not read yet"
        self._views, self._clock = views, clock
        self._turn = asyncio.Lock()
        self._asked_at = -FRESH_S

    async def refresh(self) -> None:
        """Learn everything decided before this call. Raises DatabaseError."""
        async with self._turn:
            await self._read()

    async def refresh_if_stale(self) -> None:
        """The same, unless somebody else has just asked. Raises DatabaseError."""
        async with self._turn:
            if self._clock.monotonic() - self._asked_at >= FRESH_S:
                await self._read()

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            try:
                await self.refresh()
            except DatabaseError as error:
                self.trouble = str(error)
                log.warning("definitions are not read", error=str(error))
            await asyncio.sleep(POLL_S)

    async def _read(self) -> None:
        self._asked_at = self._clock.monotonic()
        while True:
            rows = await self._views.definitions_after(self.store.seq)
            self.store.learn(rows)
            if len(rows) < PAGE_DEFINITIONS:
                break
        self.trouble = None
