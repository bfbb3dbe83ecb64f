"""How long a tournament with very many players takes to close, and how much memory that needs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

import httpx

from tests.bench.machine import resident_mib
from tests.bench.rows import Aim, Raw, Row
from tests.bench.town import connection_to, define, publish
from tests.bench.wagers import wager_of
from tests.system.town import KEY, Town, eventually

RACE: Final = "bench-close"
PLACES: Final = 1_000
SPEC: Final = {
    "name": "A race of very many",
    "points_per_usd": 1,
    "prize_pool": 10_000_000,
    "prize_structure": [0.1] * PLACES,
}
LEADERBOARDS: Final = "leaderboards"
FILLED_WITHIN_S: Final = 600.0
CLOSED_WITHIN_S: Final = 120.0
STANDING: Final = f"from tournament_scores where tournament = '{RACE}' and micro_points > 0"
RANKING: Final = f"select player {STANDING} order by micro_points desc, reached_at, reached_by limit {PLACES}"


def measure_closing(town: Town, players: int) -> Row:
    """One row: everybody scores by a wager of the stream, then somebody closes the race and waits for the answer."""
    define(town, "tournament", RACE, SPEC)
    asyncio.run(publish(town, (wager_of(n, f"racer-{n}", "race", town.partitions) for n in range(players))))
    eventually(f"{players:,} players have scored", lambda: _standing(town) == players, FILLED_WITHIN_S)
    process = town.services[LEADERBOARDS].process
    assert process is not None
    before, begun = resident_mib(process.pid), time.perf_counter()
    paid = eventually("it is closed", _closing(town), CLOSED_WITHIN_S)
    seconds, after = time.perf_counter() - begun, resident_mib(process.pid)
    return Row(
        letter="j",
        name=f"a tournament of {players:,} players closes, {PLACES:,} places are paid",
        value=seconds,
        unit="s",
        aim=Aim(),
        raw=Raw(asyncio.run(_ranked(town)), f"PostgreSQL names the best {PLACES:,} in order"),
        note=f"leaderboards held {before:.0f} MiB before and {after:.0f} MiB after",
        fault="" if paid == PLACES else f"{paid} of {PLACES} places were paid",
    )


def _closing(town: Town) -> Callable[[], int]:
    """Asks until it is answered; a deadline that passes meanwhile is no answer."""

    def closed() -> int:
        answer = httpx.post(f"{town.gateway}/v1/tournaments/{RACE}/close", json={}, headers=KEY, timeout=60)
        return len(answer.json()["payouts"]) if answer.status_code in (200, 201) else 0

    return closed


def _standing(town: Town) -> int:
    return int(asyncio.run(_asked(town, f"select count(*) {STANDING}"))[0][0])


async def _asked(town: Town, sql: str) -> list[list[int]]:
    connection = connection_to(town.dsn, LEADERBOARDS)
    try:
        return [list(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def _ranked(town: Town) -> float:
    connection = connection_to(town.dsn, LEADERBOARDS)
    try:
        begun = time.perf_counter()
        assert len(await connection.fetch(RANKING)) == PLACES
        return time.perf_counter() - begun
    finally:
        await connection.close()
