"""Sends requests at an even pace, however long the answers take, and meanwhile follows the bus itself."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NamedTuple

import orjson

from shared.bus.kafka import KafkaBus
from shared.messages.envelope import TYPE_HEADER
from tests.bench.wrk import CONNECTIONS
from tests.system.town import Town

TOPIC: Final = "leaderboards.events"
FETCH_WAIT_S: Final = 0.5
GOOD: Final = b" 200 "


class Paced(NamedTuple):
    """What came of it."""

    sent: int
    failed: int
    seconds: float
    bus_ms: list[float]
    """How long each fact took from its decision to a bare consumer."""


async def pace(town: Town, request: Callable[[int], bytes], per_s: int, seconds: float, wire: str) -> Paced:
    """Send `request(0)`, `request(1)` and so on, so many a second over a few connections.

    Args:
        town: where.
        request: the bytes of the n-th.
        per_s: how many.
        seconds: for how long.
        wire: the type of the facts that they become.
    """
    count, port = round(per_s * seconds), town.services["gateway"].port
    numbers, failed, begun = itertools.count(), 0, time.monotonic()

    async def send() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (number := next(numbers)) < count:
            await asyncio.sleep(max(0.0, begun + number / per_s - time.monotonic()))
            writer.write(request(number))
            failed += GOOD not in await _answer(reader)
        writer.close()
        await writer.wait_closed()

    bus_ms: list[float] = []
    following = asyncio.create_task(_follow(town, wire, bus_ms))
    await asyncio.gather(*(send() for _ in range(CONNECTIONS)))
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    return Paced(count, failed, time.monotonic() - begun, bus_ms)


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """The first line of an answer, which is read to its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    fields = (line.partition(b":") for line in head.splitlines())
    length = next(int(value) for name, _, value in fields if name.lower() == b"content-length")
    await reader.readexactly(length)
    return head.partition(b"\r\n")[0]


async def _follow(town: Town, wire: str, waits_ms: list[float]) -> None:
    bus = KafkaBus(town.kafka)
    await bus.start()
    tail = bus.tail(TOPIC, *range(town.partitions))
    try:
        await tail.start()
        while True:
            for message in await tail.fetch(FETCH_WAIT_S):
                if (TYPE_HEADER, wire.encode()) in message.headers:
                    at = datetime.fromisoformat(orjson.loads(message.value)["at"])
                    waits_ms.append((datetime.now(UTC) - at).total_seconds() * 1e3)
    finally:
        await tail.stop()
        await bus.stop()
