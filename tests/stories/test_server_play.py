"""A game's own server reports attempts and scores for its players, and puts them into lobbies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.stories.arcade import CLIENT, Arcade, Gamer, bearer, data, told
from tests.stories.servers import GAME, NEVER, GameServer, of

pytestmark = pytest.mark.postgres

LOBBIES = f"games/{GAME}/events/squad-cup/lobbies"


async def test_a_server_reports_and_ends_an_attempt(server: GameServer, rocket: Gamer) -> None:
    attempt = data(await rocket.start(), 201)["attempt"]
    path = of("rocket", f"events/daily-run/attempts/{attempt['id']}")
    await server.post(of("rocket", "ban"), reason="cheats")
    fired = data(await server.post(f"{path}/progress", mode="increment", metricValue=260.5))
    assert fired["attempt"]["metrics"] == {"distance": 260.5}
    assert [one["key"] for one in fired["milestonesFired"]] == ["warm"]
    ended = data(await server.post(f"{path}/finish"))
    assert (ended["outcome"], ended["attempt"]["status"]) == ("expired", "expired")
    assert told(await server.post(f"{path}/finish")) == (409, "attempt_finished")
    assert told(await server.post(f"{path}/progress", mode="set", metricValue=1)) == (409, "attempt_finished")


async def test_a_report_under_the_same_key_counts_once(server: GameServer, rocket: Gamer) -> None:
    attempt = data(await rocket.start(), 201)["attempt"]
    path = of("rocket", f"events/daily-run/attempts/{attempt['id']}/progress")
    first = await server.post(path, "k-1", mode="increment", metricValue=5)
    assert (await server.post(path, "k-1", mode="increment", metricValue=5)).json() == first.json()
    assert told(await server.post(path, "k-1", mode="increment", metricValue=6)) == (409, "idempotency_conflict")


async def test_what_is_no_attempt_of_the_players_is_not_found(server: GameServer, rocket: Gamer) -> None:
    attempt = data(await rocket.start(), 201)["attempt"]
    body: dict[str, Any] = {"mode": "set", "metricValue": 1}
    for player, event, id_ in (
        ("groot", "daily-run", attempt["id"]),
        ("rocket", "ladder", attempt["id"]),
        ("rocket", "daily-run", NEVER),
    ):
        path = of(player, f"events/{event}/attempts/{id_}")
        assert told(await server.post(f"{path}/progress", **body)) == (404, "not_found")
        assert told(await server.post(f"{path}/finish")) == (404, "not_found")
    path = of("rocket", f"events/daily-run/attempts/{attempt['id']}/progress")
    assert told(await server.post(path, mode="set", metrics={"height": 1})) == (400, "invalid_metric")
    assert told(await server.post(path, mode="set")) == (400, "validation_failed")


async def test_a_score_counts_on_a_board_across_events(server: GameServer, rocket: Gamer) -> None:
    first = data(await server.post("leaderboards/season/score", externalPlayerId="rocket", value=12.25))
    assert first == {"leaderboardId": first["leaderboardId"], "score": 12.25, "rank": 1}
    second = data(await server.post("leaderboards/season/score", externalPlayerId="groot", value=20))
    assert (second["score"], second["rank"]) == (20, 1)
    worse = data(await server.post("leaderboards/season/score", externalPlayerId="rocket", value=3))
    assert (worse["score"], worse["rank"]) == (12.25, 2)
    board = data(await rocket.get("/sdk/v1/shared-leaderboards/season", includeSelf="true", externalId="rocket"))
    assert board["sharedLeaderboardId"] == first["leaderboardId"]
    assert board["self"] == {"rank": 2, "score": 12.25}


@pytest.mark.parametrize(
    ("board", "body", "refusal"),
    [
        ("nowhere", {}, (404, "not_found")),
        ("daily-run", {}, (404, "not_found")),
        ("season", {"externalPlayerId": "nobody"}, (404, "not_found")),
        ("season", {"segment": "gold"}, (400, "validation_failed")),
        ("season", {"value": "1"}, (400, "validation_failed")),
        ("season", {"value": 10**13}, (400, "validation_failed")),
        ("season", {"value": None}, (400, "validation_failed")),
    ],
)
async def test_a_score_that_makes_no_sense_does_not_count(
    server: GameServer, board: str, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    wish: dict[str, Any] = {"externalPlayerId": "rocket", "value": 1} | body
    assert told(await server.post(f"leaderboards/{board}/score", **wish)) == refusal


async def test_a_server_puts_players_together(arcade: Arcade, server: GameServer, rocket: Gamer) -> None:
    groot, mantis = await arcade.gamer("groot"), await arcade.gamer("mantis")
    body: dict[str, Any] = {"key": "match-1", "externalPlayerIds": ["rocket", "groot"], "metadata": {"map": "x"}}
    lobby = data(await server.post(LOBBIES, "k-1", **body), 201)
    assert lobby == {
        "id": lobby["id"],
        "eventId": "squad-cup",
        "eventWindowId": lobby["eventWindowId"],
        "leaderboardId": lobby["leaderboardId"],
        "mode": "lobby_matched",
        "status": "active",
        "capacity": 3,
        "fillBy": lobby["fillBy"],
        "participantCount": 2,
        "botSlots": 0,
        "startedAt": lobby["startedAt"],
        "endsAt": lobby["endsAt"],
    }
    started = [data(await gamer.start("squad-cup"), 201) for gamer in (rocket, groot)]
    assert [one["leaderboardId"] for one in started] == [lobby["leaderboardId"]] * 2
    assert told(await mantis.start("squad-cup"))[0] == 202
    assert data(await server.get(f"games/{GAME}/lobbies/{lobby['id']}")) == lobby
    assert data(await rocket.get(f"/sdk/v1/lobbies/{lobby['id']}")) == lobby
    arcade.wait(timedelta(days=1))
    assert data(await server.get(f"games/{GAME}/lobbies/{lobby['id']}"))["status"] == "closed"


async def test_the_same_lobby_is_made_once(server: GameServer) -> None:
    body: dict[str, Any] = {"key": "match-1", "externalPlayerIds": ["rocket"], "fillBots": True}
    first = data(await server.post(LOBBIES, **body), 201)
    assert first["botSlots"] == 2
    assert data(await server.post(LOBBIES, **body), 201) == first
    other = body | {"externalPlayerIds": ["groot"]}
    assert told(await server.post(LOBBIES, **other)) == (409, "idempotency_conflict")


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        (f"games/{GAME}/events/daily-run/lobbies", {}, (409, "conflict")),
        (f"games/{GAME}/events/nothing/lobbies", {}, (404, "not_found")),
        ("games/moonbase/events/squad-cup/lobbies", {}, (403, "tenant_mismatch")),
        (LOBBIES, {"externalPlayerIds": []}, (400, "validation_failed")),
        (LOBBIES, {"externalPlayerIds": ["a/b"]}, (400, "validation_failed")),
        (LOBBIES, {"externalPlayerIds": ["a", "b", "c"], "capacity": 2}, (400, "validation_failed")),
        (LOBBIES, {"metadata": {"deep": {"er": 1}}}, (400, "validation_failed")),
        (LOBBIES, {"key": ""}, (400, "validation_failed")),
    ],
)
async def test_a_lobby_that_makes_no_sense_is_not_made(
    server: GameServer, path: str, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    wish: dict[str, Any] = {"key": "match-1", "externalPlayerIds": ["rocket"]} | body
    assert told(await server.post(path, **wish)) == refusal


async def test_a_lobby_of_another_game_is_not_shown(arcade: Arcade, server: GameServer) -> None:
    assert told(await server.get(f"games/{GAME}/lobbies/{NEVER}")) == (404, "not_found")
    assert told(await server.get(f"games/moonbase/lobbies/{NEVER}")) == (403, "tenant_mismatch")
    assert told(await arcade.get(f"/server/v1/games/{GAME}/lobbies/{NEVER}", bearer(CLIENT))) == (403, "forbidden")
