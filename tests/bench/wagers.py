"""How fast the engines take a stream of wagers into a tournament, a jackpot and journeys, each wager once."""

from __future__ import annotations

import asyncio
import json
import signal
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

import httpx

from shared.bus.kafka import KafkaBus
from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.database import Connection
from shared.messages.envelope import routing_key
from shared.messages.wager import WAGERS
from tests.bench.raw_wagers import raw_rate
from tests.bench.rows import Aim, Raw, Row
from tests.bench.steps import steps_of, told
from tests.bench.town import SQL, ask, connection_to, player_of
from tests.system.town import ADMIN, Town, eventually

TENANT: Final = "starlight"
TOPIC: Final = WAGERS + TENANT
ENGINES: Final = "engines"
AIM: Final = Aim(least=30_000)
PUBLISHED_AT_ONCE: Final = 2_000
POLL_S: Final = 0.05
PATIENCE_S: Final = 600.0


def measure_wagers(town: Town, wagers: int) -> Row:
    """One row: fill the topic while the engines are away, start them, and watch until everything has counted."""
    engines = town.services[ENGINES]
    eventually("the engines read the stream", lambda: ask(town, "streams")[0][0])
    engines.signal(signal.SIGTERM)
    engines.wait_dead()
    asyncio.run(_publish(town, wagers))
    engines.start()
    seconds, taken = asyncio.run(_watch(town, wagers))
    engines.wait_ready()
    after = steps_of(town)
    steps = told({}, {name: after[name] for name in (ENGINES, "leaderboards")})
    raw = asyncio.run(raw_rate(town.kafka, town.dsn, TOPIC, town.partitions))
    return Row(
        letter="h",
        name=f"{wagers:,} wagers into a tournament, a jackpot and journeys",
        value=wagers / seconds,
        unit="wagers/s",
        aim=AIM,
        raw=Raw(raw, "a bare consumer: decode, dedupe, one board, one statement per 1,000"),
        note=f"{seconds:.2f} s after the engines were ready to read, {taken:.2f} s until the last was taken; {steps}",
        fault=_fault(town, wagers),
    )


def _fault(town: Town, wagers: int) -> str:
    headers = {**ADMIN, "X-Tenant": TENANT}
    shown = httpx.get(f"{town.gateway}/admin/v1/status", headers=headers, timeout=30)
    return "" if shown.status_code == 200 else f"the status of {wagers} wagers cannot be read"


async def _publish(town: Town, count: int) -> None:
    bus = KafkaBus(town.kafka)
    await bus.start()
    try:
        stream = _wagers(count, town.partitions)
        while chunk := list(islice(stream, PUBLISHED_AT_ONCE)):
            await bus.publish(chunk)
    finally:
        await bus.stop()


def _wagers(count: int, partitions: int) -> Iterator[Outgoing]:
    run, begun = uuid.uuid4().hex[:8], datetime.now(UTC) - timedelta(seconds=60)
    for number in range(count):
        player = player_of(number * 7919)
        said: dict[str, Any] = {
            "wager_id": f"{run}-{number}",
            "tenant": TENANT,
            "player": player,
            "game": f"game-{number % 20}",
            "currency": "USD",
            "stake": f"{1 + number % 9}.{number % 100:02d}",
            "payout": "0.00",
            "status": "settled",
            "at": (begun + timedelta(microseconds=500 * number)).isoformat(),
        }
        part, key = partition_of(TENANT, player, partitions), routing_key(TENANT, player)
        yield Outgoing(TOPIC, part, key, json.dumps(said).encode())


async def _watch(town: Town, wagers: int) -> tuple[float, float]:
    """Seconds until everything has counted, and until the last wager was taken."""
    connection = connection_to(town.dsn, ENGINES)
    try:
        start = await _taken(connection)
        begun = last = 0.0
        deadline = time.monotonic() + PATIENCE_S
        while True:
            taken, waiting, at = await _taken(connection), await _waiting(connection), time.perf_counter()
            if taken > start and not begun:
                begun = at
            if taken - start >= wagers:
                last = last or at
                if not waiting:
                    return at - begun, last - begun
            assert time.monotonic() < deadline, f"{taken - start} of {wagers} wagers after {PATIENCE_S:.0f} s"
            await asyncio.sleep(POLL_S)
    finally:
        await connection.close()


async def _taken(connection: Connection) -> int:
    return int((await connection.fetch(SQL["streamed_to"]))[0][0])


async def _waiting(connection: Connection) -> int:
    return int((await connection.fetch(SQL["waiting"]))[0][0])
