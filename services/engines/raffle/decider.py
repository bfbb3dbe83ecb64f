"""Players buy tickets, and one ticket, drawn by a seed that was promised before the first was sold, wins the prize.

A raffle is held once. What a ticket costs and wins is fixed when the first is asked for. Room for the tickets is kept
while the ledger takes the money; then they are the next ones. Once drawn, whatever is still being paid for goes back.
"""

from __future__ import annotations

from typing import Any

from services.engines.raffle.drawing import draw, draw_due, finish, needs
from services.engines.raffle.entering import count, enter, open_, return_
from services.engines.raffle.state import Drawn, Open, Raffle, Unopened, evolve, raffle_of
from shared.messages.raffle import (
    CountEntry,
    DrawDueRaffle,
    DrawRaffle,
    EnterRaffle,
    FinishRaffle,
    OpenRaffle,
    RaffleCommand,
    RaffleDrawn,
    RaffleEntered,
    RaffleEntryDenied,
    RaffleEntryRequested,
    RaffleEntryReturned,
    RaffleEvent,
    RaffleOpened,
    ReturnEntry,
)
from shared.shapes import Decider, Facts, Outcome, States
from shared.streams import Stream


def streams(command: RaffleCommand) -> tuple[Stream[Any], ...]:
    return (raffle_of(command.raffle),)


def decide(command: RaffleCommand, states: States, facts: Facts) -> Outcome[RaffleEvent]:
    raffle = states[raffle_of(command.raffle)]
    match command:
        case OpenRaffle():
            return open_(command, raffle, facts)
        case EnterRaffle():
            return enter(command, raffle, facts)
        case CountEntry():
            return count(command, raffle, facts)
        case ReturnEntry():
            return return_(command, facts)
        case DrawRaffle():
            return draw(command, raffle, facts)
        case DrawDueRaffle():
            return draw_due(command, raffle, facts)
        case FinishRaffle():
            return finish(command, facts)


decider: Decider[RaffleCommand, Raffle, RaffleEvent] = Decider(
    noun="raffle",
    initial=Unopened(),
    situations=(Unopened, Open, Drawn),
    commands=(OpenRaffle, EnterRaffle, CountEntry, ReturnEntry, DrawRaffle, DrawDueRaffle, FinishRaffle),
    events=(RaffleOpened, RaffleEntryRequested, RaffleEntryDenied, RaffleEntered, RaffleEntryReturned, RaffleDrawn),
    streams=streams,
    decide=decide,
    evolve=evolve,
    asking=(DrawRaffle, DrawDueRaffle),
    needs=needs,
)
