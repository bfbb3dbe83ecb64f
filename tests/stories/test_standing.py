"""Who may play: the engines know it themselves, and nobody is told of a change before they do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest

from shared.database import Pool, Target
from shared.ids import PlayerId
from shared.messages.player import SetPlayerPassword
from shared.readmodels.ledger import LedgerViews
from shared.running import wire
from tests.stories.aside import STARLIGHT, told
from tests.stories.house import gateway
from tests.stories.town import PARTITIONS, Town, eventually

pytestmark = pytest.mark.postgres

ROCKET = PlayerId("rocket")
FIRST_HASH, SECOND_HASH = "$argon2id$v=19$first", "$argon2id$v=19$second"


async def set_status(town: Town, status: str, key: str | None = None) -> httpx.Response:
    body = {"status": status, "reason": "support"} | ({"idempotency_key": key} if key else {})
    return await town.key.patch("/v1/players/rocket/status", json=body)


async def trigger(town: Town) -> httpx.Response:
    return await town.key.post("/v1/journeys/event", json={"user_id": "rocket", "trigger": "visit"})


async def test_the_ledger_is_asked_once_for_a_player_and_for_nobody_twice(town: Town) -> None:
    for _ in range(3):
        assert (await town.open_box()).status_code == 201
    assert (await trigger(town)).status_code == 200
    assert (await town.events("lootbox.requested"), await town.events("guest.noted")) == (1, 1)


async def test_a_player_who_is_held_is_turned_away_everywhere_and_leaves_no_trace(town: Town) -> None:
    assert (await town.open_box()).status_code == 201
    assert (await set_status(town, "suspended")).status_code == 201
    before = await town.events()
    for refused in (await town.open_box(), await trigger(town)):
        assert (refused.status_code, refused.json()["code"]) == (409, "PLAYER_BLOCKED")
    assert await town.events() == before


async def test_an_opening_from_before_the_block_is_repeated_after_it(town: Town) -> None:
    first = await town.open_box("before")
    await set_status(town, "closed")
    again = await town.open_box("before")
    assert (again.status_code, again.json()) == (200, {**first.json(), "deduped": True})


async def test_whatever_is_wished_at_once_the_engines_end_with_the_status_that_is_shown(town: Town) -> None:
    await town.open_box()
    for _ in range(5):
        said = await asyncio.gather(*(set_status(town, one) for one in ("closed", "active", "suspended", "active")))
        assert {answer.status_code for answer in said} == {201}
        shown = (await town.key.get("/v1/players/rocket")).json()["status"]
        assert (await town.open_box()).status_code == (201 if shown == "active" else 409)


@contextlib.asynccontextmanager
async def working(town: Town, service: str) -> AsyncIterator[None]:
    worker = await wire(service, town.parts)
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await task


async def test_while_the_engines_are_away_nobody_is_told_that_a_player_is_held(tables: str) -> None:
    async with gateway(tables, say_timeout_ms=500) as town, working(town, "ledger"):
        async with working(town, "engines"), working(town, "leaderboards"):
            await eventually("the town is ready", town.ready)
            await town.settle()
            assert (await town.open_box()).status_code == 201
        assert (await set_status(town, "self_excluded", "out")).status_code == 504
        assert (await set_status(town, "self_excluded")).status_code == 504, "another wish for it is told no sooner"
        async with working(town, "engines"):
            await eventually("the answer", lambda: answered(town))
            assert (await town.open_box()).json()["code"] == "PLAYER_BLOCKED"


async def answered(town: Town) -> bool:
    return (await set_status(town, "self_excluded", "out")).status_code == 200


async def test_what_is_kept_of_a_password_is_for_the_login_alone(town: Town) -> None:
    pool = Pool(Target(town.parts.dsn), most=1)
    ledger = LedgerViews(pool, PARTITIONS)
    assert await ledger.password(STARLIGHT, ROCKET) is None
    for kept in (FIRST_HASH, SECOND_HASH):
        answer = await told(town, "ledger", SetPlayerPassword(player=ROCKET, password_hash=kept), ROCKET)
        assert (answer.outcome, kept in repr(answer)) == ("done", False)
    nobodys = SetPlayerPassword(player=PlayerId("nobody"), password_hash=FIRST_HASH)
    assert (await told(town, "ledger", nobodys, "nobody")).code == "no_player"
    assert await ledger.password(STARLIGHT, ROCKET) == SECOND_HASH
    assert await ledger.person(STARLIGHT, ROCKET) is None
    assert (await town.admin.get("/admin/v1/players/rocket")).json()["person"] is None
    timeline = await town.key.get("/v1/players/rocket/timeline")
    assert [event["type"] for event in timeline.json()["events"]].count("player.password_set") == 2
    everything = "select data from ledger.events union all select convert_from(body, 'UTF8') from ledger.replies"
    assert not [row for row in await town.sql(everything) if "argon2" in row[0]]
    await pool.close()
