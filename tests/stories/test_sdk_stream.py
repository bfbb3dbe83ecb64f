"""Whoever watches a board is told of every progress, once and in order, wherever they come back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.gateway.sdk.stream import ScoreUpdate
from services.gateway.wiring import Doors
from shared.ids import TenantId
from shared.ranks.port import Asked, Place
from tests.stories.arcade import CLIENT, FIGURES, MOON, SERVER, Arcade, Gamer, bearer, data
from tests.stories.aside import STARLIGHT
from tests.stories.listening import PATH, Listener, app_of
from tests.stories.town import Town, eventually
from tests.system.town import free_port

pytestmark = pytest.mark.postgres

DAY = timedelta(days=1)


async def begun(gamer: Gamer, event: str = "ladder", **context: Any) -> Any:
    return data(await gamer.start(event, **(context or {"league": "gold"})), 201)["attempt"]


async def listen(arcade: Arcade, board: str, key: str = CLIENT, app: Any = None, **headers: str) -> Listener:
    listener = Listener(app or app_of(arcade.town), PATH.format(board), bearer(key) | headers)
    await listener.hears(1)
    return listener


async def refused(arcade: Arcade, board: str, headers: dict[str, str]) -> tuple[int, str]:
    answer = await arcade.town.nobody.get(PATH.format(board), headers=headers)
    return answer.status_code, answer.json()["error"]["code"]


async def test_a_listener_is_ready_at_once_and_told_of_every_progress(arcade: Arcade, rocket: Gamer) -> None:
    attempt = await begun(rocket)
    board = attempt["leaderboardId"]
    listener = await listen(arcade, board)
    assert listener.status == 200
    assert listener.headers["content-type"] == "text/event-stream"
    assert {name.lower() for name in FIGURES} <= set(listener.headers)
    await rocket.progress(attempt, metricValue=100)
    await rocket.progress(attempt, mode="set", metricValue=40.5)
    await listener.hears(3)
    [(ready, _, told), (_, id_, first), (_, _, second)] = listener.events
    assert (ready, told) == ("ready", {"leaderboardId": board, "finalized": False})
    assert first == {
        "leaderboardId": board,
        "participantId": attempt["playerId"],
        "kind": "player",
        "score": 100,
        "rank": 1,
        "occurredAt": first["occurredAt"],
    }
    assert list(first) == list(ScoreUpdate.model_validate(first).model_dump())
    assert second["score"] == 100  # the best of the attempt's moments is what counts on the board
    assert id_ is not None
    await listener.hang_up()


async def test_the_rank_is_the_one_on_the_board(arcade: Arcade, rocket: Gamer) -> None:
    groot = await arcade.gamer("groot")
    mine, theirs = await begun(rocket), await begun(groot)
    listener = await listen(arcade, mine["leaderboardId"])
    await rocket.progress(mine, metricValue=100)
    await listener.hears(2)
    await groot.progress(theirs, metricValue=50)
    await listener.hears(3)
    await groot.progress(theirs, metricValue=51)
    await listener.hears(4)
    ranks = [(update["participantId"] == theirs["playerId"], update["rank"]) for update in listener.updates]
    assert ranks == [(False, 1), (True, 2), (True, 1)]


async def test_the_tables_count_the_same_ranks_as_the_board_shows(arcade: Arcade, rocket: Gamer) -> None:
    """Ties too: whoever came first stands higher."""
    gamers = [rocket, *[await arcade.gamer(name) for name in ("groot", "gamora", "mantis")]]
    for gamer, score in zip(gamers, (5, 9, 5, 9), strict=True):
        attempt = await begun(gamer)
        await gamer.progress(attempt, metricValue=score)
    board = attempt["leaderboardId"]
    shown = {
        entry["participantId"]: entry["rank"]
        for entry in data(await rocket.get(f"/sdk/v1/leaderboards/{board}"))["entries"]
    }
    [[part]] = await arcade.town.sql(f"select part from leaderboards.boards where board_id = '{board}'")
    log: Any = app_of(arcade.town)._town.hub.log
    place, nowhere = Place(part, STARLIGHT, board), Place(part, TenantId("moonbase"), board)
    asked = [Asked(nowhere, list(shown)), Asked(place, [*shown, "nobody"]), Asked(place, [attempt["playerId"]])]
    assert await log.ranks(asked) == [{}, shown, {attempt["playerId"]: shown[attempt["playerId"]]}]
    assert sorted(shown.values()) == [1, 2, 3, 4]


async def test_a_start_is_not_told_and_another_boards_progress_neither(arcade: Arcade, rocket: Gamer) -> None:
    gold = await begun(rocket)
    listener = await listen(arcade, gold["leaderboardId"])
    groot, gamora = await arcade.gamer("groot"), await arcade.gamer("gamora")
    silver = await begun(groot, league="silver")
    await begun(gamora)
    await groot.progress(silver, metricValue=1)
    await rocket.progress(gold, metricValue=2)
    await listener.hears(2)
    assert [update["score"] for update in listener.updates] == [2]


async def test_a_board_can_be_watched_before_anybody_has_started(arcade: Arcade, rocket: Gamer) -> None:
    listed = {event["eventKey"]: event for event in data(await rocket.get("events"))}
    listener = await listen(arcade, listed["daily-run"]["leaderboardId"])
    await rocket.progress(await begun(rocket, "daily-run"), metricValue=7)
    await listener.hears(2)
    assert listener.updates[0]["score"] == 7


async def test_whose_board_it_is_not_hears_nothing(arcade: Arcade, rocket: Gamer) -> None:
    board = (await begun(rocket))["leaderboardId"]
    assert await refused(arcade, board, {}) == (401, "unauthenticated")
    assert await refused(arcade, board, bearer("demoClnt." + "x" * 43)) == (401, "session_invalid")
    assert await refused(arcade, board, bearer(SERVER)) == (403, "forbidden")
    assert await refused(arcade, board, bearer(MOON)) == (404, "not_found")
    assert await refused(arcade, "0f2c7f9e-0c57-5f5c-9e0f-0d6a1a0c1f11", bearer(CLIENT)) == (404, "not_found")


async def test_a_wrong_secret_does_no_harm(arcade: Arcade, rocket: Gamer) -> None:
    board = (await begun(rocket))["leaderboardId"]
    listener = await listen(arcade, board, **{"x-player-secret": "wrong"})
    assert listener.names == ["ready"]


async def test_who_comes_back_is_told_what_was_missed_and_nothing_twice(arcade: Arcade, rocket: Gamer) -> None:
    attempt = await begun(rocket)
    board = attempt["leaderboardId"]
    listener = await listen(arcade, board)
    await rocket.progress(attempt, metricValue=1)
    await listener.hears(2)
    await listener.hang_up()
    for _ in range(3):
        await rocket.progress(attempt, metricValue=1)
    back = await listen(arcade, board, **{"Last-Event-ID": listener.last_id})
    await rocket.progress(attempt, metricValue=1)
    await back.hears(5)
    assert [update["score"] for update in [*listener.updates, *back.updates]] == [1, 2, 3, 4, 5]
    ids = [id_ for _, id_, _ in back.events]
    assert len(set(ids)) == len(ids)


async def test_a_window_that_ends_closes_its_boards_and_their_streams(arcade: Arcade, rocket: Gamer) -> None:
    server = bearer(SERVER)
    await arcade.town.nobody.put("/server/v1/players/rocket/identity", json={"name": "Rocket Raccoon"}, headers=server)
    attempt = await begun(rocket, "daily-run")
    board = attempt["leaderboardId"]
    listener, gone = await listen(arcade, board), await listen(arcade, board)
    await gone.hang_up()
    await rocket.progress(attempt, metricValue=120)
    await listener.hears(2)
    arcade.wait(DAY)
    await listener.ends()
    assert listener.names == ["ready", "score_update", "finalized", "closed"]
    final = listener.events[2][2]
    assert final == {
        "leaderboardId": board,
        "eventId": "daily-run",
        "reason": "window_closed",
        "standings": [
            {
                "participantId": attempt["playerId"],
                "rank": 1,
                "score": 120,
                "name": "Rocket Raccoon",
                "kind": "player",
            }
        ],
        "occurredAt": final["occurredAt"],
    }
    late = await listen(arcade, board)
    await late.ends()
    assert [(name, told) for name, _, told in late.events] == [
        ("ready", {"leaderboardId": board, "finalized": True}),
        ("closed", {"leaderboardId": board, "finalized": True}),
    ]
    back = await listen(arcade, board, **{"Last-Event-ID": gone.last_id})
    await back.ends()
    assert back.names == ["ready", "score_update", "finalized", "closed"]


async def revoke(town: Town) -> None:
    spec = {"door": "sdk_client", "secret": CLIENT, "status": "revoked", "demo": True}
    assert (await town.put("api_key", "sdk-client", spec)).status_code == 200


async def suspend(town: Town) -> None:
    spec = {"slug": "starlight", "brand": "starlight", "environment": "test", "status": "suspended"}
    assert (await town.put("tenant", "starlight", spec)).status_code == 200


@pytest.mark.parametrize("shut_out", [revoke, suspend])
async def test_whoever_may_not_come_in_any_more_is_let_go_within_five_seconds(
    arcade: Arcade, rocket: Gamer, shut_out: Any
) -> None:
    listener = await listen(arcade, (await begun(rocket))["leaderboardId"])
    other = await listen(arcade, (await begun(await arcade.gamer("groot"), "pods"))["leaderboardId"])
    await shut_out(arcade.town)
    async with asyncio.timeout(5):
        await listener.ends()
        await other.ends()


async def test_who_hangs_up_leaves_nothing_behind(arcade: Arcade, rocket: Gamer) -> None:
    board = (await begun(rocket))["leaderboardId"]
    hub = app_of(arcade.town)._town.hub
    listeners = [await listen(arcade, board) for _ in range(20)]
    assert hub.watched == 20
    for listener in listeners:
        await listener.hang_up()
    assert hub.watched == 0


@contextlib.asynccontextmanager
async def another_gateway(arcade: Arcade) -> AsyncIterator[Any]:
    """A second one in front of the same town."""
    doors = Doors(arcade.town.parts)
    async with doors.behind():
        hub = doors.app._town.hub

        async def follows() -> bool:
            return hub.trouble is None and doors.app._town.trouble is None

        await eventually("the second gateway follows boards", follows)
        yield doors.app


async def test_several_gateways_tell_the_same_and_one_goes_on_where_another_stopped(
    arcade: Arcade, rocket: Gamer
) -> None:
    attempt = await begun(rocket)
    board = attempt["leaderboardId"]
    async with another_gateway(arcade) as second:
        here, there = await listen(arcade, board), await listen(arcade, board, app=second)
        for _ in range(3):
            await rocket.progress(attempt, metricValue=1)
        for listener in (here, there):
            await listener.hears(4)
        assert here.events == there.events
        scores = [update["score"] for update in here.updates]
        listener = here
        for turn in range(4):
            await listener.hang_up()
            await rocket.progress(attempt, metricValue=1)
            app = second if turn % 2 == 0 else None
            listener = await listen(arcade, board, app=app, **{"Last-Event-ID": listener.last_id})
            await rocket.progress(attempt, metricValue=1)
            await listener.hears(3)
            scores += [update["score"] for update in listener.updates]
        assert scores == list(range(1, 12))
        await listener.hang_up()
        await there.hang_up()


@contextlib.asynccontextmanager
async def gateway_on_a_port(arcade: Arcade) -> AsyncIterator[tuple[Doors, int]]:
    """One that listens on a real socket."""
    parts, port = arcade.town.parts, free_port()
    doors = Doors(replace(parts, settings=parts.settings.model_copy(update={"gateway_port": port})))
    serving = asyncio.create_task(doors.run())

    async def answers() -> bool:
        with contextlib.suppress(httpx.HTTPError):
            async with httpx.AsyncClient() as client:
                return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
        return False

    await eventually("the gateway answers on its port", answers)
    try:
        yield doors, port
    finally:
        doors.stop()
        await serving


async def test_over_a_real_connection_it_is_told_and_noticed_who_hangs_up(arcade: Arcade, rocket: Gamer) -> None:
    attempt = await begun(rocket)
    path = PATH.format(attempt["leaderboardId"])
    async with gateway_on_a_port(arcade) as (doors, port), httpx.AsyncClient(timeout=30) as client:
        hub = doors.app._town.hub
        async with client.stream("GET", f"http://127.0.0.1:{port}{path}", headers=bearer(CLIENT)) as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == "event: ready"
            await rocket.progress(attempt, metricValue=5)
            async for line in lines:
                if line == "event: score_update":
                    break
            assert hub.watched == 1

        async def left() -> bool:
            return hub.watched == 0

        await eventually("the reader is gone", left)


async def test_a_gateway_that_stops_ends_its_streams_politely(arcade: Arcade, rocket: Gamer) -> None:
    path = PATH.format((await begun(rocket))["leaderboardId"])
    async with (
        gateway_on_a_port(arcade) as (doors, port),
        httpx.AsyncClient(timeout=30) as client,
        client.stream("GET", f"http://127.0.0.1:{port}{path}", headers=bearer(CLIENT)) as stream,
    ):
        lines = stream.aiter_lines()
        assert await anext(lines) == "event: ready"
        doors.stop()
        assert [line async for line in lines][-1] == ""  # to its end, and not torn


async def test_bots_are_not_told(arcade: Arcade, rocket: Gamer) -> None:
    await arcade.event(
        "duel",
        leaderboard={"mode": "lobby_matched", "capacity": 2, "fill_timeout_seconds": 1, "strategy": "fill_with_bots"},
        bots={"behaviour": "progress_linear", "per_minute": {"min": 60, "max": 60}, "names": ["Bot"]},
    )
    assert (await rocket.start("duel")).status_code == 202

    async def starts() -> bool:
        arcade.wait(timedelta(seconds=1))
        return (await rocket.start("duel")).status_code == 201

    await eventually("bots take the seats that are left", starts)
    listed = {event["eventKey"]: event for event in data(await rocket.get("events"))}
    attempt_id = listed["duel"]["currentAttemptId"]
    board = data(await rocket.post(f"events/duel/attempts/{attempt_id}/progress", mode="set", metricValue=1))
    listener = await listen(arcade, board["attempt"]["leaderboardId"])

    async def bots_play() -> bool:
        arcade.wait(timedelta(seconds=5))
        rows = await arcade.town.sql("select count(*) from leaderboards.events where type = 'bots.progressed'")
        return bool(rows[0][0])

    await eventually("bots have scored", bots_play)
    await rocket.post(f"events/duel/attempts/{attempt_id}/progress", mode="set", metricValue=2)
    await listener.hears(2)
    assert [update["participantId"] for update in listener.updates] == [board["attempt"]["playerId"]]
