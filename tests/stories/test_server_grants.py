"""A game's own server gives its players grants, once each, and says when one has arrived."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.stories.arcade import Arcade, Gamer, data, told
from tests.stories.servers import NEVER, GameServer, of

pytestmark = pytest.mark.postgres

COINS = {"type": "currency", "currencyKey": "coins", "amount": 50}
SWORD = {"type": "item", "itemKey": "sword", "quantity": 1}
CRATE = {"type": "crate", "crateItemKey": "crate_basic", "quantity": 1}
GIVEN: dict[str, Any] = {"kind": "reward", "entries": [COINS, SWORD], "sourceKind": "api"}


async def test_a_grant_waits_for_its_player_until_it_is_claimed(server: GameServer, rocket: Gamer) -> None:
    grant = data(await server.post(of("rocket", "grants"), **GIVEN, sourceRefId="support-7"), 201)
    assert grant == {
        "id": grant["id"],
        "kind": "reward",
        "contents": {"entries": [COINS, SWORD]},
        "sourceKind": "api",
        "sourceRefId": "support-7",
        "parentGrantId": None,
        "status": "pending",
        "rolledAt": grant["createdAt"],
        "claimedAt": None,
        "expiresAt": None,
        "createdAt": grant["createdAt"],
    }
    assert await rocket.pending() == [grant]
    assert data(await rocket.post(f"grants/{grant['id']}/claim"))["status"] == "claimed"
    assert (await rocket.wallet())["coins"] == 50
    assert await rocket.inventory() == {"sword": 1}


async def test_the_same_key_gives_once(server: GameServer, rocket: Gamer) -> None:
    path = of("rocket", "grants")
    first = await server.post(path, "k-1", **GIVEN)
    again = await server.post(path, "k-1", **GIVEN)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert told(await server.post(path, "k-1", **GIVEN | {"entries": [COINS]})) == (409, "idempotency_conflict")
    assert len(await rocket.pending()) == 1


async def test_a_repeat_is_answered_also_once_the_grant_has_expired(
    arcade: Arcade, server: GameServer, rocket: Gamer
) -> None:
    wish = GIVEN | {"expiresAt": (arcade.clock.now() + timedelta(hours=1)).isoformat()}
    first = await server.post(of("rocket", "grants"), "k-1", **wish)
    arcade.wait(timedelta(hours=2))
    again = await server.post(of("rocket", "grants"), "k-1", **wish)
    assert (first.status_code, again.status_code) == (201, 200), again.text
    assert first.json() == again.json()


async def test_an_amount_may_be_left_to_chance(server: GameServer) -> None:
    between = COINS | {"amount": {"min": 10, "max": 30, "step": 10}}
    grant = data(await server.post(of("rocket", "grants"), **GIVEN | {"entries": [between]}), 201)
    [entry] = grant["contents"]["entries"]
    assert entry["amount"] in {10, 20, 30}
    assert grant["rolledAt"] is not None


async def test_a_crate_is_opened_by_its_player(server: GameServer, rocket: Gamer) -> None:
    crate = data(await server.post(of("rocket", "grants"), kind="crate", entries=[CRATE], sourceKind="admin"), 201)
    assert (crate["kind"], crate["sourceKind"], crate["contents"]) == ("crate", "admin", {"entries": [CRATE]})
    opened = data(await rocket.post(f"crates/{crate['id']}/open"))
    assert opened["contents"]["parentGrantId"] == crate["id"]


async def test_a_server_says_that_a_grant_has_arrived(server: GameServer, rocket: Gamer) -> None:
    grant = data(await server.post(of("rocket", "grants"), **GIVEN), 201)
    await server.post(of("rocket", "ban"), reason="cheats")
    acked = data(await server.post(of("rocket", f"grants/{grant['id']}/ack")))
    assert (acked["id"], acked["status"]) == (grant["id"], "claimed")
    assert data(await server.post(of("rocket", f"grants/{grant['id']}/ack"))) == acked
    assert (await rocket.wallet())["coins"] == 50
    assert told(await server.post(of("groot", f"grants/{grant['id']}/ack"))) == (404, "not_found")
    assert told(await server.post(of("rocket", f"grants/{NEVER}/ack"))) == (404, "not_found")


async def test_a_grant_that_nobody_claims_in_time_expires(arcade: Arcade, server: GameServer, rocket: Gamer) -> None:
    until = (arcade.clock.now() + timedelta(hours=1)).isoformat()
    grant = data(await server.post(of("rocket", "grants"), **GIVEN, expiresAt=until), 201)
    assert grant["expiresAt"] is not None
    arcade.wait(timedelta(hours=2))
    assert told(await rocket.post(f"grants/{grant['id']}/claim")) == (409, "conflict")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"entries": [COINS | {"currencyKey": "pearls"}]}, "invalid_metric"),
        ({"entries": [SWORD | {"itemKey": "shield"}]}, "invalid_metric"),
        ({"kind": "crate", "entries": [CRATE | {"crateItemKey": "chest"}]}, "invalid_metric"),
        ({"kind": "crate", "entries": [COINS]}, "validation_failed"),
        ({"entries": []}, "validation_failed"),
        ({"entries": [COINS] * 21}, "validation_failed"),
        ({"entries": [COINS | {"amount": 0}]}, "validation_failed"),
        ({"entries": [COINS | {"amount": {"min": 3, "max": 2}}]}, "validation_failed"),
        ({"entries": [{"type": "wish"}]}, "validation_failed"),
        ({"sourceKind": "event"}, "validation_failed"),
        ({"kind": "present"}, "validation_failed"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "validation_failed"),
        ({"expiresAt": "tomorrow"}, "validation_failed"),
        ({"idempotencyKey": None}, "validation_failed"),
    ],
)
async def test_what_makes_no_sense_is_not_given(server: GameServer, body: dict[str, Any], code: str) -> None:
    assert told(await server.post(of("rocket", "grants"), **GIVEN | body)) == (400, code)


async def test_a_stranger_is_given_nothing(server: GameServer) -> None:
    assert told(await server.post(of("nobody", "grants"), **GIVEN)) == (404, "not_found")
