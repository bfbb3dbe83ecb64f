"""A player's secret: told once, needed from then on, and good for this player alone."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from shared.ids import PlayerId, TenantId, user_id_of
from tests.stories.arcade import MOON, Arcade, Gamer, data, told
from tests.stories.town import eventually

pytestmark = pytest.mark.postgres


async def test_registering_tells_a_secret_once(arcade: Arcade) -> None:
    answer = await Gamer(arcade, "rocket").register()
    told_ = data(answer, 201)
    secret = told_["secret"]
    assert len(secret) == 43
    assert told_ == {
        "playerId": user_id_of(TenantId("starlight"), PlayerId("rocket")),
        "externalPlayerId": "rocket",
        "secret": secret,
        "secretPrefix": secret[:8],
        "registeredAt": told_["registeredAt"],
    }
    assert told(await Gamer(arcade, "rocket").register()) == (409, "player_already_registered")


async def test_a_repeat_under_the_same_key_tells_the_same_secret_which_is_kept_nowhere(arcade: Arcade) -> None:
    gamer = Gamer(arcade, "groot")
    first, again = await gamer.register("launch-1"), await gamer.register("launch-1")
    assert first.content == again.content
    secret = data(first, 201)["secret"]
    tables = await arcade.town.sql(
        "select table_schema, table_name from information_schema.tables"
        " where table_schema in ('ledger', 'engines', 'leaderboards') and table_type = 'BASE TABLE'"
    )
    for schema, table in tables:
        rows = await arcade.town.sql(f"select t::text from {schema}.{table} t")
        assert not any(secret in row[0] for row in rows), (schema, table)
    assert told(await gamer.register("launch-1", force=True)) == (409, "idempotency_conflict")


async def test_a_player_nobody_has_heard_of_begins_to_exist(arcade: Arcade) -> None:
    gamer = await arcade.gamer("kp_" + "0af" * 10 + "12")
    assert await gamer.wallet() == {}
    assert await gamer.inventory() == {}
    assert await gamer.pending() == []


async def test_names_are_decoded_once_and_a_slash_is_in_no_name(arcade: Arcade) -> None:
    gamer = await arcade.gamer("star lord@milano%2F1")
    assert gamer.path.endswith("/star%20lord%40milano%252F1")
    assert await gamer.wallet() == {}
    assert told(await Gamer(arcade, "a/b").register()) == (400, "validation_failed")
    assert told(await Gamer(arcade, "x" * 129).register()) == (400, "validation_failed")


async def test_force_gives_another_secret_and_the_first_is_worth_nothing(arcade: Arcade) -> None:
    gamer = await arcade.gamer("rocket")
    old = gamer.secret
    gamer.secret = data(await gamer.register(force=True), 201)["secret"]
    assert gamer.secret != old
    assert (await gamer.get("wallet")).status_code == 200
    assert told(await Gamer(arcade, "rocket", secret=old).get("wallet")) == (401, "player_secret_invalid")


async def test_force_means_nothing_to_a_live_game(arcade: Arcade) -> None:
    gamer = await arcade.gamer("luna", MOON)
    live = {"slug": "moonbase", "brand": "moonbase", "environment": "live"}
    assert (await arcade.town.put("tenant", "moonbase", live, "moonbase")).status_code == 200

    async def is_live() -> bool:
        return bool((await gamer.get("/sdk/v1/ping")).json()["apiKey"]["environment"] == "live")

    await eventually("the game is live", is_live)
    assert told(await gamer.register(force=True)) == (409, "player_already_registered")


async def test_reading_of_a_player_needs_their_secret(arcade: Arcade) -> None:
    rocket, groot = await arcade.gamer("rocket"), await arcade.gamer("groot")
    for path in ("wallet", "inventory", "pending-grants", "grants/none/proof"):
        for secret in (None, "", groot.secret, "x" * 500):
            refused = await Gamer(arcade, "rocket", secret=secret).get(path)
            assert told(refused) == (401, "player_secret_invalid"), (path, secret)
        assert (await rocket.get(path)).status_code in (200, 404)
        assert told(await Gamer(arcade, "never-seen", secret="x").get(path)) == (401, "player_secret_invalid")


WRITES: Final[dict[str, dict[str, Any]]] = {
    "events/daily-run/start": {},
    "events/daily-run/attempts/none/progress": {"mode": "set", "metricValue": 1},
    "events/daily-run/attempts/none/finish": {},
    "grants/none/claim": {},
    "crates/none/open": {},
    "inventory/sword/consume": {"quantity": 1},
    "inventory/sword/grant": {"quantity": 1},
    "wallet/gems/debit": {"amount": 1},
}


async def test_writing_for_a_player_needs_their_secret_and_that_they_are_not_shut_out(arcade: Arcade) -> None:
    rocket, groot = await arcade.gamer("rocket"), await arcade.gamer("groot")
    for path, body in WRITES.items():
        for secret in (None, groot.secret):
            refused = await Gamer(arcade, "rocket", secret=secret).post(path, **body)
            assert told(refused) == (401, "player_secret_invalid"), path
    wish = {"status": "suspended", "reason": "a story"}
    assert (await arcade.town.key.patch("/v1/players/rocket/status", json=wish)).status_code == 201

    async def shut_out() -> bool:
        return told(await rocket.post("inventory/sword/grant", quantity=1)) == (403, "player_banned")

    await eventually("the gateway has heard of it", shut_out)
    for path, body in WRITES.items():
        assert told(await rocket.post(path, **body)) == (403, "player_banned"), path
    assert told(await Gamer(arcade, "rocket").register(force=True)) == (403, "player_banned")
    assert (await rocket.get("wallet")).status_code == 200, "reading is not forbidden"


async def test_a_player_is_of_one_game(arcade: Arcade) -> None:
    rocket = await arcade.gamer("rocket")
    other = Gamer(arcade, "rocket", MOON, rocket.secret)
    assert told(await other.get("wallet")) == (401, "player_secret_invalid")
    moon = await arcade.gamer("rocket", MOON)
    assert moon.secret != rocket.secret
    assert "gems" in await rocket.wallet()
    assert await moon.wallet() == {}


async def test_a_body_may_be_left_out_and_may_have_no_other_fields(arcade: Arcade) -> None:
    gamer = Gamer(arcade, "rocket")
    path = f"{gamer.path}/register"
    post = arcade.town.nobody.post
    for body in (b"[]", b'{"secret":"mine"}', b'{"idempotencyKey":""}', b'{"idempotencyKey":7}', b"{", b'"x"'):
        assert told(await post(path, content=body, headers=gamer.headers)) == (400, "validation_failed"), body
    long = json.dumps({"idempotencyKey": "k" * 256}).encode()
    assert told(await post(path, content=long, headers=gamer.headers)) == (400, "validation_failed")
    assert (await post(path, headers=gamer.headers)).status_code == 201
