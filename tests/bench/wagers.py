"""How fast the engines take a stream of wagers into a tournament, a jackpot and journeys, each wager once."""

from __future__ import annotations

import asyncio
import signal
import time
import uuid
from datetime import UTC, datetime
from typing import Final, NamedTuple

import orjson

from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.database import Connection
from shared.messages.envelope import routing_key
from shared.messages.wager import WAGERS
from tests.bench.raw_wagers import raw_rate
from tests.bench.rows import Aim, Raw, Row
from tests.bench.steps import steps_of, told
from tests.bench.town import SQL, another, ask, connection_to, player_of, publish
from tests.system.town import Service, Town, eventually

TENANT: Final = "starlight"
TOPIC: Final = WAGERS + TENANT
ENGINES: Final = "engines"
SECOND: Final = "engines-2"
LEADERBOARDS: Final = "leaderboards"
GAMES: Final = 20
A_PRIME: Final = 7_919
"""Players do not come in the order of their names."""
AIM: Final = Aim(least=30_000)
POLL_S: Final = 0.05
PATIENCE_S: Final = 600.0


def measure_wagers(town: Town, wagers: int) -> Row:
    """One row: fill the topic while the engines are away, start them, and watch until everything has counted."""
    return _measure(town, wagers, [town.services[ENGINES]])


def measure_wagers_by_two(town: Town, wagers: int) -> Row:
    """The same with a second process, which takes half of the partitions and ends afterwards."""
    with another(town, ENGINES, SECOND) as second:
        return _measure(town, wagers, [town.services[ENGINES], second])


def _measure(town: Town, wagers: int, engines: list[Service]) -> Row:
    eventually("the engines read the stream", lambda: ask(town, "streams")[0][0])
    for service in engines:
        service.signal(signal.SIGTERM)
        service.wait_dead()
    run = uuid.uuid4().hex[:8]
    stream = (wager_of(number, player_of(number * A_PRIME), run, town.partitions) for number in range(wagers))
    asyncio.run(publish(town, stream))
    before = steps_of(town, [LEADERBOARDS])
    for service in engines:
        service.start()
    taken = asyncio.run(_watch(town, engines, wagers))
    for service in engines:
        service.wait_ready()
    steps = told(before, steps_of(town, [ENGINES, LEADERBOARDS]))
    raw = asyncio.run(raw_rate(town.kafka, town.dsn, TOPIC, town.partitions))
    return Row(
        letter="h",
        name=f"{wagers:,} wagers into races, a pool and journeys"
        + ("" if len(engines) == 1 else f", {len(engines)} processes"),
        value=taken.wagers / taken.seconds,
        unit="wagers/s",
        aim=AIM,
        raw=Raw(raw, "a bare consumer: decode, dedupe, one board, one statement per 1,000"),
        note=f"{taken.wagers:,} wagers in {taken.seconds:.2f} s from the first batch to the last answer; {steps}",
    )


def wager_of(number: int, player: str, run: str, partitions: int) -> Outgoing:
    """One wager of a player, as any producer would write it."""
    said = {
        "wager_id": f"{run}-{number}",
        "tenant": TENANT,
        "player": player,
        "game": f"{run}-{number % GAMES}",
        "currency": "USD",
        "stake": f"{1 + number % 9}.{number % 100:02d}",
        "payout": "0.00",
        "status": "settled",
        "at": datetime.now(UTC).isoformat(),
    }
    key = routing_key(TENANT, player)
    return Outgoing(TOPIC, partition_of(TENANT, player, partitions), key, orjson.dumps(said))


class Taken(NamedTuple):
    """What was seen between the first wagers that counted and the last answer."""

    wagers: int
    seconds: float


async def _watch(town: Town, engines: list[Service], wagers: int) -> Taken:
    connection = connection_to(town.dsn, ENGINES)
    try:
        start = await _taken(connection)
        first, begun = start, 0.0
        deadline = time.monotonic() + PATIENCE_S
        while True:
            now, at = await _taken(connection), time.perf_counter()
            if first == start and now > start:
                first, begun = now, at
            if now >= start + wagers and not await _waiting(connection):
                assert at > begun, f"{wagers} wagers are too few to measure: they went in one step"
                return Taken(start + wagers - first, at - begun)
            for service in engines:
                assert service.process is not None
                assert service.process.poll() is None, f"the engines have ended: {service.log.read_text()[-2000:]}"
            assert time.monotonic() < deadline, f"{now - start} of {wagers} wagers after {PATIENCE_S:.0f} s"
            await asyncio.sleep(POLL_S)
    finally:
        await connection.close()


async def _taken(connection: Connection) -> int:
    return int((await connection.fetch(SQL["streamed_to"]))[0][0])


async def _waiting(connection: Connection) -> int:
    return int((await connection.fetch(SQL["waiting"]))[0][0])
