"""A game's players: what is kept of their secret and name, what a ban shuts, and what an erasure leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.cli.rebuild import rebuild
from shared.database import Pool, Target
from shared.ids import AssetId, PlayerId, TenantId
from shared.messages.player import CreatePlayer, Person
from shared.messages.wallet import DebitWallet
from shared.readmodels.sdk_players import Identity, SdkPlayerViews
from tests.stories import accounts
from tests.stories.aside import STARLIGHT
from tests.stories.town import PARTITIONS, Town

pytestmark = pytest.mark.postgres

ROCKET, GROOT = PlayerId("rocket"), PlayerId("groot")
HASH = "5c" * 32


@pytest.fixture
async def views(town: Town) -> AsyncIterator[SdkPlayerViews]:
    pool = Pool(Target(town.parts.dsn))
    try:
        yield SdkPlayerViews(pool, PARTITIONS)
    finally:
        await pool.close()


async def kept(town: Town, player: str) -> dict[str, str]:
    """What stands beside the log of this person."""
    rows = await town.sql(f"select field, value from ledger.personal where player = '{player}'")
    return {str(field): str(value) for field, value in rows}


async def test_a_registered_player_is_read_in_one_row_with_what_is_kept_of_the_secret(
    town: Town, views: SdkPlayerViews
) -> None:
    assert await views.player(STARLIGHT, GROOT) is None
    before = await views.player(STARLIGHT, ROCKET)
    assert before is not None
    assert (before.secret_hash, before.registered_at, before.standing) == (None, None, "active")
    for player in (ROCKET, GROOT):
        assert (await accounts.register(town, player, f"{player}-1")).status_code == 201
    assert (await accounts.register(town, GROOT, "groot-1")).status_code == 200
    refused = await accounts.register(town, GROOT, "groot-2")
    assert (refused.status_code, refused.json()["code"]) == (409, "player_already_registered")
    for player in (ROCKET, GROOT):
        found = await views.player(STARLIGHT, player)
        assert found is not None
        assert (found.player, found.secret_hash, found.secret_prefix) == (player, HASH, HASH[:8])
        assert found.registered_at is not None
        assert (found.rotated_at, found.banned, found.erased_at, found.standing) == (None, False, None, "active")


async def test_many_players_are_looked_up_at_once_and_told_in_the_order_that_was_asked(
    town: Town, views: SdkPlayerViews
) -> None:
    await accounts.register(town, GROOT, "groot")
    asked = [(STARLIGHT, GROOT), (STARLIGHT, PlayerId("nobody")), (STARLIGHT, ROCKET), (STARLIGHT, GROOT)]
    groot, nobody, rocket, again = await views.players([*asked])
    assert (groot is not None, nobody, rocket is not None) == (True, None, True)
    assert groot == again == await views.player(STARLIGHT, GROOT)
    assert rocket == await views.player(STARLIGHT, ROCKET)
    assert await views.player(TenantId("moonbase"), ROCKET) is None


async def test_the_names_of_many_players_are_read_at_once(town: Town, views: SdkPlayerViews) -> None:
    await accounts.register(town, GROOT, "groot")
    assert await views.identities(STARLIGHT, [ROCKET, GROOT]) == {}
    assert (await accounts.set_identity(town, "Captain Rocket", "name")).status_code == 201
    assert await views.identities(STARLIGHT, [ROCKET, GROOT]) == {ROCKET: Identity("Captain Rocket", None)}
    assert await views.identities(STARLIGHT, []) == {}


async def test_a_ban_shuts_every_door_at_once_and_opens_them_when_it_is_taken_back(
    town: Town, views: SdkPlayerViews
) -> None:
    assert (await town.open_box()).status_code == 201
    assert (await accounts.ban(town, ROCKET, "ban")).json() == {"player": "rocket", "banned": True, "applied": True}
    box, entry = await town.open_box(), await accounts.enter(town, "high-roller", "enter")
    assert (box.status_code, box.json()["code"]) == (409, "PLAYER_BLOCKED")
    assert entry.json() == {"code": "player_blocked"}
    found = await views.player(STARLIGHT, ROCKET)
    assert found is not None
    assert (found.banned, found.status, found.standing) == (True, "active", "banned")
    assert (await accounts.unban(town, ROCKET, "unban")).json()["banned"] is False
    assert (await town.open_box()).status_code == 201


async def test_the_reason_of_a_ban_stands_beside_the_log_until_it_is_taken_back(town: Town) -> None:
    await accounts.ban(town, ROCKET, "ban")
    assert await kept(town, ROCKET) == {"ban_reason": "two accounts"}
    for table in ("events", "replies", "outbox"):
        assert await town.sql(f"select 1 from ledger.{table} t where t::text like '%two accounts%'") == []
    await accounts.unban(town, ROCKET, "unban")
    assert await kept(town, ROCKET) == {}


async def test_an_erased_player_is_nobody_any_more_and_the_books_still_balance(
    town: Town, views: SdkPlayerViews
) -> None:
    person = Person(email="rocket@example.com", date_of_birth="2014-07-31")
    await accounts.asked(town, CreatePlayer(player=ROCKET, external_ref="crm-89", person=person), ROCKET, "person")
    await accounts.register(town, ROCKET, "register")
    await accounts.set_identity(town, "Captain Rocket", "name")
    assert await kept(town, ROCKET) == {
        "email": "rocket@example.com", "date_of_birth": "2014-07-31", "display_name": "Captain Rocket",
    }  # fmt: skip
    first = (await accounts.erase(town, ROCKET, "erase")).json()
    assert first["status"] == "erased"
    again = (await accounts.erase(town, ROCKET, "again")).json()
    assert again == {**first, "status": "no_op_already_erased"}
    nobody = (await accounts.erase(town, "nobody", "nobody")).json()
    assert nobody == {"player": "nobody", "status": "no_op_never_existed", "deleted_at": None}
    assert await kept(town, ROCKET) == {}
    assert await town.sql("select 1 from ledger.registrations") == []
    assert await views.identities(STARLIGHT, [ROCKET]) == {}
    found = await views.player(STARLIGHT, ROCKET)
    assert found is not None
    assert (found.secret_hash, found.standing, found.erased_at is not None) == (None, "banned", True)
    assert await town.sql("select external_ref from ledger.players where player = 'rocket'") == [(None,)]
    assert [row.balance for row in await views.holdings(STARLIGHT, ROCKET) if row.asset == "WINZ"] == [10_000]
    refused = await accounts.register(town, ROCKET, "anew")
    assert (refused.status_code, refused.json()["code"]) == (409, "player_blocked")


async def test_entering_takes_all_that_it_costs_and_gives_it_back(town: Town) -> None:
    assert (await accounts.enter(town, "high-roller", "one")).status_code == 201
    assert (await accounts.enter(town, "high-roller", "one")).status_code == 200
    assert await town.balance() == 10_000 - accounts.COST
    await accounts.give_back(town, "closed", "back")
    assert await town.balance() == 10_000


async def test_what_a_player_holds_says_since_when_also_after_all_of_it_went_and_came_again(
    town: Town, views: SdkPlayerViews, tables: str
) -> None:
    def wallet(rows: list[Any]) -> dict[str, Any]:
        return {row.asset: row for row in rows}

    assert (await town.put("item", "sword", {"name": "Sword"})).status_code == 200
    before = wallet(await views.holdings(STARLIGHT, ROCKET))
    assert sorted(before) == ["USD", "WINZ"]
    takes = DebitWallet.model_validate({"player": "rocket", "asset": "WINZ", "amount": 10_000, "account": "gifts"})
    assert (await accounts.asked(town, takes, ROCKET, "all")).status_code == 201
    emptied = wallet(await views.holdings(STARLIGHT, ROCKET))[AssetId("WINZ")]
    assert (emptied.balance, emptied.created_at) == (0, before["WINZ"].created_at)
    credit = {"asset": "WINZ", "amount": 7, "idempotency_key": "some"}
    path, headers = "/admin/v1/players/rocket/credit", {"X-Tenant": "starlight"}
    assert (await town.admin.post(path, json=credit, headers=headers)).status_code == 201
    after = wallet(await views.holdings(STARLIGHT, ROCKET))[AssetId("WINZ")]
    assert (after.balance, after.created_at) == (7, before["WINZ"].created_at)
    assert after.updated_at > after.created_at
    await town.sql("delete from ledger.holdings")
    await rebuild(tables, "ledger", "holdings")
    assert wallet(await views.holdings(STARLIGHT, ROCKET))["WINZ"] == after
