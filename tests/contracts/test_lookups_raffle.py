"""Who owns a ticket is found the same way in memory and in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest

from services.engines.raffle.drawing import OWNER
from services.engines.registry import service
from shared.eventlog.port import EventLog
from shared.eventlog.rows import TableChange
from shared.ids import TenantId
from shared.shapes import Need, Values
from tests.contracts.lookup_rig import LOGS, log_of, show

TENANT: Final = TenantId("starlight")
ENTRIES: Final = "raffle_entries"


@pytest.fixture(params=LOGS)
async def engines(request: pytest.FixtureRequest) -> AsyncIterator[EventLog]:
    async with log_of(service, request) as found:
        yield found


def entry(
    raffle: str, first: int, last: int, player: str, *, part: int = 0, tenant: str = TENANT
) -> dict[Values, Values]:
    return {(part, tenant, raffle, first): (last, player, f"entry-{first}", "5e" * 32)}


@pytest.mark.parametrize(
    ("raffle", "ticket",  "found"),
    [
        ("weekly", 0,       [("rocket", 0, 2)]),
        ("weekly", 2,       [("rocket", 0, 2)]),
        ("weekly", 3,       [("groot", 3, 3)]),
        ("weekly", 4,       [("rocket", 4, 999_999)]),
        ("weekly", 999_999, [("rocket", 4, 999_999)]),
        ("weekly", 1_000_000, []),
        ("other",  0,       [("mantis", 0, 9)]),
        ("gap",    0,       []),
        ("gap",    5,       [("mantis", 5, 6)]),
        ("nope",   0,       []),
    ],
)  # fmt: skip
async def test_a_tickets_owner_is_found_by_range(
    engines: EventLog, raffle: str, ticket: int, found: list[Values]
) -> None:
    sold = (
        entry("weekly", 0, 2, "rocket")
        | entry("weekly", 3, 3, "groot")
        | entry("weekly", 4, 999_999, "rocket")
        | entry("weekly", 0, 9, "luna", tenant="moonbase")
        | entry("weekly", 10, 2_000_000, "luna", tenant="moonbase")
        | entry("other", 0, 9, "mantis")
        | entry("gap", 5, 6, "mantis")
    )
    await show(engines, service, ENTRIES, TableChange(appends=sold))
    elsewhere = entry("weekly", 0, 2_000_000, "gamora", part=1)
    await show(engines, service, ENTRIES, TableChange(appends=elsewhere), part=1)
    assert await engines.look(0, TENANT, Need(OWNER, (raffle, ticket))) == found
    assert await engines.look(2, TENANT, Need(OWNER, (raffle, ticket))) == []
