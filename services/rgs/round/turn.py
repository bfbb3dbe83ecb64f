"""What follows once a stake is there: the round goes on, or it is settled and what it pays is on its way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from services.rgs.round import money
from services.rgs.round.dealing import Deal
from services.rgs.session.state import Taken
from shared.messages.base import LARGEST_AMOUNT, Event
from shared.messages.play import Move
from shared.messages.round import (
    Round,
    RoundAnswer,
    RoundMoneyMoved,
    RoundMoved,
    RoundOpened,
    RoundSettled,
    Transaction,
)
from shared.messages.session import DemoBalanceMoved
from shared.shapes import Decision, Pending, Refused, Wish

Granted = Decision[Event] | Pending[Event]


class Turn(NamedTuple):
    """An opening or a move that counts."""

    round: Round
    """As it stood before."""
    deal: Deal
    state: Any
    """How it stands now, with all that is hidden."""
    now: datetime
    move: Move | None = None
    """None: it was the opening."""
    taken: Transaction | None = None
    """The stake that has just been taken for it, if one was."""
    balance: int | None = None
    """What the player holds afterwards, if that is known."""


def go_on(turn: Turn) -> Granted:
    """The answer, at once or when the payout is there."""
    seen = turn.deal.seen(turn.round, turn.state, moves=turn.round.moves + (turn.move is not None))
    if turn.deal.settled(turn.state, seen.opening.amount) is None:
        return _open(turn, seen.model_copy(update={"status": "open"}))
    return _settled(turn, seen)


def _open(turn: Turn, round_: Round) -> Decision[Event]:
    answer = RoundAnswer(round=round_, balance=turn.balance)
    if turn.move is None:
        return Decision((RoundOpened(round=round_, transaction=turn.taken),), reply=answer)
    return Decision((RoundMoved(round=round_, transaction=turn.taken, move=turn.move),), reply=answer)


def _settled(turn: Turn, seen: Round) -> Granted:
    owed = _owed(turn, seen)
    if owed is None or owed.amount == 0:
        round_ = seen.model_copy(update={"status": "settled", "ended_at": turn.now})
    else:
        round_ = seen.model_copy(update={"status": "paying"})
    settled = RoundSettled(round=round_, transaction=owed or turn.taken, move=turn.move)
    events: tuple[Event, ...] = (settled,)
    if owed is not None and turn.taken is not None:
        events = (fact_of(seen, turn.taken), settled)
    sends = () if owed is None else (money.ask_payout(round_, owed),)
    if round_.status == "paying":
        return Pending(events, sends=sends)
    return Decision(events, reply=RoundAnswer(round=round_, balance=turn.balance), sends=sends)


def _owed(turn: Turn, seen: Round) -> Transaction | None:
    """What the wallet must still be asked for. An operator hears of the end of every round, also of a lost one."""
    if seen.wallet == "callback" or (seen.wallet == "internal" and turn.move is not None and seen.payout):
        return money.credit(seen.round_id, seen.payout)
    return None  # no money, nothing to pay, or paid in the transfer that took the stake


def go_on_in_demo(turn: Turn, place: Taken, cost: int) -> Granted | Refused:
    """The same for what is no money, which is covered or not at once."""
    if place.demo_balance < cost:
        return uncovered(turn.round, cost, place.demo_balance)
    found = turn.deal.settled(turn.state, turn.round.opening.amount)
    balance = min(LARGEST_AMOUNT, place.demo_balance - cost + (0 if found is None else found.payout))
    outcome = go_on(turn._replace(balance=balance))
    if balance == place.demo_balance:
        return outcome
    return before(outcome, (DemoBalanceMoved(seat=turn.round.seat, balance=balance),))


def uncovered(round_: Round, needed: int, have: int) -> Refused:
    """The refusal of a stake that is not covered, in the ledger's words."""
    return Refused("insufficient_balance", {"asset": round_.seat.currency, "needed": needed, "have": have})


def before(outcome: Granted, events: Iterable[Event], finishes: Wish | None = None) -> Granted:
    """The same after these facts, as the answer to a wish that waits if one does."""
    all_ = (*events, *outcome.events)
    if isinstance(outcome, Pending):
        return replace(outcome, events=all_)
    return replace(outcome, events=all_, finishes=finishes)


def fact_of(round_: Round, transaction: Transaction) -> RoundMoneyMoved:
    """What became known of a movement of money, beside the round."""
    return RoundMoneyMoved(seat=round_.seat, round_id=round_.round_id, transaction=transaction, wallet=round_.wallet)
