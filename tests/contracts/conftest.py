"""The log under test, once in memory and once in PostgreSQL; the bus, once in memory and once in Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.eventlog.port import EventLog
from tests.contracts.bus_rig import Rig, kafka_rig, memory_rig
from tests.contracts.eventlog_shop import MemoryPlace, Place, PostgresPlace, postgres_place, shop_database


@pytest.fixture
async def postgres(postgres_dsn: str, tmp_path: Path) -> AsyncIterator[PostgresPlace]:
    async with shop_database(postgres_dsn, tmp_path) as dsn, postgres_place(dsn) as place:
        yield place


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    if request.param == "memory":
        yield MemoryPlace()
        return
    server = request.getfixturevalue("postgres_dsn")
    async with shop_database(server, tmp_path) as dsn, postgres_place(dsn) as real:
        yield real


@pytest.fixture
def log(place: Place) -> EventLog:
    return place.log


@pytest.fixture(params=["memory", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.xdist_group("kafka")])])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    if request.param == "memory":
        made = memory_rig()
    else:
        made = await kafka_rig(request.getfixturevalue("kafka_bootstrap"))
    yield made
    await made.stop()
