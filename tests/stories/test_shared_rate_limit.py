"""Gateways that share a Redis count a key's requests together."""

from __future__ import annotations

import pytest

from tests.stories.conftest import gateway, running
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


async def _known(town: Town) -> bool:
    return (await town.key.get("/v1/me")).status_code == 200
