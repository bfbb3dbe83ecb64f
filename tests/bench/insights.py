"""How fast the Faust app follows a stream that is full of wagers, one process alone."""

from __future__ import annotations

import asyncio
import signal
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from services.insights.figures import of_streamed, summed
from shared.bus.port import Outgoing
from shared.database import load_queries
from shared.ids import TenantId
from tests.bench.rows import Aim, Raw, Row
from tests.bench.town import ask, connection_to, player_of, publish
from tests.bench.wagers import wager_of
from tests.conftest_insights import PYTHON
from tests.system.town import Town, eventually

TENANT: Final = TenantId("starlight")
INSIGHTS: Final = "insights"
ENGINES: Final = "engines"
AIM: Final = Aim(least=3_400)
"""What Faust did message by message."""
BATCH: Final = 2_000
POLL_S: Final = 0.02
PATIENCE_S: Final = 600.0
SQL: Final = load_queries(Path(__file__).with_suffix(".sql"))


class Followed(NamedTuple):
    """What was seen between the first batch and the last."""

    wagers: int
    seconds: float


def measure_insights(town: Town, wagers: int) -> Row:
    """One row: fill a stream while insights are away and the engines rest, start them, and watch the figures."""
    assert PYTHON.exists(), "there is no Faust here; run deploy/setup.sh insights"
    engines, run = town.services[ENGINES], uuid.uuid4().hex[:12]
    eventually("the stream is there", lambda: ask(town, "streams")[0][0])
    engines.signal(signal.SIGTERM)
    engines.wait_dead()
    asyncio.run(publish(town, _wagers(wagers, town.partitions, run)))
    insights = town.add(INSIGHTS, INSIGHTS, str(PYTHON))
    try:
        followed = asyncio.run(_watch(town.dsn, run, wagers))
    finally:
        insights.signal(signal.SIGTERM)
        insights.wait_dead()
        del town.services[INSIGHTS]
        engines.start()
    engines.wait_ready()
    return Row(
        letter="k",
        name=f"Faust follows {wagers:,} wagers",
        value=followed.wagers / followed.seconds,
        unit="wagers/s",
        aim=AIM,
        raw=Raw(_raw_rate(wagers, town.partitions, run), "the same wagers decoded and added up in memory"),
        note=f"{followed.wagers:,} wagers in {followed.seconds:.2f} s after the first batch",
    )


def _wagers(count: int, partitions: int, run: str) -> list[Outgoing]:
    return [wager_of(number, player_of(number), run, partitions) for number in range(count)]


def _raw_rate(count: int, partitions: int, run: str) -> float:
    wagers, now = _wagers(count, partitions, run), datetime.now(UTC)
    begun = time.perf_counter()
    for start in range(0, count, BATCH):
        batch = wagers[start : start + BATCH]
        summed(figure for wager in batch for figure in of_streamed(wager.value, TENANT, now))
    return count / (time.perf_counter() - begun)


async def _watch(dsn: str, run: str, wagers: int) -> Followed:
    connection = connection_to(dsn, INSIGHTS)
    first, begun = 0, 0.0
    deadline = time.monotonic() + PATIENCE_S
    try:
        while True:
            counted, at = int((await connection.fetch(SQL["counted"], f"{run}-%"))[0][0]), time.perf_counter()
            if counted and not first:
                first, begun = counted, at
            if counted >= wagers:
                assert at > begun, f"{wagers} wagers are too few to measure: they went in one batch"
                return Followed(counted - first, at - begun)
            assert time.monotonic() < deadline, f"{counted} of {wagers} wagers after {PATIENCE_S:.0f} s"
            await asyncio.sleep(POLL_S)
    finally:
        await connection.close()
