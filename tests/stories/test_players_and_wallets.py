"""Players are introduced, looked up, held and paid; a wallet never owes anybody anything."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.stories.town import PARTITIONS, Town

pytestmark = pytest.mark.postgres

NEW = {"username": "mantis", "email": "mantis@example.test", "external_ref": "crm-7", "country_code": "MT"}


async def test_whose_key_it_is(town: Town) -> None:
    answer = await town.key.get("/v1/me")
    assert answer.json() == {
        "tenant": {"slug": "starlight", "service_mode": "plug_in", "key_mode": "test", "scopes": ["*"]},
        "brand": {"slug": "starlight"},
    }


async def test_a_player_is_introduced_once_and_brought_up_to_date_afterwards(town: Town) -> None:
    first = await town.key.post("/v1/players", json={**NEW, "date_of_birth": "2001-02-03", "idempotency_key": "new"})
    assert first.status_code == 201
    player = first.json()["player"]
    assert (player["username"], player["status"], player["kyc_status"]) == ("mantis", "active", "unverified")
    assert first.json()["deduped"] is False
    again = await town.key.post("/v1/players", json={**NEW, "date_of_birth": "2001-02-03", "idempotency_key": "new"})
    assert (again.status_code, again.json()) == (200, {**first.json(), "deduped": True})
    moved = await town.key.post("/v1/players", json={**NEW, "country_code": "SE"})
    assert (moved.status_code, moved.json()["player"]["country_code"], moved.json()["deduped"]) == (200, "SE", False)
    assert (await town.key.get("/v1/players/mantis")).json() == moved.json()["player"]
    assert (await town.key.get(f"/v1/players/{player['user_id']}")).json() == moved.json()["player"]


async def test_a_person_stands_in_no_event(town: Town) -> None:
    await town.key.post("/v1/players", json={**NEW, "date_of_birth": "2001-02-03"})
    shown = (await town.admin.get("/admin/v1/players/mantis")).json()
    assert shown["person"] == {"email": "mantis@example.test", "date_of_birth": "2001-02-03"}
    told = "select data from ledger.events union all select convert_from(body, 'UTF8') from ledger.replies"
    assert not [row for row in await town.sql(told) if "mantis@" in row[0] or "2001-02-03" in row[0]]


async def test_a_held_player_can_be_looked_at_and_does_not_play(town: Town) -> None:
    held = {"status": "fraud_hold", "reason": "looks odd", "idempotency_key": "hold"}
    first = await town.key.patch("/v1/players/rocket/status", json=held)
    assert (first.status_code, first.json()["player"]["status"]) == (201, "fraud_hold")
    again = await town.key.patch("/v1/players/rocket/status", json=held)
    assert (again.status_code, again.json()) == (200, {**first.json(), "deduped": True})
    assert (await town.open_box()).json()["code"] == "PLAYER_BLOCKED"
    assert await town.balance() == 10_000
    await town.key.patch("/v1/players/rocket/status", json={"status": "active", "reason": "cleared"})
    assert (await town.open_box()).status_code == 201


async def test_a_wallet_shows_every_asset_with_its_decimals(town: Town) -> None:
    answer = (await town.key.get("/v1/players/rocket/wallet")).json()
    assert answer["balances"] == [
        {"asset": "USD", "balance": 10_000, "scale": 2},
        {"asset": "WINZ", "balance": 10_000, "scale": 0},
    ]
    assert answer["user_id"] == (await town.key.get("/v1/players/rocket")).json()["user_id"]


async def test_support_gives_and_takes_once_per_key(town: Town) -> None:
    money = {"asset": "WINZ", "amount": 250, "reason": "apology", "idempotency_key": "sorry"}
    first = await town.admin.post("/admin/v1/players/rocket/credit", json=money)
    assert first.status_code == 201
    assert {**first.json(), "transaction_id": "…"} == {
        "transaction_id": "…", "player": "rocket", "asset": "WINZ", "amount": 250, "balance": 10_250, "deduped": False,
    }  # fmt: skip
    again = await town.admin.post("/admin/v1/players/rocket/credit", json=money)
    assert (again.status_code, again.json()) == (200, {**first.json(), "deduped": True})
    taken = await town.admin.post("/admin/v1/players/rocket/debit", json={"asset": "WINZ", "amount": 10_250})
    assert (taken.status_code, taken.json()["balance"]) == (201, 0)
    houses = await town.sql("select account, sum(amount)::bigint from ledger.house where asset = 'WINZ' group by 1")
    assert dict(houses) == {"adjustments": 10_000, "opening": -10_000}


async def test_five_hundred_debits_at_once_never_go_below_zero(town: Town) -> None:
    debit = {"asset": "WINZ", "amount": 30}
    path = "/admin/v1/players/rocket/debit"
    answers = await asyncio.gather(*(town.admin.post(path, json=debit) for _ in range(500)))
    assert Counter(answer.status_code for answer in answers) == {201: 333, 402: 167}
    assert {answer.json()["balance"] for answer in answers if answer.status_code == 201} == set(range(10, 10_000, 30))
    assert await town.balance() == 10


async def test_everything_that_is_known_of_a_player(town: Town) -> None:
    await town.open_box()
    shown = (await town.admin.get("/admin/v1/players/rocket")).json()
    assert (shown["tenant"], shown["player"], shown["status"], shown["person"]) == (
        "starlight",
        "rocket",
        "active",
        None,
    )
    assert [(row["asset"], row["scale"]) for row in shown["balances"]] == [("USD", 2), ("WINZ", 0)]
    assert shown["facts"] == {"player": 1, "wallet": 2}
    assert [(row["engine"], row["entity"], row["number"]) for row in shown["promises"]] == [
        ("lootbox", "starter-box", 1)
    ]


async def test_how_the_services_stand(town: Town) -> None:
    services = (await town.admin.get("/admin/v1/status")).json()["services"]
    assert {name: [row["part"] for row in rows] for name, rows in services.items()} == {
        name: list(range(PARTITIONS)) for name in ("ledger", "engines", "leaderboards", "rgs")
    }
    rows = services["ledger"]
    assert sum(row["event_pos"] for row in rows) == await town.events("%") > 0
    assert {row["owner"] for row in rows} == {"ledger-story"}
    assert {row["dead_letters"] for row in rows} == {0}
    assert all(row["lag"] == 0 for row in rows)
