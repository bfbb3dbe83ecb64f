"""Whatever goes wrong with an operator's wallet, every round ends settled or void, and both books say the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any, Final, NamedTuple

import pytest

from shared.cli.app import run
from shared.cli.reconcile import Report, with_ledger, with_theirs
from shared.cli.statement import Line
from shared.demo_operator.app import DemoOperator
from shared.demo_operator.faults import FAULTS, SPOILED, Fault
from shared.ids import uuid_of
from tests.stories.casino import ABROAD, ABROAD_SECRET, HOUSE, Casino, OperatorProgram, casino_over, operator_at
from tests.stories.town import eventually

pytestmark = pytest.mark.postgres

CALLS: Final = ("debit", "credit", "rollback")
SURE_WIN: Final = {"bet": {"amount": "1.00", "under": 9999}}
"""Pays 0.99 unless the roll is 9999, which it is not: the seeds of these players are always the same."""
HARMLESS: Final = frozenset({"slow", "duplicate"})
OVER: Final = {
    "debit": ("done", "refused", "not_sent", "unknown"),
    "credit": ("done",),
    "rollback": ("done", "unknown_transaction"),
}
"""How a movement can end: an unknown debit in its rollback, everything else in itself."""


class Case(NamedTuple):
    """One call that goes wrong in one way, at an operator of its own, so that no circuit opens for another."""

    call: str
    fault: Fault

    @property
    def player(self) -> str:
        return f"{self.call}-{self.fault}"

    @property
    def operator(self) -> str:
        return uuid_of("fault", self.call, self.fault)

    @property
    def granted(self) -> bool:
        """Whether the stake is taken."""
        return self.call == "credit" or (self.call == "debit" and self.fault in HARMLESS)


CASES: Final = [Case(call, fault) for call in CALLS for fault in FAULTS]


@pytest.fixture
async def casino(tables: str) -> AsyncIterator[Casino]:
    async with casino_over(tables) as found:
        yield found


@pytest.fixture
async def wallet(casino: Casino) -> AsyncIterator[DemoOperator]:
    async with operator_at(casino) as found:
        yield found


async def movements(casino: Casino, operator: str) -> dict[str, tuple[Any, ...]]:
    """What we have of the money of this operator's rounds: status and tries by movement."""
    rows = await casino.town.sql(
        f"select movement, status, tries, amount from rgs.transactions where operator = '{operator}'"
    )
    return {row[0]: row[1:] for row in rows}


async def rounds(casino: Casino, operator: str) -> list[str]:
    return [row[0] for row in await casino.town.sql(f"select status from rgs.rounds where operator = '{operator}'")]


def all_over(casino: Casino, operator: str, *wanted: str) -> Callable[[], Awaitable[bool]]:
    """Whether every movement has its end, those that are wanted among them."""

    async def check() -> bool:
        found = await movements(casino, operator)
        return set(wanted) <= found.keys() and all(row[0] in OVER[movement] for movement, row in found.items())

    return check


async def reconciled(casino: Casino, wallet: DemoOperator, operator: str, player: str) -> Report:
    theirs = [Line(**_line(row.told())) for row in wallet.book.movements.values() if row.player == player]
    return await with_theirs(casino.town.parts.dsn, "starlight", operator, theirs)


def _line(told: dict[str, str]) -> dict[str, str]:
    return {
        "transaction": told["transactionId"],
        "round": told["roundId"],
        "type": told["type"],
        "amount": told["amount"],
        "status": told["status"],
    }


async def one_round(casino: Casino, wallet: DemoOperator, case: Case) -> tuple[str, ...]:
    """Play it to its end; a row of the table."""
    if case.call == "rollback":
        wallet.faults.switch("debit", "500", 1, case.player)
    wallet.faults.switch(case.call, case.fault, 1, case.player)
    program = OperatorProgram(casino, case.operator, ABROAD_SECRET)
    client = await program.let_in(player=case.player)
    answer = await client.play(SURE_WIN)
    assert answer.status_code == (200 if case.granted else 409), f"{case}: {answer.text}"
    undone = not case.granted and (case.call, case.fault) != ("debit", "refuse")
    wanted = ("debit", "credit") if case.granted else ("debit", "rollback") if undone else ("debit",)
    await eventually(f"{case} is over", all_over(casino, case.operator, *wanted))
    assert await rounds(casino, case.operator) == ["settled" if case.granted else "voided"]
    report = await reconciled(casino, wallet, case.operator, case.player)
    assert (report.found, report.under_way, report.rounds) == ([], 0, 1), report
    found = await movements(casino, case.operator)
    told = (f"{status} ({tries})" for status, tries, _ in (found.get(call, ("–", 0, 0)) for call in CALLS))
    held = wallet.book.held[case.player] / 10**8
    theirs = ", ".join(f"{m.type} {m.status}" for m in wallet.book.movements.values() if m.player == case.player)
    return (case.call, case.fault, str(answer.status_code), *told, theirs or "–", f"{held:.2f}")


async def test_every_fault_of_every_call_ends_in_books_that_agree(
    casino: Casino, wallet: DemoOperator, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = (await casino.town.admin.get(f"/admin/v1/definitions/operator/{ABROAD}")).json()["spec"]
    del spec["secret_sealed"]  # which opens for that operator alone
    for case in CASES:
        answer = await casino.town.put("operator", case.operator, spec | {"secret": ABROAD_SECRET})
        assert answer.status_code == 200, answer.text
    rows = await asyncio.gather(*(one_round(casino, wallet, case) for case in CASES))
    titles = ("call", "fault", "HTTP", *CALLS, "the operator's book", "holds")
    widths = [max(len(row[column]) for row in (titles, *rows)) for column in range(len(titles))]
    with capsys.disabled():
        for row in (titles, *rows):
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    by_case = {(row[0], row[1]): row for row in rows}
    for case in CASES:
        _, _, _, _, credit, rollback, _, holds = by_case[case]
        tries = 1 if case.fault in HARMLESS else 2
        assert holds == ("999.99" if case.granted else "1000.00"), case
        if case.call == "credit":
            assert credit == f"done ({tries})", case
        if case.call == "rollback":
            assert rollback == f"done ({tries})", case
        if case.call == "debit" and case.fault in SPOILED:
            assert rollback == "done (1)", case


async def test_a_stake_that_lands_after_its_rollback_is_taken_back_within_the_hour(
    casino: Casino, wallet: DemoOperator
) -> None:
    wallet.faults.switch("debit", "timeout_before", 1)
    client = await casino.abroad.let_in()
    assert (await client.play(SURE_WIN)).status_code == 409
    await eventually("the rollback is answered", all_over(casino, ABROAD, "debit", "rollback"))
    ((transaction, round_),) = await casino.town.sql(
        f"select transaction_id, round_id from rgs.transactions where operator = '{ABROAD}' and movement = 'debit'"
    )
    late = {"requestId": "late", "playerId": "rocket", "transactionId": transaction, "roundId": round_, "amount": "1"}
    assert wallet.book.answer("debit", late)["status"] == "OK"
    assert len((await reconciled(casino, wallet, ABROAD, "rocket")).found) == 1
    casino.wait(timedelta(minutes=2))

    async def taken_back() -> bool:
        return (await movements(casino, ABROAD))["rollback"][:2] == ("done", 2)

    await eventually("the stake is taken back", taken_back)
    assert (await reconciled(casino, wallet, ABROAD, "rocket")).found == []


async def test_a_further_stake_that_nobody_can_tell_of_undoes_that_move_alone(
    casino: Casino, wallet: DemoOperator
) -> None:
    client = await casino.abroad.let_in("blackjack-leo")
    for _ in range(20):
        told = await client.played({"start": {"amount": "1.00"}})
        state = told["message"]["state"]
        if state["active"] and "double" in str(state["nextActions"]).lower():
            break
        if state["active"]:
            await client.played({"next": {"action": "NO_INSURANCE", "roundId": told["roundId"]}})
            await client.played({"next": {"action": "STAND", "roundId": told["roundId"]}})
    wallet.faults.switch("debit", "garbage", 1)
    move = {"next": {"action": "DOUBLE", "roundId": told["roundId"]}}
    refused = await client.play(move)
    assert (refused.status_code, refused.json()["code"]) == (409, "ERROR_CODE_DEBIT_FAILED")
    assert "void" not in refused.json()["message"]
    current = await client.told("/game/current")
    assert (current["active"], current["roundId"]) == (True, told["roundId"])
    await client.played({"next": {"action": "STAND", "roundId": told["roundId"]}})
    await eventually("all money has come to rest", all_over(casino, ABROAD, "rollback"))
    assert (await reconciled(casino, wallet, ABROAD, "rocket")).found == []


async def test_the_internal_ledger_and_the_rounds_say_the_same(casino: Casino) -> None:
    client = await casino.house.let_in()
    for _ in range(3):
        await client.played()
    mines = await casino.house.let_in("mines-alpha")
    told = await mines.played({"start": {"amount": "2.00", "mineCount": 3, "gridSize": 25}})
    report = await with_ledger(casino.town.parts.dsn, "starlight", HOUSE)
    assert (report.rounds, report.under_way, report.found) == (4, 0, [])
    await casino.town.sql(f"update rgs.rounds set stake = 199 where round_id = '{told['roundId']}' returning 1")
    (found,) = (await with_ledger(casino.town.parts.dsn, "starlight", HOUSE)).found
    assert str(found) == f"round {told['roundId']}: its stake is 199 here and 200 in the ledger"


async def test_reconcile_asks_the_operator_for_its_book_and_ends_with_1_if_a_round_differs(
    casino: Casino, wallet: DemoOperator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAIRGROUND_POSTGRES", casino.town.parts.dsn)
    spec = (await casino.town.admin.get(f"/admin/v1/definitions/operator/{ABROAD}")).json()["spec"]
    await casino.put("operator", ABROAD, statement_url=spec["callback_url"].replace("/callback", "/transactions"))
    for player in ("rocket", "groot"):
        await (await casino.abroad.let_in(player=player)).played(SURE_WIN)
    await eventually("both are paid", all_over(casino, ABROAD, "credit"))
    assert await asyncio.to_thread(run, ["reconcile", ABROAD]) == 0
    assert capsys.readouterr().out.strip().endswith("2 rounds, 4 movements, 0 under way: no difference")
    lost = next(movement for movement in wallet.book.movements.values() if movement.player == "groot")
    lost.status = "rolled_back"
    assert await asyncio.to_thread(run, ["reconcile", ABROAD]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"round {lost.round}: debit {lost.transaction} of 1.00 stands here and not there"
    assert told[-1].endswith(": 1 differs")
    assert await asyncio.to_thread(run, ["reconcile", HOUSE]) == 0
    assert await asyncio.to_thread(run, ["reconcile", "nobody"]) == 1
