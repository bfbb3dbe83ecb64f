"""What happens to a player moves every active journey that waits for it; the last step pays, once per player for ever.

What the operator says happened needs the ledger's word first that the player may play. What the platform saw itself is
never refused. An answer waits until every reward among what it tells is paid.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import reduce
from typing import Any, Final

from services.engines.journey.rewards import affected, go_on, payment
from services.engines.journey.state import Journeys, evolve, journeys_of
from services.engines.journey.steps import going, moves, waiting
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
    JourneyStarted,
    JourneysTriggered,
    MoveJourneys,
    PlayerDormant,
    RingDormancy,
    TriggerJourneys,
    TriggerJourneysTogether,
    Waiting,
)
from shared.messages.player import AdmitPlayer
from shared.shapes import Decider, Decision, Facts, Outcome, Pending, Refused, Send, States, Timer, Wish
from shared.streams import Stream

DORMANT_AFTER: Final = timedelta(days=7)


def trigger(command: TriggerJourneys) -> Outcome[Event]:
    said: dict[str, Any] = dict(command)
    admit = Send("ledger", command.player, AdmitPlayer(player=command.player), then=MoveJourneys(**said))
    return Pending((JourneysTriggered(**said),), sends=(admit,))


def move(command: MoveJourneys, journeys: Journeys, facts: Facts) -> Outcome[Event]:
    if not command.answer.granted:
        code = command.answer.code or "refused"
        denied = JourneysDenied(player=command.player, trigger=command.trigger, code=code)
        return Decision((denied,), reply=Refused(code, command.answer.details), finishes=facts.wish)
    timers = watching(command.player, {command.trigger}, facts.now, journeys, facts)
    events = moves(command.player, {command.trigger: command.count}, journeys, facts)
    return _moved(command.player, events, None, timers, finishes=facts.wish)


def together(command: TriggerJourneysTogether, journeys: Journeys, facts: Facts) -> Outcome[Event]:
    timers = watching(command.player, command.triggers.keys(), command.at, journeys, facts)
    events = moves(command.player, command.triggers, journeys, facts)
    return _moved(command.player, events, waiting(reduce(evolve, events, journeys), facts), timers, finishes=None)


def _moved(
    player: PlayerId,
    events: Sequence[JourneyMoved],
    still: Waiting | None,
    timers: tuple[Timer, ...],
    *,
    finishes: Wish | None,
) -> Outcome[Event]:
    first = payment(player, events, still, asked=True)
    if first is None:
        answer = JourneysAnswer(affected=affected(events), waiting=still)
        return Decision(tuple(events), reply=answer, timers=timers, finishes=finishes)
    return Pending(tuple(events), sends=(first,), timers=timers)


def ring(command: RingDormancy, journeys: Journeys, facts: Facts) -> Outcome[Event]:
    events = moves(command.player, {DORMANT: 1}, journeys, facts)
    first = payment(command.player, events, None, asked=False)
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
    return (journeys_of(command.player),)


def decide(command: JourneyCommand, states: States, facts: Facts) -> Outcome[Event]:
    journeys = states[journeys_of(command.player)]
    match command:
        case TriggerJourneys():
            return trigger(command)
        case MoveJourneys():
            return move(command, journeys, facts)
        case TriggerJourneysTogether():
            return together(command, journeys, facts)
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
    ),
    streams=streams,
    decide=decide,
    evolve=evolve,
)
