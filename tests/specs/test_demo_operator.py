"""The demo operator keeps its book exactly, believes no unsigned call, and goes wrong only as it is told to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

import httpx
import orjson
import pytest

from shared.cli.demo_operator import faults_of
from shared.demo_operator.app import Cut, DemoOperator
from shared.demo_operator.book import Book
from shared.demo_operator.faults import MOST_TIMES
from shared.operator_wallet.signature import signature_of
from shared.settings import WrongSettings

SECRET: Final = "demo-callback-secret"
DEBIT: Final = {"requestId": "1", "playerId": "rocket", "transactionId": "t1", "roundId": "r1", "amount": "1.50"}


def held(book: Book, player: str = "rocket") -> str:
    return str(book.answer("balance", {"requestId": "b", "playerId": player})["balance"])


def told(book: Book, kind: Any, **changed: Any) -> str:
    return str(book.answer(kind, {**DEBIT, **changed})["status"])


def test_a_debit_and_a_credit_move_exactly_what_they_say() -> None:
    book = Book()
    assert book.answer("debit", DEBIT) == {"requestId": "1", "status": "OK", "balance": "998.50"}
    assert told(book, "credit", transactionId="t2", amount="0.00000003") == "OK"
    assert held(book) == "998.50000003"
    assert held(book, "groot") == "1000.00"


@pytest.mark.parametrize("kind", ["debit", "credit"])
def test_a_movement_that_is_repeated_counts_once_and_its_id_serves_no_other(kind: str) -> None:
    book = Book()
    told(book, "debit", transactionId="t0")
    assert [told(book, kind), told(book, kind)] == ["OK", "OK"]
    before = held(book)
    assert told(book, kind, amount="2") == told(book, kind, roundId="r2") == "DUPLICATE_TRANSACTION"
    assert held(book) == before


def test_a_rolled_back_debit_gives_the_stake_back_once_and_never_counts_again() -> None:
    book = Book()
    told(book, "debit")
    assert [told(book, "rollback"), told(book, "rollback"), told(book, "debit")] == [
        "OK",
        "OK",
        "TRANSACTION_ROLLED_BACK",
    ]
    assert held(book) == "1000.00"


def test_a_debit_that_comes_after_its_rollback_still_counts() -> None:
    book = Book()
    assert [told(book, "rollback"), told(book, "debit"), told(book, "rollback")] == ["UNKNOWN_TRANSACTION", "OK", "OK"]


def test_nobody_stakes_more_than_is_there_or_wins_without_a_stake() -> None:
    book = Book()
    assert told(book, "debit", amount="1000.01") == "INSUFFICIENT_FUNDS"
    assert told(book, "credit") == "ROUND_NOT_FOUND"
    told(book, "debit")
    told(book, "rollback")
    assert told(book, "credit", transactionId="t2") == "ROUND_NOT_FOUND"


@pytest.mark.parametrize("changed", [{"amount": "much"}, {"amount": "-1"}, {"amount": "0.123456789"}])
def test_what_is_no_amount_is_refused(changed: dict[str, Any]) -> None:
    assert told(Book(), "debit", **changed).startswith("WRONG_SYNTAX")


class Program:
    """Somebody who signs."""

    def __init__(self, operator: DemoOperator) -> None:
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app=operator), base_url="http://operator.test")

    async def call(self, kind: str, body: Mapping[str, Any] = DEBIT, **changed: str) -> httpx.Response:
        path, content, now = f"/callback/{kind}", orjson.dumps(body), str(int(time.time()))
        timestamp = changed.pop("timestamp", now)
        signature = changed.pop("signature", signature_of(SECRET, timestamp, path, content))
        headers = {"X-Timestamp": timestamp, "X-HMAC-SHA256": signature}
        return await self._client.post(path, content=content, headers=headers)

    async def switch(self, **wanted: Any) -> httpx.Response:
        return await self._client.post("/faults", json=wanted)

    async def get(self, path: str) -> httpx.Response:
        return await self._client.get(path)


@pytest.fixture
def operator() -> DemoOperator:
    return DemoOperator(SECRET)


@pytest.fixture
def program(operator: DemoOperator) -> Program:
    return Program(operator)


@pytest.mark.parametrize("wrong", [{"signature": "00" * 32}, {"signature": ""}, {"timestamp": "1"}, {"timestamp": "x"}])
async def test_a_call_that_is_not_signed_is_not_believed(program: Program, wrong: dict[str, str]) -> None:
    assert (await program.call("debit", DEBIT, **wrong)).status_code == 401
    assert (await program.get("/transactions")).text == ""


async def test_its_book_is_told_line_by_line(program: Program) -> None:
    await program.call("debit")
    await program.call("rollback")
    await program.call("debit", {**DEBIT, "transactionId": "t2"})
    lines = [orjson.loads(line) for line in (await program.get("/transactions")).text.splitlines()]
    first = {"transactionId": "t1", "roundId": "r1", "type": "debit", "amount": "1.50", "status": "rolled_back"}
    assert lines == [first, first | {"transactionId": "t2", "status": "applied"}]


async def test_an_account_keeps_the_currency_that_it_began_with(program: Program) -> None:
    asked = {"requestId": "1", "playerId": "rocket", "currency": "USD"}
    assert (await program.call("authenticate", asked)).json()["accountCurrency"] == "USD"
    assert (await program.call("authenticate", {**asked, "currency": "EUR"})).json()["accountCurrency"] == "USD"


@pytest.mark.parametrize(
    ("fault",            "status", "echoes", "counts"),
    [
        ("refuse",           200,  True,     False),
        ("500",              500,  False,    True),
        ("garbage",          200,  False,    True),
        ("wrong_request_id", 200,  False,    True),
        ("duplicate",        200,  True,     True),
    ],
)  # fmt: skip
async def test_a_fault_happens_as_often_as_it_was_switched_on(
    program: Program, operator: DemoOperator, fault: str, status: int, echoes: bool, counts: bool
) -> None:
    assert (await program.switch(debit=fault, times=1)).json() == {f"debit/{fault}": 1}
    answer = await program.call("debit")
    assert answer.status_code == status
    assert ('"requestId":"1"' in answer.text) is echoes
    assert (held(operator.book) == "998.50") is counts
    assert (await program.get("/faults")).json() == {}
    assert (await program.call("debit")).json()["status"] == "OK"


async def test_a_fault_of_one_player_is_nobody_elses(program: Program) -> None:
    await program.switch(debit="refuse", player="groot")
    assert (await program.call("debit")).json()["status"] == "OK"
    assert (await program.call("debit", {**DEBIT, "playerId": "groot"})).json()["status"] == "LIMIT_REACHED"


async def test_a_cut_connection_ends_in_the_midst_of_an_answer_that_has_counted(
    program: Program, operator: DemoOperator
) -> None:
    await program.switch(debit="cut")
    with pytest.raises(Cut):
        await program.call("debit")
    assert held(operator.book) == "998.50"


@pytest.mark.parametrize(("fault", "counts"), [("timeout_before", False), ("timeout_after", True), ("slow", True)])
async def test_silence_comes_before_or_after_the_movement(
    program: Program, operator: DemoOperator, monkeypatch: pytest.MonkeyPatch, fault: str, counts: bool
) -> None:
    silent = asyncio.Event()

    async def sleep(_: float) -> None:
        silent.set()
        await asyncio.Event().wait()

    await program.switch(debit=fault)
    monkeypatch.setattr("shared.demo_operator.app.asyncio.sleep", sleep)
    calling = asyncio.create_task(program.call("debit"))
    await silent.wait()
    assert (held(operator.book) == "998.50") is counts
    calling.cancel()
    await asyncio.wait([calling])


@pytest.mark.parametrize(
    "wanted", [{"debit": "nap"}, {"tip": "500"}, {"debit": "500", "times": "2"}, {"times": -1, "debit": "500"}]
)
async def test_what_is_no_fault_is_refused(program: Program, wanted: dict[str, Any]) -> None:
    assert (await program.switch(**wanted)).status_code == 400


def test_faults_are_switched_on_from_the_command_line() -> None:
    assert faults_of(["debit=500:3", "credit=cut"]).left() == {"debit/500": 3, "credit/cut": 1}
    for wrong in ("debit", "debit=nap", "tip=500", f"debit=500:{MOST_TIMES + 1}"):
        with pytest.raises(WrongSettings, match="--fault"):
            faults_of([wrong])
