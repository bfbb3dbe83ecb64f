"""A jackpot drops when it is told to or reaches its hidden point: one player wins the pool, and the next one begins.

The winner is whoever contributed last to this pool, or whom the operator names. Whoever asked for the drop is told
when the winner is paid, which nobody can refuse.
"""

from __future__ import annotations

from typing import Any

from services.engines.jackpot.counting import count
from services.engines.jackpot.pool import Course, Jackpot, Open, Unopened, evolve, payment, pool_of, why_not
from shared.messages.base import Event
from shared.messages.jackpot import (
    CountJackpotWagers,
    DropJackpot,
    FinishJackpotDrop,
    JackpotContributed,
    JackpotDropAnswer,
    JackpotDropped,
    JackpotEvent,
    JackpotOpened,
    JackpotStanding,
    JackpotWagersCounted,
    OpenJackpot,
)
from shared.shapes import Decider, Decision, Facts, Outcome, Pending, Refused, States
from shared.streams import Stream

JackpotCommand = CountJackpotWagers | DropJackpot | FinishJackpotDrop | OpenJackpot


def drop(command: DropJackpot, jackpot: Jackpot, facts: Facts) -> Outcome[Event]:
    refused = why_not(command.jackpot, facts)
    if refused is not None:
        return refused
    winner = command.winner or (jackpot.last_contributor if isinstance(jackpot, Open) else None)
    if winner is None:
        return Refused("no_entries")
    course = Course(command.jackpot, jackpot, facts)
    dropped = course.drop(winner, "manual", facts.command_id)
    sends = payment(dropped, FinishJackpotDrop(jackpot=command.jackpot, drop=dropped))
    events = tuple(course.events)
    return Pending(events, sends=sends) if sends else Decision(events, reply=JackpotDropAnswer(drop=dropped))


def finish(command: FinishJackpotDrop, facts: Facts) -> Outcome[Event]:
    return Decision((), reply=JackpotDropAnswer(drop=command.drop), finishes=facts.wish)


def open_(command: OpenJackpot, jackpot: Jackpot, facts: Facts) -> Outcome[Event]:
    refused = why_not(command.jackpot, facts)
    if refused is not None:
        return Decision((), reply=_standing(jackpot)) if isinstance(jackpot, Open) else refused
    course = Course(command.jackpot, jackpot, facts)
    return Decision(tuple(course.events), reply=_standing(course.pool))


def _standing(pool: Open) -> JackpotStanding:
    hidden = pool.hidden
    return JackpotStanding(
        number=pool.number, pool=pool.pool, server_seed_hash=hidden.server_seed_hash if hidden else None
    )


def streams(command: JackpotCommand) -> tuple[Stream[Any], ...]:
    return (pool_of(command.jackpot),)


def decide(command: JackpotCommand, states: States, facts: Facts) -> Outcome[Event]:
    jackpot = states[pool_of(command.jackpot)]
    match command:
        case CountJackpotWagers():
            return count(command, jackpot, facts)
        case DropJackpot():
            return drop(command, jackpot, facts)
        case FinishJackpotDrop():
            return finish(command, facts)
        case OpenJackpot():
            return open_(command, jackpot, facts)


decider: Decider[JackpotCommand, Jackpot, JackpotEvent] = Decider(
    noun="jackpot",
    initial=Unopened(),
    situations=(Unopened, Open),
    commands=(CountJackpotWagers, DropJackpot, FinishJackpotDrop, OpenJackpot),
    events=(JackpotOpened, JackpotContributed, JackpotWagersCounted, JackpotDropped),
    streams=streams,
    decide=decide,
    evolve=evolve,
)
