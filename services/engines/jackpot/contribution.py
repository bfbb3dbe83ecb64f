"""A wager that an operator reports feeds the pool once, whatever key it comes under; it moves no money of the player.

A contribution that brings the pool to its hidden point makes it drop to its own player, in the same decision. It is
answered when the winner is paid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.engines.jackpot.pool import LARGEST_POOL, Course, Jackpot, payment, pool_of, why_not
from shared.ids import JackpotId
from shared.messages.base import Event
from shared.messages.jackpot import (
    ContributeToJackpot,
    Contribution,
    ContributionAnswer,
    FinishJackpotContribution,
    JackpotContributed,
    JackpotWagerNoted,
)
from shared.shapes import Decider, Decision, Facts, Outcome, Pending, Refused, States
from shared.streams import Stream, key_of


@dataclass(frozen=True, slots=True)
class Unknown:
    """This wager has not fed this jackpot."""


@dataclass(frozen=True, slots=True)
class Noted:
    """This wager has fed this jackpot."""

    contribution: Contribution


Wager = Unknown | Noted
ContributionCommand = ContributeToJackpot | FinishJackpotContribution


def wager_of(jackpot: JackpotId, source_wager_id: str) -> Stream[Wager]:
    """The history of one wager with one jackpot: a single fact."""
    return Stream("jackpot_wager", key_of(jackpot, source_wager_id))


def contribute(command: ContributeToJackpot, wager: Wager, jackpot: Jackpot, facts: Facts) -> Outcome[Event]:
    if isinstance(wager, Noted):
        return _again(command, wager.contribution)
    refused = why_not(command.jackpot, facts)
    if refused is not None:
        return refused
    course = Course(command.jackpot, jackpot, facts)
    pool = course.pool.pool + command.micros
    if pool > LARGEST_POOL:
        return Refused("pool_limit")
    return _counted(command, pool, course, facts)


def _again(command: ContributeToJackpot, first: Contribution) -> Outcome[Event]:
    if (command.player, command.micros) != (first.player, first.micros):
        return Refused("wager_conflict")
    return Decision((), reply=ContributionAnswer(contribution=first, repeated=True))


def _counted(command: ContributeToJackpot, pool: int, course: Course, facts: Facts) -> Outcome[Event]:
    contributed = JackpotContributed(
        jackpot=command.jackpot,
        contribution_id=facts.command_id,
        player=command.player,
        source_wager_id=command.source_wager_id,
        micros=command.micros,
        pool=pool,
    )
    scale, drops = course.pool.scale, course.reached(pool)
    course.feed(contributed)
    drop = course.drop(command.player, "must_drop", facts.command_id) if drops else None
    contribution = Contribution(
        contribution_id=facts.command_id,
        jackpot=command.jackpot,
        source_wager_id=command.source_wager_id,
        player=command.player,
        micros=command.micros,
        pool=course.pool.pool,
        scale=scale,
    )
    events = (*course.events, JackpotWagerNoted(contribution=contribution))
    finish = FinishJackpotContribution(
        jackpot=command.jackpot, source_wager_id=command.source_wager_id, contribution=contribution
    )
    sends = payment(drop, finish) if drop else ()
    return Pending(events, sends=sends) if sends else Decision(events, reply=_answer(contribution))


def finish(command: FinishJackpotContribution, facts: Facts) -> Outcome[Event]:
    return Decision((), reply=_answer(command.contribution), finishes=facts.wish)


def _answer(contribution: Contribution) -> ContributionAnswer:
    return ContributionAnswer(contribution=contribution)


def streams(command: ContributionCommand) -> tuple[Stream[Any], ...]:
    return (wager_of(command.jackpot, command.source_wager_id), pool_of(command.jackpot))


def decide(command: ContributionCommand, states: States, facts: Facts) -> Outcome[Event]:
    match command:
        case ContributeToJackpot():
            own, pool = wager_of(command.jackpot, command.source_wager_id), pool_of(command.jackpot)
            return contribute(command, states[own], states[pool], facts)
        case FinishJackpotContribution():
            return finish(command, facts)


def evolve(wager: Wager, event: JackpotWagerNoted) -> Wager:
    return Noted(event.contribution)


decider: Decider[ContributionCommand, Wager, JackpotWagerNoted] = Decider(
    noun="jackpot_wager",
    initial=Unknown(),
    situations=(Unknown, Noted),
    commands=(ContributeToJackpot, FinishJackpotContribution),
    events=(JackpotWagerNoted,),
    streams=streams,
    decide=decide,
    evolve=evolve,
)
