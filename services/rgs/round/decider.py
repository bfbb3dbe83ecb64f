"""At a table there is one pair of seeds and one round at a time, and every round spends a nonce of the pair.

A round reserves the table, then its stake is taken, then what came up is told, then only what nobody can refuse is
left. A stake that is refused leaves a void round behind; one that nobody can tell of, too, and it is given back.
"""

from __future__ import annotations

from typing import Any

from services.rgs.round.answering import move_answered, stake_answered
from services.rgs.round.beginning import begin
from services.rgs.round.moving import move
from services.rgs.round.paying import payout_answered, retry, rollback_answered
from services.rgs.round.state import Seeded, State, Unseeded, evolve
from services.rgs.round.verifying import verify
from services.rgs.seed.rotating import rotate, show
from shared.messages.base import Event
from shared.messages.round import (
    BeginRound,
    MoveAnswered,
    MoveDenied,
    MoveRound,
    PayoutAnswered,
    RetryMoney,
    RollbackAnswered,
    RoundBegun,
    RoundMoneyMoved,
    RoundMoved,
    RoundMoving,
    RoundOpened,
    RoundPaid,
    RoundSettled,
    RoundVoided,
    StakeAnswered,
)
from shared.messages.seed_pair import RotateSeeds, SeedsOpened, SeedsRotated, ShowSeeds, VerifyRound
from shared.shapes import Decider, Facts, Outcome, States
from shared.streams import Stream

Seeds = ShowSeeds | RotateSeeds | VerifyRound
Playing = BeginRound | MoveRound
Money = StakeAnswered | MoveAnswered | PayoutAnswered | RollbackAnswered | RetryMoney


def streams(command: Seeds | Playing | Money) -> tuple[Stream[Any], ...]:
    match command:
        case ShowSeeds() | RotateSeeds() | VerifyRound():
            return (command.table.stream,)
        case BeginRound() | MoveRound():
            return (command.seat.stream, command.seat.session)
        case StakeAnswered() | MoveAnswered() | PayoutAnswered() | RollbackAnswered() | RetryMoney():
            return (command.seat.stream,)


def decide(command: Seeds | Playing | Money, states: States, facts: Facts) -> Outcome[Event]:
    match command:
        case ShowSeeds():
            return show(command, states[command.table.stream], facts)
        case RotateSeeds():
            return rotate(command, states[command.table.stream], facts)
        case VerifyRound():
            return verify(command, facts)
        case BeginRound():
            return begin(command, states, facts)
        case MoveRound():
            return move(command, states, facts)
        case StakeAnswered() | MoveAnswered() | PayoutAnswered() | RollbackAnswered() | RetryMoney():
            return decide_money(command, states[command.seat.stream], facts)


def decide_money(command: Money, table: State, facts: Facts) -> Outcome[Event]:
    match command:
        case StakeAnswered():
            return stake_answered(command, table, facts)
        case MoveAnswered():
            return move_answered(command, table, facts)
        case PayoutAnswered():
            return payout_answered(command, table, facts)
        case RollbackAnswered():
            return rollback_answered(command, facts)
        case RetryMoney():
            return retry(command)


decider: Decider[Seeds | Playing | Money, State, Event] = Decider(
    noun="play",
    initial=Unseeded(),
    situations=(Unseeded, Seeded),
    commands=(
        ShowSeeds,
        RotateSeeds,
        VerifyRound,
        BeginRound,
        MoveRound,
        StakeAnswered,
        MoveAnswered,
        PayoutAnswered,
        RollbackAnswered,
        RetryMoney,
    ),
    events=(
        SeedsOpened,
        SeedsRotated,
        RoundBegun,
        RoundOpened,
        RoundMoving,
        RoundMoved,
        MoveDenied,
        RoundSettled,
        RoundPaid,
        RoundVoided,
        RoundMoneyMoved,
    ),
    streams=streams,
    decide=decide,
    evolve=evolve,
)
