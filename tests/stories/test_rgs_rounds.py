"""A round of several steps is gone on with after any interruption, hides what must be hidden, and is told in full."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final

import pytest

from tests.stories.casino import MINES, Casino, Client, casino_over, said

pytestmark = pytest.mark.postgres

CLOSED: Final = (409, "ERROR_CODE_ROUND_CLOSED")
NOT_FOUND: Final = (404, "ERROR_CODE_ROUND_NOT_FOUND")
OPEN: Final = (409, "ERROR_CODE_ACTIVE_ROUND_EXISTS")
OPENINGS: Final[dict[str, dict[str, Any]]] = {
    "dice-alpha": {"bet": {"amount": "1.00", "under": 5000}},
    "limbo-alpha": {"bet": {"amount": "1.00", "target": "2.00"}},
    "plinko-alpha": {"bet": {"amount": "1.00", "rows": 16, "risk": 2}},
    "keno-alpha": {"bet": {"amount": "1.00", "tiles": [1, 2, 3, 4], "difficulty": "classic"}},
    "wheel-alpha": {"bet": {"amount": "1.00", "segments": 30, "difficulty": 2}},
    "baccarat-alpha": {"bet": {"amount": "1.00", "on": "banker"}},
    "mines-alpha": {"instant": {"amount": "1.00", "mineCount": 3, "gridSize": 25, "fields": [1, 2]}},
    "towers-alpha-leo": {"instant": {"amount": "1.00", "difficulty": 1, "fields": [0, 1]}},
    "hilo-alpha": {"start": {"amount": "1.00", "startCard": "♠7"}},
    "blackjack-leo": {"start": {"amount": "1.00"}},
}
"""A round of every game."""


@pytest.fixture
async def casino(tables: str) -> AsyncIterator[Casino]:
    async with casino_over(tables) as found:
        yield found


async def safe_reveal(client: Client, round_id: str) -> dict[str, Any]:
    """Open fields until one was safe, in one round after the other if need be; what the last opening told."""
    for field in range(25):
        told: dict[str, Any] = (await client.played({"reveal": {"field": field, "roundId": round_id}}))["message"]
        if told["state"]["active"]:
            return told
        round_id = (await client.played(MINES))["roundId"]
    raise AssertionError("not one field was safe")


async def test_a_client_that_loads_sees_the_balance_and_the_open_round(casino: Casino) -> None:
    client = await casino.house.let_in("mines-alpha")
    assert await client.told("/game/current") == {"balance": "100.00", "active": False}
    started = await client.played(MINES)
    state = {"active": True, "mineCount": 3, "gridSize": 25, "rounds": [], "cashedOut": False}
    metadata = {"balance": "99.00", "roundId": started["roundId"]}
    assert started["message"] == {"metadata": metadata, "start": {}, "state": state}
    told = await safe_reveal(client, started["roundId"])
    assert set(told) == {"metadata", "reveal", "state"}
    assert told["reveal"] == {}
    current = await client.told("/game/current")
    assert list(current) == ["balance", "active", "roundId", "gameId", "roundData", "state"]
    assert current["state"] == told["state"]
    assert current["state"]["rounds"][0]["multiplier"] == "1.12"
    assert "mines" not in current["state"]
    assert current["roundData"] == {"amount": "1.00", "mineCount": 3, "gridSize": 25}
    assert (current["active"], current["gameId"]) == (True, "mines-alpha")
    assert current["roundId"] == told["metadata"]["roundId"]


async def test_every_step_tells_the_true_balance_and_tells_it_again_as_it_was(casino: Casino) -> None:
    client = await casino.house.let_in("mines-alpha")
    started = await client.played(MINES)
    reveal = {"reveal": {"field": 0, "roundId": started["roundId"]}}
    told = await client.played(reveal, "first-step")
    assert told["message"]["metadata"]["balance"] == "99.00"
    await (await casino.house.let_in()).played()
    assert await client.played(reveal, "first-step") == told


async def test_an_open_round_outlives_its_session_and_is_cashed_out_in_the_next(casino: Casino) -> None:
    client = await casino.house.let_in("mines-alpha")
    round_id = (await safe_reveal(client, (await client.played(MINES))["roundId"]))["metadata"]["roundId"]
    casino.wait(timedelta(hours=2))
    client = await casino.house.let_in("mines-alpha")
    assert (await client.told("/game/current"))["roundId"] == round_id
    held = await casino.town.balance("USD")
    cashed = (await client.played({"cashout": {"roundId": round_id}}))["message"]
    assert cashed["cashout"] == {"result": {"payout": "1.12", "multiplier": "1.12"}}
    assert (cashed["state"]["active"], cashed["state"]["cashedOut"]) == (False, True)
    assert len(cashed["state"]["mines"]) == 3
    assert await casino.town.balance("USD") == held + 112
    assert (await client.told("/game/current"))["active"] is False


async def test_while_a_round_is_open_no_other_begins_and_no_seed_is_told(casino: Casino) -> None:
    client = await casino.house.let_in("mines-alpha")
    first = await client.told("/seed/current")
    await client.played(MINES)
    assert said(await client.play(MINES)) == OPEN
    assert said(await client.post("/seed/rotate", {"clientSeed": "mine"})) == OPEN
    assert (await client.told("/seed/current"))["serverHash"] == first["serverHash"]
    assert await casino.town.balance("USD") == 9_900
    other = await casino.house.let_in("mines-beta")
    await other.played(MINES)


async def test_actions_that_make_no_sense_are_refused_and_the_round_stays_as_it_is(casino: Casino) -> None:
    client, other = await casino.house.let_in("mines-alpha"), await casino.house.let_in("mines-alpha", "groot")
    told = await safe_reveal(client, (await client.played(MINES))["roundId"])
    round_id, opened = told["metadata"]["roundId"], told["state"]["rounds"][0]["field"]
    for message, refused in (
        ({"reveal": {"field": opened, "roundId": round_id}}, (400, "ERROR_CODE_INVALID_PARAM")),
        ({"reveal": {"field": 25, "roundId": round_id}}, (400, "ERROR_CODE_PARAM_OUT_OF_RANGE")),
        ({"reveal": {"field": 64, "roundId": round_id}}, (400, "ERROR_CODE_PARAM_OUT_OF_RANGE")),
        ({"reveal": {"field": 1}}, (400, "ERROR_CODE_INVALID_PARAM")),
        ({"reveal": {"field": 1, "roundId": "another"}}, NOT_FOUND),
        ({"cashout": {"roundId": "another"}}, NOT_FOUND),
        ({"next": {"action": "higher", "roundId": round_id}}, (400, "ERROR_CODE_INVALID_REQUEST_TYPE")),
        ({"bet": {"amount": "1.00", "over": 1}}, (400, "ERROR_CODE_INVALID_REQUEST_TYPE")),
    ):
        assert said(await client.play(message)) == refused, message
    assert said(await other.play({"cashout": {"roundId": round_id}})) == NOT_FOUND
    assert (await client.told("/game/current"))["state"] == told["state"]


async def test_what_a_game_has_against_a_step_is_told_in_its_own_words(casino: Casino) -> None:
    client = await casino.house.let_in("mines-alpha")
    too_many = {"start": {"amount": "1.00", "mine_count": 25, "gridSize": 25}}
    answer = await client.play(too_many)
    assert said(answer) == (400, "ERROR_CODE_PARAM_OUT_OF_RANGE")
    assert answer.json()["message"] == "start.mineCount: a grid of 25 has 1 to 24 mines"
    round_id = (await client.played(MINES))["roundId"]
    answer = await client.play({"cashout": {"roundId": round_id}})
    assert said(answer) == (400, "ERROR_CODE_INVALID_REQUEST_TYPE")
    assert answer.json()["message"] == "cashout: no field has been opened yet"
    seeds = {"serverSeed": "ab", "clientSeed": "cd", "nonce": 0}
    answer = await client.post("/game/verify", seeds | {"message": {"verify": {"mine_count": 40}}})
    assert said(answer) == (400, "ERROR_CODE_PARAM_OUT_OF_RANGE")
    assert answer.json()["message"] == "verify.mineCount: a grid of 25 has 1 to 24 mines"


async def test_a_field_that_is_zero_need_not_be_said(casino: Casino) -> None:
    for game, opening in (("mines-alpha", MINES), ("towers-alpha-leo", {"start": {"amount": "1.00", "difficulty": 1}})):
        client = await casino.house.let_in(game)
        round_id = (await client.played(opening))["roundId"]
        told = await client.played({"reveal": {"roundId": round_id}})
        assert [turn["field"] for turn in told["message"]["state"]["rounds"]] == [0]


async def test_a_round_that_is_over_is_not_gone_on_with(casino: Casino) -> None:
    client = await casino.house.let_in("mines-alpha")
    instant = {"instant": {"amount": "1.00", "mineCount": 24, "gridSize": 25, "fields": [0]}}
    played = await client.played(instant)
    assert (played["message"]["state"]["active"], len(played["message"]["state"]["mines"])) == (False, 24)
    over = {"roundId": played["roundId"]}
    assert said(await client.play({"cashout": over})) == CLOSED
    assert said(await client.play({"reveal": {"field": 1, **over}})) == CLOSED
    assert said(await client.play({"instant": instant["instant"] | {"amount": "200.00"}}))[0] == 402
    void = (await casino.town.sql("select round_id from rgs.rounds where status = 'voided'"))[0][0]
    assert said(await client.play({"cashout": {"roundId": void}})) == (409, "ERROR_CODE_ROUND_VOIDED")
    shown = await client.shown(f"/game/round/{void}")
    assert (shown["round"]["status"], shown["round"]["active"]) == ("voided", False)
    assert not {"result"} & set(shown["round"])


async def test_a_round_is_told_in_full_to_whoever_played_it(casino: Casino) -> None:
    client = await casino.house.let_in()
    played = await client.played()
    shown = await client.shown(f"/game/round/{played['roundId']}")
    assert list(shown) == ["round", "seed", "roundData", "state"]
    details, result = shown["round"], played["message"]["bet"]["result"]
    assert datetime.fromisoformat(details.pop("createdAt")) <= datetime.fromisoformat(details.pop("endedAt"))
    exact = details["result"].pop("exactMultiplier")
    assert Fraction(exact) in (0, Fraction(9900, 4999))
    assert "/" in exact
    assert details == {
        "id": played["roundId"],
        "gameId": "dice-alpha",
        "slug": "dice",
        "rtp": "0.99",
        "amount": "1.00",
        "active": False,
        "status": "settled",
        "maxWin": "100000.00",
        "result": result,
    }
    assert set(shown["seed"]) == {"id", "serverHash", "clientSeed", "nonce"}
    assert shown["state"] == played["message"]["state"]
    for stranger in (
        await casino.house.let_in(player="groot"),
        await casino.house.let_in("dice-beta"),
        await casino.house.let_in("mines-alpha"),
    ):
        assert said(await stranger.get(f"/game/round/{played['roundId']}")) == NOT_FOUND
    assert said(await client.get("/game/round/none")) == NOT_FOUND


async def test_the_history_has_what_is_over_the_latest_first(casino: Casino) -> None:
    client = await casino.house.let_in()
    played = [await client.played() for _ in range(12)]
    rounds = (await client.shown("/game/history"))["rounds"]
    assert [row["id"] for row in rounds] == [one["roundId"] for one in reversed(played)][:10]
    last = played[-1]["message"]["bet"]["result"]
    assert set(rounds[0]) == {"id", "wager", "payout", "multiplier", "createdAt"}
    assert (rounds[0]["wager"], rounds[0]["payout"], rounds[0]["multiplier"]) == ("1.00", *last.values())
    assert len((await client.shown("/game/history", limit=100))["rounds"]) == 12
    assert len((await client.shown("/game/history", limit=1))["rounds"]) == 1
    for wrong in ({"limit": 0}, {"limit": 101}, {"limit": "x"}, {"page": 1}):
        assert said(await client.get("/game/history", **wrong)) == (400, "ERROR_CODE_INVALID_MESSAGE")
    other = await casino.house.let_in("mines-alpha")
    await other.played(MINES)
    assert (await other.shown("/game/history"))["rounds"] == [], "an open round is not over"


async def test_every_game_is_played_told_again_and_verified(casino: Casino) -> None:
    for game, opening in OPENINGS.items():
        client = await casino.house.let_in(game)
        played = await client.played(opening)
        (act,) = opening
        assert act in played["message"], game
        shown = await client.shown(f"/game/round/{played['roundId']}")
        assert shown["state"] == played["message"]["state"], game
        assert shown["roundData"]["amount"] == "1.00", game
        balance = await client.shown("/game/balance")
        assert played["message"]["metadata"]["balance"] == balance["balance"], game
        current = await client.told("/game/current")
        assert current["active"] is shown["round"]["active"], game
        assert ("serverSeed" in shown["seed"]) is False


async def test_a_round_in_another_currency_is_not_shown(casino: Casino) -> None:
    await casino.town.put("asset", "CNY", {"name": "Renminbi", "scale": 2})
    await casino.put("operator", casino.house.operator, currencies=["USD", "CNY"])
    client = await casino.house.let_in("mines-alpha")
    round_id = (await client.played(MINES))["roundId"]
    abroad = await casino.house.let_in("mines-alpha", currency="CNY")
    assert await abroad.told("/game/current") == {"balance": "0.00", "active": False}
    assert said(await abroad.play({"cashout": {"roundId": round_id}})) == NOT_FOUND
    assert said(await abroad.play(MINES)) == OPEN
    assert (await client.told("/game/current"))["active"] is True
