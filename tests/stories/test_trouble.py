"""When a part is away the doors say so, and the same key finds the one true answer afterwards."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from services.gateway.wiring import Doors, listen
from shared.running import open_parts
from shared.settings import Settings, WrongSettings
from tests.stories.house import gateway, running
from tests.stories.town import KEY, PARTITIONS, SECRET, Town, eventually

pytestmark = pytest.mark.postgres

SOON_MS = 300


async def test_without_an_answer_the_outcome_is_unknown_and_the_same_key_is_safe(tables: str) -> None:
    async with running(tables) as town:
        await town.settle()
    async with gateway(tables, say_timeout_ms=SOON_MS) as town:
        await eventually("the doors are open", lambda: _opened(town))
        late = await town.open_box("late")
        assert (late.status_code, late.json()["code"]) == (504, "TIMEOUT")
        assert "same idempotency_key" in late.json()["error"]
        assert await town.events("lootbox.%") == 0
        async with town.workers():
            await eventually("somebody decides", town.ready)
            await eventually("the true answer", lambda: _granted(town))
        assert await town.events("lootbox.opened") == 1


async def _granted(town: Town) -> bool:
    answer = await town.open_box("late")
    assert answer.status_code in {200, 201, 504}, answer.text
    return answer.status_code != 504


async def _opened(town: Town) -> bool:
    return (await town.key.get("/v1/me")).status_code == 200


async def test_without_postgres_the_doors_are_shut_and_the_process_is_alive_but_not_ready() -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    async with gateway(nowhere) as town:
        ready = await town.nobody.get("/readyz")
        assert ready.status_code == 503
        assert "127.0.0.1:1" in ready.json()["troubles"]["postgres"]
        assert (await town.nobody.get("/livez")).json() == {"status": "alive"}
        shut = await town.key.get("/v1/me")
        assert (shut.status_code, shut.json()["code"]) == (503, "SERVICE_UNAVAILABLE")


async def test_a_worker_without_partitions_makes_the_process_unready(tables: str) -> None:
    async with running(tables) as town:
        worker = town.parts.workers["ledger"]
        assert (await town.nobody.get("/readyz")).json()["partitions"]["ledger"] == list(range(PARTITIONS))
    assert worker.trouble is not None


async def test_published_demo_keys_open_nothing_in_production(tables: str) -> None:
    async with running(tables) as town:
        await town.settle()
    async with gateway(tables, environment="production") as town:
        await eventually("the doors are open", lambda: _invalid(town))


async def _invalid(town: Town) -> bool:
    return str((await town.key.get("/v1/me")).json()["code"]) == "AUTH_INVALID"


async def test_a_busy_port_is_one_clear_sentence() -> None:
    taken = listen("127.0.0.1", 0)
    port = taken.getsockname()[1]
    with pytest.raises(WrongSettings, match=f"127.0.0.1:{port}.*FAIRGROUND_GATEWAY_PORT"):
        listen("127.0.0.1", port)
    taken.close()


async def test_a_real_server_answers_on_its_port_and_ends_when_told(tables: str) -> None:
    async with running(tables) as town:
        await town.settle()
        free = listen("127.0.0.1", 0)
        port = free.getsockname()[1]
        free.close()
        settings = Settings(environment="test", postgres=tables, instance="served", gateway_port=port)
        parts = await open_parts(settings, tables, PARTITIONS)
        doors = Doors(parts)
        serving = asyncio.create_task(doors.run())
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=KEY, trust_env=False) as client:
            await eventually("it serves", lambda: _serves(client))
            boxes = (await client.get("/v1/lootbox")).json()["lootboxes"]
            assert [box["id"] for box in boxes] == ["starter-box"]
            large = await client.post("/v1/players", content=b" " * 100_000)
            assert (large.status_code, large.json()["code"]) == (413, "TOO_LARGE")
        doors.stop()
        await serving
        await parts.close()


async def _serves(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/v1/me")).status_code == 200
    except httpx.TransportError:
        return False


async def test_the_figures_count_requests_by_route_and_never_show_a_secret(town: Town) -> None:
    await town.open_box("counted")
    figures = (await town.nobody.get("/metrics")).text
    line = 'fairground_http_requests_total{door="engagement",route="/v1/lootbox/{id}/open",status="201"} 1.0'
    assert line in figures
    assert SECRET not in figures
