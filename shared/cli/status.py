"""Shows how every service stands: who owns what, how far it has come, and what waits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import httpx

from shared.bus.port import Slot
from shared.cli.town import connection_to, partitions_of
from shared.database import Row, load_queries
from shared.settings import Settings
from shared.worker.tell import commands_of

SQL: Final = load_queries(Path(__file__).with_name("status.sql"))
PAGE_STUCK: Final = 500
ASK_TIMEOUT_S: Final = 2.0


class Standing(NamedTuple):
    """One partition of one service."""

    service: str
    part: int
    owner: str
    epoch: int
    event_pos: int
    relayed_pos: int
    last_at: datetime
    waiting: int
    """Sends without an answer."""
    oldest: datetime | None
    """Since when the oldest of them waits."""
    dead_letters: int
    timers: int
    next_offset: int | None
    lag: int | None = None
    """Messages that wait; None where nobody can tell."""


class Stuck(NamedTuple):
    """A Send that was not answered for too long."""

    service: str
    part: int
    pos: int
    n: int
    tenant: str
    topic: str
    target: int
    target_key: str
    type: str
    at: datetime
    tries: int


async def standings(dsn: str, services: Sequence[str], settings: Settings) -> list[Standing]:
    """Every partition of these services.

    Raises:
        LogError: there is no log, or it cannot be reached.
        BusError: Kafka is set and does not answer.
    """
    found: list[Standing] = []
    for service in services:
        await partitions_of(dsn, service)
        connection = connection_to(dsn, service)
        try:
            rows = await connection.fetch(SQL["status"], commands_of(service))
        finally:
            await connection.close()
        found += [Standing(service, *row) for row in rows]
    lags = await (_lags_by_kafka(found, settings) if settings.kafka else _lags_by_gateway(settings))
    return [one._replace(lag=lags.get((one.service, one.part))) for one in found]


async def _lags_by_kafka(found: Sequence[Standing], settings: Settings) -> Mapping[tuple[str, int], int]:
    from shared.bus.kafka import KafkaBus

    assert settings.kafka is not None
    slots = {(one.service, one.part): Slot(commands_of(one.service), one.part) for one in found}
    bus = KafkaBus(settings.kafka)
    await bus.start()
    try:
        ends = await bus.ends(list(slots.values()))
    finally:
        await bus.stop()
    return {(one.service, one.part): ends[slots[one.service, one.part]] - (one.next_offset or 0) for one in found}


async def _lags_by_gateway(settings: Settings) -> Mapping[tuple[str, int], int]:
    """Without Kafka only the one process that runs everything knows; if it answers."""
    url = f"http://{settings.gateway_host}:{settings.gateway_port}/admin/v1/status"
    headers = {"Authorization": f"Bearer {settings.admin_secret}"}
    try:
        async with httpx.AsyncClient(timeout=ASK_TIMEOUT_S, trust_env=False) as client:
            told = (await client.get(url, headers=headers)).raise_for_status().json()["services"]
        return {
            (service, one["part"]): one["lag"]
            for service, parts in told.items()
            for one in parts
            if one["lag"] is not None
        }
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return {}


async def stuck(dsn: str, services: Sequence[str], reply_retention: timedelta) -> AsyncIterator[Stuck]:
    """Sends unanswered for longer than half the reply retention: soon their receiver may forget its answer.

    Raises:
        LogError: there is no log, or it cannot be reached.
    """
    before = datetime.now(UTC) - reply_retention / 2
    for service in services:
        await partitions_of(dsn, service)
        connection = connection_to(dsn, service)
        try:
            after: Row = (-1, -1, -1)
            while rows := await connection.fetch(SQL["stuck"], before, *after, PAGE_STUCK):
                for row in rows:
                    yield Stuck(service, *row)
                after = tuple(rows[-1])[:3]
        finally:
            await connection.close()
