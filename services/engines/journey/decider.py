"""What happens to a player moves every active journey that waits for it; the last step pays, once per player for ever.

What the operator says happened needs the ledger's word that the player may play: it is asked for a stranger, and known
of everybody else. What the platform saw itself is never refused. An answer waits until every reward among what it tells
is paid.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import reduce
from typing import Any, Final

from services.engines.guest import Guest, Stranger, acquainted, asked_of_ledger, denied, guest_of, turned_away
from services.engines.journey.rewards import affected, go_on, payment
from services.engines.journey.state import MOST_JOURNEYS, Journeys, evolve, journeys_of
from services.engines.journey.steps import going, mark_now, moves, waiting
from shared.ids import PlayerId
from shared.messages.base import Event
from shared.messages.journey import (
    DORMANT,
    PLATFORM,
    GoOnPaying,
    JourneyAdvanced,
    JourneyCommand,
    JourneyCompleted,
    JourneyEvent,
    JourneyMoved,
    JourneyRewarded,
    JourneysAnswer,
    JourneysDenied,
    JourneySpinsGiven,
    JourneyStarted,
    JourneysTold,
    JourneysTriggered,
    MoveJourneys,
    PlayerDormant,
    RingDormancy,
    TriggerJourneys,
    TriggerJourneysTogether,
)
from shared.shapes import Decider, Decision, Facts, Outcome, Pending, Send, States, Timer, Wish
from shared.streams import Stream

DORMANT_AFTER: Final = timedelta(days=7)
JOURNEYS_FULL: Final = "journeys_full"
"""The tally of players who are told of something while they hold as many journeys as they ever may."""


def trigger(command: TriggerJourneys, journeys: Journeys, guest: Guest, facts: Facts) -> Outcome[Event]:
    away = turned_away(guest)
    if away is not None:
        return away
    said: dict[str, Any] = dict(command)
    triggered, go_on_with = JourneysTriggered(**said), MoveJourneys(**said)
    if isinstance(guest, Stranger):
        return Pending((triggered,), sends=(asked_of_ledger(command.player, then=go_on_with),))
    return move(go_on_with, journeys, (triggered,), facts, finishes=None)


def admitted(command: MoveJourneys, journeys: Journeys, guest: Guest, facts: Facts) -> Outcome[Event]:
    """The ledger has answered for a stranger, whom a note may have made known meanwhile."""
    refused = denied(guest, command.answer)
    if refused is not None:
        stays = JourneysDenied(player=command.player, trigger=command.trigger, code=refused.code)
        return Decision((stays,), reply=refused, finishes=facts.wish)
    learnt = acquainted(command.player, guest, command.answer)
    return move(command, journeys, learnt, facts, finishes=facts.wish)


def move(
    command: MoveJourneys, journeys: Journeys, before: tuple[Event, ...], facts: Facts, *, finishes: Wish | None
) -> Outcome[Event]:
    timers = watching(command.player, {command.trigger}, facts.now, journeys, facts)
    moved = tuple(moves(command.player, {command.trigger: command.count}, journeys, facts))
    first = payment(command.player, moved, asked=True)
    if first is not None:
        return Pending((*before, *moved), sends=(first,), timers=timers)
    told = JourneysAnswer(affected=affected(moved))
    return Decision((*before, *moved), reply=told, timers=timers, finishes=finishes)


def together(command: TriggerJourneysTogether, states: States, facts: Facts) -> Outcome[Event]:
    events, sends, timers = list[JourneyMoved](), list[Send](), list[Timer]()
    ahead: dict[PlayerId, tuple[str, ...]] = {}
    full = 0
    for one in command.fired:
        journeys = states[journeys_of(one.player)]
        moved = moves(one.player, one.triggers, journeys, facts)
        first = payment(one.player, moved, asked=False)
        events += moved
        sends += (first,) if first else ()
        timers += watching(one.player, one.triggers.keys(), one.at, journeys, facts)
        full += len(journeys.progress) >= MOST_JOURNEYS
        ahead[one.player] = waiting(reduce(evolve, moved, journeys), facts)
    told = JourneysTold(mark=mark_now(facts), waiting=ahead)
    tallies = {JOURNEYS_FULL: full} if full else {}
    return Decision(tuple(events), reply=told, sends=tuple(sends), timers=tuple(timers), tallies=tallies)


def ring(command: RingDormancy, journeys: Journeys, facts: Facts) -> Outcome[Event]:
    events = moves(command.player, {DORMANT: 1}, journeys, facts)
    first = payment(command.player, events, asked=False)
    dormant = PlayerDormant(player=command.player, times=journeys.dormant + 1)
    return Decision((dormant, *events), reply=None, sends=(first,) if first else ())


def watching(
    player: PlayerId, triggers: Collection[str], at: datetime, journeys: Journeys, facts: Facts
) -> tuple[Timer, ...]:
    """The seven days begin anew, where a journey waits for them to pass. A timer that has rung is not set again."""
    seen = (PLATFORM - {DORMANT}).intersection(triggers)
    if not seen or at + DORMANT_AFTER <= facts.now:
        return ()
    if not any(step.trigger == DORMANT for one in going(journeys, facts) for step in one.spec.steps):
        return ()
    id_ = f"dormant/{facts.tenant}/{player}/{journeys.dormant}"
    return (Timer(id_, facts.now + DORMANT_AFTER, player, RingDormancy(player=player)),)


def streams(command: JourneyCommand) -> tuple[Stream[Any], ...]:
    if isinstance(command, TriggerJourneysTogether):
        return tuple(journeys_of(one.player) for one in command.fired)
    own = journeys_of(command.player)
    return (own, guest_of(command.player)) if isinstance(command, TriggerJourneys | MoveJourneys) else (own,)


def decide(command: JourneyCommand, states: States, facts: Facts) -> Outcome[Event]:
    if isinstance(command, TriggerJourneysTogether):
        return together(command, states, facts)
    journeys = states[journeys_of(command.player)]
    match command:
        case TriggerJourneys():
            return trigger(command, journeys, states[guest_of(command.player)], facts)
        case MoveJourneys():
            return admitted(command, journeys, states[guest_of(command.player)], facts)
        case RingDormancy():
            return ring(command, journeys, facts)
        case GoOnPaying():
            return go_on(command, facts)


decider: Decider[JourneyCommand, Journeys, JourneyEvent] = Decider(
    noun="journeys",
    initial=Journeys(),
    situations=(Journeys,),
    commands=(TriggerJourneys, TriggerJourneysTogether, RingDormancy, MoveJourneys, GoOnPaying),
    events=(
        JourneysTriggered,
        JourneysDenied,
        PlayerDormant,
        JourneyStarted,
        JourneyAdvanced,
        JourneyCompleted,
        JourneyRewarded,
        JourneySpinsGiven,
    ),
    streams=streams,
    decide=decide,
    evolve=evolve,
)
