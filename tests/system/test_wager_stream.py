"""100,000 wagers through Kafka while workers are killed and started again: everything counts once."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from shared.bus.kafka import KafkaBus
from shared.bus.port import Outgoing
from shared.database import Connection, Target
from shared.worker.points import CRASH_POINTS
from tests.system.town import ADMIN, KEY, Town, eventually
from tests.system.wager_town import PLAYERS, REGULAR, TOPIC, Expected, stream_of

WAGERS: Final = 100_000
SEED: Final = 20_261_121
PUBLISHED_AT_ONCE: Final = 2_000
KILLED_AFTER: Final = 10
"""Batches that a process takes before it dies."""
ALL_DONE_WITHIN_S: Final = 400.0


@pytest.fixture
def town(module_kafka: str, module_database: str, redis_url: str, tmp_path: Path) -> Iterator[Town]:
    with Town(module_kafka, module_database, tmp_path, redis=redis_url) as standing:
        standing.add("engines", "engines-2").wait_ready()
        for kind, key, spec in (
            ("journey", "regular", {"name": "Regular", "steps": [_step("wager", REGULAR)], "reward_winz": 0}),
            ("journey", "winner", {"name": "Winner", "steps": [_step("big_win", 1)], "reward_winz": 5}),
        ):
            path = f"{standing.gateway}/admin/v1/definitions/{kind}/{key}"
            answer = httpx.put(path, json={"spec": spec}, headers={**ADMIN, "X-Tenant": "starlight"}, timeout=30)
            assert answer.status_code == 200, answer.text
        yield standing


def _step(trigger: str, count: int) -> dict[str, Any]:
    return {"trigger": trigger, "count": count}


def test_a_stream_of_wagers_counts_once_whoever_dies_meanwhile(town: Town) -> None:
    eventually("the engines read the stream", lambda: _ask(town, "engines.offsets", f"topic = '{TOPIC}'") == 4)
    said, expected = stream_of(WAGERS, SEED, town.partitions, datetime.now(UTC) - timedelta(hours=1))
    asyncio.run(_publish(town, said))
    kills = _kill_until_taken(town, expected.marks)
    _start_anew(town)
    eventually("everything is answered", lambda: _quiet(town, expected.marks))
    print(f"\nstream: {len(said)} messages, {expected.marks} marks, {kills} kills")
    assert kills >= 2 * len(CRASH_POINTS)
    _compare(town, expected)
    assert "no difference" in town.run("verify")


def _start_anew(town: Town) -> None:
    """The askers last: whatever was not answered they tell again when they start, not half a minute later."""
    for name in ("leaderboards", "engines", "engines-2"):
        town.services[name].stop()
        town.services[name].start()
        town.services[name].wait_ready()


def _compare(town: Town, expected: Expected) -> None:
    assert _pool(town) == Fraction(100) + Fraction(expected.pooled, 1_000_000)
    assert _standings(town) == _ranked(expected)
    assert _journeys(town, "regular") == {p: min(n, REGULAR) for p, n in expected.wagers.items()}
    assert set(_journeys(town, "winner")) == expected.big_wins
    assert _deposited(town) == dict(expected.deposited)
    assert _ask(town, "engines.dead_letters", "true") == expected.bad
    assert _ask(town, "ledger.dead_letters", "true") == _ask(town, "leaderboards.dead_letters", "true") == 0


def _ranked(expected: Expected) -> list[tuple[str, Fraction]]:
    """Most points first, then who reached them earlier."""
    scored = [(points, expected.reached[player], player) for player, points in expected.points.items() if points > 0]
    return [(player, points) for points, _, player in sorted(scored, key=lambda one: (-one[0], one[1]))]


def _kill_until_taken(town: Town, marks: int) -> int:
    """Let one process after the other die at one moment after the other, for as long as there is something to take."""
    deadline = time.monotonic() + ALL_DONE_WITHIN_S
    moments = cycle([(name, point) for point in CRASH_POINTS for name in ("engines", "leaderboards", "engines-2")])
    for kills, (name, point) in enumerate(moments):
        print(f"{_taken(town)} of {marks} taken, {name} dies when it has {point}")
        service = town.services[name]
        town.arm(name, "kill", point, KILLED_AFTER)
        while service.process is not None and service.process.poll() is None:
            if _taken(town) >= marks:
                service.stop()
                town.crash_file(name).unlink(missing_ok=True)
                return kills
            assert time.monotonic() < deadline, f"{_taken(town)} of {marks} marks after {ALL_DONE_WITHIN_S} s"
            time.sleep(0.05)
        assert service.wait_dead() == -signal.SIGKILL, service.log.read_text()[-4000:]
        service.start()
    raise AssertionError("the moments never end")


async def _publish(town: Town, said: list[Outgoing]) -> None:
    bus = KafkaBus(town.kafka)
    await bus.start()
    try:
        for start in range(0, len(said), PUBLISHED_AT_ONCE):
            await bus.publish(said[start : start + PUBLISHED_AT_ONCE])
    finally:
        await bus.stop()


def _rows(town: Town, sql: str) -> list[tuple[Any, ...]]:
    async def asking() -> list[tuple[Any, ...]]:
        connection = Connection(Target(town.dsn, as_service=False))
        try:
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    return asyncio.run(asking())


def _ask(town: Town, table: str, where: str) -> int:
    return int(_rows(town, f"select count(*) from {table} where {where}")[0][0])


def _taken(town: Town) -> int:
    return _ask(town, "engines.wagers", "true")


def _quiet(town: Town, marks: int) -> bool:
    waiting = sum(_ask(town, f"{service}.outbox", "true") for service in ("ledger", "engines", "leaderboards"))
    return waiting == 0 and _taken(town) == marks


def _get(town: Town, path: str) -> Any:
    answer = httpx.get(f"{town.gateway}{path}", headers=KEY, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _pool(town: Town) -> Fraction:
    return Fraction(_get(town, "/v1/jackpots/grand")["pool"])


def _standings(town: Town) -> list[tuple[str, Fraction]]:
    shown = _get(town, f"/v1/tournaments/weekend-race/standings?limit={len(PLAYERS)}")["entries"]
    assert [entry["rank"] for entry in shown] == list(range(1, len(shown) + 1))
    return [(entry["username"] or entry["user_id"], Fraction(entry["points"])) for entry in shown]


def _journeys(town: Town, journey: str) -> dict[str, int]:
    """How often the only step's trigger has been counted for each player who has begun."""
    rows = _rows(
        town,
        "select distinct on (data::json->>'player') data::json->>'player', type, (data::json->>'counted')::int"
        f" from engines.events where type like 'journey.%' and data::json->>'journey' = '{journey}'"
        " and type in ('journey.started', 'journey.advanced', 'journey.completed')"
        " order by data::json->>'player', part, version desc",
    )
    return {player: REGULAR if type_ == "journey.completed" else counted for player, type_, counted in rows}


def _deposited(town: Town) -> dict[str, int]:
    """Cents by player, as the ledger has counted them."""
    rows = _rows(
        town,
        "select data::json->>'player', sum((data::json->'amounts'->>'USD')::bigint)::bigint from ledger.events"
        " where type = 'wallet.deposits_counted' group by 1",
    )
    return dict(rows)
