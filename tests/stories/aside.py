"""A wish said as a gateway says it, beside the doors: where their routes would say it in words of their own."""

from __future__ import annotations

import asyncio

from services.gateway.say import Say
from shared.ids import TenantId
from shared.messages.base import Command
from shared.messages.envelope import ReplyMessage
from tests.stories.town import PARTITIONS, Town, eventually

STARLIGHT = TenantId("starlight")


async def told(
    town: Town, service: str, command: Command, entity: str, key: str | None = None, within_ms: int = 10_000
) -> ReplyMessage:
    """The answer, granted or refused. Raises Problem if none comes in time."""
    say = Say(town.parts.bus, town.parts.clock, partitions=PARTITIONS, instance="aside", timeout_ms=within_ms)

    async def heard() -> bool:
        return say.trouble is None

    listening = asyncio.create_task(say.run())
    try:
        await eventually("replies are read", heard)
        return await say.say(
            service,
            command,
            tenant=STARLIGHT,
            key=entity,
            actor="aside",
            correlation_id="aside",
            idempotency_key=key,
        )
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
