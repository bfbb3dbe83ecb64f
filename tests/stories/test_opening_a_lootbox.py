"""A lootbox opens: from the door through the ledger's word and the draw into the wallet, once."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from shared.fair import checker
from tests.stories.town import BOX, Town

pytestmark = pytest.mark.postgres


async def test_what_was_won_is_in_the_wallet_and_the_draw_can_be_checked(town: Town) -> None:
    shown = (await town.key.get("/v1/lootbox/starter-box", params={"user_id": "rocket"})).json()
    before = await town.balance()
    answer = await town.open_box("lb-open-1")
    assert answer.status_code == 201
    opened = answer.json()
    assert list(opened) == [
        "open_id", "reward", "server_seed", "server_seed_hash", "definition_version", "deduped"
    ]  # fmt: skip
    assert opened["deduped"] is False
    assert await town.balance() == before + opened["reward"]["amount"]
    assert opened["server_seed_hash"] == shown["next_server_seed_hash"], "the draw was bound before it was made"
    checked = checker.check(
        "lootbox",
        "starter-box",
        opened["server_seed"],
        opened["server_seed_hash"],
        shown["prize_table"],
        opened["reward"],
    )
    assert checked.problems == ()
    assert shown["prize_table"] == BOX


async def test_every_opening_is_bound_to_the_hash_that_was_shown_before(town: Town) -> None:
    hashes, openings = [], []
    for _ in range(4):
        hashes.append((await town.key.get("/v1/lootbox/starter-box?user_id=rocket")).json()["next_server_seed_hash"])
        openings.append((await town.open_box()).json()["server_seed_hash"])
    assert hashes == openings
    assert len(set(hashes)) == 4


async def test_the_same_key_repeats_the_answer_and_does_nothing(town: Town) -> None:
    first = await town.open_box("again")
    events, balance = await town.events(), await town.balance()
    second = await town.open_box("again")
    assert second.status_code == 200
    assert second.json() == {**first.json(), "deduped": True}
    assert (await town.events(), await town.balance()) == (events, balance)


async def test_without_a_key_every_request_is_an_opening_of_its_own(town: Town) -> None:
    first, second = await town.open_box(), await town.open_box()
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["open_id"] != second.json()["open_id"]


async def test_a_hundred_at_once_under_one_key_are_one_opening(town: Town) -> None:
    answers = await asyncio.gather(*(town.open_box("at-once") for _ in range(100)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 99}
    bodies = {answer.text.replace('"deduped":true', '"deduped":false') for answer in answers}
    assert len(bodies) == 1
    assert await town.events("lootbox.opened") == 1
    assert await town.balance() == 10_000 + answers[0].json()["reward"]["amount"]


async def test_a_players_uuid_means_the_player(town: Town) -> None:
    user_id = (await town.key.get("/v1/players/rocket")).json()["user_id"]
    assert (await town.open_box(player=user_id.upper())).status_code == 201
    assert await town.balance(player=user_id) > 10_000


async def test_a_player_whose_own_name_is_a_uuid_is_found_by_it(town: Town) -> None:
    name = "0b0c2f1e-54c3-5a0e-9d3c-7f3b6f0f6a11"
    await town.put("player", name, {"opening_balances": {"WINZ": 5}})
    assert await town.balance(player=name) == 5
    assert (await town.open_box(player=name)).status_code == 201


async def test_nobody_sees_the_hash_of_another_tenants_player(town: Town) -> None:
    await town.put("tenant", "moonbase", {"slug": "moonbase", "brand": "moonbase"}, tenant="moonbase")
    secret = "wsk_test_" + "facade" * 8
    await town.put("api_key", "theirs", {"secret": secret}, tenant="moonbase")
    theirs = {"Authorization": f"Bearer {secret}"}
    for path in ("/v1/players/rocket", "/v1/players/rocket/wallet"):
        answer = await town.nobody.get(path, headers=theirs)
        assert (answer.status_code, answer.json()["code"]) == (404, "NO_PLAYER")
    answer = await town.nobody.get("/v1/lootbox/starter-box?user_id=rocket", headers=theirs)
    assert (answer.status_code, answer.json()["code"]) == (404, "NO_LOOTBOX")
    assert (await town.nobody.get("/v1/lootbox", headers=theirs)).json() == {"lootboxes": []}
