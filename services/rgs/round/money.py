"""How a round's money is asked for: of our own ledger, or of the operator, who is called outside of every decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from shared.ids import RoundId, uuid_of
from shared.messages.base import Answer, FollowUp
from shared.messages.call import CallAnswer, CallCredit, CallDebit, CallRollback
from shared.messages.round import (
    PAYOUTS,
    STAKES,
    PayoutAnswered,
    RetryMoney,
    RollbackAnswered,
    Round,
    Transaction,
)
from shared.messages.seat import Seat
from shared.messages.wallet import DebitWallet, Leg, PayWallet, TransferWallet, WalletAnswer
from shared.shapes import OUTSIDE, Facts, Send, Timer

LONGEST_PAUSE: Final = timedelta(hours=1)
_MOST_DOUBLINGS: Final = 12
UNHEARD_OF: Final = (timedelta(minutes=1), timedelta(minutes=9), timedelta(minutes=50))
"""After how long a rollback is repeated whose debit nobody knows: it may still land, within the hour."""


def debit(round_id: RoundId, number: int, amount: int) -> Transaction:
    """Stake `number` of a round, from 0."""
    return Transaction(transaction_id=uuid_of(round_id, "debit", str(number)), movement="debit", amount=amount)


def credit(round_id: RoundId, amount: int) -> Transaction:
    """What a round pays, and with it is over."""
    return Transaction(transaction_id=uuid_of(round_id, "credit"), movement="credit", amount=amount)


def rollback(taken: Transaction) -> Transaction:
    """The taking back of a debit."""
    return Transaction(transaction_id=taken.transaction_id, movement="rollback", amount=taken.amount)


def ask_stake(round_: Round, money: Transaction, then: FollowUp) -> Send:
    """Take a stake."""
    seat = round_.seat
    if round_.wallet == "callback":
        return _call(seat, round_.round_id, money, round_.scale, then)
    take = DebitWallet(
        player=seat.player,
        asset=seat.currency,
        amount=money.amount,
        account=STAKES,
        reason=reason_of(round_.round_id),
        play=True,
    )
    return Send("ledger", seat.player, take, then=then)


def ask_whole(round_: Round, payout: int, then: FollowUp) -> Send:
    """Take the stake of a round that is over with its opening, and pay it, at once or not at all."""
    seat = round_.seat
    stake = Leg(asset=seat.currency, amount=-round_.stake, account=STAKES)
    paid = (Leg(asset=seat.currency, amount=payout, account=PAYOUTS),) if payout else ()
    both = TransferWallet(player=seat.player, legs=(stake, *paid), reason=reason_of(round_.round_id), play=True)
    return Send("ledger", seat.player, both, then=then)


def ask_payout(round_: Round, money: Transaction) -> Send:
    """Pay, or say that there is nothing to pay."""
    seat = round_.seat
    then = PayoutAnswered(seat=seat, round_id=round_.round_id, transaction=money, scale=round_.scale)
    if round_.wallet == "callback":
        return _call(seat, round_.round_id, money, round_.scale, then)
    pay = PayWallet(
        player=seat.player,
        asset=seat.currency,
        amount=money.amount,
        account=PAYOUTS,
        reason=reason_of(round_.round_id),
        play=True,
    )
    return Send("ledger", seat.player, pay, then=then)


def ask_again(seat: Seat, round_id: RoundId, money: Transaction, scale: int) -> Send:
    """Ask the operator for a credit or a rollback, for the first time or once more."""
    answered = PayoutAnswered if money.movement == "credit" else RollbackAnswered
    then = answered(seat=seat, round_id=round_id, transaction=money, scale=scale)
    return _call(seat, round_id, money, scale, then)


def later(command: PayoutAnswered | RollbackAnswered, money: Transaction, pause: timedelta, facts: Facts) -> Timer:
    """The same again after a pause."""
    again = RetryMoney(seat=command.seat, round_id=command.round_id, transaction=money, scale=command.scale)
    name = f"money/{facts.tenant}/{money.transaction_id}/{money.movement}/{money.tries}"
    return Timer(name, facts.now + pause, command.seat.player, again)


def pause_after(tries: int) -> timedelta:
    """1, 2, 4 … seconds, and never longer than LONGEST_PAUSE."""
    return min(LONGEST_PAUSE, timedelta(seconds=2 ** min(tries - 1, _MOST_DOUBLINGS)))


def balance_in(answer: Answer, round_: Round) -> int | None:
    """What the player holds afterwards, if the wallet has said so."""
    if not answer.granted:
        return None
    if round_.wallet == "callback":
        return CallAnswer.model_validate(answer.body).balance
    return WalletAnswer.model_validate(answer.body).balances.get(round_.seat.currency)


def reason_of(round_id: RoundId) -> str:
    """What the ledger's postings of a round say of it."""
    return f"round {round_id}"


def _call(seat: Seat, round_id: RoundId, money: Transaction, scale: int, then: FollowUp) -> Send:
    said: dict[str, Any] = {
        "seat": seat,
        "round_id": round_id,
        "transaction_id": money.transaction_id,
        "amount": money.amount,
        "scale": scale,
    }
    if money.movement == "debit":
        return Send(OUTSIDE, seat.player, CallDebit(**said), then=then)
    if money.movement == "credit":
        return Send(OUTSIDE, seat.player, CallCredit(**said, round_closed=True), then=then)
    return Send(OUTSIDE, seat.player, CallRollback(**said), then=then)
