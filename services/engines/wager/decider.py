"""The operator's stream moves what is here: once a wager, one message a target and batch, and no money of a player.

What lies in a foreign partition of the stream is passed on to its own, and counts there alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from services.engines.wager.mark import id_of, marks, said
from services.engines.wager.player import note, noted, of_player, tell_journeys
from services.engines.wager.state import Stand, Wagerer, evolve, evolve_wagerer, taken_of, wagerer_of
from services.engines.wager.taking import Taking
from services.engines.wager.targets import portions
from shared.ids import PlayerId
from shared.messages.access import TenantSpec
from shared.messages.base import Event
from shared.messages.journey import JourneySpec
from shared.messages.journey import mark_of as journeys_mark
from shared.messages.wager import (
    WAGERS,
    Deposit,
    FirstDeposited,
    LevelProgressed,
    NoteWaiting,
    PassWagers,
    TakeWagers,
    Wager,
    WagerCommand,
    WagerersEvent,
    WagersPassed,
    WagersTaken,
    WaitingNoted,
    read_streamed,
)
from shared.shapes import Decider, Decision, Facts, Intake, Outcome, Send, States
from shared.streams import Stream


def take(command: TakeWagers, states: States, facts: Facts) -> Outcome[Event]:
    taking = Taking(facts)
    taking.take(command.here)
    return _taken(taking, command.astray, states, facts)


def pass_(command: PassWagers, states: States, facts: Facts) -> Outcome[Event]:
    taking = Taking(facts)
    taking.take(command.wagers)
    return replace(_taken(taking, (), states, facts), reply=WagersPassed(counted=len(taking.marks)))


def _taken(taking: Taking, astray: Sequence[Wager | Deposit], states: States, facts: Facts) -> Decision[Event]:
    mark = journeys_mark((one.key, one.version) for one in facts.definitions.every(JourneySpec))
    told = [
        of_player(who, doings, states[wagerer_of(who)], taking.levels, mark, facts.definitions)
        for who, doings in taking.doings.items()
    ]
    events = list(chain.from_iterable(one.events for one in told))
    fired = [one.fired for one in told if one.fired is not None]
    sends = [*taking.entries.sends(), *tell_journeys(fired)]
    sends += [*chain.from_iterable(one.sends for one in told), *_passed_on(astray)]
    if taking.marks or sends:
        events.append(_fact(taking, len(astray)))
    tallies = {f"wagers_{what}": times for what, times in taking.counted.items() if times}
    return Decision(
        tuple(events),
        reply=None,
        sends=tuple(sends),
        marks=tuple(mark.row for mark in taking.marks),
        unfit=taking.unfit,
        tallies=tallies,
    )


def _fact(taking: Taking, passed_on: int) -> WagersTaken:
    counted = taking.counted
    return WagersTaken(
        settled=counted["settled"],
        void=counted["void"],
        deposits=counted["deposit"],
        repeated=counted["repeated"],
        unfit=len(taking.unfit),
        passed_on=passed_on,
        targets=taking.entries.told(),
    )


def _passed_on(astray: Sequence[Wager | Deposit]) -> Iterator[Send]:
    by_player: dict[PlayerId, list[Wager | Deposit]] = defaultdict(list)
    for message in astray:
        by_player[message.player].append(message)
    for player, wagers in by_player.items():
        for some in portions(wagers, lambda one: len(one.model_dump_json().encode())):
            yield Send("engines", player, PassWagers(player=player, wagers=some))


def streams(command: WagerCommand) -> tuple[Stream[Any], ...]:
    match command:
        case TakeWagers() | PassWagers():
            return (taken_of(), *dict.fromkeys(wagerer_of(one.player) for one in said(command)))
        case NoteWaiting():
            return noted(command)


def decide(command: WagerCommand, states: States, facts: Facts) -> Outcome[Event]:
    match command:
        case TakeWagers():
            return take(command, states, facts)
        case PassWagers():
            return pass_(command, states, facts)
        case NoteWaiting():
            return note(command, states)


def _gather(here: Sequence[Wager | Deposit], astray: Sequence[Wager | Deposit]) -> TakeWagers:
    return TakeWagers.model_construct(here=tuple(here), astray=tuple(astray))


decider: Decider[WagerCommand, Stand, WagersTaken] = Decider(
    noun="wagers",
    initial=Stand(),
    situations=(Stand,),
    commands=(TakeWagers, PassWagers),
    events=(WagersTaken,),
    streams=streams,
    decide=decide,
    evolve=evolve,
)

wagerers: Decider[WagerCommand, Wagerer, WagerersEvent] = Decider(
    noun="wagerer",
    initial=Wagerer(),
    situations=(Wagerer,),
    commands=(NoteWaiting,),
    events=(FirstDeposited, LevelProgressed, WaitingNoted),
    streams=streams,
    decide=decide,
    evolve=evolve_wagerer,
)

intake: Intake[Wager | Deposit] = Intake(
    prefix=WAGERS,
    owners=TenantSpec,
    read=read_streamed,
    tenant=lambda message: message.tenant,
    key=lambda message: message.player,
    gather=_gather,
    commands=(TakeWagers, PassWagers),
    said=said,
    id=id_of,
    write=lambda message: message.model_dump_json().encode(),
    marks=marks,
)
