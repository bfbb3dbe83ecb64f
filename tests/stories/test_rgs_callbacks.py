"""An operator that keeps its players' money is asked for every stake and told every payout: what players see of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from shared.demo_operator.app import DemoOperator
from tests.stories.casino import ABROAD, DICE, MINES, Casino, Client, OperatorProgram, casino_over, operator_at, said
from tests.stories.town import eventually

pytestmark = pytest.mark.postgres

SILENT = (503, "ERROR_CODE_OPERATOR_UNAVAILABLE")
REJECTED = (409, "ERROR_CODE_OPERATOR_REJECTED")
FAILED = (409, "ERROR_CODE_DEBIT_FAILED")
BARRED = (403, "ERROR_CODE_PLAYER_DISABLED")


@pytest.fixture
async def casino(tables: str) -> AsyncIterator[Casino]:
    async with casino_over(tables) as found:
        yield found


@pytest.fixture
async def wallet(casino: Casino) -> AsyncIterator[DemoOperator]:
    async with operator_at(casino) as found:
        yield found


def kinds(wallet: DemoOperator) -> list[str]:
    return [row["type"] for row in wallet.book.statement()]


async def test_a_bet_is_debited_and_credited_at_the_operator_and_nothing_here(
    casino: Casino, wallet: DemoOperator
) -> None:
    client = await casino.abroad.let_in()
    assert await client.shown("/game/balance") == {"balance": "1000.00"}
    held = 100_000
    for _ in range(6):
        played = await client.played()
        held += 98 if played["message"]["bet"]["result"]["payout"] == "1.98" else -100
        text = f"{held / 100:.2f}"
        assert played["message"]["metadata"]["balance"] == text
        assert await client.shown("/game/balance") == {"balance": text}
    assert kinds(wallet).count("debit") == 6
    assert await casino.town.balance("USD") == 10_000


async def test_in_rounds_of_several_steps_the_balance_is_not_told(casino: Casino, wallet: DemoOperator) -> None:
    client = await casino.abroad.let_in("mines-alpha")
    started = await client.played(MINES)
    assert started["message"]["metadata"]["balance"] == "0"
    current = await client.told("/game/current")
    assert (current["balance"], current["active"]) == ("999.00", True)
    told = await client.played({"reveal": {"field": 3, "roundId": started["roundId"]}})
    assert told["message"]["metadata"]["balance"] == "0"


async def test_whom_the_operator_does_not_know_is_not_let_in(casino: Casino, wallet: DemoOperator) -> None:
    for fault, refused in (("refuse", REJECTED), ("500", SILENT), ("garbage", SILENT), ("wrong_request_id", SILENT)):
        wallet.faults.switch("authenticate", fault, 1)
        answer = await casino.abroad.launch()
        assert said(answer) == refused, fault
    assert await casino.town.events("session.%") == 0
    wallet.book.currencies["rocket"] = "EUR"
    assert said(await casino.abroad.launch()) == (400, "ERROR_CODE_WRONG_CURRENCY")
    wallet.book.currencies["rocket"] = "USD"
    await casino.abroad.let_in()
    assert (await casino.abroad.launch(player=None, demo=True)).status_code == 200


async def test_what_the_operator_says_of_a_refused_stake_is_told(casino: Casino, wallet: DemoOperator) -> None:
    client = await casino.abroad.let_in()
    wallet.faults.switch("debit", "refuse", 1)
    answer = await client.play()
    assert said(answer) == REJECTED
    assert answer.json()["message"] == "Not today."
    wallet.book.held["rocket"] = 0
    assert said(await client.play()) == (402, "ERROR_CODE_INSUFFICIENT_FUNDS")
    assert kinds(wallet) == []


async def test_a_stake_that_nobody_can_tell_of_voids_the_round_and_comes_back(
    casino: Casino, wallet: DemoOperator
) -> None:
    client = await casino.abroad.let_in()
    wallet.faults.switch("debit", "500", 1)
    assert said(await client.play()) == FAILED

    async def taken_back() -> bool:
        return [row["status"] for row in wallet.book.statement()] == ["rolled_back"]

    await eventually("the stake is taken back", taken_back)
    assert await client.told("/game/current") == {"balance": "1000.00", "active": False}


async def test_a_bet_that_is_not_settled_in_time_is_asked_for_again(casino: Casino, wallet: DemoOperator) -> None:
    client = await casino.abroad.let_in()
    wallet.faults.switch("debit", "timeout_before", 1)
    playing = asyncio.create_task(client.play())

    async def begun() -> bool:
        return await casino.town.events("round.begun") == 1

    await eventually("the round is begun", begun)
    answer = await client.post("/game/current")
    assert said(answer) == (503, "round_initializing")
    assert answer.json()["category"] == "ERROR_CATEGORY_ROUND"
    assert said(await playing) == FAILED
    assert (await client.told("/game/current"))["active"] is False


async def test_a_payout_that_does_not_arrive_is_seen_until_it_does(casino: Casino, wallet: DemoOperator) -> None:
    client = await casino.abroad.let_in()
    wallet.faults.switch("credit", "500", 1_000)
    sure = {"bet": {"amount": "1.00", "over": 0}}
    played = await client.played(sure)
    assert played["message"]["bet"]["result"]["payout"] == "0.99"
    assert played["message"]["metadata"]["balance"] == "0"
    wallet.faults.switch("balance", "500", 1)
    current = await client.told("/game/current")
    assert (current["active"], current["roundId"], current["balance"]) == (True, played["roundId"], "0")
    assert said(await client.play()) == (409, "ERROR_CODE_ACTIVE_ROUND_EXISTS")
    wallet.faults.switch("credit", "500", 0)

    async def paid() -> bool:
        return not (await client.told("/game/current"))["active"]

    await eventually("the payout has arrived", paid)
    assert await client.shown("/game/balance") == {"balance": "999.99"}
    assert kinds(wallet) == ["debit", "credit"]


async def test_whom_the_ledger_shuts_out_is_not_asked_for(casino: Casino, wallet: DemoOperator) -> None:
    client = await casino.abroad.let_in()
    await casino.town.key.patch("/v1/players/rocket/status", json={"status": "suspended", "reason": "asked"})
    assert said(await client.play(DICE)) == (403, "ERROR_CODE_PLAYER_DISABLED")
    assert said(await casino.abroad.launch()) == (403, "ERROR_CODE_PLAYER_DISABLED")
    assert kinds(wallet) == []


def told_by(casino: Casino, whose: str) -> OperatorProgram:
    return casino.house if whose == "house" else casino.abroad


async def put_to(casino: Casino, status: str) -> None:
    """How the ledger thinks of the player from now on."""
    answer = await casino.town.key.patch("/v1/players/rocket/status", json={"status": status, "reason": "asked"})
    assert answer.is_success, answer.text


async def revealed_though_barred(casino: Casino, client: Client) -> str:
    """A round that was open when the player was shut out, and of which a safe field was opened since."""
    opening = {"start": {"amount": "1.00", "mineCount": 1, "gridSize": 64}}
    for field in range(8):
        await put_to(casino, "active")
        round_id = str((await client.played(opening))["roundId"])
        await put_to(casino, "suspended")
        told = await client.played({"reveal": {"field": field, "roundId": round_id}})
        if told["message"]["state"]["active"]:
            return round_id
    raise AssertionError("not one field was safe")


async def doubling(client: Client) -> str:
    """A hand that can be doubled."""
    for _ in range(30):
        dealt = await client.played({"start": {"amount": "1.00"}})
        round_id, state = str(dealt["roundId"]), dealt["message"]["state"]
        while state["active"]:
            if "double" in state["nextActions"]:
                return round_id
            (step,) = {"stand", "noInsurance"} & set(state["nextActions"])
            state = (await client.played({"next": {"action": step, "roundId": round_id}}))["message"]["state"]
    raise AssertionError("no hand could be doubled")


@pytest.mark.parametrize("whose", ["house", "abroad"])
async def test_whom_the_ledger_shuts_out_ends_an_open_round_is_paid_and_begins_no_other(
    casino: Casino, wallet: DemoOperator, whose: str
) -> None:
    client = await told_by(casino, whose).let_in("mines-alpha")
    round_id = await revealed_though_barred(casino, client)
    before = Decimal((await client.shown("/game/balance"))["balance"])
    again = {"reveal": {"field": 0, "roundId": round_id}}
    assert said(await client.play(MINES))[1] in ("ERROR_CODE_PLAYER_DISABLED", "ERROR_CODE_ACTIVE_ROUND_EXISTS")
    cashed = await client.played({"cashout": {"roundId": round_id}}, "out")
    payout = Decimal(cashed["message"]["cashout"]["result"]["payout"])
    assert payout > 1
    assert Decimal((await client.shown("/game/balance"))["balance"]) == before + payout
    assert said(await client.play(MINES)) == BARRED
    assert said(await client.play(again)) == (409, "ERROR_CODE_ROUND_CLOSED")
    await put_to(casino, "active")
    assert await client.played({"cashout": {"roundId": round_id}}, "out") == cashed


@pytest.mark.parametrize("whose", ["house", "abroad"])
async def test_whom_the_ledger_shuts_out_stakes_no_more_on_an_open_hand(
    casino: Casino, wallet: DemoOperator, whose: str
) -> None:
    client = await told_by(casino, whose).let_in("blackjack-leo")
    round_id = await doubling(client)
    await put_to(casino, "suspended")
    before = await client.told("/game/current")
    assert said(await client.play({"next": {"action": "double", "roundId": round_id}})) == BARRED
    assert await client.told("/game/current") == before
    stood = await client.played({"next": {"action": "stand", "roundId": round_id}})
    assert stood["message"]["state"]["active"] is False
    assert said(await client.play({"start": {"amount": "1.00"}})) == BARRED


async def test_a_wallet_that_does_not_answer_is_told_so(casino: Casino, wallet: DemoOperator) -> None:
    client = await casino.abroad.let_in()
    wallet.faults.switch("balance", "garbage", 1)
    assert said(await client.get("/game/balance")) == SILENT
    wallet.faults.switch("balance", "refuse", 1)
    assert said(await client.get("/game/balance")) == REJECTED
    await casino.put("operator", ABROAD, status="inactive")
    assert said(await client.get("/game/balance")) == SILENT
