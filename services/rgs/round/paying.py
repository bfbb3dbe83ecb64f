"""What a round owes is asked for until it is paid, and what may have been taken wrongly until it is given back.

The player is told at the first answer: what was won is won, also while it is still on its way.
"""

from __future__ import annotations

from services.rgs.round import money
from services.rgs.round.dealing import deal_of, played
from services.rgs.round.refusal import status_of
from services.rgs.round.state import Held, Seeded, State
from shared.messages.base import Event
from shared.messages.round import (
    PayoutAnswered,
    RetryMoney,
    RollbackAnswered,
    Round,
    RoundAnswer,
    RoundMoneyMoved,
    RoundPaid,
    Transaction,
)
from shared.shapes import Decision, Facts, Timer


def payout_answered(command: PayoutAnswered, table: State, facts: Facts) -> Decision[Event]:
    assert isinstance(table, Seeded), "a round was begun here"
    if command.transaction.amount == 0:
        return _closing(command, facts)
    assert table.held is not None, "a round that is paying keeps its place"
    round_ = _shown(table, table.held, facts)
    status = status_of(command.answer, round_.wallet)
    answered = command.transaction.model_copy(update={"status": status})
    events: tuple[Event, ...] = (_fact(command, answered),)
    timers: tuple[Timer, ...] = ()
    if status == "done" or round_.wallet == "internal":  # our own ledger refuses none, unless people gave it up
        round_ = round_.model_copy(update={"status": "settled", "ended_at": facts.now})
        events = (RoundPaid(round=round_, transaction=answered),)
    else:
        timers = (money.later(command, answered, money.pause_after(answered.tries), facts),)
    if answered.tries > 1:
        return Decision(events, reply=None, timers=timers)
    answer = RoundAnswer(round=round_, balance=money.balance_in(command.answer, round_))
    return Decision(events, reply=answer, timers=timers, finishes=facts.wish)


def _shown(table: Seeded, held: Held, facts: Facts) -> Round:
    deal = deal_of(held.round, table, facts)
    return deal.seen(held.round, played(held, deal))


def _closing(command: PayoutAnswered, facts: Facts) -> Decision[Event]:
    """Nothing is owed; the operator was told that the round is over, or must be told again."""
    answered = command.transaction.model_copy(update={"status": status_of(command.answer, "callback")})
    again = () if answered.status == "done" else (_again(command, answered, facts),)
    return Decision((_fact(command, answered),), reply=None, timers=again)


def rollback_answered(command: RollbackAnswered, facts: Facts) -> Decision[Event]:
    """A rollback is over when it is granted. A debit that nobody knows may still land, and is asked for thrice more."""
    status = status_of(command.answer, "callback")
    unheard = command.transaction.unheard + (status == "unknown_transaction")
    answered = command.transaction.model_copy(update={"status": status, "unheard": unheard})
    timers: tuple[Timer, ...] = ()
    if status == "unknown_transaction" and unheard <= len(money.UNHEARD_OF):
        timers = (money.later(command, answered, money.UNHEARD_OF[unheard - 1], facts),)
    elif status not in ("done", "unknown_transaction"):
        timers = (_again(command, answered, facts),)
    return Decision((_fact(command, answered),), reply=None, timers=timers)


def retry(command: RetryMoney) -> Decision[Event]:
    asked = command.transaction.model_copy(update={"status": "asked", "tries": command.transaction.tries + 1})
    again = money.ask_again(command.seat, command.round_id, asked, command.scale)
    return Decision((_fact(command, asked),), reply=None, sends=(again,))


def _again(command: PayoutAnswered | RollbackAnswered, answered: Transaction, facts: Facts) -> Timer:
    return money.later(command, answered, money.pause_after(answered.tries), facts)


def _fact(command: PayoutAnswered | RollbackAnswered | RetryMoney, transaction: Transaction) -> RoundMoneyMoved:
    return RoundMoneyMoved(seat=command.seat, round_id=command.round_id, transaction=transaction)
