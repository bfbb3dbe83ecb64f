"""A game's own server names, bans and erases its players, and hands out what is known of them."""

from __future__ import annotations

from typing import Any

import pytest

from shared.ids import PlayerId, TenantId, user_id_of
from tests.stories.arcade import Arcade, Gamer, data, told
from tests.stories.servers import GAME, GameServer, of

pytestmark = pytest.mark.postgres

USER_ID = user_id_of(TenantId(GAME), PlayerId("rocket"))
WRITES: list[tuple[str, dict[str, Any]]] = [
    ("events/daily-run/start", {}),
    ("inventory/sword/consume", {"quantity": 1}),
    ("wallet/coins/debit", {"amount": 1}),
]


async def test_a_snapshot_shows_a_player_with_all_they_hold(server: GameServer, rocket: Gamer) -> None:
    await server.post(of("rocket", "inventory/sword/grant"), quantity=2)
    coins = [{"type": "currency", "currencyKey": "coins", "amount": 5}]
    grant = data(await server.post(of("rocket", "grants"), kind="reward", entries=coins, sourceKind="api"), 201)
    snapshot = data(await server.get(of("rocket")))
    player = snapshot["player"]
    assert player == {
        "id": USER_ID,
        "externalPlayerId": "rocket",
        "studioId": "starlight",
        "gameId": GAME,
        "createdAt": player["createdAt"],
        "updatedAt": player["updatedAt"],
    }
    [sword] = snapshot["inventory"]
    assert list(sword) == ["itemKey", "quantity", "metadata", "createdAt", "updatedAt"]
    assert (sword["itemKey"], sword["quantity"]) == ("sword", 2)
    assert {row["economyKey"]: row["balance"] for row in snapshot["wallet"]} == await rocket.wallet()
    assert snapshot["recentGrants"] == [grant]
    assert told(await server.get(of("nobody"))) == (404, "not_found")


async def test_a_name_is_shown_on_boards(server: GameServer, rocket: Gamer) -> None:
    assert data(await server.put(of("rocket", "identity"), name="Rocket Raccoon", avatar="https://x.test/r.png")) == {
        "playerId": USER_ID,
        "externalPlayerId": "rocket",
        "name": "Rocket Raccoon",
        "avatar": "https://x.test/r.png",
    }
    attempt = data(await rocket.start(), 201)["attempt"]
    board = data(await rocket.get(f"/sdk/v1/leaderboards/{attempt['leaderboardId']}"))
    assert [(entry["name"], entry["avatarUrl"]) for entry in board["entries"]] == [
        ("Rocket Raccoon", "https://x.test/r.png")
    ]
    assert data(await server.put(of("rocket", "identity"), name="R"))["avatar"] is None
    assert told(await server.put(of("nobody", "identity"), name="N")) == (404, "not_found")
    assert told(await server.put(of("rocket", "identity"), name="")) == (400, "validation_failed")
    assert told(await server.put(of("rocket", "identity"))) == (400, "validation_failed")


async def test_a_ban_shuts_a_player_out_until_it_is_taken_back(server: GameServer, rocket: Gamer) -> None:
    await server.post(of("rocket", "inventory/sword/grant"), quantity=1)
    banned = data(await server.post(of("rocket", "ban"), reason="plays with two accounts"))
    assert banned == {"playerId": USER_ID, "externalPlayerId": "rocket", "banned": True, "applied": True}
    for path, body in WRITES:
        assert told(await rocket.post(path, **body)) == (403, "player_banned")
    assert told(await rocket.register(force="true")) == (403, "player_banned")
    assert (await rocket.get("wallet")).status_code == 200
    assert data(await server.post(of("rocket", "ban"), reason="and is rude"))["banned"] is True
    assert data(await server.post(of("rocket", "unban")))["applied"] is True
    again = data(await server.post(of("rocket", "unban")))
    assert (again["banned"], again["applied"]) == (False, False)
    assert (await rocket.start()).status_code == 201


async def test_a_stranger_cannot_be_banned(server: GameServer) -> None:
    assert told(await server.post(of("nobody", "ban"), reason="x")) == (404, "not_found")
    assert told(await server.post(of("nobody", "unban"))) == (404, "not_found")
    assert told(await server.post(of("rocket", "ban"))) == (400, "validation_failed")


async def test_who_is_erased_is_nobody_any_more(server: GameServer, rocket: Gamer) -> None:
    await server.put(of("rocket", "identity"), name="Rocket Raccoon")
    attempt = data(await rocket.start(), 201)["attempt"]
    erased = data(await server.post(of("rocket", "delete"), reason="gdpr_erasure"))
    assert erased == {
        "playerId": USER_ID,
        "externalPlayerId": "rocket",
        "anonymizedExternalId": erased["anonymizedExternalId"],
        "deletedAt": erased["deletedAt"],
        "attemptsAnonymized": 1,
        "lobbiesAnonymized": 0,
        "leaderboardsScrubbed": 1,
        "status": "erased",
    }
    board = data(await rocket.get(f"/sdk/v1/leaderboards/{attempt['leaderboardId']}"))
    assert [entry["name"] for entry in board["entries"]] == [None]
    assert told(await rocket.get("wallet")) == (401, "player_secret_invalid")
    assert told(await rocket.register()) == (403, "player_banned")
    again = data(await server.post(of("rocket", "delete"), reason="test"))
    assert (again["status"], again["deletedAt"]) == ("no_op_already_erased", erased["deletedAt"])


async def test_erasing_whom_nobody_knows_is_no_mistake(server: GameServer) -> None:
    erased = data(await server.post(of("nobody", "delete"), reason="studio_request"))
    assert (erased["status"], erased["playerId"], erased["anonymizedExternalId"]) == ("no_op_never_existed", None, None)
    assert told(await server.post(of("rocket", "delete"), reason="because")) == (400, "validation_failed")


async def test_everything_that_is_kept_of_a_player_can_be_handed_out(server: GameServer, rocket: Gamer) -> None:
    attempt = data(await rocket.start(), 201)["attempt"]
    fired = data(await rocket.progress(attempt, metricValue=300))
    lobby = data(
        await server.post(f"games/{GAME}/events/squad-cup/lobbies", key="match-1", externalPlayerIds=["rocket"]), 201
    )
    export = data(await server.get(of("rocket", "export")))
    assert list(export) == [
        "schemaVersion", "exportedAt", "player", "attempts", "grants", "inventory", "wallet", "lobbies",
    ]  # fmt: skip
    assert list(export["player"]) == [
        "id", "externalPlayerId", "studioId", "gameId", "firstSeenAt", "lastSeenAt", "lastContextSnapshot",
        "registeredAt", "secretRotatedAt", "deletedAt",
    ]  # fmt: skip
    assert export["schemaVersion"] == 1
    assert export["player"]["registeredAt"] is not None
    assert export["attempts"] == [fired["attempt"]]
    assert export["grants"] == fired["milestonesFired"][0]["grants"]
    assert [one["id"] for one in export["lobbies"]] == [lobby["id"]]
    assert told(await server.get(of("nobody", "export"))) == (404, "not_found")


async def test_a_name_may_hold_whatever_can_be_printed(server: GameServer, arcade: Arcade) -> None:
    await arcade.gamer("ann@example.com")
    snapshot = data(await server.get(of("ann@example.com")))
    assert snapshot["player"]["externalPlayerId"] == "ann@example.com"
    assert told(await server.get(of("a/b"))) == (400, "validation_failed")
