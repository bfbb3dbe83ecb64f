"""What a player was given: it waits, is claimed once, and what comes out of a crate can be checked by anybody."""

from __future__ import annotations

import asyncio
import uuid
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from shared.cli import draws
from shared.ids import AssetId, GrantId, PlayerId
from shared.messages.grant import Gift, GiveGrant
from shared.messages.reward_table import CrateEntry, CurrencyEntry, ItemEntry
from tests.stories import aside
from tests.stories.arcade import Arcade, Gamer, data, told
from tests.stories.town import eventually

pytestmark = pytest.mark.postgres

COINS: Final = CurrencyEntry(asset=AssetId("coins"), amount=50)
SWORDS: Final = ItemEntry(item=AssetId("sword"), quantity=2)
CRATE: Final = CrateEntry(crate=AssetId("crate_basic"), quantity=1)
FIELDS: Final = [
    "id", "kind", "contents", "sourceKind", "sourceRefId", "parentGrantId", "status", "rolledAt", "claimedAt",
    "expiresAt", "createdAt",
]  # fmt: skip


async def give(arcade: Arcade, *entries: Any, player: str = "rocket", expires_at: datetime | None = None) -> str:
    """As the game's own server would."""
    id_ = str(uuid.uuid4())
    kind: Any = "crate" if isinstance(entries[0], CrateEntry) else "reward"
    gift = Gift(grant_id=GrantId(id_), kind=kind, entries=entries, source_kind="api", expires_at=expires_at)
    reply = await aside.told(arcade.town, "ledger", GiveGrant(player=PlayerId(player), gift=gift), player)
    assert reply.outcome == "done", reply
    return id_


async def test_what_was_given_waits_and_is_claimed_into_wallet_and_inventory(arcade: Arcade, rocket: Gamer) -> None:
    assert await rocket.pending() == []
    id_ = await give(arcade, COINS, SWORDS)
    [waiting] = await rocket.pending()
    assert list(waiting) == FIELDS
    assert (waiting["id"], waiting["kind"], waiting["sourceKind"], waiting["status"]) == (
        id_, "reward", "api", "pending"
    )  # fmt: skip
    assert waiting["contents"] == {
        "entries": [
            {"type": "currency", "currencyKey": "coins", "amount": 50},
            {"type": "item", "itemKey": "sword", "quantity": 2},
        ]
    }
    assert waiting["claimedAt"] is waiting["expiresAt"] is waiting["parentGrantId"] is waiting["sourceRefId"] is None
    before = await rocket.wallet()
    claimed = data(await rocket.post(f"grants/{id_}/claim"))
    assert claimed == waiting | {"status": "claimed", "claimedAt": claimed["claimedAt"]}
    assert claimed["claimedAt"] is not None
    assert await rocket.wallet() == before | {"coins": before.get("coins", 0) + 50}
    assert await rocket.inventory() == {"sword": 2}
    assert await rocket.pending() == []


async def test_claiming_again_answers_the_same_row_and_gives_nothing(arcade: Arcade, rocket: Gamer) -> None:
    id_ = await give(arcade, COINS)
    answers = await asyncio.gather(*(rocket.post(f"grants/{id_}/claim") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert (await rocket.wallet())["coins"] == 50
    first = await rocket.post(f"grants/{id_}/claim", "same")
    assert first.content == (await rocket.post(f"grants/{id_}/claim", "same")).content == answers[0].content
    no_body = await arcade.town.nobody.post(f"{rocket.path}/grants/{id_}/claim", headers=rocket.headers)
    assert no_body.content == first.content


async def test_the_newest_are_listed_first_and_so_many_as_are_asked_for(arcade: Arcade, rocket: Gamer) -> None:
    given = [await give(arcade, COINS) for _ in range(4)]
    assert [grant["id"] for grant in await rocket.pending()] == given[::-1]
    assert [grant["id"] for grant in await rocket.pending(limit=2)] == given[:1:-1]
    for limit in ("0", "201", "x", "1.5", ""):
        assert told(await rocket.get("pending-grants", limit=limit)) == (400, "validation_failed"), limit


async def test_another_players_grant_is_nobodys(arcade: Arcade, rocket: Gamer) -> None:
    groot = await arcade.gamer("groot")
    reward, crate = await give(arcade, COINS), await give(arcade, CRATE)
    for id_ in (reward, crate, str(uuid.uuid4()), "no-uuid"):
        assert told(await groot.post(f"grants/{id_}/claim")) == (404, "not_found")
        assert told(await groot.post(f"crates/{id_}/open")) == (404, "not_found")
        assert told(await groot.get(f"grants/{id_}/proof")) == (404, "not_found")
    assert await groot.pending() == []


async def test_a_crate_is_opened_and_what_was_in_it_is_claimed_by_itself(arcade: Arcade, rocket: Gamer) -> None:
    id_ = await give(arcade, CRATE)
    [waiting] = await rocket.pending()
    assert (waiting["kind"], waiting["contents"]["entries"]) == (
        "crate", [{"type": "crate", "crateItemKey": "crate_basic", "quantity": 1}]
    )  # fmt: skip
    opened = data(await rocket.post(f"crates/{id_}/open"))
    assert list(opened) == ["crate", "contents"]
    crate, contents = opened["crate"], opened["contents"]
    assert list(crate) == list(contents) == FIELDS
    assert (crate["id"], crate["status"]) == (id_, "claimed")
    assert (contents["kind"], contents["status"], contents["parentGrantId"], contents["sourceKind"]) == (
        "reward", "pending", id_, "crate"
    )  # fmt: skip
    assert contents["contents"]["entries"] in (
        [{"type": "currency", "currencyKey": "coins", "amount": 100}],
        [{"type": "item", "itemKey": "sword", "quantity": 1}],
    )
    assert await rocket.pending() == [contents]
    again = await rocket.post(f"crates/{id_}/open")
    assert data(again)["contents"] == contents
    assert data(await rocket.post(f"grants/{contents['id']}/claim"))["status"] == "claimed"
    assert await rocket.pending() == []
    assert (await rocket.wallet()).get("coins", 0) == 100 or await rocket.inventory() == {"sword": 1}


async def test_a_crate_is_not_claimed_and_a_reward_is_not_opened(arcade: Arcade, rocket: Gamer) -> None:
    reward, crate = await give(arcade, COINS), await give(arcade, CRATE)
    assert told(await rocket.post(f"grants/{crate}/claim")) == (409, "conflict")
    assert told(await rocket.post(f"crates/{reward}/open")) == (409, "conflict")
    assert told(await rocket.get(f"grants/{reward}/proof")) == (404, "not_found")


async def test_the_proof_of_a_crate_shows_its_promise_first_and_can_be_checked_afterwards(
    arcade: Arcade, rocket: Gamer
) -> None:
    id_ = await give(arcade, CRATE)
    before = data(await rocket.get(f"grants/{id_}/proof"))
    assert before["serverSeed"] is before["contents"] is None
    assert before["crateItemKey"] == "crate_basic"
    opened = data(await rocket.post(f"crates/{id_}/open"))
    answer = await rocket.get(f"grants/{id_}/proof")
    after = data(answer)
    assert after["serverSeedHash"] == before["serverSeedHash"]
    assert after["contentsGrantId"] == opened["contents"]["id"]
    assert after["contents"] == opened["contents"]["contents"]
    checked = draws.completed(answer.json(), "crate", None, "", "")
    assert draws.verified(checked).problems == ()
    other = {"entries": [{"type": "currency", "currencyKey": "coins", "amount": 1_000}]}
    assert draws.verified({**checked, "contents": other}).problems


async def test_what_has_expired_can_be_neither_claimed_nor_opened(arcade: Arcade, rocket: Gamer) -> None:
    soon = arcade.clock.now() + timedelta(minutes=1)
    reward, crate = await give(arcade, COINS, expires_at=soon), await give(arcade, CRATE, expires_at=soon)
    [newest, _] = await rocket.pending()
    assert datetime.fromisoformat(newest["expiresAt"]) == soon
    arcade.wait(timedelta(minutes=2))
    assert told(await rocket.post(f"grants/{reward}/claim")) == (409, "conflict")
    assert told(await rocket.post(f"crates/{crate}/open")) == (409, "conflict")

    async def gone() -> bool:
        return await rocket.pending() == []

    await eventually("nothing waits any more", gone)


async def test_a_grant_that_was_claimed_under_one_key_is_another_wish_under_another_path(
    arcade: Arcade, rocket: Gamer
) -> None:
    one, two = await give(arcade, COINS), await give(arcade, COINS)
    assert data(await rocket.post(f"grants/{one}/claim", "same"))["id"] == one
    assert data(await rocket.post(f"grants/{two}/claim", "same"))["id"] == two
    assert (await rocket.wallet())["coins"] == 100
