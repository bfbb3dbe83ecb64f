"""Who stands on a tournament's places is found the same way in memory and in PostgreSQL, among however many."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import product
from typing import Any, Final

import pytest

from services.leaderboards.registry import service
from shared.database import Connection, Target
from shared.eventlog.migrate import migrate
from shared.eventlog.port import EventLog
from shared.eventlog.postgres import PostgresEventLog
from shared.eventlog.rows import TableChange
from shared.ids import TenantId
from shared.shapes import Need, Values
from tests.conftest_postgres import database_on
from tests.contracts.eventlog_shop import NOON, PARTITIONS
from tests.contracts.lookup_rig import LOGS, log_of, show

TENANT: Final = TenantId("starlight")
MANY: Final = 100_000
LITTLE_BYTES: Final = 1_000_000


@pytest.fixture
async def database(postgres_dsn: str) -> AsyncIterator[str]:
    async with database_on(postgres_dsn) as dsn:
        await migrate(dsn, ["leaderboards"], PARTITIONS)
        yield dsn


@pytest.fixture(params=LOGS)
async def log(request: pytest.FixtureRequest) -> AsyncIterator[EventLog]:
    async with log_of(service, request) as found:
        yield found


async def score(log: EventLog, scores: dict[Values, Values], part: int = 0) -> None:
    await show(log, service, "tournament_scores", TableChange(puts=scores), part)


def a_crowd() -> dict[Values, Values]:
    """Every combination of a few points, moments and names, so that every tie is among them."""
    points, moments, names = (-1, 0, 1, 2, 10), (0, 1, 2), ("W", "a", "w", "w10", "w9", "ä", "Ω", "🏁")
    each = product(points, moments, names)
    return {
        (0, TENANT, "race", f"p{number}{name}"): (micro_points, NOON + timedelta(microseconds=moment), name)
        for number, (micro_points, moment, name) in enumerate(each)
    }


def naively(scores: dict[Values, Values]) -> list[Values]:
    rows: list[tuple[Any, ...]] = [(*row, key[3]) for key, row in scores.items()]
    ahead = [row for row in rows if row[0] > 0]
    return [(player,) for *_, player in sorted(ahead, key=lambda row: (-row[0], *row[1:]))]


async def test_places_are_a_naive_sort_of_the_scores_page_by_page(log: EventLog) -> None:
    crowd = a_crowd()
    elsewhere: dict[Values, Values] = {
        (0, TENANT, "other", "x"): (99, NOON, "w"),
        (0, "moonbase", "race", "y"): (99, NOON, "w"),
    }
    await score(log, crowd | elsewhere)
    await score(log, {(1, TENANT, "race", "z"): (99, NOON, "w")}, part=1)
    expected = naively(crowd)
    assert len(expected) == 72
    assert await log.look(0, TENANT, Need("tournament_places", ("race", 0, 500))) == expected
    for after in range(0, 72, 7):
        assert await log.look(0, TENANT, Need("tournament_places", ("race", after, 7))) == expected[after : after + 7]
    assert await log.look(0, TENANT, Need("tournament_places", ("race", 72, 7))) == []
    assert await log.look(0, TENANT, Need("tournament_places", ("nobody", 0, 7))) == []


async def test_a_score_that_changes_moves_its_player(log: EventLog) -> None:
    await score(log, {(0, TENANT, "race", "a"): (5, NOON, "w1"), (0, TENANT, "race", "b"): (4, NOON, "w2")})
    need = Need("tournament_places", ("race", 0, 2))
    assert await log.look(0, TENANT, need) == [("a",), ("b",)]
    await score(log, {(0, TENANT, "race", "b"): (6, NOON, "w3")})
    assert await log.look(0, TENANT, need) == [("b",), ("a",)]
    await score(log, {(0, TENANT, "race", "b"): (0, NOON, "w3")})
    assert await log.look(0, TENANT, need) == [("a",)]


@pytest.mark.postgres
async def test_among_a_hundred_thousand_only_the_places_are_read(database: str) -> None:
    scores: dict[Values, Values] = {
        (0, TENANT, "race", f"player-{number}"): (number + 1, NOON, f"w{number}") for number in range(MANY)
    }
    opened = await PostgresEventLog.open(service, database)
    owner = Connection(Target(database, schema="leaderboards", as_service=False))
    try:
        await score(opened, scores)
        await owner.run("analyze tournament_scores")
        tracemalloc.start()
        found = await opened.look(0, TENANT, Need("tournament_places", ("race", 0, 3)))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert found == [(f"player-{MANY - rank}",) for rank in (1, 2, 3)]
        assert peak < LITTLE_BYTES
        plan = await owner.fetch(f"explain {service.queries['tournament_places']}", 0, TENANT, "race", 500, 500)
        text = "\n".join(row[0] for row in plan)
        assert (
            "Index Only Scan using tournament_scores_order" in text
            or "Index Scan using tournament_scores_order" in text
        )
        assert "Sort" not in text
    finally:
        await opened.close()
        await owner.close()
