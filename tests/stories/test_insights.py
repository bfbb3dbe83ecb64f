"""Operators ask how much was bet and won: exact, by currency, and never of another tenant."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.gateway.admin.insights import MOST_ROWS
from services.insights.corrector import Corrector
from services.insights.wiring import wire
from shared.database import Connection, Target
from shared.settings import WrongSettings
from tests.stories.town import Town, eventually

pytestmark = pytest.mark.postgres

DAY = datetime(2026, 11, 20, tzinfo=UTC)
WHOLE_DAY = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z"}
FIGURES = "insert into insights.figures values ($1, $2, $3, $4, $5, $6, $7, $8)"
PLAYERS = "insert into insights.players values ($1, $2, $3, $4, $5)"


@pytest.fixture
async def figures(town: Town) -> AsyncIterator[Connection]:
    """A day of two games, two currencies and two tenants."""
    connection = Connection(Target(town.parts.dsn, as_service=False))
    for tenant, minutes, game, currency, bets, stake, payout, corrected in (
        ("starlight", 0, "starburst", "USD", 2, 5_000_000, 4_800_001, True),
        ("starlight", 61, "starburst", "USD", 1, 1_000_000, 0, False),
        ("starlight", 61, "starburst", "EUR", 1, 3_000_000, 2_000_000, True),
        ("starlight", 61, "lootbox/starter-box", "WINZ", 0, 0, 10**25, True),
        ("moonbase", 61, "starburst", "USD", 100, 1, 1, True),
    ):
        await connection.fetch(
            FIGURES, tenant, DAY + timedelta(minutes=minutes), game, currency, bets, stake, payout, corrected
        )
    for minutes, currency, player in (
        (0, "USD", "rocket"),
        (0, "USD", "comet"),
        (61, "USD", "rocket"),
        (61, "EUR", "r"),
    ):
        await connection.fetch(PLAYERS, "starlight", DAY + timedelta(minutes=minutes), "starburst", currency, player)
    yield connection
    await connection.close()


async def asked(town: Town, **query: str) -> Any:
    answer = await town.admin.get("/admin/v1/insights", params={**WHOLE_DAY, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_hour_is_shown_with_exact_amounts(town: Town, figures: Connection) -> None:
    assert await asked(town, by="hour", to="2026-11-20T01:00:00Z") == {
        "from": "2026-11-20T00:00:00Z",
        "to": "2026-11-20T01:00:00Z",
        "by": "hour",
        "rows": [
            {
                "currency": "USD",
                "bets": 2,
                "stake": "5.000000",
                "payout": "4.800001",
                "ggr": "0.199999",
                "rtp": "0.960000",
                "active_players": 2,
                "corrected": True,
                "hour": "2026-11-20T00:00:00Z",
            }
        ],
    }


async def test_currencies_are_never_added(town: Town, figures: Connection) -> None:
    rows = (await asked(town, by="hour"))["rows"]
    names = ("hour", "currency", "stake", "payout", "rtp", "active_players", "corrected")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("2026-11-20T00:00:00Z", "USD", "5.000000", "4.800001", "0.960000", 2, True),
        ("2026-11-20T01:00:00Z", "EUR", "3.000000", "2.000000", "0.666667", 1, True),
        ("2026-11-20T01:00:00Z", "USD", "1.000000", "0.000000", "0.000000", 1, False),
        ("2026-11-20T01:00:00Z", "WINZ", "0.000000", "10000000000000000000.000000", None, 0, True),
    ]


async def test_a_day_counts_each_player_once_and_is_corrected_when_all_of_it_is(
    town: Town, figures: Connection
) -> None:
    rows = {row["currency"]: row for row in (await asked(town, by="day"))["rows"]}
    usd = rows["USD"]
    assert (usd["day"], usd["bets"], usd["active_players"], usd["corrected"]) == ("2026-11-20", 3, 2, False)
    assert rows["EUR"]["corrected"]


async def test_minutes_and_games_are_shown_too(town: Town, figures: Connection) -> None:
    minutes = (await asked(town, by="minute", to="2026-11-20T01:01:00Z"))["rows"]
    assert [(row["minute"], row["bets"]) for row in minutes] == [("2026-11-20T00:00:00Z", 2)]
    games = (await asked(town, by="game"))["rows"]
    assert [(row["game"], row["currency"], row["bets"]) for row in games] == [
        ("lootbox/starter-box", "WINZ", 0), ("starburst", "EUR", 1), ("starburst", "USD", 3),
    ]  # fmt: skip


async def test_a_tenant_sees_its_own_figures_alone(town: Town, figures: Connection) -> None:
    unknown = await town.admin.get(
        "/admin/v1/insights", params={**WHOLE_DAY, "by": "day"}, headers={"X-Tenant": "moonbase"}
    )
    assert (unknown.status_code, unknown.json()["code"]) == (404, "NO_TENANT")
    await town.put("tenant", "moonbase", {"slug": "moonbase", "brand": "moonbase"}, tenant="moonbase")
    theirs = await town.admin.get(
        "/admin/v1/insights", params={**WHOLE_DAY, "by": "day"}, headers={"X-Tenant": "moonbase"}
    )
    assert [row["bets"] for row in theirs.json()["rows"]] == [100]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"by": "day", "to": "2026-11-21T00:00:00Z"},                       "from"),
        ({"by": "day", "from": "2026-11-20T00:00:00Z"},                     "to"),
        ({**WHOLE_DAY},                                                     "by"),
        ({**WHOLE_DAY, "by": "week"},                                       "by"),
        ({**WHOLE_DAY, "by": "day", "from": "yesterday"},                   "from"),
        ({**WHOLE_DAY, "by": "day", "from": "2026-11-20T00:00:00"},         "from"),
        ({**WHOLE_DAY, "by": "day", "start": "2026-11-20T00:00:00Z"},       "start"),
        ({**WHOLE_DAY, "by": "day", "from": "2026-11-21T00:00:00Z"},        None),
        ({**WHOLE_DAY, "by": "day", "from": "2024-11-20T00:00:00Z"},        None),
        ({"by": "day", "from": "0001-01-01T00:00:00+14:00", "to": "0001-02-01T00:00:00Z"}, None),
        ({"by": "day", "from": "9999-12-01T00:00:00Z", "to": "9999-12-31T23:59:59-14:00"}, None),
    ],
)  # fmt: skip
async def test_a_question_that_makes_no_sense_is_told_what_is_wrong(
    town: Town, query: dict[str, str], path: str | None
) -> None:
    answer = await town.admin.get("/admin/v1/insights", params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION"), answer.text
    assert answer.json().get("path") == path


async def test_nobody_without_the_key_is_told_anything(town: Town) -> None:
    assert (await town.key.get("/admin/v1/insights", params={**WHOLE_DAY, "by": "day"})).status_code == 401


async def test_more_rows_than_fit_are_refused_with_advice(town: Town, figures: Connection) -> None:
    for minute in range(MOST_ROWS + 1):
        await figures.fetch(
            FIGURES, "starlight", DAY + timedelta(days=-3, minutes=minute), "starburst", "USD", 1, 1, 0, True
        )
    three_days = {**WHOLE_DAY, "from": "2026-11-17T00:00:00Z", "to": "2026-11-18T00:00:00Z"}
    answer = await town.admin.get("/admin/v1/insights", params={**three_days, "by": "minute"})
    assert (answer.status_code, answer.json()["path"]) == (400, "by")
    assert answer.json()["error"].startswith("more than 1,000 rows; ask for less time")
    assert len((await asked(town, **three_days, by="hour"))["rows"]) == 17


@contextlib.asynccontextmanager
async def insights(town: Town) -> AsyncIterator[None]:
    """As `fairground up` has them: without a stream."""
    running = await wire(town.parts)
    task = asyncio.create_task(running.run())
    try:
        yield
    finally:
        running.stop()
        await task


async def test_without_kafka_the_log_alone_fills_the_figures(town: Town) -> None:
    opened = await town.open_box("one")
    assert opened.status_code == 201
    won = opened.json()["reward"]["amount"]
    around = datetime.now(UTC)
    stretch = {"from": (around - timedelta(hours=1)).isoformat(), "to": (around + timedelta(hours=1)).isoformat()}

    async def shown() -> bool:
        return bool((await asked(town, **stretch, by="game"))["rows"])

    assert not await shown()
    async with insights(town):
        await eventually("the figures are made", shown)
    (row,) = (await asked(town, **stretch, by="game"))["rows"]
    assert (row["game"], row["payout"], row["active_players"]) == ("lootbox/starter-box", f"{won}.000000", 1)
    assert not row["corrected"], "this hour is not over"


async def test_over_kafka_they_say_what_is_missing_where_there_is_no_faust(town: Town) -> None:
    settings = town.parts.settings.model_copy(update={"kafka": "127.0.0.1:1"})
    parts = dataclasses.replace(town.parts, settings=settings, workers={})
    with pytest.raises(WrongSettings, match=r"faust is not installed; run insights where|the bus is another"):
        await wire(parts)


async def test_beside_the_engines_corrections_are_all_there_is(town: Town) -> None:
    settings = town.parts.settings.model_copy(update={"kafka": "127.0.0.1:1"})
    assert isinstance(await wire(dataclasses.replace(town.parts, settings=settings)), Corrector)
