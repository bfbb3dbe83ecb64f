"""How the engines service is put together."""

from __future__ import annotations

from services.engines.registry import service
from shared.running import Parts, Runnable, wire_worker


async def wire(parts: Parts) -> Runnable:
    """The worker that decides for the engines."""
    return await wire_worker(service, parts)
