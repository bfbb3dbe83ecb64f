"""A bet is one request and one answer: the money has moved, the outcome can be checked, and bad input costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from tests.stories.casino import DICE, Casino, casino_over, said

pytestmark = pytest.mark.postgres

WRONG: Final[tuple[tuple[Any, str], ...]] = (
    ({}, "INVALID_MESSAGE"),
    ({"bet": None}, "INVALID_MESSAGE"),
    ({"bet": {"amount": "1.00", "over": 5000}, "verify": {}}, "INVALID_MESSAGE"),
    ({"dance": {}}, "INVALID_MESSAGE"),
    ({"bet": {"amount": "1.00", "over": 5000, "luck": 1}}, "INVALID_MESSAGE"),
    ({"bet": {"amount": "1.00", "over": 5000.5}}, "INVALID_MESSAGE"),
    ({"bet": {"amount": "1.00", "over": True}}, "INVALID_MESSAGE"),
    ({"bet": []}, "INVALID_MESSAGE"),
    ({"verify": {}}, "INVALID_REQUEST_TYPE"),
    ({"bet": {"over": 5000}}, "INVALID_AMOUNT"),
    ({"bet": {"amount": 1, "over": 5000}}, "INVALID_AMOUNT"),
    ({"bet": {"amount": "1,00", "over": 5000}}, "INVALID_AMOUNT"),
    ({"bet": {"amount": "-1.00", "over": 5000}}, "INVALID_AMOUNT"),
    ({"bet": {"amount": "0.00", "over": 5000}}, "INVALID_AMOUNT"),
    ({"bet": {"amount": "0.001", "over": 5000}}, "INVALID_AMOUNT"),
    ({"bet": {"amount": "1e2", "over": 5000}}, "INVALID_AMOUNT"),
    ({"bet": {"amount": "99999999999999999999", "over": 5000}}, "INVALID_AMOUNT"),
    ({"bet": {"amount": "1.00"}}, "INVALID_PARAM"),
    ({"bet": {"amount": "1.00", "over": 5000, "under": 5000}}, "INVALID_PARAM"),
    ({"bet": {"amount": "1.00", "over": 9999}}, "PARAM_OUT_OF_RANGE"),
    ({"bet": {"amount": "1.00", "under": 0}}, "PARAM_OUT_OF_RANGE"),
    ({"bet": {"amount": "1.00", "over": -1}}, "PARAM_OUT_OF_RANGE"),
    ({"bet": {"amount": "1000.01", "over": 5000}}, "PARAM_OUT_OF_RANGE"),
    ({"bet": {"amount": "1000.00", "over": 9998}}, "PARAM_OUT_OF_RANGE"),
)
"""What is said to dice, and the code that it is refused with."""


@pytest.fixture
async def casino(tables: str) -> AsyncIterator[Casino]:
    async with casino_over(tables) as found:
        yield found


async def test_a_bet_at_dice_is_debited_decided_and_paid_in_one_answer(casino: Casino) -> None:
    client = await casino.house.let_in()
    held = 10_000
    for _ in range(6):
        answer = await client.played()
        message, round_id = answer["message"], answer["roundId"]
        assert list(answer) == ["message", "roundId"]
        assert set(message) == {"metadata", "bet", "state"}
        roll, result = message["bet"]["roll"], message["bet"]["result"]
        assert message["state"] == {"over": 5000, "result": roll}
        won = roll > 5000
        assert result == ({"payout": "1.98", "multiplier": "1.98"} if won else {"payout": "0.00", "multiplier": "0.00"})
        held += 98 if won else -100
        assert message["metadata"] == {"balance": f"{held / 100:.2f}", "roundId": round_id}
        assert await casino.town.balance("USD") == held


async def test_names_may_be_in_either_case_and_numbers_text(casino: Casino) -> None:
    client = await casino.house.let_in()
    await client.played({"bet": {"amount": "1", "under": "4000"}})
    wheel = await casino.house.let_in("wheel-alpha")
    for segments, difficulty in ((10, 1), ("SEGMENTS_10", "DIFFICULTY_LOW"), ("segments_10", "low")):
        bet = (await wheel.played({"bet": {"amount": "1.00", "segments": segments, "difficulty": difficulty}}))[
            "message"
        ]
        assert (bet["bet"]["segments"], bet["bet"]["difficulty"]) == (10, 1)


async def test_what_makes_no_sense_is_refused_and_nothing_is_debited(casino: Casino) -> None:
    client = await casino.house.let_in()
    facts = await casino.town.events()
    for message, code in WRONG:
        answer = await client.post("/game/play", {"message": message})
        assert said(answer) == (400, f"ERROR_CODE_{code}"), (message, answer.text)
        assert answer.json()["category"] == "ERROR_CATEGORY_VALIDATION"
    for body in ({}, {"message": 7}, {"message": DICE, "roundId": "x"}, [DICE]):
        assert said(await client.post("/game/play", body)) == (400, "ERROR_CODE_INVALID_MESSAGE")
    assert await casino.town.events() == facts
    assert await casino.town.balance("USD") == 10_000


async def test_a_stake_beyond_the_balance_is_refused_and_keeps_its_nonce(casino: Casino) -> None:
    client = await casino.house.let_in()
    too_much = {"bet": {"amount": "100.01", "over": 5000}}
    answer = await client.play(too_much)
    assert said(answer) == (402, "ERROR_CODE_INSUFFICIENT_FUNDS")
    assert answer.json()["category"] == "ERROR_CATEGORY_OPERATOR"
    assert await casino.town.balance("USD") == 10_000
    assert (await client.told("/seed/current"))["nonce"] == 1
    assert (await client.shown("/game/history")) == {"rounds": []}
    await client.played({"bet": {"amount": "100.00", "over": 5000}})


async def test_a_blocked_players_session_cannot_be_played_in(casino: Casino) -> None:
    client = await casino.house.let_in()
    await casino.town.key.patch("/v1/players/rocket/status", json={"status": "suspended", "reason": "asked"})
    assert said(await client.play()) == (403, "ERROR_CODE_PLAYER_DISABLED")
    await client.shown("/game/balance")


async def test_a_limit_of_the_player_is_the_operators_rejection(casino: Casino) -> None:
    client = await casino.house.let_in()
    await casino.town.key.post("/v1/players/rocket/rg", json={"wager_daily_limit": 150})
    await client.played()
    assert said(await client.play()) == (409, "ERROR_CODE_OPERATOR_REJECTED")


async def test_a_key_again_is_the_same_answer_and_nothing_happens(casino: Casino) -> None:
    client = await casino.house.let_in()
    first = await client.play(key="one")
    facts = await casino.town.events()
    assert (await client.play(key="one")).text == first.text
    assert await casino.town.events() == facts
    other = {"bet": {"amount": "2.00", "over": 5000}}
    assert said(await client.play(other, key="one")) == (409, "ERROR_CODE_IDEMPOTENCY_CONFLICT")
    elsewhere = await casino.house.let_in("dice-beta")
    assert (await elsewhere.played(other, key="one"))["roundId"] != first.json()["roundId"]
    for key in ("no spaces", ""):
        assert said(await client.play(key=key)) == (400, "ERROR_CODE_INVALID_MESSAGE")


async def test_a_refused_key_is_free_again(casino: Casino) -> None:
    client = await casino.house.let_in()
    bet = {"bet": {"amount": "150.00", "over": 5000}}
    assert said(await client.play(bet, key="later"))[0] == 402
    await casino.town.admin.post("/admin/v1/players/rocket/credit", json={"asset": "USD", "amount": 10_000})
    await client.played(bet, key="later")


async def test_bets_at_once_are_decided_one_after_the_other(casino: Casino) -> None:
    """Either a bet finds the table free, or it is told that it is not; no nonce is left out or used twice."""
    client = await casino.house.let_in()
    answers = await asyncio.gather(*(client.play() for _ in range(8)))
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {said(answer) for answer in refused} <= {(409, "ERROR_CODE_ACTIVE_ROUND_EXISTS")}
    nonces = await casino.town.sql("select nonce from rgs.rounds order by nonce")
    assert [row[0] for row in nonces] == list(range(8 - len(refused)))


async def test_a_game_that_was_taken_away_cannot_be_played(casino: Casino) -> None:
    client = await casino.house.let_in()
    await casino.put("game", "dice-alpha", status="inactive")
    assert said(await client.play()) == (409, "ERROR_CODE_GAME_NOT_AVAILABLE")
    await client.shown("/game/history")


async def test_unknown_paths_and_methods_are_told_in_the_doors_own_words(casino: Casino) -> None:
    client = await casino.house.let_in()
    for path in ("/game", "/game/dance", "/seed/x/y", "/session", "/operator/launch/x"):
        assert said(await client.get(path)) == (404, "ERROR_CODE_NOT_FOUND")
    answer = await client.get("/game/play")
    assert said(answer) == (405, "ERROR_CODE_METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "POST"
    too_large = {"message": {"bet": {"amount": "1" * 70_000}}}
    assert said(await client.post("/game/play", too_large)) == (413, "ERROR_CODE_INVALID_MESSAGE")
