"""Grants in a live town: given once whoever asks, claimed once, expired on their own, and their crates given too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from shared.bus.memory import MemoryBus
from shared.database import Pool, Target
from shared.ids import PlayerId, TenantId
from shared.messages.grant import GiveGrants, Grant, GrantsAnswer
from shared.readmodels.grants import GrantViews
from tests.stories import gifts
from tests.stories.accounts import asked
from tests.stories.house import Ahead, gateway
from tests.stories.town import PARTITIONS, Town, eventually

pytestmark = pytest.mark.postgres

STARLIGHT, ROCKET = TenantId("starlight"), PlayerId("rocket")


@pytest.fixture
async def town(tables: str) -> AsyncIterator[Town]:
    async with gateway(tables) as found:
        found.parts.clock = clock = Ahead()
        assert isinstance(found.parts.bus, MemoryBus)
        found.parts.bus._now = clock.now
        async with found.workers():
            await eventually("the town is ready", found.ready)
            await found.settle()
            await gifts.things(found)
            yield found


@pytest.fixture
async def views(tables: str) -> AsyncIterator[GrantViews]:
    pool = Pool(Target(tables, application="story"), most=1)
    yield GrantViews(pool, PARTITIONS)
    await pool.close()


async def give(town: Town, *about: str, player: str = "rocket") -> list[Grant]:
    wish = GiveGrants(player=PlayerId(player), gifts=tuple(gifts.gift(one) for one in about))
    answer = await asked(town, wish, player, f"{about}-given")
    assert answer.status_code == 201, answer.text
    return list(GrantsAnswer.model_validate_json(answer.content).grants)


async def test_a_grant_reads_as_it_was_told(town: Town, views: GrantViews) -> None:
    (told,) = await give(town, "first")
    assert await views.one(STARLIGHT, ROCKET, told.grant_id) == told
    assert await views.one(STARLIGHT, PlayerId("groot"), told.grant_id) is None
    assert await views.one(TenantId("moonbase"), ROCKET, told.grant_id) is None
    crate = (await gifts.give(town, "second", "second")).json()["grants"][1]
    found = await views.one(STARLIGHT, ROCKET, crate["grant_id"])
    assert found is not None
    assert found.proof is not None
    assert (found.proof.server_seed_hash, found.proof.server_seed) == (crate["proof"]["server_seed_hash"], None)


async def test_what_waits_is_listed_newest_first_and_what_was_claimed_is_not(town: Town, views: GrantViews) -> None:
    given = [(await give(town, name))[0] for name in ("a", "b", "c")]
    assert await views.pending(STARLIGHT, ROCKET, 200) == given[::-1]
    assert await views.pending(STARLIGHT, ROCKET, 2) == given[:0:-1]
    assert (await gifts.claim(town, "b", "claim")).status_code == 201
    assert [grant.grant_id for grant in await views.pending(STARLIGHT, ROCKET, 200)] == [
        given[2].grant_id,
        given[0].grant_id,
    ]
    recent = await views.recent(STARLIGHT, ROCKET)
    assert [(grant.grant_id, grant.status) for grant in recent] == [
        (given[2].grant_id, "pending"),
        (given[1].grant_id, "claimed"),
        (given[0].grant_id, "pending"),
    ]
    assert await views.recent(STARLIGHT, ROCKET, 1) == given[2:]


async def test_a_stranger_is_given_all_the_same(town: Town, views: GrantViews) -> None:
    given = await give(town, "gift", player="stranger")
    assert await views.pending(STARLIGHT, PlayerId("stranger"), 10) == given
    assert await views.pending(STARLIGHT, PlayerId("nobody"), 10) == []


async def test_many_who_ask_for_the_same_at_once_give_it_once(town: Town, views: GrantViews) -> None:
    answers = await asyncio.gather(*(gifts.give_one(town, "gift", f"key {n}") for n in range(10)))
    assert sorted(answer.json()["created"] for answer in answers) == [False] * 9 + [True]
    claims = await asyncio.gather(*(gifts.claim(town, "gift", f"key {n}") for n in range(10)))
    assert len({answer.content for answer in claims}) == 1
    assert await town.balance() == 10_000 + gifts.AMOUNT
    assert await town.events("grant.%") == 2
    assert len(await views.recent(STARLIGHT, ROCKET)) == 1


async def test_crates_among_what_was_claimed_come_on_their_own(town: Town, views: GrantViews) -> None:
    wish = GiveGrants(player=ROCKET, gifts=(gifts.gift("mixed", gifts.COINS, gifts.CRATE),))
    assert (await asked(town, wish, "rocket", "mixed")).status_code == 201
    assert (await gifts.claim(town, "mixed", "claim")).status_code == 201

    async def there() -> bool:
        return bool(await views.pending(STARLIGHT, ROCKET, 10))

    await eventually("the crate is there", there)
    (crate,) = await views.pending(STARLIGHT, ROCKET, 10)
    assert (crate.kind, crate.parent) == ("crate", gifts.named("mixed"))
    assert crate.server_seed_hash is not None
    assert await town.balance() == 10_000 + gifts.AMOUNT


async def test_where_a_game_gives_freely_it_arrives_at_once(town: Town, views: GrantViews) -> None:
    spec = {"slug": "starlight", "brand": "starlight", "environment": "test", "inventory": "permissive"}
    assert (await town.put("tenant", "starlight", spec)).status_code == 200
    (told,) = await give(town, "gift")
    assert (told.status, told.acked_by) == ("claimed", None)
    assert await views.recent(STARLIGHT, ROCKET) == [told]
    assert await town.balance() == 10_000 + gifts.AMOUNT


async def test_a_grant_expires_when_its_time_is_over(town: Town, views: GrantViews) -> None:
    clock = town.parts.clock
    assert isinstance(clock, Ahead)
    ends = clock.now() + timedelta(hours=1)
    wish = GiveGrants(player=ROCKET, gifts=(gifts.gift("short", expires_at=ends), gifts.gift("long")))
    assert (await asked(town, wish, "rocket", "given")).status_code == 201
    clock.by += timedelta(hours=2)

    async def expired() -> bool:
        found = await views.one(STARLIGHT, ROCKET, gifts.named("short"))
        return found is not None and found.status == "expired"

    await eventually("it has expired", expired)
    (waiting,) = await views.pending(STARLIGHT, ROCKET, 10)
    assert waiting.grant_id == gifts.named("long")
    late = await gifts.claim(town, "short", "late")
    assert (late.status_code, late.json()["code"]) == (409, "grant_expired")
    assert await town.balance() == 10_000
