"""Boards as clients read them: who stands where, who waits in which lobby, and the boards across events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from shared.ids import PlayerId, SeasonId, TenantId, user_id_of
from shared.messages.registration import SetIdentity
from shared.messages.season import ScoreBoard
from tests.stories import aside
from tests.stories.arcade import MOON, Arcade, Gamer, bearer, data, told
from tests.stories.town import eventually

pytestmark = pytest.mark.postgres

STARLIGHT: Final = TenantId("starlight")
ENTRY: Final = ["participantId", "kind", "name", "avatarUrl", "score", "rank", "isSelf"]


async def started(gamer: Gamer, event: str = "daily-run", **context: Any) -> Any:
    return data(await gamer.start(event, **context), 201)["attempt"]


async def scored(gamer: Gamer, score: float, event: str = "ladder", **context: Any) -> str:
    """The board on which they now have this score."""
    attempt = await started(gamer, event, **context)
    data(await gamer.progress(attempt, metricValue=score))
    return str(attempt["leaderboardId"])


async def test_a_board_is_there_before_anybody_has_started(arcade: Arcade) -> None:
    events = data(await arcade.get("/sdk/v1/players/nobody/events"))
    [run] = [event for event in events if event["eventKey"] == "daily-run"]
    assert data(await arcade.get(f"/sdk/v1/leaderboards/{run['leaderboardId']}")) == {
        "leaderboardId": run["leaderboardId"], "mode": "global", "finalized": False, "entries": [], "self": None
    }  # fmt: skip


async def test_everybody_stands_where_they_came_first_and_reads_their_own_write(arcade: Arcade) -> None:
    names = ("rocket", "groot", "gamora", "mantis")
    gamers = [await arcade.gamer(name) for name in names]
    for gamer, score in zip(gamers, (10, 30, 20.5, 30), strict=True):
        board = await scored(gamer, score, "daily-run")
        shown = data(await arcade.get(f"/sdk/v1/leaderboards/{board}", includeSelf="true", externalId=gamer.player))
        assert shown["self"]["score"] == score, "whoever was told finds it on the board"
    assert list(shown) == ["leaderboardId", "mode", "finalized", "entries", "self"]
    assert all(list(entry) == ENTRY for entry in shown["entries"])
    order = [user_id_of(STARLIGHT, PlayerId(name)) for name in ("groot", "mantis", "gamora", "rocket")]
    assert [entry["participantId"] for entry in shown["entries"]] == order
    assert [(entry["rank"], entry["score"]) for entry in shown["entries"]] == [(1, 30), (2, 30), (3, 20.5), (4, 10)]
    assert [entry["isSelf"] for entry in shown["entries"]] == [False, True, False, False]
    assert shown["self"] == {"rank": 2, "score": 30}
    assert {entry["kind"] for entry in shown["entries"]} == {"player"}
    assert "rocket" not in str(shown), "how a game calls its players is nobody else's business"


async def test_a_board_is_cut_where_it_is_asked_to_be_and_self_is_told_all_the_same(arcade: Arcade) -> None:
    for name, score in (("rocket", 1), ("groot", 3), ("gamora", 2)):
        board = await scored(await arcade.gamer(name), score, "daily-run")
    path = f"/sdk/v1/leaderboards/{board}"
    shown = data(await arcade.get(path, limit=1, includeSelf="true", externalId="rocket"))
    assert ([entry["score"] for entry in shown["entries"]], shown["self"]) == ([3], {"rank": 3, "score": 1})
    assert data(await arcade.get(path, limit=2))["self"] is None
    assert data(await arcade.get(path, includeSelf="true"))["self"] is None
    assert data(await arcade.get(path, includeSelf="false", externalId="rocket"))["self"] is None
    assert data(await arcade.get(path, includeSelf="true", externalId="mantis"))["self"] is None
    assert len(data(await arcade.get(path, limit=200))["entries"]) == 3
    bad: list[dict[str, Any]] = [
        {"limit": 0},
        {"limit": 201},
        {"limit": "x"},
        {"includeSelf": "maybe"},
        {"segment": "x"},
    ]
    for query in bad:
        assert told(await arcade.get(path, **query)) == (400, "validation_failed"), query
    assert told(await arcade.get(path, bearer(MOON))) == (404, "not_found"), "another game's board is nobody's"
    assert told(await arcade.get("/sdk/v1/leaderboards/none")) == (404, "not_found")


async def test_the_best_attempt_counts_and_a_start_stands_on_the_board_with_nothing(arcade: Arcade) -> None:
    rocket = await arcade.gamer("rocket")
    board = (await started(rocket))["leaderboardId"]
    path = f"/sdk/v1/leaderboards/{board}"
    assert [entry["score"] for entry in data(await arcade.get(path))["entries"]] == [0]
    for score in (700, 300):
        await scored(rocket, score, "daily-run")
    assert [entry["score"] for entry in data(await arcade.get(path))["entries"]] == [700]


async def test_whoever_was_told_of_their_progress_finds_it_on_the_board_at_once(arcade: Arcade) -> None:
    rocket = await arcade.gamer("rocket")
    attempt = await started(rocket, "ladder")
    path = f"/sdk/v1/leaderboards/{attempt['leaderboardId']}"
    for expected in range(1, 21):
        data(await rocket.progress(attempt, metricValue=1))
        assert [entry["score"] for entry in data(await arcade.get(path))["entries"]] == [expected]


async def test_players_are_shown_by_the_name_that_their_game_gives_them(arcade: Arcade) -> None:
    wish = SetIdentity(player=PlayerId("rocket"), name="Rocket R.", avatar="https://example.org/r.png")
    gamer = await arcade.gamer("rocket")
    assert (await aside.told(arcade.town, "ledger", wish, "rocket")).outcome == "done"
    board = await scored(gamer, 5)
    [entry] = data(await arcade.get(f"/sdk/v1/leaderboards/{board}"))["entries"]
    assert (entry["name"], entry["avatarUrl"]) == ("Rocket R.", "https://example.org/r.png")


async def test_segments_and_groups_have_boards_of_their_own(arcade: Arcade) -> None:
    gamers = [await arcade.gamer(f"kp_{number}") for number in range(4)]
    leagues = [await scored(gamer, 1, "ladder", league=league) for gamer, league in zip(gamers, "aabb", strict=True)]
    assert leagues[0] == leagues[1] != leagues[2] == leagues[3]
    pods = [await scored(gamer, 1, "pods") for gamer in gamers]
    assert pods[0] == pods[1] == pods[2] != pods[3]
    for board, mode, count in ((leagues[0], "global_segmented", 2), (pods[0], "grouped", 3), (pods[3], "grouped", 1)):
        shown = data(await arcade.get(f"/sdk/v1/leaderboards/{board}"))
        assert (shown["mode"], len(shown["entries"])) == (mode, count)


async def test_when_a_window_closes_its_board_is_final_and_its_places_are_paid(arcade: Arcade) -> None:
    gamers = [await arcade.gamer(name) for name in ("rocket", "groot", "gamora", "mantis")]
    for gamer, score in zip(gamers, (10, 40, 30, 20), strict=True):
        board = await scored(gamer, score, "daily-run")
    arcade.wait(timedelta(days=1))
    path = f"/sdk/v1/leaderboards/{board}"

    async def final() -> bool:
        return bool(data(await arcade.get(path))["finalized"])

    await eventually("the board is final", final)
    shown = data(await arcade.get(path, includeSelf="true", externalId="mantis"))
    assert ([entry["score"] for entry in shown["entries"]], shown["self"]["rank"]) == ([40, 30, 20, 10], 3)
    won = {}
    for gamer in gamers:
        grants = await gamer.pending()
        won[gamer.player] = [grant["contents"]["entries"][0]["amount"] for grant in grants]
        assert all(grant["sourceKind"] == "event" for grant in grants)
    assert won == {"rocket": [], "groot": [500], "gamora": [200], "mantis": [200]}


async def test_a_lobby_forms_until_it_is_full_and_then_everybody_plays(arcade: Arcade) -> None:
    gamers = [await arcade.gamer(f"kp_{number}") for number in range(3)]
    waiting = await gamers[0].start("squad-cup")
    assert told(waiting) == (202, "lobby_forming")
    error = waiting.json()["error"]
    assert error["message"].endswith("is filling (1/3)")
    lobby_id = error["details"]["lobbyId"]
    lobby = data(await arcade.get(f"/sdk/v1/lobbies/{lobby_id}"))
    assert lobby == {
        "id": lobby_id,
        "eventId": "squad-cup",
        "eventWindowId": lobby["eventWindowId"],
        "leaderboardId": None,
        "mode": "lobby_matched",
        "status": "forming",
        "capacity": 3,
        "fillBy": lobby["fillBy"],
        "participantCount": 1,
        "botSlots": 0,
        "startedAt": None,
        "endsAt": lobby["endsAt"],
    }
    assert datetime.fromisoformat(lobby["fillBy"]) > arcade.clock.now()
    assert told(await gamers[0].start("squad-cup")) == (202, "lobby_forming")
    assert told(await gamers[1].start("squad-cup")) == (202, "lobby_forming")
    last = await started(gamers[2], "squad-cup")
    lobby = data(await arcade.get(f"/sdk/v1/lobbies/{lobby_id}"))
    assert (lobby["status"], lobby["participantCount"], lobby["botSlots"]) == ("active", 3, 0)
    assert lobby["leaderboardId"] == last["leaderboardId"]
    assert lobby["startedAt"] is not None
    for gamer in gamers[:2]:
        assert (await started(gamer, "squad-cup"))["leaderboardId"] == last["leaderboardId"]
    assert told(await arcade.get("/sdk/v1/lobbies/none")) == (404, "not_found")
    assert told(await arcade.get(f"/sdk/v1/lobbies/{lobby_id}", bearer(MOON))) == (404, "not_found")


async def test_whoever_starts_again_under_the_same_key_plays_once_the_lobby_is_active(arcade: Arcade) -> None:
    rocket = await arcade.gamer("rocket")
    for _ in range(2):
        assert told(await rocket.start("squad-cup", "k-1")) == (202, "lobby_forming")
    for number in range(2):
        await (await arcade.gamer(f"kp_{number}")).start("squad-cup")
    first = await rocket.start("squad-cup", "k-1")
    again = await rocket.start("squad-cup", "k-1")
    assert data(first, 201) == data(again, 201)
    conflict = await rocket.start("squad-cup", "k-1", league="gold")
    assert told(conflict) == (409, "idempotency_conflict")


async def test_bots_take_the_seats_that_nobody_takes_in_time(arcade: Arcade) -> None:
    rocket = await arcade.gamer("rocket")
    lobby_id = (await rocket.start("squad-cup")).json()["error"]["details"]["lobbyId"]
    arcade.wait(timedelta(seconds=6))
    path = f"/sdk/v1/lobbies/{lobby_id}"

    async def active() -> bool:
        return bool(data(await arcade.get(path))["status"] == "active")

    await eventually("the lobby is active", active)
    lobby = data(await arcade.get(path))
    assert (lobby["participantCount"], lobby["botSlots"]) == (1, 2)
    attempt = await started(rocket, "squad-cup")
    board = f"/sdk/v1/leaderboards/{attempt['leaderboardId']}"

    async def played() -> bool:
        arcade.wait(timedelta(seconds=5))
        kinds = [entry["kind"] for entry in data(await arcade.get(board))["entries"]]
        return kinds.count("bot") == 2

    await eventually("both bots have played", played)
    bots = [entry for entry in data(await arcade.get(board))["entries"] if entry["kind"] == "bot"]
    assert all(bot["name"] and not bot["isSelf"] for bot in bots)
    arcade.wait(timedelta(days=1))
    assert data(await arcade.get(path))["status"] == "closed"


async def score(arcade: Arcade, player: str, value: int, board: str = "season") -> None:
    """As the game's own server would."""
    wish = ScoreBoard(board=SeasonId(board), player=PlayerId(player), value=value * 1_000_000)
    assert (await aside.told(arcade.town, "leaderboards", wish, board)).outcome == "done"


async def test_boards_across_events_are_read_by_key_and_period(arcade: Arcade) -> None:
    path = "/sdk/v1/shared-leaderboards/season"
    empty = data(await arcade.get(path))
    month = arcade.clock.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    assert empty == {
        "key": "season",
        "sharedLeaderboardId": empty["sharedLeaderboardId"],
        "scope": "game",
        "resetCadence": "monthly",
        "scoreAggregation": "best",
        "segment": None,
        "period": f"{month:%Y-%m-%d}T00:00:00Z",
        "entries": [],
        "self": None,
    }
    for player, value in (("rocket", 5), ("groot", 9), ("rocket", 3)):
        await score(arcade, player, value)

    async def seen() -> bool:
        return len(data(await arcade.get(path))["entries"]) == 2

    await eventually("the board is read anew", seen)
    shown = data(await arcade.get(path, includeSelf="true", externalId="rocket", limit=1))
    assert [list(entry) for entry in shown["entries"]] == [ENTRY]
    assert ([entry["score"] for entry in shown["entries"]], shown["self"]) == ([9], {"rank": 2, "score": 5})
    before = (month - timedelta(days=1)).isoformat()
    assert data(await arcade.get(path, period=before))["entries"] == []
    periods = data(await arcade.get(f"{path}/periods", limit=5))
    assert list(periods) == ["key", "sharedLeaderboardId", "currentPeriodStartedAt", "periods"]
    assert (periods["key"], periods["currentPeriodStartedAt"]) == ("season", empty["period"])
    [period] = periods["periods"]
    assert period["periodStartedAt"] == empty["period"]
    assert datetime.fromisoformat(period["periodEndedAt"]).astimezone(UTC) > arcade.clock.now()


async def test_what_is_asked_of_boards_across_events_must_make_sense(arcade: Arcade) -> None:
    spec = {"name": "Leagues", "aggregation": "sum", "period": "never", "segments": ["gold", "iron"]}
    await arcade.put("board", "leagues", spec)
    path = "/sdk/v1/shared-leaderboards"
    shown = data(await arcade.get(f"{path}/leagues", segment="gold"))
    assert (shown["segment"], shown["resetCadence"], shown["scoreAggregation"]) == ("gold", "never", "sum")
    assert data(await arcade.get(f"{path}/leagues/periods"))["periods"] == []
    asked: list[tuple[str, dict[str, Any]]] = [
        ("leagues", {}),
        ("leagues", {"segment": "clay"}),
        ("season", {"segment": "gold"}),
        ("season", {"period": "june"}),
        ("season", {"period": "2026-11-01"}),
        ("season", {"limit": 0}),
    ]
    for key, query in asked:
        assert told(await arcade.get(f"{path}/{key}", **query)) == (400, "validation_failed"), (key, query)
    for edge in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"):
        assert (await arcade.get(f"{path}/season", period=edge)).status_code in (200, 400), edge
    assert told(await arcade.get(f"{path}/none")) == (404, "not_found")
    assert told(await arcade.get(f"{path}/none/periods")) == (404, "not_found")
    assert told(await arcade.get(f"{path}/season", bearer(MOON))) == (404, "not_found")
