"""Every round is shown as it stands, and every movement of its money as the wallet has answered it."""

from __future__ import annotations

from services.rgs.round.view import rounds, transactions
from shared.messages.round import SAMPLES as ROUNDS
from shared.messages.round import (
    Round,
    RoundBegun,
    RoundFact,
    RoundMoneyMoved,
    RoundMoving,
    RoundSettled,
    RoundVoided,
    Transaction,
)
from shared.shapes import Put
from shared.testing.clock import NOON
from shared.testing.grammar import shown

MONEY = Transaction(transaction_id="7a1d", movement="debit", amount=100, status="done", tries=2)
(settled,) = (one for one in ROUNDS if isinstance(one, RoundSettled))
ROUND: Round = settled.round
ABROAD = ROUND.model_copy(update={"wallet": "callback"})
SEAT = ROUND.seat


def row_of_round(*, moving: bool) -> Put:
    return Put(
        key=(SEAT.player, ROUND.round_id),
        values=(
            SEAT.operator, SEAT.game, "USD", "internal", "settled", moving, 100, 198, 0, 7, ROUND.model_dump_json(),
        ),
    )  # fmt: skip


def test_a_round_is_one_row_that_every_fact_of_it_renews() -> None:
    for fact in (one for one in ROUNDS if isinstance(one, RoundFact)):
        assert type(fact) in rounds.events
        assert shown(rounds, fact) == (row_of_round(moving=isinstance(fact, RoundMoving)),)


def test_a_movement_of_money_is_one_row_that_every_answer_renews() -> None:
    row = Put(
        key=(SEAT.player, "7a1d", "debit"),
        values=(ROUND.round_id, SEAT.operator, SEAT.game, "USD", 100, "done", 2, NOON),
    )
    assert shown(transactions, RoundMoneyMoved(seat=SEAT, round_id=ROUND.round_id, transaction=MONEY)) == (row,)
    assert shown(transactions, RoundBegun(round=ABROAD, transaction=MONEY)) == (row,)
    assert shown(transactions, RoundVoided(round=ABROAD, code="debit_failed", transaction=MONEY)) == (row,)
    assert shown(transactions, RoundSettled(round=ABROAD)) == ()


def test_what_our_own_ledger_moves_stands_there_alone() -> None:
    assert shown(transactions, RoundBegun(round=ROUND, transaction=MONEY)) == ()
    own = RoundMoneyMoved(seat=SEAT, round_id=ROUND.round_id, transaction=MONEY, wallet="internal")
    assert shown(transactions, own) == ()
