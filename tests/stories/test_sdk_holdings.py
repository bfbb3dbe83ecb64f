"""What a player holds, and how a game takes of it: never more than there is, and once."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx
import pytest

from shared.ids import AssetId, PlayerId
from shared.messages.item import INVENTORY
from shared.messages.wallet import CreditWallet
from tests.stories import aside
from tests.stories.arcade import Arcade, Gamer, data, told
from tests.stories.town import eventually

pytestmark = pytest.mark.postgres


async def give(arcade: Arcade, item: str, quantity: int, player: str = "rocket") -> None:
    """As the game's own server would."""
    wish = CreditWallet(player=PlayerId(player), asset=AssetId(item), amount=quantity, account=INVENTORY)
    reply = await aside.told(arcade.town, "ledger", wish, player)
    assert reply.outcome == "done", reply


async def game_is(arcade: Arcade, inventory: str) -> None:
    """Who keeps the items of the demo's game from now on."""
    spec = {"slug": "starlight", "brand": "starlight", "environment": "test", "inventory": inventory}
    await arcade.put("tenant", "starlight", spec)


async def test_the_wallet_has_currencies_and_the_inventory_has_items(arcade: Arcade, rocket: Gamer) -> None:
    await give(arcade, "potion", 3)
    wallet = data(await rocket.get("wallet"))["wallet"]
    balances = {row["economyKey"]: row["balance"] for row in wallet}
    assert balances | {"WINZ": 10_000, "USD": 10_000, "gems": 500} == balances
    [gems] = [row for row in wallet if row["economyKey"] == "gems"]
    assert list(gems) == ["economyKey", "balance", "metadata", "createdAt", "updatedAt"]
    assert gems["metadata"] == {}
    assert gems["createdAt"] <= gems["updatedAt"]
    [potion] = data(await rocket.get("inventory"))["items"]
    assert list(potion) == ["itemKey", "quantity", "metadata", "createdAt", "updatedAt"]
    assert (potion["itemKey"], potion["quantity"], potion["metadata"]) == ("potion", 3, {})


async def test_an_emptied_currency_still_shows_and_an_emptied_item_does_not(arcade: Arcade, rocket: Gamer) -> None:
    await give(arcade, "potion", 3)
    created = data(await rocket.get("inventory"))["items"][0]["createdAt"]
    assert data(await rocket.post("wallet/gems/debit", amount=500)) == {
        "economyKey": "gems", "balance": 0, "applied": True
    }  # fmt: skip
    assert data(await rocket.post("inventory/potion/consume", quantity=1, reason="thirst")) == {
        "itemKey": "potion", "quantity": 2, "applied": True
    }  # fmt: skip
    [potion] = data(await rocket.get("inventory"))["items"]
    assert potion["createdAt"] == created <= potion["updatedAt"]
    assert data(await rocket.post("inventory/potion/consume", quantity=2))["quantity"] == 0
    assert (await rocket.wallet())["gems"] == 0
    assert await rocket.inventory() == {}


async def test_never_more_than_there_is(arcade: Arcade, rocket: Gamer) -> None:
    await give(arcade, "potion", 1)
    before = await arcade.town.events("wallet.%")
    assert told(await rocket.post("wallet/gems/debit", amount=501)) == (409, "conflict")
    assert told(await rocket.post("inventory/potion/consume", quantity=2)) == (409, "conflict")
    assert told(await rocket.post("inventory/sword/consume", quantity=1)) == (409, "conflict")
    assert await arcade.town.events("wallet.%") == before


async def test_a_hundred_at_once_take_what_there_is_and_no_more(arcade: Arcade, rocket: Gamer) -> None:
    answers = await asyncio.gather(*(rocket.post("wallet/gems/debit", amount=10) for _ in range(100)))
    assert Counter(answer.status_code for answer in answers) == {200: 50, 409: 50}
    assert (await rocket.wallet())["gems"] == 0


async def test_a_repeat_changes_nothing_and_answers_the_same(arcade: Arcade, rocket: Gamer) -> None:
    await give(arcade, "potion", 5)
    pairs: list[tuple[httpx.Response, httpx.Response]] = []
    for path, body in (("wallet/gems/debit", {"amount": 50}), ("inventory/potion/consume", {"quantity": 2})):
        first = await rocket.post(path, "once", **body)
        pairs.append((first, await rocket.post(path, "once", **body)))
        other = {name: value + 1 for name, value in body.items()}
        assert told(await rocket.post(path, "once", **other)) == (409, "idempotency_conflict")
    assert all(first.content == again.content and first.status_code == 200 for first, again in pairs)
    assert (await rocket.wallet())["gems"] == 450
    assert await rocket.inventory() == {"potion": 3}


async def test_a_refusal_is_not_remembered(arcade: Arcade, rocket: Gamer) -> None:
    assert told(await rocket.post("inventory/potion/consume", "again", quantity=1)) == (409, "conflict")
    await give(arcade, "potion", 1)
    assert data(await rocket.post("inventory/potion/consume", "again", quantity=1))["quantity"] == 0


async def test_one_key_is_another_wish_for_another_player_or_thing(arcade: Arcade, rocket: Gamer) -> None:
    groot = await arcade.gamer("groot")
    for gamer, asset in ((rocket, "gems"), (rocket, "WINZ"), (groot, "gems")):
        before = (await gamer.wallet())[asset]
        assert data(await gamer.post(f"wallet/{asset}/debit", "same", amount=1))["balance"] == before - 1


async def test_an_item_is_no_currency_and_a_currency_no_item(arcade: Arcade, rocket: Gamer) -> None:
    for path in ("wallet/sword/debit", "wallet/nothing/debit"):
        assert told(await rocket.post(path, amount=1)) == (404, "not_found"), path
    for path in ("inventory/gems/consume", "inventory/nothing/consume"):
        assert told(await rocket.post(path, quantity=1)) == (404, "not_found"), path
    assert told(await rocket.post("inventory/no%2Fid/consume", quantity=1)) == (400, "validation_failed")


async def test_a_quantity_is_a_whole_number_above_zero(arcade: Arcade, rocket: Gamer) -> None:
    for quantity in (0, -1, 1.5, "1", None, True, 2**53 + 1):
        assert told(await rocket.post("inventory/sword/consume", quantity=quantity)) == (400, "validation_failed")
        assert told(await rocket.post("wallet/gems/debit", amount=quantity)) == (400, "validation_failed")
    assert told(await rocket.post("wallet/gems/debit")) == (400, "validation_failed")
    assert told(await rocket.post("wallet/gems/debit", amount=1, colour="red")) == (400, "validation_failed")
    assert told(await rocket.post("wallet/gems/debit", amount=1, reason="r" * 501)) == (400, "validation_failed")


async def test_there_is_no_way_to_make_money_here(arcade: Arcade, rocket: Gamer) -> None:
    assert told(await rocket.post("wallet/gems/credit", amount=1)) == (404, "not_found")


async def test_players_give_themselves_items_only_where_the_game_permits_it(arcade: Arcade, rocket: Gamer) -> None:
    assert told(await rocket.post("inventory/sword/grant", quantity=2)) == (403, "inventory_not_permissive")
    await game_is(arcade, "permissive")

    async def permitted() -> bool:
        return (await rocket.post("inventory/sword/grant", "self", quantity=2)).status_code == 200

    await eventually("the gateway knows", permitted)
    again = await rocket.post("inventory/sword/grant", "self", quantity=2)
    assert data(again) == {"itemKey": "sword", "quantity": 2, "applied": True}
    assert await rocket.inventory() == {"sword": 2}
    assert told(await rocket.post("inventory/gems/grant", quantity=2)) == (404, "not_found")


async def test_where_the_studio_keeps_the_items_there_are_none_here(arcade: Arcade, rocket: Gamer) -> None:
    await give(arcade, "potion", 1)
    await game_is(arcade, "studio")

    async def empty() -> bool:
        return await rocket.inventory() == {}

    await eventually("the gateway knows", empty)
    assert (await rocket.wallet())["gems"] == 500
