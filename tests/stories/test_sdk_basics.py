"""A game's key: what it is good for, how often, and that every answer looks as clients expect."""

from __future__ import annotations

from typing import Final

import httpx
import pytest

from tests.stories.arcade import CLIENT, FIGURES, MOON, SERVER, SLOW, Arcade, bearer, data, told
from tests.stories.town import FAST, KEY, eventually

pytestmark = pytest.mark.postgres

PING: Final = "/sdk/v1/ping"
CATALOG: Final = "/sdk/v1/catalog"


def figures(answer: httpx.Response) -> tuple[int, ...]:
    """Limit, remaining and reset; every answer has them."""
    return tuple(int(answer.headers[name]) for name in FIGURES)


async def test_ping_tells_whose_key_it_is_without_an_envelope(arcade: Arcade) -> None:
    answer = await arcade.get(PING)
    assert answer.status_code == 200
    key = answer.json()["apiKey"]
    assert answer.json() == {
        "ok": True,
        "apiKey": {
            "id": key["id"],
            "prefix": "demoClnt",
            "permissionSet": "client_sdk",
            "environment": "test",
            "studioId": "starlight",
            "gameId": "starlight",
        },
    }
    other = (await arcade.get(PING, bearer(MOON))).json()["apiKey"]
    assert (other["prefix"], other["gameId"]) == ("moonClnt", "moonbase")
    assert other["id"] != key["id"]


async def test_the_time_is_told_in_utc_and_where_it_is_asked_for(arcade: Arcade) -> None:
    noon = data(await arcade.get("/sdk/v1/time"))
    day = arcade.clock.now().date().isoformat()
    assert noon["iso"].startswith(f"{day}T12:")
    assert noon["iso"].endswith("Z")
    assert noon["timezone"] == "UTC"
    assert noon["offsetMinutes"] == 0
    there = data(await arcade.get("/sdk/v1/time", timezone="Asia/Kathmandu"))
    assert (there["timezone"], there["offsetMinutes"]) == ("Asia/Kathmandu", 345)
    assert there["local"].startswith(f"{day}T17:4")
    assert there["epochMs"] - noon["epochMs"] in range(60_000)
    assert told(await arcade.get("/sdk/v1/time", timezone="Mars/Olympus")) == (400, "validation_failed")


async def test_the_catalog_has_every_item_and_currency_of_the_game(arcade: Arcade) -> None:
    catalog = data(await arcade.get(CATALOG))
    assert [item["key"] for item in catalog["items"]] == ["crate_basic", "potion", "sword"]
    assert catalog["items"][2] == {
        "key": "sword", "name": "Sword", "iconUrl": None, "description": "", "itemTypeKey": "weapon",
        "tags": ["melee"], "rarity": "rare", "attributes": {"damage": 12},
    }  # fmt: skip
    assert {"key": "coins", "name": "Coins", "iconUrl": None, "description": "", "kind": "currency"} in catalog[
        "currencies"
    ]
    assert data(await arcade.get(CATALOG, bearer(MOON)))["items"] == []


@pytest.mark.parametrize(
    ("what", "headers", "status", "code"),
    [
        ("no key",                 {},                                         401, "unauthenticated"),
        ("a word alone",           {"Authorization": "Bearer"},                401, "session_invalid"),
        ("nobody's key",           bearer("demoClnt." + "d" * 43),             401, "session_invalid"),
        ("another door's key",     KEY,                                        401, "session_invalid"),
        ("a server's key",         bearer(SERVER),                             403, "forbidden"),
        ("a player's secret alone", {"X-Player-Secret": "s"},                  401, "unauthenticated"),
    ],
)  # fmt: skip
async def test_who_has_no_client_key_is_told_why(
    arcade: Arcade, what: str, headers: dict[str, str], status: int, code: str
) -> None:
    for path in (PING, CATALOG, "/sdk/v1/players/rocket/wallet"):
        answer = await arcade.get(path, headers)
        assert told(answer) == (status, code), what
        assert figures(answer)
        assert "Retry-After" not in answer.headers


async def test_a_revoked_key_and_a_suspended_game_are_shut_out_at_once(arcade: Arcade) -> None:
    secret = "gone1234." + "g" * 43
    for status, expected in (("active", 200), ("revoked", 401)):
        await arcade.put("api_key", "gone", {"door": "sdk_client", "secret": secret, "demo": True, "status": status})

        async def so(expected: int = expected) -> bool:
            return (await arcade.get(PING, bearer(secret))).status_code == expected

        await eventually(f"the key is {status}", so)
    assert told(await arcade.get(PING, bearer(secret))) == (401, "session_invalid")
    moon = {"slug": "moonbase", "brand": "moonbase", "environment": "test", "status": "suspended"}
    assert (await arcade.get(PING, bearer(MOON))).status_code == 200
    assert (await arcade.town.put("tenant", "moonbase", moon, "moonbase")).status_code == 200

    async def suspended() -> bool:
        return (await arcade.get(PING, bearer(MOON))).status_code == 403

    await eventually("the game is suspended", suspended)
    assert told(await arcade.get(PING, bearer(MOON))) == (403, "forbidden")


async def test_what_the_door_itself_refuses_has_the_envelope_and_the_figures_too(arcade: Arcade) -> None:
    headers = bearer(CLIENT)
    nobody = arcade.town.nobody
    answers = {
        (404, "not_found"): await nobody.get("/sdk/v1/nowhere", headers=headers),
        (405, "method_not_allowed"): await nobody.delete("/sdk/v1/ping", headers=headers),
        (413, "payload_too_large"): await nobody.post(
            "/sdk/v1/players/rocket/register", headers=headers, content=b" " * 65_537
        ),
        (400, "validation_failed"): await nobody.get("/sdk/v1/catalog?colour=red", headers=headers),
    }
    for expected, answer in answers.items():
        assert told(answer) == expected
        assert figures(answer)


@pytest.mark.parametrize("door", ["sdk", "server"])
async def test_a_page_beside_a_door_refuses_as_the_door_does(arcade: Arcade, door: str) -> None:
    for page in ("openapi.json", "reference"):
        answer = await arcade.town.nobody.post(f"/{door}/v1/{page}")
        assert told(answer) == (405, "method_not_allowed")
        assert answer.headers["Allow"] == "GET, HEAD"
        assert figures(answer)


async def test_a_secret_is_ignored_where_none_is_asked_for(arcade: Arcade) -> None:
    headers = bearer(CLIENT) | {"X-Player-Secret": "nobody's"}
    for path in (PING, CATALOG, "/sdk/v1/time"):
        assert (await arcade.get(path, headers)).status_code == 200


async def test_every_answer_tells_how_much_is_left_and_too_much_is_told_when_to_come_again(arcade: Arcade) -> None:
    slow = bearer(SLOW)
    answers = [await arcade.get(CATALOG, slow) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert [figures(answer)[:2] for answer in answers] == [(5, left) for left in (4, 3, 2, 1, 0, 0)]
    assert all(0 < figures(answer)[2] <= 60 for answer in answers)
    assert told(answers[-1]) == (429, "rate_limited")
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 12
    assert all("Retry-After" not in answer.headers for answer in answers[:-1])


async def test_reads_and_writes_and_players_have_buckets_of_their_own(arcade: Arcade) -> None:
    slow = bearer(SLOW)
    for _ in range(6):
        await arcade.get("/sdk/v1/players/rocket/wallet", slow)
    assert told(await arcade.get("/sdk/v1/players/rocket/wallet", slow)) == (429, "rate_limited")
    assert told(await arcade.get("/sdk/v1/players/groot/wallet", slow)) == (401, "player_secret_invalid")
    assert (await arcade.get(CATALOG, slow)).status_code == 200
    wrote = await arcade.town.nobody.post("/sdk/v1/players/rocket/register", headers=slow, json={})
    assert wrote.status_code == 201
    assert figures(wrote)[:2] == (5, 4)


async def test_a_key_without_a_limit_of_its_own_has_the_usual_ones(arcade: Arcade) -> None:
    secret = "usual123." + "u" * 43
    await arcade.put("api_key", "usual", {"door": "sdk_client", "secret": secret, "demo": True, **FAST})
    assert figures(await arcade.get(PING, bearer(secret)))[0] == 600
    wrote = await arcade.town.nobody.post("/sdk/v1/players/rocket/register", headers=bearer(secret), json={})
    assert figures(wrote)[0] == 300
