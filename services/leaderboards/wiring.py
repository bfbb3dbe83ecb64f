"""How the leaderboards service is put together."""

from __future__ import annotations

from services.leaderboards.registry import service
from shared.running import Parts, Runnable, wire_worker


async def wire(parts: Parts) -> Runnable:
    """The worker that decides for the leaderboards."""
    return await wire_worker(service, parts)
