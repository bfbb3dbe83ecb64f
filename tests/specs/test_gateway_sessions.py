"""A gateway remembers sessions for as long as they were told to last, and knows which tenants have an engagement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from services.gateway.feed import FRESH_S, DefinitionFeed
from services.gateway.sessions import Hosts, Sessions
from shared.definitions import DefinitionStore
from shared.eventlog.rows import StoredDefinition
from shared.ids import EngagementId, PlayerId, TenantId
from shared.messages.engagement import EngagementSpec
from shared.readmodels.activity_sessions import SessionRow
from shared.readmodels.ledger import PAGE_DEFINITIONS
from shared.testing.clock import NOON, FixedClock

STARLIGHT, MOONBASE = TenantId("starlight"), TenantId("moonbase")
SPRING = EngagementId("550e8400-e29b-41d4-a716-446655440000")
HASH = "3c" * 32


def until(seconds: int) -> SessionRow:
    return SessionRow(SPRING, PlayerId("rocket"), NOON, NOON + timedelta(seconds=seconds))


class Shelf:
    """The sessions' table, by heart."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], SessionRow] = {(STARLIGHT, HASH): until(60)}
        self.asked = 0

    async def session(self, tenant: TenantId, session_hash: str) -> SessionRow | None:
        self.asked += 1
        return self.rows.get((tenant, session_hash))


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def sessions(shelf: Shelf) -> Sessions:
    return Sessions(shelf, most=2)  # type: ignore[arg-type]


def after(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


async def test_a_session_is_looked_up_once_until_it_expires(sessions: Sessions, shelf: Shelf) -> None:
    for second in (0, 30, 59):
        assert await sessions.find(STARLIGHT, HASH, after(second)) == until(60)
    assert shelf.asked == 1


async def test_an_expired_one_is_looked_up_again_since_it_may_last_longer_now(sessions: Sessions, shelf: Shelf) -> None:
    await sessions.find(STARLIGHT, HASH, NOON)
    shelf.rows[STARLIGHT, HASH] = until(120)
    assert await sessions.find(STARLIGHT, HASH, after(59)) == until(60)
    assert await sessions.find(STARLIGHT, HASH, after(60)) == until(120)
    assert await sessions.find(STARLIGHT, HASH, after(119)) == until(120)
    assert await sessions.find(STARLIGHT, HASH, after(120)) == until(120), "expired, and told so"
    assert shelf.asked == 3


async def test_a_stranger_is_looked_up_every_time(sessions: Sessions, shelf: Shelf) -> None:
    assert await sessions.find(STARLIGHT, "00" * 32, NOON) is None
    assert await sessions.find(STARLIGHT, "00" * 32, NOON) is None
    assert shelf.asked == 2


async def test_a_session_of_one_tenant_is_unknown_at_another(sessions: Sessions) -> None:
    await sessions.find(STARLIGHT, HASH, NOON)
    assert await sessions.find(MOONBASE, HASH, NOON) is None


async def test_whoever_was_seen_longest_ago_is_forgotten_first(sessions: Sessions, shelf: Shelf) -> None:
    first, second, third = HASH, "4d" * 32, "5e" * 32
    shelf.rows |= {(STARLIGHT, second): until(60), (STARLIGHT, third): until(60)}
    for one in (first, second, first, third, first):
        await sessions.find(STARLIGHT, one, NOON)
    assert shelf.asked == 3
    await sessions.find(STARLIGHT, second, NOON)
    assert shelf.asked == 4


class Table:
    """The definitions' table, by heart."""

    def __init__(self) -> None:
        self.rows: list[StoredDefinition] = []

    def put(self, tenant: TenantId, key: str, *, removed: bool = False) -> None:
        spec = EngagementSpec(name=tenant)
        seq = len(self.rows) + 1
        self.rows.append(StoredDefinition(seq, tenant, spec.kind, key, seq, spec.model_dump_json(), removed))

    async def definitions_after(self, seq: int) -> Sequence[StoredDefinition]:
        return [row for row in self.rows if row.seq > seq][:PAGE_DEFINITIONS]


async def test_every_tenant_that_has_an_engagement_is_its_host_as_soon_as_it_is_defined() -> None:
    table, clock = Table(), FixedClock()
    hosts = Hosts(DefinitionFeed(DefinitionStore(), table, clock))  # type: ignore[arg-type]
    assert await hosts.of(SPRING) == []
    table.put(STARLIGHT, SPRING)
    clock.advance(timedelta(seconds=2 * FRESH_S))
    assert [host.tenant for host in await hosts.of(SPRING)] == [STARLIGHT]
    table.put(MOONBASE, SPRING)
    table.put(MOONBASE, "autumn")
    clock.advance(timedelta(seconds=2 * FRESH_S))
    assert [host.tenant for host in await hosts.of("autumn")] == [MOONBASE]
    assert {host.tenant for host in await hosts.of(SPRING)} == {STARLIGHT, MOONBASE}
    table.put(STARLIGHT, SPRING, removed=True)
    clock.advance(timedelta(seconds=2 * FRESH_S))
    assert await hosts.of("winter") == []
    assert [host.tenant for host in await hosts.of(SPRING)] == [MOONBASE]
