"""What a player wrote into forms is found the same way in memory and in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest

from services.engines.registry import service
from services.engines.responses import PLAYERS, page_of, responses
from shared.eventlog.port import EventLog
from shared.eventlog.rows import TableChange
from shared.ids import PlayerId, TenantId
from shared.shapes import MOST_ROWS, Need, Values
from tests.contracts.lookup_rig import LOGS, log_of, show

TENANT: Final = TenantId("starlight")
ROCKET: Final = PlayerId("rocket")


@pytest.fixture(params=LOGS)
async def engines(request: pytest.FixtureRequest) -> AsyncIterator[EventLog]:
    async with log_of(service, request) as found:
        yield found


def wrote(player: str, *attempts: str, part: int = 0, tenant: str = TENANT) -> dict[Values, Values]:
    return {(part, tenant, player, attempt): ("form-1", '{"callsign":"rocky"}') for attempt in attempts}


async def found(log: EventLog, player: str, most: int = MOST_ROWS, part: int = 0) -> list[Values]:
    return await log.look(part, TENANT, Need(PLAYERS, (player, most)))


async def test_the_attempts_of_one_player_are_found_in_order(engines: EventLog) -> None:
    rows = wrote("rocket", "c", "a", "B", "b-2", "b1") | wrote("groot", "d")
    await show(engines, service, responses.table, TableChange(puts=rows | wrote("rocket", "e", tenant="moonbase")))
    await show(engines, service, responses.table, TableChange(puts=wrote("rocket", "f", part=1)), part=1)
    assert await found(engines, "rocket") == [("B",), ("a",), ("b-2",), ("b1",), ("c",)]
    assert await found(engines, "rocket", 2) == [("B",), ("a",)]
    assert await found(engines, "groot") == [("d",)]
    assert await found(engines, "rocket", part=2) == []
    assert await found(engines, "mantis") == []


async def test_pages_of_what_is_erased_come_to_an_end(engines: EventLog) -> None:
    attempts = [f"{number:04}" for number in range(MOST_ROWS + 1)]
    await show(engines, service, responses.table, TableChange(puts=wrote("rocket", *attempts) | wrote("groot", "d")))
    page = await engines.look(0, TENANT, page_of(ROCKET))
    assert page == [(attempt,) for attempt in attempts[:MOST_ROWS]]
    await show(engines, service, responses.table, TableChange(drops={(0, TENANT, "rocket", *row) for row in page}))
    assert await engines.look(0, TENANT, page_of(ROCKET)) == [(attempts[-1],)]
    await show(engines, service, responses.table, TableChange(drops={(0, TENANT, "rocket", attempts[-1])}))
    assert await engines.look(0, TENANT, page_of(ROCKET)) == []
    assert await found(engines, "groot") == [("d",)]
