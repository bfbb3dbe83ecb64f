"""An operator's wallet that grants all and outlives every worker: a call is answered once, whoever asks for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from shared.messages.call import CallAnswer
from shared.shapes import OUTSIDE
from shared.worker.items import Address
from shared.worker.publishing import publish
from shared.worker.tell import answer_to, commands_of, send_id_of
from tests.stories.town import PAUSE_S, Town

SERVICE = "rgs"
GRANTED = CallAnswer(balance=1_000).model_dump_json().encode()


@contextlib.asynccontextmanager
async def obliging(town: Town) -> AsyncIterator[None]:
    """It answers for as long as the block lasts."""
    answering = asyncio.create_task(_answer(town))
    try:
        yield
    finally:
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)


async def _answer(town: Town) -> None:
    answered: set[tuple[int, int, int]] = set()
    while True:
        for part, pos, n in await town.sql(f"select part, pos, n from {SERVICE}.outbox where topic = '{OUTSIDE}'"):
            if (part, pos, n) not in answered:
                answered.add((part, pos, n))
                asker = Address(commands_of(SERVICE), part, None, send_id_of(SERVICE, part, pos, n))
                told = answer_to(asker, code=None, details=None, body=GRANTED, repeated=False)
                await publish(town.parts.bus, [told], SERVICE)
        await asyncio.sleep(PAUSE_S)
