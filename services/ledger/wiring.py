"""How the ledger service is put together."""

from __future__ import annotations

from services.ledger.registry import service
from shared.running import Parts, Runnable, wire_worker


async def wire(parts: Parts) -> Runnable:
    """The worker that decides for the ledger."""
    return await wire_worker(service, parts)
