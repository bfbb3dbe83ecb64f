"""A wallet has answered for a stake: the round goes on, or the round or the move never was.

A stake that nobody can tell of is taken back, for as long as it takes, and counts as not taken.
"""

from __future__ import annotations

from services.rgs.round import money
from services.rgs.round.dealing import deal_of, played
from services.rgs.round.refusal import refusal_of, status_of_stake
from services.rgs.round.state import Held, Seeded, State
from services.rgs.round.turn import Granted, Turn, before, fact_of, go_on
from shared.messages.base import Event
from shared.messages.round import (
    MoveAnswered,
    MoveDenied,
    Round,
    RoundVoided,
    StakeAnswered,
    Transaction,
)
from shared.shapes import Decision, Facts, Send

Answered = StakeAnswered | MoveAnswered


def stake_answered(command: StakeAnswered, table: State, facts: Facts) -> Granted:
    seeds, held = of_round(command, table)
    round_ = held.round
    taken = told(command, round_)
    if taken.status == "done":
        return _goes_on(command, seeds, held, taken, facts)
    refused = refusal_of(command.answer, round_.wallet)
    void = round_.model_copy(update={"status": "voided", "stake": 0, "ended_at": facts.now})
    voided = RoundVoided(round=void, transaction=taken, code=refused.code)
    events, sends = _taken_back(round_, taken)
    return Decision((voided, *events), reply=refused, sends=sends, finishes=facts.wish)


def move_answered(command: MoveAnswered, table: State, facts: Facts) -> Granted:
    seeds, held = of_round(command, table)
    round_ = held.round
    taken = told(command, round_)
    if taken.status == "done":
        return _goes_on(command, seeds, held, taken, facts)
    refused = refusal_of(command.answer, round_.wallet)
    deal = deal_of(round_, seeds, facts)
    as_it_was = deal.seen(round_, played(held, deal))
    denied = MoveDenied(round=as_it_was, transaction=taken, code=refused.code)
    events, sends = _taken_back(round_, taken)
    return Decision((denied, *events), reply=refused, sends=sends, finishes=facts.wish)


def _goes_on(command: Answered, seeds: Seeded, held: Held, taken: Transaction, facts: Facts) -> Granted:
    deal = deal_of(held.round, seeds, facts)
    state = played(held, deal)
    move = command.move if isinstance(command, MoveAnswered) else None
    if move is not None:
        state = deal.moved(state, move)
    balance = money.balance_in(command.answer, held.round)
    turn = Turn(held.round, deal, state, facts.now, move=move, taken=taken, balance=balance)
    return before(go_on(turn), (), finishes=facts.wish)


def _taken_back(round_: Round, stake: Transaction) -> tuple[tuple[Event, ...], tuple[Send, ...]]:
    """What is done about a stake that may have been taken all the same."""
    if stake.status != "unknown":
        return (), ()
    back = money.rollback(stake)
    return (fact_of(round_, back),), (money.ask_again(round_.seat, round_.round_id, back, round_.scale),)


def of_round(command: Answered, table: State) -> tuple[Seeded, Held]:
    """The table and its round, which waits for this answer and can have gone nowhere."""
    assert isinstance(table, Seeded), "a round was begun here"
    assert table.held is not None, "its round waits"
    assert table.held.round.round_id == command.round_id, "no other can have begun"
    return table, table.held


def told(command: Answered, round_: Round) -> Transaction:
    """The stake, as the answer leaves it."""
    return command.transaction.model_copy(update={"status": status_of_stake(command.answer, round_.wallet)})
