"""A key opens the doors of its tenant and no others; a tenant's keys share its bucket unless they have their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from services.gateway.acquaintances import Acquaintances
from services.gateway.feed import FRESH_S, DefinitionFeed
from services.gateway.keys import Caller, KeyRing
from shared.definitions import DefinitionStore
from shared.eventlog.rows import StoredDefinition
from shared.ids import PlayerId, TenantId
from shared.limits.port import Limit
from shared.messages.access import ApiKeySpec, TenantSpec, hash_of
from shared.messages.base import Spec
from shared.readmodels.ledger import PAGE_DEFINITIONS
from shared.testing.clock import FixedClock

STARLIGHT = TenantId("starlight")
SECRET = "wsk_test_" + "0" * 48


class Table:
    """The definitions' table and the players' table, by heart."""

    def __init__(self) -> None:
        self.rows: list[StoredDefinition] = []
        self.players: set[str] = set()
        self.asked = 0

    def put(self, tenant: str, key: str, spec: Spec, *, removed: bool = False) -> None:
        row = StoredDefinition(len(self.rows) + 1, tenant, spec.kind, key, 1, spec.model_dump_json(), removed)
        self.rows.append(row)

    async def definitions_after(self, seq: int) -> Sequence[StoredDefinition]:
        self.asked += 1
        return [row for row in self.rows if row.seq > seq][:PAGE_DEFINITIONS]

    async def player(self, tenant: TenantId, player: PlayerId) -> str | None:
        self.asked += 1
        return player if player in self.players else None


def key_of(**fields: Any) -> ApiKeySpec:
    return ApiKeySpec(secret_hash=hash_of(SECRET), **fields)


@pytest.fixture
def table() -> Table:
    found = Table()
    found.put("starlight", "starlight", TenantSpec(slug="starlight", brand="starlight"))
    return found


@pytest.fixture
def feed(table: Table) -> DefinitionFeed:
    return DefinitionFeed(DefinitionStore(), table, FixedClock())  # type: ignore[arg-type]


def ring(feed: DefinitionFeed, *, demo: bool = True) -> KeyRing:
    return KeyRing("engagement", feed, demo=demo)


async def found(table: Table, feed: DefinitionFeed, *, demo: bool = True, **fields: Any) -> Caller | None:
    table.put("starlight", "console", key_of(**fields))
    await feed.refresh()
    return await ring(feed, demo=demo).find(SECRET)


async def test_a_key_names_its_tenant_its_scopes_and_who_it_is(table: Table, feed: DefinitionFeed) -> None:
    caller = await found(table, feed, scopes=("players:read",))
    assert caller is not None
    assert (caller.tenant, caller.actor, caller.suspended) == ("starlight", "key:console", False)
    assert caller.may("players:read")
    assert not caller.may("players:write")


async def test_every_scope_is_every_scope(table: Table, feed: DefinitionFeed) -> None:
    caller = await found(table, feed)
    assert caller is not None
    assert caller.may("anything:at_all")


async def test_a_revoked_key_opens_nothing(table: Table, feed: DefinitionFeed) -> None:
    assert await found(table, feed, status="revoked") is None


async def test_a_demo_key_opens_nothing_in_production(table: Table, feed: DefinitionFeed) -> None:
    assert await found(table, feed, demo=True) is not None
    assert await ring(feed, demo=False).find(SECRET) is not None
    table.put("starlight", "console", key_of(demo=True))
    await feed.refresh()
    assert await ring(feed, demo=False).find(SECRET) is None
    assert await ring(feed, demo=True).find(SECRET) is not None


async def test_a_key_of_nobody_opens_nothing(table: Table, feed: DefinitionFeed) -> None:
    table.put("moonbase", "console", key_of())
    await feed.refresh()
    assert await ring(feed).find(SECRET) is None


async def test_a_key_that_was_made_this_moment_is_found_and_a_wrong_one_asks_rarely(
    table: Table, feed: DefinitionFeed
) -> None:
    doors = ring(feed)
    table.put("starlight", "console", key_of())
    assert await doors.find(SECRET) is not None
    asked = table.asked
    for n in range(100):
        assert await doors.find(f"wsk_test_{n}") is None
    assert table.asked == asked, f"within {FRESH_S} s nobody asks again"


async def test_keys_with_the_usual_rate_share_the_tenants_bucket(table: Table, feed: DefinitionFeed) -> None:
    usual = await found(table, feed)
    own = await found(table, feed, burst=5, per_second=1)
    assert usual is not None
    assert own is not None
    assert usual.bucket == "engagement/starlight"
    assert own.bucket == "engagement/starlight/console"
    assert own.limit is not None
    assert (own.limit.burst, own.limit.count) == (5, 1)


async def test_at_a_door_that_limits_each_key_they_share_nothing(table: Table, feed: DefinitionFeed) -> None:
    table.put("starlight", "usual", key_of(door="activities"))
    await feed.refresh()
    each = Limit(burst=1_000, count=1_000, period_ms=60_000)
    usual = await KeyRing("activities", feed, demo=True, each=each).find(SECRET)
    assert usual is not None
    assert (usual.bucket, usual.limit) == ("activities/starlight/usual", each)
    table.put("starlight", "usual", key_of(door="activities", burst=5, per_second=1))
    await feed.refresh()
    own = await KeyRing("activities", feed, demo=True, each=each).find(SECRET)
    assert own is not None
    assert own.limit == Limit(burst=5, count=1)
    assert await ring(feed).find(SECRET) is None, "another door's"


async def test_a_long_history_is_read_page_by_page(table: Table, feed: DefinitionFeed) -> None:
    for _ in range(PAGE_DEFINITIONS + 3):
        table.put("starlight", "console", key_of())
    await feed.refresh()
    assert feed.store.seq == len(table.rows)


async def test_who_was_seen_is_not_looked_up_again_and_a_stranger_is(table: Table) -> None:
    known = Acquaintances(table, most=2)  # type: ignore[arg-type]
    table.players = {"rocket", "groot", "gamora"}
    rocket, groot, gamora = PlayerId("rocket"), PlayerId("groot"), PlayerId("gamora")
    assert [await known.has(STARLIGHT, rocket) for _ in range(3)] == [True] * 3
    assert table.asked == 1
    assert [await known.has(STARLIGHT, PlayerId("ego")) for _ in range(2)] == [False] * 2
    assert table.asked == 3
    assert await known.has(STARLIGHT, groot)
    assert await known.has(STARLIGHT, rocket)
    assert await known.has(STARLIGHT, gamora)
    asked = table.asked
    assert await known.has(STARLIGHT, rocket)
    assert table.asked == asked, "the one who was asked for longest ago was forgotten, and rocket was not"
    assert await known.has(STARLIGHT, groot)
    assert table.asked == asked + 1
