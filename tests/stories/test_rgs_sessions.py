"""A session lives while it is used, its token is exchanged once at a time, and nobody comes in with another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from tests.stories.casino import DICE, Casino, Client, casino_over, said

pytestmark = pytest.mark.postgres

EXPIRED = (401, "ERROR_CODE_SESSION_EXPIRED")
READS = ("/game/balance", "/game/history")
POSTS = ("/game/current", "/seed/current", "/seed/upcoming")
ALMOST, HOUR, MINUTE = timedelta(minutes=59), timedelta(hours=1), timedelta(seconds=61)


@pytest.fixture
async def casino(tables: str) -> AsyncIterator[Casino]:
    async with casino_over(tables) as found:
        yield found


async def is_dead(client: Client) -> None:
    """No route lets the token in."""
    answers = [await client.get(path) for path in READS] + [await client.post(path) for path in POSTS]
    answers += [await client.play(), await client.post("/seed/rotate", {}), await client.get("/game/round/x")]
    answers += [await client.post("/seed/reveal", {"id": "x"})]
    assert {said(answer) for answer in answers} == {EXPIRED}


async def test_a_refresh_answers_a_new_token_for_another_hour_and_the_old_one_is_dead(casino: Casino) -> None:
    old = await casino.house.let_in()
    answer = await old.told("/session/refresh")
    assert list(answer) == ["sessionToken", "expiresAt"]
    left = datetime.fromisoformat(answer["expiresAt"]) - casino.clock.now()
    assert timedelta(minutes=59, seconds=30) < left <= HOUR
    new = Client(casino, answer["sessionToken"])
    await new.played()
    await is_dead(old)
    assert said(await old.post("/session/refresh")) == (409, "ERROR_CODE_TOKEN_ALREADY_REFRESHED")
    assert (await casino.house.let_in()).token == new.token, "a launch tells the token that counts"


async def test_a_wish_is_the_same_under_the_next_token_and_told_to_nobody_under_the_last(casino: Casino) -> None:
    old = await casino.house.let_in()
    played = await old.played(DICE, "one-bet")
    new = Client(casino, (await old.told("/session/refresh"))["sessionToken"])
    assert await new.played(DICE, "one-bet") == played
    assert said(await old.play(DICE, "one-bet")) == EXPIRED
    casino.wait(HOUR)
    assert said(await new.play(DICE, "one-bet")) == EXPIRED


async def test_of_two_refreshes_at_once_one_is_granted(casino: Casino) -> None:
    client = await casino.house.let_in()
    answers = await asyncio.gather(*(client.post("/session/refresh") for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_session_that_is_left_alone_for_an_hour_is_over(casino: Casino) -> None:
    client = await casino.house.let_in()
    casino.wait(HOUR)
    await is_dead(client)
    assert said(await client.post("/session/refresh")) == EXPIRED
    again = await casino.house.let_in()
    assert again.token != client.token
    await is_dead(client)
    await again.played()


async def test_whatever_a_client_asks_keeps_its_session_open(casino: Casino) -> None:
    client = await casino.house.let_in()
    for path in (*READS, "", *READS):
        casino.wait(ALMOST)
        assert (await (client.get(path) if path else client.play())).status_code == 200
    touches = await casino.town.events("session.touched")
    assert touches == 2 * len(READS) + 1
    await client.shown("/game/balance")
    await client.played()
    assert await casino.town.events("session.touched") == touches, "once a minute is enough"
    casino.wait(MINUTE)
    await client.shown("/game/balance")
    assert await casino.town.events("session.touched") == touches + 1


async def test_who_has_no_token_of_ours_is_nobody(casino: Casino) -> None:
    client = await casino.house.let_in()
    for token in ("x" * 43, client.token[:-1], client.token + "x", client.token.swapcase(), ""):
        await is_dead(Client(casino, token))
    nobody = await casino.town.nobody.post("/game/current")
    assert said(nobody) == EXPIRED
    basic = {"Authorization": f"Basic {client.token}"}
    assert said(await casino.town.nobody.post("/game/current", headers=basic)) == EXPIRED
