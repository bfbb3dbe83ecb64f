"""A game's own server gives to its players' wallets and inventories and takes of them, bans notwithstanding."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.arcade import CLIENT, FIGURES, MOON, SERVER, Arcade, bearer, data, told
from tests.stories.servers import GAME, GameServer, of

pytestmark = pytest.mark.postgres


async def test_a_ping_tells_which_game_the_key_is_for(server: GameServer) -> None:
    answer = await server.get("ping")
    assert answer.status_code == 200
    body = answer.json()
    assert body == {
        "ok": True,
        "apiKey": {
            "id": body["apiKey"]["id"],
            "prefix": "demoServ",
            "permissionSet": "server_integration",
            "environment": "test",
            "studioId": "starlight",
            "gameId": GAME,
        },
    }
    assert {name.lower() for name in FIGURES} <= set(answer.headers)
    assert answer.headers["RateLimit-Limit"] == "1000000"


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({}, (401, "unauthenticated")),
        ({"Authorization": "Bearer nonsense"}, (401, "session_invalid")),
        (bearer("demoServ." + "x" * 43), (401, "session_invalid")),
        (bearer(CLIENT), (403, "forbidden")),
        (bearer(MOON), (403, "forbidden")),
    ],
)
async def test_only_a_servers_key_opens_this_door(
    arcade: Arcade, headers: dict[str, str], refusal: tuple[int, str]
) -> None:
    assert told(await arcade.get("/server/v1/ping", headers)) == refusal


async def test_what_is_not_there_is_told_in_the_doors_own_shape(arcade: Arcade, server: GameServer) -> None:
    assert told(await server.get("nowhere")) == (404, "not_found")
    assert told(await server.get(of("rocket", "ban"))) == (405, "method_not_allowed")
    large = await arcade.town.nobody.post(
        "/server/v1/players/rocket/wallet/coins/credit", content=b"{" + b" " * 70_000, headers=bearer(SERVER)
    )
    assert told(large) == (413, "payload_too_large")


async def test_money_and_items_come_and_go(server: GameServer) -> None:
    credited = await server.post(of("rocket", "wallet/coins/credit"), amount=70, reason="sorry", sourceRefId="t-1")
    assert data(credited) == {"economyKey": "coins", "balance": 70, "applied": True}
    debited = await server.post(of("rocket", "wallet/coins/debit"), amount=20)
    assert data(debited) == {"economyKey": "coins", "balance": 50, "applied": True}
    granted = await server.post(of("rocket", "inventory/sword/grant"), quantity=3)
    assert data(granted) == {"itemKey": "sword", "quantity": 3, "applied": True}
    revoked = await server.post(of("rocket", "inventory/sword/revoke"), quantity=2, reason="stolen")
    assert data(revoked) == {"itemKey": "sword", "quantity": 1, "applied": True}


async def test_the_same_key_moves_once_and_another_body_under_it_is_refused(server: GameServer) -> None:
    path = of("rocket", "wallet/coins/credit")
    first = await server.post(path, "k-1", amount=70)
    assert data(await server.post(path, "k-1", amount=70)) == data(first)
    assert told(await server.post(path, "k-1", amount=71)) == (409, "idempotency_conflict")
    assert data(await server.post(of("groot", "wallet/coins/credit"), "k-1", amount=70))["balance"] == 70
    assert data(await server.post(of("rocket", "wallet/coins/debit"), "k-1", amount=70))["balance"] == 0


async def test_nobody_has_less_than_nothing(server: GameServer) -> None:
    assert told(await server.post(of("rocket", "wallet/coins/debit"), amount=1)) == (409, "conflict")
    assert told(await server.post(of("rocket", "inventory/sword/revoke"), quantity=1)) == (409, "conflict")


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        (of("nobody", "wallet/coins/credit"), {"amount": 1}, (404, "not_found")),
        (of("nobody", "inventory/sword/grant"), {"quantity": 1}, (404, "not_found")),
        (of("rocket", "wallet/pearls/credit"), {"amount": 1}, (404, "not_found")),
        (of("rocket", "wallet/sword/credit"), {"amount": 1}, (404, "not_found")),
        (of("rocket", "inventory/shield/grant"), {"quantity": 1}, (404, "not_found")),
        (of("rocket", "inventory/coins/grant"), {"quantity": 1}, (404, "not_found")),
        (of("rocket", "wallet/coins/credit"), {"amount": 0}, (400, "validation_failed")),
        (of("rocket", "wallet/coins/credit"), {"amount": 1.5}, (400, "validation_failed")),
        (of("rocket", "wallet/coins/credit"), {"amount": True}, (400, "validation_failed")),
        (of("rocket", "wallet/coins/credit"), {"amount": "1"}, (400, "validation_failed")),
        (of("rocket", "wallet/coins/credit"), {"amount": 2**53 + 1}, (400, "validation_failed")),
        (of("rocket", "wallet/coins/credit"), {"amount": 1, "more": 1}, (400, "validation_failed")),
        (of("rocket", "wallet/coins/credit"), {}, (400, "validation_failed")),
        (of("rocket", "inventory/sword/grant"), {"quantity": -1}, (400, "validation_failed")),
        (of("rocket", "inventory/sword/grant"), {"quantity": 1, "reason": "x" * 501}, (400, "validation_failed")),
    ],
)
async def test_what_makes_no_sense_moves_nothing(
    server: GameServer, path: str, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert told(await server.post(path, **body)) == refusal


async def test_a_ban_does_not_stand_in_a_servers_way(server: GameServer) -> None:
    assert data(await server.post(of("rocket", "ban"), reason="cheats"))["banned"] is True
    assert data(await server.post(of("rocket", "wallet/coins/credit"), amount=9))["balance"] == 9
    assert data(await server.post(of("rocket", "wallet/coins/debit"), amount=4))["balance"] == 5
    assert data(await server.post(of("rocket", "inventory/sword/grant"), quantity=2))["quantity"] == 2
    assert data(await server.post(of("rocket", "inventory/sword/revoke"), quantity=1))["quantity"] == 1


async def test_a_server_may_ask_so_often_and_no_more(arcade: Arcade) -> None:
    secret = "slowServ." + "s" * 43
    await arcade.put(
        "api_key", "slow-server", {"door": "sdk_server", "secret": secret, "per_minute": {"server_api": 2}}
    )
    slow = GameServer(arcade, secret)
    answers = [await slow.get("ping") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert told(answers[-1]) == (429, "rate_limited")
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
