"""Gateways that share a Redis count a key's requests together."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.stories.arcade import FIGURES, bearer, data, told
from tests.stories.arcade import SLOW as SLOW_GAME
from tests.stories.house import gateway, running
from tests.stories.pages import settle_demo
from tests.stories.town import Town, eventually

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

SLOW = "wsk_test_" + "decade" * 8
HEADERS = {"Authorization": f"Bearer {SLOW}"}
BURST = 3


async def test_two_gateways_with_one_redis_have_one_bucket(tables: str, redis_url: str) -> None:
    async with running(tables, redis=redis_url) as one, gateway(tables, redis=redis_url) as two:
        await one.settle()
        await one.put("api_key", "slow", {"secret": SLOW, "burst": BURST, "per_second": 1})
        await eventually("the second gateway knows the keys", lambda: _known(two))
        statuses = [(await town.nobody.get("/v1/me", headers=HEADERS)).status_code for town in (one, two) * BURST]
        assert statuses[:BURST] == [200] * BURST
        assert 429 in statuses[BURST:]


async def test_while_redis_is_away_each_gateway_counts_for_itself(tables: str) -> None:
    async with running(tables, redis="redis://127.0.0.1:1/0") as town:
        await town.settle()
        assert (await town.key.get("/v1/me")).status_code == 200
        assert "fairground_limiter_fallbacks_total 1.0" in (await town.nobody.get("/metrics")).text


async def test_two_gateways_with_one_redis_count_a_games_requests_together(tables: str, redis_url: str) -> None:
    slow, catalog, register = bearer(SLOW_GAME), "/sdk/v1/catalog", "/sdk/v1/players/rocket/register"
    async with running(tables, redis=redis_url) as one, gateway(tables, redis=redis_url) as two:
        await settle_demo(one)
        await eventually("the second gateway knows the keys", lambda: _known(two))
        answers = [await town.nobody.get(catalog, headers=slow) for town in (one, two) * 3]
        left = [tuple(int(answer.headers[name]) for name in FIGURES[:2]) for answer in answers]
        assert left == [(5, 4), (5, 3), (5, 2), (5, 1), (5, 0), (5, 0)]
        assert told(answers[-1]) == (429, "rate_limited")
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 12
        wrote = [await town.nobody.post(register, headers=slow, json={}) for town in (one, two)]
        assert [answer.headers["RateLimit-Remaining"] for answer in wrote] == ["4", "3"]


async def test_while_redis_is_away_games_are_read_to_counted_by_each_gateway_and_that_is_heard_of(tables: str) -> None:
    away = "redis://127.0.0.1:1/0"
    async with running(tables, redis=away) as one, gateway(tables, redis=away) as two:
        await settle_demo(one)
        await eventually("the second gateway knows the keys", lambda: _known(two))
        rocket = bearer("demoClnt." + "c" * 43)
        listed = data(await one.nobody.get("/sdk/v1/players/rocket/events", headers=rocket))
        [board] = [event["leaderboardId"] for event in listed if event["eventKey"] == "daily-run"]
        with capture_logs() as logged:
            for town in (one, two):
                answers = [await town.nobody.get(f"/sdk/v1/leaderboards/{board}", headers=bearer(SLOW_GAME))]
                answers += [await town.nobody.get("/sdk/v1/catalog", headers=bearer(SLOW_GAME)) for _ in range(5)]
                assert [answer.headers["RateLimit-Remaining"] for answer in answers] == list("432100")
                assert [answer.status_code for answer in answers] == [200] * 5 + [429]
            await eventually("it is logged", lambda: _logged(one, logged))
        metrics = (await one.nobody.get("/metrics")).text.splitlines()
        [counted] = [line for line in metrics if line.startswith("fairground_limiter_fallbacks_total ")]
        assert float(counted.split()[1]) >= 6


async def _logged(town: Town, logged: list[Any]) -> bool:
    """Away is noticed at most once a second, however many ask."""
    await town.nobody.get("/sdk/v1/catalog", headers=bearer(SLOW_GAME))
    return any(line["event"] == "requests are counted in this process" for line in logged)


async def _known(town: Town) -> bool:
    return (await town.key.get("/v1/me")).status_code == 200
