"""A player is held back by their own limits, and everything that happened to them can be read."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.stories.town import Town

pytestmark = pytest.mark.postgres

NO_LIMITS: dict[str, Any] = {
    "deposit_daily_limit": None,
    "loss_daily_limit": None,
    "wager_daily_limit": None,
    "pending": [],
}


async def limits_of(town: Town) -> Any:
    return (await town.key.get("/v1/players/rocket")).json()["rg"]


async def test_limits_are_set_one_by_one_and_a_higher_one_waits(town: Town) -> None:
    assert await limits_of(town) == NO_LIMITS
    lower = {"wager_daily_limit": 500, "idempotency_key": "lower"}
    first = await town.key.post("/v1/players/rocket/rg", json=lower)
    assert (first.status_code, first.json()["player"]["rg"]) == (201, {**NO_LIMITS, "wager_daily_limit": 500})
    again = await town.key.post("/v1/players/rocket/rg", json=lower)
    assert (again.status_code, again.json()) == (200, {**first.json(), "deduped": True})
    both = (await town.key.post("/v1/players/rocket/rg", json={"loss_daily_limit": 100})).json()["player"]["rg"]
    assert both == {**NO_LIMITS, "wager_daily_limit": 500, "loss_daily_limit": 100}
    lifted = (await town.key.post("/v1/players/rocket/rg", json={"wager_daily_limit": None})).json()["player"]["rg"]
    (pending,) = lifted.pop("pending")
    assert lifted["wager_daily_limit"] == 500
    assert (pending["limit"], pending["amount"]) == ("wager_daily_limit", None)
    assert await limits_of(town) == {**lifted, "pending": [pending]}


@pytest.mark.parametrize(
    "body",
    [
        {"wager_daily_limit": -1},
        {"wager_daily_limit": 1.5},
        {"wager_daily_limit": "100"},
        {"wager_daily_limit": 2**53 + 1},
        {"monthly_limit": 5},
    ],
)
async def test_a_limit_that_makes_no_sense_changes_nothing(town: Town, body: dict[str, Any]) -> None:
    answer = await town.key.post("/v1/players/rocket/rg", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION")
    assert await limits_of(town) == NO_LIMITS


async def test_nobody_has_neither_limits_nor_a_timeline(town: Town) -> None:
    limits = await town.key.post("/v1/players/nobody/rg", json={"wager_daily_limit": 5})
    timeline = await town.key.get("/v1/players/nobody/timeline")
    assert [(answer.status_code, answer.json()["code"]) for answer in (limits, timeline)] == [(404, "NO_PLAYER")] * 2


async def test_a_timeline_tells_everything_newest_first_page_by_page(town: Town) -> None:
    await town.key.post("/v1/players/rocket/rg", json={"wager_daily_limit": 500})
    assert (await town.open_box()).status_code == 201
    whole = (await town.key.get("/v1/players/rocket/timeline?limit=200")).json()
    types = [event["type"] for event in whole["events"]]
    assert whole["next"] is None
    assert {"player.created", "player.limits_set", "lootbox.opened", "wallet.posted"} <= set(types)
    times = [event["at"] for event in whole["events"]]
    assert times == sorted(times, reverse=True)
    pages: list[Any] = []
    mark = ""
    while True:
        page = (await town.key.get(f"/v1/players/rocket/timeline?limit=2{mark}")).json()
        pages += page["events"]
        if page["next"] is None:
            break
        mark = f"&before={page['next']}"
    assert pages == whole["events"]
    opened = next(event for event in whole["events"] if event["type"] == "lootbox.opened")
    assert opened["position"].startswith("engines/")
    assert opened["data"]["player"] == "rocket"


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "before=somewhere", "before=ledger--1", "after=1"]
)
async def test_a_timeline_is_not_read_from_anywhere_else(town: Town, query: str) -> None:
    answer = await town.key.get(f"/v1/players/rocket/timeline?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION")


async def test_tickets_are_a_wager_and_a_loss_until_something_is_won(town: Town) -> None:
    raffle = {"name": "Weekly", "ticket_cost": 10, "prize_amount": 25}
    assert (await town.put("raffle", "weekly", raffle)).status_code == 200
    await town.key.post("/v1/players/rocket/rg", json={"loss_daily_limit": 30})

    async def enter(tickets: int) -> httpx.Response:
        return await town.key.post("/v1/raffles/weekly/enter", json={"user_id": "rocket", "tickets": tickets})

    assert (await enter(3)).status_code == 201
    refused = await enter(1)
    assert (refused.status_code, refused.json()["code"]) == (409, "LIMIT_EXCEEDED")
    assert await town.balance() == 9_970
    assert (await town.key.post("/v1/raffles/weekly/draw", json={})).status_code == 201
    assert await town.balance() == 9_995
    assert (await town.put("raffle", "another", raffle)).status_code == 200
    again = await town.key.post("/v1/raffles/another/enter", json={"user_id": "rocket", "tickets": 2})
    assert again.status_code == 201
